package cache

import (
	"context"

	"kv.internal/kv"
)

// Stats are figures of a moment.
type Stats struct {
	// Entries are live.
	Entries int
	// MemoryUsage is the sum of the bytes of their values.
	MemoryUsage uint64
	// Closed reports whether the cache was closed, or was never open.
	Closed bool
}

// Stats returns figures of this moment. Of a cache that cannot be read they are 0;
// [GroupCache.StatsContext] returns the error.
func (c *GroupCache) Stats() Stats {
	stats, _ := c.StatsContext(context.Background())
	return stats
}

// StatsContext returns figures of this moment. It visits every entry. That the cache is closed is
// no error; then the figures of a cache in its own memory are those of the moment of Close, and
// those of another are 0.
func (c *GroupCache) StatsContext(ctx context.Context) (Stats, error) {
	ctx, err := c.enter(ctx)
	if err == nil {
		var stats Stats
		if stats, err = c.count(ctx); err == nil {
			return stats, nil
		}
	}
	if err != ErrCacheClosed {
		return Stats{}, err
	}
	stats := Stats{Closed: true}
	if c != nil {
		if last := c.last.Load(); last != nil {
			stats.Entries, stats.MemoryUsage = last.Entries, last.MemoryUsage
		}
	}
	return stats, nil
}

func (c *GroupCache) count(ctx context.Context) (Stats, error) {
	var stats Stats
	for entry, err := range c.group.Store.Scan(ctx, c.group.Name, kv.Sizes()) {
		if err != nil {
			return Stats{}, cacheError(err, "")
		}
		stats.Entries++
		stats.MemoryUsage += uint64(entry.Size)
	}
	return stats, nil
}

// Close closes the cache, and its store if that is its own memory. Closing again does nothing.
func (c *GroupCache) Close() error {
	if c == nil {
		return nil
	}
	if c.group.IsOpen() && c.group.IsOwned() {
		if stats, err := c.count(context.Background()); err == nil {
			c.last.Store(&stats)
		}
	}
	return c.group.Close()
}
