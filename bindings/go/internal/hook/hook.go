// Package hook calls what a value has to say about being saved, loaded and deleted. A value takes
// part by having the method; its type is asked through a pointer.
package hook

import "context"

type beforeSaver interface{ BeforeSave(context.Context) error }
type afterSaver interface{ AfterSave(context.Context) error }
type afterLoader interface{ AfterLoad(context.Context) error }
type beforeDeleter interface{ BeforeDelete(context.Context) error }
type afterDeleter interface{ AfterDelete(context.Context) error }

// BeforeSave calls the value's method, if it has one.
func BeforeSave(ctx context.Context, value any) error {
	if hook, ok := value.(beforeSaver); ok {
		return hook.BeforeSave(ctx)
	}
	return nil
}

// AfterSave calls the value's method, if it has one.
func AfterSave(ctx context.Context, value any) error {
	if hook, ok := value.(afterSaver); ok {
		return hook.AfterSave(ctx)
	}
	return nil
}

// AfterLoad calls the value's method, if it has one.
func AfterLoad(ctx context.Context, value any) error {
	if hook, ok := value.(afterLoader); ok {
		return hook.AfterLoad(ctx)
	}
	return nil
}

// BeforeDelete calls the value's method, if it has one.
func BeforeDelete(ctx context.Context, value any) error {
	if hook, ok := value.(beforeDeleter); ok {
		return hook.BeforeDelete(ctx)
	}
	return nil
}

// AfterDelete calls the value's method, if it has one.
func AfterDelete(ctx context.Context, value any) error {
	if hook, ok := value.(afterDeleter); ok {
		return hook.AfterDelete(ctx)
	}
	return nil
}
