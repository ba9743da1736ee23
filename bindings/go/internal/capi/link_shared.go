//go:build kv_pkgconfig && !kv_static

package capi

// #cgo pkg-config: kv
import "C"
