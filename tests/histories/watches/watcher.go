package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"kv.internal/kv"
)

// watching is the work of a watching process. Its log has a line for each event, and is the place
// where it finds its position when it starts again.
type watching struct {
	Location string
	Log      string
	// Start is where the watch begins, and Again where it does when the log has lines already: now,
	// with the existing entries, or since the position.
	Start    string
	Again    string
	Capacity int
	// Rest is the rest after each event, in microseconds.
	Rest int
	// Plant is a fault to plant.
	Plant string
	Seed  uint64
}

// runWatcher is the life of a watching process: until the key at the end.
func runWatcher(w *watching) error {
	store, err := kv.Open(context.Background(), w.Location)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := w.watch(store, func() { fmt.Println("ready") }); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// watch records all events until the end, and calls a function once the watch is open.
func (w *watching) watch(store *kv.Store, opened func()) error {
	position, isAgain, err := w.readPosition()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(w.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	start := w.Start
	if isAgain {
		start = w.Again
	}
	if w.Plant == "behind" && position > 0 {
		position--
	}
	watch, err := w.open(store, start, position, log)
	if err != nil {
		return err
	}
	defer watch.Close()
	opened()
	lines := &lineWriter{log: log, plant: w.Plant, random: rand.New(rand.NewPCG(w.Seed, 3))}
	for event := range watch.Events {
		isOver, err := w.record(lines, event)
		if err != nil || isOver {
			return err
		}
		if w.Rest > 0 {
			time.Sleep(time.Duration(w.Rest) * time.Microsecond)
		}
	}
	return errors.Join(errors.New("the watch ended by itself"), watch.Err())
}

// open opens a watch, and records how.
func (w *watching) open(store *kv.Store, start string, position uint64, log *os.File) (*kv.Watch, error) {
	ctx, all := context.Background(), kv.InGroup(group)
	options := []kv.WatchOption{kv.Capacity(w.Capacity)}
	switch start {
	case "existing":
		options = append(options, kv.Existing())
	case "since":
		options = append(options, kv.Since(position))
	}
	if _, err := fmt.Fprintf(log, "start %s %d\n", start, position); err != nil {
		return nil, err
	}
	watch, err := store.Watch(ctx, all, options...)
	for start == "since" && errors.Is(err, kv.ErrCompacted) {
		// An unknown number of changes is lost.
		if _, err := fmt.Fprintln(log, "compacted"); err != nil {
			return nil, err
		}
		var oldest uint64
		if oldest, err = store.ChangesOldest(ctx); err == nil {
			watch, err = store.Watch(ctx, all, kv.Capacity(w.Capacity), kv.Since(oldest))
		}
	}
	return watch, err
}

// record writes an event into the log, and reports whether it is the last.
func (w *watching) record(lines *lineWriter, event kv.Event) (bool, error) {
	switch event.Type {
	case kv.EventLagged:
		return false, lines.write(fmt.Appendf(nil, "lagged %d %d\n", event.Lost, event.Version))
	case kv.EventSynced:
		return false, lines.write(fmt.Appendf(nil, "synced %d\n", event.Version))
	case kv.EventSet, kv.EventDelete:
		number := string(event.Value)
		if event.Type == kv.EventDelete {
			number = "-"
		}
		line := fmt.Appendf(nil, "event %s %s %d\n", event.Key, number, event.Version)
		return event.Key == end, lines.write(line)
	}
	return false, fmt.Errorf("an event of type %v", event.Type)
}

// readPosition returns the version of the last event in the log. It removes a line that a kill has
// cut: its event is received again.
func (w *watching) readPosition() (position uint64, isAgain bool, err error) {
	text, err := os.ReadFile(w.Log)
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	if err := os.Truncate(w.Log, int64(whole)); err != nil {
		return 0, false, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text[:whole]))
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); words[0] == "event" {
			if position, err = strconv.ParseUint(words[3], 10, 64); err != nil {
				return 0, true, err
			}
		}
	}
	return position, whole > 0, nil
}

// lineWriter writes lines into a log, each at once; with a planted fault about one in two hundred
// wrongly.
type lineWriter struct {
	log    *os.File
	plant  string
	random *rand.Rand
	held   []byte
}

func (l *lineWriter) write(line []byte) error {
	if l.held != nil {
		line, l.held = append(line, l.held...), nil
	} else if bytes.HasPrefix(line, []byte("event")) && l.random.IntN(200) == 0 &&
		!bytes.HasPrefix(line, []byte("event "+end)) {
		switch l.plant {
		case "dropped":
			return nil
		case "repeated":
			line = append(line, line...)
		case "reordered":
			l.held = line
			return nil
		}
	}
	_, err := l.log.Write(line)
	return err
}
