package bleve

import (
	"context"
	"errors"
	"io"

	store "github.com/blevesearch/upsidedown_store_api"
	"kv.internal/kv"
)

// reader reads one state, from its beginning to Close: the entries of a snapshot. On a Redis they are
// those of the store itself.
type reader struct {
	entries *kv.Store
	group   string
	close   func() error
}

// Get returns a value, nil for a missing one.
func (r *reader) Get(key []byte) ([]byte, error) {
	value, err := r.entries.Get(context.Background(), r.group, string(key))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	return value, err
}

// MultiGet returns the values of keys in one step, nil for each that is missing.
func (r *reader) MultiGet(keys [][]byte) ([][]byte, error) {
	names := make([]string, len(keys))
	for at, key := range keys {
		names[at] = string(key)
	}
	found, err := r.entries.GetBatch(context.Background(), r.group, names)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for at, name := range names {
		values[at] = found[name]
	}
	return values, nil
}

// PrefixIterator begins a scan of the keys with a prefix.
func (r *reader) PrefixIterator(prefix []byte) store.KVIterator {
	return r.iterate(string(prefix), kv.Prefix(string(prefix)))
}

// RangeIterator begins a scan from start to before end; nil is no bound.
func (r *reader) RangeIterator(start, end []byte) store.KVIterator {
	if end == nil {
		return r.iterate(string(start))
	}
	return r.iterate(string(start), kv.Below(string(end)))
}

// Close ends the reader and its snapshot. Closing again does nothing.
func (r *reader) Close() error {
	if err := r.close(); !errors.Is(err, kv.ErrClosed) {
		return err
	}
	return nil
}

func (r *reader) iterate(start string, options ...kv.ScanOption) store.KVIterator {
	it := &iterator{reader: r, start: start, options: options}
	it.Seek(nil)
	return it
}

// iterator is at its first entry from the beginning. An error ends it, and is that of Close.
type iterator struct {
	reader  *reader
	start   string
	options []kv.ScanOption
	cursor  *kv.Cursor
	entry   kv.Entry
	isValid bool
	err     error
}

// Seek goes to the first key from one on, forwards or backwards, within the bounds of the iterator.
func (i *iterator) Seek(key []byte) {
	i.end()
	from := kv.From(max(i.start, string(key)))
	options := append([]kv.ScanOption{from}, i.options...)
	i.cursor, i.err = i.reader.entries.OpenCursor(context.Background(), i.reader.group, options...)
	if i.err == nil {
		i.Next()
	}
}

// Next goes to the next key.
func (i *iterator) Next() {
	i.isValid = false
	if i.cursor == nil {
		return
	}
	entry, err := i.cursor.Next(context.Background())
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	i.entry, i.isValid = entry, err == nil
}

// Current returns the key, the value, and whether the iterator is at one.
func (i *iterator) Current() ([]byte, []byte, bool) {
	if !i.isValid {
		return nil, nil, false
	}
	return []byte(i.entry.Key), i.entry.Value, true
}

// Key returns the key, nil after the end.
func (i *iterator) Key() []byte { key, _, _ := i.Current(); return key }

// Value returns the value, nil after the end.
func (i *iterator) Value() []byte { _, value, _ := i.Current(); return value }

// Valid reports whether the iterator is at a key.
func (i *iterator) Valid() bool { return i.isValid }

// Close ends the scan, and returns the error that has ended it before.
func (i *iterator) Close() error {
	i.end()
	return i.err
}

func (i *iterator) end() {
	if i.cursor != nil {
		i.cursor.Close()
	}
	i.cursor, i.isValid = nil, false
}
