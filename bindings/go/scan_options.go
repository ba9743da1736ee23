package kv

import "kv.internal/kv/internal/capi"

// ScanOption chooses the entries that a scan visits. Without any it visits all entries, in key
// order.
type ScanOption struct {
	part scanPart
	text string
	// Of the library's, for the scan as a whole.
	flags uint32
	count uint64
}

// scanPart is the part of a scan that the text or count of an option is about.
type scanPart int

const (
	scanFlags scanPart = iota
	scanPattern
	scanLower
	scanUpper
	// A bound on the side at which the scan begins.
	scanAfter
	scanOffset
	scanLimit
)

// Prefix visits keys that begin with a text, byte for byte; the empty one is all.
func Prefix(prefix string) ScanOption { return ScanOption{part: scanPattern, text: prefix} }

// Glob visits keys that match a glob of SQLite's GLOB: "*", "?" one character, "[a-z]", "[^x]", no
// escape. The empty one matches the empty key alone.
func Glob(glob string) ScanOption {
	return ScanOption{part: scanPattern, text: glob, flags: capi.ScanGlob}
}

// RedisGlob visits keys that match a glob of Redis' KEYS: "*", "?" one byte, "[a-z]", "[^x]", a
// backslash escapes.
func RedisGlob(glob string) ScanOption {
	return ScanOption{part: scanPattern, text: glob, flags: capi.ScanGlobRedis}
}

// From visits keys from this one on, in byte order, in either direction of the scan.
func From(key string) ScanOption { return ScanOption{part: scanLower, text: key} }

// Above visits keys after this one, in byte order, in either direction of the scan.
func Above(key string) ScanOption {
	return ScanOption{part: scanLower, text: key, flags: capi.ScanLowerExclusive}
}

// To visits keys up to this one and this one, in byte order, in either direction of the scan.
func To(key string) ScanOption {
	return ScanOption{part: scanUpper, text: key, flags: capi.ScanUpperInclusive}
}

// Below visits keys before this one, in byte order, in either direction of the scan.
func Below(key string) ScanOption { return ScanOption{part: scanUpper, text: key} }

// After begins behind a key, in the direction of the scan: the last key of the page before.
func After(key string) ScanOption { return ScanOption{part: scanAfter, text: key} }

// Reverse visits from the last key to the first.
func Reverse() ScanOption { return ScanOption{flags: capi.ScanReverse} }

// KeysOnly leaves the values out, which are then nil.
func KeysOnly() ScanOption { return ScanOption{flags: capi.ScanKeysOnly} }

// Sizes leaves the values out, which are then nil, and returns their sizes.
func Sizes() ScanOption { return ScanOption{flags: capi.ScanSizes} }

// Snapshot makes a scan read one snapshot where a store has live scans: a Redis that was not opened
// with scans=snapshot. If there is too much for one, the error is [ErrUnsupported].
func Snapshot() ScanOption { return ScanOption{flags: capi.ScanSnapshot} }

// Offset leaves out so many entries before the first; 0 and less leave none out. Each of them is
// read, so [After] is the better way to the next page.
func Offset(offset int) ScanOption {
	return ScanOption{part: scanOffset, count: uint64(max(offset, 0))}
}

// Limit visits at most so many entries; 0 and less are no limit.
func Limit(limit int) ScanOption {
	return ScanOption{part: scanLimit, count: uint64(max(limit, 0))}
}

// scanOf combines options, or returns why two contradict.
func scanOf(options []ScanOption) (capi.Scan, string) {
	var request capi.Scan
	var patterns, lowers, uppers int
	var after *string
	for _, option := range options {
		request.Flags |= option.flags
		bound := capi.Bound{Text: option.text, IsSet: true}
		switch option.part {
		case scanPattern:
			request.Pattern = bound
			patterns++
		case scanLower:
			request.Lower = bound
			lowers++
		case scanUpper:
			request.Upper = bound
			uppers++
		case scanAfter:
			after = &bound.Text
		case scanOffset:
			request.Offset = option.count
		case scanLimit:
			request.Limit = option.count
		}
	}
	if after != nil && request.Flags&capi.ScanReverse != 0 {
		request.Upper = capi.Bound{Text: *after, IsSet: true}
		uppers++
	} else if after != nil {
		request.Lower = capi.Bound{Text: *after, IsSet: true}
		request.Flags |= capi.ScanLowerExclusive
		lowers++
	}
	if patterns > 1 {
		return request, "more than one prefix or glob is given"
	}
	if lowers > 1 || uppers > 1 {
		return request, "more than one bound is given for one side"
	}
	return request, ""
}
