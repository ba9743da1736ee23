package figures

import (
	"context"
	"strconv"
	"strings"

	"kv.internal/kv"
)

// StoreName returns the name that the library gives a store in each line of its text: the path, or
// the addresses and the prefix. A store without a text, such as one that is closed, has no metrics
// either; then it is the store's String.
func StoreName(ctx context.Context, store *kv.Store) string {
	text, err := store.MetricsText(ctx)
	if err != nil {
		return store.String()
	}
	_, labelled, _ := strings.Cut(text, `{store=`)
	quoted, err := strconv.QuotedPrefix(labelled)
	if err != nil {
		return store.String()
	}
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return store.String()
	}
	return name
}
