"""Text and JSON: parts of values, templates over a group, documents that are checked."""

from __future__ import annotations

from ctypes import byref
from typing import Optional

from . import _abi, arguments
from .arguments import Data, as_bytes
from .cursor import Cursor
from .entry import Entry, is_found, take_bytes
from .errors import fail
from .handle import Part
from .library import functions
from .names import as_name


class Text(Part):
    """Values as text: their parts, and templates that they fill."""

    def split(self, group: Data, key: Data, separator: Data) -> Optional[Cursor[bytes]]:
        """Iterates over the parts of a value between a separator; None if the key is absent.

        Without an occurrence the whole value is the one part, also if it is empty; between two
        adjacent separators is an empty one. An empty separator cuts after each character of UTF-8,
        and after each byte that is part of none; an empty value then has no part.
        """
        subject = f"parts of {key!r} of group {group!r}"
        group, key = as_name("group", group), as_name("key", key)
        separator = as_bytes("separator", separator)
        handle, error = _abi.kv_cursor(), _abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), separator, len(separator))
        status = functions.kv_get_split(*where, byref(handle), byref(error))
        if not is_found(status, error):
            return None
        return Cursor(handle, self._store._location, part_of, bytes, subject)

    def fields(self, group: Data, key: Data) -> Optional[Cursor[bytes]]:
        """Iterates over the parts of a value between white space; None if the key is absent.

        White space is what Unicode says. No part is empty, so an empty or blank value has none.
        """
        subject = f"fields of {key!r} of group {group!r}"
        group, key = as_name("group", group), as_name("key", key)
        handle, error = _abi.kv_cursor(), _abi.kv_error()
        status = functions.kv_get_fields(
            self._handle, group, len(group), key, len(key), byref(handle), byref(error)
        )
        if not is_found(status, error):
            return None
        return Cursor(handle, self._store._location, part_of, bytes, subject)

    def render(self, group: Data, template: Data) -> str:
        """Returns a template with the values of a group filled in, all of one snapshot.

        The language is a part of Jinja's, which kv_render in kv.h describes: {{ key }}, {% if %},
        {% for %}, filters and tests. Nothing is escaped unless asked for. A template from a
        stranger can show the values of the group, and do nothing else.

        Raises kv.InvalidArgumentError, with the line, for a template that is not understood, a key
        that is absent and has no default, and a value that is not UTF-8; kv.TooLargeError past a
        limit of text or steps.
        """
        group, template = as_name("group", group), arguments.as_string("template", template)
        rendered, error = _abi.kv_value(), _abi.kv_error()
        status = functions.kv_render(
            self._handle, group, len(group), template, byref(rendered), byref(error)
        )
        if status < 0:
            fail(status, error)
        return take_bytes(rendered).decode()


class Documents(Part):
    """Values that are JSON texts, kept as they are written. kv.Typed keeps objects instead."""

    def set(self, group: Data, key: Data, value: Data) -> None:
        """Writes a JSON text, as it is, under a key that lives for the store's default_ttl, if any.

        An earlier expiry is replaced, or cleared; `expire` sets another. json.dumps makes such a
        text. Raises kv.NotJsonError, with line and column, if it is not JSON, and kv.TooLargeError
        also if it is nested deeper than 512; nothing is written then.
        """
        group, key, value = as_name("group", group), as_name("key", key), as_bytes("value", value)
        error = _abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), value, len(value))
        status = functions.kv_set_json(*where, byref(error))
        if status < 0:
            fail(status, error)

    def get(self, group: Data, key: Data, pointer: Data = "") -> Optional[bytes]:
        """Returns the part of a JSON value that a pointer leads to, as it is stored, or None.

        The pointer is RFC 6901's: "" for the whole, else "/name/0/...", with ~1 for a slash and ~0
        for a tilde. None if the key is absent or the pointer leads to nothing; a null that is there
        is b"null". json.loads reads the part. Raises kv.NotJsonError, with line and column, if the
        value is not JSON, and kv.InvalidArgumentError if the pointer is none.
        """
        group, key = as_name("group", group), as_name("key", key)
        path = arguments.as_string("pointer", pointer)
        value, error = _abi.kv_value(), _abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), path)
        status = functions.kv_get_json(*where, byref(value), byref(error))
        return take_bytes(value) if is_found(status, error) else None


def part_of(entry: Entry[bytes]) -> bytes:
    return entry.value
