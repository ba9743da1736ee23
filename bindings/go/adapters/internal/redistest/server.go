// Package redistest starts Redis servers for the tests of the adapters.
package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Server is a redis-server on a loopback port, which keeps nothing.
type Server struct {
	// Port is that of 127.0.0.1.
	Port     int
	password string
	socket   string
	process  *exec.Cmd
	hasEnded chan struct{}
}

// Start starts a server for one test that wants a password, or none if that is empty. Without
// redis-server the test is skipped.
func Start(t *testing.T, password string) *Server {
	t.Helper()
	for _, program := range []string{"redis-server", "redis-cli"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	// Another process may take a port before the server does.
	for range 20 {
		if server := StartAt(t, freePort(t), password); server != nil {
			return server
		}
	}
	t.Fatal("no redis-server starts")
	return nil
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

// StartAt returns nil if no server starts at the port.
func StartAt(t *testing.T, port int, password string) *Server {
	t.Helper()
	// The path of a socket may have about 100 bytes, fewer than some tests have in their names.
	directory, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	socket := filepath.Join(directory, "redis.sock")
	process := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "",
		"--dir", directory, "--unixsocket", socket, "--logfile", filepath.Join(directory, "redis.log"))
	if password != "" {
		process.Args = append(process.Args, "--requirepass", password)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	server := &Server{port, password, socket, process, make(chan struct{})}
	go func() { process.Wait(); close(server.hasEnded) }()
	t.Cleanup(server.Stop)
	for range 200 {
		// Another server may have the port: the reply has to be this one's.
		printed, _ := server.Run("info", "server")
		if strings.Contains(printed, fmt.Sprintf("process_id:%d\r\n", process.Process.Pid)) {
			return server
		}
		select {
		case <-server.hasEnded:
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	server.Stop()
	return nil
}

// Stop ends the server. Ending it again does nothing.
func (s *Server) Stop() {
	s.process.Process.Kill()
	<-s.hasEnded
}

// Address returns the host and port.
func (s *Server) Address() string { return fmt.Sprint("127.0.0.1:", s.Port) }

// Socket returns the path of the server's Unix socket.
func (s *Server) Socket() string { return s.socket }

// Location returns the location of the database 0 of a server without a password.
func (s *Server) Location() string { return "redis://" + s.Address() + "/0" }

// Run returns what redis-cli prints.
func (s *Server) Run(command ...string) (string, error) {
	client := exec.Command("redis-cli", append([]string{"-p", strconv.Itoa(s.Port)}, command...)...)
	if s.password != "" {
		client.Env = append(client.Environ(), "REDISCLI_AUTH="+s.password)
	}
	printed, err := client.CombinedOutput()
	return string(printed), err
}

// Do returns what redis-cli prints, without the last newline.
func (s *Server) Do(t *testing.T, command ...string) string {
	t.Helper()
	printed, err := s.Run(command...)
	if err != nil {
		t.Fatal(printed, err)
	}
	return strings.TrimSuffix(printed, "\n")
}
