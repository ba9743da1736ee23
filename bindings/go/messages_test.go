package kv_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kv.internal/kv"
)

// hasForm ends the test unless a message has the package's prefix, once, and the error is an *Error
// with an operation.
func hasForm(t *testing.T, err error) *kv.Error {
	t.Helper()
	var detail *kv.Error
	if !errors.As(err, &detail) {
		t.Fatalf("got %T %v", err, err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "kv: "+detail.Op) || strings.Count(text, "kv: ") != 1 {
		t.Fatalf("got %q of %q", text, detail.Op)
	}
	if detail.Op == "" || detail.Message == "" {
		t.Fatalf("got %+v", detail)
	}
	return detail
}

func TestAMessageNamesTheOperationItsKeyAndTheReason(t *testing.T) {
	ctx := t.Context()
	store := openAt(t, "memory:")
	version := must(store.Put(ctx, "users", "ada", []byte("Ada")))(t)
	ok(t, store.SetQuota(ctx, "t", kv.Limits{MaxKeys: 1}))
	errorOf := func(_ any, err error) error { return err }
	commit := func(add func(*kv.Batch)) error {
		var batch kv.Batch
		batch.Get("users", "ada")
		add(&batch)
		return errorOf(store.Commit(ctx, &batch))
	}
	tx := must(store.Begin(ctx))(t)
	defer tx.Rollback()
	long := strings.Repeat("k", 70_000)
	for _, c := range []struct {
		err    error
		status kv.Status
		text   string
	}{
		{errorOf(store.Get(ctx, "users", "bob")), kv.ErrNotFound, `get users/bob: not found`},
		{errorOf(store.Get(ctx, "", "bob")), kv.ErrNotFound, `get bob: not found`},
		{errorOf(store.Get(ctx, "", "")), kv.ErrNotFound, `get "": not found`},
		{errorOf(store.Get(ctx, "users", "")), kv.ErrNotFound, `get users/"": not found`},
		{errorOf(store.Get(ctx, "users", "dark mode")), kv.ErrNotFound, `get users/"dark mode": not found`},
		{errorOf(store.Get(ctx, "a/b", "c/d")), kv.ErrNotFound, `get "a/b"/"c/d": not found`},
		{errorOf(store.Get(ctx, "users", "user:")), kv.ErrNotFound, `get users/"user:": not found`},
		{errorOf(store.Get(ctx, "users", "user:7")), kv.ErrNotFound, `get users/user:7: not found`},
		{errorOf(store.Get(ctx, "users", "käse")), kv.ErrNotFound, `get users/käse: not found`},
		{errorOf(store.Get(ctx, "users", "\xff\x00")), kv.ErrNotFound, `get users/"\xff\x00": not found`},
		{errorOf(store.Get(ctx, "users", strings.Repeat("é", 40))), kv.ErrNotFound,
			`get users/"` + strings.Repeat("é", 32) + `"... (80 bytes): not found`},
		{errorOf(store.Get(ctx, "users", strings.Repeat("é", 31)+"xéé")), kv.ErrNotFound,
			`get users/"` + strings.Repeat("é", 31) + `x"... (67 bytes): not found`},
		{errorOf(store.GetBatch(ctx, "users", []string{"ada", long, "bob"})), kv.ErrTooLarge,
			`get batch users/"` + long[:64] + `"... (70000 bytes): key of 70000 bytes is over the limit of 65535 bytes`},
		{errorOf(store.Take(ctx, "users", "bob")), kv.ErrNotFound, `take users/bob: not found`},
		{errorOf(tx.Get("users", "bob")), kv.ErrNotFound, `get users/bob: not found`},
		{store.SetTTL(ctx, "users", "bob", nil, -1), kv.ErrArgument, `set ttl users/bob: ttl of -2 ms is negative; for ever is 0 or -1`},
		{errorOf(store.Increment(ctx, "users", "ada", 1, 0)), kv.ErrNotInteger,
			`increment users/ada: value "Ada" is not a 64-bit decimal integer`},
		{errorOf(tx.Increment("users", "ada", 1, 0)), kv.ErrNotInteger,
			`increment users/ada: value "Ada" is not a 64-bit decimal integer`},
		{errorOf(store.Put(ctx, "users", "ada", nil, kv.IfVersion(version), kv.IfAbsent())), kv.ErrArgument,
			`put users/ada: more than one condition is given`},
		{errorOf(store.Put(ctx, "users", "bob", nil, kv.IfPresent())), kv.ErrConflict,
			`put users/bob: a condition does not hold: the key is absent`},
		{store.DeleteVersion(ctx, "users", "ada", version+1), kv.ErrConflict, `delete version users/ada: a condition does not hold`},
		{last(store.Scan(ctx, "users", kv.Prefix("a"), kv.Glob("*"))), kv.ErrArgument,
			`scan users: more than one prefix or glob is given`},
		{errorOf(store.Render(ctx, "users", "{{ eve }}")), kv.ErrArgument, `render users: key "eve" is absent: line 1: undefined value`},
		{errorOf(store.Lock(ctx, "job", 0)), kv.ErrArgument, `lock job: a lease of 0 ms; it is at least 1 ms`},
		{errorOf(store.LockHolder(ctx, "job")), kv.ErrNotFound, `lock holder job: not found`},
		{errorOf(store.IdempotencyGet(ctx, "pay 1")), kv.ErrNotFound, `idempotency get "pay 1": not found`},
		{store.SetQuota(ctx, "t", kv.Limits{MaxKeys: -1}), kv.ErrArgument, `set quota t: max_keys of -1 is negative`},
		{errorOf(kv.Open(ctx, "memory:?colour=blue")), kv.ErrArgument, `open: unknown option "colour"; 'kv options' lists the options`},
		{errorOf(kv.Open(ctx, "a\x00b")), kv.ErrArgument, `open: a path, location or name contains a NUL byte`},
		{store.Backup(ctx, "x.db", nil), kv.ErrUnsupported, `backup: a store in memory has no file to back up`},
		{store.View(ctx, "users", "ada", nil), kv.ErrArgument, `view users/ada: the function is nil`},
		{store.Update(ctx, nil), kv.ErrArgument, `update: the function is nil`},
		{errorOf(store.OnChange(nil)), kv.ErrArgument, `on change: the callback is nil`},
		{errorOf(store.Commit(ctx, nil)), kv.ErrArgument, `commit: the batch is nil`},
		{errorOf(store.Copy(ctx, nil)), kv.ErrArgument, `copy: the target was not opened; kv.Open returns one that is`},
		{commit(func(b *kv.Batch) { b.Increment("users", "ada", 1, 0) }), kv.ErrNotInteger,
			`commit: step 1 (users/ada): value "Ada" is not a 64-bit decimal integer`},
		{commit(func(b *kv.Batch) { b.Set("", long, nil) }), kv.ErrTooLarge,
			`commit: step 1 ("` + long[:64] + `"... (70000 bytes)): key of 70000 bytes is over the limit of 65535 bytes`},
		{commit(func(b *kv.Batch) {
			b.Set("users", "bob", nil, kv.WithDurability(kv.DurabilityFull))
			b.Get("users", long)
		}), kv.ErrTooLarge, `commit: key of 70000 bytes is over the limit of 65535 bytes`},
		{commit(func(b *kv.Batch) { b.Set("users", "bob", nil, kv.KeepExpiry(), kv.ExpireAfter(1)) }), kv.ErrArgument,
			`commit: step 1 (users/bob): more than one expiry is given`},
		{commit(func(b *kv.Batch) { b.Check("users", "bob", 7) }), kv.ErrConflict,
			`commit: step 1 (users/bob): a condition does not hold: the key is absent`},
		{commit(func(b *kv.Batch) { b.CheckLock(nil) }), kv.ErrArgument,
			`commit: step 1 (kv.lock/""): the lock was not acquired; Store.Lock and Store.TryLock return one that was`},
		{store.SetBatch(ctx, "users", map[string][]byte{"bob": nil}, kv.IfPresent()), kv.ErrConflict,
			`set batch: step 0 (users/bob): a condition does not hold: the key is absent`},
		{store.SetBatch(ctx, "t:g", map[string][]byte{"1": nil, "2": nil}), kv.ErrQuotaExceeded,
			`set batch t:g: namespace "t" is over its quota of 1 keys`},
	} {
		is(t, c.err, c.status)
		equal(t, hasForm(t, c.err).Status, c.status)
		equal(t, c.err.Error(), "kv: "+c.text)
	}
}

func TestAnErrorHasTheNamesOfItsCall(t *testing.T) {
	store := openAt(t, "memory:")
	key := strings.Repeat("k", 1000)
	_, err := store.Get(t.Context(), "users", key)
	detail := hasForm(t, err)
	equal(t, detail.Op+" "+detail.Group, "get users")
	equal(t, detail.Key, key)
	equal(t, detail.Step, -1)
	var batch kv.Batch
	batch.Get("users", "ada")
	batch.Set("users", "bob", nil, kv.IfPresent())
	_, err = store.Commit(t.Context(), &batch)
	detail = hasForm(t, err)
	equal(t, detail.Group+" "+detail.Key, "users bob")
	equal(t, detail.Step, 1)
	var conflict *kv.ConflictError
	equal(t, errors.As(err, &conflict), true)
	equal(t, conflict.Group+" "+conflict.Key, "users bob")
	equal(t, errors.Is(err, kv.ErrNotFound), false)
}

func TestEveryErrorOfAStoreHasTheForm(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	closed := openAt(t, "memory:")
	ok(t, closed.Close())
	for name, call := range calls(t) {
		t.Run(name, func(t *testing.T) {
			open := openAt(t, "memory:")
			for _, c := range []struct {
				ctx    context.Context
				store  *kv.Store
				status kv.Status
				says   string
			}{
				{t.Context(), closed, kv.ErrClosed, "the store is closed"},
				{t.Context(), nil, kv.ErrClosed, "kv.Open returns one"},
				{t.Context(), new(kv.Store), kv.ErrClosed, "kv.Open returns one"},
				{ended, open, kv.ErrCancelled, "context canceled"},
				{nil, open, kv.ErrArgument, "the context is nil"},
				{nil, nil, kv.ErrArgument, "the context is nil"},
			} {
				err := call(c.ctx, c.store)
				is(t, err, c.status)
				detail := hasForm(t, err)
				if !strings.Contains(detail.Message, c.says) {
					t.Fatalf("got %v, want %s", err, c.says)
				}
			}
		})
	}
}

func TestErrorsAreThoseOfTheStandardLibraryThatMeanTheSame(t *testing.T) {
	store := openAt(t, "memory:")
	passed, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, ended := store.Get(passed, "g", "k")
	_, missing := kv.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "store.db"))
	_, config := kv.OpenConfig(t.Context(), filepath.Join(t.TempDir(), "missing.yaml"), "cache")
	denied := &kv.Error{Op: "open", Status: kv.ErrPermission, Errno: syscall.EACCES}
	refused := &kv.Error{Op: "open", Status: kv.ErrPermission}
	unsupported := store.Backup(t.Context(), "x.db", nil)
	argument := store.SetTTL(t.Context(), "g", "k", nil, -1)
	_, absent := store.Get(t.Context(), "g", "k")
	closed := new(kv.Store).Close()
	for _, c := range []struct {
		err, kind error
		is        bool
	}{
		{ended, context.DeadlineExceeded, true},
		{ended, kv.ErrDeadline, true},
		{ended, context.Canceled, false},
		{missing, fs.ErrNotExist, true},
		{missing, syscall.ENOENT, true},
		{config, fs.ErrNotExist, true},
		{absent, fs.ErrNotExist, false},
		{denied, fs.ErrPermission, true},
		{denied, syscall.EACCES, true},
		{refused, fs.ErrPermission, true},
		{unsupported, errors.ErrUnsupported, true},
		{argument, fs.ErrInvalid, true},
		{closed, fs.ErrClosed, true},
		{absent, fs.ErrClosed, false},
		{errors.Join(errors.New("other"), absent), kv.ErrNotFound, true},
	} {
		if errors.Is(c.err, c.kind) != c.is {
			t.Errorf("%v is %v: %t", c.err, c.kind, !c.is)
		}
	}
}

func TestNoMessageHasThePasswordOfALocation(t *testing.T) {
	for _, location := range []string{
		"redis://user:hush@127.0.0.1:1", "redis://:hush@127.0.0.1:1?prefix=a", "redis://user:hush@127.0.0.1:port", "redis://user:hush@\x00",
	} {
		_, err := kv.Open(t.Context(), location)
		if text := hasForm(t, err).Error(); strings.Contains(text, "hush") {
			t.Errorf("got %s", text)
		}
	}
}

// A codec's error and that of a hook stay what they are; the first has the form of the package's.
func TestAValueThatCannotBeCodedIsNamed(t *testing.T) {
	store := openAt(t, "memory:")
	ok(t, store.Set(t.Context(), "sessions", "s 1", []byte("{")))
	_, err := kv.NewTyped[session](store, "sessions").Get(t.Context(), "s 1")
	equal(t, err.Error(), `kv: decode sessions/"s 1": unexpected EOF`)
	err = kv.NewTyped[func()](store, "sessions").Set(t.Context(), "s2", func() {})
	equal(t, err.Error(), `kv: encode sessions/s2: json: unsupported type: func()`)
}
