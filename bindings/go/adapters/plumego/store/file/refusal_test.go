package file_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/file"
)

// allErrors returns what each call of a storage on a path returns.
func allErrors(ctx context.Context, files *file.GroupStorage, path string) map[string]error {
	found := map[string]error{}
	_, found["Get"] = files.Get(ctx, path)
	_, found["Exists"] = files.Exists(ctx, path)
	_, found["Stat"] = files.Stat(ctx, path)
	_, found["List"] = files.List(ctx, path, 0)
	found["Copy"] = files.Copy(ctx, path, "to")
	found["Copy to"] = files.Copy(ctx, "from", path)
	found["Delete"] = files.Delete(ctx, path)
	return found
}

func TestAPathThatIsNoneIsErrInvalidPath(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for _, path := range []string{
			"", ".", "..", "../a", "a/../b", "a/..", "/a", "/", "a//b", "./a", "a/", "a/.", `a\b`, "a\x00b", "a\n",
			strings.Repeat("a", 4097),
		} {
			for call, err := range allErrors(t.Context(), files, path) {
				if call == "List" && (path == "" || path == "a/") {
					ok(t, err)
					continue
				}
				if !errors.Is(err, file.ErrInvalidPath) {
					t.Errorf("%s of %.9q: %v", call, path, err)
				}
			}
		}
		for _, path := range []string{"a", "a/b", "...", "a..b", "é", "a b", strings.Repeat("a", 4096)} {
			is(t, files.Delete(t.Context(), path), file.ErrNotFound)
		}
		_, err := files.List(t.Context(), "", -1)
		is(t, err, file.ErrInvalidSize)
	})
}

func TestAMissingFileIsErrNotFound(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for call, err := range allErrors(t.Context(), files, "missing") {
			switch call {
			case "Exists", "List":
				ok(t, err)
			default:
				is(t, err, file.ErrNotFound)
				is(t, err, kv.ErrNotFound)
			}
		}
	})
}

func TestAReaderThatFailsLeavesNothing(t *testing.T) {
	broken := errors.New("the line is broken")
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for _, given := range []int{0, 10, 3 * pieceLen} {
			for _, options := range []file.PutOptions{{Size: -1}, {Size: int64(given)}, {Size: int64(given) + 1}} {
				options.Reader = io.MultiReader(bytes.NewReader(noise(given, 1)), iotest.ErrReader(broken))
				of, err := files.Put(t.Context(), options)
				is(t, err, broken)
				equal(t, of, nil)
				equal(t, stored(t, store, ""), 0)
			}
		}
		func() {
			defer func() { equal(t, recover(), any("of the reader")) }()
			files.Put(t.Context(), file.PutOptions{Reader: readerOf(func([]byte) (int, error) { panic("of the reader") })})
		}()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := files.Put(ctx, file.PutOptions{Reader: readerOf(func(p []byte) (int, error) { cancel(); return len(p), nil })})
		is(t, err, context.Canceled)
		equal(t, stored(t, store, ""), 0)
	})
}

type readerOf func([]byte) (int, error)

func (r readerOf) Read(p []byte) (int, error) { return r(p) }

func TestAContentOfAnotherSizeIsErrInvalidSize(t *testing.T) {
	const longest = 2 * pieceLen
	each(t, file.Config{MaxSize: longest}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for _, c := range []struct {
			given int
			size  int64
			want  error
		}{
			{longest, -1, nil},
			{longest, 0, nil},
			{longest, longest, nil},
			{longest + 1, -1, file.ErrInvalidSize},
			{longest + 1, longest, file.ErrInvalidSize},
			{10, 11, file.ErrInvalidSize},
			{12, 11, file.ErrInvalidSize},
			{0, 1, file.ErrInvalidSize},
			{0, -2, file.ErrInvalidSize},
			{0, longest + 1, file.ErrInvalidSize},
		} {
			of, err := files.Put(t.Context(), file.PutOptions{Reader: bytes.NewReader(noise(c.given, 1)), Size: c.size})
			if c.want == nil {
				ok(t, err)
				ok(t, files.Delete(t.Context(), of.Path))
			} else {
				is(t, err, c.want)
			}
			isEmpty(t, store)
		}
		// It is not read to an end that it does not have.
		endless := readerOf(func(p []byte) (int, error) { return len(p), nil })
		for _, size := range []int64{-1, 100} {
			_, err := files.Put(t.Context(), file.PutOptions{Reader: endless, Size: size})
			is(t, err, file.ErrInvalidSize)
		}
		isEmpty(t, store)
	})
}

