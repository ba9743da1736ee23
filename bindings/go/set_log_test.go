package kv_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

// records is a handler that keeps what it receives.
type records struct {
	mutex  sync.Mutex
	level  slog.Level
	kept   []slog.Record
	handle func(slog.Record) error
}

func (r *records) Enabled(_ context.Context, level slog.Level) bool { return level >= r.level }

func (r *records) Handle(_ context.Context, record slog.Record) error {
	r.mutex.Lock()
	r.kept = append(r.kept, record)
	r.mutex.Unlock()
	if r.handle == nil {
		return nil
	}
	return r.handle(record)
}

func (r *records) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *records) WithGroup(string) slog.Handler      { return r }

// of returns the records of a topic. SetLog waits for those before it.
func (r *records) of(topic string) []slog.Record {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(r.kept), func(record slog.Record) bool {
		return attributesOf(record)["topic"] != topic
	})
}

func attributesOf(record slog.Record) map[string]string {
	attributes := map[string]string{}
	record.Attrs(func(a slog.Attr) bool { attributes[a.Key] = a.Value.String(); return true })
	return attributes
}

// logTo sets the log until the end of the test.
func logTo(t testing.TB, level slog.Level, handler *records) *records {
	t.Helper()
	ok(t, kv.SetLog(level, handler))
	t.Cleanup(func() { ok(t, kv.SetLog(0, nil)) })
	return handler
}

// makeSlowCall makes a call that takes more than a millisecond.
func makeSlowCall(t *testing.T, store *kv.Store) {
	t.Helper()
	must(store.Lock(t.Context(), "ada", time.Hour, kv.WithOwner("a secret")))(t)
	_, err := store.Lock(t.Context(), "ada", time.Hour, kv.WithWait(5*time.Millisecond), kv.WithOwner("a secret"))
	is(t, err, kv.ErrConflict)
}

func TestTheLogHasRecordsWithTopicStoreLevelAndTheirOwnTime(t *testing.T) {
	began := time.Now().Truncate(time.Millisecond)
	log := logTo(t, slog.LevelDebug, &records{level: slog.LevelDebug})
	path := filepath.Join(t.TempDir(), "store.db")
	store := openAt(t, "sqlite:"+path+"?slow=1ms")
	makeSlowCall(t, store)
	ok(t, store.Close())
	for topic, level := range map[string]slog.Level{"open": slog.LevelInfo, "close": slog.LevelInfo, "slow": slog.LevelWarn} {
		kept := log.of(topic)
		if len(kept) == 0 {
			t.Fatalf("no record of %s among %v", topic, log.kept)
		}
		for _, record := range kept {
			equal(t, record.Level, level)
			equal(t, attributesOf(record)["store"], path)
			equal(t, record.NumAttrs(), 2)
			if record.Time.Before(began) || record.Time.After(time.Now()) || record.Message == "" {
				t.Errorf("got %v", record)
			}
			if strings.Contains(record.Message, "ada") || strings.Contains(record.Message, "secret") {
				t.Errorf("got %v", record)
			}
		}
	}
}

