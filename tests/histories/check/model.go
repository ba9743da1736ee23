package check

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"

	"kv.internal/histories/record"
)

// input is an operation with the numbers of its keys; -1 is all of them.
type input struct {
	*record.Operation
	keys []int
}

// next is the state after an operation, and whether it could end as it did in this state.
func (r *rules) next(s state, in *input, result *record.Result) (bool, state) {
	switch result.Outcome {
	case record.Conflict:
		return r.conflict(&s, in, result), s
	case record.Unknown:
		for i := range in.Steps {
			if step := &in.Steps[i]; step.If != record.Any && s[in.keys[i]].holds(step) == no {
				return true, s
			}
		}
	default:
		for i := range in.Steps {
			if step := &in.Steps[i]; step.If != record.Any && !r.require(&s[in.keys[i]], step) {
				return false, s
			}
		}
	}
	for i := range in.Steps {
		var shown *record.StepResult
		if result.Outcome == record.Applied && i < len(result.Steps) {
			shown = &result.Steps[i]
		}
		if !r.apply(&s, in.keys[i], &in.Steps[i], shown) && result.Outcome == record.Applied {
			return false, s
		}
	}
	return true, s
}

// require makes a condition hold that did, and reports whether it can.
func (r *rules) require(c *cell, step *record.Step) bool {
	switch c.holds(step) {
	case maybe:
		return r.learn(c, step.Version)
	case yes:
		return true
	}
	return false
}

// conflict reports whether an operation could end in a conflict.
func (r *rules) conflict(s *state, in *input, result *record.Result) bool {
	if result.Step < 0 {
		for i := range in.Steps {
			if step := &in.Steps[i]; step.If != record.Any && s[in.keys[i]].holds(step) != yes {
				return true
			}
		}
		return false
	}
	step, c := &in.Steps[result.Step], &s[in.keys[result.Step]]
	if c.isLive != (result.Version != 0) || c.isLive && !r.learn(c, result.Version) {
		return false
	}
	return step.If != record.Any && c.holds(step) == no
}

func (r *rules) model() porcupine.Model {
	return porcupine.Model{
		Partition: partition,
		Init:      func() any { return state{} },
		Step: func(s, in, out any) (bool, any) {
			return r.next(s.(state), in.(*input), out.(*record.Result))
		},
	}
}

// partition splits a history into parts that have no key in common: an order of each is one of all.
func partition(history []porcupine.Operation) [][]porcupine.Operation {
	var parent [KeysMax]int
	for i := range parent {
		parent[i] = i
	}
	var root func(int) int
	root = func(i int) int {
		if parent[i] != i {
			parent[i] = root(parent[i])
		}
		return parent[i]
	}
	for i := range history {
		keys := history[i].Input.(*input).keys
		for _, key := range keys {
			if key < 0 {
				return [][]porcupine.Operation{history}
			}
			parent[root(key)] = root(keys[0])
		}
	}
	parts := make(map[int][]porcupine.Operation)
	for i := range history {
		at := root(history[i].Input.(*input).keys[0])
		parts[at] = append(parts[at], history[i])
	}
	var all [][]porcupine.Operation
	for i := range parent {
		if parts[i] != nil {
			all = append(all, parts[i])
		}
	}
	return all
}

// describe is an operation in a line.
func describe(operation *record.Operation, begin int64) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s", operation.ID, operation.Via)
	for i := range operation.Steps {
		step := &operation.Steps[i]
		fmt.Fprintf(&text, " [%s %s", step.Do, step.Key)
		if step.If != record.Any {
			fmt.Fprintf(&text, " if %s %d", step.If, step.Version)
		}
		if step.Value != "" {
			fmt.Fprintf(&text, " %.40q", step.Value)
		}
		if step.Do == record.Increment {
			fmt.Fprintf(&text, " %+d", step.Delta)
		}
		if r := operation.Result; r != nil && i < len(r.Steps) {
			fmt.Fprintf(&text, " -> %v %.40q %d", r.Steps[i].Found, r.Steps[i].Value, r.Steps[i].Version)
		}
		text.WriteString("]")
	}
	if r := operation.Result; r != nil {
		fmt.Fprintf(&text, " %s", r.Outcome)
		if r.Outcome == record.Conflict {
			fmt.Fprintf(&text, " step %d version %d", r.Step, r.Version)
		}
	}
	fmt.Fprintf(&text, " at %d..", (operation.Call-begin)/1000)
	if operation.Return != record.Forever {
		fmt.Fprintf(&text, "%d", (operation.Return-begin)/1000)
	}
	return text.String() + " us"
}
