package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kv.internal/histories/children"
	"kv.internal/kv"
)

// patience is the longest time of a part of a history: after it something hangs.
const patience = 2 * time.Minute

// drive makes a history in processes.
type drive struct {
	*ground
	*setting
	random   *rand.Rand
	store    *kv.Store
	writing  []*children.Child
	watching []*children.Child
	kills    int
}

// make makes a history and returns how often each key was written.
func (d *drive) make() (map[string]int, error) {
	defer d.endAll()
	var err error
	if d.store, err = kv.Open(context.Background(), d.location+d.options); err != nil {
		return nil, err
	}
	defer d.store.Close()
	for i := range d.watchers {
		if err := d.startWatcher(i); err != nil {
			return nil, err
		}
	}
	for _, w := range d.writers {
		if err := d.startWriter(w); err != nil {
			return nil, err
		}
	}
	for _, writer := range d.writing {
		writer.Say("go")
	}
	if err := d.disturb(); err != nil {
		return nil, err
	}
	for _, writer := range d.writing {
		if err := writer.Expect("done", patience); err != nil {
			return nil, err
		}
	}
	if d.stopped >= 0 {
		d.watching[d.stopped].Signal(syscall.SIGCONT)
	}
	committed, err := committedIn(d.store)
	if err != nil {
		return nil, err
	}
	return committed, d.finish()
}

func (d *drive) start(role string, what any) (*children.Child, error) {
	text, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	child, err := children.Again(filepath.Join(d.place, "errors"), role, string(text))
	if err != nil {
		return nil, err
	}
	return child, child.Expect("ready", patience)
}

func (d *drive) startWatcher(i int) error {
	child, err := d.start("watch", &d.watchers[i])
	if i == len(d.watching) {
		d.watching = append(d.watching, child)
	}
	d.watching[i] = child
	return err
}

func (d *drive) startWriter(w writing) error {
	child, err := d.start("write", &w)
	d.writing = append(d.writing, child)
	return err
}

// disturb kills, stops and cuts, each when about a further share of the writes was watched.
func (d *drive) disturb() error {
	var steps []func() error
	for _, i := range d.setting.kills {
		steps = append(steps, func() error {
			d.watching[i].Kill()
			d.kills++
			return d.startWatcher(i)
		})
	}
	if d.killsWriter {
		steps = append(steps, d.killWriter)
	}
	if d.cuts {
		steps = append(steps, func() error {
			d.server.Call("client", "kill", "type", "pubsub")
			return nil
		})
	}
	if d.compacts {
		steps = append(steps, func() error { return d.store.Compact(context.Background()) })
	}
	d.random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	if d.stopped >= 0 {
		// Last, so that it stands still for the rest of the writes.
		steps = append(steps, func() error { return d.watching[d.stopped].Stop(patience) })
	}
	all := 0
	for _, w := range d.writers {
		all += 4 * w.Threads * w.Iterations
	}
	for i, step := range steps {
		if err := d.untilWatched(all * (i + 1) / (len(steps) + 4)); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// untilWatched waits until the first watcher has recorded so many events, or there are no more.
func (d *drive) untilWatched(events int) error {
	const line = 20
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		log, err := os.Stat(d.watchers[0].Log)
		if err == nil && log.Size() >= int64(line*events) || d.haveWritersEnded() {
			return nil
		}
	}
	return fmt.Errorf("nothing is watched for %v", patience)
}

func (d *drive) haveWritersEnded() bool {
	for _, writer := range d.writing {
		if !writer.HasEnded() {
			return false
		}
	}
	return true
}

// killWriter kills a writer and starts another.
func (d *drive) killWriter() error {
	i := len(d.writing) - 1
	d.writing[i].Kill()
	d.kills++
	d.writing = d.writing[:i]
	w := d.writers[len(d.writers)-1]
	w.Name += "2"
	w.Iterations /= 2
	if err := d.startWriter(w); err != nil {
		return err
	}
	d.writing[i].Say("go")
	return nil
}

// finish writes ends until each watcher has one: a slow one loses some.
func (d *drive) finish() error {
	limit := time.Now().Add(patience)
	for number := 1; ; number++ {
		value := []byte(strconv.Itoa(number))
		if err := d.store.Set(context.Background(), group, end, value); err != nil {
			return err
		}
		// The interval between two ends, in which a slow watcher takes what its queue holds.
		time.Sleep(20 * time.Millisecond)
		left := 0
		for i, watcher := range d.watching {
			if !watcher.HasEnded() {
				left++
				if time.Now().After(limit) {
					return fmt.Errorf("the watcher %q has not come to the end after %v: %s", d.names[i], patience, watcher.Errors())
				}
			}
		}
		if left == 0 {
			break
		}
	}
	for _, watcher := range d.watching {
		if err := watcher.Wait(patience); err != nil {
			return err
		}
	}
	return nil
}

func (d *drive) endAll() {
	for _, child := range append(d.writing, d.watching...) {
		if child != nil {
			child.Kill()
		}
	}
}

// readLog returns the lines of a watcher.
func readLog(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	os.Remove(path)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
}
