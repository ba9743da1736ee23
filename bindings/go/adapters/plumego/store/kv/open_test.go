package kvstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

func open(t *testing.T, directory string) *kvstore.KVStore {
	t.Helper()
	store, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// fileSizes returns the names in a directory, with sizes.
func fileSizes(t *testing.T, directory string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes[entry.Name()] = info.Size()
	}
	return sizes
}

func TestADirectoryIsMadeAndKeepsTheEntries(t *testing.T) {
	for _, name := range []string{"data", "deep/data:dir", "100% ? #1", "white \t"} {
		directory := filepath.Join(t.TempDir(), name)
		first := open(t, directory+" ")
		if err := errors.Join(first.Set("k", []byte("kept"), 0), first.Close()); err != nil {
			t.Fatal(name, err)
		}
		if data, err := open(t, directory).Get("k"); string(data) != "kept" || err != nil {
			t.Errorf("%q: %q, %v", name, data, err)
		}
		if _, err := os.Stat(filepath.Join(strings.TrimSpace(directory), "kv.db")); err != nil {
			t.Error(err)
		}
	}
	t.Chdir(t.TempDir())
	open(t, "relative")
	if _, err := os.Stat("relative/kv.db"); err != nil {
		t.Error(err)
	}
}

func TestADirectoryThatCannotBeMadeIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, directory := range []string{file, filepath.Join(file, "data")} {
		var path *os.PathError
		if _, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory}); !errors.As(err, &path) {
			t.Errorf("%s: %v", directory, err)
		}
	}
}

func TestAFileThatIsNoStoreIsErrCorruptStateAndStays(t *testing.T) {
	directory := t.TempDir()
	text := strings.Repeat("this is no store\n", 100)
	if err := os.WriteFile(filepath.Join(directory, "kv.db"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory})
	if !errors.Is(err, kvstore.ErrCorruptState) || !errors.Is(err, kv.ErrFormat) || !strings.HasPrefix(err.Error(), `kv: corrupt state: open "`) {
		t.Error(err)
	}
	if kept, err := os.ReadFile(filepath.Join(directory, "kv.db")); string(kept) != text || err != nil {
		t.Error(err)
	}
}

func TestAWriteHasTheDurabilityOfAFullOne(t *testing.T) {
	directory := t.TempDir()
	open(t, directory)
	// Handles on a file have one durability within a process.
	location := "sqlite:" + filepath.Join(directory, "kv.db") + "?durability="
	if store, err := kv.Open(t.Context(), location+"normal"); err == nil {
		store.Close()
		t.Error("the durability is the normal one")
	}
	store, err := kv.Open(t.Context(), location+"full")
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
}

func TestAStoreWithALimitRemovesTheEntryNotUsedForLongest(t *testing.T) {
	directory := t.TempDir()
	store, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory, MaxEntries: 3, MaxMemoryMB: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, key := range []string{"a", "b", "c", "d"} {
		if err := store.Set(key, []byte(key), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get("a"); err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if store.Exists(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
	largest := 1<<20 - 1 - 64
	err = store.Set("a", make([]byte, largest+1), 0)
	if !errors.Is(err, kvstore.ErrValueTooLarge) || err.Error() != "kv: value too large: size 1048577 limit 1048576" {
		t.Error(err)
	}
	if value, err := store.Get("a"); err != nil || string(value) != "a" || store.Size() != 3 {
		t.Errorf("%q, %v", value, err)
	}
	if err := store.Set("a", make([]byte, largest), 0); err != nil {
		t.Error(err)
	}
	// The limits are the file's: another handle that sets others changes them.
	if err := open(t, directory).Set("a", make([]byte, largest+1), 0); err != nil {
		t.Error(err)
	}
}

func TestAStoreWithALogKeepsTheEntries(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "100% ? #1")
	config := kvstore.Config{DataDir: directory, Log: true}
	for _, opening := range []string{"first", "second"} {
		store, err := kvstore.NewKVStore(config)
		if err != nil {
			t.Fatal(opening, err)
		}
		if data, err := store.Get("k"); opening == "second" && (string(data) != "kept" || err != nil) {
			t.Errorf("%q, %v", data, err)
		}
		if err := errors.Join(store.Set("k", []byte("kept"), 0), store.Close()); err != nil {
			t.Fatal(opening, err)
		}
	}
	if _, err := os.Stat(filepath.Join(directory, "kv.log", "log-1")); err != nil {
		t.Error(err)
	}
	if _, err := open(t, directory).Get("k"); err == nil {
		t.Error("the file has the entries of the log")
	}
}
