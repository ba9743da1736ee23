package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kv.internal/histories/check"
	"kv.internal/histories/record"
)

// campaign makes many histories.
type campaign struct {
	ground
	keep  string
	seed  uint64
	tally *tally
}

// run makes so many histories of each engine as the words say, and again until the time is over. It
// ends with a line of figures.
func (c *campaign) run(span time.Duration, words []string) (bool, error) {
	defer c.end()
	end := time.Now().Add(span)
	for i := uint64(0); i == 0 || time.Now().Before(end); i++ {
		for _, word := range words {
			engine, count, _ := strings.Cut(word, ":")
			for j := range number(count) {
				if err := c.one(engine, mixed(c.seed, i*1000+j)); err != nil {
					return false, err
				}
				if i > 0 && time.Now().After(end) {
					break
				}
			}
		}
	}
	// The rare case that a worker had done all its work before it was disturbed.
	for extra := uint64(0); extra < 10 && c.missing() != ""; extra++ {
		for _, word := range words {
			engine, _, _ := strings.Cut(word, ":")
			if err := c.one(engine, mixed(c.seed, 1_000_000_000+extra)); err != nil {
				return false, err
			}
		}
	}
	return c.finish(), nil
}

// missing returns a disturbance that was planned, and never took place.
func (c *campaign) missing() disturbance {
	for what, times := range c.tally.planned {
		if times > 0 && c.tally.done[what] == 0 {
			return what
		}
	}
	return ""
}

// again makes one history.
func (c *campaign) again(engine string, seed uint64) (bool, error) {
	defer c.end()
	err := c.one(engine, seed)
	return c.finish(), err
}

// finish prints the figures, and returns whether nothing is wrong.
func (c *campaign) finish() bool {
	all := 0
	for _, histories := range c.tally.histories {
		all += histories
	}
	fault := ""
	switch what := c.missing(); {
	case what != "":
		fault = fmt.Sprintf("of those planned, not one %s has taken place", what)
	case all == 0 || c.tally.undecided*2 > all:
		fault = "most histories were not decided"
	}
	if fault != "" {
		c.tally.violations++
		fmt.Fprintln(os.Stderr, fault)
	}
	fmt.Printf("%s\t%d\n", c.tally, c.tally.violations)
	return c.tally.violations == 0
}

// mixed is the seed of a history. Its last digit counts on, so that each kind of disturbance comes.
func mixed(seed, number uint64) uint64 {
	return (seed+number*2654435761)&0xfffffff*10 + number%10
}

// one makes a history and checks it.
func (c *campaign) one(engine string, seed uint64) error {
	setting, err := c.newSetting(engine, seed)
	if err != nil {
		return err
	}
	for _, what := range setting.disturbances {
		c.tally.planned[what]++
	}
	history, done, err := c.makeHistory(setting)
	c.clear(setting)
	c.mend(setting)
	if err != nil {
		c.tally.violations++
		c.report(engine, seed, err.Error())
		return nil
	}
	begun := time.Now()
	finding := check.History(history, searchTime)
	if finding.Violation == "" && appliedOf(history)*2 < len(history.Operations) {
		finding.Violation = "most operations were not made"
	}
	c.tally.add(history, done, finding)
	if os.Getenv("KV_HISTORIES") != "" {
		fmt.Fprintf(os.Stderr, "%s %d: %d operations, %v, checked in %v\n", engine, seed, len(history.Operations), done, time.Since(begun))
	}
	if finding.Violation == "" && !finding.IsUndecided && os.Getenv("KEEP") == "" {
		return nil
	}
	file := filepath.Join(c.keep, fmt.Sprintf("%s-%d.jsonl", engine, seed))
	if err := os.MkdirAll(c.keep, 0o755); err != nil {
		return err
	}
	if err := history.Write(file); err != nil {
		return err
	}
	if finding.Violation == "" && !finding.IsUndecided {
		return nil
	}
	if finding.IsUndecided {
		fmt.Fprintf(os.Stderr, "%s, seed %d: not decided in time; the history is in %s\n", engine, seed, file)
		return nil
	}
	c.report(engine, seed, fmt.Sprintf("%s\nchecked again by: tests/histories/run.sh check %s", finding.Violation, file))
	return nil
}

// mend makes the cluster whole again after a history. One that does not heal is given up, and the next
// history starts another.
func (c *campaign) mend(s *setting) {
	var err error
	switch s.engine {
	case "lossy":
		err = c.cluster.Revive()
	case "cluster":
		err = c.cluster.UntilWhole()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "a cluster is given up: %v\n", err)
		c.cluster.Kill()
		c.cluster = nil
	}
}

func appliedOf(history *record.History) int {
	applied := 0
	for i := range history.Operations {
		result := history.Operations[i].Result
		if result != nil && (result.Outcome == record.Applied || result.Outcome == record.Conflict) {
			applied++
		}
	}
	return applied
}

func (c *campaign) report(engine string, seed uint64, text string) {
	fmt.Fprintf(os.Stderr, "%s, seed %d: %s\nmade again by: KV_SEED=%d tests/histories/run.sh again %s\n", engine, seed, text, seed, engine)
}
