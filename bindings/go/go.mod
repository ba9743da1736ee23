module kv.internal/kv

go 1.24.0
