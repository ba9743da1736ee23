package kv_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"kv.internal/kv"
)

// The variable that makes this program play a part, which is named there with a location.
const partVariable = "KV_TEST_PART"

// parts are what this program can do for a test as a process of its own. It ends without a close,
// as one that is killed.
var parts = map[string]func(context.Context, *kv.Store) error{
	"writer": func(ctx context.Context, store *kv.Store) error {
		return store.Set(ctx, "g", "k", []byte("of another process"))
	},
	"owner": func(ctx context.Context, store *kv.Store) error {
		_, err := store.TryLock(ctx, "job", time.Hour, kv.WithOwner("another process"))
		return err
	},
	"goexit": func(ctx context.Context, store *kv.Store) error {
		if _, err := store.OnChange(func(kv.Event) { runtime.Goexit() }); err != nil {
			return err
		}
		return store.Set(ctx, "g", "k", nil)
	},
	// Holds the lock of a file until its input ends: byte 120 of the wal-index is that of writers.
	"locker": func(ctx context.Context, store *kv.Store) error {
		_, location, _ := strings.Cut(os.Getenv(partVariable), " ")
		file, err := os.OpenFile(location+"-shm", os.O_RDWR, 0)
		if err != nil {
			return err
		}
		lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 120, Len: 1}
		if err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLKW, &lock); err != nil {
			return err
		}
		fmt.Println("locked")
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	},
	"exits": func(ctx context.Context, store *kv.Store) error {
		called := make(chan struct{}, 1)
		_, err := store.OnChange(func(kv.Event) {
			select {
			case called <- struct{}{}:
			default:
			}
		})
		for range 3 {
			go func() {
				for store.Set(ctx, "g", "k", nil) == nil {
				}
			}()
		}
		<-called
		return err
	},
}

func TestMain(m *testing.M) {
	name, location, isPart := strings.Cut(os.Getenv(partVariable), " ")
	if !isPart {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	store, err := kv.Open(ctx, location)
	if err == nil {
		err = parts[name](ctx, store)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// part returns a command that plays a part on a store in memory or at a location.
func part(t *testing.T, name string, location ...string) *exec.Cmd {
	command := exec.Command(must(os.Executable())(t))
	place := strings.Join(append(location, "memory:")[:1], "")
	command.Env = append(os.Environ(), partVariable+"="+name+" "+place)
	return command
}

func TestAWatchReceivesTheChangesOfAnotherProcessAndACallbackDoesNot(t *testing.T) {
	location := "sqlite:" + filepath.Join(t.TempDir(), "store.db") + "?changes=on"
	store := openAt(t, location)
	w := watch(t, store, kv.InGroup("g"))
	called := make(chan string, 10)
	onChange(t, store, func(event kv.Event) { called <- nameOf(event) })
	if output, err := part(t, "writer", location).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	receives(t, w, "set g/k of another process")
	ok(t, store.Delete(t.Context(), "g", "k"))
	got, _ := within(t, called)
	equal(t, got, "delete g/k")
	equal(t, len(called), 0)
}

func TestAProgramMayExitWhileItsGoroutinesWrite(t *testing.T) {
	for range 20 {
		if output, err := part(t, "exits").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
	location := filepath.Join(t.TempDir(), "store.db")
	for range 20 {
		if output, err := part(t, "exits", location).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
}