func TestTheLogHasNoRecordBelowItsLevelAndThatOfItsHandler(t *testing.T) {
	for _, c := range []struct {
		level, handler slog.Level
		topics         string
	}{
		{slog.LevelInfo, slog.LevelDebug, "open slow close"},
		{slog.LevelInfo + 1, slog.LevelDebug, "slow"},
		{slog.LevelWarn, slog.LevelDebug, "slow"},
		{slog.LevelDebug, slog.LevelWarn, "slow"},
		{slog.LevelError, slog.LevelDebug, ""},
		{slog.LevelWarn + 1, slog.LevelDebug, ""},
	} {
		log := logTo(t, c.level, &records{level: c.handler})
		store := openAt(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db")+"?slow=1ms")
		makeSlowCall(t, store)
		ok(t, store.Close())
		for _, topic := range strings.Fields("open slow close") {
			if isThere := len(log.of(topic)) > 0; isThere != strings.Contains(c.topics, topic) {
				t.Errorf("%v, %v: %s is there: %t", c.level, c.handler, topic, isThere)
			}
		}
	}
}

func TestALogThatHasEndedReceivesNothing(t *testing.T) {
	log := logTo(t, slog.LevelDebug, &records{level: slog.LevelDebug})
	ok(t, openFile(t).Close())
	ok(t, kv.SetLog(slog.LevelDebug, nil))
	kept := len(log.kept)
	if kept == 0 {
		t.Fatal("there is no record")
	}
	ok(t, openFile(t).Close())
	equal(t, len(log.kept), kept)
}

func TestALevelAboveErrorIsErrArgumentAndChangesNothing(t *testing.T) {
	log := logTo(t, slog.LevelInfo, &records{})
	err := kv.SetLog(slog.LevelError+1, &records{})
	is(t, err, kv.ErrArgument)
	equal(t, err.Error(), "kv: set log: the level ERROR+1 is above ERROR; a handler that is nil ends the log")
	ok(t, openFile(t).Close())
	equal(t, len(log.of("open")), 1)
}

func TestAHandlerThatPanicsOrFailsReceivesTheNextRecords(t *testing.T) {
	calls := 0
	log := &records{handle: func(slog.Record) error {
		calls++
		if calls%2 == 1 {
			panic("planted 1")
		}
		return errors.New("planted 2")
	}}
	said := standardErrorOf(t, func() {
		ok(t, kv.SetLog(slog.LevelInfo, log))
		for range 3 {
			ok(t, openFile(t).Close())
		}
		ok(t, kv.SetLog(0, nil))
	})
	equal(t, len(log.of("open")), 3)
	equal(t, len(log.of("close")), 3)
	equal(t, strings.Count(said, "kv: the handler of the log panicked: planted 1\ngoroutine "), 3)
	equal(t, strings.Count(said, "kv: the handler of the log has failed: planted 2\n"), 3)
}

// standardErrorOf returns what a function writes to standard error.
func standardErrorOf(t *testing.T, run func()) string {
	t.Helper()
	file := must(os.Create(filepath.Join(t.TempDir(), "stderr")))(t)
	defer file.Close()
	before := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = before }()
	run()
	return string(must(os.ReadFile(file.Name()))(t))
}

func TestAHandlerMayUseAStoreAndNotSetTheLog(t *testing.T) {
	results := make(chan error, 100)
	kept := openAt(t, "memory:")
	logTo(t, slog.LevelInfo, &records{handle: func(record slog.Record) error {
		results <- kv.SetLog(slog.LevelInfo, nil)
		results <- kv.SetLog(slog.LevelInfo, &records{})
		return kept.Set(context.Background(), "log", attributesOf(record)["topic"], []byte(record.Message))
	}})
	ok(t, openFile(t).Close())
	for range 4 {
		err, _ := within(t, results)
		is(t, err, kv.ErrBusy)
	}
	ok(t, kv.SetLog(0, nil))
	keys := must(kept.Keys(t.Context(), "log"))(t)
	equal(t, strings.Join(keys, " "), "close open")
}

func TestNoRecordHasThePasswordOfALocation(t *testing.T) {
	log := logTo(t, slog.LevelDebug, &records{level: slog.LevelDebug})
	_, err := kv.Open(t.Context(), "redis://user:hush@127.0.0.1:1?prefix=app")
	is(t, err, kv.ErrUnavailable)
	ok(t, kv.SetLog(0, nil))
	if len(log.kept) == 0 {
		t.Fatal("there is no record")
	}
	for _, record := range log.kept {
		text := record.Message
		for name, value := range attributesOf(record) {
			text += " " + name + "=" + value
		}
		if strings.Contains(text, "hush") || strings.Contains(text, "user") {
			t.Errorf("got %s", text)
		}
	}
}
