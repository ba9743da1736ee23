package kv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Codec turns values into bytes and back. It is used by several goroutines at once.
type Codec interface {
	// Encode returns the bytes of the value that a pointer points to.
	Encode(value any) ([]byte, error)
	// Decode reads bytes into the value that a pointer points to.
	Decode(data []byte, into any) error
}

// JSON is the codec that a [Typed] has unless it is given another. Numbers keep all their digits:
// where the type does not say what a number is, as in an any, it is a [json.Number].
type JSON struct{}

// Encode returns a value, or what it points to, as JSON, in which <, > and & stay as they are.
func (JSON) Encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// Decode reads one JSON value; anything after it is an error.
func (JSON) Decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is more after the JSON value")
	}
	return nil
}

// DecodeError is a value that is there but cannot be decoded. It is never ErrNotFound.
type DecodeError struct {
	Group string
	Key   string
	// Err is the error of the codec.
	Err error
}

func (e *DecodeError) Error() string {
	return keyOp("decode", e.Group, e.Key).heading(-1) + fmt.Sprint(e.Err)
}

// Unwrap returns the error of the codec.
func (e *DecodeError) Unwrap() error { return e.Err }
