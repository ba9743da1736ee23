package kv_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

func fill(t testing.TB, store *kv.Store, group string, keys ...string) {
	t.Helper()
	values := map[string][]byte{}
	for _, key := range keys {
		values[key] = []byte("value of " + key)
	}
	ok(t, store.SetBatch(t.Context(), group, values))
}

func TestAScanVisitsWhatItsOptionsSayInOrder(t *testing.T) {
	cases := []struct {
		name    string
		options []kv.ScanOption
		want    string
	}{
		{"all", nil, " * a a%b a_b b ba é"},
		{"empty prefix", []kv.ScanOption{kv.Prefix("")}, " * a a%b a_b b ba é"},
		{"prefix", []kv.ScanOption{kv.Prefix("a")}, "a a%b a_b"},
		{"literal prefix", []kv.ScanOption{kv.Prefix("a_")}, "a_b"},
		{"literal star", []kv.ScanOption{kv.Prefix("*")}, "*"},
		{"prefix of other case", []kv.ScanOption{kv.Prefix("A")}, ""},
		{"glob", []kv.ScanOption{kv.Glob("a?b")}, "a%b a_b"},
		{"glob of one character", []kv.ScanOption{kv.Glob("?")}, "* a b é"},
		{"glob of one byte", []kv.ScanOption{kv.RedisGlob("?")}, "* a b"},
		{"escaped star", []kv.ScanOption{kv.RedisGlob(`\*`)}, "*"},
		{"unescaped backslash", []kv.ScanOption{kv.Glob(`\*`)}, ""},
		{"class", []kv.ScanOption{kv.Glob("[^a]")}, "* b é"},
		{"empty glob", []kv.ScanOption{kv.Glob("")}, ""},
		{"after", []kv.ScanOption{kv.After("a_b")}, "b ba é"},
		{"after the empty key", []kv.ScanOption{kv.After("")}, "* a a%b a_b b ba é"},
		{"below", []kv.ScanOption{kv.Below("a")}, " *"},
		{"below the empty key", []kv.ScanOption{kv.Below("")}, "nothing"},
		{"to", []kv.ScanOption{kv.To("a")}, " * a"},
		{"from", []kv.ScanOption{kv.From("b")}, "b ba é"},
		{"above", []kv.ScanOption{kv.Above("b")}, "ba é"},
		{"from and to one key", []kv.ScanOption{kv.From("b"), kv.To("b")}, "b"},
		{"bounds backwards", []kv.ScanOption{kv.Reverse(), kv.From("a"), kv.Below("b")}, "a_b a%b a"},
		{"snapshot", []kv.ScanOption{kv.Snapshot(), kv.Limit(1), kv.After("b")}, "ba"},
		{"limit", []kv.ScanOption{kv.Prefix("a"), kv.Limit(2)}, "a a%b"},
		{"limit of nothing", []kv.ScanOption{kv.Limit(0)}, " * a a%b a_b b ba é"},
		{"negative limit", []kv.ScanOption{kv.Limit(-1)}, " * a a%b a_b b ba é"},
		{"offset", []kv.ScanOption{kv.Offset(5)}, "b ba é"},
		{"offset before a limit", []kv.ScanOption{kv.Limit(2), kv.Prefix("a"), kv.Offset(1)}, "a%b a_b"},
		{"offset backwards", []kv.ScanOption{kv.Reverse(), kv.Offset(1), kv.Limit(2)}, "ba b"},
		{"offset of nothing", []kv.ScanOption{kv.Offset(0)}, " * a a%b a_b b ba é"},
		{"negative offset", []kv.ScanOption{kv.Offset(-1)}, " * a a%b a_b b ba é"},
		{"offset of all", []kv.ScanOption{kv.Offset(8)}, "nothing"},
		{"offset beyond all", []kv.ScanOption{kv.Offset(math.MaxInt)}, "nothing"},
		{"offset and limit without end", []kv.ScanOption{kv.Offset(7), kv.Limit(math.MaxInt)}, "é"},
		{"reverse", []kv.ScanOption{kv.Reverse(), kv.After("b"), kv.Above("*")}, "a_b a%b a"},
		{"no match", []kv.ScanOption{kv.Prefix("zzz")}, "nothing"},
	}
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "", "*", "a", "a%b", "a_b", "b", "ba", "é")
		fill(t, store, "other", "a", "zzz")
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				keys := must(store.Keys(t.Context(), "g", c.options...))(t)
				got := strings.Join(keys, " ")
				if len(keys) == 0 && c.want == "nothing" {
					got = "nothing"
				}
				equal(t, got, c.want)
				var scanned []string
				for entry, err := range store.Scan(t.Context(), "g", c.options...) {
					ok(t, err)
					scanned = append(scanned, entry.Key)
					equal(t, string(entry.Value), "value of "+entry.Key)
					equal(t, entry.Group, "g")
					equal(t, entry.Version != 0, true)
				}
				equal(t, slices.Equal(scanned, keys), true)
				ok(t, store.Update(t.Context(), func(tx *kv.Tx) error {
					equal(t, slices.Equal(must(tx.Keys("g", c.options...))(t), keys), true)
					return nil
				}))
			})
		}
	})
}

