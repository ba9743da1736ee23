package kv

import (
	"encoding/binary"

	"kv.internal/kv/internal/capi"
)

// Bytes of a step in flat form before its group, key and value.
const stepHeader = 44

// stepAt returns the group and key of the step that begins at a place of the flat form, and where
// the next one begins.
func stepAt(flat []byte, at int) (group, key string, next int) {
	order := binary.LittleEndian
	from := at + stepHeader
	groupEnd := from + int(order.Uint32(flat[at+32:]))
	keyEnd := groupEnd + int(order.Uint32(flat[at+36:]))
	return string(flat[from:groupEnd]), string(flat[groupEnd:keyEnd]), keyEnd + int(order.Uint32(flat[at+40:]))
}

// indexOfStep returns the index of the step that begins at a place of the flat form, or -1.
func indexOfStep(flat []byte, place int) int {
	index := 0
	for at := 0; at < len(flat); index++ {
		if at == place {
			return index
		}
		_, _, at = stepAt(flat, at)
	}
	return -1
}

// named returns an operation with the names of a step.
func (b *Batch) named(op operation, index int) operation {
	at := 0
	for ; index > 0; index-- {
		_, _, at = stepAt(b.flat, at)
	}
	group, key, _ := stepAt(b.flat, at)
	return keyOp(op.name, group, key)
}

// conflict is the error of a step whose condition does not hold.
func (b *Batch) conflict(op operation, index int, version uint64) error {
	op = b.named(op, index)
	return &ConflictError{
		Op: op.name, Group: op.group, Key: op.key, Step: index, Version: version,
		subject: op.subject, isBatch: true,
	}
}

// failure is the error of a batch, with the names of the step that has failed, if it is known.
func (b *Batch) failure(op operation, failure *capi.Failure) error {
	flat := b.flat
	if b.durability != capi.DurabilityDefault {
		// The steps go to the library in several parts, and a place is one within its part.
		flat = nil
	}
	index, reason := stepOf(failure.Message, flat)
	if index < 0 && b.count == 1 {
		index = 0
	}
	if index >= b.count {
		index = -1
	}
	if index >= 0 {
		op = b.named(op, index)
	}
	err := op.explained(&capi.Failure{Status: failure.Status, OSError: failure.OSError, Message: reason})
	err.Step = index
	return err
}
