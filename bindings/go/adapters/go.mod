module kv.internal/kv/adapters

go 1.24.0

require kv.internal/kv v0.0.0

replace kv.internal/kv => ..
