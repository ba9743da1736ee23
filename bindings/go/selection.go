package kv

import (
	"kv.internal/kv/internal/capi"
)

// Selection chooses the groups and keys of a watch. Names and prefixes mean themselves, byte for
// byte: "*" is a key like any other.
//
//	kv.InGroup("flags")
//	kv.InGroup("flags").Key("dark mode")
//	kv.InGroups("tenant-a:").KeyPrefix("user:")
//
// The zero Selection is the default group.
type Selection struct {
	group, key           string
	groupFlags, keyFlags uint32
	hasKey               bool
}

// InGroup selects all keys of one group.
func InGroup(group string) Selection { return Selection{group: group} }

// InGroups selects all keys of all groups whose names begin with a prefix.
func InGroups(prefix string) Selection {
	return Selection{group: prefix, groupFlags: capi.WatchGroupPrefix}
}

// Everywhere selects all keys of all groups.
func Everywhere() Selection { return Selection{groupFlags: capi.WatchAnyGroup} }

// Key narrows a selection to one key. The delete of its group is received, too.
func (s Selection) Key(key string) Selection {
	s.key, s.keyFlags, s.hasKey = key, 0, true
	return s
}

// KeyPrefix narrows a selection to the keys that begin with a prefix. The delete of their group is
// received, too.
func (s Selection) KeyPrefix(prefix string) Selection {
	s.key, s.keyFlags, s.hasKey = prefix, capi.WatchKeyPrefix, true
	return s
}

func (s Selection) flags() uint32 {
	if !s.hasKey {
		return s.groupFlags | capi.WatchAnyKey
	}
	return s.groupFlags | s.keyFlags
}

// WatchOption chooses where a watch begins and how much it keeps. Without any it begins with the
// next commit, and has room for 1024 changes.
type WatchOption struct{ watching capi.Watching }

// Existing begins with the entries that are there, each as an [EventSet] or [EventSetLarge], then
// an [EventSynced], then the changes from that very moment on. It goes alone, without [Since].
func Existing() WatchOption { return WatchOption{capi.Watching{Flags: capi.WatchExisting}} }

// Since begins with the changes after a version. The file must keep a change log, or the watch is
// [ErrUnsupported]; if the log does not reach back so far, it is [ErrCompacted].
func Since(version uint64) WatchOption {
	return WatchOption{capi.Watching{Flags: capi.WatchSince, Since: version}}
}

// Capacity is the number of changes that the queue has room for, from 16 to 16,777,216.
func Capacity(changes int) WatchOption {
	// A number that is out of range stays so, and is refused.
	return WatchOption{capi.Watching{Capacity: uint32(min(max(changes, 1), 1<<30))}}
}

// watchingOf combines a selection and options.
func watchingOf(selection Selection, options []WatchOption) capi.Watching {
	watching := capi.Watching{Flags: selection.flags()}
	for _, option := range options {
		watching.Flags |= option.watching.Flags
		watching.Since = max(watching.Since, option.watching.Since)
		if option.watching.Capacity != 0 {
			watching.Capacity = option.watching.Capacity
		}
	}
	return watching
}
