package avalanche

import (
	"context"
	"errors"
	"io"

	"github.com/ava-labs/avalanchego/database"
	"kv.internal/kv"
)

// NewIterator begins a scan of all keys.
func (d *Database) NewIterator() database.Iterator { return d.iterate() }

// NewIteratorWithStart begins a scan of the keys from one on.
func (d *Database) NewIteratorWithStart(start []byte) database.Iterator {
	return d.iterate(kv.From(string(start)))
}

// NewIteratorWithPrefix begins a scan of the keys with a prefix.
func (d *Database) NewIteratorWithPrefix(prefix []byte) database.Iterator {
	return d.iterate(kv.Prefix(string(prefix)))
}

// NewIteratorWithStartAndPrefix begins a scan of the keys with a prefix, from one on.
func (d *Database) NewIteratorWithStartAndPrefix(start, prefix []byte) database.Iterator {
	return d.iterate(kv.From(string(start)), kv.Prefix(string(prefix)))
}

// iterate begins a scan. The interface asks for a snapshot, which a scan of a Redis is not by itself.
func (d *Database) iterate(options ...kv.ScanOption) database.Iterator {
	cursor, err := d.store.OpenCursor(context.Background(), d.group, append(options, kv.Snapshot())...)
	if err != nil {
		return &database.IteratorError{Err: databaseError(err)}
	}
	return &iterator{database: d, cursor: cursor}
}

// iterator is at no entry before the first Next.
type iterator struct {
	database   *Database
	cursor     *kv.Cursor
	key, value []byte
	err        error
}

// Next goes to the next entry, and reports whether there is one.
func (i *iterator) Next() bool {
	i.key, i.value = nil, nil
	if i.err != nil {
		return false
	}
	if i.database.isClosed.Load() {
		i.err = database.ErrClosed
		return false
	}
	entry, err := i.cursor.Next(context.Background())
	if errors.Is(err, io.EOF) {
		return false
	}
	if err != nil {
		i.err = databaseError(err)
		return false
	}
	i.key, i.value = []byte(entry.Key), entry.Value
	return true
}

// Error returns the error that ended the scan; its end is none.
func (i *iterator) Error() error { return i.err }

// Key returns the key, nil after the end.
func (i *iterator) Key() []byte { return i.key }

// Value returns the value, nil after the end.
func (i *iterator) Value() []byte { return i.value }

// Release ends the scan. Releasing again does nothing.
func (i *iterator) Release() {
	i.cursor.Close()
	i.key, i.value = nil, nil
}