func TestOptionsThatCannotBeAreRefusedBeforeAnythingIsRead(t *testing.T) {
	each(t, file.Config{MaxSize: 100}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for _, c := range []struct {
			options file.PutOptions
			want    error
		}{
			{file.PutOptions{TTL: -time.Second}, kv.ErrArgument},
			{file.PutOptions{Size: 101}, file.ErrInvalidSize},
			{file.PutOptions{Metadata: map[string]any{"x": make(chan int)}}, file.ErrUnsupportedFormat},
		} {
			c.options.Reader = readerOf(func([]byte) (int, error) { t.Error("it was read"); return 0, io.EOF })
			_, err := files.Put(t.Context(), c.options)
			is(t, err, c.want)
		}
		_, err := files.Put(t.Context(), file.PutOptions{})
		is(t, err, kv.ErrArgument)
		equal(t, stored(t, store, ""), 0)
		for _, config := range []file.Config{{TTL: -1}, {MaxSize: -1}} {
			_, err := file.NewGroupStorage(store, group, config)
			is(t, err, kv.ErrArgument)
			_, err = file.NewTenantStorage(store, "ada", config)
			is(t, err, kv.ErrArgument)
		}
	})
}

func TestAStorageWithoutAStoreIsUnavailable(t *testing.T) {
	var none context.Context
	ended := must(file.NewGroupStorage(enginetest.Closed(t), group, file.Config{}))(t)
	nothing := must(file.NewGroupStorage(nil, group, file.Config{}))(t)
	for name, files := range map[string]*file.GroupStorage{"nil": nil, "zero": {}, "of nil": nothing, "ended": ended} {
		for _, ctx := range []context.Context{t.Context(), none} {
			found := allErrors(ctx, files, "a")
			_, found["Put"] = files.Put(ctx, file.PutOptions{Reader: strings.NewReader("x")})
			for call, err := range metadataErrors(ctx, files.Metadata()) {
				found["Metadata."+call] = err
			}
			for call, err := range found {
				if !errors.Is(err, file.ErrStorageUnavailable) || !errors.Is(err, kv.ErrClosed) || errors.Is(err, file.ErrNotFound) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
		}
		ok(t, files.Close())
	}
	_, err := file.NewTenantStorage(nil, "ada", file.Config{})
	is(t, err, kv.ErrClosed)
}

func TestACancelledContextComesBeforeEveryOtherError(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for name, files := range map[string]*file.GroupStorage{"open": files, "nil": nil, "zero": {}} {
			found := allErrors(cancelled, files, "..")
			_, found["Put"] = files.Put(cancelled, file.PutOptions{Size: -2})
			for call, err := range metadataErrors(cancelled, files.Metadata()) {
				found["Metadata."+call] = err
			}
			for call, err := range found {
				if call == "Copy to" {
					continue
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %s: %v", name, call, err)
				}
			}
		}
		equal(t, stored(t, store, ""), 0)
	})
}

func TestARecordThatCannotBeReadIsNoMissingOne(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		ok(t, store.Set(t.Context(), group, "path/a", []byte("no record")))
		for call, err := range allErrors(t.Context(), files, "a") {
			switch call {
			case "Exists":
				ok(t, err)
			case "Copy to":
				is(t, err, file.ErrNotFound)
			default:
				is(t, err, kv.ErrCorrupt)
			}
		}
		of := put(t, files, []byte("x"))
		is(t, files.Copy(t.Context(), of.Path, "a"), kv.ErrCorrupt)
	})
}
