package idempotency_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/plumego/store/idempotency"
)

func TestTheErrorsHavePlumegosTextsAndAreNoOtherOfThem(t *testing.T) {
	texts := map[error]string{
		idempotency.ErrNotFound:         "idempotency: record not found",
		idempotency.ErrInvalidKey:       "idempotency: key is required",
		idempotency.ErrInvalidRecord:    "idempotency: invalid record",
		idempotency.ErrExpired:          "idempotency: record expired",
		idempotency.ErrRequestMismatch:  "idempotency: request hash mismatch",
		idempotency.ErrAlreadyCompleted: "idempotency: record already completed",
	}
	for err, text := range texts {
		if err.Error() != text || !errors.Is(err, errors.New(text)) {
			t.Errorf("%v is not %q", err, text)
		}
		for other := range texts {
			if errors.Is(err, other) != (err == other) {
				t.Errorf("%v, %v", err, other)
			}
		}
	}
	if !errors.Is(idempotency.ErrNotFound, kv.ErrNotFound) {
		t.Error("ErrNotFound is not that of kv")
	}
}

func TestAStatusIsOneOfTwo(t *testing.T) {
	for status, want := range map[idempotency.Status]bool{
		"in_progress": true, "completed": true, "": false, "Completed": false, "failed": false,
	} {
		if status.Valid() != want {
			t.Errorf("%q: %v", status, !want)
		}
	}
	if idempotency.StatusInProgress != "in_progress" || idempotency.StatusCompleted != "completed" {
		t.Error("the names are others")
	}
}

func TestACloneHasAResponseOfItsOwn(t *testing.T) {
	record := idempotency.Record{Key: "k", Response: []byte("paid")}
	clone := record.Clone()
	clone.Response[0] = 'X'
	if string(record.Response) != "paid" || clone.Key != "k" {
		t.Errorf("%+v, %+v", record, clone)
	}
	if clone := (idempotency.Record{}).Clone(); clone.Response != nil {
		t.Errorf("%+v", clone)
	}
	if clone := (idempotency.Record{Response: []byte{}}).Clone(); clone.Response == nil {
		t.Errorf("%+v", clone)
	}
}

func TestARecordIsValidatedPartByPart(t *testing.T) {
	now := time.Now()
	valid := idempotency.Record{Key: "k", RequestHash: "h", Status: idempotency.StatusInProgress}
	change := func(f func(r *idempotency.Record)) idempotency.Record {
		changed := valid
		f(&changed)
		return changed
	}
	for name, c := range map[string]struct {
		record idempotency.Record
		want   error
		text   string
	}{
		"valid":     {valid, nil, ""},
		"completed": {change(func(r *idempotency.Record) { r.Status = idempotency.StatusCompleted }), nil, ""},
		"expired":   {change(func(r *idempotency.Record) { r.ExpiresAt = now.Add(-time.Hour) }), nil, ""},
		"no key": {change(func(r *idempotency.Record) { r.Key = " \u00a0" }), idempotency.ErrInvalidKey,
			"idempotency: key is required"},
		"control": {change(func(r *idempotency.Record) { r.Key = "a\u0085" }), idempotency.ErrInvalidKey,
			"idempotency: key is required: control characters are not allowed"},
		"no hash": {change(func(r *idempotency.Record) { r.RequestHash = "" }), idempotency.ErrInvalidRecord,
			"idempotency: invalid record: request hash is required"},
		"status": {change(func(r *idempotency.Record) { r.Status = "x" }), idempotency.ErrInvalidRecord,
			`idempotency: invalid record: status "x" is invalid`},
		"times": {change(func(r *idempotency.Record) { r.CreatedAt, r.ExpiresAt = now, now.Add(-1) }),
			idempotency.ErrInvalidRecord, "idempotency: invalid record: expires before created"},
	} {
		err := idempotency.ValidateRecord(c.record)
		if !errors.Is(err, c.want) || err != nil && err.Error() != c.text {
			t.Errorf("%s: %v", name, err)
		}
		// A completion has the same conditions first.
		if c.want != nil && idempotency.ValidateCompletion(c.record, "h").Error() != c.text {
			t.Errorf("%s: %v", name, idempotency.ValidateCompletion(c.record, "h"))
		}
	}
}

func TestACompletionIsRefusedByTheFirstReason(t *testing.T) {
	now := time.Now()
	record := idempotency.Record{Key: "k", RequestHash: "h", Status: idempotency.StatusCompleted, ExpiresAt: now}
	open := record
	open.Status = idempotency.StatusInProgress
	for _, c := range []struct {
		record idempotency.Record
		hash   string
		at     time.Time
		want   error
	}{
		{record, "", now, idempotency.ErrInvalidRecord},
		{record, "other", now, idempotency.ErrRequestMismatch},
		{record, "h", now, idempotency.ErrExpired},
		{record, "h", now.Add(-1), idempotency.ErrAlreadyCompleted},
		{open, "h", now, idempotency.ErrExpired},
		{open, "h", now.Add(-1), nil},
	} {
		if err := idempotency.ValidateCompletionAt(c.record, c.hash, c.at); !errors.Is(err, c.want) {
			t.Errorf("%q at %v: %v", c.hash, c.at.Sub(now), err)
		}
	}
	if err := idempotency.ValidateCompletion(open, "h"); err != idempotency.ErrExpired {
		t.Error(err)
	}
}

func isSame(a, b idempotency.Record) bool {
	return a.Key == b.Key && a.RequestHash == b.RequestHash && a.Status == b.Status &&
		bytes.Equal(a.Response, b.Response) && a.CreatedAt.Equal(b.CreatedAt) &&
		a.UpdatedAt.Equal(b.UpdatedAt) && a.ExpiresAt.Equal(b.ExpiresAt)
}
