package kv

import "context"

// Hooks are functions around what a [Typed] does; each may be nil. One that gives an error ends the
// call with it.
type Hooks[T any] struct {
	// BeforeSave may change the value that is written; its error leaves nothing written.
	BeforeSave func(ctx context.Context, key string, value *T) error
	// AfterSave sees what was written; its error leaves it written.
	AfterSave func(ctx context.Context, key string, value *T) error
	// AfterLoad may change the value that was read.
	AfterLoad func(ctx context.Context, key string, value *T) error
	// BeforeDelete's error keeps the entry.
	BeforeDelete func(ctx context.Context, key string) error
	// AfterDelete is called if there was an entry.
	AfterDelete func(ctx context.Context, key string) error
}

// WithHooks gives the same group with hooks, in place of those it had.
func (t *Typed[T]) WithHooks(hooks Hooks[T]) *Typed[T] {
	other := *t
	other.hooks = hooks
	return &other
}

func (h Hooks[T]) beforeDelete(ctx context.Context, key string) error {
	if h.BeforeDelete == nil {
		return nil
	}
	return h.BeforeDelete(ctx, key)
}

func (h Hooks[T]) afterDelete(ctx context.Context, key string) error {
	if h.AfterDelete == nil {
		return nil
	}
	return h.AfterDelete(ctx, key)
}

// first gives the error of the value's own hook, or else that of the program's.
func first(own error, hook func(context.Context, string) error, ctx context.Context, key string) error {
	if own != nil {
		return own
	}
	return hook(ctx, key)
}
