package ethdb

import (
	"context"
	"errors"
	"io"

	"kv.internal/kv"
)

// iterator is at no entry before the first Next.
type iterator struct {
	cursor *kv.Cursor
	entry  kv.Entry
	isAt   bool
	err    error
}

// Next goes to the next entry, and reports whether there is one.
func (i *iterator) Next() bool {
	if i.err != nil || i.cursor == nil {
		i.isAt = false
		return false
	}
	entry, err := i.cursor.Next(context.Background())
	if err != nil && !errors.Is(err, io.EOF) {
		i.err = err
	}
	i.entry, i.isAt = entry, err == nil
	return i.isAt
}

// Error returns the error that ended the scan; its end is none.
func (i *iterator) Error() error { return i.err }

// Key returns the key, nil after the end.
func (i *iterator) Key() []byte {
	if !i.isAt {
		return nil
	}
	return []byte(i.entry.Key)
}

// Value returns the value, nil after the end.
func (i *iterator) Value() []byte {
	if !i.isAt {
		return nil
	}
	return i.entry.Value
}

// Release ends the scan. Releasing again does nothing.
func (i *iterator) Release() {
	if i.cursor != nil {
		i.cursor.Close()
	}
	i.cursor, i.isAt = nil, false
}
