//go:build !kv_static

package capi

// #cgo pkg-config: kv
import "C"
