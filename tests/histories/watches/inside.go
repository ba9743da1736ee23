package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"kv.internal/kv"
)

// makeInside makes a history in this process: of a store in memory.
func (s *setting) makeInside() (map[string]int, error) {
	store, err := kv.Open(context.Background(), s.location)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	var watchers, writers sync.WaitGroup
	failures := make(chan error, len(s.watchers)+len(s.writers))
	for i := range s.watchers {
		opened := make(chan struct{})
		watchers.Add(1)
		go func() {
			defer watchers.Done()
			var once sync.Once
			err := s.watchers[i].watch(store, func() { once.Do(func() { close(opened) }) })
			once.Do(func() { close(opened) })
			failures <- err
		}()
		<-opened
	}
	for i := range s.writers {
		writers.Add(1)
		go func() {
			defer writers.Done()
			failures <- s.writers[i].run(store)
		}()
	}
	writers.Wait()
	committed, err := committedIn(store)
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		watchers.Wait()
		close(ended)
	}()
	limit := time.After(patience)
	for number := 1; ; number++ {
		if err := store.Set(context.Background(), group, end, []byte(strconv.Itoa(number))); err != nil {
			return nil, err
		}
		select {
		case <-ended:
			var all error
			for range len(s.watchers) + len(s.writers) {
				all = errors.Join(all, <-failures)
			}
			return committed, all
		case <-limit:
			return nil, fmt.Errorf("a watcher has not come to the end after %v", patience)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
