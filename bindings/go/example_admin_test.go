package kv_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kv.internal/kv"
)

func ExampleStore_Scope() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	tenant, err := store.Scope("tenant-a")
	check(err)
	defer tenant.Close()
	check(tenant.Set(ctx, "users", "ada", []byte("Ada")))
	for group, err := range store.Groups(ctx, "") {
		check(err)
		fmt.Println(group)
	}
	// Output: tenant-a:users
}

func ExampleQuota() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()
	tenant, err := store.Scope("tenant-a")
	check(err)
	defer tenant.Close()

	check(store.SetQuota(ctx, "tenant-a", kv.Limits{MaxKeys: 1}))
	check(tenant.Set(ctx, "users", "ada", []byte("Ada")))
	fmt.Println(errors.Is(tenant.Set(ctx, "users", "bob", nil), kv.ErrQuotaExceeded))
	quota, err := store.Quota(ctx, "tenant-a")
	check(err)
	fmt.Println(quota.Keys, "of", quota.MaxKeys)
	// Output:
	// true
	// 1 of 1
}

func ExampleLimits() {
	// 0 is no limit.
	fmt.Println(kv.Limits{MaxKeys: 1000, MaxBytes: 1 << 20})
	// Output: max_keys=1000 max_groups=0 max_bytes=1048576
}

func ExampleIdempotency() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	// pay runs a payment once, however often it is asked for under a key.
	pay := func(key, request string) string {
		record, err := store.IdempotencyBegin(ctx, key, []byte(request), 24*time.Hour)
		check(err)
		switch record.State {
		case kv.IdempotencyStarted:
			response := "paid"
			check(store.IdempotencyComplete(ctx, key, record.Token, []byte(response)))
			return response
		case kv.IdempotencyCompleted:
			return "before: " + string(record.Response)
		default:
			return record.State.String()
		}
	}
	fmt.Println(pay("order 7", "30 EUR"))
	fmt.Println(pay("order 7", "30 EUR"))
	fmt.Println(pay("order 7", "99 EUR"))
	// Output:
	// paid
	// before: paid
	// mismatch
}

func ExampleIdempotencyState() {
	fmt.Println(kv.IdempotencyStarted, kv.IdempotencyInProgress, kv.IdempotencyCompleted, kv.IdempotencyMismatch)
	// Output: started in progress completed mismatch
}

func ExampleBoundStore() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	bound, err := store.Bind()
	check(err)
	defer bound.Close()
	arming, err := bound.Arm(time.Minute) // A deadline for all calls from now on together.
	check(err)
	check(bound.Cancel(arming))
	err = bound.Set(ctx, "g", "k", nil)
	fmt.Println(errors.Is(err, kv.ErrCancelled), errors.Is(err, context.Canceled))
	// Output: true true
}

func ExampleStore_Backup() {
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "kv")
	check(err)
	defer os.RemoveAll(directory)
	store, err := kv.Open(ctx, filepath.Join(directory, "app.db"))
	check(err)
	defer store.Close()

	backup := filepath.Join(directory, "backup.db")
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	check(store.Backup(ctx, backup, nil))
	check(store.Delete(ctx, "users", "ada"))
	check(store.Restore(ctx, backup, nil))
	name, err := store.Get(ctx, "users", "ada")
	check(err)
	fmt.Printf("%s\n", name)
	// Output: Ada
}

func ExampleStore_Copy() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()
	other, err := kv.Open(ctx, "memory:")
	check(err)
	defer other.Close()

	check(store.SetBatch(ctx, "users", map[string][]byte{"ada": []byte("Ada"), "bob": []byte("Bob")}))
	state, err := store.Copy(ctx, other)
	check(err)
	fmt.Println(state.Entries, state.Position)
	// Output: 2 users/bob
}

func ExampleCopyOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()
	other, err := kv.Open(ctx, "memory:")
	check(err)
	defer other.Close()

	check(store.SetBatch(ctx, "users", map[string][]byte{"ada": []byte("Ada"), "bob": []byte("Bob")}))
	check(other.Set(ctx, "users", "bob", []byte("Robert")))
	_, err = store.Copy(ctx, other, kv.RefuseExisting())
	fmt.Println(errors.Is(err, kv.ErrArgument))
	progress := kv.CopyProgress(func(state kv.CopyState) bool {
		fmt.Println(state.Entries, "of", state.Total)
		return true // false ends the copy.
	})
	state, err := store.Copy(ctx, other, kv.KeepExisting(), progress)
	check(err)
	fmt.Println(state.Entries, state.Skipped)
	// Output:
	// true
	// 1 of 2
	// 1 1
}

// A copy that ended early goes on after the position that it has reached.
func ExampleCopyState() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()
	other, err := kv.Open(ctx, "memory:")
	check(err)
	defer other.Close()

	check(store.Set(ctx, "a", "1", []byte("one")))
	check(store.Set(ctx, "b", "2", []byte("two")))
	reached, err := store.Copy(ctx, other, kv.CopyProgress(func(kv.CopyState) bool { return false }))
	fmt.Println(reached.Position, errors.Is(err, kv.ErrCancelled))
	reached, err = store.Copy(ctx, other, kv.AfterPosition(reached.Position))
	fmt.Println(reached.Position, err)
	// Output:
	// a/1 true
	// b/2 <nil>
}

func ExamplePosition() {
	fmt.Println(kv.Position{Group: "users", Key: "ada"})
	// Output: users/ada
}

func ExampleStatistics() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:?max_entries=1000")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	figures, err := store.Stats(ctx)
	check(err)
	fmt.Println(figures.Commits, figures.MaxEntries)
	// Output: 1 1000
}

func ExampleUsage() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	usage, err := store.Usage(ctx)
	check(err)
	fmt.Println(usage.Entries, usage.Bytes)
	// Output: 1 11
}

func ExampleReader() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "files", "poem", []byte("Roses are red")))
	poem, err := store.OpenReader(ctx, "files", "poem")
	check(err)
	defer poem.Close()
	last := make([]byte, 3)
	_, err = poem.ReadAt(last, poem.Size()-3)
	check(err)
	fmt.Printf("%s\n", last)
	// Output: red
}

func ExampleWriter() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	w, err := store.OpenWriter(ctx, "files", "list", kv.IfAbsent())
	check(err)
	defer w.Close() // Discards what was written, unless it was committed.
	for i := range 3 {
		_, err := fmt.Fprintln(w, "line", i)
		check(err)
	}
	_, err = w.Commit()
	check(err)
	list, err := store.Get(ctx, "files", "list")
	check(err)
	fmt.Printf("%s", list)
	// Output:
	// line 0
	// line 1
	// line 2
}
