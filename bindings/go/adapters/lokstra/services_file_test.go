package lokstra_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
	"kv.internal/kv/adapters/internal/redistest"
	"kv.internal/kv/adapters/lokstra"
)

// fullConfiguration is that of the document.
const fullConfiguration = `services:
  cache:
    type: kvstore_redis
    config:
      addr: ${REDIS_ADDR:localhost:6379}
      password: ${REDIS_PASSWORD}
      db: 0
      pool_size: 20
      prefix: ${APP_NAME:myapp}
`

// shortDirectory returns a directory whose path the library's messages do not shorten.
func shortDirectory(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "kv")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(shortDirectory(t), "services.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func unset(t *testing.T, variable string) {
	t.Helper()
	t.Setenv(variable, "")
	if err := os.Unsetenv(variable); err != nil {
		t.Fatal(err)
	}
}

func registerFile(t *testing.T, path string) {
	t.Helper()
	if err := lokstra.RegisterServicesFile(path, "cache"); err != nil {
		t.Fatal(err)
	}
}

func TestAnEmptyPasswordOfAServicesFileIsNone(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "")
	t.Setenv("REDIS_ADDR", server.Address())
	unset(t, "APP_NAME")
	for name, text := range map[string]string{
		"as in the document": fullConfiguration,
		"with a comment":     strings.Replace(fullConfiguration, "PASSWORD}", "PASSWORD} # none", 1),
		"in quotes":          strings.Replace(fullConfiguration, "${REDIS_PASSWORD}", `"${REDIS_PASSWORD}"`, 1),
		"with Windows' ends": strings.ReplaceAll(fullConfiguration, "\n", "\r\n"),
		"in braces": `{services: {cache: {type: kvstore_redis, config: {` +
			`addr: "${REDIS_ADDR}", "password": '${REDIS_PASSWORD}', prefix: myapp}}}}`,
	} {
		for state, change := range map[string]func(){
			"unset": func() { unset(t, "REDIS_PASSWORD") }, "empty": func() { t.Setenv("REDIS_PASSWORD", "") },
		} {
			change()
			registerFile(t, writeFile(t, text))
			store, err := lokstra.GetServiceOrError[lokstra.KvStore]("cache")
			if err != nil {
				t.Errorf("%s, %s: %v", name, state, err)
				continue
			}
			if err := store.Set(t.Context(), "user:1", name+state, 0); err != nil {
				t.Errorf("%s, %s: %v", name, state, err)
			}
			if got := server.Do(t, "get", "myapp:user:1"); got != `"`+name+state+`"` {
				t.Errorf("%s, %s: %s", name, state, got)
			}
		}
	}
}

func TestAPasswordOfAServicesFileIsUsed(t *testing.T) {
	registered(t)
	server := redistest.Start(t, "hunter2")
	t.Setenv("REDIS_ADDR", server.Address())
	for password, want := range map[string]error{"hunter2": nil, "": kv.ErrPermission, "wrong-one": kv.ErrPermission} {
		t.Setenv("REDIS_PASSWORD", password)
		path := writeFile(t, fullConfiguration)
		registerFile(t, path)
		_, err := lokstra.GetServiceOrError[lokstra.KvStore]("cache")
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && (!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "/proc/") || strings.Contains(err.Error(), "wrong-one")) {
			t.Error(err)
		}
	}
}

func TestAnEmptyVariableElsewhereIsAnError(t *testing.T) {
	registered(t)
	unset(t, "REDIS_PASSWORD")
	unset(t, "APP_NAME")
	for text, want := range map[string]string{
		strings.Replace(fullConfiguration, ":myapp", "", 1):                         "line 9, column 15",
		strings.Replace(fullConfiguration, "PASSWORD}", "PASSWORD}x", 1):            "line 6, column 17",
		strings.Replace(fullConfiguration, "PASSWORD}", "PASSWORD}\n      a: 1", 1): "line 7, column 7",
	} {
		path := writeFile(t, text)
		registerFile(t, path)
		_, err := lokstra.GetServiceOrError[lokstra.KvStore]("cache")
		if !errors.Is(err, kv.ErrConfig) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestAServicesFileThatCannotBeReadIsToldAtOnceAndLater(t *testing.T) {
	registered(t)
	missing := filepath.Join(shortDirectory(t), "missing.yaml")
	if err := lokstra.RegisterServicesFile(missing, "cache"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Error(err)
	}
	if _, err := lokstra.GetServiceOrError[lokstra.KvStore]("cache"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Error(err)
	}
	logged := logOf(t, func() { fails(t, lokstra.GetService[lokstra.KvStore]("cache"), fs.ErrNotExist, missing) })
	if !strings.Contains(logged, missing) {
		t.Errorf("%q is logged", logged)
	}
	if err := lokstra.RegisterServicesFile(t.TempDir(), "cache"); !errors.Is(err, kv.ErrConfig) {
		t.Error(err)
	}
}
