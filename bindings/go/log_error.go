package kv

import "log/slog"

// LogValue returns message, op, group, key, step, status and errno, as far as the error has them.
func (e *Error) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("message", e.Error()), slog.String("op", e.Op)}
	attributes = append(attributes, e.named().attributes()...)
	if e.Step >= 0 && e.Op != "" {
		attributes = append(attributes, slog.Int("step", e.Step))
	}
	attributes = append(attributes, slog.String("status", e.Status.meaning()))
	if e.Errno != 0 {
		attributes = append(attributes, slog.Int("errno", int(e.Errno)))
	}
	return slog.GroupValue(attributes...)
}

// LogValue returns what that of an [Error] has, and the version of the key.
func (e *ConflictError) LogValue() slog.Value {
	return slog.GroupValue(append(e.plain().LogValue().Group(), slog.Uint64("version", e.Version))...)
}

// LogValue returns message, group and key.
func (e *DecodeError) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("message", e.Error())}, placeAttributes(e.Group, e.Key)...)...)
}

// attributes are the names of what the operation is about.
func (o operation) attributes() []slog.Attr {
	switch {
	case o.subject == noSubject:
		return nil
	case o.subject == groupSubject:
		return []slog.Attr{slog.String("group", loggedText(o.group))}
	case o.subject == nameSubject:
		return []slog.Attr{slog.String("name", loggedText(o.key))}
	default:
		return placeAttributes(o.group, o.key)
	}
}
