package kv_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kv.internal/kv"
)

type session struct {
	User string `json:"user"`
	Hits int64  `json:"hits"`
}

func TestATypedGroupKeepsValuesAsJSON(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		sessions := kv.NewTyped[session](store, "sessions")
		ada := session{"ada <&>", math.MaxInt64}
		ok(t, sessions.SetTTL(t.Context(), "s1", ada, time.Hour))
		equal(t, string(must(store.Get(t.Context(), "sessions", "s1"))(t)), `{"user":"ada <&>","hits":9223372036854775807}`)
		equal(t, must(sessions.Get(t.Context(), "s1"))(t), ada)
		entry := must(sessions.GetEntry(t.Context(), "s1"))(t)
		equal(t, entry.Value, ada)
		equal(t, entry.Key, "s1")
		equal(t, entry.Version != 0 && !entry.ExpiresAt.IsZero(), true)

		_, err := sessions.Put(t.Context(), "s1", session{}, kv.IfAbsent())
		is(t, err, kv.ErrConflict)
		_, err = sessions.Get(t.Context(), "missing")
		is(t, err, kv.ErrNotFound)
		_, err = sessions.GetEntry(t.Context(), "missing")
		is(t, err, kv.ErrNotFound)
		equal(t, must(sessions.Exists(t.Context(), "s1"))(t), true)
		equal(t, must(sessions.Take(t.Context(), "s1"))(t), ada)
		_, err = sessions.Take(t.Context(), "s1")
		is(t, err, kv.ErrNotFound)
		equal(t, must(sessions.Deleted(t.Context(), "s1"))(t), false)
		ok(t, sessions.Delete(t.Context(), "s1"))
	})
}

func TestATypedGroupWorksOnManyValues(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		sessions := kv.NewTyped[session](store, "sessions")
		ok(t, sessions.SetBatch(t.Context(), map[string]session{"a:1": {"ada", 1}, "a:2": {"ada", 2}, "g:1": {"grace", 3}}))
		got := must(sessions.GetBatch(t.Context(), []string{"a:1", "missing", "g:1"}))(t)
		equal(t, len(got), 2)
		equal(t, got["g:1"], session{"grace", 3})
		equal(t, strings.Join(must(sessions.List(t.Context(), "a:", 0))(t), " "), "a:1 a:2")
		var hits int64
		for entry, err := range sessions.Scan(t.Context(), kv.Prefix("a:")) {
			ok(t, err)
			hits += entry.Value.Hits
		}
		equal(t, hits, 3)
	})
}

func TestIntegersBeyond53BitsSurviveWithoutAType(t *testing.T) {
	store := openAt(t, "memory:")
	const number = "9007199254740993"
	anything := kv.NewTyped[any](store, "g")
	ok(t, anything.Set(t.Context(), "k", map[string]any{"n": json.Number(number)}))
	got := must(anything.Get(t.Context(), "k"))(t)
	equal(t, got.(map[string]any)["n"], any(json.Number(number)))
	ok(t, anything.Set(t.Context(), "k", got))
	equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), `{"n":`+number+`}`)
	ok(t, anything.Set(t.Context(), "nothing", nil))
	equal(t, must(anything.Get(t.Context(), "nothing"))(t), nil)
}

func TestWhatCannotBeDecodedIsADecodeErrorAndNeverErrNotFound(t *testing.T) {
	store := openAt(t, "memory:")
	sessions := kv.NewTyped[session](store, "sessions")
	for _, text := range []string{"", "blue", `{"user":`, `{"user":1}`, `{} {}`, `{"hits":1.5}`, "\x00"} {
		ok(t, store.Set(t.Context(), "sessions", "bad", []byte(text)))
		value, err := sessions.Get(t.Context(), "bad")
		var failed *kv.DecodeError
		if !errors.As(err, &failed) || failed.Group != "sessions" || failed.Key != "bad" || failed.Err == nil {
			t.Fatalf("%q: got %v", text, err)
		}
		equal(t, errors.Is(err, kv.ErrNotFound), false)
		equal(t, value, session{})
		_, err = sessions.GetBatch(t.Context(), []string{"bad"})
		equal(t, errors.As(err, &failed), true)
		_, err = sessions.Take(t.Context(), "bad")
		equal(t, errors.As(err, &failed), true)
		equal(t, string(must(store.Get(t.Context(), "sessions", "bad"))(t)), text)
	}
	ok(t, sessions.Set(t.Context(), "good", session{User: "ada"}))
	var keys []string
	for entry, err := range sessions.Scan(t.Context()) {
		var failed *kv.DecodeError
		equal(t, errors.As(err, &failed), entry.Key == "bad")
		keys = append(keys, entry.Key)
	}
	equal(t, strings.Join(keys, " "), "bad good")
}

