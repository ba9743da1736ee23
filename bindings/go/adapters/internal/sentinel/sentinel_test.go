package sentinel_test

import (
	"errors"
	"fmt"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/sentinel"
)

func TestASentinelIsItselfItsNamesakeAndItsStatuses(t *testing.T) {
	missing := sentinel.New("cache: key not found", kv.ErrNotFound, kv.ErrClosed)
	for name, err := range map[string]error{
		"itself":  missing,
		"wrapped": fmt.Errorf("user 42: %w", missing),
	} {
		for _, target := range []error{missing, errors.New("cache: key not found"), kv.ErrNotFound, kv.ErrClosed} {
			if !errors.Is(err, target) {
				t.Errorf("%s is not %v", name, target)
			}
		}
		for _, target := range []error{
			errors.New("kv: key not found"),
			sentinel.New("cache: key not found"),
			kv.ErrConflict,
			(*kv.Error)(nil),
		} {
			if errors.Is(err, target) {
				t.Errorf("%s is %#v", name, target)
			}
		}
	}
	if missing.Error() != "cache: key not found" {
		t.Error(missing)
	}
}
