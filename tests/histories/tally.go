package main

import (
	"fmt"
	"strings"

	"kv.internal/histories/check"
	"kv.internal/histories/record"
)

// tally counts what many histories were.
type tally struct {
	histories  map[string]int
	operations int
	outcomes   map[record.Outcome]int
	vias       map[string]int
	// planned are the disturbances that were to take place, done those that did.
	planned    map[disturbance]int
	done       map[disturbance]int
	lossy      int
	lost       int
	undecided  int
	violations int
}

func newTally() *tally {
	return &tally{
		histories: make(map[string]int), outcomes: make(map[record.Outcome]int), vias: make(map[string]int),
		planned: make(map[disturbance]int), done: make(map[disturbance]int),
	}
}

func (t *tally) add(history *record.History, done map[disturbance]int, finding check.Finding) {
	t.histories[history.Engine]++
	t.operations += len(history.Operations)
	for i := range history.Operations {
		outcome := record.Unknown
		if result := history.Operations[i].Result; result != nil {
			outcome = result.Outcome
		}
		t.outcomes[outcome]++
		t.vias[history.Operations[i].Via]++
	}
	for what, times := range done {
		t.done[what] += times
	}
	if history.Losses {
		t.lossy++
		t.lost += finding.Lost
	}
	if finding.IsUndecided {
		t.undecided++
	}
	if finding.Violation != "" {
		t.violations++
	}
}

// String is the figures in words.
func (t *tally) String() string {
	all := 0
	var of []string
	for _, engine := range engines {
		if t.histories[engine] > 0 {
			all += t.histories[engine]
			of = append(of, fmt.Sprintf("%s %s", names[engine], grouped(t.histories[engine])))
		}
	}
	text := fmt.Sprintf("%s histories (%s), %s operations, of which %s have an unknown outcome, %s kills, %s cuts, %s fail-overs",
		grouped(all), strings.Join(of, ", "), grouped(t.operations), grouped(t.outcomes[record.Unknown]),
		grouped(t.done[kill]), grouped(t.done[cut]), grouped(t.done[failOver]))
	if t.lossy > 0 {
		text += fmt.Sprintf(", %s killed masters with %s acknowledged writes lost", grouped(t.lossy), grouped(t.lost))
	}
	if t.undecided > 0 {
		text += fmt.Sprintf(", %s not decided in time", grouped(t.undecided))
	}
	return text
}

var names = map[string]string{
	"file": "file", "log": "log", "memory": "memory", "redis": "Redis", "cluster": "cluster", "lossy": "cluster without a master",
}

// grouped is a number with commas between its thousands.
func grouped(number int) string {
	text := fmt.Sprint(number)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
