package kv

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"kv.internal/kv/internal/capi"
)

// Tx is a transaction: reads and writes that see each other, and that no other reader sees before
// the commit. It holds no lock, so one that is abandoned blocks no other. It belongs to one
// goroutine at a time. Its operations check the context with which it was begun. After its end,
// or that of its store, they are [ErrClosed], as are those of a nil or zero Tx.
type Tx struct {
	_     noCopy
	ctx   context.Context
	store *Store
	in    entered
	raw   capi.Transaction
	// Whether it was committed or rolled back.
	isEnded bool
	cleanup runtime.Cleanup
}

// defaultTries is how often an update is tried at most unless [Tries] says otherwise.
const defaultTries = 16

// UpdateOption changes how [Store.Update] tries.
type UpdateOption struct{ tries int }

// Tries is how often an update is tried at most, at least once; without it 16 times.
func Tries(tries int) UpdateOption { return UpdateOption{max(tries, 1)} }

// Update calls a function with a transaction and commits it. If something that was read has changed
// meanwhile, nothing is written, and the function is called again with a new transaction, after a
// short and random wait, up to 16 times in all; then the error is [ErrConflict]. So the function
// must do nothing that may not be done twice. Its error, or panic, ends the transaction with
// nothing written and is Update's, an ErrConflict of its own, too. A function that commits or rolls
// back the transaction itself is not called again.
//
//	err := store.Update(ctx, func(tx *kv.Tx) error {
//		balance, err := tx.Get("accounts", "ada")
//		...
//		return tx.Set("accounts", "ada", spend(balance))
//	})
func (s *Store) Update(ctx context.Context, change func(tx *Tx) error, options ...UpdateOption) error {
	op := plainOp("update")
	if change == nil {
		return op.argument("the function is nil")
	}
	tries := defaultTries
	for _, option := range options {
		if option.tries != 0 {
			tries = option.tries
		}
	}
	for try := 1; ; try++ {
		err := s.try(ctx, change)
		if err != errRepeat {
			return err
		}
		if try == tries {
			return op.failed(ErrConflict, fmt.Sprintf("others were first, %d times of %d", try, tries))
		}
		if err := pause(ctx, op, try); err != nil {
			return err
		}
	}
}

// errRepeat is a commit that was refused because another was first.
var errRepeat = errors.New("repeat")

func (s *Store) try(ctx context.Context, change func(tx *Tx) error) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := change(tx); err != nil || tx.isEnded {
		return err
	}
	if err := tx.Commit(); !errors.Is(err, ErrConflict) {
		return err
	}
	return errRepeat
}

