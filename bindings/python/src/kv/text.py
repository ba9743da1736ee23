"""Text and JSON: parts of values, templates over a group, documents that are checked.

Errors are those of kv.one.
"""

from __future__ import annotations

from ctypes import byref
from typing import Optional

from . import abi, arguments
from .arguments import Data, as_bytes
from .cursor import Cursor
from .entry import Entry, take_bytes
from .errors import fail
from .handle import StoreHandle
from .library import functions
from .one import is_found


class Text(StoreHandle):
    """The operations of a store that look into values."""

    def get_split(self, group: Data, key: Data, separator: Data) -> Optional[Cursor[bytes]]:
        """Walks the parts of a value between a separator, or returns None if the key is absent.

        Without an occurrence the whole value is the one part, also if it is empty; between two
        neighbours stands an empty one. An empty separator cuts after each character of UTF-8, and a
        byte that is part of none is one; an empty value then has no part.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        separator = as_bytes("separator", separator)
        handle, error = abi.kv_cursor(), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), separator, len(separator))
        status = functions.kv_get_split(*where, byref(handle), byref(error))
        return Cursor(handle, part_of) if is_found(status, error) else None

    def get_fields(self, group: Data, key: Data) -> Optional[Cursor[bytes]]:
        """Walks the parts of a value between white space, or returns None if the key is absent.

        White space is what Unicode says. No part is empty, so an empty or blank value has none.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        handle, error = abi.kv_cursor(), abi.kv_error()
        status = functions.kv_get_fields(
            self._handle, group, len(group), key, len(key), byref(handle), byref(error)
        )
        return Cursor(handle, part_of) if is_found(status, error) else None

    def render(self, group: Data, template: Data) -> str:
        """Returns a template with the values of a group filled in, all of one snapshot.

        The language is a part of Jinja's, which kv_render in kv.h describes: {{ key }}, {% if %},
        {% for %}, filters and tests. Nothing is escaped unless asked for. One from a stranger does
        no harm but show the group.

        Raises kv.InvalidArgument, with the line, for a template that is not understood, a key that
        is absent and has no default, and a value that is not UTF-8; kv.TooLarge past a limit of
        text or steps.
        """
        group, template = as_bytes("group", group), arguments.as_string("template", template)
        rendered, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_render(
            self._handle, group, len(group), template, byref(rendered), byref(error)
        )
        if status < 0:
            fail(status, error)
        return take_bytes(rendered).decode()

    def set_json(self, group: Data, key: Data, value: Data) -> None:
        """Writes a JSON text, as it is, under a key that then never expires.

        Raises kv.NotJson, with line and column, if it is not JSON, and kv.TooLarge also if it is
        nested deeper than 512. json.dumps makes such a text; kv.Typed keeps objects.
        """
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        error = abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), value, len(value))
        status = functions.kv_set_json(*where, byref(error))
        if status < 0:
            fail(status, error)

    def get_json(self, group: Data, key: Data, pointer: Data = "") -> Optional[bytes]:
        """Returns the part of a JSON value that a pointer leads to, as it is stored, or None.

        The pointer is RFC 6901's: "" for the whole, else "/name/0/...", with ~1 for a slash and ~0
        for a tilde. None if the key is absent or the pointer leads to nothing; a null that is there
        is b"null". json.loads reads the part. Raises kv.NotJson, with line and column, if the value
        is not JSON, kv.InvalidArgument for what is no pointer.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        path = arguments.as_string("pointer", pointer)
        value, error = abi.kv_value(), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), path)
        status = functions.kv_get_json(*where, byref(value), byref(error))
        return take_bytes(value) if is_found(status, error) else None


def part_of(entry: Entry) -> bytes:
    return entry.value
