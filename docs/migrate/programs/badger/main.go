// Moves a database of badger into a store of kv, compares the two, and writes the entries back.
//
//	move fill OLD           makes a database of badger to try it with
//	move copy OLD NEW       copies all keys into the default group of a store
//	move compare OLD NEW    reports every entry that differs
//	move back OLD NEW       writes the entries of the store back
//	move both OLD NEW       runs the visits of a program on both for a while
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/dgraph-io/badger/v4"
	"kv.internal/kv"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "move:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) != 3 && (len(args) != 2 || args[0] != "fill") {
		return errors.New("usage: move fill OLD | move copy|compare|back|both OLD NEW")
	}
	// Without a logger badger writes to the standard error. The value log of the test is short.
	db, err := badger.Open(badger.DefaultOptions(args[1]).WithLogger(nil).WithValueLogFileSize(1 << 20))
	if err != nil {
		return fmt.Errorf("open %s: %w", args[1], err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if args[0] == "fill" {
		return fill(db)
	}
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
