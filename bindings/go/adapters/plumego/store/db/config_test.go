package db_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"kv.internal/kv/adapters/plumego/store/db"
)

func TestDefaultConfigIsTheDocumentedOne(t *testing.T) {
	want := db.Config{
		Driver: "postgres", DSN: "host=db", MaxOpenConns: 10, MaxIdleConns: 5,
		ConnMaxLifetime: 30 * time.Minute, ConnMaxIdleTime: 5 * time.Minute,
	}
	config := db.DefaultConfig("postgres", "host=db")
	if config != want {
		t.Errorf("%+v", config)
	}
	if err := config.Validate(); err != nil {
		t.Error(err)
	}
}

func TestAnInvalidConfigNamesItsSettingAndOpensNothing(t *testing.T) {
	for setting, config := range map[string]db.Config{
		"driver is required":                   {Driver: " ", DSN: "dsn"},
		"dsn is required":                      {Driver: "fake", DSN: "\t"},
		"MaxOpenConns must be non-negative":    {Driver: "fake", DSN: "dsn", MaxOpenConns: -1},
		"MaxIdleConns must be non-negative":    {Driver: "fake", DSN: "dsn", MaxIdleConns: -1},
		"ConnMaxLifetime must be non-negative": {Driver: "fake", DSN: "dsn", ConnMaxLifetime: -1},
		"ConnMaxIdleTime must be non-negative": {Driver: "fake", DSN: "dsn", ConnMaxIdleTime: -1},
	} {
		_, opened := db.OpenWith(config, func(string, string) (*sql.DB, error) {
			t.Errorf("%s: it is opened", setting)
			return nil, nil
		})
		for _, err := range []error{config.Validate(), opened} {
			if !errors.Is(err, db.ErrInvalidConfig) || err.Error() != "db: invalid config: "+setting {
				t.Errorf("%s: %v", setting, err)
			}
		}
	}
	if err := (db.Config{}).Validate(); !errors.Is(err, db.ErrInvalidConfig) {
		t.Error(err)
	}
	if err := (db.Config{Driver: "fake", DSN: "dsn"}).Validate(); err != nil {
		t.Error("limits of 0:", err)
	}
}

func TestOpenWithAppliesTheLimitsAndConnectsToNothing(t *testing.T) {
	database := &fake{fail: map[string]error{"connect": errors.New("it connects")}}
	config := db.Config{Driver: "fake", DSN: "place", MaxOpenConns: 3, MaxIdleConns: 2}
	pool, err := db.OpenWith(config, func(driver, dsn string) (*sql.DB, error) {
		if driver != "fake" || dsn != "place" {
			t.Errorf("%q, %q", driver, dsn)
		}
		return database.open(t), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if limit := pool.Stats().MaxOpenConnections; limit != 3 {
		t.Error("the limit is", limit)
	}
}

func TestOpenWithReturnsTheErrorOfItsFunction(t *testing.T) {
	config := db.Config{Driver: "fake", DSN: "dsn"}
	refused := errors.New("refused")
	if _, err := db.OpenWith(config, nil); !errors.Is(err, db.ErrInvalidConfig) {
		t.Error("no function:", err)
	}
	_, err := db.OpenWith(config, func(string, string) (*sql.DB, error) { return nil, refused })
	if !errors.Is(err, db.ErrConnectionFailed) || !errors.Is(err, refused) {
		t.Error(err)
	}
	pool, err := db.OpenWith(config, func(string, string) (*sql.DB, error) { return nil, nil })
	if pool != nil || !errors.Is(err, db.ErrConnectionFailed) {
		t.Error("nil:", pool, err)
	}
}

func TestOpenSaysThatADriverIsUnknown(t *testing.T) {
	_, err := db.Open(db.DefaultConfig("unheard", "unheard://ada:unheard@host/"))
	if !errors.Is(err, db.ErrConnectionFailed) || !strings.Contains(err.Error(), `unknown driver "unheard"`) {
		t.Error(err)
	}
}

func TestApplyConfigSetsAndResetsLimits(t *testing.T) {
	pool := (&fake{}).open(t)
	idleAfterPings := func() int {
		for range 2 {
			if err := pool.PingContext(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return pool.Stats().Idle
	}
	db.ApplyConfig(pool, db.Config{MaxOpenConns: 1, MaxIdleConns: 9})
	if stats := pool.Stats(); stats.MaxOpenConnections != 1 || idleAfterPings() != 1 {
		t.Errorf("%+v", stats)
	}
	db.ApplyConfig(pool, db.Config{})
	if stats := pool.Stats(); stats.MaxOpenConnections != 0 || stats.Idle != 0 || idleAfterPings() != 0 {
		t.Errorf("%+v", stats)
	}
	db.ApplyConfig(pool, db.Config{MaxIdleConns: 1, ConnMaxLifetime: time.Nanosecond})
	if idleAfterPings(); pool.Stats().MaxLifetimeClosed == 0 {
		t.Error("a connection outlives its time")
	}
	db.ApplyConfig(pool, db.Config{MaxIdleConns: 1, ConnMaxIdleTime: time.Nanosecond})
	idleAfterPings()
	until(t, "end of an idle connection", func() bool { return pool.Stats().MaxIdleTimeClosed > 0 })
	db.ApplyConfig(nil, db.Config{})
}
