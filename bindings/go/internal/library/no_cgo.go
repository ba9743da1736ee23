//go:build !cgo

package library

const _ int = "kv calls C: build with CGO_ENABLED=1 and a C compiler"
