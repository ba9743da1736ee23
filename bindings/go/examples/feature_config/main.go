// A configuration of features that several programs read and change.
//
// A feature is changed from what was read: its version goes along, and the write is refused if
// another was faster; then the change is made again on what is there now. No lock is held while a
// human or a program thinks, and no change is lost. A reload reads all flags with one scan, which
// is one snapshot: a release that changes two flags in one batch is seen whole or not at all.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"

	"kv.internal/kv"
)

const (
	flags   = "flags"
	writers = 2
	steps   = 25
)

func reload(ctx context.Context, store *kv.Store) {
	for flag, err := range store.All(ctx, flags) {
		check("list", err)
		fmt.Printf("  %s = %s\n", flag.Key, flag.Value)
	}
}

// raiseRollout raises the percentage of a rollout by one, also beside others that change it.
func raiseRollout(ctx context.Context, store *kv.Store, flag string) {
	for {
		// The zero entry, of a flag that is not there, has version 0: then it must still not be
		// there.
		current, err := store.GetEntry(ctx, flags, flag)
		percent := 0
		if !errors.Is(err, kv.ErrNotFound) {
			check("read flag", err)
			percent, err = strconv.Atoi(strings.TrimSuffix(string(current.Value), "%"))
			check("understand flag", err)
		}
		raised := fmt.Sprintf("%d%%", percent+1)
		_, err = store.Put(ctx, flags, flag, []byte(raised), kv.IfVersion(current.Version))
		if errors.Is(err, kv.ErrConflict) {
			continue
		}
		check("write flag", err)
		return
	}
}

// release changes two flags that must change together.
func release(ctx context.Context, store *kv.Store) {
	var batch kv.Batch
	batch.Set(flags, "checkout", []byte("new"))
	batch.Set(flags, "payment", []byte("new"))
	_, err := store.Commit(ctx, &batch)
	check("release", err)
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "flags.db")[1])
	check("open", err)
	for flag, value := range map[string]string{"checkout": "old", "dark mode": "on", "payment": "old"} {
		check("set flag", store.Set(ctx, flags, flag, []byte(value)))
	}
	fmt.Println("at first:")
	reload(ctx, store)

	var all sync.WaitGroup
	for range writers {
		all.Add(1)
		go func() {
			defer all.Done()
			for range steps {
				raiseRollout(ctx, store, "search rollout")
			}
		}()
	}
	all.Wait()
	release(ctx, store)
	fmt.Printf("after %d writers with %d steps each, and a release:\n", writers, steps)
	reload(ctx, store)
	check("close", store.Close())
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
