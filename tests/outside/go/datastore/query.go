package datastore

import (
	"context"
	"errors"
	"io"
	"path"

	"github.com/ipfs/go-datastore/query"
	"kv.internal/kv"
)

// Query runs a query in one scan, which on a Redis is live. The store does the prefix, and an order by key with
// offset and limit if there are no filters; go-datastore does the rest.
func (d *Datastore) Query(ctx context.Context, q query.Query) (query.Results, error) {
	options, rest := plan(q)
	cursor, err := d.store.OpenCursor(ctx, d.group, options...)
	if err != nil {
		return nil, err
	}
	results := query.ResultsFromIterator(q, query.Iterator{
		Next: func() (query.Result, bool) {
			entry, err := cursor.Next(ctx)
			if errors.Is(err, io.EOF) {
				return query.Result{}, false
			}
			if err != nil {
				return query.Result{Error: err}, true
			}
			return query.Result{Entry: result(q, entry)}, true
		},
		Close: cursor.Close,
	})
	return query.NaiveQueryApply(rest, results), nil
}

// plan splits a query into the options of a scan, and the query of what is left to do.
func plan(q query.Query) ([]kv.ScanOption, query.Query) {
	rest := query.Query{Filters: q.Filters, Orders: q.Orders, Offset: q.Offset, Limit: q.Limit}
	options := []kv.ScanOption{kv.Prefix(children(q.Prefix))}
	switch {
	case q.KeysOnly && q.ReturnsSizes:
		options = append(options, kv.Sizes())
	case q.KeysOnly && len(q.Filters) == 0 && !ordersByValue(q.Orders):
		options = append(options, kv.KeysOnly())
	}
	if len(q.Orders) > 0 {
		switch q.Orders[0].(type) {
		case query.OrderByKey, *query.OrderByKey:
			rest.Orders = nil
		case query.OrderByKeyDescending, *query.OrderByKeyDescending:
			options, rest.Orders = append(options, kv.Reverse()), nil
		}
	}
	if len(q.Filters) == 0 && len(rest.Orders) == 0 {
		options = append(options, kv.Offset(q.Offset), kv.Limit(q.Limit))
		rest.Offset, rest.Limit = 0, 0
	}
	return options, rest
}

// children returns the beginning of all keys below a prefix: /a has /a/b, and neither /ab nor itself.
func children(prefix string) string {
	cleaned := path.Clean("/" + prefix)
	if cleaned == "/" {
		return "/"
	}
	return cleaned + "/"
}

func ordersByValue(orders []query.Order) bool {
	for _, order := range orders {
		switch order.(type) {
		case query.OrderByKey, *query.OrderByKey, query.OrderByKeyDescending, *query.OrderByKeyDescending:
		default:
			return true
		}
	}
	return false
}

func result(q query.Query, entry kv.Entry) query.Entry {
	it := query.Entry{Key: entry.Key, Size: int(entry.Size)}
	if !q.KeysOnly {
		it.Value = entry.Value
	}
	if q.ReturnExpirations {
		it.Expiration = entry.ExpiresAt
	}
	return it
}
