package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/file"
)

func TestAFileThatWasPutIsThere(t *testing.T) {
	path := regexp.MustCompile(`^\d{4}/\d\d/\d\d/[0-9a-f]{32}\.bin$`)
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		for _, size := range []int{0, 1, pieceLen, 4 * pieceLen} {
			content := noise(size, 1)
			before := time.Now().Add(-time.Second)
			of := put(t, files, content, func(o *file.PutOptions) {
				o.Size = int64(size)
				o.Metadata = map[string]any{"by": "ada", "tags": []string{"x"}}
			})
			if !path.MatchString(of.Path) || !strings.Contains(of.Path, of.ID) || of.CreatedAt.Before(before) {
				t.Errorf("%+v", of)
			}
			equal(t, of.Size, int64(size))
			equal(t, of.Hash, hashOf(content))
			equal(t, fmt.Sprint(of.Name, of.Extension, of.MimeType, of.StorageType), "a.bin.bin"+of.MimeType+"kv")
			equal(t, fmt.Sprint(of.Metadata), "map[by:ada tags:[x]]")
			holds(t, files, of.Path, content)
			equal(t, must(files.Exists(t.Context(), of.Path))(t), true)
			want := file.FileStat{Path: of.Path, Size: int64(size), ModifiedTime: of.CreatedAt, ContentType: of.MimeType}
			equal(t, *must(files.Stat(t.Context(), of.Path))(t), want)
			ok(t, files.Delete(t.Context(), of.Path))
			isEmpty(t, store)
		}
	})
}

func TestTheTypeAndTheExtensionAreTakenFromWhatIsGiven(t *testing.T) {
	files := must(file.NewGroupStorage(enginetest.Open(t, "memory:"), group, file.Config{}))(t)
	for _, c := range [][4]string{
		{"photo.JPG", "", ".jpg", "image/jpeg"},
		{"photo", "image/jpeg", ".jpg", "image/jpeg"},
		{"note.txt", "text/plain; charset=latin1", ".txt", "text/plain; charset=latin1"},
		{"../../etc/passwd", "", "", "application/octet-stream"},
		{"a./b", "text/csv", ".csv", "text/csv"},
		{"a.b c", "", "", "application/octet-stream"},
		{"", "unknown", "", "unknown"},
		{"x." + strings.Repeat("y", 40), "", "", "application/octet-stream"},
	} {
		of := must(files.Put(t.Context(), file.PutOptions{Reader: strings.NewReader(""), FileName: c[0], ContentType: c[1]}))(t)
		equal(t, of.Name, c[0])
		equal(t, of.Extension, c[2])
		equal(t, of.MimeType, c[3])
		equal(t, strings.HasSuffix(of.Path, of.ID+c[2]), true)
	}
}

func TestAReaderReadsOnWhenItsFileIsGone(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		content := noise(3*pieceLen, 1)
		for _, remove := range []func(path string) error{
			func(path string) error { return files.Delete(t.Context(), path) },
			func(path string) error { return files.Copy(t.Context(), put(t, files, nil).Path, path) },
		} {
			of := put(t, files, content)
			reader := must(files.Get(t.Context(), of.Path))(t)
			ok(t, remove(of.Path))
			got := must(io.ReadAll(reader))(t)
			equal(t, bytes.Equal(got, content), true)
			ok(t, reader.Close())
		}
	})
}

func TestHTTPServesAFileInRanges(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		content := noise(2*pieceLen, 1)
		of := put(t, files, content)
		reader := must(files.Get(t.Context(), of.Path))(t)
		defer reader.Close()
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set("Range", "bytes=299990-300009")
		response := httptest.NewRecorder()
		http.ServeContent(response, request, of.Name, of.UpdatedAt, reader.(io.ReadSeeker))
		equal(t, response.Code, http.StatusPartialContent)
		equal(t, bytes.Equal(response.Body.Bytes(), content[299_990:300_010]), true)
	})
}

func TestAListIsInTheOrderOfThePaths(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		source := put(t, files, []byte("x"))
		paths := []string{"b/1", "b/10", "b/2", "a", "b", "c/d/e", "é"}
		for _, path := range paths {
			ok(t, files.Copy(t.Context(), source.Path, path))
		}
		ok(t, files.Delete(t.Context(), source.Path))
		for _, c := range []struct {
			prefix string
			limit  int
			want   string
		}{
			{"", 0, "a b b/1 b/10 b/2 c/d/e é"},
			{"", 3, "a b b/1"},
			{"", 100, "a b b/1 b/10 b/2 c/d/e é"},
			{"b/", 0, "b/1 b/10 b/2"},
			{"b/1", 0, "b/1 b/10"},
			{"b/1", 1, "b/1"},
			{"c/d/", 0, "c/d/e"},
			{"x", 0, ""},
		} {
			var got []string
			for _, stat := range must(files.List(t.Context(), c.prefix, c.limit))(t) {
				got = append(got, stat.Path)
				equal(t, stat.Size, 1)
				equal(t, stat.IsDir, false)
			}
			equal(t, strings.Join(got, " "), c.want)
		}
	})
}

