package file

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"kv.internal/kv"
)

// record is a File as it is stored, under its path.
type record struct {
	File
	// Content is the id of the content; empty for a record whose content is elsewhere.
	Content string `json:"content,omitempty"`
}

// records are those of a group. Beside each there are its id, and a reference from its hash, which
// lead to its path, and live as long as the record.
type records string

// The keys of a group.
func pathKey(path string) string       { return "path/" + path }
func idKey(id string) string           { return "id/" + id }
func referencesKey(hash string) string { return "ref/" + url.PathEscape(hash) + "/" }
func referenceKey(of *record) string   { return referencesKey(of.Hash) + of.ID }

func decode(value []byte) (*record, error) {
	var found record
	if err := json.Unmarshal(value, &found); err != nil {
		return nil, corrupt(err)
	}
	return &found, nil
}

func encode(of *record) ([]byte, error) {
	value, err := json.Marshal(of)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupportedFormat, err)
	}
	return value, nil
}

// byPath returns the record with a path, or kv.ErrNotFound.
func (r records) byPath(tx *kv.Tx, path string) (*record, error) {
	value, err := tx.Get(string(r), pathKey(path))
	if err != nil {
		return nil, err
	}
	return decode(value)
}

// byID returns the record with an id, or kv.ErrNotFound.
func (r records) byID(tx *kv.Tx, id string) (*record, error) {
	path, err := tx.Get(string(r), idKey(id))
	if err != nil {
		return nil, err
	}
	return r.byPath(tx, string(path))
}

// byHash returns a record with a hash, or kv.ErrNotFound.
func (r records) byHash(tx *kv.Tx, hash string) (*record, error) {
	for reference, err := range tx.Scan(string(r), kv.Prefix(referencesKey(hash)), kv.Limit(1)) {
		if err != nil {
			return nil, err
		}
		return r.byPath(tx, string(reference.Value))
	}
	return nil, kv.ErrNotFound
}

// set writes a record, with an expiry.
func (r records) set(tx *kv.Tx, of *record, options ...kv.PutOption) error {
	value, err := encode(of)
	if err != nil {
		return err
	}
	for key, value := range map[string][]byte{
		pathKey(of.Path): value,
		idKey(of.ID):     []byte(of.Path),
		referenceKey(of): []byte(of.Path),
	} {
		if err := tx.Set(string(r), key, value, options...); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a record.
func (r records) remove(tx *kv.Tx, of *record) error {
	for _, key := range []string{pathKey(of.Path), idKey(of.ID), referenceKey(of)} {
		if err := tx.Delete(string(r), key); err != nil {
			return err
		}
	}
	return nil
}

// lastOf returns when the last record with a hash expires, and whether there is one; the zero time
// is never.
func (r records) lastOf(tx *kv.Tx, hash string) (time.Time, bool, error) {
	// Mostly the first never expires, and the others need not be looked at.
	for _, limit := range []int{1, 0} {
		var last time.Time
		for reference, err := range tx.Scan(string(r), kv.Prefix(referencesKey(hash)), kv.KeysOnly(), kv.Limit(limit)) {
			if err != nil || reference.ExpiresAt.IsZero() {
				return time.Time{}, err == nil, err
			}
			if reference.ExpiresAt.After(last) {
				last = reference.ExpiresAt
			}
		}
		if last.IsZero() || limit == 0 {
			return last, !last.IsZero(), nil
		}
	}
	return time.Time{}, false, nil
}
