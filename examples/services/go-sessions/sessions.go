package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"kv.internal/kv"
)

var errNoSession = errors.New("no session")

// session is stored as JSON. Its expiry is that of its entry.
type session struct {
	User  string    `json:"user"`
	Agent string    `json:"agent"`
	Begun time.Time `json:"begun"`
}

// sessions are those of all users. Each user has a group, whose keys are that user's sessions: the
// group is the index. So to end all of them is one atomic step, and so is a login that counts them.
type sessions struct {
	store *kv.Store
	ttl   time.Duration // From the last use on.
	max   int           // Of one user.
}

func groupOf(user string) string { return "sessions of " + user }

// keyOf returns a hash, because the token itself is only the browser's: a copy of the store opens
// no session.
func keyOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// begin begins a session and returns its token. At the limit, the user's session that was unused
// for the longest time ends. Logins at the same moment do not exceed the limit: if another one adds
// a session to the group that was scanned, the transaction is a conflict and runs again.
func (s sessions) begin(ctx context.Context, begun session) (token string, err error) {
	token = rand.Text()
	value, err := json.Marshal(begun)
	if err != nil {
		return "", err
	}
	group := groupOf(begun.User)
	return token, s.store.Update(ctx, func(tx *kv.Tx) error {
		var live []kv.Entry
		for entry, err := range tx.All(group) {
			if err != nil {
				return err
			}
			live = append(live, entry)
		}
		slices.SortFunc(live, func(a, b kv.Entry) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
		for _, unused := range live[:max(0, len(live)-s.max+1)] {
			if err := tx.Delete(group, unused.Key); err != nil {
				return err
			}
		}
		return tx.Set(group, keyOf(token), value, kv.ExpireAfter(s.ttl))
	})
}

// use returns the session as JSON, and lets it live for its ttl from now on, in one step. A session
// that has ended stays ended: a new expiry is set only where there is an entry.
func (s sessions) use(ctx context.Context, user, token string) ([]byte, error) {
	var batch kv.Batch
	batch.Expire(groupOf(user), keyOf(token), s.ttl)
	read := batch.Get(groupOf(user), keyOf(token))
	results, err := s.store.Commit(ctx, &batch)
	if err != nil {
		return nil, err
	}
	if !results[read].Found() {
		return nil, errNoSession
	}
	return results[read].Value, nil
}

// end ends one session.
func (s sessions) end(ctx context.Context, user, token string) error {
	return s.store.Delete(ctx, groupOf(user), keyOf(token))
}

// endAll ends all sessions of a user in one step.
func (s sessions) endAll(ctx context.Context, user string) (int, error) {
	return s.store.DeleteGroup(ctx, groupOf(user))
}
