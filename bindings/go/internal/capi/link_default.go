//go:build !kv_pkgconfig && !kv_static

package capi

// The published module has in place of this file one for each platform, which links an archive.

// #cgo pkg-config: kv
import "C"
