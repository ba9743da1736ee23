package cache

import (
	"fmt"
	"time"
)

// Settings of [DefaultConfig].
const (
	// DefaultMaxKeyLength is the default of MaxKeyLength.
	DefaultMaxKeyLength = 256
	// DefaultMaxMemoryUsage is the default of MaxMemoryUsage, which is no limit.
	DefaultMaxMemoryUsage = 0
	// DefaultCleanupInterval is the default of CleanupInterval.
	DefaultCleanupInterval = 5 * time.Minute

	defaultTTL = 10 * time.Minute
)

// Config says how a cache behaves.
type Config struct {
	// MaxKeyLength is in bytes; 0 is no limit but that of a store, 65,535.
	MaxKeyLength int
	// MaxMemoryUsage is how many bytes of keys and values a cache of its own memory may hold; 0 is
	// no limit. Nothing is evicted; expired entries are removed to make room.
	MaxMemoryUsage uint64
	// CleanupInterval is the time between two removals of expired entries from a cache of its own
	// memory; 0 is never. Another store has the option purge_interval for it.
	CleanupInterval time.Duration
	// DefaultTTL is that of values which are given none; 0 is for ever.
	DefaultTTL time.Duration
}

// DefaultConfig returns the configuration with the settings above and a ttl of ten minutes.
func DefaultConfig() Config {
	return Config{
		MaxKeyLength:    DefaultMaxKeyLength,
		MaxMemoryUsage:  DefaultMaxMemoryUsage,
		CleanupInterval: DefaultCleanupInterval,
		DefaultTTL:      defaultTTL,
	}
}

// Validate returns an [ErrInvalidConfig] that names the first number which is negative.
func (c Config) Validate() error {
	for _, number := range []struct {
		name  string
		value int64
	}{
		{"MaxKeyLength", int64(c.MaxKeyLength)},
		{"CleanupInterval", int64(c.CleanupInterval)},
		{"DefaultTTL", int64(c.DefaultTTL)},
	} {
		if number.value < 0 {
			return fmt.Errorf("%w: %s cannot be negative", ErrInvalidConfig, number.name)
		}
	}
	return nil
}
