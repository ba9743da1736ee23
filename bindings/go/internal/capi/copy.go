package capi

// #cgo noescape kv_copy_state_free
// #cgo nocallback kv_copy_state_free
// #include "shim.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Treatment of entries that are in the target already.
const (
	CopyOverwrite = C.KV_COPY_OVERWRITE
	CopyKeep      = C.KV_COPY_KEEP
	CopyRefuse    = C.KV_COPY_REFUSE
)

// Position is the entry that a copy has come to, or none.
type Position struct {
	Group, Key string
	IsSet      bool
}

// CopyState is how far a copy has come.
type CopyState struct {
	Entries  uint64
	Bytes    uint64
	Skipped  uint64
	Expired  uint64
	Missing  uint64
	Total    uint64
	Position Position
}

// CopyProgress is called with the state of a copy; false ends it. As [Progress], it must return.
type CopyProgress func(CopyState) bool

// Copy copies a store into another, after a position. The progress may be nil. How far it came is
// there in any case.
func Copy(from, to Store, existing uint32, after Position, progress CopyProgress) (CopyState, *Failure) {
	var detail C.kv_error
	number, release := numbered(progress, progress != nil)
	defer release()
	state := C.kv_copy_state{size: C.uint32_t(unsafe.Sizeof(C.kv_copy_state{}))}
	group, groupLen := text(after.Group)
	key, keyLen := Bound{Text: after.Key, IsSet: after.IsSet}.bytes()
	status := C.go_copy(from.handle, to.handle, C.uint32_t(existing), group, groupLen, key, keyLen,
		number, &state, &detail)
	reached := copyState(&state)
	C.kv_copy_state_free(&state)
	return reached, failure(status, &detail)
}

func copyState(state *C.kv_copy_state) CopyState {
	bytes := func(data *C.uint8_t, length C.size_t) string {
		return string(unsafe.Slice((*byte)(data), length))
	}
	return CopyState{
		Entries: uint64(state.entries),
		Bytes:   uint64(state.bytes),
		Skipped: uint64(state.skipped),
		Expired: uint64(state.expired),
		Missing: uint64(state.missing),
		Total:   uint64(state.total),
		Position: Position{
			Group: bytes(state.group, state.group_len),
			Key:   bytes(state.key, state.key_len),
			IsSet: state.key != nil,
		},
	}
}

//export goCopyProgress
func goCopyProgress(number C.uintptr_t, state *C.kv_copy_state) C.int32_t {
	if cgo.Handle(uintptr(number)).Value().(CopyProgress)(copyState(state)) {
		return 0
	}
	return 1
}
