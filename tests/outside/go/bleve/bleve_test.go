package bleve_test

import (
	"errors"
	"slices"
	"testing"

	store "github.com/blevesearch/upsidedown_store_api"
	suite "github.com/blevesearch/upsidedown_store_api/test"
	"kv.internal/kv"
	"kv.internal/kv/outside/bleve"
	"kv.internal/kv/outside/engines"
)

func TestSuite(t *testing.T) {
	for name, test := range map[string]func(*testing.T, store.KVStore){
		"KVCrud": suite.CommonTestKVCrud, "ReaderIsolation": suite.CommonTestReaderIsolation,
		"ReaderOwnsGetBytes": suite.CommonTestReaderOwnsGetBytes, "WriterOwnsBytes": suite.CommonTestWriterOwnsBytes,
		"PrefixIterator": suite.CommonTestPrefixIterator, "PrefixIteratorSeek": suite.CommonTestPrefixIteratorSeek,
		"RangeIterator": suite.CommonTestRangeIterator, "RangeIteratorSeek": suite.CommonTestRangeIteratorSeek,
		"Merge": suite.CommonTestMerge,
	} {
		t.Run(name, func(t *testing.T) {
			engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
				test(t, bleve.New(opened, "index", &suite.TestMergeCounter{}))
			})
		})
	}
}

// refusing is an operator that merges nothing.
type refusing struct{ suite.TestMergeCounter }

func (*refusing) FullMerge(_, _ []byte, _ [][]byte) ([]byte, bool) { return nil, false }

func TestABatchWhoseMergeIsRefusedWritesNothing(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
		writer, err := bleve.New(opened, "index", &refusing{}).Writer()
		if err != nil {
			t.Fatal(err)
		}
		batch := writer.NewBatch()
		batch.Set([]byte("a"), []byte("1"))
		batch.Merge([]byte("b"), make([]byte, 8))
		if err := writer.ExecuteBatch(batch); err == nil {
			t.Fatal("it was applied")
		}
		if count, err := opened.Count(t.Context(), "index"); count != 0 || err != nil {
			t.Fatal("half of it was applied:", count, err)
		}
	})
}

func TestManyValuesAndAClosedStore(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
		index := bleve.New(opened, "index", &suite.TestMergeCounter{})
		if err := opened.Set(t.Context(), "index", "b", []byte("2")); err != nil {
			t.Fatal(err)
		}
		reader, err := index.Reader()
		if err != nil {
			t.Fatal(err)
		}
		values, err := reader.MultiGet([][]byte{[]byte("a"), []byte("b")})
		if err != nil || len(values) != 2 || values[0] != nil || !slices.Equal(values[1], []byte("2")) {
			t.Fatal(values, err)
		}
		if err := errors.Join(reader.Close(), reader.Close(), index.Close(), index.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := index.Reader(); !errors.Is(err, kv.ErrClosed) {
			t.Fatal("a closed store has a reader:", err)
		}
		it := reader.PrefixIterator(nil)
		if it.Valid() || it.Key() != nil || !errors.Is(it.Close(), kv.ErrClosed) {
			t.Fatal("it goes on")
		}
	})
}

// The suite writes after the beginning of a reader, and then gets a value and iterates over a range.
func TestAReaderStaysAtItsBeginningWhereThereAreSnapshots(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, opened *kv.Store) {
		want := "before"
		if snapshot, err := opened.Snapshot(t.Context()); errors.Is(err, kv.ErrUnsupported) {
			want = "after"
		} else if err = errors.Join(err, snapshot.Close()); err != nil {
			t.Fatal(err)
		}
		if err := opened.Set(t.Context(), "index", "a", []byte("before")); err != nil {
			t.Fatal(err)
		}
		reader, err := bleve.New(opened, "index", nil).Reader()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		if err := opened.Set(t.Context(), "index", "a", []byte("after")); err != nil {
			t.Fatal(err)
		}
		values, err := reader.MultiGet([][]byte{[]byte("a")})
		if err != nil || string(values[0]) != want {
			t.Errorf("%q %v", values, err)
		}
		it := reader.PrefixIterator([]byte("a"))
		if string(it.Value()) != want {
			t.Errorf("%q", it.Value())
		}
		if err := it.Close(); err != nil {
			t.Error(err)
		}
	})
}