func TestTwoPatternsAreErrArgument(t *testing.T) {
	store := openAt(t, "memory:")
	is(t, last(store.Scan(t.Context(), "g", kv.Prefix("a"), kv.Glob("b"))), kv.ErrArgument)
	is(t, last(store.Scan(t.Context(), "g", kv.Glob("a"), kv.RedisGlob("a"))), kv.ErrArgument)
}

func TestPagesAreTurnedByTheLastKey(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var keys []string
		for i := range 250 {
			keys = append(keys, fmt.Sprintf("key %03d", i))
		}
		fill(t, store, "g", keys...)
		page := must(store.Keys(t.Context(), "g", kv.Limit(100)))(t)
		var all []string
		for pages := 0; len(page) > 0; pages++ {
			all = append(all, page...)
			page = must(store.Keys(t.Context(), "g", kv.Limit(100), kv.After(page[len(page)-1])))(t)
			equal(t, pages < 3, true)
		}
		equal(t, slices.Equal(all, keys), true)
	})
}

// Entries of all lengths from nothing to more than a crossing brings.
func TestAScanOfManyCrossingsIsComplete(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		var batch kv.Batch
		lengths := map[string]int{}
		for i := range 600 {
			key := fmt.Sprintf("key %03d", i)
			lengths[key] = (i * i) % 3001
			if i%97 == 0 {
				lengths[key] = 64<<10 + i
			}
			batch.Set("g", key, []byte(strings.Repeat("x", lengths[key])))
		}
		results := must(store.Commit(t.Context(), &batch))(t)
		count := 0
		for entry, err := range store.All(t.Context(), "g") {
			ok(t, err)
			equal(t, entry.Key, fmt.Sprintf("key %03d", count))
			equal(t, len(entry.Value), lengths[entry.Key])
			equal(t, strings.Count(string(entry.Value), "x"), lengths[entry.Key])
			equal(t, entry.Version, results[count].Version)
			count++
		}
		equal(t, count, 600)
	})
}

func TestWritingInsideALoopIsAllowedAndNotSeen(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b", "c")
		var seen []string
		for entry, err := range store.All(t.Context(), "g") {
			ok(t, err)
			seen = append(seen, entry.Key)
			ok(t, store.Set(t.Context(), "g", entry.Key+" again", nil))
			ok(t, store.Delete(t.Context(), "g", "c"))
			for _, err := range store.Groups(t.Context(), "") {
				ok(t, err)
			}
		}
		equal(t, strings.Join(seen, " "), "a b c")
		equal(t, must(store.Count(t.Context(), "g"))(t), 5)
	})
}

