package kv_test

import (
	"io"

	"kv.internal/kv"
)

// streamCalls are those of values in pieces.
func (r *run) streamCalls() map[string]function {
	return map[string]function{
		"writer_open": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			w, err := s.OpenWriter(r.ctx, a.bytes("group"), a.bytes("key"), a.put()...)
			if name := a.text("writer"); err == nil {
				r.writers[name] = w
			}
			return nil, err
		}),
		"writer_write": r.onWriter(func(w *kv.Writer, a *arguments) (map[string]any, error) {
			_, err := w.Write([]byte(a.bytes("value")))
			return nil, err
		}),
		"writer_size": r.onWriter(func(w *kv.Writer, _ *arguments) (map[string]any, error) {
			return map[string]any{"size": w.Size()}, nil
		}),
		"writer_commit": r.onWriter(func(w *kv.Writer, a *arguments) (map[string]any, error) {
			written, err := w.Commit()
			r.save(a, written)
			return map[string]any{"version": version(written), "newer_than": version(written)}, err
		}),
		"writer_abort": r.onWriter(func(w *kv.Writer, _ *arguments) (map[string]any, error) { return nil, w.Close() }),
		"reader_open": r.on(func(s *kv.Store, a *arguments) (map[string]any, error) {
			reader, err := s.OpenReader(r.ctx, a.bytes("group"), a.bytes("key"))
			if name := a.text("reader"); err == nil {
				r.readers[name] = reader
			}
			return nil, err
		}),
		"reader_info": r.onReader(func(reader *kv.Reader, _ *arguments) (map[string]any, error) {
			return map[string]any{
				"size": reader.Size(), "version": version(reader.Version()), "expires_at": reader.ExpiresAt(),
			}, nil
		}),
		"reader_read":  r.onReader(read),
		"reader_close": r.onReader(func(reader *kv.Reader, _ *arguments) (map[string]any, error) { return nil, reader.Close() }),
	}
}

// read reads from an offset on. The end of the value is no error.
func read(reader *kv.Reader, a *arguments) (map[string]any, error) {
	buffer := make([]byte, a.integer("length"))
	if _, err := reader.Seek(a.integer("offset"), io.SeekStart); err != nil {
		return nil, err
	}
	n, err := reader.Read(buffer)
	if err == io.EOF {
		err = nil
	}
	return map[string]any{"value": string(buffer[:n])}, err
}

func (r *run) onWriter(call func(*kv.Writer, *arguments) (map[string]any, error)) function {
	return func(a *arguments) (map[string]any, error) {
		w, isThere := r.writers[a.text("writer")]
		if !isThere {
			a.fail("there is no writer %q", a.text("writer"))
			return nil, nil
		}
		return call(w, a)
	}
}

func (r *run) onReader(call func(*kv.Reader, *arguments) (map[string]any, error)) function {
	return func(a *arguments) (map[string]any, error) {
		reader, isThere := r.readers[a.text("reader")]
		if !isThere {
			a.fail("there is no reader %q", a.text("reader"))
			return nil, nil
		}
		return call(reader, a)
	}
}
