// A program with two SQLites in it: that of kv and that of mattn/go-sqlite3. Each opens a database
// of its own, both are used in turns, and each keeps its own version. A database that the other has
// open is refused.
//
//	neighbour DIRECTORY
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"

	"kv.internal/kv"
)

const rounds = 100

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, filepath.Join(os.Args[1], "store.db"))
	check(err)
	database, err := sql.Open("sqlite3", filepath.Join(os.Args[1], "neighbour.db"))
	check(err)
	_, err = database.ExecContext(ctx, "CREATE TABLE t (n INTEGER)")
	check(err)
	for range rounds {
		_, err = store.Increment(ctx, "g", "n", 1, 0)
		check(err)
		_, err = database.ExecContext(ctx, "INSERT INTO t VALUES (1)")
		check(err)
	}
	counted, err := store.Get(ctx, "g", "n")
	check(err)
	var rows int
	check(database.QueryRowContext(ctx, "SELECT count(*) FROM t").Scan(&rows))

	figures, err := store.Stats(ctx)
	check(err)
	var its string
	check(database.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&its))
	compiled, _, _ := sqlite3.Version()
	check(store.Check(ctx))
	check(database.Close())
	check(store.Close())
	refused := openNeighboursFile(ctx)
	fmt.Printf("kv counted %s, the neighbour %d\n", counted, rows)
	fmt.Printf("the neighbour uses its own: %t\n", its == compiled)
	fmt.Printf("its open file is refused: %t\n", refused)
	fmt.Fprintf(os.Stderr, "kv has SQLite %s, the neighbour %s\n", figures.SQLiteVersion, its)
}

// openNeighboursFile reports whether the store of the file that the neighbour has open is refused, and
// opens it when that is closed.
func openNeighboursFile(ctx context.Context) bool {
	path := filepath.Join(os.Args[1], "store.db")
	database, err := sql.Open("sqlite3", path)
	check(err)
	var groups int
	check(database.QueryRowContext(ctx, "SELECT count(*) FROM kv_entries").Scan(&groups))
	_, err = kv.Open(ctx, path)
	refused := errors.Is(err, kv.ErrBusy) && strings.Contains(err.Error(), "open outside kv (descriptor ")
	if !refused {
		log.Print(err)
	}
	check(database.Close())
	store, err := kv.Open(ctx, path)
	check(err)
	check(store.Close())
	return refused
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
