// Package servers starts Redis servers and clusters of this program's own, on loopback.
package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kv.internal/histories/children"
)

// Patience is the longest wait for a server.
const Patience = time.Minute

// Server is a Redis.
type Server struct {
	Port  int
	place string
	lines []string
	child *children.Child
}

// Start starts a server that keeps its files in a new folder, with further lines of configuration.
func Start(place string, lines ...string) (*Server, error) {
	var err error
	for range 20 {
		if err := errors.Join(os.RemoveAll(place), os.MkdirAll(place, 0o700)); err != nil {
			return nil, err
		}
		s := &Server{Port: freePort(), place: place}
		// A node of a cluster has a second port, which else is 10,000 higher.
		for _, line := range lines {
			s.lines = append(s.lines, strings.ReplaceAll(line, "FREE", strconv.Itoa(freePort())))
		}
		// Another process may take a port before the server does.
		if err = s.Restart(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// Restart starts a server that was killed, on the same port.
func (s *Server) Restart() error {
	text := fmt.Sprintf("bind 127.0.0.1\nport %d\ndir %s\nlogfile %s/log\nsave \"\"\n"+
		"repl-diskless-sync-delay 0\n%s\n", s.Port, s.place, s.place, strings.Join(s.lines, "\n"))
	file := filepath.Join(s.place, "redis.conf")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	child, err := children.Start(filepath.Join(s.place, "errors"), "redis-server", file)
	if err != nil {
		return err
	}
	s.child = child
	own := fmt.Sprintf("process_id:%d\r", child.ID())
	err = children.Until("a server is ready", Patience, func() bool {
		// Another server may have the port: the reply has to be this one's.
		return child.HasEnded() || strings.Contains(s.Call("info", "server"), own)
	})
	if err == nil && child.HasEnded() {
		err = fmt.Errorf("a redis-server has ended: %s", s.lastWords())
	}
	return err
}

func (s *Server) lastWords() string {
	text, _ := os.ReadFile(filepath.Join(s.place, "log"))
	return string(text[max(0, len(text)-300):])
}

// Kill kills the server and returns when it has ended.
func (s *Server) Kill() { s.child.Kill() }

// Call has the server run a command, and returns its reply as redis-cli prints it.
func (s *Server) Call(command ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	arguments := append([]string{"-p", strconv.Itoa(s.Port)}, command...)
	output, _ := exec.CommandContext(ctx, "redis-cli", arguments...).CombinedOutput()
	return string(output)
}

// Cut cuts the connections of all clients.
func (s *Server) Cut() { s.Call("client", "kill", "type", "normal") }

// Info is a field of the server's INFO.
func (s *Server) Info(section, field string) string {
	for _, line := range strings.Split(s.Call("info", section), "\r\n") {
		if value, isIt := strings.CutPrefix(line, field+":"); isIt {
			return value
		}
	}
	return ""
}

// freePort returns a port that nothing has at this moment.
func freePort() int {
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(descriptor)
	if err := syscall.Bind(descriptor, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0
	}
	address, err := syscall.Getsockname(descriptor)
	if err != nil {
		return 0
	}
	return address.(*syscall.SockaddrInet4).Port
}
