package petrock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/location"
)

// DefaultPath is the database of a command that names none.
const DefaultPath = "app.db"

// Usage is the help of the command.
const Usage = `Commands for the application's key-value store.

Usage:
  kv get [--db-path PATH] <key>                    print a value as formatted JSON
  kv set [--db-path PATH] [--json] <key> <value>   store a value
  kv list [--db-path PATH] [glob]                  list the keys, or those that match

Options:
  --db-path PATH   Path to SQLite database (default: "app.db")
  --json           Parse value as JSON instead of storing as string
`

// Command runs what follows `kv` on a command line and returns the exit status: 0, or 1 after
// "Error: " and the reason on stderr.
//
//	if len(os.Args) > 1 && os.Args[1] == "kv" {
//		os.Exit(petrock.Command(os.Args[2:], os.Stdout, os.Stderr))
//	}
func Command(args []string, stdout, stderr io.Writer) int {
	err := Run(args, stdout)
	if err == nil {
		return 0
	}
	if stderr != nil {
		fmt.Fprintf(stderr, "Error: %v\n", err)
	}
	return 1
}

// Run is [Command] for a program that prints errors itself. A root of cobra has the command by
//
//	root.AddCommand(&cobra.Command{
//		Use:                "kv",
//		Short:              "Commands for the application's key-value store",
//		Long:               petrock.Usage,
//		DisableFlagParsing: true,
//		SilenceUsage:       true,
//		RunE: func(cmd *cobra.Command, args []string) error {
//			return petrock.Run(args, cmd.OutOrStdout())
//		},
//	})
//
// `get` and `list` create no file. Without --json a value is stored as a JSON string, whatever its
// text is. Options may stand before and after the arguments; what follows "--" is no option.
func Run(args []string, stdout io.Writer) error {
	if stdout == nil {
		stdout = io.Discard
	}
	if len(args) == 0 || isHelp(args[0]) {
		_, err := io.WriteString(stdout, Usage)
		return err
	}
	command, isKnown := commands[args[0]]
	if !isKnown {
		return fmt.Errorf("unknown command %q for \"kv\"; the commands are get, set and list", args[0])
	}
	line, err := parse(args[0], args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = io.WriteString(stdout, Usage)
		return err
	case err != nil:
		return err
	}
	if count := len(line.arguments); count < command.least || count > command.most {
		return fmt.Errorf("kv %s takes %s, received %d: kv %[1]s %[4]s",
			args[0], command.takes, count, command.arguments)
	}
	return command.run(line, stdout)
}

func isHelp(word string) bool { return word == "help" || word == "-h" || word == "--help" }

// commands are the commands by their names.
var commands = map[string]command{
	"get":  {1, 1, "1 argument", "<key>", get},
	"set":  {2, 2, "2 arguments", "<key> <value>", set},
	"list": {0, 1, "at most 1 argument", "[glob]", list},
}

type command struct {
	least, most      int
	takes, arguments string
	run              func(line, io.Writer) error
}

// line is a command line without the name of the command.
type line struct {
	path      string
	isJSON    bool
	arguments []string
}

func parse(name string, words []string) (line, error) {
	var parsed line
	flags := flag.NewFlagSet("kv "+name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&parsed.path, "db-path", DefaultPath, "")
	if name == "set" {
		flags.BoolVar(&parsed.isJSON, "json", false, "")
	}
	for len(words) > 0 {
		if err := flags.Parse(words); err != nil {
			return parsed, fmt.Errorf("kv %s: %w", name, err)
		}
		left := flags.Args()
		if end := len(words) - len(left); end > 0 && words[end-1] == "--" {
			parsed.arguments = append(parsed.arguments, left...)
			break
		}
		if len(left) == 0 {
			break
		}
		parsed.arguments = append(parsed.arguments, left[0])
		words = left[1:]
	}
	return parsed, nil
}

// use opens the store at a path, which is no location, for one function.
func (l line) use(create string, function func(*SQLiteKVStore) error) error {
	store, err := kv.Open(context.Background(), location.OfFile(l.path, "create="+create))
	if err != nil {
		return err
	}
	return errors.Join(function(&SQLiteKVStore{store}), store.Close())
}

func get(line line, stdout io.Writer) error {
	key := line.arguments[0]
	return line.use("off", func(store *SQLiteKVStore) error {
		data, err := store.read(key)
		if err != nil {
			return fmt.Errorf("failed to get value for key '%s': %w", key, err)
		}
		shown, err := formatted(data)
		if err != nil {
			return fmt.Errorf("failed to encode value as JSON: %w", err)
		}
		_, err = fmt.Fprintf(stdout, "%s\n", shown)
		return err
	})
}

func set(line line, stdout io.Writer) error {
	key, value := line.arguments[0], line.arguments[1]
	var stored any = value
	if line.isJSON {
		var parsed any
		if err := (kv.JSON{}).Decode([]byte(value), &parsed); err != nil {
			return fmt.Errorf("failed to parse value as JSON: %w", err)
		}
		// As it was written: with its order of names, and its numbers.
		stored = json.RawMessage(bytes.TrimSpace([]byte(value)))
	} else if !utf8.ValidString(value) {
		return fmt.Errorf("failed to set value for key '%s': it is not UTF-8, so it cannot be a JSON string", key)
	}
	return line.use("on", func(store *SQLiteKVStore) error {
		if err := store.Set(key, stored); err != nil {
			return fmt.Errorf("failed to set value for key '%s': %w", key, err)
		}
		_, err := fmt.Fprintf(stdout, "Successfully set key '%s'\n", key)
		return err
	})
}

func list(line line, stdout io.Writer) error {
	glob := "*"
	if len(line.arguments) > 0 {
		glob = line.arguments[0]
	}
	return line.use("off", func(store *SQLiteKVStore) error {
		keys, err := store.List(glob)
		if err != nil {
			return fmt.Errorf("failed to list keys with glob '%s': %w", glob, err)
		}
		var lines strings.Builder
		for _, key := range keys {
			fmt.Fprintln(&lines, shownKey(key))
		}
		_, err = io.WriteString(stdout, lines.String())
		return err
	})
}

// shownKey returns a key, in quotes if it could end a line or control a terminal.
func shownKey(key string) string {
	if utf8.ValidString(key) && !strings.ContainsFunc(key, unicode.IsControl) {
		return key
	}
	return strconv.Quote(key)
}
