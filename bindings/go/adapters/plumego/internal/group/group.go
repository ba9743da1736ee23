// Package group has the part of a kv store that one object of plumego's uses.
package group

import (
	"sync/atomic"

	"kv.internal/kv"
)

// Group is a group of a store that is closed on its own: other groups of the store go on.
type Group struct {
	Store    *kv.Store
	Name     string
	isOwned  bool
	isClosed atomic.Bool
}

// Of returns a group of a store, which the caller closes.
func Of(store *kv.Store, name string) *Group { return &Group{Store: store, Name: name} }

// Owned returns the default group of a store that is closed with it.
func Owned(store *kv.Store) *Group { return &Group{Store: store, isOwned: true} }

// IsOpen reports whether there is a store and the group was not closed. It is false for nil.
func (g *Group) IsOpen() bool { return g != nil && g.Store != nil && !g.isClosed.Load() }

// IsOwned reports whether the store is closed with the group.
func (g *Group) IsOwned() bool { return g != nil && g.isOwned }

// Close closes the group, and its store if that is owned. Closing again, and closing nil, do
// nothing.
func (g *Group) Close() error {
	if g == nil || g.isClosed.Swap(true) || !g.isOwned {
		return nil
	}
	return g.Store.Close()
}