// The scan takes many crossings, so that its cursor is open when the loop ends. One that is left
// open holds a read connection, as the first part shows.
func TestALoopThatEndsEarlyClosesItsCursor(t *testing.T) {
	store := openFile(t)
	for i := range 40 {
		ok(t, store.Set(t.Context(), "g", fmt.Sprint(i), make([]byte, 5000)))
	}
	readers := func() int { return int(must(store.Stats(t.Context()))(t).Readers) }
	const loops = 50
	var open []*kv.Cursor
	for range loops {
		open = append(open, must(store.OpenCursor(t.Context(), "g"))(t))
		if !open[len(open)-1].IsSnapshot() {
			t.Fatal("a live scan of a store in memory")
		}
	}
	left := readers()
	for _, cursor := range open {
		ok(t, cursor.Close())
	}
	idle := readers()
	t.Logf("%d readers with %d cursors left open, %d without", left, loops, idle)
	if left < loops || idle >= loops {
		t.Fatalf("%d readers with %d cursors left open, %d without", left, loops, idle)
	}

	for range loops {
		for _, err := range store.All(t.Context(), "g") {
			ok(t, err)
			break
		}
		func() {
			defer func() { recover() }()
			for range store.All(t.Context(), "g") {
				panic("in the loop")
			}
		}()
	}
	if got := readers(); got > idle {
		t.Fatalf("%d readers, of %d", got, idle)
	}
}

func TestAContextThatIsCancelledEndsALoop(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b", "c")
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var seen []string
		var failed error
		for entry, err := range store.All(ctx, "g") {
			if err != nil {
				failed = err
				continue
			}
			seen = append(seen, entry.Key)
			cancel()
		}
		is(t, failed, context.Canceled)
		equal(t, strings.Join(seen, " "), "a")
	})
}

func TestGroupsAreNamedInOrderIfTheyHoldALiveEntry(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "tenant-a:x", "k")
		fill(t, store, "tenant-a:y", "k")
		fill(t, store, "Tenant-A:z", "k")
		fill(t, store, "", "k")
		fill(t, store, "tenant-a:gone", "k")
		equal(t, must(store.DeleteGroup(t.Context(), "tenant-a:gone"))(t), 1)
		names := func(prefix string) string {
			var names []string
			for name, err := range store.Groups(t.Context(), prefix) {
				ok(t, err)
				names = append(names, fmt.Sprintf("%q", name))
			}
			return strings.Join(names, " ")
		}
		equal(t, names(""), `"" "Tenant-A:z" "tenant-a:x" "tenant-a:y"`)
		equal(t, names("tenant-a:"), `"tenant-a:x" "tenant-a:y"`)
		equal(t, names("%"), "")
		equal(t, must(store.CountAll(t.Context(), "tenant-a:"))(t), 2)
		for range store.Groups(t.Context(), "") {
			break
		}
	})
}

func TestACursorHoldsItsSnapshotBetweenCalls(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b")
		cursor := must(store.OpenCursor(t.Context(), "g"))(t)
		fill(t, store, "g", "c")
		equal(t, must(cursor.Next(t.Context()))(t).Key, "a")
		equal(t, must(cursor.Next(t.Context()))(t).Key, "b")
		for range 2 {
			_, err := cursor.Next(t.Context())
			equal(t, err, io.EOF)
		}
		ok(t, cursor.Close())
		ok(t, cursor.Close())
		_, err := cursor.Next(t.Context())
		is(t, err, kv.ErrClosed)
	})
}

func TestACursorOfAClosedStoreIsErrClosedAfterWhatItHasRead(t *testing.T) {
	store := openFile(t)
	for i := range 40 {
		ok(t, store.Set(t.Context(), "g", fmt.Sprintf("%02d", i), make([]byte, 5000)))
	}
	cursor := must(store.OpenCursor(t.Context(), "g"))(t)
	ok(t, store.Close())
	read := 0
	_, err := cursor.Next(t.Context())
	for ; err == nil; _, err = cursor.Next(t.Context()) {
		read++
	}
	is(t, err, kv.ErrClosed)
	equal(t, read > 0 && read < 40, true)
	ok(t, cursor.Close())
}

