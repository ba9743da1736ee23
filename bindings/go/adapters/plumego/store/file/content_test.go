package file_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/plumego/store/file"
)

func TestEqualContentsAreStoredOnceUntilTheLastFileIsDeleted(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		same, other := noise(2*pieceLen, 1), noise(2*pieceLen, 2)
		var paths []string
		for i := range 3 {
			paths = append(paths, put(t, files, same).Path)
			equal(t, stored(t, store, "data/"), 1)
			equal(t, stored(t, store, "ref/"+hashOf(same)+"/"), i+1)
		}
		single := put(t, files, other).Path
		equal(t, stored(t, store, "data/"), 2)
		for i, path := range paths {
			holds(t, files, path, same)
			ok(t, files.Delete(t.Context(), path))
			is(t, files.Delete(t.Context(), path), file.ErrNotFound)
			_, err := files.Get(t.Context(), path)
			is(t, err, file.ErrNotFound)
			equal(t, stored(t, store, "ref/"+hashOf(same)+"/"), 2-i)
		}
		equal(t, stored(t, store, "data/"), 1)
		holds(t, files, single, other)
		ok(t, files.Delete(t.Context(), single))
		isEmpty(t, store)
		// A content that was gone is stored again.
		holds(t, files, put(t, files, same).Path, same)
	})
}

func TestACopyRefersToTheSameContent(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		ctx, first, second := t.Context(), noise(pieceLen, 1), noise(pieceLen, 2)
		a, b := put(t, files, first), put(t, files, second)
		ok(t, files.Copy(ctx, a.Path, "copy"))
		equal(t, stored(t, store, "data/"), 2)
		equal(t, stored(t, store, "ref/"), 3)
		holds(t, files, "copy", first)
		copied := must(files.Metadata().GetByPath(ctx, "copy"))(t)
		if copied.ID == a.ID || copied.Hash != a.Hash || copied.Size != a.Size || copied.Name != a.Name {
			t.Errorf("%+v of %+v", copied, a)
		}
		// Over another content, over the same, and over itself.
		ok(t, files.Copy(ctx, "copy", b.Path))
		holds(t, files, b.Path, first)
		equal(t, stored(t, store, "data/"), 1)
		ok(t, files.Copy(ctx, "copy", b.Path))
		ok(t, files.Copy(ctx, "copy", "copy"))
		equal(t, stored(t, store, "ref/"), 3)
		equal(t, stored(t, store, "id/"), 3)
		is(t, files.Copy(ctx, "missing", b.Path), file.ErrNotFound)
		is(t, files.Copy(ctx, "missing", "missing"), file.ErrNotFound)
		holds(t, files, b.Path, first)
		for _, path := range []string{a.Path, "copy", b.Path} {
			holds(t, files, path, first)
			ok(t, files.Delete(ctx, path))
		}
		isEmpty(t, store)
	})
}

func TestAFileExpiresAndItsContentWithTheLast(t *testing.T) {
	each(t, file.Config{TTL: time.Hour}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		ctx, content := t.Context(), noise(pieceLen, 1)
		long := put(t, files, content)
		short := put(t, files, content, forTTL(300*time.Millisecond))
		ok(t, files.Copy(ctx, short.Path, "copy"))
		holds(t, files, short.Path, content)
		for begun := time.Now(); must(files.Exists(ctx, short.Path))(t); time.Sleep(time.Millisecond) {
			if time.Since(begun) > 10*time.Second {
				t.Fatal("it stays")
			}
		}
		_, err := files.Stat(ctx, short.Path)
		is(t, err, file.ErrNotFound)
		_, err = files.Metadata().Get(ctx, short.ID)
		is(t, err, file.ErrNotFound)
		for range 100 {
			if !must(files.Exists(ctx, "copy"))(t) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		equal(t, len(must(files.List(ctx, "", 0))(t)), 1)
		holds(t, files, long.Path, content)
		ok(t, files.Delete(ctx, long.Path))
		isEmpty(t, store)
	})
}

