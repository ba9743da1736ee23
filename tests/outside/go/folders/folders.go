// Package folders lists the keys of a group as folders, with a slash between their names.
package folders

import (
	"context"
	"iter"
	"strings"

	"kv.internal/kv"
)

// Children returns the names directly below a prefix, in order; a folder's has a slash at its end. Of
// each folder one key is read: the scan goes on behind its last.
func Children(ctx context.Context, store *kv.Store, group, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		from := kv.From(prefix)
		for {
			found, err := store.Keys(ctx, group, kv.Prefix(prefix), from, kv.Limit(1))
			if err != nil {
				yield("", err)
				return
			}
			if len(found) == 0 {
				return
			}
			name, _, isFolder := strings.Cut(strings.TrimPrefix(found[0], prefix), "/")
			if isFolder {
				// The byte after the slash: no key of the folder has it here.
				from = kv.From(prefix + name + string('/'+1))
				name += "/"
			} else {
				from = kv.Above(found[0])
			}
			if !yield(name, nil) {
				return
			}
		}
	}
}
