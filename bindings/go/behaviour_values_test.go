package kv_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kv.internal/kv"
)

// arguments are those of a call or step. The first fault in them is kept.
type arguments struct {
	values   object
	used     map[string]bool
	expected object
	// The versions and tokens that earlier calls have saved.
	saved map[string]uint64
	err   error
}

func (a *arguments) fail(format string, values ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, values...)
	}
}

// take returns an argument, and notes that it is known.
func (a *arguments) take(name string) (any, bool) {
	a.used[name] = true
	value, isThere := a.values[name]
	return value, isThere
}

// text returns a name, option or path; "" if it is left out.
func (a *arguments) text(name string) string {
	value, isThere := a.take(name)
	text, isText := value.(string)
	if isThere && !isText {
		a.fail("%s is a %T", name, value)
	}
	return text
}

func (a *arguments) flag(name string) bool {
	value, isThere := a.take(name)
	flag, isFlag := value.(bool)
	if isThere && !isFlag {
		a.fail("%s is a %T", name, value)
	}
	return flag
}

// bytes returns bytes; empty ones if they are left out.
func (a *arguments) bytes(name string) string {
	value, isThere := a.take(name)
	if !isThere {
		return ""
	}
	decoded, err := bytesOf(value)
	if err != nil {
		a.fail("%s: %w", name, err)
	}
	return decoded
}

func (a *arguments) integer(name string) int64 {
	value, isThere := a.take(name)
	if !isThere {
		return 0
	}
	number, err := integerOf(value)
	if err != nil {
		a.fail("%s: %w", name, err)
	}
	return number
}

// version returns a version or token, which may be a saved one.
func (a *arguments) version(name string) uint64 {
	value, _ := a.take(name)
	version, err := versionOf(value, a.saved)
	if err != nil {
		a.fail("%s: %w", name, err)
	}
	return version
}

// ttl returns a ttl, and whether there is one.
func (a *arguments) ttl() (time.Duration, bool) {
	value, isThere := a.take("ttl")
	if !isThere {
		return kv.DefaultTTL, false
	}
	if value == "never" {
		return 0, true
	}
	ms, err := integerOf(value)
	if err != nil {
		a.fail("ttl: %w", err)
	}
	return time.Duration(ms) * time.Millisecond, true
}

// list returns the elements of a list.
func (a *arguments) list(name string) []any {
	value, isThere := a.take(name)
	list, isList := value.([]any)
	if isThere && !isList {
		a.fail("%s is a %T", name, value)
	}
	return list
}

// put returns the options of a put.
func (a *arguments) put() []kv.PutOption {
	var options []kv.PutOption
	condition, version := a.text("if"), uint64(0)
	if _, isThere := a.take("version"); isThere {
		version = a.version("version")
	}
	switch condition {
	case "":
	case "absent":
		options = append(options, kv.IfAbsent())
	case "present":
		options = append(options, kv.IfPresent())
	case "version":
		options = append(options, kv.IfVersion(version))
	default:
		a.fail("unknown condition %q", condition)
	}
	if ttl, isThere := a.ttl(); isThere {
		options = append(options, kv.ExpireAfter(ttl))
	}
	if at, isThere := a.take("expires_at"); isThere {
		expiry, err := instantOf(at)
		if err != nil {
			a.fail("expires_at: %w", err)
		}
		options = append(options, kv.ExpireAt(expiry))
	}
	if a.flag("keep_ttl") {
		options = append(options, kv.KeepExpiry())
	}
	switch durability := a.text("durability"); durability {
	case "":
	case "normal":
		options = append(options, kv.WithDurability(kv.DurabilityNormal))
	case "full":
		options = append(options, kv.WithDurability(kv.DurabilityFull))
	default:
		a.fail("unknown durability %q", durability)
	}
	return options
}

func (a *arguments) expireFlags() []kv.ExpireFlags {
	words := map[any]kv.ExpireFlags{"nx": kv.ExpireNX, "xx": kv.ExpireXX, "gt": kv.ExpireGT, "lt": kv.ExpireLT}
	var flags []kv.ExpireFlags
	for _, word := range a.list("flags") {
		flag, isKnown := words[word]
		if !isKnown {
			a.fail("unknown flag %v", word)
		}
		flags = append(flags, flag)
	}
	return flags
}

// pair is a key with its value.
type pair struct{ key, value string }

// pairs are the keys and values of a list of objects.
func pairs(list []any) ([]pair, error) {
	var all []pair
	for _, element := range list {
		fields, _ := element.(map[string]any)
		key, keyErr := bytesOf(fields["key"])
		value, valueErr := bytesOf(fields["value"])
		if keyErr != nil || valueErr != nil || len(fields) != 2 {
			return nil, fmt.Errorf("no entry: %v", element)
		}
		all = append(all, pair{key, value})
	}
	return all, nil
}

func bytesOf(value any) (string, error) {
	if text, isText := value.(string); isText {
		return text, nil
	}
	fields, _ := value.(map[string]any)
	if digits, isHex := fields["hex"].(string); isHex && len(fields) == 1 {
		decoded, err := hex.DecodeString(digits)
		return string(decoded), err
	}
	if text, isRepeated := fields["repeat"].(string); isRepeated && len(fields) == 2 {
		times, err := integerOf(fields["times"])
		return strings.Repeat(text, int(max(times, 0))), err
	}
	return "", fmt.Errorf("no bytes: %v", value)
}

func integerOf(value any) (int64, error) {
	switch number := value.(type) {
	case json.Number:
		return strconv.ParseInt(number.String(), 10, 64)
	case string:
		return strconv.ParseInt(number, 10, 64)
	default:
		return 0, fmt.Errorf("no integer: %v", value)
	}
}

func versionOf(value any, saved map[string]uint64) (uint64, error) {
	if name, isName := value.(string); isName {
		if version, isSaved := saved[name]; isSaved {
			return version, nil
		}
	}
	number, err := integerOf(value)
	return uint64(number), err
}

// instantOf returns the zero time for never.
func instantOf(value any) (time.Time, error) {
	if value == "never" {
		return time.Time{}, nil
	}
	ms, err := integerOf(value)
	return time.UnixMilli(ms), err
}

// keysOf returns a list of bytes.
func keysOf(list []any) ([]string, error) {
	keys := make([]string, 0, len(list))
	for _, element := range list {
		key, err := bytesOf(element)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// sameList compares two lists, element by element.
func sameList[T comparable](field string, want, got []T) error {
	if !slices.Equal(want, got) {
		return differs("%s: expected %.200q, returned %.200q", field, fmt.Sprint(want), fmt.Sprint(got))
	}
	return nil
}
