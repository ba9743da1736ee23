package kv

import "iter"

// All returns all entries of a group in key order, as [Tx.Scan] does.
func (t *Tx) All(group string) iter.Seq2[Entry, error] { return t.Scan(group) }

// Scan returns the entries of a group, in key order, as the transaction sees them: the stored
// entries, with those that it has written among them, whose version is 0, and without those that it
// has deleted. All of them are read when the range begins; writes in its loop are allowed, and a
// scan that begins later sees them. An error comes as the last pair.
//
//	for entry, err := range tx.Scan("orders", kv.Prefix("2024-")) { ... }
//
// The scan counts as a read of its range: of all keys between the bounds that begin with the prefix,
// or with the part of a glob before its first wildcard, and with a [Limit] up to the last key that it
// returns. It counts in full when the loop ends early. If others set, delete or add an entry in the
// range, or one expires, [Tx.Commit] is [ErrConflict].
//
// With what the transaction has written, the entries have at most 1 GiB, or the error is
// [ErrTooLarge]. On a Redis the commit of a range of more than 100,000 keys or 64 MiB is
// [ErrUnsupported].
func (t *Tx) Scan(group string, options ...ScanOption) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		cursor, err := t.beginScan(group, options)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		walk(t.ctx, cursor, nil, yield)
	}
}

// List returns the keys of a group that begin with a prefix, as [Store.List] does and as the
// transaction sees them. It counts as a read of their range, as [Tx.Scan].
func (t *Tx) List(group, prefix string, limit int) ([]string, error) {
	return t.Keys(group, Prefix(prefix), Limit(limit))
}

// Keys returns the keys of a group that a scan with the options would visit, as [Store.Keys] does
// and as the transaction sees them. It counts as a read of their range, as [Tx.Scan].
func (t *Tx) Keys(group string, options ...ScanOption) ([]string, error) {
	return keysOf(t.Scan(group, keysOnly(options)...))
}
