package kv_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestAnyBytesRoundTrip(t *testing.T) {
	texts := []string{"", "\x00", "a\x00b", "é", "\xff\xfe", "a b", "%_*?[", "\n", strings.Repeat("x", 10_000)}
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, group := range texts {
			for _, key := range texts {
				value := []byte(key + "/" + group)
				ok(t, store.Set(t.Context(), group, key, value))
				equal(t, string(must(store.Get(t.Context(), group, key))(t)), string(value))
			}
		}
		var groups []string
		for group, err := range store.Groups(t.Context(), "") {
			ok(t, err)
			groups = append(groups, group)
			equal(t, must(store.Count(t.Context(), group))(t), len(texts))
		}
		equal(t, len(groups), len(texts))
	})
}

func TestAnEmptyValueIsNotAMissingKey(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, value := range [][]byte{nil, {}} {
			ok(t, store.Set(t.Context(), "g", "k", value))
			got := must(store.Get(t.Context(), "g", "k"))(t)
			if got == nil || len(got) != 0 {
				t.Fatalf("got %#v", got)
			}
			entry := must(store.GetEntry(t.Context(), "g", "k"))(t)
			if entry.Value == nil || len(entry.Value) != 0 {
				t.Fatalf("got %#v", entry.Value)
			}
		}
		got, err := store.Get(t.Context(), "g", "missing")
		is(t, err, kv.ErrNotFound)
		if got != nil {
			t.Fatalf("got %#v", got)
		}
	})
}

func TestValuesOfAllLengthsComeWhole(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, length := range []int{1, 959, 960, 961, 1023, 1024, 1025, 4096, 65_535, 65_536, 65_537, 3 << 20} {
			value := bytes.Repeat([]byte("abcdefg"), length/7+1)[:length]
			ok(t, store.Set(t.Context(), "g", "k", value))
			if !bytes.Equal(must(store.Get(t.Context(), "g", "k"))(t), value) {
				t.Fatalf("get of %d bytes", length)
			}
			for entry, err := range store.All(t.Context(), "g") {
				ok(t, err)
				if !bytes.Equal(entry.Value, value) {
					t.Fatalf("scan of %d bytes", length)
				}
			}
			if !bytes.Equal(must(store.GetBatch(t.Context(), "g", []string{"k"}))(t)["k"], value) {
				t.Fatalf("batch of %d bytes", length)
			}
			if !bytes.Equal(must(store.Take(t.Context(), "g", "k"))(t), value) {
				t.Fatalf("take of %d bytes", length)
			}
		}
	})
}

func TestAReturnedSliceIsTheCallersOwn(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		value := []byte("blue")
		ok(t, store.Set(t.Context(), "g", "k", value))
		value[0] = 'X'
		got := must(store.Get(t.Context(), "g", "k"))(t)
		got[0] = 'Y'
		for entry, err := range store.All(t.Context(), "g") {
			ok(t, err)
			entry.Value[0] = 'Z'
			equal(t, cap(entry.Value), len(entry.Value))
			equal(t, entry.Key, "k")
		}
		equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "blue")
	})
}

func TestGetIntoABufferTooShortGivesTheLengthAndCopiesNothing(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "k", []byte("blue")))
		buffer := []byte("....")
		n, err := store.GetInto(t.Context(), "g", "k", buffer[:3])
		is(t, err, kv.ErrTooSmall)
		equal(t, n, 4)
		equal(t, string(buffer), "....")
		n, err = store.GetInto(t.Context(), "g", "k", nil)
		is(t, err, kv.ErrTooSmall)
		equal(t, n, 4)
		equal(t, must(store.GetInto(t.Context(), "g", "k", buffer))(t), 4)
		equal(t, string(buffer), "blue")
		_, err = store.GetInto(t.Context(), "g", "missing", buffer)
		is(t, err, kv.ErrNotFound)
	})
}

func TestTheInfoOfAnEntryIsWhatTheEntryHasWithoutItsValue(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		for _, length := range []int{0, 5, 1025, 3 << 20} {
			for _, ttl := range []time.Duration{0, time.Hour} {
				ok(t, store.SetTTL(t.Context(), "g", "k", make([]byte, length), ttl))
				entry := must(store.GetEntry(t.Context(), "g", "k"))(t)
				info := must(store.Info(t.Context(), "g", "k"))(t)
				equal(t, info.Size, int64(length))
				equal(t, info.Version, entry.Version)
				equal(t, info.ExpiresAt.Equal(entry.ExpiresAt), true)
				equal(t, info.ExpiresAt.IsZero(), ttl == 0)
			}
		}
		must(store.Put(t.Context(), "g", "past", nil, kv.ExpireAt(time.UnixMilli(1))))(t)
		for _, key := range []string{"missing", "past"} {
			info, err := store.Info(t.Context(), "g", key)
			is(t, err, kv.ErrNotFound)
			equal(t, info, kv.EntryInfo{})
		}
		_, err := store.Info(t.Context(), "g", strings.Repeat("k", 65_536))
		is(t, err, kv.ErrTooLarge)
	})
}

func TestAViewIsNotChangedByAWriteAndGivesTheFunctionsError(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetTTL(t.Context(), "g", "k", []byte("blue"), time.Hour))
		mine := errors.New("mine")
		err := store.View(t.Context(), "g", "k", func(entry kv.Entry) error {
			ok(t, store.Set(t.Context(), "g", "k", []byte("red")))
			equal(t, string(entry.Value), "blue")
			equal(t, entry.Group+entry.Key, "gk")
			if entry.Version == 0 || time.Until(entry.ExpiresAt) > time.Hour+time.Millisecond || entry.ExpiresAt.IsZero() {
				t.Fatalf("got %+v", entry)
			}
			return mine
		})
		is(t, err, mine)
		is(t, store.View(t.Context(), "g", "missing", func(kv.Entry) error { return nil }), kv.ErrNotFound)
		is(t, store.View(t.Context(), "g", "k", nil), kv.ErrArgument)
	})
}

