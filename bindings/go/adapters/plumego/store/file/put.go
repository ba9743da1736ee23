package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"kv.internal/kv"
)

// Put stores a file under a new path, with the SHA-256 of its content. A content that is not as
// long as the options say, or longer than [Config.MaxSize], is [ErrInvalidSize]; the reader is
// then read no further than that is certain. After an error nothing is stored.
func (s *GroupStorage) Put(ctx context.Context, options PutOptions) (*File, error) {
	of, err := s.put(ctx, options)
	if err != nil {
		return nil, failed("put", options.FileName, err)
	}
	return &of.File, nil
}

func (s *GroupStorage) put(ctx context.Context, options PutOptions) (*record, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.check(options); err != nil {
		return nil, err
	}
	of := s.newRecord(options)
	// Before anything is written.
	if _, err := encode(of); err != nil {
		return nil, err
	}
	if err := s.write(ctx, of, options); err != nil {
		return nil, err
	}
	written := of.Content
	err = s.update(ctx, func(tx *kv.Tx) error {
		of.Content = written
		return s.refer(tx, of, s.expiryOf(options))
	})
	if err != nil {
		// If this fails, too, the content expires.
		s.update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
			return contents(s.group).discard(tx, of, written)
		})
		return nil, err
	}
	return of, nil
}

// refer makes a record that expires then a file.
func (s *GroupStorage) refer(tx *kv.Tx, of *record, expiresAt time.Time) error {
	if err := contents(s.group).refer(tx, of, expiresAt); err != nil {
		return err
	}
	return records(s.group).set(tx, of, kv.ExpireAt(expiresAt), kv.WithDurability(s.config.Durability))
}

// expiryOf returns when a file expires that is put now; the zero time is never.
func (s *GroupStorage) expiryOf(options PutOptions) time.Time {
	ttl := options.TTL
	if ttl == 0 {
		ttl = s.config.TTL
	}
	if ttl == 0 {
		return time.Time{}
	}
	return time.Now().Add(ttl)
}

func (s *GroupStorage) check(options PutOptions) error {
	switch {
	case options.Reader == nil:
		return argument("there is no reader")
	case options.TTL < 0:
		return argument("the ttl is negative")
	case options.Size < -1:
		return fmt.Errorf("%w: it is negative", ErrInvalidSize)
	case s.config.MaxSize > 0 && options.Size > s.config.MaxSize:
		return s.tooLong()
	}
	return nil
}

func (s *GroupStorage) tooLong() error {
	return fmt.Errorf("%w: a file has at most %d bytes", ErrInvalidSize, s.config.MaxSize)
}

func (s *GroupStorage) newRecord(options PutOptions) *record {
	now := time.Now().UTC().Truncate(time.Millisecond)
	id, extension := newID(), extensionOf(options.FileName, options.ContentType)
	return &record{Content: id, File: File{
		ID:          id,
		Name:        options.FileName,
		Path:        newPath(s.tenant, id, extension, now),
		MimeType:    typeOf(options.ContentType, extension),
		Extension:   extension,
		StorageType: storageType,
		Metadata:    options.CloneMetadata(),
		CreatedAt:   now,
		UpdatedAt:   now,
	}}
}

// write writes the content of a record, and its size and hash into the record.
func (s *GroupStorage) write(ctx context.Context, of *record, options PutOptions) error {
	w, err := s.store.OpenWriter(ctx, s.group, contentKey(of.Content),
		kv.ExpireAfter(unreferredTTL), kv.WithDurability(s.config.Durability))
	if err != nil {
		return err
	}
	defer w.Close()
	hash := sha256.New()
	from := options.Reader
	if longest := s.longest(options); longest > 0 {
		// One byte more shows that it is too long.
		from = io.LimitReader(from, longest+1)
	}
	if of.Size, err = w.ReadFrom(io.TeeReader(from, hash)); err != nil {
		return err
	}
	switch {
	case options.Size > 0 && of.Size != options.Size:
		return fmt.Errorf("%w: the content has not the %d bytes that were announced", ErrInvalidSize, options.Size)
	case s.config.MaxSize > 0 && of.Size > s.config.MaxSize:
		return s.tooLong()
	}
	of.Hash = hex.EncodeToString(hash.Sum(nil))
	_, err = w.Commit()
	return err
}

// longest returns how many bytes a content may have, or 0.
func (s *GroupStorage) longest(options PutOptions) int64 {
	if options.Size > 0 {
		return options.Size
	}
	return s.config.MaxSize
}
