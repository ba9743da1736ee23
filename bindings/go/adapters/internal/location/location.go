// Package location writes the locations of stores.
package location

import "strings"

// OfFile returns the location of a database file, whatever characters its path has, with options
// such as "create=off".
func OfFile(path string, options ...string) string { return of("sqlite:", path, options) }

// OfLog returns the location of a store with a log in a folder, with options.
func OfLog(path string, options ...string) string { return of("log:", path, options) }

func of(scheme, path string, options []string) string {
	location := scheme + escape.Replace(path)
	if len(options) > 0 {
		location += "?" + strings.Join(options, "&")
	}
	return location
}

// escape takes the meaning from the characters that have one in a location.
var escape = strings.NewReplacer("%", "%25", "?", "%3F")
