package file_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"kv.internal/kv/adapters/plumego/store/file"
)

func TestACloneSharesNothing(t *testing.T) {
	at := time.Unix(1, 0)
	original := func() *file.File {
		accessed, deleted := at, at
		return &file.File{ID: "1", LastAccessAt: &accessed, DeletedAt: &deleted, Metadata: map[string]any{
			"map": map[string]any{"x": []any{map[string]any{"y": "z"}}}, "texts": []string{"a"}, "bytes": []byte("b"), "n": 1,
		}}
	}
	of := original()
	for _, clone := range []*file.File{of.Clone(), {Metadata: file.PutOptions{Metadata: of.Metadata}.CloneMetadata()}} {
		if !reflect.DeepEqual(clone.Metadata, of.Metadata) {
			t.Fatalf("%+v", clone)
		}
		if clone.LastAccessAt != nil {
			*clone.LastAccessAt, *clone.DeletedAt = time.Time{}, time.Time{}
		}
		clone.Metadata["map"].(map[string]any)["x"].([]any)[0].(map[string]any)["y"] = "changed"
		clone.Metadata["texts"].([]string)[0] = "changed"
		clone.Metadata["bytes"].([]byte)[0] = '!'
		clone.Metadata["n"] = 2
		if !reflect.DeepEqual(of, original()) {
			t.Fatalf("%+v", of)
		}
	}
	var none *file.File
	if none.Clone() != nil || (&file.File{}).Clone().Metadata != nil || (file.PutOptions{}).CloneMetadata() != nil {
		t.Error("something is made of nothing")
	}
}

func TestAFileHasTheNamesOfPlumegosTables(t *testing.T) {
	var columns []string
	fields := reflect.TypeFor[file.File]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		equal(t, field.Tag.Get("db"), name)
		columns = append(columns, name)
	}
	equal(t, strings.Join(columns, " "), "id name path size mime_type extension hash storage_type metadata created_at "+
		"updated_at last_access_at deleted_at")
	text := string(must(json.Marshal(file.File{ID: "1"}))(t))
	for _, left := range []string{"metadata", "last_access_at", "deleted_at"} {
		equal(t, strings.Contains(text, left), false)
	}
}

func TestAnErrorNamesTheOperationAndThePath(t *testing.T) {
	broken := errors.New("broken")
	for want, err := range map[string]*file.Error{
		"file: <nil>":              nil,
		"file: error":              {},
		"file: error: broken":      {Err: broken},
		"file: put":                {Op: "put"},
		"file: put a/b":            {Op: "put", Path: "a/b"},
		"file: put a/b: broken":    {Op: "put", Path: "a/b", Err: broken},
		"file: a: file: not found": {Path: "a", Err: file.ErrNotFound},
	} {
		equal(t, err.Error(), want)
		if err != nil {
			equal(t, errors.Unwrap(err), err.Err)
		}
	}
	var none *file.Error
	equal(t, none.Unwrap(), nil)
	err := fmt.Errorf("upload: %w", &file.Error{Op: "get", Path: "a", Err: file.ErrNotFound})
	// The error of plumego's own package.
	equal(t, errors.Is(err, errors.New("file: not found")), true)
	equal(t, errors.Is(err, errors.New("file: invalid path")), false)
}
