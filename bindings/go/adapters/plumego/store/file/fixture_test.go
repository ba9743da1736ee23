package file_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/enginetest"
	"kv.internal/kv/adapters/plumego/store/file"
)

const group = "uploads"

// pieceLen is more than the length of a piece in which a long value is stored, in bytes.
const pieceLen = 300_000

// each runs a test with a storage on each engine.
func each(t *testing.T, config file.Config, test func(t *testing.T, store *kv.Store, files *file.GroupStorage)) {
	t.Helper()
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		test(t, store, must(file.NewGroupStorage(store, group, config))(t))
	})
}

// noise returns bytes that are the same for a size and a seed each time.
func noise(size int, seed byte) []byte {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{seed}).Read(data)
	return data
}

func hashOf(data []byte) string {
	hash := sha256.Sum256(data)
	return hex.EncodeToString(hash[:])
}

func put(t *testing.T, files file.Storage, content []byte, options ...func(*file.PutOptions)) *file.File {
	t.Helper()
	with := file.PutOptions{Reader: bytes.NewReader(content), FileName: "a.bin", Size: -1}
	for _, option := range options {
		option(&with)
	}
	return must(files.Put(t.Context(), with))(t)
}

func forTTL(ttl time.Duration) func(*file.PutOptions) {
	return func(options *file.PutOptions) { options.TTL = ttl }
}

// holds compares the content of a file with another.
func holds(t *testing.T, files file.Storage, path string, want []byte) {
	t.Helper()
	content := must(files.Get(t.Context(), path))(t)
	defer content.Close()
	if got := must(io.ReadAll(content))(t); !bytes.Equal(got, want) {
		t.Fatalf("%s has %d bytes, not the %d that were put", path, len(got), len(want))
	}
}

// stored returns how many live entries whose keys have a prefix the group has.
func stored(t *testing.T, store *kv.Store, prefix string) int {
	t.Helper()
	return len(must(store.Keys(t.Context(), group, kv.Prefix(prefix)))(t))
}

// isEmpty waits for the end of what expires, and ends the test if anything is left.
func isEmpty(t *testing.T, store *kv.Store) {
	t.Helper()
	var left []string
	for begun := time.Now(); time.Since(begun) < 20*time.Second; time.Sleep(10 * time.Millisecond) {
		if left = must(store.Keys(t.Context(), group))(t); len(left) == 0 {
			return
		}
		for _, key := range left {
			if _, expires, err := store.TTL(t.Context(), group, key); err == nil && !expires {
				t.Fatalf("%s stays, of %s", key, strings.Join(left, " "))
			}
		}
	}
	t.Fatalf("%s stay", strings.Join(left, " "))
}

// must returns a value or ends the test.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is ends the test unless an error is of a kind and says where it comes from.
func is(t *testing.T, err, kind error) {
	t.Helper()
	var from *file.Error
	if !errors.Is(err, kind) || !errors.As(err, &from) || from.Op == "" {
		t.Fatalf("got %v, want %v", err, kind)
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}
