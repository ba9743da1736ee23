// Package location writes the locations of stores.
package location

import "strings"

// OfFile returns the location of a database file, whatever characters its path has, with options
// such as "create=off".
func OfFile(path string, options ...string) string {
	location := "sqlite:" + escape.Replace(path)
	if len(options) > 0 {
		location += "?" + strings.Join(options, "&")
	}
	return location
}

// escape takes the meaning from the characters that have one in a location.
var escape = strings.NewReplacer("%", "%25", "?", "%3F")
