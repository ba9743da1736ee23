"""Cursors: the positions of scans."""

from __future__ import annotations

import ctypes
from ctypes import byref, string_at
from threading import Lock
from typing import Any, Callable, Generic, TypeVar, cast

from . import _abi
from ._flat import decode_entries
from .entry import Entry, expiry_of
from .errors import BusyError, ClosedError, fail
from .handle import Closable
from .library import functions

T = TypeVar("T")
U = TypeVar("U")

# Entries come in buffers of a growing size, so that a short scan costs little and a long one
# crosses into the library rarely.
SMALLEST_BYTES = 4 << 10
LARGEST_BYTES = 256 << 10


class Cursor(Closable, Generic[T]):
    """An iterator over what a scan visits, as it was when the scan began.

    It is closed at its last entry. One that may be left earlier is closed by close or a with
    statement: until then the log file cannot shrink below what its snapshot needs. One thread uses
    it at a time; kv.BusyError when two meet.
    """

    _end = staticmethod(functions.kv_cursor_close)

    def __init__(
        self,
        handle: _abi.kv_cursor,
        location: str,
        pick: Callable[[Entry[Any]], T],
        named: Callable[[bytes], Any],
        subject: str,
    ) -> None:
        super().__init__(handle, location)
        # Of each entry, and of each name.
        self._pick = pick
        self._named = named
        self._subject = subject
        self._turn = Lock()
        self._capacity = SMALLEST_BYTES
        # The entries that were fetched already, the next one last.
        self._waiting: list[Entry[Any]] = []

    def __iter__(self) -> Cursor[T]:
        return self

    def __next__(self) -> T:
        """Returns the next; kv.ClosedError after the store was closed."""
        try:
            entry = self._waiting.pop()
        except IndexError:
            self._fetch()
            if not self._waiting:
                raise StopIteration from None
            entry = self._waiting.pop()
        return self._pick(entry)

    def is_snapshot(self) -> bool:
        """Returns whether the scan is of one moment; one of a Redis may be live."""
        if self._handle is None:
            raise ClosedError("is_snapshot: the cursor is closed")
        is_snapshot, error = ctypes.c_int32(), _abi.kv_error()
        status = functions.kv_cursor_is_snapshot(self._handle, byref(is_snapshot), byref(error))
        if status < 0:
            fail(status, error)
        return is_snapshot.value != 0

    def _picking(self, pick: Callable[[T], U]) -> Cursor[U]:
        """Returns this cursor, which from now on yields what is picked of that."""
        before, cursor = self._pick, cast("Cursor[U]", self)
        cursor._pick = lambda entry: pick(before(entry))
        return cursor

    def close(self) -> None:
        """Ends the scan; the next entry is its end. Closing again does nothing."""
        self._waiting.clear()
        self._close()

    def _fetch(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise BusyError("next entry: another thread uses this cursor")
        try:
            if self._handle is not None:
                self._fill(self._handle)
        finally:
            self._turn.release()

    def _fill(self, handle: _abi.kv_cursor) -> None:
        buffer: Any = ctypes.create_string_buffer(self._capacity)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), _abi.kv_error()
        status = functions.kv_cursor_fill(
            handle, buffer, self._capacity, byref(used), byref(count), byref(error)
        )
        if status == _abi.KV_OK:
            self._waiting = list(decode_entries(buffer[: used.value], self._named))
            self._waiting.reverse()
            self._capacity = min(self._capacity * 4, LARGEST_BYTES)
        elif status == _abi.KV_TOO_SMALL:
            self._waiting = [next_entry(handle, self._named)]
        elif status == _abi.KV_DONE:
            self.close()
        else:
            fail(status, error)


def next_entry(handle: _abi.kv_cursor, named: Callable[[bytes], Any]) -> Entry[Any]:
    """Returns one entry that is larger than the largest buffer."""
    entry, error = _abi.kv_entry(), _abi.kv_error()
    status = functions.kv_cursor_next(handle, byref(entry), byref(error))
    if status < 0:
        fail(status, error)
    return Entry(
        named(string_at(entry.group, entry.group_len)),
        named(string_at(entry.key, entry.key_len)),
        string_at(entry.value, entry.value_len),
        entry.version,
        expiry_of(entry.expires_at_ms),
    )
