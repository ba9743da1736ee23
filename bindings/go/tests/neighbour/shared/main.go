// A program whose kv and mattn/go-sqlite3 write into one file at once: they use one copy of SQLite, that
// of the system. kv is built with KV_SYSTEM_SQLITE=ON, the program with the tag libsqlite3.
//
//	shared DIRECTORY
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	_ "github.com/mattn/go-sqlite3"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock"
)

const writes = 1000

func main() {
	ctx := context.Background()
	path := filepath.Join(os.Args[1], "app.db")
	database, err := sql.Open("sqlite3", path)
	check(err)
	_, err = database.ExecContext(ctx, "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
	check(err)
	store, err := kv.Open(ctx, path)
	check(err)
	values := petrock.New(store)

	var all sync.WaitGroup
	run := func(work func(id int)) {
		all.Add(1)
		go func() {
			defer all.Done()
			for id := range writes {
				work(id)
			}
		}()
	}
	run(func(id int) {
		_, err := database.ExecContext(ctx, "INSERT INTO users VALUES (?, ?)", id, fmt.Sprint("user ", id))
		check(err)
	})
	run(func(id int) { check(values.Set(fmt.Sprint("key ", id), id)) })
	// Both are read meanwhile, by connections that are opened and closed.
	run(func(int) {
		count(ctx, database, "kv_entries")
		_, err := values.List("key*")
		check(err)
	})
	all.Wait()

	keys, err := values.List("*")
	check(err)
	check(store.Check(ctx))
	check(store.Close())
	var sound string
	check(database.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&sound))
	users, entries := count(ctx, database, "users"), count(ctx, database, "kv_entries")
	check(database.Close())
	fmt.Printf("%d users, %d keys in %d entries, the file is %s\n", users, len(keys), entries, sound)
}

func count(ctx context.Context, database *sql.DB, table string) int {
	var rows int
	check(database.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&rows))
	return rows
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
