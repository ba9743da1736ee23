package capi

// #include "log.h"
import "C"

import "runtime/cgo"

// Levels of the log.
const (
	LogOff   = C.KV_LOG_OFF
	LogError = C.KV_LOG_ERROR
	LogWarn  = C.KV_LOG_WARN
	LogInfo  = C.KV_LOG_INFO
	LogDebug = C.KV_LOG_DEBUG
)

// Numbers of the trace in C, which this binding does not use: it would run Go in calls that are
// marked as running none, and has no context. Package kv has one of its own.
const (
	TraceKeys  = C.KV_TRACE_KEYS
	TraceBegin = C.KV_TRACE_BEGIN
	TraceEnd   = C.KV_TRACE_END
)

// LogRecord is a record of the log.
type LogRecord struct {
	Level                 int32
	TimeMs                int64
	Topic, Store, Message string
}

// LogFunction is called with each record, in a thread of the library. A panic or a runtime.Goexit
// must not leave it: C's frames are below.
type LogFunction func(LogRecord)

// SetLog sends the records of a level and above to a function; nil ends the log.
func SetLog(level int32, function LogFunction) *Failure {
	var detail C.kv_error
	var number cgo.Handle
	if function != nil {
		number = cgo.NewHandle(function)
	}
	// Not marked: it releases the function before, and waits for its last call.
	status := C.go_set_log(C.int32_t(level), C.uintptr_t(number), &detail)
	if status != C.KV_OK && function != nil {
		number.Delete()
	}
	return failure(status, &detail)
}

//export goRecord
func goRecord(number C.uintptr_t, record *C.kv_log_record) {
	cgo.Handle(uintptr(number)).Value().(LogFunction)(LogRecord{
		Level:   int32(record.level),
		TimeMs:  int64(record.time_ms),
		Topic:   C.GoString(record.topic),
		Store:   C.GoString(record.store),
		Message: C.GoString(record.message),
	})
}
