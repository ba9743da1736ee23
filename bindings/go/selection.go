package kv

import (
	"kv.internal/kv/internal/capi"
)

// Selection is what a watch hears of. Names and prefixes mean themselves, byte for byte: "*" is a
// key like any other.
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

// Key narrows a selection to one key. A group that is deleted is heard of, too.
func (s Selection) Key(key string) Selection {
	s.key, s.keyFlags, s.hasKey = key, 0, true
	return s
}

// KeyPrefix narrows a selection to the keys that begin with a prefix. A group that is deleted is
// heard of, too.
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

// WatchOption says where a watch begins and how much it keeps. Without any it begins with the next
// commit, and has room for 1024 changes.
type WatchOption func(*capi.Watching)

// Existing begins with the entries that are there, each as an [EventSet], then an [EventSynced],
// then what changes from that very moment on. It goes alone, without [Since].
func Existing() WatchOption {
	return func(w *capi.Watching) { w.Flags |= capi.WatchExisting }
}

// Since begins with the changes after a version. The file must keep a log of changes, or the watch
// is [ErrUnsupported]; if that does not reach back so far, it is [ErrCompacted].
func Since(version uint64) WatchOption {
	return func(w *capi.Watching) {
		w.Flags |= capi.WatchSince
		w.Since = version
	}
}

// Capacity is how many changes the queue has room for, from 16 to 16,777,216.
func Capacity(changes int) WatchOption {
	return func(w *capi.Watching) {
		// What is out of range stays so, and is refused.
		w.Capacity = uint32(min(max(changes, 1), 1<<30))
	}
}
