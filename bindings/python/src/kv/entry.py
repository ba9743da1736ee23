"""Entries."""

from __future__ import annotations

from ctypes import byref, string_at
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Optional

from . import _abi
from .arguments import Data, shown_value
from .errors import DecodeError, fail
from .library import functions
from .names import Name, as_given, namer
from .options import moment_of


class EntryFields(NamedTuple):
    """The fields of an entry; before Python 3.11 a NamedTuple has no parameter."""

    group: Any
    key: Any
    value: bytes
    version: int
    #: Milliseconds since 1970, or None if it never expires.
    expires_at_ms: Optional[int]


class Entry(EntryFields, Generic[Name]):
    """A live entry, as it was when it was read. A copy, which is the caller's.

    Its group and key are str, or bytes if the call named the group in bytes.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def group(self) -> Name: ...

        @property
        def key(self) -> Name: ...

    def __repr__(self) -> str:
        rest = f"version={self.version}, expires_at_ms={self.expires_at_ms}"
        value = shown_value(self.value)
        return f"kv.Entry(group={self.group!r}, key={self.key!r}, value={value}, {rest})"

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does; OverflowError past the year 9999."""
        return moment_of(self.expires_at_ms)


class EntryInfo(NamedTuple):
    """A live entry without its value, as it was when it was read."""

    #: The number of bytes of the value.
    size: int
    version: int
    #: Milliseconds since 1970, or None if it never expires.
    expires_at_ms: Optional[int]

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does; OverflowError past the year 9999."""
        return moment_of(self.expires_at_ms)


def expiry_of(milliseconds: int) -> Optional[int]:
    return None if milliseconds < 0 else milliseconds


def take_bytes(value: _abi.kv_value) -> bytes:
    """Returns a copy of a pinned value, and ends the pin."""
    try:
        return string_at(value.data, value.len)
    finally:
        functions.kv_value_free(byref(value))


def is_found(status: int, error: _abi.kv_error) -> bool:
    """Returns whether a key was there; raises the exception of an error."""
    if status < 0:
        fail(status, error)
    return status == _abi.KV_OK


def found_entry(
    status: int, group: Name, key: bytes, value: _abi.kv_value, error: _abi.kv_error
) -> Optional[Entry[Name]]:
    """Returns the entry of a read, or None if there is none. The group is as the caller named it."""
    if not is_found(status, error):
        return None
    version, expires_at_ms = value.version, expiry_of(value.expires_at_ms)
    return Entry(as_given(group), namer(group)(key), take_bytes(value), version, expires_at_ms)


def as_text(group: Data, key: Data, value: Optional[bytes]) -> Optional[str]:
    """Returns a value as text; kv.DecodeError if it is not UTF-8."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(f"get {key!r} of group {group!r}: {error}") from error
