package kvstore

import (
	"math"
	"strings"

	"kv.internal/kv"
)

// Limits of a Config that names none.
const (
	defaultMaxEntries  = 100_000
	defaultMaxMemoryMB = 200
)

// Config says where a KVStore is and how much it holds.
type Config struct {
	// DataDir is a directory, which is made if it is missing. Space around it is ignored.
	DataDir string `json:"data_dir"`
	// MaxEntries is how many entries the store may hold, MaxMemoryMB how many MiB of keys and
	// values; 0 is 100,000 and 200. When there is no room, those that were not used for the longest
	// time go. The limits are those of the file: the last opening sets them for every process.
	MaxEntries  int `json:"max_entries"`
	MaxMemoryMB int `json:"max_memory_mb"`
	// Log keeps all entries in memory and their changes in a log, as plumego's own engine does: it is
	// faster than a file, and one process at a time has it open. A store with a log and one in a file
	// are two stores, also in one directory.
	Log bool `json:"log,omitempty"`
}

// Options is the earlier name of Config, and that of plumego's page.
type Options = Config

// DefaultConfig returns the configuration of a directory, with the limits of one that names none.
func DefaultConfig(dataDir string) Config { return Config{DataDir: dataDir}.withDefaults() }

// DefaultOptions is the earlier name of [DefaultConfig].
func DefaultOptions(dataDir string) Options { return DefaultConfig(dataDir) }

// Validate returns why [NewKVStore] would refuse a configuration: a directory without a name, or a
// limit that is negative or too large. It is a [kv.ErrArgument].
func (c Config) Validate() error {
	c = c.withDefaults()
	switch {
	case c.DataDir == "":
		return configError("kv: data dir is required")
	case c.MaxEntries < 0:
		return configError("kv: max entries must be positive")
	case c.MaxMemoryMB < 0:
		return configError("kv: max memory must be positive")
	case int64(c.MaxMemoryMB) > math.MaxInt64/mebibyte:
		return configError("kv: max memory is more MiB than a file can have; 0 is the default")
	default:
		return nil
	}
}

const mebibyte = 1 << 20

func (c Config) withDefaults() Config {
	c.DataDir = strings.TrimSpace(c.DataDir)
	if c.MaxEntries == 0 {
		c.MaxEntries = defaultMaxEntries
	}
	if c.MaxMemoryMB == 0 {
		c.MaxMemoryMB = defaultMaxMemoryMB
	}
	return c
}

func configError(text string) error { return &kv.Error{Status: kv.ErrArgument, Message: text} }
