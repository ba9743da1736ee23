// Package redis has the error of a missing key under the name that lokstra's users know.
package redis

import "kv.internal/kv/adapters/lokstra"

// Nil is lokstra.Nil.
const Nil = lokstra.Nil
