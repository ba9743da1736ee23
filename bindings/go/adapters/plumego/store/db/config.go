package db

import (
	"fmt"
	"strings"
	"time"
)

// Config says which database to open and how many connections to keep.
type Config struct {
	// Driver is the name under which the driver is registered, such as "postgres" or "sqlite3".
	Driver string
	// DSN names the database in the driver's own form. It can have a password, so it is in no error.
	DSN string
	// MaxOpenConns is how many connections may be open; 0 is no limit.
	MaxOpenConns int
	// MaxIdleConns is how many connections are kept for later calls, at most MaxOpenConns; 0 is none.
	MaxIdleConns int
	// ConnMaxLifetime is how long a connection is used; 0 is no limit.
	ConnMaxLifetime time.Duration
	// ConnMaxIdleTime is how long a connection is kept without use; 0 is no limit.
	ConnMaxIdleTime time.Duration
}

// DefaultConfig is 10 connections, of which 5 are kept, for 30 minutes each and 5 without use.
func DefaultConfig(driver, dsn string) Config {
	return Config{
		Driver:          driver,
		DSN:             dsn,
		MaxOpenConns:    10,
		MaxIdleConns:    5,
		ConnMaxLifetime: 30 * time.Minute,
		ConnMaxIdleTime: 5 * time.Minute,
	}
}

// Validate returns [ErrInvalidConfig] with the first setting that is missing or negative.
func (c Config) Validate() error {
	for _, setting := range []struct{ name, value string }{{"driver", c.Driver}, {"dsn", c.DSN}} {
		if strings.TrimSpace(setting.value) == "" {
			return fmt.Errorf("%w: %s is required", ErrInvalidConfig, setting.name)
		}
	}
	for _, setting := range []struct {
		name  string
		value int64
	}{
		{"MaxOpenConns", int64(c.MaxOpenConns)},
		{"MaxIdleConns", int64(c.MaxIdleConns)},
		{"ConnMaxLifetime", int64(c.ConnMaxLifetime)},
		{"ConnMaxIdleTime", int64(c.ConnMaxIdleTime)},
	} {
		if setting.value < 0 {
			return fmt.Errorf("%w: %s must be non-negative", ErrInvalidConfig, setting.name)
		}
	}
	return nil
}
