// At most limit calls in each window, however many goroutines and processes call.
//
// One increment does all of it: it counts, it begins a window by setting the ttl of an absent
// key, and it leaves the end of a running window alone. Reading, comparing and writing back would
// lose counts; setting the ttl in a second call would leave a counter that never ends, should the
// process end between the two. The sum that comes back is this caller's own number in the window,
// so exactly the first limit callers are allowed.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"kv.internal/kv"
)

const (
	limit      = 100
	window     = time.Minute
	goroutines = 8
	calls      = 50
)

func isAllowed(ctx context.Context, store *kv.Store, client string) bool {
	number, err := store.Increment(ctx, "rate", client, 1, window)
	check("count", err)
	return number <= limit
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "rate.db")[1])
	check("open", err)

	var allowed atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			for range calls {
				if isAllowed(ctx, store, "client 1") {
					allowed.Add(1)
				}
			}
		}()
	}
	all.Wait()
	fmt.Printf("%d threads made %d calls each: %d allowed\n", goroutines, calls, allowed.Load())

	counted, err := store.Get(ctx, "rate", "client 1")
	check("read the count", err)
	fmt.Printf("counted: %s\n", counted)
	remaining, expires, err := store.TTL(ctx, "rate", "client 1")
	check("read the window", err)
	fmt.Println("the window ends by itself:", word(expires && remaining <= window, "yes", "no"))
	fmt.Println("another client:", word(isAllowed(ctx, store, "client 2"), "allowed", "refused"))
	check("close", store.Close())
}

func word(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
