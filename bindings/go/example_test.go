package kv_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kv.internal/kv"
)

// report runs a job that must not run twice at the same time, and stores its result.
func report(ctx context.Context, store *kv.Store, job func() []byte) error {
	lock, err := store.Lock(ctx, "report", 30*time.Second, kv.WithOwner("worker 7"))
	if err != nil {
		return err // The context has ended while another worker held the lock.
	}
	defer lock.Release(context.WithoutCancel(ctx))

	var batch kv.Batch
	batch.CheckLock(lock) // A job of more than 30 s has lost the lock, and writes nothing.
	batch.Set("reports", "latest", job())
	_, err = store.Commit(ctx, &batch)
	return err
}

func ExampleStore_Lock() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	err = report(ctx, store, func() []byte {
		holder, err := store.LockHolder(ctx, "report")
		fmt.Println("held by", holder.Owner, err)
		_, err = store.TryLock(ctx, "report", time.Minute)
		fmt.Println("held by another:", errors.Is(err, kv.ErrConflict))
		return []byte("12 orders")
	})
	fmt.Println(err)
	latest, err := store.Get(ctx, "reports", "latest")
	fmt.Println(string(latest), err)
	_, err = store.LockHolder(ctx, "report")
	fmt.Println("free:", errors.Is(err, kv.ErrNotFound))
	// Output:
	// held by worker 7 <nil>
	// held by another: true
	// <nil>
	// 12 orders <nil>
	// free: true
}

func ExampleStore_Snapshot() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Println(store.Set(ctx, "users", "ada", []byte("Ada")))
	then, err := store.Snapshot(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer then.Close()
	fmt.Println(store.Set(ctx, "users", "bob", []byte("Bob")))
	count, err := then.Count(ctx, "users")
	fmt.Println(count, err)
	for user, err := range then.All(ctx, "users") {
		fmt.Println(user.Key, err)
	}
	// Output:
	// <nil>
	// <nil>
	// 1 <nil>
	// ada <nil>
}

func ExampleTx_Scan() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	values := map[string][]byte{"1": []byte("30"), "2": []byte("70")}
	fmt.Println(store.SetBatch(ctx, "orders", values))
	// An order that is added meanwhile makes the sum wrong, and the function run again.
	err = store.Update(ctx, func(tx *kv.Tx) error {
		var sum int
		for order, err := range tx.Scan("orders") {
			if err != nil {
				return err
			}
			var amount int
			if _, err := fmt.Sscan(string(order.Value), &amount); err != nil {
				return err
			}
			sum += amount
		}
		return tx.Set("sums", "orders", fmt.Append(nil, sum))
	})
	fmt.Println(err)
	sum, err := store.Get(ctx, "sums", "orders")
	fmt.Println(string(sum), err)
	// Output:
	// <nil>
	// <nil>
	// 100 <nil>
}
