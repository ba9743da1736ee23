package kvstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kv.internal/kv"
)

// plumegoFiles are those in which plumego's own package keeps its data: the state of its present
// version, then the snapshots and the log of its first one.
var plumegoFiles = []string{"store.json", "snapshot.bin", "snapshot.json", "store.wal"}

// refuseUnimported returns an error if a directory has data of plumego's and no store, which would
// begin empty beside them.
func refuseUnimported(directory string) error {
	store := filepath.Join(directory, fileName)
	// SQLite takes an empty file for a database that has not begun.
	if size, err := sizeOf(store); err != nil || size > 0 {
		return err
	}
	for _, name := range plumegoFiles {
		path := filepath.Join(directory, name)
		size, err := sizeOf(path)
		if err != nil {
			return err
		}
		// The first version makes an empty log when it opens.
		if size == 0 && name == "store.wal" {
			continue
		}
		if size >= 0 {
			return &kv.Error{Status: kv.ErrFormat, Message: fmt.Sprintf(
				"kv: %q has data of plumego's own store, which were not imported; "+
					"import them with: kv import --format plumego %s --db-path %s "+
					"(or move the file away to begin empty)", path, quoted(directory), quoted(store))}
		}
	}
	return nil
}

// sizeOf returns the size of a file, -1 if there is none or it is no regular file.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return -1, nil
	case err != nil:
		return -1, fmt.Errorf("kv: look for data of plumego's own store: %w", err)
	case !info.Mode().IsRegular():
		return -1, nil
	default:
		return info.Size(), nil
	}
}

// quoted returns a word for a shell, in quotes if it needs them.
func quoted(word string) string {
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-", r)
	}
	if !strings.ContainsFunc(word, func(r rune) bool { return !isPlain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
