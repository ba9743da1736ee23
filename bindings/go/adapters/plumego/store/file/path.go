package file

import (
	"crypto/rand"
	"encoding/hex"
	"mime"
	"path"
	"strings"
	"time"

	"kv.internal/kv/adapters/internal/keys"
)

// The longest path, in bytes.
const longestPath = 4096

// checkPath returns [ErrInvalidPath] for a path that is none.
func checkPath(p string) error {
	if p == "" || p == "." || len(p) > longestPath || path.IsAbs(p) || path.Clean(p) != p ||
		p == ".." || strings.HasPrefix(p, "../") || strings.Contains(p, `\`) || keys.ControlAt(p) >= 0 {
		return ErrInvalidPath
	}
	return nil
}

// checkPrefix is checkPath of the beginning of a path, which may end with a slash, or be empty.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return checkPath(strings.TrimSuffix(prefix, "/"))
}

// newID returns 16 random bytes in hexadecimal digits.
func newID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// newPath returns the path of a new file.
func newPath(tenant, id, extension string, now time.Time) string {
	return path.Join(tenant, now.Format("2006/01/02"), id+extension)
}

// extensions are those of types for names that have none.
var extensions = map[string]string{
	"application/gzip": ".gz",
	"application/json": ".json",
	"application/pdf":  ".pdf",
	"application/zip":  ".zip",
	"audio/mpeg":       ".mp3",
	"image/gif":        ".gif",
	"image/jpeg":       ".jpg",
	"image/png":        ".png",
	"image/svg+xml":    ".svg",
	"image/webp":       ".webp",
	"text/csv":         ".csv",
	"text/html":        ".html",
	"text/plain":       ".txt",
	"video/mp4":        ".mp4",
}

// extensionOf returns the extension of a name, else that of a type, with its dot; or nothing.
func extensionOf(name, contentType string) string {
	extension := strings.ToLower(path.Ext(name))
	isOther := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if len(extension) > 1 && len(extension) <= 17 && strings.IndexFunc(extension[1:], isOther) < 0 {
		return extension
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return extensions[media]
}

// typeOf returns the type of a content.
func typeOf(contentType, extension string) string {
	if contentType != "" {
		return contentType
	}
	if known := mime.TypeByExtension(extension); known != "" {
		return known
	}
	return "application/octet-stream"
}
