"""Walks over one snapshot of a store."""

from __future__ import annotations

import ctypes
from ctypes import byref, string_at
from threading import Lock
from types import TracebackType
from typing import Any, Callable, Generic, Optional, TypeVar

from . import abi
from .entry import Entry, expiry_of
from .errors import Busy, fail
from .flat import decode_entries
from .handle import Handle
from .library import functions

T = TypeVar("T")

# Entries come in buffers of a growing size, so that a short walk costs little and a long one
# crosses into the library rarely.
SMALLEST_BYTES = 4 << 10
LARGEST_BYTES = 256 << 10


class Cursor(Handle, Generic[T]):
    """An iterator that ends its walk at its last entry, or when it is closed.

    It sees the store as it was when the walk began, whatever is written meanwhile. One thread uses
    it at a time; kv.Busy when two meet. Close it, or use it in a with statement, if it may be left
    before its end: until then the log file cannot shrink below what its snapshot needs.
    """

    _handle: Optional[abi.kv_cursor] = None

    def __init__(self, handle: abi.kv_cursor, pick: Callable[[Entry], T]) -> None:
        self._handle = handle
        self._pick = pick
        self._turn = Lock()
        self._capacity = SMALLEST_BYTES
        # The entries that are here already, the next one last.
        self._waiting: list[Entry] = []

    def __iter__(self) -> Cursor[T]:
        return self

    def __next__(self) -> T:
        """Returns the next; kv.Closed after the store was closed."""
        try:
            entry = self._waiting.pop()
        except IndexError:
            self._fetch()
            if not self._waiting:
                raise StopIteration from None
            entry = self._waiting.pop()
        return self._pick(entry)

    def close(self) -> None:
        """Ends the walk; what comes next is its end. Closing again does nothing."""
        handle, self._handle = self._handle, None
        self._waiting.clear()
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_cursor_close(handle, byref(error))
        if status == abi.KV_ERR_BUSY:
            self._handle = handle
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Cursor[T]:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if self._handle is not None:
            # Nobody is left to hear of an error.
            functions.kv_cursor_close(self._handle, None)

    def _fetch(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise Busy("next entry: another thread uses this cursor")
        try:
            if self._handle is not None:
                self._fill(self._handle)
        finally:
            self._turn.release()

    def _fill(self, handle: abi.kv_cursor) -> None:
        buffer: Any = ctypes.create_string_buffer(self._capacity)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), abi.kv_error()
        status = functions.kv_cursor_fill(
            handle, buffer, self._capacity, byref(used), byref(count), byref(error)
        )
        if status == abi.KV_OK:
            self._waiting = list(decode_entries(buffer[: used.value]))
            self._waiting.reverse()
            self._capacity = min(self._capacity * 4, LARGEST_BYTES)
        elif status == abi.KV_TOO_SMALL:
            self._waiting = [next_entry(handle)]
        elif status == abi.KV_DONE:
            self.close()
        else:
            fail(status, error)


def next_entry(handle: abi.kv_cursor) -> Entry:
    """Returns one entry that is larger than any buffer we would keep for it."""
    entry, error = abi.kv_entry(), abi.kv_error()
    status = functions.kv_cursor_next(handle, byref(entry), byref(error))
    if status < 0:
        fail(status, error)
    return Entry(
        string_at(entry.group, entry.group_len),
        string_at(entry.key, entry.key_len),
        string_at(entry.value, entry.value_len),
        entry.version,
        expiry_of(entry.expires_at_ms),
    )
