package children

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Stop stops the process at an instant at which it holds no lock of a file for writing, for which all
// others would wait.
func (c *Child) Stop(within time.Duration) error {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if err := c.Signal(syscall.SIGSTOP); err != nil {
			return err
		}
		for !c.isStopped() && !c.HasEnded() && time.Now().Before(end) {
			time.Sleep(100 * time.Microsecond)
		}
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			return err
		}
		if !holdsWriteLock(string(locks), strconv.Itoa(c.ID())) {
			return nil
		}
		if err := c.Signal(syscall.SIGCONT); err != nil {
			return err
		}
	}
	return fmt.Errorf("a process holds a lock for %v", within)
}

// isStopped reports whether the state of the process, behind its name in parentheses, is T.
func (c *Child) isStopped() bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.ID()))
	_, state, found := bytes.Cut(state, []byte(") "))
	return err == nil && found && state[0] == 'T'
}

// holdsWriteLock looks for a line such as "1: POSIX  ADVISORY  WRITE 812 00:1b:93 120 120".
func holdsWriteLock(locks, process string) bool {
	for line := range strings.Lines(locks) {
		words := strings.Fields(line)
		if len(words) > 4 && words[3] == "WRITE" && words[4] == process {
			return true
		}
	}
	return false
}
