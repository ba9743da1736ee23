package kv_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"kv.internal/kv"
)

// logged returns what slog's two handlers write of a value, without time, level and message.
func logged(t *testing.T, value any) (text, jsonText string) {
	t.Helper()
	var asText, asJSON bytes.Buffer
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
			return slog.Attr{}
		}
		return a
	}}
	slog.New(slog.NewTextHandler(&asText, options)).Info("", "v", value)
	slog.New(slog.NewJSONHandler(&asJSON, options)).Info("", "v", value)
	if !json.Valid(asJSON.Bytes()) {
		t.Fatalf("got %s", asJSON.String())
	}
	return strings.TrimSpace(asText.String()), strings.TrimSpace(asJSON.String())
}

func TestEntriesEventsAndErrorsAreReadableInLogsAndTexts(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	blue := []byte("blue")
	for _, c := range []struct {
		value          any
		text, log, raw string
	}{
		{
			kv.Entry{Group: "config", Key: "colour", Value: blue, Size: 4, Version: 7, ExpiresAt: at},
			`config/colour = "blue" (4 bytes), version 7, expires 2026-01-02T15:04:05Z`,
			`v.group=config v.key=colour v.value=blue v.size=4 v.version=7 v.expires_at=2026-01-02T15:04:05.000Z`,
			`{"v":{"group":"config","key":"colour","value":"blue","size":4,"version":7,"expires_at":"2026-01-02T15:04:05Z"}}`,
		},
		{
			kv.Entry{Group: "", Key: "\xff\x00", Value: []byte("\xfe"), Size: 1, Version: 7},
			`"\xff\x00" = "\xfe" (1 byte), version 7`,
			`v.group="" v.key="\"\\xff\\x00\"" v.value="\"\\xfe\"" v.size=1 v.version=7`,
			`{"v":{"group":"","key":"\"\\xff\\x00\"","value":"\"\\xfe\"","size":1,"version":7}}`,
		},
		{
			&kv.Entry{Group: "g", Key: "k", Value: bytes.Repeat([]byte("v"), 1000), Size: 1000, Version: 7},
			`g/k = "` + strings.Repeat("v", 64) + `"... (1000 bytes), version 7`,
			`v.group=g v.key=k v.value=` + strings.Repeat("v", 64) + `... v.size=1000 v.version=7`,
			`{"v":{"group":"g","key":"k","value":"` + strings.Repeat("v", 64) + `...","size":1000,"version":7}}`,
		},
		{
			kv.Entry{Group: "g", Key: "k", Size: 9, Version: 7},
			`g/k (9 bytes), version 7`,
			`v.group=g v.key=k v.size=9 v.version=7`,
			`{"v":{"group":"g","key":"k","size":9,"version":7}}`,
		},
		{
			kv.EntryInfo{Size: 9, Version: 7},
			`9 bytes, version 7`, `v.size=9 v.version=7`, `{"v":{"size":9,"version":7}}`,
		},
		{
			kv.Event{Type: kv.EventSet, Group: "config", Key: "dark mode", Value: blue, Size: 4, Version: 7, Time: at},
			`set config/"dark mode" = "blue" (4 bytes), version 7`,
			`v.type=set v.group=config v.key="dark mode" v.value=blue v.size=4 v.version=7 v.time=2026-01-02T15:04:05.000Z`,
			`{"v":{"type":"set","group":"config","key":"dark mode","value":"blue","size":4,"version":7,"time":"2026-01-02T15:04:05Z"}}`,
		},
		{
			kv.Event{Type: kv.EventSetLarge, Group: "files", Key: "a", Size: 300_000, Version: 7},
			`set_large files/a (300000 bytes), version 7`,
			`v.type=set_large v.group=files v.key=a v.size=300000 v.version=7`,
			`{"v":{"type":"set_large","group":"files","key":"a","size":300000,"version":7}}`,
		},
		{
			&kv.Event{Type: kv.EventDelete, Group: "g", Key: "", Version: 8},
			`delete g/"", version 8`, `v.type=delete v.group=g v.key="" v.version=8`,
			`{"v":{"type":"delete","group":"g","key":"","version":8}}`,
		},
		{
			kv.Event{Type: kv.EventDeleteGroup, Group: "g", Version: 8},
			`delete_group g, version 8`, `v.type=delete_group v.group=g v.version=8`,
			`{"v":{"type":"delete_group","group":"g","version":8}}`,
		},
		{
			kv.Event{Type: kv.EventLagged, Lost: 12, Version: 8},
			`lagged, 12 lost, version 8`, `v.type=lagged v.lost=12 v.version=8`,
			`{"v":{"type":"lagged","lost":12,"version":8}}`,
		},
		{kv.EventSynced, `synced`, `v=synced`, `{"v":"synced"}`},
		{
			kv.Result{Status: kv.OK, Value: blue, Version: 7},
			`status=ok value=blue size=4 version=7`,
			`v.status=ok v.value=blue v.size=4 v.version=7`,
			`{"v":{"status":"ok","value":"blue","size":4,"version":7}}`,
		},
		{
			&kv.Error{Op: "get", Group: "users", Key: "ada", Step: -1, Status: kv.ErrIO, Errno: syscall.EIO},
			`kv: get users/ada: input or output failed`,
			`v.message="kv: get users/ada: input or output failed" v.op=get v.group=users v.key=ada` +
				` v.status="input or output failed" v.errno=5`,
			`{"v":{"message":"kv: get users/ada: input or output failed","op":"get","group":"users","key":"ada",` +
				`"status":"input or output failed","errno":5}}`,
		},
		{
			&kv.ConflictError{Op: "put", Group: "g", Key: "k", Version: 7},
			`kv: put g/k: a condition does not hold: the key is at version 7`,
			`v.message="kv: put g/k: a condition does not hold: the key is at version 7" v.op=put v.group=g v.key=k` +
				` v.status="a condition does not hold" v.version=7`,
			`{"v":{"message":"kv: put g/k: a condition does not hold: the key is at version 7","op":"put","group":"g",` +
				`"key":"k","status":"a condition does not hold","version":7}}`,
		},
		{
			&kv.DecodeError{Group: "g", Key: "k", Err: errors.New("no number")},
			`kv: decode g/k: no number`, `v.message="kv: decode g/k: no number" v.group=g v.key=k`,
			`{"v":{"message":"kv: decode g/k: no number","group":"g","key":"k"}}`,
		},
		{
			kv.Quota{Limits: kv.Limits{MaxKeys: 10}, Keys: 3, Groups: 1, Bytes: 40},
			`max_keys=10 max_groups=0 max_bytes=0 keys=3 groups=1 bytes=40`,
			`v.max_keys=10 v.max_groups=0 v.max_bytes=0 v.keys=3 v.groups=1 v.bytes=40`,
			`{"v":{"max_keys":10,"max_groups":0,"max_bytes":0,"keys":3,"groups":1,"bytes":40}}`,
		},
		{
			kv.CopyState{Entries: 3, Position: &kv.Position{Group: "g", Key: "k"}},
			`entries=3 bytes=0 skipped=0 expired=0 missing=0 total=0 position=g/k`,
			`v.entries=3 v.bytes=0 v.skipped=0 v.expired=0 v.missing=0 v.total=0 v.position=g/k`,
			`{"v":{"entries":3,"bytes":0,"skipped":0,"expired":0,"missing":0,"total":0,"position":"g/k"}}`,
		},
		{
			kv.LockHolder{Owner: "worker 7", ExpiresAt: at},
			`owner="worker 7" expires_at=2026-01-02T15:04:05Z`,
			`v.owner="worker 7" v.expires_at=2026-01-02T15:04:05.000Z`,
			`{"v":{"owner":"worker 7","expires_at":"2026-01-02T15:04:05Z"}}`,
		},
		{
			kv.Idempotency{State: kv.IdempotencyCompleted, Response: []byte("paid")},
			`state=completed response=paid size=4`, `v.state=completed v.response=paid v.size=4`,
			`{"v":{"state":"completed","response":"paid","size":4}}`,
		},
	} {
		for _, form := range []string{"%v", "%s", "%+v"} {
			equal(t, fmt.Sprintf(form, c.value), c.text)
		}
		text, raw := logged(t, c.value)
		equal(t, text, c.log)
		equal(t, raw, c.raw)
	}
}

