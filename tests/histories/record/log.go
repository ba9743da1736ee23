package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Log is where a worker records its operations. What was recorded before the process is killed is
// in the file.
type Log struct {
	file *os.File
	// A log that is kept back is written at its end: for a worker that is not killed, whose
	// operations then follow each other more closely.
	isKept bool
	lock   sync.Mutex
	kept   []Operation
}

// OpenLog opens a new log.
func OpenLog(path string, isKept bool) (*Log, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	return &Log{file: file, isKept: isKept}, err
}

// Begin records that an operation is about to be made.
func (l *Log) Begin(operation *Operation) error {
	if l.isKept {
		return nil
	}
	return l.write(operation)
}

// End records an operation with its result.
func (l *Log) End(operation *Operation) error {
	if !l.isKept {
		return l.write(operation)
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.kept = append(l.kept, *operation)
	return nil
}

// Close writes what was kept back.
func (l *Log) Close() error {
	for i := range l.kept {
		if err := l.write(&l.kept[i]); err != nil {
			return err
		}
	}
	return l.file.Close()
}

// write appends a line in one call of the system; a kill can cut the last one only.
func (l *Log) write(operation *Operation) error {
	line, err := json.Marshal(operation)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	return err
}

// ReadLog returns the operations of a worker, each once: those without a result were under way when
// it was killed.
func ReadLog(path string) ([]Operation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var operations []Operation
	at := make(map[string]int)
	lines := newLines(file)
	for lines.Scan() {
		var operation Operation
		if err := json.Unmarshal(lines.Bytes(), &operation); err != nil {
			if lines.Scan() {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			// The kill has cut the last line: the call was not made yet, or has no result.
			break
		}
		if i, isKnown := at[operation.ID]; isKnown {
			operations[i] = operation
			continue
		}
		at[operation.ID] = len(operations)
		operations = append(operations, operation)
	}
	return operations, lines.Err()
}

func newLines(file *os.File) *bufio.Scanner {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<26)
	return lines
}
