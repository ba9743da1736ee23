package grub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/grub"
	"kv.internal/kv/adapters/internal/enginetest"
)

// providerErrors returns what each call of a provider returns.
func providerErrors(ctx context.Context, provider grub.StoreProvider) map[string]error {
	found := map[string]error{
		"Set":      provider.Set(ctx, "k", []byte("value"), time.Hour),
		"SetBatch": provider.SetBatch(ctx, map[string][]byte{"b": nil}, 0),
	}
	_, found["Get"] = provider.Get(ctx, "k")
	_, found["Exists"] = provider.Exists(ctx, "k")
	_, found["List"] = provider.List(ctx, "", 0)
	_, found["GetBatch"] = provider.GetBatch(ctx, []string{"k"})
	found["Delete"] = provider.Delete(ctx, "k")
	return found
}

func storeErrors(ctx context.Context, sessions *grub.Store[session]) map[string]error {
	found := map[string]error{
		"Set":      sessions.Set(ctx, "k", &session{}, time.Hour),
		"SetBatch": sessions.SetBatch(ctx, map[string]*session{"b": {}}, 0),
	}
	_, found["Get"] = sessions.Get(ctx, "k")
	_, found["Exists"] = sessions.Exists(ctx, "k")
	_, found["List"] = sessions.List(ctx, "", 0)
	_, found["GetBatch"] = sessions.GetBatch(ctx, []string{"k"})
	found["Delete"] = sessions.Delete(ctx, "k")
	return found
}

func TestWhatWasNotMadeFailsAndDoesNotPanic(t *testing.T) {
	providers := map[string]*grub.Provider{
		"nil provider":         nil,
		"zero provider":        {},
		"provider of nil":      grub.NewProvider(nil, ""),
		"provider of a zero":   grub.NewProvider(&kv.Store{}, ""),
		"provider of a closed": grub.NewProvider(enginetest.Closed(t), ""),
	}
	stores := map[string]*grub.Store[session]{
		"nil store":    nil,
		"zero store":   {},
		"store of nil": grub.NewStore[session](nil),
	}
	for name, provider := range providers {
		for call, err := range providerErrors(t.Context(), provider) {
			if !errors.Is(err, kv.ErrClosed) || errors.Is(err, grub.ErrNotFound) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
		stores["store of "+name] = grub.NewStore[session](provider)
	}
	for name, sessions := range stores {
		for call, err := range storeErrors(t.Context(), sessions) {
			if !errors.Is(err, kv.ErrClosed) || errors.Is(err, grub.ErrNotFound) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}

func TestAStoreWithoutACodecFailsAndWritesNothing(t *testing.T) {
	store, _ := open(t)
	sessions := grub.NewStoreWithCodec[session](grub.NewProvider(store, ""), nil)
	for call, err := range storeErrors(t.Context(), sessions) {
		if !errors.Is(err, kv.ErrArgument) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if count, err := store.Count(t.Context(), ""); count != 0 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
}

type seen struct{ Text string }

// AfterLoad fails without a context, as one would that asks it for a value.
func (*seen) AfterLoad(ctx context.Context) error { return ctx.Err() }

func TestANilContextIsNeverCancelled(t *testing.T) {
	var none context.Context
	enginetest.Each(t, func(t *testing.T, store *kv.Store) {
		provider := grub.NewProvider(store, "")
		for call, err := range providerErrors(none, provider) {
			if err != nil {
				t.Errorf("Provider.%s: %v", call, err)
			}
		}
		for call, err := range storeErrors(none, grub.NewStore[session](provider)) {
			if err != nil {
				t.Errorf("Store.%s: %v", call, err)
			}
		}
		values := grub.NewStore[seen](grub.NewProvider(store, "seen"))
		if err := values.Set(none, "k", &seen{"text"}, 0); err != nil {
			t.Error(err)
		}
		if got, err := values.Get(none, "k"); err != nil || got.Text != "text" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
