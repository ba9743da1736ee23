package kvstore_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

func write(t *testing.T, directory string, files map[string]string) {
	t.Helper()
	if err := os.MkdirAll(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDataOfPlumegosOwnStoreAreNotHiddenByAnEmptyStore(t *testing.T) {
	const state = `{"entries":{"a":{"value":"MQ==","expire_at":"0001-01-01T00:00:00Z"}}}`
	for name, c := range map[string]struct {
		files map[string]string
		named string
	}{
		"state":                       {map[string]string{"store.json": state}, "store.json"},
		"torn state":                  {map[string]string{"store.json": ""}, "store.json"},
		"binary snapshot":             {map[string]string{"snapshot.bin": "KVST", "store.wal": ""}, "snapshot.bin"},
		"snapshot as JSON":            {map[string]string{"snapshot.json": "{}", "store.wal": "WALE"}, "snapshot.json"},
		"log":                         {map[string]string{"store.wal": "WALE"}, "store.wal"},
		"beside a file that is empty": {map[string]string{"store.json": state, "kv.db": ""}, "store.json"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := filepath.Join(t.TempDir(), "data")
			write(t, directory, c.files)
			before := fileSizes(t, directory)
			_, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory})
			if !errors.Is(err, kv.ErrFormat) {
				t.Fatal(err)
			}
			command := "kv import --format plumego " + directory + " --db-path " + filepath.Join(directory, "kv.db") + " "
			if !strings.Contains(err.Error(), command) || !strings.Contains(err.Error(), filepath.Join(directory, c.named)) {
				t.Error(err)
			}
			if after := fileSizes(t, directory); !maps.Equal(before, after) {
				t.Errorf("%v became %v", before, after)
			}
		})
	}
}

func TestTheCommandOfAnImportQuotesADirectoryForTheShell(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "ada's data")
	write(t, directory, map[string]string{"store.json": "{}"})
	_, err := kvstore.NewKVStore(kvstore.Options{DataDir: directory})
	quoted := filepath.Dir(directory) + `/ada'\''s data`
	if want := "kv import --format plumego '" + quoted + "' --db-path '" + quoted + "/kv.db' "; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("%v has no %s", err, want)
	}
}

func TestADirectoryWithoutDataOfPlumegosOpens(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"an empty log":     {"store.wal": ""},
		"unfinished files": {"store.json.123.tmp": "{", "store.json.tmp": "{", "snapshot.bin.tmp": "KVST"},
		"other files":      {"settings.json": "{}"},
	} {
		directory := t.TempDir()
		write(t, directory, files)
		if err := open(t, directory).Set("k", nil, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	directory := t.TempDir()
	if err := os.Mkdir(filepath.Join(directory, "store.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	open(t, directory)
}

func TestAStoreThatIsThereIsOpenedBesideDataOfPlumegos(t *testing.T) {
	directory := t.TempDir()
	first := open(t, directory)
	if err := errors.Join(first.Set("k", []byte("imported"), 0), first.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, directory, map[string]string{"store.json": "{}", "store.wal": "WALE"})
	if value, err := open(t, directory).Get("k"); string(value) != "imported" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}
