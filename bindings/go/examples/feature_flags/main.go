// Feature flags that are read without a call, and are right a moment after they were switched.
//
// A goroutine watches the group of the flags. It receives those that are there and, from that very
// moment on, each change, and keeps a table for the rest of the program. There is no polling, and
// no change falls between the reading and the watching. If the goroutine was too slow and missed
// some, it receives that as well and begins again; until it is through the old table holds.
//
// With changes=on in the location, another process may switch the flags just as well.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"os"
	"sync"
	"sync/atomic"

	"kv.internal/kv"
)

const group = "flags"

// table is the flags that are on, as of a version. It is never changed, only replaced.
type table struct {
	isOn    map[string]bool
	version uint64
}

// flags is the table for the program, and a condition on which a caller can wait for a change.
type flags struct {
	current atomic.Pointer[table]
	mutex   sync.Mutex
	moved   *sync.Cond
}

func newFlags() *flags {
	f := &flags{}
	f.moved = sync.NewCond(&f.mutex)
	f.current.Store(&table{})
	return f
}

func (f *flags) isOn(flag string) bool { return f.current.Load().isOn[flag] }

func (f *flags) publish(isOn map[string]bool, version uint64) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.current.Store(&table{maps.Clone(isOn), version})
	f.moved.Broadcast()
}

// waitFor returns when the table has the change that was written as a version.
func (f *flags) waitFor(version uint64) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for f.current.Load().version < version {
		f.moved.Wait()
	}
}

// follow follows the flags until the store is closed.
func (f *flags) follow(ctx context.Context, store *kv.Store) {
	for {
		watch, err := store.Watch(ctx, kv.InGroup(group), kv.Existing())
		if errors.Is(err, kv.ErrClosed) {
			return
		}
		check("watch", err)
		f.read(watch.Events)
		check("end watch", watch.Close())
		if errors.Is(watch.Err(), kv.ErrClosed) {
			return
		}
		check("watch", watch.Err())
	}
}

// read keeps the table, until the watch ends or has missed something.
func (f *flags) read(events <-chan kv.Event) {
	isOn, isSynced := map[string]bool{}, false
	for event := range events {
		switch event.Type {
		case kv.EventLagged:
			return
		case kv.EventSynced:
			isSynced = true
		case kv.EventDeleteGroup:
			clear(isOn)
		default:
			isOn[event.Key] = event.Type == kv.EventSet && string(event.Value) == "on"
		}
		if isSynced {
			f.publish(isOn, event.Version)
		}
	}
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "flags.db")[1])
	check("open", err)
	check("set flag", store.Set(ctx, group, "payment", []byte("on")))
	flags := newFlags()
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		flags.follow(ctx, store)
	}()
	for _, change := range [][2]string{{"checkout", "on"}, {"dark mode", "on"}, {"payment", "off"}, {"checkout", "off"}} {
		version, err := store.Put(ctx, group, change[0], []byte(change[1]))
		check("switch flag", err)
		flags.waitFor(version)
		fmt.Printf("%s %s: checkout %d, payment %d, dark mode %d\n", change[0], change[1],
			bit(flags.isOn("checkout")), bit(flags.isOn("payment")), bit(flags.isOn("dark mode")))
	}
	check("close", store.Close()) // Ends the watch, and with it the goroutine.
	<-followed
}

func bit(isOn bool) int {
	if isOn {
		return 1
	}
	return 0
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
