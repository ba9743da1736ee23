package grub_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
	"kv.internal/kv/adapters/internal/enginetest"
)

// The errors of grub's own module, which cannot be a dependency of a test: they are of this kind
// and have these texts since its first version.
var (
	errModuleNotFound   = errors.New("grub: record not found")
	errModuleInvalidKey = errors.New("grub: invalid key")
	errModuleReadOnly   = errors.New("grub: read-only")
	errModuleConflict   = errors.New("grub: conflict")
)

func TestAMissingKeyIsTheErrNotFoundOfGrubsModule(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		provider := grub.NewProvider(store, "sessions")
		sessions := grub.NewStore[session](provider)
		_, providerGet := provider.Get(t.Context(), "k")
		_, storeGet := sessions.Get(t.Context(), "k")
		for call, err := range map[string]error{
			"Provider.Get":    providerGet,
			"Provider.Delete": provider.Delete(t.Context(), "k"),
			"Store.Get":       storeGet,
			"Store.Delete":    sessions.Delete(t.Context(), "k"),
			"wrapped":         fmt.Errorf("session of ada: %w", providerGet),
		} {
			for _, target := range []error{errModuleNotFound, grub.ErrNotFound, kv.ErrNotFound} {
				if !errors.Is(err, target) {
					t.Errorf("%s: %v is not %v", call, err, target)
				}
			}
			for _, target := range []error{errModuleInvalidKey, errModuleConflict, kv.ErrConflict, (*kv.Error)(nil)} {
				if errors.Is(err, target) {
					t.Errorf("%s: %v is %#v", call, err, target)
				}
			}
		}
	})
}

func TestAKeyThatIsTooLongIsTheErrInvalidKeyOfGrubsModule(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		provider := grub.NewProvider(store, "")
		long := strings.Repeat("k", 64<<10)
		err := provider.Set(t.Context(), long, []byte("value"), 0)
		batchErr := provider.SetBatch(t.Context(), map[string][]byte{"k": nil, long: nil}, 0)
		for _, err := range []error{err, batchErr} {
			for _, target := range []error{errModuleInvalidKey, grub.ErrInvalidKey, kv.ErrTooLarge} {
				if !errors.Is(err, target) {
					t.Errorf("%v is not %v", err, target)
				}
			}
		}
		if keys, err := provider.List(t.Context(), "", 0); err != nil || len(keys) != 0 {
			t.Errorf("%v, %v", keys, err)
		}
		if err := provider.Set(t.Context(), long[1:], []byte("value"), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestAWriteToAStoreForReadingIsTheErrReadOnlyOfGrubsModule(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grub.db")
	written, err := kv.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(written.Set(t.Context(), "", "k", nil), written.Close()); err != nil {
		t.Fatal(err)
	}
	store, err := kv.Open(t.Context(), "sqlite:"+path+"?read_only=on")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	provider := grub.NewProvider(store, "")
	for call, err := range map[string]error{
		"Set":      provider.Set(t.Context(), "k", nil, 0),
		"Delete":   provider.Delete(t.Context(), "k"),
		"SetBatch": provider.SetBatch(t.Context(), map[string][]byte{"k": nil}, 0),
	} {
		for _, target := range []error{errModuleReadOnly, grub.ErrReadOnly, kv.ErrReadOnly} {
			if !errors.Is(err, target) {
				t.Errorf("%s: %v is not %v", call, err, target)
			}
		}
	}
	if there, err := provider.Exists(t.Context(), "k"); !there || err != nil {
		t.Errorf("%v, %v", there, err)
	}
}

func TestACancelledContextEndsEveryCall(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for call, err := range providerErrors(ctx, grub.NewProvider(store, "")) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}
