package work

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"

	"kv.internal/histories/record"
	"kv.internal/kv"
)

// Run is the life of a worker: it opens the store, says "ready", begins at a line of its input, and
// says "done" at its end.
func Run(plan *Plan) error {
	store, err := kv.Open(context.Background(), plan.Location)
	if err != nil {
		return err
	}
	log, err := record.OpenLog(plan.Log, plan.IsKept)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	var threads sync.WaitGroup
	failures := make(chan error, plan.Threads)
	planted := &planted{cached: make(map[string]record.StepResult)}
	for i := range plan.Threads {
		t := &thread{plan: plan, store: store, log: log, number: i, random: plan.random(i), planted: planted}
		threads.Add(1)
		go func() {
			defer threads.Done()
			if i%2 == 1 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			failures <- t.run()
		}()
	}
	threads.Wait()
	for range plan.Threads {
		if err := <-failures; err != nil {
			return err
		}
	}
	if plan.ReadsAll {
		if err := ReadAll(plan, store, log); err != nil {
			return err
		}
	}
	if err := log.Close(); err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// ReadAll reads all keys, which ends a history: each alone if no other operation is on several.
func ReadAll(plan *Plan, store *kv.Store, log *record.Log) error {
	t := &thread{plan: plan, store: store, log: log, number: plan.Threads, random: plan.random(plan.Threads)}
	if plan.Profile != Single {
		return t.readUntilRead(func() *record.Operation {
			return t.readTogether("GetBatch", plan.Keys(), (*thread).getMany)
		})
	}
	for _, key := range plan.Keys() {
		if err := t.readUntilRead(func() *record.Operation { return t.getEntry(key) }); err != nil {
			return err
		}
	}
	return nil
}

// readUntilRead repeats a read that a server cannot make yet.
func (t *thread) readUntilRead(read func() *record.Operation) error {
	var result *record.Result
	for range 10 {
		result = read().Result
		if t.failed != nil || result.Outcome == record.Applied {
			return t.failed
		}
	}
	return fmt.Errorf("the keys cannot be read at the end: %s", result.Error)
}

// thread is one of a worker's.
type thread struct {
	plan    *Plan
	store   *kv.Store
	log     *record.Log
	number  int
	random  *rand.Rand
	planted *planted
	// values are the values and tokens so far, operations the operations.
	values, operations int
	// failed is an error of the recording.
	failed error
}

func (t *thread) run() error {
	for range t.plan.Actions {
		t.act()
		if t.failed != nil {
			return t.failed
		}
	}
	return nil
}
