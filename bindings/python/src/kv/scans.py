"""Scans: reads of the entries of a group, in the order of their keys."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Callable, Optional, TypeVar

from . import _abi
from .arguments import Data
from .cursor import Cursor
from .entry import Entry
from .errors import fail
from .handle import KeyHandle
from .names import Name, as_name, namer
from .options import Bounds, scan_options

T = TypeVar("T")


class Scans(KeyHandle):
    """The scans of a store, and of a transaction."""

    #: The function of the library that begins a scan.
    _scan_function: Callable[..., int]

    def scan(
        self,
        group: Name,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        offset: int = 0,
        snapshot: bool = False,
    ) -> Cursor[Entry[Name]]:
        """Iterates over the live entries of a group in byte order of their keys.

        Their names are str, or bytes if `group` is bytes.

        Over all; those whose keys begin with a prefix, byte for byte; or those that match a glob,
        in the dialect of SQLite's GLOB or Redis' KEYS. Whatever the direction, from `from_key` on
        or above `above`, and below `below` or up to `to_key`. `after` is the last key of the page
        before; `limit` is the most entries, 0 for no limit. `offset` is how many are left out
        before the first; each is read, so `after` is the better way to the next page.

        A scan is one snapshot. That of a Redis is one only with `snapshot`, or if it was opened
        with scans=snapshot; kv.UnsupportedError if it cannot be one.

        A transaction reads all entries before this returns: the stored ones, with those among them
        that it has written, whose version is 0, and without those that it has deleted. The scan
        counts as reading its range: all keys between the bounds that begin with the prefix, or with
        the part of a glob before its first wildcard, and with a limit up to the last key of the
        scan. If an entry of the range is written, added or deleted, or expires, the commit raises
        kv.ConflictError; on a Redis it raises kv.UnsupportedError for a range of more than 100,000
        keys or 64 MiB.
        """
        bounds = Bounds(from_key, above, below, to_key, after)
        options = scan_options(prefix, glob, redis_glob, bounds, reverse, limit, offset, snapshot)
        return self._cursor(group, options, whole_entry)

    def keys(
        self,
        group: Name,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        offset: int = 0,
        snapshot: bool = False,
    ) -> Cursor[Name]:
        """Iterates over the keys of a group as scan does, and reads no values."""
        bounds = Bounds(from_key, above, below, to_key, after)
        numbers, flags = (limit, offset), _abi.KV_SCAN_KEYS_ONLY
        options = scan_options(prefix, glob, redis_glob, bounds, reverse, *numbers, snapshot, flags)
        return self._cursor(group, options, key_of)

    def sizes(
        self, group: Name, prefix: Data = b"", *, limit: int = 0, offset: int = 0
    ) -> Cursor[tuple[Name, int]]:
        """Iterates over the keys of a group with the sizes of their values, and reads no values."""
        flags = _abi.KV_SCAN_SIZES
        options = scan_options(prefix, None, None, Bounds(), False, limit, offset, False, flags)
        return self._cursor(group, options, key_and_size)

    def _cursor(
        self, group: Data, options: _abi.kv_scan_options, pick: Callable[[Entry[Any]], T]
    ) -> Cursor[T]:
        """Begins a scan that yields what is picked of each entry."""
        name = as_name("group", group)
        handle, error = _abi.kv_cursor(), _abi.kv_error()
        status = self._scan_function(
            self._open(), name, len(name), byref(options), byref(handle), byref(error)
        )
        if status < 0:
            fail(status, error)
        return Cursor(handle, self._location, pick, namer(group), f"group {group!r}")


def whole_entry(entry: Entry[Name]) -> Entry[Name]:
    return entry


def key_of(entry: Entry[Name]) -> Name:
    return entry.key


def key_and_size(entry: Entry[Name]) -> tuple[Name, int]:
    return entry.key, int.from_bytes(entry.value, "little")
