module kv.internal/sessions

go 1.24.0

require kv.internal/kv v0.0.0

replace kv.internal/kv => ../../../bindings/go
