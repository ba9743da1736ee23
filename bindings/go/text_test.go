package kv_test

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

func TestRenderFillsATemplateWithAGroup(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.Set(t.Context(), "config", "colour", []byte("blue <&>")))
		ok(t, store.Set(t.Context(), "config", "a key", []byte("1")))
		_, err := store.Put(t.Context(), "config", "gone", nil, kv.ExpireAt(time.UnixMilli(1)))
		ok(t, err)
		for source, want := range map[string]string{
			"":                                    "",
			"colour: {{.colour}}":                 "colour: blue <&>",
			`{{index . "a key"}}`:                 "1",
			"{{.missing}}":                        "<no value>",
			"{{.gone}}":                           "<no value>",
			"{{range $k, $v := .}}{{$k}};{{end}}": "a key;colour;",
		} {
			equal(t, must(store.Render(t.Context(), source, "config"))(t), want)
		}
		equal(t, must(store.Render(t.Context(), "plain", "no group"))(t), "plain")
		for source, step := range map[string]string{"{{.colour": "parse", "{{ call .colour }}": "execute"} {
			_, err := store.Render(t.Context(), source, "config")
			if err == nil || !strings.Contains(err.Error(), step) {
				t.Fatalf("%s: got %v", source, err)
			}
		}
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
