"""The change log: the changes that a file keeps, for those who come back later."""

from __future__ import annotations

import ctypes
from ctypes import byref
from threading import Lock
from typing import Any

from . import _abi, arguments
from ._flat import decode_events
from .arguments import sized
from .errors import BusyError, fail
from .event import Event, copy_event
from .handle import Closable, Part
from .library import functions
from .names import as_str

BUFFER_BYTES = 64 << 10


class Changes(Closable):
    """An iterator over the changes after a version, in commit order. Their names are str.

    It ends when there is none yet; iterating again goes on with those that came since. If the next
    ones were trimmed, kv.CompactedError: iterating again goes on with those that are left. One
    thread uses it at a time; kv.BusyError when two meet.
    """

    _end = staticmethod(functions.kv_changes_close)

    def __init__(self, handle: _abi.kv_change_cursor, location: str) -> None:
        super().__init__(handle, location)
        self._turn = Lock()
        # The changes that were fetched already, the next one last.
        self._waiting: list[Event[str]] = []

    def __iter__(self) -> Changes:
        return self

    def __next__(self) -> Event[str]:
        """Returns the next; kv.ClosedError after the store was closed."""
        try:
            return self._waiting.pop()
        except IndexError:
            self._fetch()
            if not self._waiting:
                raise StopIteration from None
            return self._waiting.pop()

    def close(self) -> None:
        """Ends the walk; the next change is its end. Closing again does nothing."""
        self._waiting = []
        self._close()

    def _fetch(self) -> None:
        if not self._turn.acquire(blocking=False):
            raise BusyError("next change: another thread uses this cursor")
        try:
            if not self._waiting and self._handle is not None:
                self._fill(self._handle)
        finally:
            self._turn.release()

    def _fill(self, handle: _abi.kv_change_cursor) -> None:
        buffer: Any = ctypes.create_string_buffer(BUFFER_BYTES)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), _abi.kv_error()
        status = functions.kv_changes_fill(
            handle, buffer, BUFFER_BYTES, byref(used), byref(count), byref(error)
        )
        if status == _abi.KV_OK:
            self._waiting = list(decode_events(buffer[: used.value], as_str))
            self._waiting.reverse()
        elif status == _abi.KV_TOO_SMALL:
            event = sized(_abi.kv_event())
            status = functions.kv_changes_next(handle, byref(event), byref(error))
            if status == _abi.KV_OK:
                self._waiting = [copy_event(event, as_str)]
        if status < 0:
            fail(status, error)


class ChangeLog(Part):
    """The change log of a store, which `sqlite:PATH?changes=on` switches on.

    Without one each method raises kv.UnsupportedError.
    """

    def read(self, since: int = 0) -> Changes:
        """Iterates, in commit order, over the changes after a version; after 0 over all.

        Raises kv.CompactedError if the log does not reach back that far.
        """
        since = arguments.as_unsigned("since", since)
        handle, error = _abi.kv_change_cursor(), _abi.kv_error()
        status = functions.kv_changes(self._handle, since, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Changes(handle, self._store._location)

    def oldest(self) -> int:
        """Returns the least version that `read`, and `since` of a watch, take."""
        since, error = ctypes.c_uint64(), _abi.kv_error()
        status = functions.kv_changes_oldest(self._handle, byref(since), byref(error))
        if status < 0:
            fail(status, error)
        return since.value
