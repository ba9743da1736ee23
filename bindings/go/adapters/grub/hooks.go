package grub

import "context"

// The hooks that a value may have as methods, on the pointer to its type.
type (
	beforeSaver   interface{ BeforeSave(context.Context) error }
	afterSaver    interface{ AfterSave(context.Context) error }
	afterLoader   interface{ AfterLoad(context.Context) error }
	beforeDeleter interface{ BeforeDelete(context.Context) error }
	afterDeleter  interface{ AfterDelete(context.Context) error }
)

func beforeSave(ctx context.Context, value any) error {
	if hook, hasHook := value.(beforeSaver); hasHook {
		return hook.BeforeSave(ctx)
	}
	return nil
}

func afterSave(ctx context.Context, value any) error {
	if hook, hasHook := value.(afterSaver); hasHook {
		return hook.AfterSave(ctx)
	}
	return nil
}

func afterLoad(ctx context.Context, value any) error {
	if hook, hasHook := value.(afterLoader); hasHook {
		return hook.AfterLoad(ctx)
	}
	return nil
}

func beforeDelete(ctx context.Context, value any) error {
	if hook, hasHook := value.(beforeDeleter); hasHook {
		return hook.BeforeDelete(ctx)
	}
	return nil
}

func afterDelete(ctx context.Context, value any) error {
	if hook, hasHook := value.(afterDeleter); hasHook {
		return hook.AfterDelete(ctx)
	}
	return nil
}
