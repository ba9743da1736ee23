// Package contexts has the rules of all adapters for the context of a call.
package contexts

import "context"

// OrBackground returns a context, for nil the one that never ends.
func OrBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// Enter returns the context of a call on something open, or the error that comes first: that of a
// context that is done before closed.
func Enter(ctx context.Context, isOpen bool, closed error) (context.Context, error) {
	ctx = OrBackground(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !isOpen {
		return nil, closed
	}
	return ctx, nil
}
