module kv.internal/neighbour

go 1.24.0

require (
	kv.internal/kv v0.0.0
	kv.internal/kv/adapters v0.0.0
)

require github.com/mattn/go-sqlite3 v1.14.32

replace kv.internal/kv => ../..

replace kv.internal/kv/adapters => ../../adapters