// pause waits before the next try: longer each time, and each goroutine for another time, or
// goroutines that have met would meet again.
func pause(ctx context.Context, op operation, try int) error {
	const first, longest = 50 * time.Microsecond, 10 * time.Millisecond
	timer := time.NewTimer(rand.N(min(first<<min(try, 10), longest)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return op.ended(ctx.Err())
	}
}

// Begin begins a transaction, for [Tx.Commit] or [Tx.Rollback] to end. [Store.Update] does both and
// tries again.
func (s *Store) Begin(ctx context.Context) (*Tx, error) {
	op := plainOp("begin")
	in, err := s.enterUntraced(ctx, op)
	if err != nil {
		return nil, err
	}
	raw, failure := capi.Begin(in.handle)
	runtime.KeepAlive(s)
	if failure != nil {
		in.leave()
		return nil, op.failure(failure)
	}
	tx := &Tx{ctx: ctx, store: s, in: in, raw: raw}
	tx.cleanup = runtime.AddCleanup(tx, func(left leftTx) { left.abort() }, leftTx{raw, in})
	return tx, nil
}

// Get returns the value under a key as the transaction sees it: what it has written itself, else
// what is stored; read again, the same as before. A key that is absent is [ErrNotFound], and that
// is remembered, too.
func (t *Tx) Get(group, key string) ([]byte, error) {
	entry, err := t.GetEntry(group, key)
	return entry.Value, err
}

// GetEntry returns the value under a key with its version and expiry, as [Tx.Get]. Of what the
// transaction has written itself the version is 0.
func (t *Tx) GetEntry(group, key string) (Entry, error) {
	op := keyOp("get", group, key)
	if err := t.begins(op); err != nil {
		return Entry{}, err
	}
	var small [smallValue]byte
	value, status, failure := t.raw.Get(group, key, small[:])
	runtime.KeepAlive(t)
	if err := op.outcome(status, failure); err != nil {
		return Entry{}, err
	}
	return ownedEntry(group, key, &value, small[:]), nil
}

// Exists reports whether a live entry is under a key, as the transaction sees it. It counts as
// reading the key.
func (t *Tx) Exists(group, key string) (bool, error) {
	op := keyOp("exists", group, key)
	if err := t.begins(op); err != nil {
		return false, err
	}
	status, failure := t.raw.Exists(group, key)
	runtime.KeepAlive(t)
	return op.found(status, failure)
}

// TTL returns how long a key has to live, and whether it expires at all, as [Store.TTL]. That of an
// expiry that the transaction has set itself counts from now. It counts as reading the key.
func (t *Tx) TTL(group, key string) (remaining time.Duration, expires bool, err error) {
	op := keyOp("ttl", group, key)
	if err := t.begins(op); err != nil {
		return 0, false, err
	}
	ttl, status, failure := t.raw.TTL(group, key)
	runtime.KeepAlive(t)
	return remainder(ttl, op.outcome(status, failure))
}

// Set keeps a write for the commit. A condition is looked at now, in the key as the transaction
// sees it; if it does not hold, the write is left out, the error is [ErrConflict], and the
// transaction goes on. A condition and [KeepExpiry] count as reading the key. A durability is one
// of the whole commit.
func (t *Tx) Set(group, key string, value []byte, options ...PutOption) error {
	op := keyOp("set", group, key)
	if err := t.begins(op); err != nil {
		return err
	}
	put, fault := merge(options)
	if fault != "" {
		return op.failed(ErrArgument, fault)
	}
	status, failure := t.raw.Set(group, key, value, put)
	runtime.KeepAlive(t)
	return op.outcome(status, failure)
}

// Delete keeps a delete for the commit. A key that is absent is no error. It counts as reading the
// key.
func (t *Tx) Delete(group, key string) error {
	_, err := t.Deleted(group, key)
	return err
}

// Deleted keeps a delete for the commit and reports whether there is a live entry, as the
// transaction sees it.
func (t *Tx) Deleted(group, key string) (bool, error) {
	op := keyOp("delete", group, key)
	if err := t.begins(op); err != nil {
		return false, err
	}
	status, failure := t.raw.Delete(group, key)
	runtime.KeepAlive(t)
	return op.found(status, failure)
}

// Increment adds to the integer under a key, as the transaction sees it, keeps the sum for the
// commit and returns it; its ttl is that of [Store.Increment]. A value that is not an integer, and
// a sum that is none of 64 bits, is [ErrNotInteger]; then nothing is kept, and the transaction goes
// on. It counts as reading the key.
func (t *Tx) Increment(group, key string, delta int64, ttl time.Duration) (int64, error) {
	op := keyOp("increment", group, key)
	if err := t.begins(op); err != nil {
		return 0, err
	}
	sum, failure := t.raw.Increment(group, key, delta, milliseconds(ttl))
	runtime.KeepAlive(t)
	return sum, op.failure(failure)
}

// Append appends to the value under a key, as the transaction sees it, keeps the result for the
// commit and returns its length; its ttl is that of [Store.Append]. It counts as reading the key.
func (t *Tx) Append(group, key string, value []byte, ttl time.Duration) (int, error) {
	op := keyOp("append", group, key)
	if err := t.begins(op); err != nil {
		return 0, err
	}
	n, failure := t.raw.Append(group, key, value, milliseconds(ttl))
	runtime.KeepAlive(t)
	return n, op.failure(failure)
}

// Expire keeps another expiry of a key for the commit, from which its ttl counts. Value and version
// stay. Its errors are those of [Store.Expire]; the flags are looked at now, in the expiry as the
// transaction sees it, and after an error the transaction goes on. It counts as reading the key.
func (t *Tx) Expire(group, key string, ttl time.Duration, flags ...ExpireFlags) error {
	op := keyOp("expire", group, key)
	if err := t.begins(op); err != nil {
		return err
	}
	status, failure := t.raw.Expire(group, key, milliseconds(ttl), together(flags))
	runtime.KeepAlive(t)
	return op.outcome(status, failure)
}

// Commit applies all writes atomically, if every key that was read is at the version it had then,
// or still absent, and nothing has changed in a range that was scanned. Otherwise nothing is
// written, the error is [ErrConflict], and the transaction has ended. After any other error nothing
// was written, and it goes on.
func (t *Tx) Commit() (err error) {
	op := plainOp("commit")
	if err := t.begins(op); err != nil {
		return err
	}
	traced := beginTraced(t.ctx, op, CallTransaction)
	defer func() { traced.end(err) }()
	status, failure := t.raw.Commit()
	runtime.KeepAlive(t)
	if failure == nil {
		t.isEnded = true
		t.cleanup.Stop()
		t.in.leave()
	}
	return op.outcome(status, failure)
}

// Rollback ends the transaction without writing anything. After its end it changes nothing and is
// [ErrClosed], so it may be deferred.
func (t *Tx) Rollback() error {
	op := plainOp("rollback")
	if err := t.isOpen(op); err != nil {
		return err
	}
	t.isEnded = true
	t.cleanup.Stop()
	failure := t.raw.Abort()
	t.in.leave()
	runtime.KeepAlive(t)
	return op.failure(failure)
}

// isOpen returns the error of a transaction that has ended or was not begun.
func (t *Tx) isOpen(op operation) error {
	switch {
	case t == nil || t.store == nil:
		return op.closed("the transaction was not begun; Store.Begin and Store.Update begin one")
	case t.isEnded:
		return op.closed("the transaction has ended")
	default:
		return nil
	}
}

// begins returns the error of a call that cannot begin.
func (t *Tx) begins(op operation) error {
	if err := t.isOpen(op); err != nil {
		return err
	}
	return op.begins(t.ctx)
}

// leftTx is what an unreachable transaction leaves.
type leftTx struct {
	raw capi.Transaction
	in  entered
}

func (l leftTx) abort() {
	l.raw.Abort()
	l.in.leave()
}
