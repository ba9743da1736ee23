package objstore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/thanos-io/objstore"
	"kv.internal/kv"
)

// The bytes of a chunk.
const chunkSize = 1 << 20

// head is what is stored under an object's name. Each upload has an ID of its own.
type head struct {
	ID       string    `json:"id"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// chunk returns the key of a chunk; chunks are in the order of their numbers.
func (h head) chunk(number int64) string { return fmt.Sprintf("%s/%012x", h.ID, number) }

func (b *Bucket) head(ctx context.Context, name string) (head, error) {
	if name == "" {
		return head{}, ErrNoName
	}
	var it head
	stored, err := b.store.Get(ctx, heads, name)
	if err != nil {
		return it, fmt.Errorf("objstore: object %q: %w", name, err)
	}
	return it, json.Unmarshal(stored, &it)
}

// Upload writes the chunks of an object, and then its head in place of an earlier one. After an error
// the earlier object is as it was.
func (b *Bucket) Upload(ctx context.Context, name string, from io.Reader, _ ...objstore.ObjectUploadOption) error {
	if name == "" {
		return ErrNoName
	}
	it := head{ID: rand.Text(), Modified: time.Now()}
	err := b.writeChunks(ctx, &it, from)
	if err == nil {
		err = b.replace(ctx, name, &it)
	}
	if err != nil {
		_, cleaning := b.store.DeletePrefix(context.WithoutCancel(ctx), chunks, it.ID+"/")
		return fmt.Errorf("objstore: upload %q: %w", name, errors.Join(err, cleaning))
	}
	return nil
}

func (b *Bucket) writeChunks(ctx context.Context, it *head, from io.Reader) error {
	buffer := make([]byte, chunkSize)
	for {
		length, err := io.ReadFull(from, buffer)
		if length > 0 {
			if err := b.store.Set(ctx, chunks, it.chunk(it.Size/chunkSize), buffer[:length]); err != nil {
				return err
			}
			it.Size += int64(length)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Delete removes an object; a missing one is an error.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	if _, err := b.head(ctx, name); err != nil {
		return err
	}
	return b.replace(ctx, name, nil)
}

// replace writes a head, or removes it, and then the chunks of the one that was there.
func (b *Bucket) replace(ctx context.Context, name string, it *head) error {
	var earlier head
	err := b.store.Update(ctx, func(tx *kv.Tx) error {
		earlier = head{}
		stored, err := tx.Get(heads, name)
		if err == nil {
			err = json.Unmarshal(stored, &earlier)
		}
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		if it == nil {
			return tx.Delete(heads, name)
		}
		encoded, err := json.Marshal(it)
		if err != nil {
			return err
		}
		return tx.Set(heads, name, encoded)
	})
	if err != nil || earlier.ID == "" {
		return err
	}
	_, err = b.store.DeletePrefix(ctx, chunks, earlier.ID+"/")
	return err
}

// reader reads one chunk after the other.
type reader struct {
	ctx   context.Context
	store *kv.Store
	head  head
	name  string
	// The bytes that are left of the present chunk, the offset behind them, and the bytes to read.
	chunk    []byte
	at, rest int64
}

// ObjectSize returns the number of bytes that the reader has left.
func (r *reader) ObjectSize() (int64, error) { return r.rest, nil }

// Read reads from the present chunk, or the next one.
func (r *reader) Read(into []byte) (int, error) {
	if r.rest == 0 {
		return 0, io.EOF
	}
	if len(r.chunk) == 0 {
		chunk, err := r.store.Get(r.ctx, chunks, r.head.chunk(r.at/chunkSize))
		if errors.Is(err, kv.ErrNotFound) {
			return 0, fmt.Errorf("objstore: read %q: it was replaced or deleted; read it again", r.name)
		}
		if err != nil {
			return 0, err
		}
		r.chunk = chunk[r.at%chunkSize:]
	}
	count := copy(into, r.chunk[:min(int64(len(r.chunk)), r.rest)])
	r.chunk, r.at, r.rest = r.chunk[count:], r.at+int64(count), r.rest-int64(count)
	return count, nil
}

// Close ends the reader.
func (r *reader) Close() error { r.rest = 0; return nil }
