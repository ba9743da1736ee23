package kv

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// The texts and log values of entries, events and results: names as text, of values that are longer
// than 64 bytes the beginning and the size.

// String returns the entry in one line, such as
//
//	config/colour = "blue" (4 bytes), version 7, expires 2026-01-02T15:04:05Z
//
// with the names of an [Error]'s message.
func (e Entry) String() string {
	return shownPlace(e.Group, e.Key) + shownValue(e.Value, e.Size) + shownInfo(e.Version, e.ExpiresAt)
}

// LogValue returns group, key, value, size, version and expires_at; a value that was left out and an
// expiry that there is not are missing.
func (e Entry) LogValue() slog.Value {
	attributes := append(placeAttributes(e.Group, e.Key), valueAttributes(e.Value, e.Size)...)
	return slog.GroupValue(append(attributes, infoAttributes(e.Version, e.ExpiresAt)...)...)
}

// String returns size, version and expiry in one line.
func (i EntryInfo) String() string {
	return shownSize(i.Size) + shownInfo(i.Version, i.ExpiresAt)
}

// LogValue returns size, version and expires_at.
func (i EntryInfo) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.Int64("size", i.Size)}, infoAttributes(i.Version, i.ExpiresAt)...)...)
}

// String returns the event in one line, such as
//
//	set config/colour = "blue" (4 bytes), version 7
//	delete config/colour, version 8
//	lagged, 12 lost, version 8
//
// with the names of an [Error]'s message. The time is left out.
func (e Event) String() string {
	text := e.Type.String()
	switch e.Type {
	case EventSet, EventSetLarge:
		text += " " + shownPlace(e.Group, e.Key) + shownValue(e.Value, e.Size)
	case EventDelete, EventExpire:
		text += " " + shownPlace(e.Group, e.Key)
	case EventDeleteGroup:
		text += " " + shownName(e.Group)
	case EventLagged:
		text += fmt.Sprintf(", %d lost", e.Lost)
	}
	return text + fmt.Sprintf(", version %d", e.Version)
}

// LogValue returns type, group, key, value, size, version, time and lost, as far as the type of the
// event has them.
func (e Event) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("type", e.Type.String())}
	switch e.Type {
	case EventSet, EventSetLarge:
		attributes = append(attributes, placeAttributes(e.Group, e.Key)...)
		attributes = append(attributes, valueAttributes(e.Value, e.Size)...)
	case EventDelete, EventExpire:
		attributes = append(attributes, placeAttributes(e.Group, e.Key)...)
	case EventDeleteGroup:
		attributes = append(attributes, slog.String("group", loggedText(e.Group)))
	case EventLagged:
		attributes = append(attributes, slog.Uint64("lost", e.Lost))
	}
	attributes = append(attributes, slog.Uint64("version", e.Version))
	if !e.Time.IsZero() {
		attributes = append(attributes, slog.Time("time", e.Time))
	}
	return slog.GroupValue(attributes...)
}

// LogValue returns the name of the type.
func (t EventType) LogValue() slog.Value { return slog.StringValue(t.String()) }

// String returns the attributes of the log value in one line, such as "status=ok value=blue size=4".
func (r Result) String() string { return textOf(r.LogValue()) }

// LogValue returns status, value, size, version and expires_at.
func (r Result) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("status", r.Status.meaning())}
	if r.Value != nil {
		attributes = append(attributes, valueAttributes(r.Value, int64(len(r.Value)))...)
	}
	return slog.GroupValue(append(attributes, infoAttributes(r.Version, r.ExpiresAt)...)...)
}

// shownValue is a value behind its name. Without its bytes it is the size; without that, nothing.
func shownValue(value []byte, size int64) string {
	switch {
	case value == nil && size == 0:
		return ""
	case len(value) == 0 && size > 0:
		return " (" + shownSize(size) + ")"
	case len(value) > shownLen:
		return " = " + shownText(string(value))
	default:
		return " = " + shownText(string(value)) + " (" + shownSize(int64(len(value))) + ")"
	}
}

func shownSize(size int64) string {
	if size == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", size)
}

func shownInfo(version uint64, expiresAt time.Time) string {
	var text strings.Builder
	fmt.Fprintf(&text, ", version %d", version)
	if !expiresAt.IsZero() {
		fmt.Fprintf(&text, ", expires %s", expiresAt.UTC().Format(time.RFC3339Nano))
	}
	return text.String()
}

func placeAttributes(group, key string) []slog.Attr {
	return []slog.Attr{slog.String("group", loggedText(group)), slog.String("key", loggedText(key))}
}

func valueAttributes(value []byte, size int64) []slog.Attr {
	switch {
	case value == nil && size == 0:
		return nil
	case len(value) == 0 && size > 0:
		return []slog.Attr{slog.Int64("size", size)}
	default:
		return []slog.Attr{slog.String("value", loggedText(string(value))), slog.Int("size", len(value))}
	}
}

func infoAttributes(version uint64, expiresAt time.Time) []slog.Attr {
	var attributes []slog.Attr
	if version != 0 {
		attributes = append(attributes, slog.Uint64("version", version))
	}
	if !expiresAt.IsZero() {
		attributes = append(attributes, slog.Time("expires_at", expiresAt))
	}
	return attributes
}

// textOf returns the attributes of a log value as NAME=VALUE.
func textOf(value slog.Value) string {
	var text []string
	for _, attribute := range value.Group() {
		shown := attribute.Value.Resolve().String()
		switch attribute.Value.Kind() {
		case slog.KindString:
			if quoted := strconv.Quote(shown); shown == "" || quoted[1:len(quoted)-1] != shown || strings.ContainsAny(shown, " =") {
				shown = quoted
			}
		case slog.KindTime:
			shown = attribute.Value.Time().UTC().Format(time.RFC3339Nano)
		}
		text = append(text, attribute.Key+"="+shown)
	}
	return strings.Join(text, " ")
}
