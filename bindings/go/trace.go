package kv

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Trace is a pair of functions that are called at the begin and the end of each call of a store, in
// its goroutine; either may be nil. They may run in several goroutines at once. A call takes as much
// longer as they take. They may call a store, whose calls are traced as well; a panic in them is one
// of the call.
type Trace struct {
	// Begin receives the context of the call, and returns the one for End, such as one with a span.
	// The call itself keeps its own.
	Begin func(ctx context.Context, call Call) context.Context
	// End receives the context that Begin has returned, without a Begin that of the call.
	End func(ctx context.Context, call Call)
	// Keys is whether a Call has its key, and an error the message, which may name it.
	Keys bool
}

// Call is a call as a [Trace] shows it.
type Call struct {
	// Kind is the kind under which the metrics count the call.
	Kind CallKind
	// Operation is the operation as errors name it, such as "get" or "set ttl".
	Operation string
	// Group is the group, empty if the call names none.
	Group string
	// Key is the key, or the name of a lock, namespace or idempotency record, with Trace.Keys.
	Key string
	// Duration is that of the call; at the begin it is 0.
	Duration time.Duration
	// Err is the error of the call at the end: its [Status] alone, or with Trace.Keys as the call
	// returns it.
	Err error
}

// SetTrace sets the trace of all calls of the process, in place of the one before; the zero Trace
// ends it. A call that has begun ends with the trace with which it began.
//
// Traced is each call of a [Store], a [Lock] and a [Typed] that takes a context, from its beginning
// to its return: of a scan, a watch and a value in pieces that is their opening. Of a transaction it
// is [Tx.Commit], with the context of its begin, and not [Store.Begin]; of a [Writer] also
// [Writer.Commit]. Not traced are reads of metrics, and calls with a nil context or on a store that
// was not opened.
//
// Without a trace a call looks once whether there is one, which costs no allocation.
func SetTrace(trace Trace) {
	if trace.Begin == nil && trace.End == nil {
		activeTrace.Store(nil)
		return
	}
	activeTrace.Store(&trace)
}

var activeTrace atomic.Pointer[Trace]

// tracedCall is a call whose begin a trace has seen; nil is one without a trace.
type tracedCall struct {
	trace *Trace
	ctx   context.Context
	call  Call
	begun time.Time
}

// beginTraced shows the begin of a call to the trace, if there is one.
func beginTraced(ctx context.Context, op operation, kind CallKind) *tracedCall {
	trace := activeTrace.Load()
	if trace == nil {
		return nil
	}
	return trace.begin(ctx, op, kind)
}

func (t *Trace) begin(ctx context.Context, op operation, kind CallKind) *tracedCall {
	key := ""
	if t.Keys {
		key = op.key
	}
	// A trace may keep the names, and those of the call may lie on its stack. One piece of memory for all.
	names := op.name + op.group + key
	group := len(op.name)
	rest := group + len(op.group)
	call := Call{Kind: kind, Operation: names[:group], Group: names[group:rest], Key: names[rest:]}
	if t.Begin != nil {
		ctx = t.Begin(ctx, call)
	}
	return &tracedCall{trace: t, ctx: ctx, call: call, begun: time.Now()}
}

// end shows the end of the call to its trace.
func (c *tracedCall) end(err error) {
	if c == nil || c.trace.End == nil {
		return
	}
	c.call.Duration = time.Since(c.begun)
	c.call.Err = err
	if err != nil && !c.trace.Keys {
		// It is allocated by errors.As, so only for an error.
		var detail *Error
		if errors.As(err, &detail) {
			c.call.Err = detail.Status
		}
	}
	c.trace.End(c.ctx, c.call)
}

// kindOf returns the kind of an operation that is not the commit of a transaction.
func kindOf(op operation) CallKind {
	if kind, isOther := kindsOfOperations[op.name]; isOther {
		return kind
	}
	return CallMaintenance
}

// kindsOfOperations has the operations that are not of CallMaintenance, but for the opening of a watch
// and the commits of transactions and writers, which name their kind themselves.
var kindsOfOperations = map[string]CallKind{
	"get": CallGet, "get entry": CallGet, "info": CallGet, "view": CallGet, "exists": CallGet, "ttl": CallGet,
	"get batch": CallGetMany,
	"set":       CallSet, "set ttl": CallSet, "put": CallSet,
	"delete": CallDelete, "delete version": CallDelete,
	"take":      CallTake,
	"increment": CallIncrement,
	"append":    CallAppend,
	"expire":    CallExpire, "persist": CallExpire,
	"scan": CallScan, "groups": CallScan, "snapshot": CallScan,
	"count": CallCount, "count all": CallCount,
	"delete group": CallDeleteRange, "delete prefix": CallDeleteRange, "delete all": CallDeleteRange,
	"purge expired": CallDeleteRange,
	"commit":        CallBatch, "set batch": CallBatch, "delete keys": CallBatch,
	"changes": CallWatch, "changes oldest": CallWatch,
	"lock": CallLock, "try lock": CallLock, "renew lock": CallLock, "release lock": CallLock, "lock holder": CallLock,
	"idempotency begin": CallIdempotency, "idempotency complete": CallIdempotency,
	"idempotency get": CallIdempotency, "idempotency forget": CallIdempotency,
	"open writer": CallStream, "open reader": CallStream,
	"set json": CallText, "get json": CallText, "render": CallText,
	"set quota": CallNamespace, "quota": CallNamespace,
	"copy": CallCopy,
}
