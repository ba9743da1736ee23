package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kv.internal/kv/adapters/plumego/store/db"
)

const (
	password = "hush me"
	// The account that owns no file.
	withoutRights = "65534"
)

// server is a PostgreSQL of these tests, on a Unix socket in a directory of its own. The programs
// of PostgreSQL refuse root, for whom they run as an account of the system.
type server struct {
	programs, directory string
	account             *syscall.Credential
	process             *exec.Cmd
	hasEnded            chan struct{}
	databases           atomic.Int64
}

// The server, or why there is none to test with.
var (
	postgres *server
	missing  string
)

func TestMain(m *testing.M) {
	programs, err := findPrograms()
	if err != nil {
		missing = err.Error()
		os.Exit(m.Run())
	}
	// The server ends with the thread that has started it.
	runtime.LockOSThread()
	postgres, err = start(programs)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	postgres.stop()
	os.Exit(code)
}

// need returns the server, or skips the test.
func need(t *testing.T) *server {
	t.Helper()
	if postgres == nil {
		t.Skip(missing)
	}
	return postgres
}

// findPrograms returns the directory of PostgreSQL's programs, which Debian keeps out of PATH.
func findPrograms() (string, error) {
	if program, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(program), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: no initdb in PATH (Debian's package is postgresql)")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// start returns a server that answers, or leaves nothing behind.
func start(programs string) (*server, error) {
	directory, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &server{programs: programs, directory: directory, hasEnded: make(chan struct{})}
	for _, step := range []func() error{s.becomeUnprivileged, s.initialise, s.launch} {
		if err := step(); err != nil {
			said, _ := os.ReadFile(s.path("log"))
			s.stop()
			return nil, fmt.Errorf("no PostgreSQL starts: %w\n%s", err, said)
		}
	}
	return s, nil
}

// becomeUnprivileged gives the directory to another account, if this is root's.
func (s *server) becomeUnprivileged() error {
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.LookupId(withoutRights)
	}
	if err != nil {
		return fmt.Errorf("no account for PostgreSQL, which refuses root: %w", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	s.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.directory, uid, gid)
}

// initialise makes the directory of the databases.
func (s *server) initialise() error {
	secret := s.path("password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o644); err != nil {
		return err
	}
	said, err := s.command("initdb", "-D", s.path("data"), "-U", "kv", "--pwfile", secret,
		"-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, said)
	}
	return nil
}

// launch returns when the server answers.
func (s *server) launch() error {
	log, err := os.Create(s.path("log"))
	if err != nil {
		return err
	}
	defer log.Close()
	process := s.command("postgres", "-D", s.path("data"), "-k", s.directory,
		"-c", "listen_addresses=", "-c", "fsync=off")
	process.Stdout, process.Stderr = log, log
	process.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	if err := process.Start(); err != nil {
		return err
	}
	s.process = process
	go func() { process.Wait(); close(s.hasEnded) }()
	pool, err := db.Open(s.config("postgres", "postgres", password))
	if err != nil {
		return err
	}
	defer pool.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := db.Ping(ctx, pool)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-s.hasEnded:
			return errors.New("it has ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) command(program string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(s.programs, program), args...)
	command.Dir = s.directory
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	return command
}

// stop ends the server, if there is a process, and removes its files.
func (s *server) stop() {
	if s.process != nil {
		s.process.Process.Signal(syscall.SIGINT)
		select {
		case <-s.hasEnded:
		case <-time.After(time.Minute):
			s.process.Process.Kill()
			<-s.hasEnded
		}
	}
	os.RemoveAll(s.directory)
}

func (s *server) path(name string) string { return filepath.Join(s.directory, name) }

// config returns the configuration of one of the server's databases.
func (s *server) config(driver, database, password string) db.Config {
	dsn := url.URL{Scheme: "postgres", User: url.UserPassword("kv", password), Path: "/" + database,
		RawQuery: url.Values{"host": {s.directory}, "sslmode": {"disable"}}.Encode()}
	return db.DefaultConfig(driver, dsn.String())
}

// create returns the configuration of a new database.
func (s *server) create(t *testing.T, driver string) db.Config {
	t.Helper()
	pool := open(t, s.config(driver, "postgres", password))
	name := fmt.Sprint("test", s.databases.Add(1))
	if _, err := db.ExecContext(t.Context(), pool, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.config(driver, name, password)
}
