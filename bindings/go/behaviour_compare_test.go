package kv_test

import (
	"encoding/json"
	"fmt"
	"time"

	"kv.internal/kv"
)

// The types of what a call returns. A string is bytes, a []string a list of bytes.
type (
	// word is a text that is none of the store's bytes.
	word string
	// version is a version, which may be compared with a saved one.
	version uint64
	// remaining is a ttl that was read; 0 is for ever.
	remaining time.Duration
	// optional are bytes that there may be none of.
	optional struct {
		bytes   string
		isThere bool
	}
	// event is the one that was received.
	event kv.Event
)

// compare compares a field of a result with what is expected there.
func (r *run) compare(field string, want, got any) error {
	var err error
	same := true
	switch got := got.(type) {
	case string:
		var bytes string
		bytes, err = bytesOf(want)
		same = bytes == got
	case optional:
		var bytes string
		bytes, err = bytesOf(want)
		same = got.isThere && bytes == got.bytes
	case word:
		same = want == string(got)
	case int64:
		var number int64
		number, err = integerOf(want)
		same = number == got
	case version:
		var number uint64
		number, err = versionOf(want, r.saved)
		same = number == uint64(got)
		if field == "newer_than" {
			same = number < uint64(got)
		}
	case remaining:
		same, err = isRemaining(want, time.Duration(got))
	case time.Time:
		var at time.Time
		at, err = instantOf(want)
		same = at.Equal(got)
	case record:
		var fields record
		fields, err = recordOf(want)
		same = fields == got
	case event:
		return compareEvent(want, kv.Event(got))
	default:
		return compareList(field, want, got)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", field, err)
	}
	if !same {
		return differs("%s: expected %.200q, returned %.200q", field, fmt.Sprint(want), fmt.Sprint(got))
	}
	return nil
}

// isRemaining allows for the time that has passed since the write.
func isRemaining(want any, got time.Duration) (bool, error) {
	if want == "never" {
		return got == 0, nil
	}
	ms, err := integerOf(want)
	expected := time.Duration(ms) * time.Millisecond
	return got >= expected-time.Minute && got <= expected+time.Millisecond, err
}

func compareList(field string, want, got any) error {
	list, isList := want.([]any)
	if !isList {
		return fmt.Errorf("%s is a %T", field, want)
	}
	switch got := got.(type) {
	case []string:
		keys, err := keysOf(list)
		if err != nil {
			return err
		}
		return sameList(field, keys, got)
	case []pair:
		entries, err := pairs(list)
		if err != nil {
			return err
		}
		return sameList(field, entries, got)
	case []word:
		words := make([]word, 0, len(list))
		for _, element := range list {
			text, _ := element.(string)
			words = append(words, word(text))
		}
		return sameList(field, words, got)
	case []keyedRecord:
		records := make([]keyedRecord, 0, len(list))
		for _, element := range list {
			fields, _ := element.(map[string]any)
			key, keyErr := bytesOf(fields["key"])
			value, valueErr := recordOf(fields["record"])
			if keyErr != nil || valueErr != nil || len(fields) != 2 {
				return fmt.Errorf("%s: no record: %v", field, element)
			}
			records = append(records, keyedRecord{key, value})
		}
		return sameList(field, records, got)
	case []kv.Result:
		return compareResults(list, got)
	default:
		return fmt.Errorf("nothing compares a %T", got)
	}
}

func compareResults(want []any, got []kv.Result) error {
	if len(want) != len(got) {
		return differs("results: expected %d, returned %d", len(want), len(got))
	}
	for i, result := range got {
		fields, isObject := want[i].(map[string]any)
		value, hasValue := fields["value"]
		if !isObject || hasValue && len(fields) != 2 || !hasValue && len(fields) != 1 {
			return fmt.Errorf("result %d: no result: %v", i, want[i])
		}
		if name := statusNames[result.Status]; fields["status"] != name {
			return differs("result %d: expected %v, returned %s", i, fields["status"], name)
		}
		if hasValue != (result.Value != nil) {
			return differs("result %d: expected %v, returned %q", i, fields, result.Value)
		}
		bytes, err := bytesOf(value)
		if hasValue && err != nil {
			return err
		}
		if hasValue && bytes != string(result.Value) {
			return differs("result %d: expected %q, returned %q", i, bytes, result.Value)
		}
	}
	return nil
}

func compareEvent(want any, got kv.Event) error {
	fields, _ := want.(map[string]any)
	returned := map[string]any{"group": got.Group}
	if got.Type != kv.EventDeleteGroup {
		returned["key"] = got.Key
	}
	if got.Type == kv.EventSet {
		returned["value"] = string(got.Value)
	}
	if got.Type == kv.EventSetLarge {
		returned["size"] = got.Size
	}
	if fields["type"] != got.Type.String() {
		return differs("event: expected %v, returned %s", want, got.Type)
	}
	if len(fields) != len(returned)+1 {
		return fmt.Errorf("no event: %v", want)
	}
	for name, field := range returned {
		var expected any
		var err error
		if _, isNumber := field.(int64); isNumber {
			expected, err = integerOf(fields[name])
		} else {
			expected, err = bytesOf(fields[name])
		}
		if err != nil {
			return err
		}
		if expected != field {
			return differs("event: %s: expected %.200q, returned %.200q", name, fmt.Sprint(expected), fmt.Sprint(field))
		}
	}
	return nil
}

// record is the type of the typed stores.
type record struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

type keyedRecord struct {
	key   string
	value record
}

func recordOf(value any) (record, error) {
	fields, _ := value.(map[string]any)
	name, isText := fields["name"].(string)
	count, err := integerOf(fields["count"])
	if !isText || len(fields) != 2 {
		err = fmt.Errorf("no record: %v", value)
	}
	return record{name, count}, err
}

// UnmarshalJSON refuses null, which would leave the record as it is.
func (r *record) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return fmt.Errorf("null is no record")
	}
	type fields record
	return json.Unmarshal(text, (*fields)(r))
}
