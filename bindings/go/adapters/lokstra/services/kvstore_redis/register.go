// Package kvstore_redis makes the types of KvStore known under the name that lokstra gives it.
package kvstore_redis

import "kv.internal/kv/adapters/lokstra"

// Register is lokstra.Register.
func Register() { lokstra.Register() }
