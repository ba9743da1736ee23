package petrock_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"kv.internal/kv"
	"kv.internal/kv/adapters/petrock/core"
)

type FeatureConfig struct {
	Enabled  bool
	Settings map[string]string
}

type UserPreferences struct {
	Theme         string
	Language      string
	Notifications bool
}

type WorkerState struct {
	ProcessedCount int
	LastUpdate     time.Time
}

// myHandler is the document's, and returns what it reads.
func myHandler(app *core.App) (map[string]interface{}, []string, error) {
	// Store a value
	err := app.KVStore.Set("feature:config", map[string]interface{}{
		"enabled": true,
		"version": "1.0",
	})
	if err != nil {
		return nil, nil, err
	}

	// Retrieve a value
	var config map[string]interface{}
	if err = app.KVStore.Get("feature:config", &config); err != nil {
		return nil, nil, err
	}

	// List keys with pattern
	keys, err := app.KVStore.List("feature:*")
	return config, keys, err
}

func newApp(t *testing.T) *core.App {
	t.Helper()
	t.Chdir(t.TempDir())
	app, err := core.NewApp("app.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	return app
}

func TestTheExamplesInApplicationCodeRun(t *testing.T) {
	app := newApp(t)
	values, keys, err := myHandler(app)
	if err != nil || fmt.Sprint(values) != "map[enabled:true version:1.0]" || fmt.Sprint(keys) != "[feature:config]" {
		t.Error(values, keys, err)
	}

	config := FeatureConfig{
		Enabled: true,
		Settings: map[string]string{
			"api_key": "secret",
			"timeout": "30s",
		},
	}
	if err := app.KVStore.Set("features:posts:config", config); err != nil {
		t.Fatal(err)
	}
	var retrieved FeatureConfig
	if err := app.KVStore.Get("features:posts:config", &retrieved); err != nil || !reflect.DeepEqual(retrieved, config) {
		t.Error(retrieved, err)
	}

	preferences := UserPreferences{
		Theme:         "dark",
		Language:      "en",
		Notifications: true,
	}
	for userID := range 2 {
		if err := app.KVStore.Set(fmt.Sprintf("user:%d:preferences", userID), preferences); err != nil {
			t.Fatal(err)
		}
	}
	keys, err = app.KVStore.List("user:*:preferences")
	if err != nil || fmt.Sprint(keys) != "[user:0:preferences user:1:preferences]" {
		t.Error(keys, err)
	}

	workerState := WorkerState{
		ProcessedCount: 1000,
		LastUpdate:     time.Now(),
	}
	if err := app.KVStore.Set("worker:posts:state", workerState); err != nil {
		t.Fatal(err)
	}
	var state WorkerState
	if err := app.KVStore.Get("worker:posts:state", &state); err != nil || state.ProcessedCount != 1000 || !state.LastUpdate.Equal(workerState.LastUpdate) {
		t.Error(state, err)
	}
}

func TestTheCommandsOfTheDocumentRunAndTheApplicationReadsWhatTheyStore(t *testing.T) {
	app := newApp(t)
	// Store a string value
	prints(t, "Successfully set key 'user:123:name'\n", "set", "user:123:name", "John Doe")
	// Store a JSON object
	prints(t, "Successfully set key 'user:123:config'\n", "set", "--json", "user:123:config", `{"theme": "dark", "notifications": true}`)
	// Store a JSON array
	prints(t, "Successfully set key 'user:123:tags'\n", "set", "--json", "user:123:tags", `["admin", "premium"]`)
	prints(t, "{\n  \"theme\": \"dark\",\n  \"notifications\": true\n}\n", "get", "user:123:config")
	prints(t, "\"John Doe\"\n", "get", "user:123:name")
	// List all keys
	if err := app.KVStore.Set("worker:posts:position", 7); err != nil {
		t.Fatal(err)
	}
	prints(t, "user:123:config\nuser:123:name\nuser:123:tags\nworker:posts:position\n", "list")
	// List all user-related keys
	prints(t, "user:123:config\nuser:123:name\nuser:123:tags\n", "list", "user:*")
	// List all config keys
	prints(t, "user:123:config\n", "list", "*:config")

	var name string
	var config map[string]any
	var tags []string
	err := errors.Join(app.KVStore.Get("user:123:name", &name),
		app.KVStore.Get("user:123:config", &config), app.KVStore.Get("user:123:tags", &tags))
	if got := fmt.Sprintf("%s %v %v", name, config, tags); err != nil || got != "John Doe map[notifications:true theme:dark] [admin premium]" {
		t.Error(got, err)
	}
}

func TestAnAppIsClosedAsOftenAsItIsAskedTo(t *testing.T) {
	app := newApp(t)
	for _, closed := range []*core.App{app, app, nil, {}} {
		if err := closed.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := app.KVStore.Set("k", 1); !errors.Is(err, kv.ErrClosed) {
		t.Error(err)
	}
	if app, err := core.NewApp("missing/app.db"); app != nil || err == nil {
		t.Error(app, err)
	}
	store, err := kv.Open(t.Context(), "memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var kvStore core.KVStore
	if kvStore, err = core.NewSQLiteKVStore(store); err != nil || kvStore.Set("k", 1) != nil {
		t.Error(err)
	}
}
