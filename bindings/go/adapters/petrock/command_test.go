package petrock_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock"
)

// run returns the exit status of a command, what it prints, and what it prints about an error.
func run(args ...string) (int, string, string) {
	var stdout, stderr bytes.Buffer
	status := petrock.Command(args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// prints runs a command that must succeed.
func prints(t *testing.T, want string, args ...string) {
	t.Helper()
	if status, stdout, stderr := run(args...); status != 0 || stdout != want || stderr != "" {
		t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
	}
}

// fails runs a command that must fail with a text.
func fails(t *testing.T, want string, args ...string) {
	t.Helper()
	if status, stdout, stderr := run(args...); status != 1 || stdout != "" || !strings.HasPrefix(stderr, "Error: ") || !strings.Contains(stderr, want) {
		t.Errorf("%q: status %d, %q, %q, want %q", args, status, stdout, stderr, want)
	}
}

func TestTheCommandKeepsNumbersAndTheOrderOfNames(t *testing.T) {
	t.Chdir(t.TempDir())
	prints(t, "Successfully set key 'k'\n", "set", "--json", "k", ` {"b":9007199254740993, "a":[1.0, {}]} `)
	prints(t, "{\n  \"b\": 9007199254740993,\n  \"a\": [\n    1.0,\n    {}\n  ]\n}\n", "get", "k")
}

func TestAStringIsStoredAsAStringWhateverItsTextIs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, text := range []string{"", "42", "{}", "-1", "--json", "a\nb", "<é>"} {
		prints(t, "Successfully set key 'k'\n", "set", "--", "k", text)
		encoded, _ := kv.JSON{}.Encode(text)
		prints(t, string(encoded)+"\n", "get", "k")
	}
	fails(t, "it is not UTF-8", "set", "k", "\xff")
	prints(t, "\"<é>\"\n", "get", "k")
}

func TestOptionsStandBeforeAndAfterArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	prints(t, "Successfully set key 'k'\n", "set", "k", "--json", "[1]", "--db-path", "100%?.db")
	prints(t, "[\n  1\n]\n", "get", "--db-path=100%?.db", "k")
	prints(t, "k\n", "list", "--db-path", "100%?.db")
	prints(t, "Successfully set key '--json'\n", "set", "--", "--json", "v")
	prints(t, "--json\n", "list")
	if files, err := os.ReadDir("."); err != nil || len(files) != 2 {
		t.Error(files, err)
	}
}

func TestWhatOtherProgramsStoreIsShownAsJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	store, err := kv.Open(t.Context(), petrock.DefaultPath)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for key, value := range map[string]string{"text": "John Doe", "json": "[1,2]", "line\nend": "", "\xff": "\xff"} {
		if err := store.Set(t.Context(), "", key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	// The application has the store open meanwhile.
	prints(t, "\"John Doe\"\n", "get", "text")
	prints(t, "[\n  1,\n  2\n]\n", "get", "json")
	fails(t, "failed to encode value as JSON: ", "get", "\xff")
	prints(t, "json\n\"line\\nend\"\ntext\n\"\\xff\"\n", "list")
}

func TestAFailureIsNamedAndIsStatusOne(t *testing.T) {
	t.Chdir(t.TempDir())
	fails(t, "No such file", "get", "k")
	fails(t, "No such file", "list")
	if files, err := os.ReadDir("."); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
	prints(t, "Successfully set key 'k'\n", "set", "k", "v")
	if _, _, stderr := run("get", "nope"); stderr != "Error: failed to get value for key 'nope': key not found: nope\n" {
		t.Error(stderr)
	}
	fails(t, "failed to parse value as JSON: ", "set", "--json", "k", `{"a":`)
	fails(t, "failed to parse value as JSON: ", "set", "--json", "k", "1 2")
	prints(t, "\"v\"\n", "get", "k")
	fails(t, "missing/app.db", "set", "--db-path", "missing/app.db", "k", "v")
	fails(t, "is empty", "set", "--db-path", "", "k", "v")
	for want, args := range map[string][]string{
		`unknown command "rm" for "kv"; the commands are get, set and list`:    {"rm", "k"},
		"kv get takes 1 argument, received 0: kv get <key>":                    {"get"},
		"kv get takes 1 argument, received 2":                                  {"get", "a", "b"},
		"kv set takes 2 arguments, received 1: kv set <key> <value>":           {"set", "k"},
		"kv list takes at most 1 argument, received 2: kv list [glob]":         {"list", "a", "b"},
		"kv get: flag provided but not defined: -json":                         {"get", "--json", "k"},
		"kv set: flag provided but not defined: -ttl":                          {"set", "k", "v", "--ttl", "1s"},
		"kv list: flag needs an argument: -db-path":                            {"list", "--db-path"},
		`kv set: invalid boolean value "x" for -json: parse error`:             {"set", "--json=x", "k", "v"},
		"failed to set value for key '" + strings.Repeat("k", 65536) + "': fa": {"set", strings.Repeat("k", 65536), "v"},
	} {
		fails(t, want, args...)
	}
}

func TestHelpIsPrinted(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"-h"}, {"--help"}, {"get", "--help"}, {"set", "k", "-h"}} {
		prints(t, petrock.Usage, args...)
	}
}

// fullDisk refuses every byte.
type fullDisk struct{}

var errFull = errors.New("the disk is full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestOutputThatCannotBeWrittenIsAnErrorAndNoOutputIsNone(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"set", "k", "v"}, {"get", "k"}, {"list"}, {"help"}} {
		if err := petrock.Run(args, fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("%q: %v", args, err)
		}
		if status := petrock.Command(args, nil, nil); status != 0 {
			t.Errorf("%q: status %d", args, status)
		}
	}
	if status := petrock.Command([]string{"get"}, nil, nil); status != 1 {
		t.Errorf("status %d", status)
	}
	if err := petrock.Run([]string{"get", "nope"}, nil); !errors.Is(err, kv.ErrNotFound) {
		t.Error(err)
	}
}
