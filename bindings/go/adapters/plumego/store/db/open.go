package db

import (
	"database/sql"
	"fmt"
)

// OpenFunc opens a database, as [sql.Open] does.
type OpenFunc func(driver, dsn string) (*sql.DB, error)

// Open returns the database of a configuration, which the caller closes. It makes no connection;
// [Ping] shows whether one can be made.
func Open(config Config) (*sql.DB, error) { return OpenWith(config, sql.Open) }

// OpenWith is Open with another function in the place of [sql.Open].
func OpenWith(config Config, open OpenFunc) (*sql.DB, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if open == nil {
		return nil, fmt.Errorf("%w: open function is required", ErrInvalidConfig)
	}
	pool, err := open(config.Driver, config.DSN)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrConnectionFailed, withoutPassword(withoutURL(err), config))
	case pool == nil:
		return nil, fmt.Errorf("%w: open function returned nil database", ErrConnectionFailed)
	}
	ApplyConfig(pool, config)
	return pool, nil
}

// ApplyConfig sets how many connections a database keeps, and for how long; a 0 takes a limit away
// that was set before. The driver and the DSN are not used. A nil database is left alone.
func ApplyConfig(db *sql.DB, config Config) {
	if db == nil {
		return
	}
	db.SetMaxOpenConns(config.MaxOpenConns)
	db.SetMaxIdleConns(config.MaxIdleConns)
	db.SetConnMaxLifetime(config.ConnMaxLifetime)
	db.SetConnMaxIdleTime(config.ConnMaxIdleTime)
}