func TestAContentLivesAsLongAsItsLongestFile(t *testing.T) {
	lifeOf := func(t *testing.T, store *kv.Store) time.Duration {
		keys := must(store.Keys(t.Context(), group, kv.Prefix("data/")))(t)
		equal(t, len(keys), 1)
		left, _, err := store.TTL(t.Context(), group, keys[0])
		ok(t, err)
		return left.Round(time.Minute)
	}
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		ctx, content := t.Context(), noise(pieceLen, 1)
		put(t, files, content, forTTL(time.Hour))
		equal(t, lifeOf(t, store), time.Hour)
		longer := put(t, files, content, forTTL(3*time.Hour))
		equal(t, lifeOf(t, store), 3*time.Hour)
		put(t, files, content, forTTL(2*time.Hour))
		equal(t, lifeOf(t, store), 3*time.Hour)
		forEver := put(t, files, content)
		equal(t, lifeOf(t, store), 0)
		ok(t, files.Delete(ctx, longer.Path))
		equal(t, lifeOf(t, store), 0)
		// Only those are left that expire.
		ok(t, files.Delete(ctx, forEver.Path))
		equal(t, lifeOf(t, store), 2*time.Hour)
		again := put(t, files, content)
		equal(t, lifeOf(t, store), 0)
		holds(t, files, again.Path, content)
	})
}

func TestManyPutAndDeleteEqualContentsAtOnce(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		const goroutines = 8
		content := noise(pieceLen, 1)
		paths := make([]string, goroutines)
		together := func(run func(i int) error) {
			var all sync.WaitGroup
			for i := range goroutines {
				all.Add(1)
				go func() {
					defer all.Done()
					if err := run(i); err != nil {
						t.Error(err)
					}
				}()
			}
			all.Wait()
		}
		together(func(i int) error {
			of, err := files.Put(context.Background(), file.PutOptions{Reader: bytes.NewReader(content)})
			if err == nil {
				paths[i] = of.Path
			}
			return err
		})
		equal(t, stored(t, store, "data/"), 1)
		equal(t, stored(t, store, "ref/"), goroutines)
		for _, path := range paths {
			holds(t, files, path, content)
		}
		together(func(i int) error { return files.Delete(context.Background(), paths[i]) })
		isEmpty(t, store)
	})
}

// After any changes at once each file has its content, and each content a file.
func TestFilesAndContentsFitTogetherAfterAnyChanges(t *testing.T) {
	each(t, file.Config{}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		var all sync.WaitGroup
		for worker := range 4 {
			all.Add(1)
			go func() {
				defer all.Done()
				random := rand.New(rand.NewPCG(uint64(worker), 1))
				for range 25 {
					ctx, slot := context.Background(), fmt.Sprint("slot", random.IntN(4))
					switch random.IntN(4) {
					case 0, 1:
						seed := byte(random.IntN(3))
						of, err := files.Put(ctx, file.PutOptions{
							Reader: bytes.NewReader(noise(1000, seed)), TTL: time.Duration(random.IntN(2)) * time.Hour,
						})
						if err == nil {
							err = files.Copy(ctx, of.Path, slot)
						}
						if err == nil {
							err = files.Delete(ctx, of.Path)
						}
						if err != nil {
							t.Error(err)
						}
					case 2:
						files.Copy(ctx, slot, fmt.Sprint("slot", random.IntN(4)))
					default:
						files.Delete(ctx, slot)
					}
				}
			}()
		}
		all.Wait()
		hashes := map[string]bool{}
		listed := must(files.List(t.Context(), "", 0))(t)
		for _, stat := range listed {
			of := must(files.Metadata().GetByPath(t.Context(), stat.Path))(t)
			content := must(files.Get(t.Context(), stat.Path))(t)
			equal(t, hashOf(must(io.ReadAll(content))(t)), of.Hash)
			content.Close()
			hashes[of.Hash] = true
			_, fileExpires, err := store.TTL(t.Context(), group, "path/"+stat.Path)
			ok(t, err)
			_, expires, err := store.TTL(t.Context(), group, "hash/"+of.Hash)
			ok(t, err)
			if expires && !fileExpires {
				t.Errorf("%s lives longer than its content", stat.Path)
			}
		}
		equal(t, stored(t, store, "ref/"), len(listed))
		equal(t, stored(t, store, "id/"), len(listed))
		equal(t, stored(t, store, "hash/"), len(hashes))
		equal(t, stored(t, store, "data/"), len(hashes))
	})
}
