package file

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"kv.internal/kv"
)

// The number of records on a page of a query without one.
const pageSize = 20

// List returns a page of the records that a query selects, and how many it selects in all. It
// reads every record of the group. A negative page or size is [ErrInvalidSize].
func (m *GroupMetadata) List(ctx context.Context, query Query) ([]*File, int64, error) {
	ctx, err := m.enter(ctx)
	if err == nil && (query.Page < 0 || query.PageSize < 0) {
		err = fmt.Errorf("%w: the page or its size is negative", ErrInvalidSize)
	}
	if err != nil {
		return nil, 0, failed("list", "", err)
	}
	var selected []*File
	for entry, err := range m.store.Scan(ctx, string(m.records), kv.Prefix(pathKey(""))) {
		if err != nil {
			return nil, 0, failed("list", "", err)
		}
		of, err := decode(entry.Value)
		if err != nil {
			return nil, 0, failed("list", "", err)
		}
		if query.selects(&of.File) {
			selected = append(selected, &of.File)
		}
	}
	slices.SortStableFunc(selected, query.order())
	return query.page(selected), int64(len(selected)), nil
}

func (q Query) selects(file *File) bool {
	return (q.MimeType == "" || file.MimeType == q.MimeType) &&
		(q.StartTime.IsZero() || !file.CreatedAt.Before(q.StartTime)) &&
		(q.EndTime.IsZero() || !file.CreatedAt.After(q.EndTime))
}

// order returns the order of the records; those that are equal in it stay in that of their paths.
func (q Query) order() func(a, b *File) int {
	word, isReverse := strings.CutSuffix(q.OrderBy, "_desc")
	var order func(a, b *File) int
	switch word {
	case "created_at":
		order = func(a, b *File) int { return a.CreatedAt.Compare(b.CreatedAt) }
	case "name":
		order = func(a, b *File) int { return strings.Compare(a.Name, b.Name) }
	case "size":
		order = func(a, b *File) int { return cmp.Compare(a.Size, b.Size) }
	default:
		return func(a, b *File) int { return b.CreatedAt.Compare(a.CreatedAt) }
	}
	if isReverse {
		return func(a, b *File) int { return order(b, a) }
	}
	return order
}

func (q Query) page(of []*File) []*File {
	size := q.PageSize
	if size == 0 {
		size = pageSize
	}
	pages := slices.Collect(slices.Chunk(of, size))
	number := max(q.Page, 1)
	if number > len(pages) {
		return nil
	}
	return pages[number-1]
}
