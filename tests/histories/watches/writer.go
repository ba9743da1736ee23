package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"kv.internal/kv"
)

// group is the one that all write into.
const group = "w"

// end is the key whose sets say that a history is over.
const end = "end"

// The keys of a writer's thread, behind its name. Each is written with 1, 2, 3, ...; those of a
// batch together. The last of a batch is deleted by each second one.
const (
	alone   = "s"
	first   = "b1"
	second  = "b2"
	deleted = "b3"
)

// writing is the work of a writing process.
type writing struct {
	Location   string
	Name       string
	Threads    int
	Iterations int
	// Callbacks lets the process look whether its callbacks have run when a write returns.
	Callbacks bool
}

// runWriter is the life of a writing process.
func runWriter(w *writing) error {
	store, err := kv.Open(context.Background(), w.Location)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	if err := w.run(store); err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// run writes with all threads.
func (w *writing) run(store *kv.Store) error {
	called := make([]atomic.Int64, w.Threads)
	if w.Callbacks {
		stop, err := store.OnChange(func(event kv.Event) { w.note(called, event) })
		if err != nil {
			return err
		}
		defer stop()
	}
	failures := make(chan error, w.Threads)
	var threads sync.WaitGroup
	for i := range w.Threads {
		threads.Add(1)
		go func() {
			defer threads.Done()
			failures <- w.thread(store, i, &called[i])
		}()
	}
	threads.Wait()
	var all error
	for range w.Threads {
		all = errors.Join(all, <-failures)
	}
	return all
}

// note counts the calls of the callback for a thread's own key.
func (w *writing) note(called []atomic.Int64, event kv.Event) {
	name, key, _ := strings.Cut(event.Key, "/")
	for i := range called {
		if key == alone && name == w.threadName(i) {
			called[i].Add(1)
		}
	}
}

func (w *writing) threadName(i int) string { return fmt.Sprintf("%s.%d", w.Name, i) }

func (w *writing) thread(store *kv.Store, i int, called *atomic.Int64) error {
	ctx := context.Background()
	name := w.threadName(i)
	for n := 1; n <= w.Iterations; n++ {
		value := []byte(strconv.Itoa(n))
		if err := untilFree(func() error { return store.Set(ctx, group, name+"/"+alone, value) }); err != nil {
			return err
		}
		if w.Callbacks && called.Load() != int64(n) {
			return fmt.Errorf("the callback has run %d times when set %d returns", called.Load(), n)
		}
		var batch kv.Batch
		batch.Set(group, name+"/"+first, value)
		batch.Set(group, name+"/"+second, value)
		if n%2 == 0 {
			batch.Delete(group, name+"/"+deleted)
		} else {
			batch.Set(group, name+"/"+deleted, value)
		}
		if err := untilFree(func() error {
			_, err := store.Commit(ctx, &batch)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// untilFree repeats a write that has waited too long for a lock, and so has written nothing.
func untilFree(write func() error) error {
	for {
		if err := write(); !errors.Is(err, kv.ErrBusy) {
			return err
		}
	}
}

// committedIn reads how often each key was written.
func committedIn(store *kv.Store) (map[string]int, error) {
	committed := make(map[string]int)
	for entry, err := range store.All(context.Background(), group) {
		if err != nil {
			return nil, err
		}
		number, err := strconv.Atoi(string(entry.Value))
		if err != nil {
			return nil, err
		}
		committed[entry.Key] = number
		if name, isFirst := strings.CutSuffix(entry.Key, "/"+first); isFirst {
			committed[name+"/"+deleted] = number
		}
	}
	// The key may be there with the number of the set before.
	for key := range committed {
		if name, isLast := strings.CutSuffix(key, "/"+deleted); isLast {
			committed[key] = committed[name+"/"+first]
		}
	}
	return committed, nil
}
