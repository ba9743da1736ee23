// Package keys has the checks of keys that several adapters make.
package keys

import "strings"

// max is the length of the longest key that a store takes, in bytes.
const max = 64<<10 - 1

// IsTooLong reports whether a key is longer than a store takes.
func IsTooLong(key string) bool { return len(key) > max }

// ControlAt returns the position of the first control character of ASCII in a key, in bytes, or -1
// if there is none.
func ControlAt(key string) int {
	return strings.IndexFunc(key, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
