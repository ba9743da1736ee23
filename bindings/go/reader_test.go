package kv_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"kv.internal/kv"
)

func openReader(t testing.TB, store *kv.Store, key string) *kv.Reader {
	t.Helper()
	r := must(store.OpenReader(t.Context(), "g", key))(t)
	t.Cleanup(func() { ok(t, r.Close()) })
	return r
}

func TestAReaderIsWhatGoExpectsOfOne(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		for _, size := range []int{0, 1, 1000, pieceLen, 2*pieceLen + 3} {
			value := noise(size)
			stream(t, store, "written in pieces", value)
			ok(t, store.Set(t.Context(), "g", "set", value))
			for _, key := range []string{"written in pieces", "set"} {
				ok(t, iotest.TestReader(openReader(t, store, key), value))
			}
		}
	})
}

func TestAReaderKnowsTheEntryAsItWasOpened(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		at := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
		version := stream(t, store, "k", noise(2*pieceLen), kv.ExpireAt(at))
		r := openReader(t, store, "k")
		equal(t, r.Size(), 2*pieceLen)
		equal(t, r.Version(), version)
		equal(t, r.ExpiresAt(), at)
		ok(t, store.Set(t.Context(), "g", "k", nil))
		equal(t, r.Version(), version)
		other := openReader(t, store, "k")
		equal(t, other.Size(), 0)
		equal(t, other.ExpiresAt(), time.Time{})
		equal(t, other.Version(), must(store.Info(t.Context(), "g", "k"))(t).Version)
	})
}

func TestAReaderReadsItsValueToTheEndWhateverIsWritten(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		value := noise(3*pieceLen + 1)
		for _, write := range []func(){
			func() { stream(t, store, "k", noise(2*pieceLen)) },
			func() { ok(t, store.Set(t.Context(), "g", "k", []byte("short"))) },
			func() { ok(t, store.Delete(t.Context(), "g", "k")) },
			func() { must(store.DeleteGroup(t.Context(), "g"))(t) },
			func() {
				ok(t, store.Expire(t.Context(), "g", "k", time.Millisecond))
				for must(store.Exists(t.Context(), "g", "k"))(t) {
				}
				must(store.PurgeExpired(t.Context()))(t)
			},
		} {
			stream(t, store, "k", value)
			r := openReader(t, store, "k")
			head := make([]byte, 10)
			must(io.ReadFull(r, head))(t)
			write()
			rest := must(io.ReadAll(r))(t)
			equal(t, bytes.Equal(append(head, rest...), value), true)
		}
		_, err := store.OpenReader(t.Context(), "g", "k")
		is(t, err, kv.ErrNotFound)
	})
}

func TestAReadAtAnyOffset(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		const size = 2*pieceLen + 9
		value := noise(size)
		stream(t, store, "k", value)
		stream(t, store, "empty", nil)
		r, empty := openReader(t, store, "k"), openReader(t, store, "empty")
		for _, c := range []struct {
			offset int64
			length int
			n      int
			err    error
		}{
			{0, size, size, nil},
			{0, size + 1, size, io.EOF},
			{pieceLen - 1, 2, 2, nil},
			{1, 2 * pieceLen, 2 * pieceLen, nil},
			{size - 1, 1, 1, nil},
			{size - 1, 2, 1, io.EOF},
			{size, 1, 0, io.EOF},
			{size + 1, pieceLen + 1, 0, io.EOF},
			{math.MaxInt64, 3 * pieceLen, 0, io.EOF},
			{5, 0, 0, nil},
			{-1, 1, 0, kv.ErrArgument},
			{math.MinInt64, 0, 0, kv.ErrArgument},
		} {
			buffer := make([]byte, c.length)
			n, err := r.ReadAt(buffer, c.offset)
			if n != c.n || !errors.Is(err, c.err) {
				t.Errorf("%d bytes from %d: %d, %v", c.length, c.offset, n, err)
			}
			if n > 0 && !bytes.Equal(buffer[:n], value[c.offset:][:n]) {
				t.Errorf("%d bytes from %d differ", c.length, c.offset)
			}
		}
		n, err := empty.ReadAt(make([]byte, 1), 0)
		is(t, err, io.EOF)
		equal(t, n, 0)
		equal(t, len(must(io.ReadAll(empty))(t)), 0)
		// None of it has moved the position.
		equal(t, must(r.Seek(0, io.SeekCurrent))(t), 0)
	})
}

