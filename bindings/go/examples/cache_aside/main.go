// A cache of slow computations: read the entry, compute it on a miss, keep it for a while.
//
// When a popular entry expires, all callers miss at once. So the first one that misses takes a
// lease, a key that may be created only if it is absent, and computes; the others wait for the
// entry. The lease has a ttl: if its holder ends, the next one computes. The caller that gets the
// lease reads again before computing, because the entry may have been written between its miss and
// its lease.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"kv.internal/kv"
)

const (
	ttl        = time.Minute
	lease      = 5 * time.Second
	goroutines = 4
)

type cache struct {
	store    *kv.Store
	computed atomic.Int64
}

// compute is the slow thing.
func (c *cache) compute(key string) string {
	time.Sleep(2 * time.Millisecond)
	c.computed.Add(1)
	return "report on " + key
}

// look reads the cached text and returns it and whether there is one.
func (c *cache) look(ctx context.Context, key string) (string, bool) {
	text, err := c.store.Get(ctx, "cache", key)
	if errors.Is(err, kv.ErrNotFound) {
		return "", false
	}
	check("look", err)
	return string(text), true
}

func (c *cache) get(ctx context.Context, key string) string {
	for {
		if text, ok := c.look(ctx, key); ok {
			return text
		}
		version, err := c.store.Put(ctx, "leases", key, nil, kv.IfAbsent(), kv.ExpireAfter(lease))
		if errors.Is(err, kv.ErrConflict) {
			time.Sleep(500 * time.Microsecond)
			continue
		}
		check("lease", err)
		text, ok := c.look(ctx, key)
		if !ok {
			text = c.compute(key)
			check("keep", c.store.SetTTL(ctx, "cache", key, []byte(text), ttl))
		}
		// Its own lease: one that took too long may be another's by now.
		err = c.store.DeleteVersion(ctx, "leases", key, version)
		if !errors.Is(err, kv.ErrNotFound) && !errors.Is(err, kv.ErrConflict) {
			check("end lease", err)
		}
		return text
	}
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "cache.db")[1])
	check("open", err)
	reports := cache{store: store}

	wanted := []string{"berlin", "paris", "berlin", "berlin", "paris", "rome"}
	for _, key := range wanted {
		fmt.Println(reports.get(ctx, key))
	}
	figures, err := store.Stats(ctx)
	check("stats", err)
	// A miss reads twice: before its lease and after.
	fmt.Printf("%d wanted, %d computed, %d hits, %d misses\n",
		len(wanted), reports.computed.Load(), figures.Hits, figures.Misses)

	reports.computed.Store(0)
	var all sync.WaitGroup
	for range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			reports.get(ctx, "tokyo")
		}()
	}
	all.Wait()
	fmt.Printf("%d threads want one absent entry: %d computed\n", goroutines, reports.computed.Load())
	check("close", store.Close())
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
