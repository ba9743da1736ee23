package figures_test

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/internal/figures"
)

func TestEachFieldIsAFigure(t *testing.T) {
	fields := reflect.TypeFor[kv.Metrics]()
	// The sizes of groups are a histogram.
	if len(figures.All) != fields.NumField()-1 {
		t.Fatalf("%d figures of %d fields", len(figures.All), fields.NumField())
	}
	for i, figure := range figures.All {
		var metrics kv.Metrics
		field := reflect.ValueOf(&metrics).Elem().Field(i)
		if field.Kind() == reflect.Bool {
			field.SetBool(true)
		} else {
			field.Set(reflect.ValueOf(figure.Divisor).Convert(field.Type()))
		}
		if figure.Scaled(&metrics) != 1 {
			t.Errorf("%s is not %s", figure.Name, fields.Field(i).Name)
		}
	}
}

func TestTheNameOfAStoreIsItsPathAsItIs(t *testing.T) {
	for _, name := range []string{"a.db", `a "b" \c.db`, "gr\u00fcn.db", "a\tb.db"} {
		path := filepath.Join(t.TempDir(), name)
		store, err := kv.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if got := figures.StoreName(context.Background(), store); got != path {
			t.Errorf("got %q, want %q", got, path)
		}
		store.Close()
		if got := figures.StoreName(context.Background(), store); got != store.String() {
			t.Errorf("got %q", got)
		}
	}
}
