package gostore

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"text/template"
)

// KeyValue is an element of All.
type KeyValue struct{ Key, Value string }

// GetAll returns all values of a group that have not expired; for an empty group an empty map.
func (s *Store) GetAll(group string) (map[string]string, error) {
	values := map[string]string{}
	for entry, err := range s.opened().All(context.Background(), group) {
		if err != nil {
			return nil, callError("GetAll", err)
		}
		values[entry.Key] = string(entry.Value)
	}
	return values, nil
}

// All returns the values of a group that have not expired, by key. The store may be used, and
// written, in the loop.
func (s *Store) All(group string) iter.Seq2[KeyValue, error] {
	return func(yield func(KeyValue, error) bool) {
		for entry, err := range s.opened().All(context.Background(), group) {
			if !yield(KeyValue{entry.Key, string(entry.Value)}, callError("All", err)) {
				return
			}
		}
	}
}

// Groups returns the names, in order, of groups with a prefix that hold something that has not
// expired.
func (s *Store) Groups(groupPrefix string) ([]string, error) {
	groups := []string{}
	for group, err := range s.opened().Groups(context.Background(), groupPrefix) {
		if err != nil {
			return nil, callError("Groups", err)
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// GroupsSeq returns the names that Groups returns, one after the other.
func (s *Store) GroupsSeq(groupPrefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for group, err := range s.opened().Groups(context.Background(), groupPrefix) {
			if !yield(group, callError("GroupsSeq", err)) {
				return
			}
		}
	}
}

// GetSplit splits a value by a separator; an empty one splits after each character.
func (s *Store) GetSplit(group, key, separator string) (iter.Seq[string], error) {
	parts, err := s.opened().GetSplit(context.Background(), group, key, separator)
	return parts, entryError("GetSplit", group, key, err)
}

// GetFields splits a value on white space.
func (s *Store) GetFields(group, key string) (iter.Seq[string], error) {
	parts, err := s.opened().GetFields(context.Background(), group, key)
	return parts, entryError("GetFields", group, key, err)
}

// Render executes a [text/template] over the values of a group, from one snapshot: {{.colour}} is
// the value under "colour". One that is missing is "<no value>".
func (s *Store) Render(templateSource, group string) (string, error) {
	parsed, err := template.New("render").Parse(templateSource)
	if err != nil {
		return "", fmt.Errorf("store.Render: parse: %w", err)
	}
	values := map[string]string{}
	for entry, err := range s.opened().All(context.Background(), group) {
		if err != nil {
			return "", callError("Render", err)
		}
		values[entry.Key] = string(entry.Value)
	}
	var rendered strings.Builder
	if err := parsed.Execute(&rendered, values); err != nil {
		return "", fmt.Errorf("store.Render: exec: %w", err)
	}
	return rendered.String(), nil
}
