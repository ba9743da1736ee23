module kv.internal/sqltests

go 1.24.0

require (
	github.com/jackc/pgx/v5 v5.8.0
	github.com/lib/pq v1.12.3
	github.com/mattn/go-sqlite3 v1.14.32
	kv.internal/kv/adapters v0.0.0
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.2 // indirect
	golang.org/x/sync v0.17.0 // indirect
	golang.org/x/text v0.29.0 // indirect
)

replace kv.internal/kv => ../..

replace kv.internal/kv/adapters => ../../adapters
