package kv

import "context"

// Hooks are functions around the calls of a [Typed]; each may be nil. One that returns an error
// ends the call with it.
type Hooks[T any] struct {
	// BeforeSave may change the value that is written; its error leaves nothing written.
	BeforeSave func(ctx context.Context, key string, value *T) error
	// AfterSave sees the value that was written; its error leaves it written.
	AfterSave func(ctx context.Context, key string, value *T) error
	// AfterLoad may change the value that was read.
	AfterLoad func(ctx context.Context, key string, value *T) error
	// BeforeDelete's error keeps the entry.
	BeforeDelete func(ctx context.Context, key string) error
	// AfterDelete is called if there was an entry.
	AfterDelete func(ctx context.Context, key string) error
}

// WithHooks returns the same group with hooks, in place of those it had.
func (t *Typed[T]) WithHooks(hooks Hooks[T]) *Typed[T] {
	other := t.copied()
	other.hooks = hooks
	return other
}

// The hooks that a value may have as methods of its own. They are called before those of the
// program.
type (
	beforeSaver   interface{ BeforeSave(context.Context) error }
	afterSaver    interface{ AfterSave(context.Context) error }
	afterLoader   interface{ AfterLoad(context.Context) error }
	beforeDeleter interface{ BeforeDelete(context.Context) error }
	afterDeleter  interface{ AfterDelete(context.Context) error }
)

func (t *Typed[T]) beforeSave(ctx context.Context, key string, value *T) error {
	if own, hasHook := any(value).(beforeSaver); hasHook {
		if err := own.BeforeSave(ctx); err != nil {
			return err
		}
	}
	if t.hooks.BeforeSave == nil {
		return nil
	}
	return t.hooks.BeforeSave(ctx, key, value)
}

func (t *Typed[T]) afterSave(ctx context.Context, key string, value *T) error {
	if own, hasHook := any(value).(afterSaver); hasHook {
		if err := own.AfterSave(ctx); err != nil {
			return err
		}
	}
	if t.hooks.AfterSave == nil {
		return nil
	}
	return t.hooks.AfterSave(ctx, key, value)
}

func (t *Typed[T]) afterLoad(ctx context.Context, key string, value *T) error {
	if own, hasHook := any(value).(afterLoader); hasHook {
		if err := own.AfterLoad(ctx); err != nil {
			return err
		}
	}
	if t.hooks.AfterLoad == nil {
		return nil
	}
	return t.hooks.AfterLoad(ctx, key, value)
}

// The methods of *T for a delete are called on a zero T.
func (t *Typed[T]) beforeDelete(ctx context.Context, key string) error {
	if own, hasHook := any(new(T)).(beforeDeleter); hasHook {
		if err := own.BeforeDelete(ctx); err != nil {
			return err
		}
	}
	if t.hooks.BeforeDelete == nil {
		return nil
	}
	return t.hooks.BeforeDelete(ctx, key)
}

func (t *Typed[T]) afterDelete(ctx context.Context, key string) error {
	if own, hasHook := any(new(T)).(afterDeleter); hasHook {
		if err := own.AfterDelete(ctx); err != nil {
			return err
		}
	}
	if t.hooks.AfterDelete == nil {
		return nil
	}
	return t.hooks.AfterDelete(ctx, key)
}
