// Moves a database of bbolt into a store of kv, compares the two, and writes the entries back.
//
//	move fill OLD           makes a database of bbolt to try it with
//	move copy OLD NEW       copies all buckets into a store
//	move compare OLD NEW    reports every entry that differs
//	move back OLD NEW       writes the entries of the store back into the buckets
//	move both OLD NEW       runs the sessions of a program on both for a while
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
	"kv.internal/kv"
)

// withExpiry are the buckets whose values begin with the second at which they expire.
var withExpiry = map[string]bool{"sessions": true}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "move:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == "fill" {
		return fill(args[1])
	}
	if len(args) != 3 {
		return errors.New("usage: move fill OLD | move copy|compare|back|both OLD NEW")
	}
	// bbolt locks the file: without a timeout an opening waits for as long as another process has it.
	isRead := args[0] == "copy" || args[0] == "compare"
	db, err := bbolt.Open(args[1], 0o600, &bbolt.Options{ReadOnly: isRead, Timeout: 5 * time.Second})
	if err != nil {
		return fmt.Errorf("open %s: %w", args[1], err)
	}
	defer db.Close()
	store, err := kv.Open(ctx, args[2])
	if err != nil {
		return err
	}
	defer store.Close()
	switch args[0] {
	case "copy":
		return copyAll(ctx, db, store)
	case "compare":
		return compare(ctx, db, store)
	case "back":
		return back(ctx, db, store)
	case "both":
		return runBoth(ctx, db, store)
	default:
		return fmt.Errorf("there is no command %q", args[0])
	}
}
