package kv

import (
	"strings"
)

// storeName is a store as logs and errors show it, without passwords.
type storeName struct {
	location, service, namespace string
	isSnapshot                   bool
}

func (n storeName) scope(namespace string) storeName {
	if n.namespace != "" {
		namespace = n.namespace + ":" + namespace
	}
	n.namespace = strings.Clone(namespace)
	return n
}

func (n storeName) snapshot() storeName {
	n.isSnapshot = true
	return n
}

// nameOfLocation keeps the parts of a location that never are a secret: the scheme, and the path or
// the servers. Users, passwords and options are left out.
func nameOfLocation(location string) storeName {
	scheme, rest, hasScheme := strings.Cut(location, "://")
	if !hasScheme {
		// A path, or "sqlite:", "log:" or "memory:" and a name.
		path := location
		if isEngine(location) {
			path, _, _ = strings.Cut(location, "?")
		}
		return storeName{location: strings.Clone(path)}
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	// A password may have an @ that is not escaped: the servers are behind the last one.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	return storeName{location: scheme + "://" + rest}
}

func isEngine(location string) bool {
	scheme, _, hasScheme := strings.Cut(location, ":")
	return hasScheme && (scheme == "sqlite" || scheme == "memory" || scheme == "log")
}
