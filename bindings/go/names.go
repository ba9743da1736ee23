package kv

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bytes of a name or value that a message or a log shows.
const shownLen = 64

// shownPlace is an entry in a message. A key of the default group stands alone.
func shownPlace(group, key string) string {
	if group == "" {
		return shownName(key)
	}
	return shownName(group) + "/" + shownName(key)
}

// shownName is a name in a message: as it is if it cannot be mistaken, else quoted.
func shownName(name string) string {
	if isPlain(name) {
		return name
	}
	return shownText(name)
}

func isPlain(name string) bool {
	isSpecial := func(r rune) bool {
		return r == utf8.RuneError || r == ' ' || !unicode.IsPrint(r) || strings.ContainsRune(`"'\/(),=`, r)
	}
	return name != "" && len(name) <= shownLen && !strings.HasSuffix(name, ":") &&
		!strings.ContainsFunc(name, isSpecial)
}

// shownText is text, quoted; of a long one its beginning and its length.
func shownText(text string) string {
	begin, isWhole := beginningOf(text)
	if isWhole {
		return strconv.Quote(text)
	}
	return fmt.Sprintf("%s... (%d bytes)", strconv.Quote(begin), len(text))
}

// loggedText is text in a log, which quotes it itself where that is needed: as it is, or quoted
// here if it is not UTF-8; of a long one its beginning.
func loggedText(text string) string {
	begin, isWhole := beginningOf(text)
	begin = validText(begin)
	if !isWhole {
		begin += "..."
	}
	return begin
}

// validText is a whole text in a log, quoted if it is not UTF-8.
func validText(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return strconv.Quote(text)
}

// beginningOf returns as much of a text as is shown, without a part of a character at its end, and
// whether that is all.
func beginningOf(text string) (string, bool) {
	if len(text) <= shownLen {
		return text, true
	}
	end := shownLen
	for end > shownLen-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end], false
}