func TestOptionsAreReadAsTheCallsThatMakeThem(t *testing.T) {
	for _, c := range []struct {
		option any
		text   string
	}{
		{kv.IfAbsent(), "IfAbsent()"}, {kv.IfPresent(), "IfPresent()"}, {kv.IfVersion(7), "IfVersion(7)"},
		{kv.ExpireAfter(90 * time.Second), "ExpireAfter(1m30s)"}, {kv.ExpireAfter(kv.DefaultTTL), "ExpireAfter(DefaultTTL)"},
		{kv.ExpireAfter(-1), "ExpireAfter(negative)"},
		{kv.ExpireAt(time.Unix(1, 0)), "ExpireAt(1970-01-01T00:00:01Z)"}, {kv.ExpireAt(time.Time{}), "ExpireAt(never)"},
		{kv.KeepExpiry(), "KeepExpiry()"}, {kv.WithDurability(kv.DurabilityFull), "WithDurability(full)"},
		{kv.PutOption{}, "PutOption{}"}, {kv.Durability(9), "Durability(9)"},
		{kv.ExpireXX | kv.ExpireGT, "XX|GT"}, {kv.ExpireFlags(0), "none"}, {kv.ExpireFlags(64), "64"},
		{kv.Prefix("a\xff"), `Prefix("a\xff")`}, {kv.Glob("*"), `Glob("*")`}, {kv.RedisGlob("*"), `RedisGlob("*")`},
		{kv.From("a"), `From("a")`}, {kv.Above("a"), `Above("a")`}, {kv.To("a"), `To("a")`}, {kv.Below("a"), `Below("a")`},
		{kv.After("a"), `After("a")`}, {kv.Reverse(), "Reverse()"}, {kv.KeysOnly(), "KeysOnly()"}, {kv.Sizes(), "Sizes()"},
		{kv.Snapshot(), "Snapshot()"}, {kv.Offset(3), "Offset(3)"}, {kv.Limit(4), "Limit(4)"}, {kv.ScanOption{}, "ScanOption{}"},
		{kv.Existing(), "Existing()"}, {kv.Since(7), "Since(7)"}, {kv.Capacity(16), "Capacity(16)"}, {kv.WatchOption{}, "WatchOption{}"},
		{kv.InGroup("flags"), `InGroup("flags")`}, {kv.InGroups("t:").KeyPrefix("u"), `InGroups("t:").KeyPrefix("u")`},
		{kv.Everywhere().Key("k"), `Everywhere().Key("k")`}, {kv.Selection{}, `InGroup("")`},
		{kv.Tries(3), "Tries(3)"}, {kv.UpdateOption{}, "UpdateOption{}"},
		{kv.WithOwner("a b"), `WithOwner("a b")`}, {kv.WithWait(time.Second), "WithWait(1s)"}, {kv.LockOption{}, "LockOption{}"},
		{kv.KeepExisting(), "KeepExisting()"}, {kv.RefuseExisting(), "RefuseExisting()"}, {kv.CopyOption{}, "CopyOption{}"},
		{kv.AfterPosition(&kv.Position{Group: "g", Key: "k"}), "AfterPosition(g/k)"},
		{kv.CopyProgress(func(kv.CopyState) bool { return true }), "CopyProgress(...)"},
	} {
		equal(t, fmt.Sprint(c.option), c.text)
		_, raw := logged(t, c.option)
		var read struct{ V string }
		ok(t, json.Unmarshal([]byte(raw), &read))
		equal(t, read.V, c.text)
	}
}

