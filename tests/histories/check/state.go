// Package check looks whether a history could have come from a store that makes one operation after
// the other, each at some moment between its call and its return.
package check

import (
	"crypto/sha1"
	"encoding/binary"
	"strconv"

	"kv.internal/histories/record"
)

// KeysMax is the number of keys that a history may have.
const KeysMax = 8

// cell is a key in the model.
type cell struct {
	isLive bool
	value  string
	// version is 0 if no result has shown it yet.
	version uint64
	// last is the newest version that the key is known to have had.
	last uint64
}

// state is the model of a store: its keys by number.
type state [KeysMax]cell

// rules are what the model knows of a history beside the state.
type rules struct {
	versions record.Versions
	keys     int
	// seen has the version of each value that is written once, if any result shows it.
	seen map[keyValue]uint64
}

type keyValue struct {
	key   int
	value string
}

// isUnique reports whether a value is written once only: all are, but for those of counters.
func isUnique(value string) bool {
	return value != "" && (value[0] < '0' || value[0] > '9') && value[0] != '-'
}

// hashOf is the version that an engine with versions by value has for a value.
func hashOf(value string) uint64 {
	sum := sha1.Sum([]byte(value))
	return max(binary.BigEndian.Uint64(sum[:8]), 1)
}

// learn takes note that a live key is at a version, and reports whether it can be.
func (r *rules) learn(c *cell, version uint64) bool {
	if version == 0 || c.version == version {
		return true
	}
	if c.version != 0 || r.versions == record.ByClock && version <= c.last {
		return false
	}
	c.version, c.last = version, version
	return true
}

// write puts a value into a key; a result shows the version, or 0.
func (r *rules) write(c *cell, key int, value string, version uint64) bool {
	c.isLive, c.value, c.version = true, value, 0
	if r.versions == record.ByValue {
		c.version = hashOf(value)
		return version == 0 || version == c.version
	}
	if version == 0 && isUnique(value) {
		version = r.seen[keyValue{key, value}]
	}
	return r.learn(c, version)
}

func (c *cell) remove() { *c = cell{last: c.last} }

// matches reports whether a key can be as a read shows it.
func (r *rules) matches(c *cell, result *record.StepResult) bool {
	if result.Found != c.isLive {
		return false
	}
	return !c.isLive || c.value == result.Value && r.learn(c, result.Version)
}

// holding says whether a condition holds.
type holding int

const (
	no    holding = iota
	maybe         // the version is not known
	yes
)

func (c *cell) holds(step *record.Step) holding {
	isHeld := true
	switch step.If {
	case record.Absent:
		isHeld = !c.isLive
	case record.Present:
		isHeld = c.isLive
	case record.AtVersion:
		switch {
		case !c.isLive || step.Version == 0:
			isHeld = !c.isLive && step.Version == 0
		case c.version == 0 && step.Version > c.last:
			return maybe
		default:
			isHeld = step.Version == c.version
		}
	}
	if isHeld {
		return yes
	}
	return no
}

// apply makes a step and reports whether its result can be right; without a result anything is.
func (r *rules) apply(s *state, key int, step *record.Step, result *record.StepResult) bool {
	blind := result == nil
	if blind {
		result = &record.StepResult{}
	}
	c := &s[max(key, 0)]
	switch step.Do {
	case record.Get:
		return blind || r.matches(c, result)
	case record.Set:
		return r.write(c, key, step.Value, result.Version)
	case record.Delete, record.Take:
		isRight := blind || result.Found == c.isLive
		if step.Do == record.Take && !blind {
			isRight = r.matches(c, result)
		}
		c.remove()
		return isRight
	case record.Increment:
		old, err := strconv.ParseInt(c.value, 10, 64)
		if c.isLive && err != nil {
			return blind
		}
		sum := strconv.FormatInt(old+step.Delta, 10)
		return (blind || sum == result.Value) && r.write(c, key, sum, result.Version)
	case record.Append:
		whole := c.value + step.Value
		isRight := blind || strconv.Itoa(len(whole)) == result.Value
		return isRight && r.write(c, key, whole, result.Version)
	case record.Count, record.Clear:
		return r.applyToAll(s, step, result, blind)
	}
	return true
}

// applyToAll makes a step on all keys of the group.
func (r *rules) applyToAll(s *state, step *record.Step, result *record.StepResult, blind bool) bool {
	live := 0
	for i := range s {
		if s[i].isLive {
			live++
		}
		if step.Do == record.Clear {
			s[i].remove()
		}
	}
	return blind || strconv.Itoa(live) == result.Value
}
