package check

import (
	"fmt"
	"strconv"
	"strings"

	"kv.internal/histories/record"
)

// mark ends a token of a list.
const mark = ";"

// addition is an append of a token to a list.
type addition struct {
	*record.Operation
	key, token string
	length     int
}

// reading is a list as a read shows it.
type reading struct {
	*record.Operation
	key, list string
}

// survival has the lists of a history in which a master was killed.
type survival struct {
	*record.History
	additions map[string]*addition
	readings  []reading
	// final are the lists at the end, ends where in them each token ends.
	final map[string]string
	ends  map[string]int
}

// lists checks a history of appends and reads in which acknowledged appends may be lost: a list at
// the end is one that its replica had, and whatever was appended to it later. So nothing appears
// that was not appended, orders are kept, and of what is lost all that was appended later is lost.
// The last operation reads all lists.
func lists(history *record.History) Finding {
	s := &survival{
		History: history, additions: make(map[string]*addition),
		final: make(map[string]string), ends: make(map[string]int),
	}
	for i := range history.Operations {
		s.collect(&history.Operations[i])
	}
	last := &history.Operations[len(history.Operations)-1]
	for _, read := range s.readings {
		if read.Operation == last {
			s.final[read.key] = read.list
			end := 0
			for _, token := range tokens(read.list) {
				end += len(token)
				s.ends[token] = end
			}
		}
	}
	for _, check := range []func() string{s.readsAreOfAppends, s.readsAreInOrder, s.readsAreFresh, s.batchesAreWhole} {
		if violation := check(); violation != "" {
			return Finding{Violation: violation}
		}
	}
	lost, violation := s.lossesAreLast()
	return Finding{Violation: violation, Lost: lost}
}

func (s *survival) collect(operation *record.Operation) {
	result := operation.Result
	if result == nil || result.Outcome == record.Unknown {
		operation.Return = record.Forever
	}
	if result != nil && result.Outcome == record.Nothing {
		return
	}
	for i, step := range operation.Steps {
		var shown record.StepResult
		isShown := result != nil && i < len(result.Steps)
		if isShown {
			shown = result.Steps[i]
		}
		switch {
		case step.Do == record.Append:
			length, _ := strconv.Atoi(shown.Value)
			s.additions[step.Value] = &addition{operation, step.Key, step.Value, length}
		case step.Do == record.Get && isShown:
			s.readings = append(s.readings, reading{operation, step.Key, shown.Value})
		}
	}
}

func tokens(list string) []string {
	all := strings.SplitAfter(list, mark)
	return all[:len(all)-1]
}

// readsAreOfAppends: all that is read was appended, once and to this list, before the read
// returned; and no token stands before one whose append returned earlier than its own began.
func (s *survival) readsAreOfAppends() string {
	for _, read := range s.readings {
		seen := make(map[string]bool)
		latest := int64(0)
		if read.list != "" && !strings.HasSuffix(read.list, mark) {
			return fmt.Sprintf("%s reads half of a token: %q", read.ID, read.list)
		}
		for _, token := range tokens(read.list) {
			added := s.additions[token]
			switch {
			case added == nil || added.key != read.key:
				return fmt.Sprintf("%s reads %q from %s, to which it was never appended", read.ID, token, read.key)
			case seen[token]:
				return fmt.Sprintf("%s reads %q twice from %s", read.ID, token, read.key)
			case added.Call > read.Return:
				return fmt.Sprintf("%s reads %q before it was appended", read.ID, token)
			case added.Return < latest:
				return fmt.Sprintf("%s reads %q behind one that was appended after it", read.ID, token)
			}
			seen[token] = true
			latest = max(latest, added.Call)
		}
	}
	return ""
}

// isOfTheKilled reports whether a read may be of a list that the killed master had.
func (s *survival) isOfTheKilled(operation *record.Operation) bool { return operation.Call <= s.Killed }

// readsAreInOrder: each read is the begin of the list at the end; reads of the killed master may
// each be the begin of one other list instead.
func (s *survival) readsAreInOrder() string {
	other := make(map[string]string)
	for _, read := range s.readings {
		if strings.HasPrefix(s.final[read.key], read.list) {
			continue
		}
		if !s.isOfTheKilled(read.Operation) {
			return fmt.Sprintf("%s reads %q from %s, which is %q at the end", read.ID, read.list, read.key, s.final[read.key])
		}
		longest := other[read.key]
		if !strings.HasPrefix(longest, read.list) && !strings.HasPrefix(read.list, longest) {
			return fmt.Sprintf("%s reads %q from %s, another read %q", read.ID, read.list, read.key, longest)
		}
		if len(read.list) > len(longest) {
			other[read.key] = read.list
		}
	}
	return ""
}

// readsAreFresh: a read shows each append that was acknowledged before it began, unless the master
// was killed in between.
func (s *survival) readsAreFresh() string {
	for _, read := range s.readings {
		shown := make(map[string]bool)
		for _, token := range tokens(read.list) {
			shown[token] = true
		}
		for _, added := range s.additions {
			if added.key != read.key || added.Return >= read.Call {
				continue
			}
			isSameMaster := read.Return < s.Killed || added.Call > s.Served
			if isSameMaster && !shown[added.token] {
				return fmt.Sprintf("%s reads %s without %q, which was appended before", read.ID, read.key, added.token)
			}
		}
	}
	return ""
}

// batchesAreWhole: of the appends of one batch, all are there at the end or none.
func (s *survival) batchesAreWhole() string {
	for _, added := range s.additions {
		for _, step := range added.Steps {
			if step.Do == record.Append && s.isKept(s.additions[step.Value]) != s.isKept(added) {
				return fmt.Sprintf("%s: a half of a batch is left: %q and %q", added.ID, added.token, step.Value)
			}
		}
	}
	return ""
}

func (s *survival) isKept(added *addition) bool { return s.ends[added.token] != 0 }

// lossesAreLast counts the acknowledged appends that are gone: none that was made by the new
// master, and none before one that is kept.
func (s *survival) lossesAreLast() (int, string) {
	lost := 0
	for _, added := range s.additions {
		if added.Return == record.Forever {
			continue
		}
		if s.isKept(added) {
			if end := s.ends[added.token]; end != added.length {
				return lost, fmt.Sprintf("%s was %d bytes long after its append, and ends at %d", added.token, added.length, end)
			}
			continue
		}
		lost++
		if added.Call > s.Served {
			return lost, fmt.Sprintf("%s is gone, which the new master has acknowledged", added.token)
		}
		for _, kept := range s.additions {
			if s.isKept(kept) && kept.Call > added.Return && kept.Call < s.Killed && kept.Return < s.Killed {
				return lost, fmt.Sprintf("%s is gone, but %s is there, which was appended after it", added.token, kept.token)
			}
		}
	}
	return lost, ""
}
