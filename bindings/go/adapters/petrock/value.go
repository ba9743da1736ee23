package petrock

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"kv.internal/kv"
)

// decode reads JSON, or a text that is none, into what dest points to.
func decode(data []byte, dest any) error {
	err := kv.JSON{}.Decode(data, dest)
	if err == nil {
		return nil
	}
	text, isText := textOf(data)
	switch dest := dest.(type) {
	case *string:
		if isText && dest != nil {
			*dest = text
			return nil
		}
	case *any:
		if isText && dest != nil {
			*dest = text
			return nil
		}
	}
	return err
}

// textOf returns a value that a string can hold: text that is no JSON, a number, true or false.
func textOf(data []byte) (string, bool) {
	if !json.Valid(data) {
		return string(data), utf8.Valid(data)
	}
	data = bytes.TrimSpace(data)
	return string(data), !bytes.ContainsAny(data[:1], `{["n`)
}

// formatted returns a value as JSON in indented lines, with the numbers and the order that are
// stored. Text that is no JSON becomes a JSON string.
func formatted(data []byte) ([]byte, error) {
	if !json.Valid(data) {
		var text string
		if err := decode(data, &text); err != nil {
			return nil, err
		}
		return kv.JSON{}.Encode(text)
	}
	var lines bytes.Buffer
	err := json.Indent(&lines, bytes.TrimSpace(data), "", "  ")
	return lines.Bytes(), err
}
