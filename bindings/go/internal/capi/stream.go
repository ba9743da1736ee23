package capi

// #cgo noescape kv_writer_size
// #cgo nocallback kv_writer_size
// #cgo noescape go_reader_open
// #cgo nocallback go_reader_open
// #cgo noescape go_reader_read
// #cgo nocallback go_reader_read
// #include "stream.h"
import "C"

// PieceLen is the length of the pieces in which a longer value is stored.
const PieceLen = C.KV_PIECE_LEN

// StreamLenMax is the length of the longest value that is written in pieces.
const StreamLenMax = C.KV_STREAM_LEN_MAX

// Writer is the number of a value that is being written in pieces. Its zero value is none.
type Writer struct{ handle C.kv_writer }

// Reader is the number of a value that is read in pieces. Its zero value is none.
type Reader struct{ handle C.kv_reader }

// OpenWriter begins a value.
func OpenWriter(store Store, group, key string, put Put) (Writer, *Failure) {
	g, gn := text(group)
	k, kn := text(key)
	o := C.go_writer_open(store.handle, g, gn, k, kn, put.options())
	return Writer{o.writer}, kept(o.status, o.failure)
}

// Write appends bytes. After a failure the writer is of use only for Abort.
func (w Writer) Write(data []byte) *Failure {
	_, f := written(C.go_writer_write(w.handle, slice(data), C.size_t(len(data))))
	return f
}

// Size returns how many bytes were written. The binding counts them itself; a test compares the
// two.
func (w Writer) Size() (uint64, *Failure) {
	var size C.uint64_t
	var detail C.kv_error
	status := C.kv_writer_size(w.handle, &size, &detail)
	return uint64(size), failure(status, &detail)
}

// Commit makes the bytes the value of the key. OK and Conflict, with which the version is the one
// that is there, end the writer; a failure does not.
func (w Writer) Commit() (uint64, Status, *Failure) {
	c := C.go_writer_commit(w.handle)
	s, f := written(c)
	return uint64(c.number), s, f
}

// Abort ends a writer, and discards its bytes.
func (w Writer) Abort() *Failure {
	_, f := written(C.go_writer_abort(w.handle))
	return f
}

// OpenReader opens a value and returns what there is to know of it, with nothing to free.
func OpenReader(store Store, group, key string) (Reader, Value, Status, *Failure) {
	var reader Reader
	var info Value
	var detail C.kv_error
	g, gn := text(group)
	k, kn := text(key)
	status := C.go_reader_open(store.handle, g, gn, k, kn, &reader.handle, &info.pinned, &detail)
	if status != C.KV_OK && reader.handle.id != 0 {
		reader.Close()
	}
	return reader, info, Status(status), failure(status, &detail)
}

// Read copies bytes from an offset on into a buffer, and returns how many: fewer than it has room
// for only at the end of the value.
func (r Reader) Read(offset uint64, buffer []byte) (int, *Failure) {
	var n C.size_t
	var detail C.kv_error
	status := C.go_reader_read(r.handle, C.uint64_t(offset), slice(buffer), C.size_t(len(buffer)), &n, &detail)
	return int(n), failure(status, &detail)
}

// Close ends a reader.
func (r Reader) Close() *Failure {
	_, f := written(C.go_reader_close(r.handle))
	return f
}