func TestTenantsShareNothing(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		content := noise(pieceLen, 1)
		ada := must(file.NewTenantStorage(store, "ada", file.Config{}))(t)
		bob := must(file.NewTenantStorage(store, "bob", file.Config{}))(t)
		of := put(t, ada, content)
		equal(t, strings.HasPrefix(of.Path, "ada/"), true)
		_, err := bob.Get(t.Context(), of.Path)
		is(t, err, file.ErrNotFound)
		is(t, bob.Delete(t.Context(), of.Path), file.ErrNotFound)
		is(t, bob.Copy(t.Context(), of.Path, "mine"), file.ErrNotFound)
		equal(t, len(must(bob.List(t.Context(), "", 0))(t)), 0)
		put(t, bob, content)
		var contents []string
		for _, tenant := range []string{"ada:files", "bob:files"} {
			contents = append(contents, must(store.Keys(t.Context(), tenant, kv.Prefix("data/")))(t)...)
		}
		equal(t, len(contents), 2)
		for range 2 {
			ok(t, ada.Close())
		}
		_, err = ada.Put(t.Context(), file.PutOptions{Reader: bytes.NewReader(content)})
		is(t, err, file.ErrStorageUnavailable)
		holds(t, bob, must(bob.List(t.Context(), "", 0))(t)[0].Path, content)
		ok(t, bob.Close())
		for _, name := range []string{"", "a/b", "a:b", strings.Repeat("a", 256)} {
			_, err := file.NewTenantStorage(store, name, file.Config{})
			is(t, err, kv.ErrArgument)
		}
	})
}

func TestAQuotaIsThatOfATenant(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetQuota(t.Context(), "ada", kv.Limits{MaxBytes: 3 * pieceLen}))
		ada := must(file.NewTenantStorage(store, "ada", file.Config{}))(t)
		defer ada.Close()
		left := func() int { return int(must(store.CountAll(t.Context(), "ada:"))(t)) }
		_, err := ada.Put(t.Context(), file.PutOptions{Reader: bytes.NewReader(noise(4*pieceLen, 1))})
		is(t, err, kv.ErrQuotaExceeded)
		equal(t, left(), 0)
		// A content that is there already needs room only while it is put.
		content := noise(pieceLen, 1)
		for range 5 {
			put(t, ada, content)
		}
		usage := must(store.Quota(t.Context(), "ada"))(t)
		if usage.Bytes < pieceLen || usage.Bytes > pieceLen+20_000 {
			t.Errorf("%+v", usage)
		}
		// The content has room, and the rest of the file has none.
		keys := int64(left())
		ok(t, store.SetQuota(t.Context(), "ada", kv.Limits{MaxKeys: keys + 1}))
		_, err = ada.Put(t.Context(), file.PutOptions{Reader: bytes.NewReader(noise(pieceLen, 2))})
		is(t, err, kv.ErrQuotaExceeded)
		equal(t, int64(left()), keys)
		bob := must(file.NewTenantStorage(store, "bob", file.Config{}))(t)
		defer bob.Close()
		put(t, bob, noise(4*pieceLen, 1))
	})
}

func TestTheDurabilityIsThatOfTheConfig(t *testing.T) {
	config := file.Config{Durability: kv.DurabilityFull}
	each(t, config, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		_, err := files.Put(t.Context(), file.PutOptions{Reader: strings.NewReader("x")})
		if errors.Is(err, kv.ErrUnsupported) && strings.HasSuffix(t.Name(), "redis") {
			is(t, err, file.ErrStorageUnavailable)
			isEmpty(t, store)
			return
		}
		ok(t, err)
	})
}

// A content that is no file yet has a ttl from its first moment on.
func TestAContentThatNothingRefersToExpires(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		var ttls []time.Duration
		stop := must(store.OnChange(func(event kv.Event) {
			if strings.HasPrefix(event.Key, "data/") && event.Size > 0 {
				left, _, err := store.TTL(t.Context(), group, event.Key)
				if err != nil {
					t.Error(err)
				}
				ttls = append(ttls, left)
			}
		}))(t)
		defer stop()
		of := put(t, files, noise(pieceLen, 1))
		equal(t, len(ttls), 1)
		if ttls[0] <= 0 || ttls[0] > 10*time.Minute {
			t.Errorf("it lives for %v", ttls[0])
		}
		for _, key := range must(store.Keys(t.Context(), group))(t) {
			_, expires, err := store.TTL(t.Context(), group, key)
			ok(t, err)
			equal(t, expires, false)
		}
		holds(t, files, of.Path, noise(pieceLen, 1))
		kinds := map[string]int{}
		for _, key := range must(store.Keys(t.Context(), group))(t) {
			kind, _, _ := strings.Cut(key, "/")
			kinds[kind]++
		}
		equal(t, fmt.Sprint(kinds), "map[data:1 hash:1 id:1 path:1 ref:1]")
	})
}
