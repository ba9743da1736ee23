package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"

	"kv.internal/kv"
	"kv.internal/kv/adapters/plumego/store/db"
)

// report closes both sides and prints what each has written, as it counts it and as the other does.
func report(ctx context.Context, application *sql.DB, store *kv.Store) {
	keys, err := store.Count(ctx, "")
	check(err)
	counted, err := store.Get(ctx, "totals", "keys")
	check(err)
	check(store.Check(ctx))
	check(store.Close())
	rows, err := db.QueryContext(ctx, application, "PRAGMA integrity_check")
	check(err)
	faults, err := db.ScanRows(rows, func(rows *sql.Rows) (fault string, err error) { return fault, rows.Scan(&fault) })
	check(err)
	fmt.Printf("%d users, %d counted; %d keys, %s counted, in %d entries; the file is %v\n",
		count(ctx, application, "SELECT count(*) FROM users"),
		count(ctx, application, "SELECT users FROM totals"),
		keys, counted, count(ctx, application, "SELECT count(*) FROM kv_entries"), faults)
	check(application.Close())
}

func count(ctx context.Context, application *sql.DB, query string) (number int) {
	check(db.QueryRowStrict(ctx, application, query, func(rows *sql.Rows) error { return rows.Scan(&number) }))
	return number
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
