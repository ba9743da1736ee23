// Package serviceapi has the interface of a KvStore under the name that lokstra gives it.
package serviceapi

import "kv.internal/kv/adapters/lokstra"

// KvStore is lokstra.KvStore.
type KvStore = lokstra.KvStore
