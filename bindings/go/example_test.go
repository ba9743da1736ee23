package kv_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// upload makes all that a reader has the value of a key. A reader that fails changes nothing.
func upload(ctx context.Context, store *kv.Store, name string, from io.Reader) error {
	w, err := store.OpenWriter(ctx, "files", name, kv.ExpireAfter(24*time.Hour))
	if err != nil {
		return err
	}
	defer w.Close() // Discards what was written, unless it was committed.
	if _, err := io.Copy(w, from); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

// download answers a request for a value or for a range of it.
func download(w http.ResponseWriter, r *http.Request, store *kv.Store, name string) {
	file, err := store.OpenReader(r.Context(), "files", name)
	if errors.Is(err, kv.ErrNotFound) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, "the store has failed", http.StatusInternalServerError)
		return
	}
	defer file.Close()
	http.ServeContent(w, r, name, time.Time{}, file)
}

func ExampleStore_OpenWriter() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Println(upload(ctx, store, "alphabet.txt", strings.NewReader("abcdefghijklmnopqrstuvwxyz")))
	request := httptest.NewRequest(http.MethodGet, "/alphabet.txt", nil)
	request.Header.Set("Range", "bytes=10-19")
	response := httptest.NewRecorder()
	download(response, request, store, "alphabet.txt")
	fmt.Println(response.Code, response.Header().Get("Content-Range"), response.Body)
	// Output:
	// <nil>
	// 206 bytes 10-19/26 klmnopqrst
}

func ExampleStore_OpenReader() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Println(store.Set(ctx, "files", "poem", []byte("Roses are red, violets are blue")))
	poem, err := store.OpenReader(ctx, "files", "poem")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poem.Close()
	// The reader goes on with the value that it was opened for.
	fmt.Println(store.Delete(ctx, "files", "poem"))
	half, err := io.ReadAll(io.NewSectionReader(poem, 15, poem.Size()-15))
	fmt.Println(string(half), err)
	// Output:
	// <nil>
	// <nil>
	// violets are blue <nil>
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

// sizeOf returns the size of a page, 0 if there is none.
func sizeOf(ctx context.Context, store *kv.Store, page string) (int, error) {
	value, err := store.Get(ctx, "pages", page)
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return 0, nil
	case errors.Is(err, context.DeadlineExceeded):
		return 0, fmt.Errorf("the store is slow: %w", err)
	case err != nil:
		return 0, err // kv: get pages/home: the store is closed
	}
	return len(value), nil
}

func ExampleStatus_Is() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sizeOf(ctx, store, "home"))
	passed, cancel := context.WithTimeout(ctx, -1)
	defer cancel()
	fmt.Println(sizeOf(passed, store, "home"))
	store.Close()
	fmt.Println(sizeOf(ctx, store, "home"))
	// Output:
	// 0 <nil>
	// 0 the store is slow: kv: get pages/home: context deadline exceeded
	// 0 kv: get pages/home: the store is closed
}