func TestAStoreIsReadByItsNameAndNotItsPassword(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "a.db")
	config := servicesFile(t, "services:\n  sessions: {type: kvstore_sqlite, config: {path: \""+path+"\"}}\n")
	service := must(kv.OpenConfig(t.Context(), config, "sessions"))(t)
	defer service.Close()
	file := openAt(t, "sqlite:"+path+"?create_dirs=on")
	memory := openAt(t, "memory:")
	scope := must(memory.Scope("tenant"))(t)
	defer scope.Close()
	inner := must(scope.Scope("inner"))(t)
	defer inner.Close()
	bound := must(inner.Bind())(t)
	defer bound.Close()
	for _, c := range []struct {
		store fmt.Stringer
		text  string
	}{
		{memory, "kv.Store(location=memory:)"},
		{service, "kv.Store(service=sessions)"},
		{scope, "kv.Store(location=memory: namespace=tenant)"},
		{inner, "kv.Store(location=memory: namespace=tenant:inner)"},
		{bound, "kv.Store(location=memory: namespace=tenant:inner)"},
		{snapshotOf(t, memory), "kv.Store(location=memory: snapshot=true)"},
		{new(kv.Store), "kv.Store(not opened)"},
		{(*kv.Store)(nil), "kv.Store(nil)"},
	} {
		equal(t, c.store.String(), c.text)
	}
	text, _ := logged(t, file)
	equal(t, text, "v.location=sqlite:"+path)
	text, _ = logged(t, memory)
	equal(t, text, "v.location=memory:")
	for location, name := range map[string]string{
		"redis://user:hush@localhost:6379?prefix=a":       "redis://localhost:6379",
		"rediss://:hu@sh@a:1,b:2/3":                       "rediss://a:1,b:2/3",
		"redis://localhost?password=hush#x":               "redis://localhost",
		"redis+unix:///run/redis.sock?password=hush&db=0": "redis+unix:///run/redis.sock",
		"unix://user:hush@/run/redis.sock":                "unix:///run/redis.sock",
		"log:folder?durability=full":                      "log:folder",
		"a.db?b":                                          "a.db?b",
	} {
		equal(t, kv.NameOf(location), name)
	}
}

