package kv_test

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"kv.internal/kv"
)

func TestRenderFillsATemplateWithAGroup(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "config", "colour", []byte("blue <&>")))
		ok(t, store.Set(t.Context(), "config", "a key", []byte("a,b")))
		for source, want := range map[string]string{
			"":                           "",
			"colour: {{ colour }}":       "colour: blue <&>",
			`{{ missing|default("-") }}`: "-",
			`{% for part in group["a key"]|split(",") %}{{ part }};{% endfor %}`: "a;b;",
			strings.Repeat("{{ colour }}", 500):                                  strings.Repeat("blue <&>", 500),
		} {
			equal(t, must(store.Render(t.Context(), "config", source))(t), want)
		}
		for _, source := range []string{"{{ missing }}", "{{", "{% include 'x' %}", "a\x00b"} {
			_, err := store.Render(t.Context(), "config", source)
			is(t, err, kv.ErrArgument)
		}
		_, err := store.Render(t.Context(), "config", strings.Repeat(" ", 300_000))
		is(t, err, kv.ErrTooLarge)
	})
}

func TestSplitAndFieldsTakeAValueApart(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		parts := func(seq iter.Seq[string], err error) string {
			t.Helper()
			ok(t, err)
			return strings.Join(slices.Collect(seq), "|")
		}
		split := func(value, separator string) string {
			ok(t, store.Set(t.Context(), "g", "k", []byte(value)))
			return parts(store.GetSplit(t.Context(), "g", "k", separator))
		}
		equal(t, split("a,b,,c", ","), "a|b||c")
		equal(t, split("a", ","), "a")
		equal(t, split("", ","), "")
		equal(t, split("aéb", ""), "a|é|b")
		equal(t, split("a--b", "--"), "a|b")
		ok(t, store.Set(t.Context(), "g", "k", []byte("  a \t b\n\u2003c ")))
		equal(t, parts(store.GetFields(t.Context(), "g", "k")), "a|b|c")
		_, err := store.GetSplit(t.Context(), "g", "missing", ",")
		is(t, err, kv.ErrNotFound)
		_, err = store.GetFields(t.Context(), "g", "missing")
		is(t, err, kv.ErrNotFound)
		for part := range must(store.GetSplit(t.Context(), "g", "k", " "))(t) {
			equal(t, part, "")
			break
		}
	})
}
