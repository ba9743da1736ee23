package capi

// #cgo noescape go_get_split
// #cgo nocallback go_get_split
// #cgo noescape go_get_fields
// #cgo nocallback go_get_fields
// #cgo noescape go_render
// #cgo nocallback go_render
// #cgo noescape go_get_json
// #cgo nocallback go_get_json
// #include "text.h"
import "C"

// BeginSplit begins a scan of the parts of a value between separators, as BeginScan does. The
// binding splits in Go, where the value is one of Go's then; a test compares the two.
func BeginSplit(store Store, group, key, separator string, buffer []byte) (Cursor, Fill, Status, *Failure) {
	var cursor Cursor
	var used, count C.size_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	p, pn := text(separator)
	status := C.go_get_split(store.handle, g, gn, k, kn, p, pn, &cursor.handle, slice(buffer), C.size_t(len(buffer)),
		&used, &count, &detail)
	return cursor, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// BeginFields begins a scan of the parts of a value between white space, as BeginSplit does.
func BeginFields(store Store, group, key string, buffer []byte) (Cursor, Fill, Status, *Failure) {
	var cursor Cursor
	var used, count C.size_t
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_fields(store.handle, g, gn, k, kn, &cursor.handle, slice(buffer), C.size_t(len(buffer)),
		&used, &count, &detail)
	return cursor, Fill{int(used), int(count)}, Status(status), failure(status, &detail)
}

// Render fills a group into a template that ends with a NUL; the text is for [Value.Own].
func Render(store Store, group string, source, buffer []byte) (Value, Status, *Failure) {
	var rendered Value
	var detail C.kv_error
	g, gn := text(group)
	status := C.go_render(store.handle, g, gn, slice(source), slice(buffer), C.size_t(len(buffer)), &rendered.pinned, &detail)
	return rendered, Status(status), failure(status, &detail)
}

// GetJSON returns the part of a value that a path, which ends with a NUL, leads to, for
// [Value.Own].
func GetJSON(store Store, group, key string, path, buffer []byte) (Value, Status, *Failure) {
	var value Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_get_json(store.handle, g, gn, k, kn, slice(path), slice(buffer), C.size_t(len(buffer)), &value.pinned, &detail)
	return value, Status(status), failure(status, &detail)
}