func TestWhatExceedsALimitIsErrTooLargeAndNothingIsStored(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		long := strings.Repeat("k", 65_536)
		for _, err := range []error{
			store.Set(t.Context(), "g", long, nil),
			store.Set(t.Context(), long, "k", nil),
			store.Set(t.Context(), "g", "k", make([]byte, 512<<20+1)),
			store.SetBatch(t.Context(), "g", map[string][]byte{"a": nil, long: nil}),
			func() error { _, err := store.Get(t.Context(), "g", long); return err }(),
		} {
			is(t, err, kv.ErrTooLarge)
			var detail *kv.Error
			if !errors.As(err, &detail) || !strings.Contains(detail.Message, "limit") {
				t.Fatalf("got %v", err)
			}
		}
		ok(t, store.Set(t.Context(), long[1:], long[1:], nil))
		equal(t, must(store.CountAll(t.Context(), ""))(t), 1)
	})
}

func TestAPutUnderAConditionWritesOrGivesTheVersionThatIsThere(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		put := func(value string, options ...kv.PutOption) (uint64, error) {
			return store.Put(t.Context(), "g", "k", []byte(value), options...)
		}
		version, err := put("a", kv.IfPresent())
		is(t, err, kv.ErrConflict)
		equal(t, version, 0)
		first := must(put("b", kv.IfAbsent()))(t)
		second := must(put("c", kv.IfVersion(first)))(t)
		if first == 0 || second <= first {
			t.Fatalf("versions %d, %d", first, second)
		}
		for _, option := range []kv.PutOption{kv.IfAbsent(), kv.IfVersion(first), kv.IfVersion(0)} {
			version, err := put("d", option)
			is(t, err, kv.ErrConflict)
			equal(t, version, second)
			var conflict *kv.ConflictError
			if !errors.As(err, &conflict) || conflict.Version != second {
				t.Fatalf("got %v", err)
			}
		}
		equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "c")
		is(t, store.DeleteVersion(t.Context(), "g", "k", first), kv.ErrConflict)
		is(t, store.DeleteVersion(t.Context(), "g", "k", 0), kv.ErrArgument)
		ok(t, store.DeleteVersion(t.Context(), "g", "k", second))
		is(t, store.DeleteVersion(t.Context(), "g", "k", second), kv.ErrNotFound)
	})
}

func TestTwoConditionsOrTwoExpiriesAreErrArgument(t *testing.T) {
	store := openAt(t, "memory:")
	for _, options := range [][]kv.PutOption{
		{kv.IfAbsent(), kv.IfPresent()},
		{kv.KeepExpiry(), kv.ExpireAfter(time.Hour)},
	} {
		_, err := store.Put(t.Context(), "g", "k", nil, options...)
		is(t, err, kv.ErrArgument)
		is(t, store.SetBatch(t.Context(), "g", map[string][]byte{"k": nil}, options...), kv.ErrArgument)
	}
	equal(t, must(store.Count(t.Context(), "g"))(t), 0)
}

func TestDeleteOfAMissingKeyIsNilAndDeletedTells(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Delete(t.Context(), "g", "k"))
		equal(t, must(store.Deleted(t.Context(), "g", "k"))(t), false)
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, must(store.Deleted(t.Context(), "g", "k"))(t), true)
		equal(t, must(store.Exists(t.Context(), "g", "k"))(t), false)
	})
}

func TestOfManyTakersExactlyOneGetsTheValue(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "g", "k", []byte("once")))
		var all sync.WaitGroup
		got := make(chan string, 16)
		for range cap(got) {
			all.Add(1)
			go func() {
				defer all.Done()
				value, err := store.Take(t.Context(), "g", "k")
				if err == nil {
					got <- string(value)
				} else if !errors.Is(err, kv.ErrNotFound) {
					t.Error(err)
				}
			}()
		}
		all.Wait()
		equal(t, len(got), 1)
		equal(t, <-got, "once")
	})
}

func TestIncrementCountsFromNothingAndRefusesWhatIsNoInteger(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		add := func(delta int64) (int64, error) { return store.Increment(t.Context(), "g", "n", delta, 0) }
		equal(t, must(add(5))(t), 5)
		equal(t, must(add(-7))(t), -2)
		equal(t, must(add(math.MaxInt64))(t), math.MaxInt64-2)
		_, err := add(3)
		is(t, err, kv.ErrNotInteger)
		equal(t, string(must(store.Get(t.Context(), "g", "n"))(t)), "9223372036854775805")
		for _, text := range []string{"", "blue", "1.5"} {
			ok(t, store.Set(t.Context(), "g", "n", []byte(text)))
			_, err := add(1)
			is(t, err, kv.ErrNotInteger)
			equal(t, string(must(store.Get(t.Context(), "g", "n"))(t)), text)
		}
	})
}

func TestAppendAppendsToNothingToo(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		equal(t, must(store.Append(t.Context(), "g", "k", []byte("ab"), 0))(t), 2)
		equal(t, must(store.Append(t.Context(), "g", "k", nil, 0))(t), 2)
		equal(t, must(store.Append(t.Context(), "g", "k", []byte("c"), 0))(t), 3)
		equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "abc")
	})
}
