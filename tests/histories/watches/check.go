package main

import (
	"fmt"
	"strconv"
	"strings"
)

// history is the log of a watcher, and what it has to be measured by.
type history struct {
	Engine  string         `json:"engine"`
	Seed    uint64         `json:"seed"`
	Watcher string         `json:"watcher"`
	Counts  map[string]int `json:"counts"`
	// Rising says that each event has a higher version than the one before, MayLose that losses of
	// unknown size may be announced: of a log that was trimmed, or when a connection was cut.
	Rising  bool     `json:"rising"`
	MayLose bool     `json:"may_lose"`
	Lines   []string `json:"lines"`
}

// checker goes through the lines of a log.
type checker struct {
	*history
	// seen is the number of the last event of each key.
	seen map[string]seenNumber
	// newest is the version of the last event.
	newest uint64
	// missing are the numbers that were left out, lost those that notices have announced; the notices
	// since the last event are in open: a watch that begins behind that event has them again.
	missing, lost, open int
	// period counts the losses of unknown size: the first number of a key after one may be any.
	period int
	// isListing says that the lines are of the entries that were there when the watch began.
	isListing bool
	// batch is the event of the same batch that comes next, "" if any may.
	batch  string
	result counts
}

type seenNumber struct {
	number, period int
	// isListed says that it was an entry when the watch began.
	isListed bool
}

// counts are the figures of a log.
type counts struct{ events, resumptions, lost, unknown int }

// check returns what is wrong with a log, or "".
func (h *history) check() (counts, string) {
	c := &checker{history: h, seen: make(map[string]seenNumber)}
	isOver := false
	for i, line := range h.Lines {
		words := strings.Fields(line)
		fault := ""
		switch words[0] {
		case "start":
			c.start(words, i)
		case "compacted":
			c.loseUnknown()
		case "synced":
			c.synced()
		case "lagged":
			fault = c.lag(words)
		case "event":
			isOver = words[1] == end
			fault = c.event(words)
		}
		if fault != "" {
			return c.result, fmt.Sprintf("line %d, %q: %s", i+2, line, fault)
		}
	}
	if !isOver {
		return c.result, "the end has not come"
	}
	return c.result, c.atEnd()
}

func (c *checker) start(words []string, line int) {
	c.isListing = words[1] == "existing"
	if line == 0 {
		return
	}
	c.result.resumptions++
	if c.isListing {
		c.renew()
		return
	}
	// Announced losses behind the position come again, or are announced again.
	c.lost -= c.open
	c.open = 0
}

// renew begins a period: the next number of a key may be any.
func (c *checker) renew() {
	c.period++
	c.batch = ""
	c.missing, c.lost, c.open = 0, 0, 0
}

// synced ends the list of the entries that were there: other keys were not written yet.
func (c *checker) synced() {
	c.isListing = false
	for key := range c.Counts {
		if c.seen[key].period != c.period {
			c.seen[key] = seenNumber{0, c.period, true}
		}
	}
}

// loseUnknown takes note of a loss of unknown size.
func (c *checker) loseUnknown() {
	c.renew()
	c.result.unknown++
}

func (c *checker) lag(words []string) string {
	lost, _ := strconv.Atoi(words[1])
	if lost == 0 {
		if !c.MayLose {
			return "a loss of unknown size"
		}
		c.loseUnknown()
		return ""
	}
	c.lost += lost
	c.open += lost
	c.result.lost += lost
	c.batch = ""
	return ""
}

func (c *checker) event(words []string) string {
	c.result.events++
	key := words[1]
	version, _ := strconv.ParseUint(words[3], 10, 64)
	before := c.seen[key]
	number, _ := strconv.Atoi(words[2])
	name, kind, _ := strings.Cut(key, "/")
	isGuessed := false
	if words[2] == "-" {
		// A delete is that of the batch whose other events come before it.
		if number = before.number + 1 + before.number%2; c.batch == key {
			number = c.seen[name+"/"+second].number
		}
		isGuessed = c.batch != key && before.period != c.period
	}
	if c.isListing {
		c.seen[key] = seenNumber{number, c.period, true}
		if kind == first {
			// The third of the batch may have been deleted by it.
			c.seen[name+"/"+deleted] = seenNumber{number, c.period, true}
		}
		return ""
	}
	if c.Rising && version <= c.newest {
		return fmt.Sprintf("a version after %d", c.newest)
	}
	c.newest, c.open = version, 0
	if isGuessed {
		// The first of a period alone, whose number nothing shows.
		return ""
	}
	if fault := c.advance(key, number, before); fault != "" {
		return fault
	}
	if c.batch != "" && c.batch != key {
		return fmt.Sprintf("it comes between two events of a batch, before that of %s", c.batch)
	}
	c.batch = ""
	switch kind {
	case first:
		c.batch = name + "/" + second
	case second:
		c.batch = name + "/" + deleted
	}
	return ""
}

// advance takes note of the next number of a key.
func (c *checker) advance(key string, number int, before seenNumber) string {
	c.seen[key] = seenNumber{number, c.period, false}
	if before.period != c.period {
		return ""
	}
	if before.isListed && !c.Rising && number <= before.number {
		// On a Redis the list is read after the watch began.
		return ""
	}
	if number <= before.number {
		return fmt.Sprintf("it comes after %d", before.number)
	}
	c.missing += number - before.number - 1
	// A loss is announced before that which comes behind it.
	if c.missing > c.lost {
		return fmt.Sprintf("%d are missing, %d were announced as lost", c.missing, c.lost)
	}
	return ""
}

// atEnd compares what has come with all that was written.
func (c *checker) atEnd() string {
	for key, count := range c.Counts {
		seen := c.seen[key]
		if seen.number > count {
			return fmt.Sprintf("%s has come with %d, but was written %d times", key, seen.number, count)
		}
		if seen.period == c.period {
			c.missing += count - seen.number
		}
	}
	if c.missing != c.lost && c.period == 0 || c.missing > c.lost {
		return fmt.Sprintf("%d are missing at the end, %d were announced as lost", c.missing, c.lost)
	}
	return ""
}
