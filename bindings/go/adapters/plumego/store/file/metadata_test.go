package file_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/file"
)

// metadataErrors returns what each call returns.
func metadataErrors(ctx context.Context, records file.MetadataManager) map[string]error {
	found := map[string]error{}
	found["Save"] = records.Save(ctx, &file.File{ID: "1", Path: "a"})
	_, found["Get"] = records.Get(ctx, "1")
	_, found["GetByPath"] = records.GetByPath(ctx, "a")
	_, found["GetByHash"] = records.GetByHash(ctx, "h")
	_, _, found["List"] = records.List(ctx, file.Query{})
	found["UpdateAccessTime"] = records.UpdateAccessTime(ctx, "1")
	found["Delete"] = records.Delete(ctx, "1")
	return found
}

func eachMetadata(t *testing.T, test func(t *testing.T, store *kv.Store, records *file.GroupMetadata)) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) { test(t, store, file.NewGroupMetadata(store, group)) })
}

func TestARecordIsFoundByItsIDItsPathAndItsHash(t *testing.T) {
	eachMetadata(t, func(t *testing.T, store *kv.Store, records *file.GroupMetadata) {
		ctx, at := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
		saved := &file.File{ID: "1", Path: "/srv/a", Hash: "h/1", Name: "A", Size: 7, CreatedAt: at,
			Metadata: map[string]any{"n": 1.5, "deep": map[string]any{"x": []any{"y"}}}}
		ok(t, records.Save(ctx, saved))
		saved.Metadata["n"] = 2
		for _, find := range []func() (*file.File, error){
			func() (*file.File, error) { return records.Get(ctx, "1") },
			func() (*file.File, error) { return records.GetByPath(ctx, "/srv/a") },
			func() (*file.File, error) { return records.GetByHash(ctx, "h/1") },
		} {
			found := must(find())(t)
			equal(t, fmt.Sprintf("%+v", *found), fmt.Sprintf("%+v", file.File{ID: "1", Path: "/srv/a", Hash: "h/1", Name: "A",
				Size: 7, CreatedAt: at, Metadata: map[string]any{"n": 1.5, "deep": map[string]any{"x": []any{"y"}}}}))
		}
		_, err := records.Get(ctx, "2")
		is(t, err, file.ErrNotFound)
		_, err = records.GetByPath(ctx, "/srv")
		is(t, err, file.ErrNotFound)
		for _, hash := range []string{"", "h", "h/", "h/2"} {
			if found, err := records.GetByHash(ctx, hash); found != nil || err != nil {
				t.Errorf("%q: %v, %v", hash, found, err)
			}
		}
	})
}

func TestASaveOverARecordLeavesNothingOfIt(t *testing.T) {
	eachMetadata(t, func(t *testing.T, store *kv.Store, records *file.GroupMetadata) {
		ctx := t.Context()
		ok(t, records.Save(ctx, &file.File{ID: "1", Path: "a", Hash: "h"}))
		ok(t, records.Save(ctx, &file.File{ID: "2", Path: "b", Hash: "h"}))
		is(t, records.Save(ctx, &file.File{ID: "3", Path: "a"}), file.ErrAlreadyExists)
		is(t, records.Save(ctx, &file.File{ID: "1", Path: "b"}), file.ErrAlreadyExists)
		ok(t, records.Save(ctx, &file.File{ID: "1", Path: "c", Hash: "i"}))
		_, err := records.GetByPath(ctx, "a")
		is(t, err, file.ErrNotFound)
		equal(t, must(records.GetByHash(ctx, "i"))(t).Path, "c")
		equal(t, must(records.GetByHash(ctx, "h"))(t).ID, "2")
		equal(t, stored(t, store, ""), 6)
		ok(t, records.Save(ctx, &file.File{ID: "3", Path: "a"}))
		for _, id := range []string{"1", "2", "3"} {
			ok(t, records.Delete(ctx, id))
			is(t, records.Delete(ctx, id), file.ErrNotFound)
			is(t, records.UpdateAccessTime(ctx, id), file.ErrNotFound)
		}
		equal(t, stored(t, store, ""), 0)
		for _, none := range []*file.File{nil, {Path: "a"}} {
			is(t, records.Save(ctx, none), kv.ErrArgument)
		}
		for _, path := range []string{"", strings.Repeat("a", 4097)} {
			is(t, records.Save(ctx, &file.File{ID: "1", Path: path}), file.ErrInvalidPath)
		}
		is(t, records.Save(ctx, &file.File{ID: "1", Path: "a", Metadata: map[string]any{"x": func() {}}}), file.ErrUnsupportedFormat)
		equal(t, stored(t, store, ""), 0)
	})
}

