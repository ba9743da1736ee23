package cometbft

import (
	"context"
	"errors"
	"io"

	db "github.com/cometbft/cometbft-db"
	"kv.internal/kv"
)

// Iterator begins a scan from start to before end; nil is no bound.
func (d *DB) Iterator(start, end []byte) (db.Iterator, error) {
	return d.iterate(start, end)
}

// ReverseIterator begins a scan from before end down to start; nil is no bound.
func (d *DB) ReverseIterator(start, end []byte) (db.Iterator, error) {
	return d.iterate(start, end, kv.Reverse())
}

func (d *DB) iterate(start, end []byte, options ...kv.ScanOption) (db.Iterator, error) {
	if start != nil && len(start) == 0 || end != nil && len(end) == 0 {
		return nil, ErrKeyEmpty
	}
	if start != nil {
		options = append(options, kv.From(string(start)))
	}
	if end != nil {
		options = append(options, kv.Below(string(end)))
	}
	cursor, err := d.store.OpenCursor(context.Background(), d.group, options...)
	if err != nil {
		return nil, err
	}
	it := &iterator{cursor: cursor, start: start, end: end}
	it.advance()
	return it, it.err
}

// iterator is at its first entry from the beginning.
type iterator struct {
	cursor     *kv.Cursor
	start, end []byte
	entry      kv.Entry
	isValid    bool
	err        error
}

// Domain returns the bounds.
func (i *iterator) Domain() (start, end []byte) { return i.start, i.end }

// Valid reports whether the iterator is at an entry.
func (i *iterator) Valid() bool { return i.isValid }

// Next goes to the next entry. It panics after the end, as cometbft-db asks for.
func (i *iterator) Next() {
	i.mustBeValid()
	i.advance()
}

// Key returns the key. It panics after the end.
func (i *iterator) Key() []byte {
	i.mustBeValid()
	return []byte(i.entry.Key)
}

// Value returns the value. It panics after the end.
func (i *iterator) Value() []byte {
	i.mustBeValid()
	return i.entry.Value
}

// Error returns the error that ended the scan; its end is none.
func (i *iterator) Error() error { return i.err }

// Close ends the scan. Closing again does nothing.
func (i *iterator) Close() error {
	i.isValid = false
	return i.cursor.Close()
}

func (i *iterator) advance() {
	entry, err := i.cursor.Next(context.Background())
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	i.entry, i.isValid = entry, err == nil
}

func (i *iterator) mustBeValid() {
	if !i.isValid {
		panic("iterator is invalid")
	}
}
