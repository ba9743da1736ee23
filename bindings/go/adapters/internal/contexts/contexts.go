// Package contexts has the rule of all adapters for a context that is nil.
package contexts

import "context"

// OrBackground returns a context, for nil the one that never ends.
func OrBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}
