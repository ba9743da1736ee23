package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kv.internal/kv"
)

// contents are those of the files in a group, each under an id of its own, to which its hash
// leads. A content lives at least as long as the longest file that refers to it.
type contents string

// content is what is stored under a hash. It changes with the life of the content, so that of two
// transactions of which one reads it, and the other changes the life, one is made again.
type content struct {
	ID string `json:"id"`
	// Until is when the content expires, in milliseconds since 1970; 0 is never.
	Until int64 `json:"until"`
}

// How much longer a content lives than the last file that refers to it: time for a reader to open
// it.
const margin = time.Second

func hashKey(hash string) string  { return "hash/" + hash }
func contentKey(id string) string { return "data/" + id }

// untilOf returns until when a content lives at least for a file that expires then.
func untilOf(expiresAt time.Time) int64 {
	if expiresAt.IsZero() {
		return 0
	}
	return expiresAt.Add(margin).UnixMilli()
}

// refer makes a record that expires then refer to the content of its hash. If there is one
// already, the record gets that one, and its own is removed.
func (c contents) refer(tx *kv.Tx, of *record, expiresAt time.Time) error {
	until := untilOf(expiresAt)
	stored, err := c.find(tx, of.Hash)
	switch {
	case err != nil:
		return err
	case stored == nil:
		return c.live(tx, of.Hash, content{of.Content, until})
	case stored.ID != of.Content:
		if err := tx.Delete(string(c), contentKey(of.Content)); err != nil {
			return err
		}
		of.Content = stored.ID
	}
	if stored.Until == 0 || until != 0 && until <= stored.Until {
		return nil
	}
	return c.live(tx, of.Hash, content{stored.ID, until})
}

// find returns the content with a hash; nil if there is none.
func (c contents) find(tx *kv.Tx, hash string) (*content, error) {
	value, err := tx.Get(string(c), hashKey(hash))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var stored content
	if err := json.Unmarshal(value, &stored); err != nil {
		return nil, corrupt(err)
	}
	isThere, err := tx.Exists(string(c), contentKey(stored.ID))
	if err != nil || !isThere {
		return nil, err
	}
	return &stored, nil
}

// live lets a hash lead to a content, and both live until then.
func (c contents) live(tx *kv.Tx, hash string, to content) error {
	value, err := json.Marshal(to)
	if err != nil {
		return err
	}
	expiry, ttl := kv.ExpireAt(time.Time{}), time.Duration(0)
	if to.Until != 0 {
		until := time.UnixMilli(to.Until)
		expiry, ttl = kv.ExpireAt(until), max(time.Until(until), time.Millisecond)
	}
	if err := tx.Set(string(c), hashKey(hash), value, expiry); err != nil {
		return err
	}
	return tx.Expire(string(c), contentKey(to.ID), ttl)
}

// release removes the content of a record that was removed, unless others refer to it.
func (c contents) release(tx *kv.Tx, of *record) error {
	expiresAt, isReferred, err := records(c).lastOf(tx, of.Hash)
	switch {
	case err != nil:
		return err
	case !isReferred:
		if err := tx.Delete(string(c), hashKey(of.Hash)); err != nil {
			return err
		}
		return tx.Delete(string(c), contentKey(of.Content))
	case expiresAt.IsZero():
		return nil
	}
	err = c.live(tx, of.Hash, content{of.Content, untilOf(expiresAt)})
	if errors.Is(err, kv.ErrNotFound) {
		// It was evicted.
		return nil
	}
	return err
}

// discard removes the content of a record that has become no file.
func (c contents) discard(tx *kv.Tx, of *record, id string) error {
	stored, err := c.find(tx, of.Hash)
	if err != nil || stored != nil && stored.ID == id {
		return err
	}
	return tx.Delete(string(c), contentKey(id))
}

func corrupt(err error) error {
	return &kv.Error{Status: kv.ErrCorrupt, Message: fmt.Sprintf("a record of a file cannot be read: %v", err)}
}
