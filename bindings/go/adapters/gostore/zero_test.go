package gostore_test

import (
	"errors"
	"iter"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/gostore"
)

// operations are the calls that a Store and a ScopedStore have.
type operations interface {
	Get(group, key string) (string, error)
	Set(group, key, value string) error
	SetWithTTL(group, key, value string, ttl time.Duration) error
	Delete(group, key string) error
	DeleteGroup(group string) error
	Count(group string) (int, error)
	CountAll(groupPrefix string) (int, error)
	GetAll(group string) (map[string]string, error)
	All(group string) iter.Seq2[gostore.KeyValue, error]
	Groups(groupPrefix string) ([]string, error)
	GroupsSeq(groupPrefix string) iter.Seq2[string, error]
	GetSplit(group, key, separator string) (iter.Seq[string], error)
	GetFields(group, key string) (iter.Seq[string], error)
	Render(templateSource, group string) (string, error)
	PurgeExpired() (int64, error)
	Watch(group, key string) *gostore.Watcher
	Unwatch(watcher *gostore.Watcher)
	OnChange(callback func(gostore.Event)) func()
}

// failures returns the error of each call, of a range that of its only pair.
func failures(store operations) map[string]error {
	found := map[string]error{
		"Set": store.Set("g", "k", "v"), "SetWithTTL": store.SetWithTTL("g", "k", "v", 1),
		"Delete": store.Delete("g", "k"), "DeleteGroup": store.DeleteGroup("g"),
	}
	_, found["Get"] = store.Get("g", "k")
	_, found["Count"] = store.Count("g")
	_, found["CountAll"] = store.CountAll("")
	_, found["GetAll"] = store.GetAll("g")
	_, found["Groups"] = store.Groups("")
	_, found["GetSplit"] = store.GetSplit("g", "k", ",")
	_, found["GetFields"] = store.GetFields("g", "k")
	_, found["Render"] = store.Render("", "g")
	_, found["PurgeExpired"] = store.PurgeExpired()
	pairs := 0
	for _, found["All"] = range store.All("g") {
		pairs++
	}
	for _, found["GroupsSeq"] = range store.GroupsSeq("") {
		pairs++
	}
	if pairs != 2 {
		found["ranges"] = errors.New("they have another number of pairs than one each")
	}
	return found
}

func TestWhatWasNotMadeOrIsClosedFailsAndDoesNotPanic(t *testing.T) {
	closed, err := gostore.New(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	scoped, err := gostore.NewScoped(closed, "tenant")
	if err != nil {
		t.Fatal(err)
	}
	var none *gostore.Store
	var noScope *gostore.ScopedStore
	for _, store := range []*gostore.Store{closed, closed, {}, none} {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		for _, quota := range []gostore.QuotaConfig{{}, {MaxKeys: 1}} {
			if made, err := gostore.NewScopedWithQuota(store, "tenant", quota); made != nil || !errors.Is(err, kv.ErrClosed) {
				t.Error(made, err)
			}
		}
	}
	for name, store := range map[string]operations{
		"nil": none, "zero": &gostore.Store{}, "closed": closed,
		"nil scope": noScope, "zero scope": &gostore.ScopedStore{}, "scope of a closed store": scoped,
	} {
		for call, err := range failures(store) {
			if !errors.Is(err, kv.ErrClosed) || errors.Is(err, gostore.NotFoundError) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
		watcher := store.Watch("*", "*")
		if _, isOpen := <-watcher.Events; isOpen {
			t.Errorf("%s: an open channel", name)
		}
		store.Unwatch(watcher)
		store.OnChange(func(gostore.Event) { t.Errorf("%s: a call", name) })()
	}
	if noScope.Namespace() != "" {
		t.Error(noScope.Namespace())
	}
}
