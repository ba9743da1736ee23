module kv.internal/histories

go 1.24.0

require (
	github.com/anishathalye/porcupine v1.3.1
	kv.internal/kv v0.0.0
)

replace kv.internal/kv => ../../bindings/go
