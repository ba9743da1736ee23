package kvstore

import (
	"context"

	"kv.internal/kv"
)

// Stats are figures of a moment.
type Stats struct {
	// Entries are live.
	Entries int64 `json:"entries"`
	// Hits and Misses are the reads of this KVStore that found their key, or did not.
	Hits   int64 `json:"hits"`
	Misses int64 `json:"misses"`
	// MemoryUsage is the sum of the sizes of the entries: the bytes of a key and of its value, and
	// 64 for each.
	MemoryUsage int64 `json:"memory_usage"`
	// HitRatio is the part of the reads that were hits, 0 without any.
	HitRatio float64 `json:"hit_ratio"`
}

// overhead is the part of an entry's size that is the same for all.
const overhead = 64

func entrySize(keyLength int, valueLength int64) int64 {
	return int64(keyLength) + valueLength + overhead
}

// Exists reports whether there is a value. It is false for any error, which
// [KVStore.ExistsContext] returns.
func (s *KVStore) Exists(key string) bool {
	exists, _ := s.ExistsContext(context.Background(), key)
	return exists
}

// ExistsContext reports whether there is a value.
func (s *KVStore) ExistsContext(ctx context.Context, key string) (bool, error) {
	ctx, err := s.enterKey(ctx, key)
	if err != nil {
		return false, err
	}
	exists, err := s.group.Store.Exists(ctx, s.group.Name, key)
	return exists, storeError(err, key)
}

// Keys returns all keys in byte order. It is nil for any error, which [KVStore.KeysContext]
// returns.
func (s *KVStore) Keys() []string {
	found, _ := s.KeysContext(context.Background())
	return found
}

// KeysContext returns all keys in byte order. Without any the list is empty and not nil.
func (s *KVStore) KeysContext(ctx context.Context) ([]string, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.group.Store.Keys(ctx, s.group.Name)
	return found, storeError(err, "")
}

// Size returns the number of keys. It is 0 for any error, which [KVStore.SizeContext] returns.
func (s *KVStore) Size() int {
	count, _ := s.SizeContext(context.Background())
	return count
}

// SizeContext returns the number of keys.
func (s *KVStore) SizeContext(ctx context.Context) (int, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return 0, err
	}
	count, err := s.group.Store.Count(ctx, s.group.Name)
	return count, storeError(err, "")
}

// GetStats returns figures of this moment. All are 0 for any error, which
// [KVStore.GetStatsContext] returns.
func (s *KVStore) GetStats() Stats {
	stats, _ := s.GetStatsContext(context.Background())
	return stats
}

// GetStatsContext returns figures of this moment. It visits every entry.
func (s *KVStore) GetStatsContext(ctx context.Context) (Stats, error) {
	ctx, err := s.enter(ctx)
	if err != nil {
		return Stats{}, err
	}
	stats := Stats{Hits: s.hits.Load(), Misses: s.misses.Load()}
	for entry, err := range s.group.Store.Scan(ctx, s.group.Name, kv.Sizes()) {
		if err != nil {
			return Stats{}, storeError(err, "")
		}
		stats.Entries++
		stats.MemoryUsage += entrySize(len(entry.Key), entry.Size)
	}
	if reads := stats.Hits + stats.Misses; reads > 0 {
		stats.HitRatio = float64(stats.Hits) / float64(reads)
	}
	return stats, nil
}
