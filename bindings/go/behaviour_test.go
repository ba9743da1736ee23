package kv_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kv.internal/kv"
)

// The cases that all bindings have in common; the README beside them says what is in one.
const behaviour = "../../tests/behaviour"

// behaviourCase is a case: a sentence, and the calls that prove it.
type behaviourCase struct {
	Name    string
	API     string
	Engines []string
	Options string
	Calls   []object
}

// object is a JSON object whose numbers are json.Number.
type object map[string]any

func readCases(t *testing.T, path string) []behaviourCase {
	t.Helper()
	var file struct {
		About string
		Cases []behaviourCase
	}
	decoder := json.NewDecoder(bytes.NewReader(must(os.ReadFile(path))(t)))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for i, c := range file.Cases {
		if len(c.Engines) == 0 {
			file.Cases[i].Engines = []string{"memory", "sqlite", "log"}
		}
		if c.API != "" && c.API != "core" && c.API != "typed" {
			t.Fatalf("%s: %s: unknown api %q", path, c.Name, c.API)
		}
	}
	return file.Cases
}

func TestBehaviour(t *testing.T) {
	paths := must(filepath.Glob(filepath.Join(behaviour, "cases", "*.json")))(t)
	cases, runs := 0, 0
	var wanted []string
	ran := map[string]bool{}
	for _, path := range paths {
		for _, c := range readCases(t, path) {
			cases++
			for _, engine := range c.Engines {
				name := fmt.Sprintf("%s (%s)", c.Name, engine)
				wanted = append(wanted, name)
				t.Run(name, func(t *testing.T) {
					runs++
					ran[name] = true
					if _, err := runCase(t, c, engine); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
	for _, name := range wanted {
		if !ran[name] {
			t.Errorf("%s has not run", name)
		}
	}
	if len(ran) != len(wanted) || len(paths) == 0 {
		t.Errorf("%d names for %d runs of %d files", len(ran), len(wanted), len(paths))
	}
	fmt.Printf("# %d runs of %d cases\n", runs, cases)
}

// Each control has one wrong expectation, at its last call. It counts if that is the difference
// seen.
func TestBehaviourControls(t *testing.T) {
	controls := readCases(t, filepath.Join(behaviour, "planted.json"))
	for _, c := range controls {
		for _, engine := range c.Engines {
			t.Run(fmt.Sprintf("%s (%s) fails", c.Name, engine), func(t *testing.T) {
				last, err := runCase(t, c, engine)
				var difference *differenceError
				if !errors.As(err, &difference) || last != len(c.Calls)-1 {
					t.Errorf("call %d of %d: %v", last+1, len(c.Calls), err)
				}
			})
		}
	}
	if len(controls) == 0 {
		t.Error("there are no controls")
	}
}

// differenceError is a result that is not the expected one. Any other error is a fault of the case,
// or of the runner.
type differenceError struct{ what string }

func (d *differenceError) Error() string { return d.what }

func differs(format string, arguments ...any) error {
	return &differenceError{fmt.Sprintf(format, arguments...)}
}

// runCase makes the calls of a case up to the first that fails, whose index it returns.
func runCase(t *testing.T, c behaviourCase, engine string) (int, error) {
	r := newRun(t, engine)
	if err := r.open("main", c.Options); err != nil {
		return 0, err
	}
	defer r.endAll()
	for i, call := range c.Calls {
		if err := r.call(call); err != nil {
			return i, fmt.Errorf("call %d, %v: %w", i+1, call, err)
		}
	}
	return len(c.Calls), nil
}

// call makes one call and compares its result with the expected one.
func (r *run) call(call object) error {
	expected := object{}
	if given, isGiven := call["expect"]; isGiven {
		fields, isObject := given.(map[string]any)
		if !isObject {
			return fmt.Errorf("expect is a %T", given)
		}
		expected = fields
	}
	a := &arguments{values: call, used: map[string]bool{"call": true, "expect": true}, expected: expected, saved: r.saved}
	name, _ := call["call"].(string)
	function, isKnown := r.functions()[name]
	if !isKnown {
		return fmt.Errorf("unknown call %q", name)
	}
	returned, err := function(a)
	if a.err != nil {
		return a.err
	}
	for argument := range call {
		if !a.used[argument] {
			return fmt.Errorf("unknown argument %q", argument)
		}
	}
	if err := compareStatus(expected["status"], err); err != nil {
		return err
	}
	for field, want := range expected {
		if field == "status" {
			continue
		}
		got, isReturned := returned[field]
		if !isReturned {
			return fmt.Errorf("unknown expectation %q", field)
		}
		if err := r.compare(field, want, got); err != nil {
			return err
		}
	}
	for field, got := range returned {
		if present, isOptional := got.(optional); isOptional && present.isThere && expected[field] == nil {
			return differs("%s: expected none, returned %q", field, present.bytes)
		}
	}
	return nil
}

// statusNames has the word of each status.
var statusNames = func() map[kv.Status]string {
	names := map[kv.Status]string{}
	for constant, number := range numbers {
		name, isError := strings.CutPrefix(constant, "KV_ERR_")
		if isError || slices.Contains([]string{"KV_OK", "KV_NOT_FOUND", "KV_CONFLICT", "KV_TIMEOUT", "KV_TOO_SMALL"}, constant) {
			names[kv.Status(number)] = strings.ToLower(strings.TrimPrefix(name, "KV_"))
		}
	}
	return names
}()

// errHook is the error of a hook that refuses.
var errHook = errors.New("the hook refuses")

// statusOf returns the word for an error.
func statusOf(err error) (string, error) {
	var undecoded *kv.DecodeError
	var failure *kv.Error
	var status kv.Status
	switch {
	case err == nil:
		return "ok", nil
	case errors.Is(err, errHook):
		return "hook", nil
	case errors.As(err, &undecoded):
		return "decode", nil
	case errors.Is(err, kv.ErrConflict):
		return "conflict", nil
	case errors.As(err, &failure):
		status = failure.Status
	case !errors.As(err, &status):
		return "", fmt.Errorf("an error without a status: %w", err)
	}
	name, isKnown := statusNames[status]
	if !isKnown {
		return "", fmt.Errorf("status %d has no name: %w", status, err)
	}
	return name, nil
}

func compareStatus(want any, err error) error {
	got, unknown := statusOf(err)
	if unknown != nil {
		return unknown
	}
	accepted, isList := want.([]any)
	if !isList {
		accepted = []any{want}
	}
	for _, status := range accepted {
		if status == nil {
			status = "ok"
		}
		if status == got {
			return nil
		}
	}
	return differs("status: expected %v, returned %s (%v)", want, got, err)
}
