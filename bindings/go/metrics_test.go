package kv_test

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestMetricsCountWhatWasDone(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ctx := t.Context()
		fill(t, store, "g", "a", "b")
		must(store.Get(ctx, "g", "a"))(t)
		_, err := store.Get(ctx, "g", "missing")
		is(t, err, kv.ErrNotFound)
		watched := must(store.Watch(ctx, kv.Everywhere()))(t)
		defer watched.Close()
		figures := must(store.Metrics(ctx))(t)
		equal(t, figures.Hits, 1)
		equal(t, figures.Misses, 1)
		equal(t, figures.Commits, 1)
		equal(t, figures.GroupSizes[0], figures.Transactions)
		equal(t, figures.Watches, 1)
		equal(t, figures.ReadOnly, false)
		equal(t, figures.FileBytes > 0, must(store.Stats(ctx))(t).Format > 0)
		stats := must(store.Stats(ctx))(t)
		equal(t, figures.WriteStall, stats.WriteStall)
		text := figures.String()
		if !strings.HasPrefix(text, "hits=1 misses=1 cache_hits=") || !strings.Contains(text, " poisoned=false group_sizes=") {
			t.Fatalf("got %s", text)
		}
		// A scope has those of the whole store.
		scope := must(store.Scope("tenant"))(t)
		defer scope.Close()
		equal(t, must(scope.Metrics(ctx))(t).Commits, 1)
	})
}

func TestTheMetricsOfAKindCountItsCallsByDuration(t *testing.T) {
	store := openFile(t)
	for range 3 {
		ok(t, store.Set(t.Context(), "g", "k", []byte("v")))
	}
	_, err := store.Increment(t.Context(), "g", "k", 1, 0)
	is(t, err, kv.ErrNotInteger)
	sets := must(store.CallMetrics(t.Context(), kv.CallSet))(t)
	equal(t, sets.Kind, kv.CallSet)
	equal(t, sets.Calls, 3)
	equal(t, sets.Errors, 0)
	if sets.Longest <= 0 || sets.Total < sets.Longest {
		t.Errorf("got %v", sets)
	}
	sum, longest := uint64(0), 0
	for i, count := range sets.Buckets {
		if sum += count; count > 0 {
			longest = i
		}
	}
	equal(t, sum, 3)
	bounds := kv.DurationBounds()
	if sets.Longest > bounds[longest] || longest > 0 && sets.Longest <= bounds[longest-1] {
		t.Errorf("%v is in the bucket up to %v", sets.Longest, bounds[longest])
	}
	increments := must(store.CallMetrics(t.Context(), kv.CallIncrement))(t)
	equal(t, increments.Calls, 1)
	equal(t, increments.Errors, 1)
	if text := increments.String(); !strings.HasPrefix(text, "kind=increment calls=1 errors=1 total=") {
		t.Errorf("got %s", text)
	}
	for _, kind := range []kv.CallKind{-1, kv.CallKind(len(kv.CallKinds()))} {
		_, err := store.CallMetrics(t.Context(), kind)
		is(t, err, kv.ErrArgument)
		equal(t, kind.String(), "unknown")
	}
}

// The bounds are written here and in the library, whose text has them.
func TestTheBoundsAreThoseOfTheText(t *testing.T) {
	store := openFile(t)
	ok(t, store.Set(t.Context(), "g", "k", nil))
	text := must(store.MetricsText(t.Context()))(t)
	bounds := func(line string) []string {
		found := []string{}
		for _, match := range regexp.MustCompile(line).FindAllStringSubmatch(text, -1) {
			found = append(found, match[1])
		}
		return found
	}
	durations := bounds(`kv_call_duration_seconds_bucket\{store="[^"]*",kind="set",le="([0-9.]+)"\}`)
	equal(t, len(durations), len(kv.DurationBounds()))
	for i, bound := range kv.DurationBounds() {
		equal(t, must(time.ParseDuration(durations[i]+"s"))(t), bound)
	}
	groups := bounds(`kv_commit_group_size_bucket\{store="[^"]*",le="([0-9]+)"\}`)
	equal(t, len(groups), len(kv.GroupBounds()))
	for i, bound := range kv.GroupBounds() {
		equal(t, groups[i], strconv.Itoa(bound))
	}
}

func TestTheTextHasEachMetricOnceWithThePathOfTheStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	text := must(openAt(t, "sqlite:"+path+"?durability=full").MetricsText(t.Context()))(t)
	if !strings.Contains(text, `kv_commits_total{store="`+path+`"} 0`) || strings.Contains(text, "durability") {
		t.Fatalf("got %s", text)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		name, isHelp := strings.CutPrefix(line, "# HELP ")
		name, _, _ = strings.Cut(name, " ")
		if isHelp && seen[name] {
			t.Errorf("%s is there twice", name)
		}
		seen[name] = seen[name] || isHelp
	}
}
