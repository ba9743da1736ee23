package kv_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kv.internal/kv"
)

func ExampleBatch() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	// All steps are applied, or none.
	var batch kv.Batch
	batch.Set("orders", "7", []byte("paid"))
	count := batch.Increment("counters", "orders", 1, 0)
	gone := batch.Delete("carts", "ada")
	results, err := store.Commit(ctx, &batch)
	check(err)
	orders, err := results[count].Integer()
	check(err)
	fmt.Println(orders, results[gone].Found())
	// Output: 1 false
}

func ExampleResult() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	var batch kv.Batch
	batch.Take("users", "ada")
	batch.Get("users", "ada")
	results, err := store.Commit(ctx, &batch)
	check(err)
	for _, result := range results {
		fmt.Println(result.Found(), string(result.Value))
	}
	// Output:
	// true Ada
	// false
}

func ExampleConflictError() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	var batch kv.Batch
	batch.Set("log", "1", []byte("ada has moved"))
	batch.Set("users", "ada", []byte("Ada"), kv.IfPresent())
	_, err = store.Commit(ctx, &batch)
	fmt.Println(err)
	var conflict *kv.ConflictError
	if errors.As(err, &conflict) {
		fmt.Println(conflict.Step, conflict.Group, conflict.Key, conflict.Version)
	}
	// Output:
	// kv: commit: step 1 (users/ada): a condition does not hold: the key is absent
	// 1 users ada 0
}

func ExampleStore_Update() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "accounts", "ada", []byte("100")))
	check(store.Set(ctx, "accounts", "bob", []byte("0")))
	// If others change what was read, the function is called again.
	check(store.Update(ctx, func(tx *kv.Tx) error {
		value, err := tx.Get("accounts", "ada")
		if err != nil {
			return err
		}
		balance, err := strconv.Atoi(string(value))
		if err != nil {
			return err
		}
		if balance < 30 {
			return errors.New("there is too little")
		}
		if _, err := tx.Increment("accounts", "ada", -30, 0); err != nil {
			return err
		}
		_, err = tx.Increment("accounts", "bob", 30, 0)
		return err
	}))
	accounts, err := store.GetBatch(ctx, "accounts", []string{"ada", "bob"})
	check(err)
	fmt.Printf("%s\n", accounts)
	// Output: map[ada:70 bob:30]
}

func ExampleUpdateOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	calls := 0
	err = store.Update(ctx, func(tx *kv.Tx) error {
		calls++
		if _, err := tx.Exists("g", "k"); err != nil {
			return err
		}
		// Another writer is first, each time.
		if _, err := store.Increment(ctx, "g", "k", 1, 0); err != nil {
			return err
		}
		return tx.Set("g", "k", []byte("mine"))
	}, kv.Tries(3))
	fmt.Println(calls, err)
	// Output: 3 kv: update: others were first, 3 times of 3
}

func ExampleTx() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	tx, err := store.Begin(ctx)
	check(err)
	defer tx.Rollback() // After a commit it does nothing.
	check(tx.Set("users", "ada", []byte("Ada"), kv.ExpireAfter(time.Hour)))
	seen, err := tx.Exists("users", "ada")
	check(err)
	outside, err := store.Exists(ctx, "users", "ada")
	check(err)
	check(tx.Commit())
	after, err := store.Exists(ctx, "users", "ada")
	check(err)
	fmt.Println(seen, outside, after)
	// Output: true false true
}

func ExampleLock() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	lock, err := store.TryLock(ctx, "report", time.Minute)
	check(err)
	_, err = store.TryLock(ctx, "report", time.Minute)
	fmt.Println(errors.Is(err, kv.ErrConflict), err)
	check(lock.Renew(ctx, time.Hour))
	check(lock.Release(ctx))
	// Output: true kv: try lock report: another owner holds it
}

func ExampleLockOption() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	_, err = store.Lock(ctx, "report", time.Minute, kv.WithOwner("worker 7"))
	check(err)
	_, err = store.Lock(ctx, "report", time.Minute, kv.WithOwner("worker 8"), kv.WithWait(time.Millisecond))
	fmt.Println(err)
	// Output: kv: lock report: another owner holds it
}

func ExampleLockHolder() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	_, err = store.Lock(ctx, "report", time.Minute, kv.WithOwner("worker 7"))
	check(err)
	holder, err := store.LockHolder(ctx, "report")
	check(err)
	fmt.Println(holder.Owner, time.Until(holder.ExpiresAt).Round(time.Minute))
	// Output: worker 7 1m0s
}
