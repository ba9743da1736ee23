// Package children starts processes that end with this one, speaks with them line by line, and
// kills them.
package children

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Child is a process. Its standard error goes to a file.
type Child struct {
	command *exec.Cmd
	input   io.WriteCloser
	lines   chan string
	ended   chan struct{}
	errors  string
}

// Start starts a program.
func Start(errors string, program string, arguments ...string) (*Child, error) {
	command := exec.Command(program, arguments...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	file, err := os.OpenFile(errors, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	command.Stderr = file
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	c := &Child{command: command, input: input, lines: make(chan string, 64), ended: make(chan struct{}), errors: errors}
	go c.read(output)
	return c, nil
}

// Again starts this program with arguments of its own.
func Again(errors string, arguments ...string) (*Child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return Start(errors, program, arguments...)
}

func (c *Child) read(output io.Reader) {
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		c.lines <- lines.Text()
	}
	close(c.lines)
	c.command.Wait()
	close(c.ended)
}

// Expect waits for a line.
func (c *Child) Expect(line string, within time.Duration) error {
	select {
	case got, isOpen := <-c.lines:
		if isOpen && got == line {
			return nil
		}
		if !isOpen {
			<-c.ended
		}
		return fmt.Errorf("a process said %q in place of %q (%v): %s", got, line, c.command.ProcessState, c.Errors())
	case <-time.After(within):
		return fmt.Errorf("a process has not said %q after %v: %s", line, within, c.Errors())
	}
}

// Say writes a line to the process's input. One that has ended does not read it.
func (c *Child) Say(line string) { io.WriteString(c.input, line+"\n") }

// Kill kills the process and returns when it has ended.
func (c *Child) Kill() {
	c.command.Process.Kill()
	go func() {
		for range c.lines {
		}
	}()
	<-c.ended
}

// Signal sends a signal.
func (c *Child) Signal(signal syscall.Signal) error { return c.command.Process.Signal(signal) }

// HasEnded reports whether the process has.
func (c *Child) HasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// Wait waits for the end of the process, which must succeed.
func (c *Child) Wait(within time.Duration) error {
	select {
	case <-c.ended:
		if !c.command.ProcessState.Success() {
			return fmt.Errorf("a process ended with %v: %s", c.command.ProcessState, c.Errors())
		}
		return nil
	case <-time.After(within):
		return fmt.Errorf("a process has not ended after %v: %s", within, c.Errors())
	}
}

// Errors is what the process has written to its standard error.
func (c *Child) Errors() string {
	text, _ := os.ReadFile(c.errors)
	return string(text[max(0, len(text)-2000):])
}

// ID is the number of the process.
func (c *Child) ID() int { return c.command.Process.Pid }
