package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"go.etcd.io/bbolt"
	"kv.internal/kv"
)

// Sessions is what a program needs of its store; it has bbolt, kv, or both under it.
type Sessions interface {
	// Save writes the session of a user until a time.
	Save(ctx context.Context, id, user string, until time.Time) error
	// User returns the user of a session, "" if it is missing or has expired.
	User(ctx context.Context, id string) (string, error)
	// Remove deletes a session; a missing one is no error.
	Remove(ctx context.Context, id string) error
}

// bothSessions writes to the old and the new store and answers from the old one.
type bothSessions struct{ old, new Sessions }

// Save fails if the old store does. An error of the new one is logged: compare finds the entry.
func (s bothSessions) Save(ctx context.Context, id, user string, until time.Time) error {
	if err := s.old.Save(ctx, id, user, until); err != nil {
		return err
	}
	if err := s.new.Save(ctx, id, user, until); err != nil {
		log.Printf("session %s is not in the new store: %v", id, err)
	}
	return nil
}

func (s bothSessions) User(ctx context.Context, id string) (string, error) {
	user, err := s.old.User(ctx, id)
	if err != nil {
		return "", err
	}
	if other, err := s.new.User(ctx, id); err != nil || other != user {
		log.Printf("session %s: the new store has %q, not %q (%v)", id, other, user, err)
	}
	return user, nil
}

func (s bothSessions) Remove(ctx context.Context, id string) error {
	if err := s.old.Remove(ctx, id); err != nil {
		return err
	}
	if err := s.new.Remove(ctx, id); err != nil {
		log.Printf("session %s is still in the new store: %v", id, err)
	}
	return nil
}

// runBoth writes, reads and removes some sessions through both stores.
func runBoth(ctx context.Context, db *bbolt.DB, store *kv.Store) error {
	var sessions Sessions = bothSessions{&boltSessions{db}, &kvSessions{store}}
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	for id := range 10 {
		if err := sessions.Save(ctx, fmt.Sprintf("new%d", id), "ada", until); err != nil {
			return err
		}
	}
	if user, err := sessions.User(ctx, "new3"); user != "ada" || err != nil {
		return errors.Join(fmt.Errorf("the user is %q", user), err)
	}
	if err := sessions.Remove(ctx, "new0"); err != nil {
		return err
	}
	if user, err := sessions.User(ctx, "new0"); user != "" || err != nil {
		return errors.Join(fmt.Errorf("the user is %q", user), err)
	}
	fmt.Println("10 sessions were saved in both, 1 was removed")
	return nil
}
