package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Versions is what the versions of an engine are.
type Versions string

const (
	// ByClock: no version is used twice, and those of a key rise.
	ByClock Versions = "clock"
	// ByValue: the version is a hash of the value.
	ByValue Versions = "value"
)

// Head is what a checker has to know of a history beside its operations.
type Head struct {
	Seed     uint64   `json:"seed"`
	Engine   string   `json:"engine"`
	Plan     string   `json:"plan"`
	Versions Versions `json:"versions"`
	// Losses says that a master was killed, so that acknowledged writes may be lost: between Killed
	// and Served no master had the slot.
	Losses bool  `json:"losses,omitempty"`
	Killed int64 `json:"killed,omitempty"`
	Served int64 `json:"served,omitempty"`
}

// History is all operations on a store that began empty.
type History struct {
	Head
	Operations []Operation
}

// Write writes a history into a new file, its head in the first line.
func (h *History) Write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	buffer := bufio.NewWriter(file)
	lines := json.NewEncoder(buffer)
	if err := lines.Encode(h.Head); err != nil {
		return err
	}
	for i := range h.Operations {
		if err := lines.Encode(&h.Operations[i]); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// Read reads a history from a file.
func Read(path string) (*History, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	history := &History{}
	lines := newLines(file)
	if !lines.Scan() {
		return nil, fmt.Errorf("%s has no head", path)
	}
	if err := json.Unmarshal(lines.Bytes(), &history.Head); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for lines.Scan() {
		var operation Operation
		if err := json.Unmarshal(lines.Bytes(), &operation); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		history.Operations = append(history.Operations, operation)
	}
	return history, lines.Err()
}
