package lokstra_test

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// redisServer is a redis-server on a loopback port, which keeps nothing.
type redisServer struct {
	port     int
	password string
	process  *exec.Cmd
	hasEnded chan struct{}
}

// startRedis starts a server that wants a password, or none if that is empty.
func startRedis(t *testing.T, password string) *redisServer {
	t.Helper()
	// Another process may take a port before the server does.
	for range 20 {
		if server := startRedisAt(t, freePort(t), password); server != nil {
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

// startRedisAt returns nil if no server starts at the port.
func startRedisAt(t *testing.T, port int, password string) *redisServer {
	t.Helper()
	directory := t.TempDir()
	process := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "",
		"--dir", directory, "--unixsocket", directory+"/redis.sock", "--logfile", directory+"/redis.log")
	if password != "" {
		process.Args = append(process.Args, "--requirepass", password)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	server := &redisServer{port, password, process, make(chan struct{})}
	go func() { process.Wait(); close(server.hasEnded) }()
	t.Cleanup(server.stop)
	for range 200 {
		// Another server may have the port: the reply has to be this one's.
		said, _ := server.run("info", "server")
		if strings.Contains(said, fmt.Sprintf("process_id:%d\r\n", process.Process.Pid)) {
			return server
		}
		select {
		case <-server.hasEnded:
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	server.stop()
	return nil
}

func (s *redisServer) stop() {
	s.process.Process.Kill()
	<-s.hasEnded
}

func (s *redisServer) address() string { return fmt.Sprint("127.0.0.1:", s.port) }

func (s *redisServer) socket(t *testing.T) string {
	t.Helper()
	_, path, _ := strings.Cut(s.do(t, "config", "get", "unixsocket"), "\n")
	return path
}

// run returns what redis-cli prints.
func (s *redisServer) run(command ...string) (string, error) {
	client := exec.Command("redis-cli", append([]string{"-p", strconv.Itoa(s.port)}, command...)...)
	if s.password != "" {
		client.Env = append(client.Environ(), "REDISCLI_AUTH="+s.password)
	}
	said, err := client.CombinedOutput()
	return string(said), err
}

// do returns what redis-cli prints, without the last newline.
func (s *redisServer) do(t *testing.T, command ...string) string {
	t.Helper()
	said, err := s.run(command...)
	if err != nil {
		t.Fatal(said, err)
	}
	return strings.TrimSuffix(said, "\n")
}