func TestWhatCannotBeEncodedIsNotWritten(t *testing.T) {
	store := openAt(t, "memory:")
	numbers := kv.NewTyped[float64](store, "g")
	var failed *json.UnsupportedValueError
	equal(t, errors.As(numbers.Set(t.Context(), "k", math.NaN()), &failed), true)
	equal(t, errors.As(numbers.SetBatch(t.Context(), map[string]float64{"a": 1, "b": math.Inf(1)}), &failed), true)
	equal(t, must(store.Count(t.Context(), "g"))(t), 0)
}

type gobCodec struct{}

func (gobCodec) Encode(value any) ([]byte, error) {
	var data bytes.Buffer
	err := gob.NewEncoder(&data).Encode(value)
	return data.Bytes(), err
}

func (gobCodec) Decode(data []byte, into any) error {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(into)
}

func TestAnotherCodecReplacesJSON(t *testing.T) {
	store := openAt(t, "memory:")
	asJSON := kv.NewTyped[session](store, "g")
	asGob := asJSON.WithCodec(gobCodec{})
	ok(t, asGob.Set(t.Context(), "k", session{"ada", 1}))
	equal(t, must(asGob.Get(t.Context(), "k"))(t), session{"ada", 1})
	_, err := asJSON.Get(t.Context(), "k")
	var failed *kv.DecodeError
	equal(t, errors.As(err, &failed), true)
}

// order is what hooks append to; refuse names the one that fails.
type trace struct{ order, refuse string }

func (tr *trace) at(hook string) error {
	tr.order += hook + " "
	if hook == tr.refuse {
		return errRefused
	}
	return nil
}

var errRefused = errors.New("refused")

type traceKey struct{}

func of(ctx context.Context) *trace { return ctx.Value(traceKey{}).(*trace) }

type document struct{ Text string }

func (d *document) BeforeSave(ctx context.Context) error {
	d.Text += "+saved"
	return of(ctx).at("BeforeSave")
}
func (d *document) AfterSave(ctx context.Context) error { return of(ctx).at("AfterSave") }
func (d *document) AfterLoad(ctx context.Context) error {
	d.Text += "+loaded"
	return of(ctx).at("AfterLoad")
}
func (d *document) BeforeDelete(ctx context.Context) error { return of(ctx).at("BeforeDelete") }
func (d *document) AfterDelete(ctx context.Context) error  { return of(ctx).at("AfterDelete") }

func hooked(store *kv.Store) *kv.Typed[document] {
	value := func(name string) func(context.Context, string, *document) error {
		return func(ctx context.Context, key string, d *document) error {
			d.Text += "+" + key
			return of(ctx).at(name)
		}
	}
	key := func(name string) func(context.Context, string) error {
		return func(ctx context.Context, key string) error { return of(ctx).at(name + "(" + key + ")") }
	}
	return kv.NewTyped[document](store, "docs").WithHooks(kv.Hooks[document]{
		BeforeSave:   value("beforeSave"),
		AfterSave:    value("afterSave"),
		AfterLoad:    value("afterLoad"),
		BeforeDelete: key("beforeDelete"),
		AfterDelete:  key("afterDelete"),
	})
}

func TestHooksAreCalledInOrderAndMayChangeTheValue(t *testing.T) {
	store := openAt(t, "memory:")
	documents := hooked(store)
	var seen trace
	ctx := context.WithValue(t.Context(), traceKey{}, &seen)
	ok(t, documents.Set(ctx, "k", document{"text"}))
	equal(t, string(must(store.Get(ctx, "docs", "k"))(t)), `{"Text":"text+saved+k"}`)
	equal(t, must(documents.Get(ctx, "k"))(t).Text, "text+saved+k+loaded+k")
	ok(t, documents.Delete(ctx, "k"))
	equal(t, seen.order, "BeforeSave beforeSave AfterSave afterSave AfterLoad afterLoad "+
		"BeforeDelete beforeDelete(k) AfterDelete afterDelete(k) ")
	seen.order = ""
	ok(t, documents.Delete(ctx, "k"))
	equal(t, seen.order, "BeforeDelete beforeDelete(k) ")
	seen.order = ""
	ok(t, documents.SetBatch(ctx, map[string]document{"b": {}, "a": {}}))
	equal(t, seen.order, strings.Repeat("BeforeSave beforeSave ", 2)+strings.Repeat("AfterSave afterSave ", 2))
}

