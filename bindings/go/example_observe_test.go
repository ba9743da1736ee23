package kv_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kv.internal/kv"
)

func ExampleMetrics() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:?max_entries=1&evict=lru")
	check(err)
	defer store.Close()

	for _, key := range []string{"ada", "bob", "eve"} {
		check(store.Set(ctx, "users", key, nil))
	}
	figures, err := store.Metrics(ctx)
	check(err)
	fmt.Println(figures.Commits, figures.Evictions, figures.Watches)
	fmt.Println("transactions of one batch, two, up to", kv.GroupBounds()[2:], "and more:", figures.GroupSizes)
	// Output:
	// 3 2 0
	// transactions of one batch, two, up to [4 8 16 32 64 128] and more: [3 0 0 0 0 0 0 0 0]
}

func ExampleCallMetrics() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	_, err = store.Count(ctx, "users")
	check(err)
	counts, err := store.CallMetrics(ctx, kv.CallCount)
	check(err)
	within := uint64(0)
	for i, bound := range kv.DurationBounds() {
		if bound <= time.Second {
			within += counts.Buckets[i]
		}
	}
	fmt.Println(counts.Kind, counts.Calls, counts.Errors, within)
	// Output: count 1 0 1
}

func ExampleCallKind() {
	fmt.Println(kv.CallGet, kv.CallDeleteRange, len(kv.CallKinds()))
	// Output: get delete_range 21
}

// serveMetrics answers Prometheus.
func serveMetrics(w http.ResponseWriter, r *http.Request, store *kv.Store) {
	text, err := store.MetricsText(r.Context())
	if err != nil {
		http.Error(w, "the store has failed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprint(w, text)
}

func ExampleStore_MetricsText() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	w := httptest.NewRecorder()
	serveMetrics(w, httptest.NewRequest("GET", "/metrics", nil), store)
	for _, line := range strings.Split(w.Body.String(), "\n") {
		if strings.Contains(line, "kv_commits_total") {
			fmt.Println(line)
		}
	}
	// Output:
	// # HELP kv_commits_total Batches with a write that were applied; a single set is one batch.
	// # TYPE kv_commits_total counter
	// kv_commits_total{store="memory:"} 1
}

func ExampleSetLog() {
	folder, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(folder)
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		// The output of this example is always the same.
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		a.Value = slog.StringValue(strings.TrimPrefix(a.Value.String(), folder+"/"))
		return a
	}})

	check(kv.SetLog(slog.LevelInfo, handler))
	defer kv.SetLog(slog.LevelInfo, nil)
	store, err := kv.Open(context.Background(), filepath.Join(folder, "app.db"))
	check(err)
	check(store.Close())
	// Output:
	// level=INFO topic=open store=app.db
	// level=INFO topic=close store=app.db
}

// traceSlowCalls logs each call that takes longer than a limit, with the attributes that the program
// keeps in contexts.
func traceSlowCalls(logger *slog.Logger, limit time.Duration) kv.Trace {
	return kv.Trace{End: func(ctx context.Context, call kv.Call) {
		if call.Duration > limit {
			logger.WarnContext(ctx, "slow call", "kind", call.Kind, "group", call.Group, "took", call.Duration, "error", call.Err)
		}
	}}
}

func ExampleTrace() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	kv.SetTrace(traceSlowCalls(slog.New(slog.NewTextHandler(os.Stdout, nil)), time.Minute))
	defer kv.SetTrace(kv.Trace{})
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	fmt.Println("no call took a minute")
	// Output: no call took a minute
}

// user is the key of a value of contexts.
type user struct{}

func ExampleCall() {
	store, err := kv.Open(context.Background(), "memory:")
	check(err)
	defer store.Close()

	kv.SetTrace(kv.Trace{End: func(ctx context.Context, call kv.Call) {
		fmt.Printf("%v: %s (%v) of %s: %v, in time: %t\n",
			ctx.Value(user{}), call.Operation, call.Kind, call.Group, call.Err, call.Duration < time.Minute)
	}})
	defer kv.SetTrace(kv.Trace{})
	ctx := context.WithValue(context.Background(), user{}, "ada")
	check(store.SetTTL(ctx, "codes", "ada", []byte("4711"), time.Minute))
	_, err = store.Take(ctx, "codes", "bob")
	fmt.Println(err)
	// Output:
	// ada: set ttl (set) of codes: <nil>, in time: true
	// ada: take (take) of codes: kv: not found, in time: true
	// kv: take codes/bob: not found
}
