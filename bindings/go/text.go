package kv

import (
	"context"
	"iter"
	"runtime"
	"strings"

	"kv.internal/kv/internal/capi"
)

// Render returns a template, in a part of Jinja's language that kv.h describes, with the values of
// a group filled in from one snapshot: {{ colour }} is the value under "colour". The same template
// renders to the same text in every binding of the library. A template from a stranger does no harm
// but show the group. A template that is not understood, and a key that is absent and has no
// default, is [ErrArgument] with the line; past a limit it is [ErrTooLarge].
func (s *Store) Render(ctx context.Context, group, template string) (_ string, err error) {
	op := groupOp("render", group)
	in, err := s.enter(ctx, op)
	if err != nil {
		return "", err
	}
	defer in.end(&err)
	source, err := terminated(op, template)
	if err != nil {
		return "", err
	}
	var small [smallValue]byte
	rendered, status, failure := capi.Render(in.handle, group, source, small[:])
	runtime.KeepAlive(s)
	if err := op.outcome(status, failure); err != nil {
		return "", err
	}
	return string(rendered.Own(small[:])), nil
}

// GetSplit returns the parts of a value between separators, as [strings.Split] does: an empty
// separator splits after each character. A key that is absent or expired is [ErrNotFound].
func (s *Store) GetSplit(ctx context.Context, group, key, separator string) (iter.Seq[string], error) {
	value, err := s.Get(ctx, group, key)
	if err != nil {
		return nil, err
	}
	return strings.SplitSeq(string(value), separator), nil
}

// GetFields returns the parts of a value between white space, as [strings.Fields] does: none is
// empty. A key that is absent or expired is [ErrNotFound].
func (s *Store) GetFields(ctx context.Context, group, key string) (iter.Seq[string], error) {
	value, err := s.Get(ctx, group, key)
	if err != nil {
		return nil, err
	}
	return strings.FieldsSeq(string(value)), nil
}
