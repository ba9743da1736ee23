module kv.internal/kv/docs/migrate/bbolt

go 1.24.0

require (
	go.etcd.io/bbolt v1.4.3
	kv.internal/kv v0.0.0
)

require golang.org/x/sys v0.29.0 // indirect

replace kv.internal/kv => ../../../../bindings/go
