// Package record has operations on a store as they were made: steps, results and times, and the
// files in which they are kept.
package record

// Forever is the return of an operation whose outcome is not known: it may have been made at any
// later moment, or never.
const Forever = int64(1) << 62

// Do is the effect of a step.
type Do string

const (
	Check     Do = "check"     // only has a condition
	Get       Do = "get"       // reads a key
	Set       Do = "set"       // writes a value
	Delete    Do = "delete"    // deletes a key
	Take      Do = "take"      // deletes a key and reads it
	Increment Do = "increment" // adds Delta to the integer under a key; the sum is the result's value
	Append    Do = "append"    // appends a value; the new length is the result's value
	Count     Do = "count"     // counts the keys of the group; the number is the result's value
	Clear     Do = "clear"     // deletes all keys of the group; their number is the result's value
)

// Condition is what a step requires of its key, as it is before the operation.
type Condition string

const (
	Any       Condition = ""
	Absent    Condition = "absent"
	Present   Condition = "present"
	AtVersion Condition = "version" // 0 is absent
)

// Step is a part of an operation.
type Step struct {
	Do      Do        `json:"do"`
	Key     string    `json:"key,omitempty"`
	Value   string    `json:"value,omitempty"`
	Delta   int64     `json:"delta,omitempty"`
	If      Condition `json:"if,omitempty"`
	Version uint64    `json:"version,omitempty"`
}

// Outcome is how an operation ended.
type Outcome string

const (
	Applied  Outcome = "applied"
	Conflict Outcome = "conflict" // a condition did not hold, nothing was written
	Nothing  Outcome = "nothing"  // it failed, and its error says that nothing was written
	Unknown  Outcome = "unknown"  // it failed, and its error says that the outcome is not known
	Broken   Outcome = "broken"   // it failed with an error that no operation may have
)

// StepResult is the result of a step. A value of a set is not repeated.
type StepResult struct {
	// Found is false for a get, take or delete of an absent key.
	Found bool   `json:"found,omitempty"`
	Value string `json:"value,omitempty"`
	// Version is the one read or written; 0 if the call does not return it.
	Version uint64 `json:"version,omitempty"`
}

// Result is how an operation ended.
type Result struct {
	Outcome Outcome      `json:"outcome"`
	Steps   []StepResult `json:"steps,omitempty"`
	// Step is the condition that did not hold, and Version the one its key is at; -1 if the call
	// does not return them.
	Step    int    `json:"step,omitempty"`
	Version uint64 `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Operation is a call, or several that make one atomic operation together.
type Operation struct {
	// ID names the worker, its generation and the thread.
	ID string `json:"id"`
	// Via is the call by which it was made.
	Via   string `json:"via"`
	Steps []Step `json:"steps"`
	// Call and Return are nanoseconds of the machine's monotonic clock.
	Call   int64   `json:"call"`
	Return int64   `json:"return,omitempty"`
	Result *Result `json:"result,omitempty"`
}

// Writes reports whether an operation changes anything.
func (o *Operation) Writes() bool {
	for _, step := range o.Steps {
		switch step.Do {
		case Check, Get, Count:
		default:
			return true
		}
	}
	return false
}
