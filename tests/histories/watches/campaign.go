package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// campaign makes many histories.
type campaign struct {
	ground
	keep      string
	seed      uint64
	histories map[string]int
	sum       counts
	kills     int
	// failed counts histories that could not be made, faults are those of the others.
	failed int
	faults []string
}

func newCampaign(place, keep string, seed uint64) *campaign {
	return &campaign{ground: ground{place: place}, keep: keep, seed: seed, histories: make(map[string]int)}
}

// run makes so many histories of each engine as the words say, and again until the time is over.
func (c *campaign) run(span time.Duration, words []string) (bool, error) {
	defer c.end()
	limit := time.Now().Add(span)
	for i := uint64(0); i == 0 || time.Now().Before(limit); i++ {
		for _, word := range words {
			engine, count, _ := strings.Cut(word, ":")
			for j := range number(count) {
				if i > 0 && time.Now().After(limit) {
					break
				}
				at := i*number(count) + j
				if err := c.make(engine, (c.seed+at*2654435761)&0x7fffffff, at); err != nil {
					return false, err
				}
			}
		}
	}
	if c.sum.resumptions == 0 || c.sum.lost == 0 {
		c.faults = append(c.faults, "no watch was resumed, or none has lost anything")
		fmt.Fprintln(os.Stderr, c.faults[len(c.faults)-1])
	}
	return c.finish(), nil
}

// again makes one history.
func (c *campaign) again(engine string, at uint64) (bool, error) {
	defer c.end()
	err := c.make(engine, c.seed, at)
	return c.finish(), err
}

func (c *campaign) make(engine string, seed, at uint64) error {
	s, err := c.newSetting(engine, seed, at)
	if err != nil {
		return err
	}
	before := len(c.faults)
	begun := time.Now()
	if err := c.one(s); err != nil {
		c.failed++
		fmt.Fprintf(os.Stderr, "%s, seed %d: %v\n", engine, seed, err)
	}
	if os.Getenv("KV_HISTORIES") != "" {
		fmt.Fprintf(os.Stderr, "%s %d %d: %v %+v\n", engine, seed, at, time.Since(begun), c.sum)
	}
	for _, fault := range c.faults[before:] {
		fmt.Fprintln(os.Stderr, fault)
	}
	if err != nil || len(c.faults) > before {
		fmt.Fprintf(os.Stderr, "made again by: KV_SEED=%d tests/histories/watches.sh again %s %d\n", seed, engine, at)
	}
	return nil
}

// one makes a history and checks what each watcher has recorded.
func (c *campaign) one(s *setting) error {
	var committed map[string]int
	var err error
	if s.engine == "memory" {
		committed, err = s.makeInside()
	} else {
		d := &drive{ground: &c.ground, setting: s, random: rand.New(rand.NewPCG(s.seed, 2))}
		committed, err = d.make()
		c.kills += d.kills
	}
	files, _ := filepath.Glob(filepath.Join(c.place, fmt.Sprintf("%s%d.db*", s.engine, s.seed)))
	for _, file := range files {
		os.Remove(file)
	}
	if err != nil {
		return err
	}
	c.histories[s.engine]++
	var whole []string
	for i := range s.watchers {
		lines, err := readLog(s.watchers[i].Log)
		if err != nil {
			return err
		}
		h := &history{
			Engine: s.engine, Seed: s.seed, Watcher: s.names[i], Counts: committed,
			Rising: s.engine != "redis", MayLose: s.mayLose, Lines: lines,
		}
		result, fault := h.check()
		c.sum.events += result.events
		c.sum.resumptions += result.resumptions
		c.sum.lost += result.lost
		c.sum.unknown += result.unknown
		if fault == "" && s.names[i] != "slow" && !s.mayLose && result.lost > 0 {
			fault = "a watch with room for all has lost events"
		}
		if fault == "" && result == (counts{events: result.events}) && lines[0] == "start now 0" {
			fault = differs(&whole, lines)
		}
		if fault != "" {
			c.faults = append(c.faults, fmt.Sprintf("%s, seed %d, watcher %q: %s%s", s.engine, s.seed, s.names[i], fault, c.kept(h)))
		}
	}
	return nil
}

// differs compares the events of watches that have lost nothing: all have the same order.
func differs(whole *[]string, lines []string) string {
	last := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "event "+end) })
	lines = lines[:last]
	if *whole == nil {
		*whole = lines
	}
	if !slices.Equal(*whole, lines) {
		return "it has another order of events than another watch"
	}
	return ""
}

// kept writes a log that is wrong into a file, and returns how it is checked again.
func (c *campaign) kept(h *history) string {
	if c.keep == "" {
		return ""
	}
	file := filepath.Join(c.keep, fmt.Sprintf("watch-%s-%d-%s.json", h.Engine, h.Seed, h.Watcher))
	text, err := json.MarshalIndent(h, "", " ")
	if err == nil {
		err = os.MkdirAll(c.keep, 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		return fmt.Sprintf("; it cannot be kept: %v", err)
	}
	return "\nchecked again by: tests/histories/watches.sh check " + file
}

// finish prints the figures, and returns whether nothing is wrong.
func (c *campaign) finish() bool {
	violations := len(c.faults) + c.failed
	fmt.Printf("%d histories (file %d, memory %d, Redis %d), %d events, %d resumptions, %d events announced as lost, "+
		"%d losses of unknown size, %d kills\t%d\n", c.histories["file"]+c.histories["memory"]+c.histories["redis"],
		c.histories["file"], c.histories["memory"], c.histories["redis"], c.sum.events, c.sum.resumptions, c.sum.lost,
		c.sum.unknown, c.kills, violations)
	return violations == 0
}

func (c *campaign) end() {
	if c.server != nil {
		c.server.Kill()
	}
}
