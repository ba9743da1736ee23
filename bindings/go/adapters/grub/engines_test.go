package grub_test

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kv.internal/kv"
)

// onEachEngine runs a test on an empty store in memory, in a file and in a Redis.
func onEachEngine(t *testing.T, test func(t *testing.T, store *kv.Store)) {
	t.Helper()
	for engine, location := range map[string]func(*testing.T) string{
		"memory": func(*testing.T) string { return "memory:" },
		"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "grub.db") },
		"redis":  startRedis,
	} {
		t.Run(engine, func(t *testing.T) {
			store, err := kv.Open(t.Context(), location(t))
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			test(t, store)
		})
	}
}

// startRedis starts a server for one test and returns its location. Another process can take a
// free port before the server binds it, so the next one is tried then.
func startRedis(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed")
	}
	for range 5 {
		if port := freePort(t); serves(t, port) {
			return fmt.Sprintf("redis://127.0.0.1:%d/0", port)
		}
	}
	t.Fatal("no redis-server starts")
	return ""
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// serves starts a server, and reports whether it has the port.
func serves(t *testing.T, port int) bool {
	t.Helper()
	server := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1",
		"--save", "", "--dir", t.TempDir())
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return true
		}
	}
	return false
}
