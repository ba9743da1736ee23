package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// Module is a version of a module as a proxy has it.
type Module struct {
	Name  module.Version
	GoMod []byte
	Files []File
}

// writeTo writes the files that the go command asks a proxy for.
func (m Module) writeTo(out string, date time.Time) error {
	escaped, err := module.EscapePath(m.Name.Path)
	if err != nil {
		return err
	}
	directory := filepath.Join(out, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{m.Name.Version, date})
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := m.zip(&archive); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"list":                   []byte(m.Name.Version + "\n"),
		m.Name.Version + ".info": append(info, '\n'),
		m.Name.Version + ".mod":  m.GoMod,
		m.Name.Version + ".zip":  archive.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (m Module) zip(to io.Writer) error {
	files := make([]zip.File, len(m.Files))
	for i, file := range m.Files {
		files[i] = file
	}
	return zip.Create(to, m.Name, files)
}

// File is a file of a module: one of the disk, or a text.
type File struct {
	name, source string
	text         []byte
}

func fileOf(name, directory, below string) File {
	return File{name: name, source: filepath.Join(directory, filepath.FromSlash(below))}
}

func textFile(name string, text []byte) File { return File{name: name, text: text} }

// Path, Lstat and Open make it a [zip.File].
func (f File) Path() string { return f.name }

func (f File) Lstat() (fs.FileInfo, error) {
	if f.source == "" {
		return textInfo{f}, nil
	}
	return os.Lstat(f.source)
}

func (f File) Open() (io.ReadCloser, error) {
	if f.source == "" {
		return io.NopCloser(bytes.NewReader(f.text)), nil
	}
	return os.Open(f.source)
}

// textInfo describes a text as a file.
type textInfo struct{ file File }

func (i textInfo) Name() string     { return filepath.Base(i.file.name) }
func (i textInfo) Size() int64      { return int64(len(i.file.text)) }
func (textInfo) Mode() fs.FileMode  { return 0o644 }
func (textInfo) ModTime() time.Time { return time.Time{} }
func (textInfo) IsDir() bool        { return false }
func (textInfo) Sys() any           { return nil }
