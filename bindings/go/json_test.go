package kv_test

import (
	"strings"
	"testing"

	"kv.internal/kv"
)

func TestJSONIsKeptByteForByteAndFoundByPointer(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		text := ` {"id": 9007199254740993, "a/b": ["x", {"~": null}], "": 1.50, "long": "` + strings.Repeat("x", 3000) + `"} `
		ok(t, store.SetJSON(t.Context(), "g", "k", []byte(text)))
		equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), text)
		for pointer, want := range map[string]string{
			"": strings.TrimSpace(text), "/id": "9007199254740993", "/a~1b/0": `"x"`, "/a~1b/1": `{"~": null}`,
			"/a~1b/1/~0": "null", "/": "1.50", "/long": `"` + strings.Repeat("x", 3000) + `"`,
		} {
			equal(t, string(must(store.GetJSON(t.Context(), "g", "k", pointer))(t)), want)
		}
		for _, pointer := range []string{"/missing", "/a~1b/2", "/id/0"} {
			_, err := store.GetJSON(t.Context(), "g", "k", pointer)
			is(t, err, kv.ErrNotFound)
		}
		for _, pointer := range []string{"id", "/a~2", "/a\x00"} {
			_, err := store.GetJSON(t.Context(), "g", "k", pointer)
			is(t, err, kv.ErrArgument)
		}
		_, err := store.GetJSON(t.Context(), "g", "missing", "")
		is(t, err, kv.ErrNotFound)
	})
}

func TestWhatIsNotJSONIsRefusedAndNothingIsWritten(t *testing.T) {
	engines(t, func(t *testing.T, store *kv.Store) {
		ok(t, store.SetJSON(t.Context(), "g", "k", []byte("1")))
		for _, text := range []string{"", "{", `{"a":1,}`, "1 2", "\xff", "NaN", `"` + "\n" + `"`} {
			is(t, store.SetJSON(t.Context(), "g", "k", []byte(text)), kv.ErrNotJSON)
		}
		is(t, store.SetJSON(t.Context(), "g", "k", []byte(strings.Repeat("[", 600)+strings.Repeat("]", 600))), kv.ErrTooLarge)
		equal(t, string(must(store.Get(t.Context(), "g", "k"))(t)), "1")
		ok(t, store.Set(t.Context(), "g", "k", []byte("{")))
		_, err := store.GetJSON(t.Context(), "g", "k", "")
		is(t, err, kv.ErrNotJSON)
	})
}
