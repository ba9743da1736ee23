// A program whose application and kv write into one file at once: mattn/go-sqlite3 and kv use one
// copy of SQLite, that of the system. kv is built with KV_SYSTEM_SQLITE=ON, the program with the
// tag libsqlite3. The application writes by plumego's helpers over database/sql, which the
// adapters have.
//
//	shared DIRECTORY
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock"
	"kv.internal/kv/adapters/plumego/store/db"
)

const (
	// How many goroutines of each side write, and how often each does.
	writers = 4
	writes  = 500
	// How long a write waits that cannot succeed.
	shortWait = 100 * time.Millisecond
)

func main() {
	ctx := context.Background()
	path := filepath.Join(os.Args[1], "app.db")
	application := openApplication(ctx, path)
	store, err := kv.Open(ctx, "sqlite:"+path+"?busy_timeout=60s")
	check(err)

	var all sync.WaitGroup
	begin := make(chan struct{})
	start := func(work func(id int)) {
		for writer := range writers {
			all.Add(1)
			go func() {
				defer all.Done()
				<-begin
				for id := range writes {
					work(writer*writes + id)
				}
			}()
		}
	}
	start(func(id int) { addUser(ctx, application, id) })
	start(func(id int) { addKey(ctx, store, id) })
	// Each side is read meanwhile, by connections that are opened and closed.
	start(func(id int) {
		if id%10 == 0 {
			count(ctx, application, "SELECT count(*) FROM kv_entries")
			_, err := petrock.New(store).List("key*")
			check(err)
		}
	})
	close(begin)
	all.Wait()

	fmt.Printf("a write to the store waits for the transaction that it is in: %t\n", waits(ctx, application, store))
	report(ctx, application, store)
}

// openApplication opens the file, and makes the application's tables.
func openApplication(ctx context.Context, path string) *sql.DB {
	application, err := db.Open(db.DefaultConfig("sqlite3", "file:"+path+"?_txlock=immediate&_busy_timeout=60000"))
	check(err)
	check(db.WithTransaction(ctx, application, nil, func(tx *sql.Tx) error {
		for _, statement := range []string{
			"CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
			"CREATE TABLE totals (users INTEGER)",
			"INSERT INTO totals VALUES (0)",
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	}))
	return application
}

var errRefused = errors.New("refused")

// addUser writes two tables in one transaction. Each fifth is rolled back, and leaves nothing in
// either.
func addUser(ctx context.Context, application *sql.DB, id int) {
	err := db.WithTransaction(ctx, application, nil, func(tx *sql.Tx) error {
		var users int
		if err := tx.QueryRow("SELECT users FROM totals").Scan(&users); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO users VALUES (?, ?)", id, fmt.Sprint("user ", id)); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE totals SET users = ?", users+1); err != nil {
			return err
		}
		if id%5 == 0 {
			return errRefused
		}
		return nil
	})
	if id%5 != 0 || !errors.Is(err, errRefused) {
		check(err)
	}
}

// addKey writes a key and the number of keys in one transaction, which is tried again when another
// goroutine has counted meanwhile.
func addKey(ctx context.Context, store *kv.Store, id int) {
	check(store.Update(ctx, func(tx *kv.Tx) error {
		value, err := tx.Get("totals", "keys")
		var keys int
		switch {
		case err == nil:
			fmt.Sscan(string(value), &keys)
		case !errors.Is(err, kv.ErrNotFound):
			return err
		}
		if err := tx.Set("", fmt.Sprint("key ", id), []byte("{}")); err != nil {
			return err
		}
		return tx.Set("totals", "keys", []byte(fmt.Sprint(keys+1)))
	}, kv.Tries(10000)))
}

// waits reports whether a write to the store ends only with its context while the application's
// transaction that it is in holds the file's lock, and whether it works after that.
func waits(ctx context.Context, application *sql.DB, store *kv.Store) bool {
	var within error
	check(db.WithTransaction(ctx, application, nil, func(tx *sql.Tx) error {
		short, cancel := context.WithTimeout(ctx, shortWait)
		defer cancel()
		within = store.Set(short, "waits", "k", nil)
		return nil
	}))
	check(store.Set(ctx, "waits", "k", nil))
	check(store.Delete(ctx, "waits", "k"))
	return errors.Is(within, context.DeadlineExceeded)
}
