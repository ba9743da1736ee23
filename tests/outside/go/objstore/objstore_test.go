package objstore_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	suite "github.com/thanos-io/objstore"
	"kv.internal/kv"
	"kv.internal/kv/outside/engines"
	"kv.internal/kv/outside/objstore"
)

func TestSuite(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		suite.AcceptanceTest(t, objstore.New(store, "bucket"))
	})
}

func TestAPartOfAnObjectOfManyChunks(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		bucket := objstore.New(store, "bucket")
		object := make([]byte, 3<<20+17)
		for at := range object {
			object[at] = byte(at * at >> 7)
		}
		if err := bucket.Upload(t.Context(), "object", bytes.NewReader(object)); err != nil {
			t.Fatal(err)
		}
		for _, part := range [][2]int{{0, len(object)}, {1<<20 - 1, 2}, {1 << 20, 1 << 20}, {3 << 20, 17}, {len(object), 0}} {
			reader, err := bucket.GetRange(t.Context(), "object", int64(part[0]), int64(part[1]))
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(reader, object[part[0]:part[0]+part[1]]); err != nil {
				t.Errorf("%v: %v", part, err)
			}
		}
		if _, err := bucket.GetRange(t.Context(), "object", -1, 1); err == nil {
			t.Error("a negative offset was read")
		}
	})
}

func TestAnUploadThatFailsLeavesTheEarlierObjectAndNoChunks(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		bucket := objstore.New(store, "bucket")
		if err := bucket.Upload(t.Context(), "object", strings.NewReader("earlier")); err != nil {
			t.Fatal(err)
		}
		broken := errors.New("broken")
		failing := io.MultiReader(bytes.NewReader(make([]byte, 3<<20)), iotest.ErrReader(broken))
		if err := bucket.Upload(t.Context(), "object", failing); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		reader, err := bucket.Get(t.Context(), "object")
		if err != nil {
			t.Fatal(err)
		}
		if object, err := io.ReadAll(reader); string(object) != "earlier" || err != nil {
			t.Fatal(string(object), err)
		}
		if count, err := store.CountAll(t.Context(), ""); count != 2 || err != nil {
			t.Fatal("a head and a chunk are to be left:", count, err)
		}
	})
}

func TestAReaderOfAnObjectThatIsReplacedGetsAnError(t *testing.T) {
	engines.EachStore(t, func(t *testing.T, store *kv.Store) {
		bucket := objstore.New(store, "bucket")
		if err := bucket.Upload(t.Context(), "object", bytes.NewReader(make([]byte, 2<<20))); err != nil {
			t.Fatal(err)
		}
		reader, err := bucket.Get(t.Context(), "object")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(reader, make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if err := bucket.Upload(t.Context(), "object", strings.NewReader("another")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(reader); err == nil || !strings.Contains(err.Error(), "read it again") {
			t.Fatal(err)
		}
	})
}
