// Package sentinel makes the errors that an adapter has in common with the module it adapts to.
//
// A program may use both: it passes an adapter to a function of that module, and asks with
// [errors.Is] for the errors of either. An adapter does not import the module, so its errors
// recognise those of the module by their texts.
package sentinel

import (
	"errors"
	"reflect"
	"slices"

	"kv.internal/kv"
)

// sentinel is an error with the text of one of another module.
type sentinel struct {
	text     string
	statuses []kv.Status
}

// New returns an error with a text. For [errors.Is] it is also every error that errors.New has made
// of the same text, and each of the statuses of kv.
func New(text string, statuses ...kv.Status) error { return &sentinel{text, statuses} }

func (s *sentinel) Error() string { return s.text }

// Is reports whether the target is one of the statuses, or the other module's error.
func (s *sentinel) Is(target error) bool {
	isTarget := func(status kv.Status) bool { return target == status }
	return IsNamesake(target, s.text) || slices.ContainsFunc(s.statuses, isTarget)
}

// IsNamesake reports whether errors.New has made the target of a text. Such errors of two packages
// differ in nothing else.
func IsNamesake(target error, text string) bool {
	return reflect.TypeOf(target) == typeOfNew && target.Error() == text
}

var typeOfNew = reflect.TypeOf(errors.New(""))