func TestWriteToWritesWhatIsBehindThePosition(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		value := noise(3*pieceLen + 1)
		stream(t, store, "k", value)
		r := openReader(t, store, "k")
		must(r.Seek(5, io.SeekStart))(t)
		var to bytes.Buffer
		equal(t, must(r.WriteTo(&to))(t), int64(len(value)-5))
		equal(t, bytes.Equal(to.Bytes(), value[5:]), true)
		equal(t, must(r.WriteTo(&to))(t), 0)

		// From a value into another, without a buffer of the caller's.
		must(r.Seek(0, io.SeekStart))(t)
		w := must(store.OpenWriter(t.Context(), "g", "copy"))(t)
		equal(t, must(io.Copy(w, r))(t), int64(len(value)))
		must(w.Commit())(t)
		holds(t, store, "copy", value)

		broken := errors.New("the line is broken")
		for _, c := range []struct {
			failed, want error
		}{{broken, broken}, {nil, io.ErrShortWrite}} {
			must(r.Seek(0, io.SeekStart))(t)
			n, err := r.WriteTo(writerOf(func(p []byte) (int, error) { return 7, c.failed }))
			is(t, err, c.want)
			equal(t, n, 7)
			equal(t, must(r.Seek(0, io.SeekCurrent))(t), 7)
		}
	})
}

type writerOf func([]byte) (int, error)

func (w writerOf) Write(p []byte) (int, error) { return w(p) }

func TestGoroutinesMayShareAReader(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		value := noise(4 * pieceLen)
		stream(t, store, "k", value)
		r := openReader(t, store, "k")
		var all sync.WaitGroup
		for i := range 8 {
			spawn(&all, func() {
				section := io.NewSectionReader(r, int64(i)*pieceLen/2, pieceLen/2)
				for range 10 {
					section.Seek(0, io.SeekStart)
					got, err := io.ReadAll(section)
					if err != nil || !bytes.Equal(got, value[i*pieceLen/2:][:pieceLen/2]) {
						t.Errorf("%d bytes, %v", len(got), err)
					}
				}
			})
		}
		// Reads from the one position share the value among them.
		var mutex sync.Mutex
		total := 0
		for range 4 {
			spawn(&all, func() {
				for buffer := make([]byte, 1000); ; {
					n, err := r.Read(buffer)
					mutex.Lock()
					total += n
					mutex.Unlock()
					if err != nil {
						if err != io.EOF {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		all.Wait()
		equal(t, total, len(value))
	})
}

func TestHTTPServesAReader(t *testing.T) {
	streamEngines(t, func(t *testing.T, store *kv.Store) {
		value := noise(2*pieceLen + 100)
		stream(t, store, "k", value)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reader := must(store.OpenReader(r.Context(), "g", "k"))(t)
			defer reader.Close()
			w.Header().Set("ETag", `"1"`)
			http.ServeContent(w, r, "k.bin", time.Time{}, reader)
		}))
		defer server.Close()
		for _, c := range []struct {
			name, value string
			status      int
			want        []byte
		}{
			{"", "", http.StatusOK, value},
			{"Range", "bytes=0-9", http.StatusPartialContent, value[:10]},
			{"Range", "bytes=262140-262150", http.StatusPartialContent, value[262140:262151]},
			{"Range", "bytes=-7", http.StatusPartialContent, value[len(value)-7:]},
			{"Range", "bytes=600000-", http.StatusRequestedRangeNotSatisfiable, nil},
			{"If-None-Match", `"1"`, http.StatusNotModified, nil},
		} {
			request := must(http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil))(t)
			if c.name != "" {
				request.Header.Set(c.name, c.value)
			}
			response := must(http.DefaultClient.Do(request))(t)
			body := must(io.ReadAll(response.Body))(t)
			response.Body.Close()
			equal(t, response.StatusCode, c.status)
			if c.want != nil && !bytes.Equal(body, c.want) {
				t.Errorf("%s: %d bytes", c.value, len(body))
			}
		}
	})
}
