package check

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"kv.internal/histories/record"
)

// Finding is what a check has found.
type Finding struct {
	// Violation says in words what is wrong; empty if nothing is.
	Violation string
	// IsUndecided says that the time was over before an order was found, or that there is none.
	IsUndecided bool
	// Lost is the number of acknowledged writes that are gone, in a history with losses.
	Lost int
}

// History checks a history. The time bounds the search for an order.
func History(history *record.History, limit time.Duration) Finding {
	for i := range history.Operations {
		operation := &history.Operations[i]
		if result := operation.Result; result != nil && result.Outcome == record.Broken {
			return Finding{Violation: fmt.Sprintf("an error that may not be: %s: %s",
				describe(operation, operation.Call), result.Error)}
		}
	}
	if history.Losses {
		return lists(history)
	}
	rules, violation := newRules(history)
	if violation != "" {
		return Finding{Violation: violation}
	}
	operations, err := rules.operations(history)
	if err != nil {
		return Finding{Violation: err.Error()}
	}
	model := rules.model()
	switch porcupine.CheckOperationsTimeout(model, operations, limit) {
	case porcupine.Ok:
		return Finding{}
	case porcupine.Unknown:
		return Finding{IsUndecided: true}
	}
	return Finding{Violation: explain(model, operations, limit)}
}

// newRules collects the versions that a history shows, and returns in words what is wrong with
// them.
func newRules(history *record.History) (*rules, string) {
	rules := &rules{versions: history.Versions, seen: make(map[keyValue]uint64)}
	numbers := numbersOf(history)
	rules.keys = len(numbers)
	if history.Versions != record.ByClock {
		return rules, ""
	}
	owner := make(map[uint64]keyValue)
	for i := range history.Operations {
		operation := &history.Operations[i]
		if operation.Result == nil {
			continue
		}
		for j := range operation.Result.Steps {
			step, result := &operation.Steps[j], &operation.Result.Steps[j]
			value := result.Value
			if step.Do == record.Set {
				value = step.Value
			}
			if result.Version == 0 || step.Do == record.Append {
				continue
			}
			at := keyValue{numbers[step.Key], value}
			if other, isKnown := owner[result.Version]; isKnown && other != at {
				return nil, fmt.Sprintf("version %d is that of two writes: %v and %v; %s",
					result.Version, other, at, describe(operation, operation.Call))
			}
			owner[result.Version] = at
			if !isUnique(value) {
				continue
			}
			if other := rules.seen[at]; other != 0 && other != result.Version {
				return nil, fmt.Sprintf("one write has two versions: %v at %d and %d; %s",
					at, other, result.Version, describe(operation, operation.Call))
			}
			rules.seen[at] = result.Version
		}
	}
	return rules, ""
}

// numbersOf numbers the keys of a history.
func numbersOf(history *record.History) map[string]int {
	numbers := make(map[string]int)
	for i := range history.Operations {
		for _, step := range history.Operations[i].Steps {
			if _, isKnown := numbers[step.Key]; !isKnown && step.Do != record.Count && step.Do != record.Clear {
				numbers[step.Key] = len(numbers)
			}
		}
	}
	return numbers
}

// operations returns those that say something about the store.
func (r *rules) operations(history *record.History) ([]porcupine.Operation, error) {
	numbers := numbersOf(history)
	if len(numbers) > KeysMax {
		return nil, fmt.Errorf("a history of %d keys", len(numbers))
	}
	var operations []porcupine.Operation
	for i := range history.Operations {
		operation := &history.Operations[i]
		if operation.Result == nil {
			operation.Result = &record.Result{Outcome: record.Unknown}
		}
		switch operation.Result.Outcome {
		case record.Nothing:
			continue
		case record.Unknown:
			if !operation.Writes() {
				continue
			}
			operation.Return = record.Forever
		}
		in := &input{Operation: operation}
		for _, step := range operation.Steps {
			number, isKnown := numbers[step.Key]
			if !isKnown || step.Do == record.Count || step.Do == record.Clear {
				number = -1
			}
			in.keys = append(in.keys, number)
		}
		operations = append(operations, porcupine.Operation{
			Input: in, Output: operation.Result, Call: operation.Call, Return: operation.Return,
		})
	}
	return operations, nil
}

// explain says how far an order reaches, and which operations do not fit behind it.
func explain(model porcupine.Model, operations []porcupine.Operation, limit time.Duration) string {
	var text strings.Builder
	text.WriteString("there is no order of the operations")
	_, info := porcupine.CheckOperationsVerbose(model, operations, limit)
	for i, part := range partition(operations) {
		var longest []porcupine.Operation
		for _, partial := range info.PartialLinearizationsOperations()[i] {
			if len(partial) > len(longest) {
				longest = partial
			}
		}
		if len(longest) == len(part) {
			continue
		}
		isPlaced := make(map[*input]bool)
		begin := part[0].Call
		for j, operation := range longest {
			in := operation.Input.(*input)
			isPlaced[in] = true
			if j >= len(longest)-8 {
				fmt.Fprintf(&text, "\n  in order: %s", describe(in.Operation, begin))
			}
		}
		var rest []*input
		for j := range part {
			if in := part[j].Input.(*input); !isPlaced[in] {
				rest = append(rest, in)
			}
		}
		sort.Slice(rest, func(i, j int) bool { return rest[i].Return < rest[j].Return })
		for _, in := range rest[:min(len(rest), 8)] {
			fmt.Fprintf(&text, "\n  not behind it: %s", describe(in.Operation, begin))
		}
	}
	return text.String()
}
