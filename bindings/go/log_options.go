package kv

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"kv.internal/kv/internal/capi"
)

// The texts of options are the calls that make them, which is also what a log has.

// String returns the call that makes the option, such as IfVersion(7).
func (o PutOption) String() string {
	switch {
	case o.part == putDurability:
		return fmt.Sprintf("WithDurability(%s)", Durability(o.put.Durability))
	case o.part == putExpiry && o.put.Expiry == capi.ExpiryKeep:
		return "KeepExpiry()"
	case o.part == putExpiry && o.put.Expiry == capi.ExpiryAfter:
		return fmt.Sprintf("ExpireAfter(%s)", shownTTL(o.put.TimeMs))
	case o.part == putExpiry && o.put.TimeMs == capi.TTLNever:
		return "ExpireAt(never)"
	case o.part == putExpiry:
		return fmt.Sprintf("ExpireAt(%s)", time.UnixMilli(o.put.TimeMs).UTC().Format(time.RFC3339Nano))
	case o.put.Condition == capi.IfAbsent:
		return "IfAbsent()"
	case o.put.Condition == capi.IfPresent:
		return "IfPresent()"
	case o.put.Condition == capi.IfVersion:
		return fmt.Sprintf("IfVersion(%d)", o.put.Version)
	default:
		return "PutOption{}"
	}
}

func shownTTL(ms int64) string {
	switch {
	case ms == capi.TTLDefault:
		return "DefaultTTL"
	case ms < 0:
		return "negative"
	default:
		return (time.Duration(ms) * time.Millisecond).String()
	}
}

// LogValue returns the text.
func (o PutOption) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String returns default, normal or full.
func (d Durability) String() string {
	switch d {
	case DurabilityDefault:
		return "default"
	case DurabilityNormal:
		return "normal"
	case DurabilityFull:
		return "full"
	default:
		return fmt.Sprintf("Durability(%d)", uint32(d))
	}
}

// LogValue returns the text.
func (d Durability) LogValue() slog.Value { return slog.StringValue(d.String()) }

// String returns the flags as Redis has them, such as "XX|GT", or "none".
func (f ExpireFlags) String() string {
	var names []string
	for _, flag := range []struct {
		flag ExpireFlags
		name string
	}{{ExpireNX, "NX"}, {ExpireXX, "XX"}, {ExpireGT, "GT"}, {ExpireLT, "LT"}} {
		if f&flag.flag != 0 {
			names = append(names, flag.name)
			f &^= flag.flag
		}
	}
	if f != 0 {
		names = append(names, strconv.FormatUint(uint64(f), 10))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "|")
}

// LogValue returns the text.
func (f ExpireFlags) LogValue() slog.Value { return slog.StringValue(f.String()) }

// String returns the call that makes the option, such as Prefix("user:").
func (o ScanOption) String() string {
	names := map[scanPart]string{
		scanPattern: "Prefix", scanLower: "From", scanUpper: "Below", scanAfter: "After",
		scanOffset: "Offset", scanLimit: "Limit",
	}
	switch {
	case o.part == scanOffset || o.part == scanLimit:
		return fmt.Sprintf("%s(%d)", names[o.part], o.count)
	case o.part != scanFlags:
		name := names[o.part]
		if other, isOther := flaggedNames[o.flags]; isOther {
			name = other
		}
		return fmt.Sprintf("%s(%s)", name, shownText(o.text))
	}
	if name, isKnown := flaggedNames[o.flags]; isKnown {
		return name + "()"
	}
	return "ScanOption{}"
}

// flaggedNames are the functions whose options have a flag.
var flaggedNames = map[uint32]string{
	capi.ScanGlob: "Glob", capi.ScanGlobRedis: "RedisGlob", capi.ScanLowerExclusive: "Above",
	capi.ScanUpperInclusive: "To", capi.ScanReverse: "Reverse", capi.ScanKeysOnly: "KeysOnly",
	capi.ScanSizes: "Sizes", capi.ScanSnapshot: "Snapshot",
}

// LogValue returns the text.
func (o ScanOption) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String returns the call that makes the option, such as Since(7).
func (o WatchOption) String() string {
	switch {
	case o.watching.Flags&capi.WatchExisting != 0:
		return "Existing()"
	case o.watching.Flags&capi.WatchSince != 0:
		return fmt.Sprintf("Since(%d)", o.watching.Since)
	case o.watching.Capacity != 0:
		return fmt.Sprintf("Capacity(%d)", o.watching.Capacity)
	default:
		return "WatchOption{}"
	}
}

// LogValue returns the text.
func (o WatchOption) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String returns the calls that make the selection, such as InGroup("flags").Key("dark mode").
func (s Selection) String() string {
	text := fmt.Sprintf("InGroup(%s)", shownText(s.group))
	switch s.groupFlags {
	case capi.WatchAnyGroup:
		text = "Everywhere()"
	case capi.WatchGroupPrefix:
		text = fmt.Sprintf("InGroups(%s)", shownText(s.group))
	}
	switch {
	case s.hasKey && s.keyFlags == capi.WatchKeyPrefix:
		text += fmt.Sprintf(".KeyPrefix(%s)", shownText(s.key))
	case s.hasKey:
		text += fmt.Sprintf(".Key(%s)", shownText(s.key))
	}
	return text
}

// LogValue returns the text.
func (s Selection) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String returns the call that makes the option, such as Tries(3).
func (o UpdateOption) String() string {
	if o.tries == 0 {
		return "UpdateOption{}"
	}
	return fmt.Sprintf("Tries(%d)", o.tries)
}

// LogValue returns the text.
func (o UpdateOption) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String returns the call that makes the option, such as WithWait(1s).
func (o LockOption) String() string {
	switch o.part {
	case lockOwner:
		return fmt.Sprintf("WithOwner(%s)", shownText(o.owner))
	case lockWait:
		return fmt.Sprintf("WithWait(%s)", o.wait)
	default:
		return "LockOption{}"
	}
}

// LogValue returns the text.
func (o LockOption) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String returns the call that makes the option, such as KeepExisting().
func (o CopyOption) String() string {
	switch {
	case o.existing == capi.CopyKeep:
		return "KeepExisting()"
	case o.existing == capi.CopyRefuse:
		return "RefuseExisting()"
	case o.after != nil:
		return fmt.Sprintf("AfterPosition(%s)", *o.after)
	case o.progress != nil:
		return "CopyProgress(...)"
	default:
		return "CopyOption{}"
	}
}

// LogValue returns the text.
func (o CopyOption) LogValue() slog.Value { return slog.StringValue(o.String()) }
