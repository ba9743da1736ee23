package kv

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"text/template"
)

// Render executes a [text/template] over the live entries of a group, from one snapshot: {{.colour}}
// is the value under "colour" as text. A key that is absent is rendered as "<no value>".
func (s *Store) Render(ctx context.Context, templateSource, group string) (string, error) {
	parsed, err := template.New("render").Parse(templateSource)
	if err != nil {
		return "", fmt.Errorf("parse template: %w", err)
	}
	values := map[string]string{}
	for entry, err := range s.All(ctx, group) {
		if err != nil {
			return "", err
		}
		values[entry.Key] = string(entry.Value)
	}
	var rendered strings.Builder
	if err := parsed.Execute(&rendered, values); err != nil {
		return "", fmt.Errorf("execute template: %w", err)
	}
	return rendered.String(), nil
}

// GetSplit gives the parts of a value between separators, as [strings.Split] does: an empty
// separator splits after each character. A key that is absent or expired is [ErrNotFound].
func (s *Store) GetSplit(ctx context.Context, group, key, separator string) (iter.Seq[string], error) {
	value, err := s.Get(ctx, group, key)
	if err != nil {
		return nil, err
	}
	return strings.SplitSeq(string(value), separator), nil
}

// GetFields gives the parts of a value between white space, as [strings.Fields] does: none is
// empty. A key that is absent or expired is [ErrNotFound].
func (s *Store) GetFields(ctx context.Context, group, key string) (iter.Seq[string], error) {
	value, err := s.Get(ctx, group, key)
	if err != nil {
		return nil, err
	}
	return strings.FieldsSeq(string(value)), nil
}