func TestListKeysAndDeletesTakePrefixesLiterally(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "user%test", "user_1", "user_2", "userX3")
		list := func(prefix string, limit int) string {
			keys := must(store.List(t.Context(), "g", prefix, limit))(t)
			equal(t, keys == nil, false)
			return strings.Join(keys, " ")
		}
		equal(t, list("user_", 0), "user_1 user_2")
		equal(t, list("user%", 0), "user%test")
		equal(t, list("", 3), "user%test userX3 user_1")
		equal(t, list("missing", 0), "")
		equal(t, must(store.DeletePrefix(t.Context(), "g", "user_"))(t), 2)
		equal(t, list("", 0), "user%test userX3")
		equal(t, must(store.DeleteKeys(t.Context(), "g", "userX3", "missing"))(t)[0], "userX3")
		equal(t, list("", 0), "user%test")
	})
}

func TestDeleteKeysReturnsThoseThatWereThereInTheOrderGiven(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		fill(t, store, "g", "a", "b", "c", "")
		fill(t, store, "other", "d")
		must(store.Put(t.Context(), "g", "past", nil, kv.ExpireAt(time.UnixMilli(1))))(t)
		for _, c := range []struct {
			keys []string
			want string
		}{
			{[]string{"c", "d", "past", "", "c", "a"}, `["c" "" "a"]`},
			{[]string{"c", "a"}, "[]"},
			{nil, "[]"},
		} {
			deleted := must(store.DeleteKeys(t.Context(), "g", c.keys...))(t)
			equal(t, fmt.Sprintf("%q", deleted), c.want)
			equal(t, deleted == nil, false)
		}
		deleted, err := store.DeleteKeys(t.Context(), "g", "b", strings.Repeat("k", 65_536))
		is(t, err, kv.ErrTooLarge)
		equal(t, deleted == nil, true)
		equal(t, must(store.CountAll(t.Context(), ""))(t), 2)
	})
}

func TestDeleteAllDeletesGroupsByTheBeginningOfTheirNames(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, group := range []string{"", "a", "a%", "ab", "b", "tenant:g"} {
			fill(t, store, group, "1", "2")
		}
		removed := func(store *kv.Store, prefix string) int { return must(store.DeleteAll(t.Context(), prefix))(t) }
		equal(t, removed(store, "missing"), 0)
		equal(t, removed(store, "a%"), 2)
		equal(t, removed(store, "a"), 4)
		scoped := must(store.Scope("tenant"))(t)
		defer scoped.Close()
		equal(t, removed(scoped, ""), 2)
		equal(t, must(store.CountAll(t.Context(), ""))(t), 4)
		equal(t, removed(store, ""), 4)
		equal(t, removed(store, ""), 0)
		_, err := store.DeleteAll(t.Context(), strings.Repeat("g", 65_536))
		is(t, err, kv.ErrTooLarge)
	})
}

func TestSizesComeWithoutValues(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		long := bytes.Repeat([]byte("x"), 100_000)
		ok(t, store.Set(t.Context(), "g", "empty", nil))
		ok(t, store.Set(t.Context(), "g", "long", long))
		for entry, err := range store.Scan(t.Context(), "g", kv.Sizes()) {
			ok(t, err)
			equal(t, entry.Value == nil, true)
			equal(t, entry.Size, map[string]int64{"empty": 0, "long": 100_000}[entry.Key])
		}
		for entry, err := range store.Scan(t.Context(), "g") {
			ok(t, err)
			equal(t, entry.Size, int64(len(entry.Value)))
		}
		equal(t, must(store.GetEntry(t.Context(), "g", "long"))(t).Size, 100_000)
	})
}

func TestBoundsThatContradictAreRefused(t *testing.T) {
	store := openAt(t, "memory:")
	for _, options := range [][]kv.ScanOption{
		{kv.From("a"), kv.Above("b")},
		{kv.To("a"), kv.Below("b")},
		{kv.After("a"), kv.From("b")},
		{kv.Reverse(), kv.After("a"), kv.To("b")},
	} {
		_, err := store.Keys(t.Context(), "g", options...)
		is(t, err, kv.ErrArgument)
	}
}