func TestStatisticsAreReadWithAllTheirFigures(t *testing.T) {
	var figures kv.Statistics
	fields := reflect.TypeOf(figures)
	attributes := figures.LogValue().Group()
	equal(t, len(attributes), fields.NumField())
	filled := reflect.ValueOf(&figures).Elem()
	for i, attribute := range attributes {
		name := strings.ReplaceAll(attribute.Key, "_", "")
		if !strings.EqualFold(name, fields.Field(i).Name) {
			t.Errorf("%s is %s", fields.Field(i).Name, attribute.Key)
		}
		switch field := filled.Field(i); field.Kind() {
		case reflect.String:
			field.SetString("s")
		case reflect.Bool:
			field.SetBool(true)
		default:
			field.Set(reflect.ValueOf(i + 1).Convert(field.Type()))
		}
	}
	for i, attribute := range figures.LogValue().Group() {
		if attribute.Value.Equal(attributes[i].Value) {
			t.Errorf("%s is not that of the figures", attribute.Key)
		}
	}
	store := openAt(t, "memory:")
	ok(t, store.Set(t.Context(), "g", "k", []byte("v")))
	text := must(store.Stats(t.Context()))(t).String()
	if !strings.HasPrefix(text, "hits=0 misses=0 commits=1 ") || !strings.Contains(text, " read_only=false ") {
		t.Fatalf("got %s", text)
	}
	equal(t, must(store.Usage(t.Context()))(t).String(), "entries=1 bytes=3 expired_entries=0")
}

func TestALockAndABatchAreReadable(t *testing.T) {
	lock := must(openAt(t, "memory:").Lock(t.Context(), "a job", time.Hour))(t)
	equal(t, lock.String(), fmt.Sprintf(`name="a job" token=%d`, lock.Token()))
	equal(t, (*kv.Lock)(nil).String(), `name="" token=0`)
	var batch kv.Batch
	batch.Get("g", "k")
	equal(t, batch.String(), "batch of 1 steps")
	text, _ := logged(t, &batch)
	equal(t, text, "v.steps=1")
	equal(t, (*kv.Batch)(nil).Len(), 0)
}
