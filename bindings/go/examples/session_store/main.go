// Sessions that end by themselves, stay ended, and are found by user.
//
// Beside the group of all sessions each user has a group with the ids of that user's: an index, so
// that to list or end them costs what one user has, however many sessions there are. A session and
// its place in the index are written together, with one ttl: neither is ever there alone.
//
// A refresh is the dangerous call. It reads a session and writes it back; if the user logs out in
// between, a plain write would bring the session back to life. A transaction commits only if what
// it has read is still so; otherwise it is made again, of what is there now.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"
	"time"

	"kv.internal/kv"
)

const (
	group  = "sessions"
	others = 500
)

// sessions is those of a store.
type sessions struct{ store *kv.Store }

// indexOf names the group of a user's ids.
func indexOf(user string) string { return "sessions of " + user }

// begin begins a session; an id that is in use is not taken over.
func (s sessions) begin(ctx context.Context, id, user string, ttl time.Duration) string {
	var batch kv.Batch
	batch.Set(group, id, []byte(user), kv.IfAbsent(), kv.ExpireAfter(ttl))
	batch.Set(indexOf(user), id, nil, kv.IfAbsent(), kv.ExpireAfter(ttl))
	_, err := s.store.Commit(ctx, &batch)
	if errors.Is(err, kv.ErrConflict) {
		return "taken"
	}
	check("begin session", err)
	return "ok"
}

// extend lets a live session last for a time from now.
func (s sessions) extend(ctx context.Context, id string, ttl time.Duration) string {
	return s.change(ctx, id, func(tx *kv.Tx, user []byte) error {
		if err := tx.Set(group, id, user, kv.ExpireAfter(ttl)); err != nil {
			return err
		}
		return tx.Set(indexOf(string(user)), id, nil, kv.ExpireAfter(ttl))
	})
}

// end ends a session.
func (s sessions) end(ctx context.Context, id string) string {
	return s.change(ctx, id, func(tx *kv.Tx, user []byte) error {
		if err := tx.Delete(group, id); err != nil {
			return err
		}
		return tx.Delete(indexOf(string(user)), id)
	})
}

// change changes a live session and its place in the index together.
func (s sessions) change(ctx context.Context, id string, change func(tx *kv.Tx, user []byte) error) string {
	err := s.store.Update(ctx, func(tx *kv.Tx) error {
		user, err := tx.Get(group, id)
		if err != nil {
			return err
		}
		return change(tx, user)
	})
	if errors.Is(err, kv.ErrNotFound) {
		return "ended already"
	}
	check("change session", err)
	return "ok"
}

// list returns the ids of a user's sessions.
func (s sessions) list(ctx context.Context, user string) string {
	ids, err := s.store.Keys(ctx, indexOf(user))
	check("list sessions", err)
	return strings.Join(append([]string{user + ":"}, ids...), " ")
}

// endAll ends the sessions of a user, all at once, and returns their ids.
func (s sessions) endAll(ctx context.Context, user string) string {
	ended := s.list(ctx, user)
	var batch kv.Batch
	for session, err := range s.store.Scan(ctx, indexOf(user), kv.KeysOnly()) {
		check("list sessions", err)
		batch.Delete(group, session.Key)
		batch.Delete(indexOf(user), session.Key)
	}
	_, err := s.store.Commit(ctx, &batch)
	check("end sessions", err)
	return ended
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "sessions.db")[1])
	check("open", err)
	s := sessions{store}
	for i := range others {
		s.begin(ctx, fmt.Sprint("o", i), fmt.Sprint("user ", i), time.Hour)
	}
	fmt.Println("begin phone:", s.begin(ctx, "phone", "ada", time.Hour))
	fmt.Println("begin laptop:", s.begin(ctx, "laptop", "ada", time.Hour))
	fmt.Println("begin phone, of another:", s.begin(ctx, "phone", "mallory", time.Hour))
	fmt.Println("begin kiosk, for a moment:", s.begin(ctx, "kiosk", "ada", 20*time.Millisecond))
	for isThere := true; isThere; runtime.Gosched() {
		isThere, err = store.Exists(ctx, group, "kiosk")
		check("look for session", err)
	}
	fmt.Println("refresh kiosk:", s.extend(ctx, "kiosk", time.Hour))
	fmt.Println("refresh phone:", s.extend(ctx, "phone", 2*time.Hour))
	fmt.Println("sessions of", s.list(ctx, "ada"))

	fmt.Println("begin tablet:", s.begin(ctx, "tablet", "ada", time.Hour))
	fmt.Println("end laptop:", s.end(ctx, "laptop"))
	fmt.Println("late refresh of laptop:", s.extend(ctx, "laptop", time.Hour))
	fmt.Println("logged out everywhere,", s.endAll(ctx, "ada"))
	fmt.Println("late refresh of phone:", s.extend(ctx, "phone", time.Hour))
	fmt.Println("sessions of", s.list(ctx, "ada"))
	count, err := store.Count(ctx, group)
	check("count sessions", err)
	fmt.Printf("the %d others: %d\n", others, count)
	check("close", store.Close())
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
