package file

import (
	"bytes"
	"io"
	"slices"
	"time"
)

// File is the record of a file.
type File struct {
	ID           string         `json:"id" db:"id"`
	Name         string         `json:"name" db:"name"`
	Path         string         `json:"path" db:"path"`
	Size         int64          `json:"size" db:"size"`
	MimeType     string         `json:"mime_type" db:"mime_type"`
	Extension    string         `json:"extension" db:"extension"`
	Hash         string         `json:"hash" db:"hash"`
	StorageType  string         `json:"storage_type" db:"storage_type"`
	Metadata     map[string]any `json:"metadata,omitempty" db:"metadata"`
	CreatedAt    time.Time      `json:"created_at" db:"created_at"`
	UpdatedAt    time.Time      `json:"updated_at" db:"updated_at"`
	LastAccessAt *time.Time     `json:"last_access_at,omitempty" db:"last_access_at"`
	DeletedAt    *time.Time     `json:"deleted_at,omitempty" db:"deleted_at"`
}

// Clone returns a copy that shares no maps, slices of any, string or byte, and times with the
// file; nil of nil.
func (f *File) Clone() *File {
	if f == nil {
		return nil
	}
	clone := *f
	clone.Metadata = cloneMap(f.Metadata)
	clone.LastAccessAt = cloneTime(f.LastAccessAt)
	clone.DeletedAt = cloneTime(f.DeletedAt)
	return &clone
}

// PutOptions say what is put.
type PutOptions struct {
	// Reader has the content, and is read to its end, but not closed.
	Reader io.Reader
	// FileName is the name that the file had; its extension becomes that of the path.
	FileName string
	// ContentType is the type of the content; without one it is that of the extension.
	ContentType string
	// Size is that of the content in bytes; 0 or -1 if it is not known. If the reader has fewer or
	// more bytes, the file is [ErrInvalidSize].
	Size int64
	// Metadata are copied.
	Metadata map[string]any
	// TTL is how long the file lives; 0 is that of the [Config]. It is not in plumego's options.
	TTL time.Duration
}

// CloneMetadata returns a copy of the metadata, as [File.Clone] makes it.
func (o PutOptions) CloneMetadata() map[string]any { return cloneMap(o.Metadata) }

// FileStat says what there is to know of a file's content.
type FileStat struct {
	Path         string
	Size         int64
	ModifiedTime time.Time
	// IsDir is false: there are no directories.
	IsDir       bool
	ContentType string
}

// Query selects records. The zero Query selects all.
type Query struct {
	MimeType string
	// StartTime and EndTime are the first and last CreatedAt; the zero time is no limit.
	StartTime time.Time
	EndTime   time.Time
	// Page counts from 1, which 0 is, too. PageSize 0 is 20.
	Page     int
	PageSize int
	// OrderBy is created_at, name or size, each with _desc behind it for the reverse order;
	// nothing, and any other word, is created_at_desc.
	OrderBy string
}

func cloneMap(from map[string]any) map[string]any {
	if from == nil {
		return nil
	}
	clone := make(map[string]any, len(from))
	for key, value := range from {
		clone[key] = cloneValue(value)
	}
	return clone
}

func cloneValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return cloneMap(v)
	case []any:
		clone := slices.Clone(v)
		for i := range clone {
			clone[i] = cloneValue(clone[i])
		}
		return clone
	case []string:
		return slices.Clone(v)
	case []byte:
		return bytes.Clone(v)
	default:
		return value
	}
}

func cloneTime(from *time.Time) *time.Time {
	if from == nil {
		return nil
	}
	at := *from
	return &at
}
