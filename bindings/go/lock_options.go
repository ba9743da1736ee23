package kv

import "time"

// LockOption says how [Store.Lock] and [Store.TryLock] acquire a lock. Of two of a kind the later one
// counts.
type LockOption struct {
	part  lockPart
	owner string
	wait  time.Duration
}

// lockPart is the part of a request for a lock that an option is about.
type lockPart int

const (
	lockNothing lockPart = iota
	lockOwner
	lockWait
)

// WithOwner describes the caller to others, who read it by [Store.LockHolder]; it has up to 1,024
// bytes. It is no proof: two owners of one description are two.
func WithOwner(owner string) LockOption { return LockOption{part: lockOwner, owner: owner} }

// WithWait is how long [Store.Lock] waits at most; 0 does not wait, a negative time is
// [ErrArgument]. Without it the context alone ends the wait.
func WithWait(wait time.Duration) LockOption { return LockOption{part: lockWait, wait: wait} }

// lockRequest is how a lock is acquired.
type lockRequest struct {
	owner   string
	wait    time.Duration
	hasWait bool
}

func lockRequestOf(options []LockOption) lockRequest {
	var request lockRequest
	for _, option := range options {
		switch option.part {
		case lockOwner:
			request.owner = option.owner
		case lockWait:
			request.wait, request.hasWait = option.wait, true
		}
	}
	return request
}
