package kvstore_test

import (
	"encoding/json"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"kv.internal/kv"
	kvstore "kv.internal/kv/adapters/plumego/store/kv"
)

func TestADefaultConfigHasPlumegosLimits(t *testing.T) {
	want := kvstore.Config{DataDir: "data", MaxEntries: 100_000, MaxMemoryMB: 200}
	for _, got := range []kvstore.Options{kvstore.DefaultConfig(" data\t"), kvstore.DefaultOptions("data")} {
		if got != want || got.Validate() != nil {
			t.Errorf("%+v, %v", got, got.Validate())
		}
	}
	var read kvstore.Config
	err := json.Unmarshal([]byte(`{"data_dir": "data", "max_entries": 100000, "max_memory_mb": 200}`), &read)
	if read != want || err != nil {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestAConfigurationThatCannotBeIsRefusedInPlumegosWords(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "data")
	for config, want := range map[kvstore.Config]string{
		{}:                                    "kv: data dir is required",
		{DataDir: " \t"}:                      "kv: data dir is required",
		{DataDir: directory, MaxEntries: -1}:  "kv: max entries must be positive",
		{DataDir: directory, MaxMemoryMB: -1}: "kv: max memory must be positive",
		{DataDir: directory, MaxMemoryMB: math.MaxInt}: "kv: max memory is more MiB than a file can have; " +
			"0 is the default",
	} {
		_, openErr := kvstore.NewKVStore(config)
		for _, err := range []error{config.Validate(), openErr} {
			if !errors.Is(err, kv.ErrArgument) || err.Error() != want {
				t.Errorf("%+v: %v", config, err)
			}
		}
	}
	if sizes := fileSizes(t, filepath.Dir(directory)); len(sizes) != 0 {
		t.Errorf("%v was made", sizes)
	}
	if err := (kvstore.Config{DataDir: "data"}).Validate(); err != nil {
		t.Errorf("0 is the default: %v", err)
	}
}
