package kv

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"kv.internal/kv/internal/capi"
)

// SetLog sends the records of the library to a handler of package log/slog, in place of the one
// before; nil ends the log. The records are those of the whole process: what the library does in the
// background, and what fails without failing a call. Without a log it writes nothing.
//
//	err := kv.SetLog(slog.LevelInfo, slog.Default().Handler())
//
// A record has its own time, the attribute topic, which is log, open, close, recovery, checkpoint,
// stall, purge, slow, connection, failover, poison, panic or watch, and the attribute store, unless
// it is about none: the path, or the addresses and the prefix. No record has a password, a key or a
// value. The option slow of a location makes a record of each call that takes as long.
//
// Records below the level, and those that the handler is not enabled for, are left out. The levels
// are those of package slog; one above [slog.LevelError] is [ErrArgument].
//
// The handler runs in a thread of the library, never inside a call of the program, so that no call
// waits for it. It may use stores, whose calls are not logged then, and must not call SetLog, which
// is [ErrBusy]. At most 1,024 records wait; more are dropped, and counted in a record. [Store.Close]
// waits for the records before it, for a second at most. An error or a panic of the handler is
// written to standard error and goes no further; a [runtime.Goexit] ends the program.
func SetLog(level slog.Level, handler slog.Handler) error {
	op := plainOp("set log")
	if handler == nil {
		return op.failure(capi.SetLog(capi.LogOff, nil))
	}
	if level > slog.LevelError {
		return op.argument("the level %v is above ERROR; a handler that is nil ends the log", level)
	}
	return op.failure(capi.SetLog(libraryLevel(level), func(raw capi.LogRecord) { handle(handler, raw) }))
}

// libraryLevel returns the least level whose records are at or above one of package slog.
func libraryLevel(level slog.Level) int32 {
	switch {
	case level > slog.LevelWarn:
		return capi.LogError
	case level > slog.LevelInfo:
		return capi.LogWarn
	case level > slog.LevelDebug:
		return capi.LogInfo
	default:
		return capi.LogDebug
	}
}

func levelOf(level int32) slog.Level {
	switch level {
	case capi.LogError:
		return slog.LevelError
	case capi.LogWarn:
		return slog.LevelWarn
	case capi.LogInfo:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// handle passes a record on. Frames of the library are below: a panic ends here, and a Goexit, which
// cannot be stopped, ends the program before it leaves those frames. The reports go past package log,
// which may lead to the same handler.
func handle(handler slog.Handler, raw capi.LogRecord) {
	returned := false
	defer func() {
		if panicked := recover(); panicked != nil {
			fmt.Fprintf(os.Stderr, "kv: the handler of the log panicked: %v\n%s", panicked, debug.Stack())
		} else if !returned {
			panic("kv: the handler of the log has ended its goroutine, as runtime.Goexit and testing's FailNow do")
		}
	}()
	ctx, level := context.Background(), levelOf(raw.Level)
	if handler.Enabled(ctx, level) {
		record := slog.NewRecord(time.UnixMilli(raw.TimeMs), level, raw.Message, 0)
		record.AddAttrs(slog.String("topic", raw.Topic))
		if raw.Store != "" {
			record.AddAttrs(slog.String("store", raw.Store))
		}
		if err := handler.Handle(ctx, record); err != nil {
			fmt.Fprintf(os.Stderr, "kv: the handler of the log has failed: %v\n", err)
		}
	}
	returned = true
}