func TestAnAccessChangesTheTimeAndNothingElse(t *testing.T) {
	eachMetadata(t, func(t *testing.T, store *kv.Store, records *file.GroupMetadata) {
		before := time.Now().Add(-time.Second)
		ok(t, records.Save(t.Context(), &file.File{ID: "1", Path: "a", Name: "A"}))
		ok(t, records.UpdateAccessTime(t.Context(), "1"))
		found := must(records.Get(t.Context(), "1"))(t)
		if found.LastAccessAt == nil || found.LastAccessAt.Before(before) || found.Name != "A" || !found.UpdatedAt.IsZero() {
			t.Errorf("%+v", found)
		}
	})
}

func TestAQuerySelectsOrdersAndPages(t *testing.T) {
	eachMetadata(t, func(t *testing.T, store *kv.Store, records *file.GroupMetadata) {
		day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
		for i, name := range []string{"c", "a", "d", "b", "e"} {
			of := &file.File{ID: name, Name: name, Path: fmt.Sprint("p", i), Size: int64(i % 3), CreatedAt: day(i + 1), MimeType: "x"}
			if i > 2 {
				of.MimeType = "y"
			}
			ok(t, records.Save(t.Context(), of))
		}
		for _, c := range []struct {
			query file.Query
			want  string
			total int64
		}{
			{file.Query{}, "e b d a c", 5},
			{file.Query{OrderBy: "created_at"}, "c a d b e", 5},
			{file.Query{OrderBy: "created_at_desc"}, "e b d a c", 5},
			{file.Query{OrderBy: "name"}, "a b c d e", 5},
			{file.Query{OrderBy: "name_desc"}, "e d c b a", 5},
			{file.Query{OrderBy: "size"}, "c b a e d", 5},
			{file.Query{OrderBy: "size_desc"}, "d a e c b", 5},
			{file.Query{OrderBy: "name; DROP TABLE"}, "e b d a c", 5},
			{file.Query{MimeType: "y", OrderBy: "name"}, "b e", 2},
			{file.Query{StartTime: day(2), EndTime: day(4), OrderBy: "name"}, "a b d", 3},
			{file.Query{StartTime: day(5)}, "e", 1},
			{file.Query{EndTime: day(1)}, "c", 1},
			{file.Query{OrderBy: "name", PageSize: 2}, "a b", 5},
			{file.Query{OrderBy: "name", PageSize: 2, Page: 1}, "a b", 5},
			{file.Query{OrderBy: "name", PageSize: 2, Page: 3}, "e", 5},
			{file.Query{OrderBy: "name", PageSize: 2, Page: 4}, "", 5},
			{file.Query{MimeType: "z"}, "", 0},
		} {
			found, total, err := records.List(t.Context(), c.query)
			ok(t, err)
			var names []string
			for _, of := range found {
				names = append(names, of.Name)
			}
			if got := strings.Join(names, " "); got != c.want || total != c.total {
				t.Errorf("%+v: %s of %d", c.query, got, total)
			}
		}
		for i := range 20 {
			ok(t, records.Save(t.Context(), &file.File{ID: fmt.Sprint(i), Path: fmt.Sprint("q", i)}))
		}
		found, total, err := records.List(t.Context(), file.Query{})
		ok(t, err)
		equal(t, len(found), 20)
		equal(t, total, 25)
		for _, query := range []file.Query{{Page: -1}, {PageSize: -1}} {
			_, _, err := records.List(t.Context(), query)
			is(t, err, file.ErrInvalidSize)
		}
	})
}

func TestTheMetadataOfAStorageAreThoseOfItsFiles(t *testing.T) {
	each(t, file.Config{TTL: time.Hour}, func(t *testing.T, store *kv.Store, files *file.GroupStorage) {
		ctx, content, records := t.Context(), noise(pieceLen, 1), files.Metadata()
		of := put(t, files, content)
		equal(t, fmt.Sprintf("%+v", *must(records.Get(ctx, of.ID))(t)), fmt.Sprintf("%+v", *of))
		equal(t, must(records.GetByHash(ctx, of.Hash))(t).ID, of.ID)
		changed := of.Clone()
		changed.Name, changed.MimeType, changed.Metadata = "new", "text/plain", map[string]any{"by": "ada"}
		changed.Size, changed.Hash = 1, "other"
		ok(t, records.Save(ctx, changed))
		ok(t, records.UpdateAccessTime(ctx, of.ID))
		got := must(records.GetByPath(ctx, of.Path))(t)
		equal(t, fmt.Sprint(got.Name, got.MimeType, got.Metadata, got.Size, got.Hash),
			fmt.Sprint("new", "text/plain", changed.Metadata, of.Size, of.Hash))
		left, expires, err := store.TTL(ctx, group, "path/"+of.Path)
		ok(t, err)
		equal(t, expires && left > 59*time.Minute, true)
		holds(t, files, of.Path, content)
		is(t, records.Save(ctx, &file.File{ID: "new", Path: "new"}), file.ErrNotFound)
		is(t, records.Delete(ctx, "new"), file.ErrNotFound)
		other := put(t, files, content)
		ok(t, records.Delete(ctx, of.ID))
		holds(t, files, other.Path, content)
		ok(t, records.Delete(ctx, other.ID))
		isEmpty(t, store)
	})
}
