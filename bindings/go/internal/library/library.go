// Package library does not compile where the library cannot be linked; its errors say what to do.
// In the published module kv.h lies here: `go mod vendor` keeps a header beside a Go file.
package library