func TestATakeRunsTheHooksOfALoadAndOfADelete(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		documents := hooked(store)
		var seen trace
		ctx := context.WithValue(t.Context(), traceKey{}, &seen)
		ok(t, store.Set(ctx, "docs", "k", []byte(`{"Text":"text"}`)))
		equal(t, must(documents.Take(ctx, "k"))(t).Text, "text+loaded+k")
		equal(t, seen.order, "AfterLoad afterLoad BeforeDelete beforeDelete(k) AfterDelete afterDelete(k) ")
		seen.order = ""
		_, err := documents.Take(ctx, "k")
		is(t, err, kv.ErrNotFound)
		equal(t, seen.order, "")
		// Its own hook refuses with the error that a changed entry would be.
		refuses := kv.NewTyped[int](store, "g").WithHooks(kv.Hooks[int]{
			BeforeDelete: func(context.Context, string) error { return kv.ErrConflict },
		})
		ok(t, refuses.Set(ctx, "k", 1))
		_, err = refuses.Take(ctx, "k")
		is(t, err, kv.ErrConflict)
		equal(t, must(refuses.Exists(ctx, "k"))(t), true)
	})
}

func TestATakeOfWhatIsChangedMeanwhileBeginsAgain(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		loads := 0
		numbers := kv.NewTyped[int](store, "g")
		counted := numbers.WithHooks(kv.Hooks[int]{AfterLoad: func(ctx context.Context, key string, value *int) error {
			if loads++; loads < 4 {
				return numbers.Set(ctx, key, *value+1)
			}
			return nil
		}})
		ok(t, numbers.Set(t.Context(), "k", 1))
		equal(t, must(counted.Take(t.Context(), "k"))(t), 4)
		equal(t, loads, 4)
		equal(t, must(numbers.Exists(t.Context(), "k"))(t), false)
	})
}

func TestOfManyWhoTakeOneHasTheValue(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		numbers := kv.NewTyped[int](store, "g")
		for round := range 20 {
			ok(t, numbers.Set(t.Context(), "k", round))
			var taken, missed atomic.Int32
			var takers sync.WaitGroup
			for range 8 {
				spawn(&takers, func() {
					switch value, err := numbers.Take(context.Background(), "k"); {
					case err == nil && value == round:
						taken.Add(1)
					case errors.Is(err, kv.ErrNotFound):
						missed.Add(1)
					default:
						t.Error(value, err)
					}
				})
			}
			takers.Wait()
			equal(t, taken.Load(), 1)
			equal(t, missed.Load(), 7)
		}
	})
}

func TestAHookThatFailsEndsTheCall(t *testing.T) {
	cases := []struct {
		refuse          string
		call            func(context.Context, *kv.Typed[document]) error
		isThere, isThis bool
	}{}
	set := func(ctx context.Context, d *kv.Typed[document]) error { return d.Set(ctx, "new", document{}) }
	batch := func(ctx context.Context, d *kv.Typed[document]) error {
		return d.SetBatch(ctx, map[string]document{"new": {}})
	}
	remove := func(ctx context.Context, d *kv.Typed[document]) error { return d.Delete(ctx, "k") }
	load := func(ctx context.Context, d *kv.Typed[document]) error { _, err := d.Get(ctx, "k"); return err }
	take := func(ctx context.Context, d *kv.Typed[document]) error { _, err := d.Take(ctx, "k"); return err }
	add := func(refuse string, call func(context.Context, *kv.Typed[document]) error, newThere, oldThere bool) {
		cases = append(cases, struct {
			refuse          string
			call            func(context.Context, *kv.Typed[document]) error
			isThere, isThis bool
		}{refuse, call, newThere, oldThere})
	}
	for _, write := range []func(context.Context, *kv.Typed[document]) error{set, batch} {
		add("BeforeSave", write, false, true)
		add("beforeSave", write, false, true)
		add("AfterSave", write, true, true)
		add("afterSave", write, true, true)
	}
	for _, read := range []func(context.Context, *kv.Typed[document]) error{load, take} {
		add("AfterLoad", read, false, true)
		add("afterLoad", read, false, true)
	}
	for _, end := range []func(context.Context, *kv.Typed[document]) error{remove, take} {
		add("BeforeDelete", end, false, true)
		add("beforeDelete(k)", end, false, true)
		add("AfterDelete", end, false, false)
		add("afterDelete(k)", end, false, false)
	}
	for _, c := range cases {
		t.Run(c.refuse, func(t *testing.T) {
			store := openAt(t, "memory:")
			ok(t, store.Set(t.Context(), "docs", "k", []byte(`{}`)))
			ctx := context.WithValue(t.Context(), traceKey{}, &trace{refuse: c.refuse})
			is(t, c.call(ctx, hooked(store)), errRefused)
			equal(t, must(store.Exists(ctx, "docs", "new"))(t), c.isThere)
			equal(t, must(store.Exists(ctx, "docs", "k"))(t), c.isThis)
		})
	}
}

func TestACancelledContextCallsNoHook(t *testing.T) {
	documents := hooked(openAt(t, "memory:"))
	var seen trace
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), traceKey{}, &seen))
	cancel()
	is(t, documents.Set(ctx, "k", document{}), context.Canceled)
	is(t, documents.Delete(ctx, "k"), context.Canceled)
	is(t, documents.SetBatch(ctx, map[string]document{"k": {}}), context.Canceled)
	equal(t, seen.order, "")
}
