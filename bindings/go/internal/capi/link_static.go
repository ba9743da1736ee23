//go:build kv_static

package capi

// The archive comes first, so that nothing is left for the shared library, which the -lkv of
// pkg-config names, to define; and a library that defines nothing is then not needed.

// #cgo LDFLAGS: -Wl,--as-needed -l:libkv.a
// #cgo pkg-config: --static kv
import "C"
