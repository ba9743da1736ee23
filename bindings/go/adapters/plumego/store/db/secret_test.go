package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"kv.internal/kv/adapters/plumego/store/db"
)

// Each DSN has a password with "hush" in it, and each text is that of an error which gives it away.
var secrets = []struct{ dsn, text string }{
	{"postgres://ada:hush@host/app", "cannot reach postgres://ada:hush@host/app"},
	{"postgres://ada:hush@host/app", `no password "hush" here`},
	{"postgres://ada:a@hush@host/app?x=b@c", "a@hush is refused"},
	{"postgres://ada:hush%21@host/app", "hush! is refused"},
	{`postgres://ada:hush"@host/app`, `"hush\"" is refused`},
	{`postgres://ada:hush"%21@host/app`, `hush"%21 is refused`},
	{"ada:hush@tcp(host:3306)/app", "ada has no hush"},
	{"host=db user=ada password=hush", "hush"},
	{"host=db user=ada PASSWORD = 'hush one'", "hush one"},
	{"server=db;user id=ada;pwd=hush;", "hush is wrong"},
	{"file:app.db?_auth&_auth_user=ada&_auth_pass=hush", "hush is wrong"},
	{"file:app.db?_key=hush", "hush is no key"},
}

func TestThePasswordOfADSNIsInNoErrorOfOpening(t *testing.T) {
	for _, secret := range secrets {
		cause := errors.New(secret.text)
		_, err := db.OpenWith(db.DefaultConfig("postgres", secret.dsn),
			func(string, string) (*sql.DB, error) { return nil, cause })
		if !errors.Is(err, db.ErrConnectionFailed) || !errors.Is(err, cause) {
			t.Errorf("%s: %v", secret.dsn, err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %s", err, err, err), "hush") {
			t.Errorf("%s: %v", secret.dsn, err)
		}
	}
}

func TestAnErrorOfOpeningWithoutThePasswordKeepsItsText(t *testing.T) {
	for _, config := range []db.Config{
		db.DefaultConfig("postgres", "postgres://ada:hush@host/app"),
		db.DefaultConfig("postgres", "postgres://ada:postgres@host/app"),
		db.DefaultConfig("postgres", "host=db sslkey=client.pem password=''"),
		db.DefaultConfig("postgres", "postgres://ada:@host/app"),
	} {
		_, err := db.OpenWith(config, func(string, string) (*sql.DB, error) {
			return nil, errors.New("driver postgres: no client.pem")
		})
		if want := "db: connection failed: driver postgres: no client.pem"; err.Error() != want {
			t.Errorf("%s: %v", config.DSN, err)
		}
	}
}

// A driver that parses its DSN when it connects returns the error from the first call.
func TestThePasswordOfAnInvalidURLIsInNoErrorOfACall(t *testing.T) {
	for _, dsn := range []string{"postgres://ada:hush%zz@host/app", "postgres://ada:hush/one@host/app"} {
		_, cause := url.Parse(dsn)
		if cause == nil {
			t.Fatalf("%s is a valid URL", dsn)
		}
		refused := fmt.Errorf("driver: %w", cause)
		found := failures(t.Context(), (&fake{fail: map[string]error{"connect": refused}}).open(t))
		_, found["OpenWith"] = db.OpenWith(db.DefaultConfig("postgres", dsn),
			func(string, string) (*sql.DB, error) { return nil, refused })
		for call, err := range found {
			if err == nil || !errors.Is(err, cause) || strings.Contains(err.Error(), "hush") ||
				!strings.Contains(err.Error(), "percent-encode") {
				t.Errorf("%s: %v", call, err)
			}
		}
	}
}

func TestAnInvalidURLWithoutAPasswordIsNamed(t *testing.T) {
	_, cause := url.Parse("postgres://host:port/app")
	pool := (&fake{fail: map[string]error{"connect": cause}}).open(t)
	if err := db.Ping(t.Context(), pool); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Error(err)
	}
}

// failures returns what each helper returns, by its name.
func failures(ctx context.Context, database db.DB) map[string]error {
	noScan := func(*sql.Rows) error { return errors.New("a row was scanned") }
	found := map[string]error{
		"Ping":           db.Ping(ctx, database),
		"QueryRowStrict": db.QueryRowStrict(ctx, database, "SELECT", noScan),
		"WithTransaction": db.WithTransaction(ctx, database, nil, func(*sql.Tx) error {
			return errors.New("the function was called")
		}),
	}
	_, found["ExecContext"] = db.ExecContext(ctx, database, "INSERT")
	_, found["QueryContext"] = db.QueryContext(ctx, database, "SELECT")
	for name, query := range map[string]func(context.Context, db.DB, string, ...any) (*sql.Row, error){
		"QueryRow": db.QueryRow, "QueryRowContext": db.QueryRowContext,
	} {
		row, err := query(ctx, database, "SELECT")
		if err == nil {
			err = db.ScanRow(row, new(int), new(string))
		}
		found[name] = err
	}
	return found
}
