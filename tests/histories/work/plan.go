// Package work is the part of a worker: threads that make random operations on a store and record
// them.
package work

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Profile is the kind of work.
type Profile string

const (
	// Single has operations on one key each, so that each key is checked alone.
	Single Profile = "single"
	// Multi has batches, transactions and reads of several keys too.
	Multi Profile = "multi"
	// Lists has appends and reads only, whose losses can be counted.
	Lists Profile = "lists"
)

// Plan is the work of a worker.
type Plan struct {
	Seed     uint64  `json:"seed"`
	Location string  `json:"location"`
	Group    string  `json:"group"`
	Profile  Profile `json:"profile"`
	// Registers have values that are written once each, Counters integers, Lists tokens.
	Registers []string `json:"registers"`
	Counters  []string `json:"counters"`
	Lists     []string `json:"lists"`
	// Threads make Actions each, of which some are two operations.
	Threads int `json:"threads"`
	Actions int `json:"actions"`
	// Worker and Generation name the worker: one that was killed is followed by the next generation.
	Worker     int    `json:"worker"`
	Generation int    `json:"generation"`
	Log        string `json:"log"`
	IsKept     bool   `json:"kept"`
	// WholeGroups says that counting and deleting a group is one step.
	WholeGroups bool `json:"whole_groups"`
	// Deadlines says that some calls have a context that ends soon.
	Deadlines bool `json:"deadlines"`
	// ReadsAll lets the worker read all keys at its end.
	ReadsAll bool `json:"reads_all"`
	// Plant is a fault to plant.
	Plant string `json:"plant,omitempty"`
}

// Parse reads a plan.
func Parse(text string) (*Plan, error) {
	plan := &Plan{}
	return plan, json.Unmarshal([]byte(text), plan)
}

func (p *Plan) String() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Keys are all keys of a plan.
func (p *Plan) Keys() []string {
	var all []string
	return append(append(append(all, p.Registers...), p.Counters...), p.Lists...)
}

// random is the source of a thread.
func (p *Plan) random(thread int) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed, uint64(p.Worker)<<32|uint64(p.Generation)<<16|uint64(thread)))
}

// value is the n-th of a thread, and no other's.
func (p *Plan) value(thread, n, pad int) string {
	return fmt.Sprintf("v%d.%d.%d.%d%s", p.Worker, p.Generation, thread, n, strings.Repeat("x", pad))
}

// pick returns one of some, each as likely.
func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
