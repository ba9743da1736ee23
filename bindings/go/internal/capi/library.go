package capi

// A file of its own without cgo, which is there also when all others of this package are not.

import _ "kv.internal/kv/internal/library"
