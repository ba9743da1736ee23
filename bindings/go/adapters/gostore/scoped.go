package gostore

import (
	"iter"
	"time"
)

// inner returns the store that a scope is narrowed to, whose every call fails if it is nil.
func (s *ScopedStore) inner() *Store {
	if s == nil {
		return nil
	}
	return s.narrowed
}

// Get is [Store.Get].
func (s *ScopedStore) Get(group, key string) (string, error) { return s.inner().Get(group, key) }

// Set is [Store.Set].
func (s *ScopedStore) Set(group, key, value string) error { return s.inner().Set(group, key, value) }

// SetWithTTL is [Store.SetWithTTL].
func (s *ScopedStore) SetWithTTL(group, key, value string, ttl time.Duration) error {
	return s.inner().SetWithTTL(group, key, value, ttl)
}

// Delete is [Store.Delete].
func (s *ScopedStore) Delete(group, key string) error { return s.inner().Delete(group, key) }

// DeleteGroup is [Store.DeleteGroup].
func (s *ScopedStore) DeleteGroup(group string) error { return s.inner().DeleteGroup(group) }

// Count is [Store.Count].
func (s *ScopedStore) Count(group string) (int, error) { return s.inner().Count(group) }

// CountAll is [Store.CountAll].
func (s *ScopedStore) CountAll(groupPrefix string) (int, error) {
	return s.inner().CountAll(groupPrefix)
}

// PurgeExpired is [Store.PurgeExpired].
func (s *ScopedStore) PurgeExpired() (int64, error) { return s.inner().PurgeExpired() }

// GetAll is [Store.GetAll].
func (s *ScopedStore) GetAll(group string) (map[string]string, error) {
	return s.inner().GetAll(group)
}

// All is [Store.All].
func (s *ScopedStore) All(group string) iter.Seq2[KeyValue, error] { return s.inner().All(group) }

// Groups is [Store.Groups].
func (s *ScopedStore) Groups(groupPrefix string) ([]string, error) {
	return s.inner().Groups(groupPrefix)
}

// GroupsSeq is [Store.GroupsSeq].
func (s *ScopedStore) GroupsSeq(groupPrefix string) iter.Seq2[string, error] {
	return s.inner().GroupsSeq(groupPrefix)
}

// GetSplit is [Store.GetSplit].
func (s *ScopedStore) GetSplit(group, key, separator string) (iter.Seq[string], error) {
	return s.inner().GetSplit(group, key, separator)
}

// GetFields is [Store.GetFields].
func (s *ScopedStore) GetFields(group, key string) (iter.Seq[string], error) {
	return s.inner().GetFields(group, key)
}

// Render is [Store.Render].
func (s *ScopedStore) Render(templateSource, group string) (string, error) {
	return s.inner().Render(templateSource, group)
}

// Watch is [Store.Watch].
func (s *ScopedStore) Watch(group, key string) *Watcher { return s.inner().Watch(group, key) }

// Unwatch is [Store.Unwatch].
func (s *ScopedStore) Unwatch(watcher *Watcher) { s.inner().Unwatch(watcher) }

// OnChange is [Store.OnChange].
func (s *ScopedStore) OnChange(callback func(Event)) func() { return s.inner().OnChange(callback) }
