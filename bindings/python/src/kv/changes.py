"""Walks through the log of changes, for those who come back later."""

from __future__ import annotations

import ctypes
from ctypes import byref
from threading import Lock
from types import TracebackType
from typing import Any, Optional

from . import abi
from .arguments import sized
from .errors import Busy, fail
from .event import Event, copy_event
from .flat import decode_events
from .handle import Handle
from .library import functions

BUFFER_BYTES = 64 << 10


class Changes(Handle):
    """An iterator over the changes after a version, in commit order.

    It ends when there is none yet; iterating again goes on with those that came since. kv.Compacted
    if the next ones were trimmed: iterating again goes on with those that are left. One thread uses
    it at a time; kv.Busy when two meet.
    """

    _handle: Optional[abi.kv_change_cursor] = None

    def __init__(self, handle: abi.kv_change_cursor) -> None:
        self._handle = handle
        self._turn = Lock()
        # The changes that are here already, the next one last.
        self._waiting: list[Event] = []

    def __iter__(self) -> Changes:
        return self

    def __next__(self) -> Event:
        """Returns the next; kv.Closed after the store was closed."""
        if not self._turn.acquire(blocking=False):
            raise Busy("next change: another thread uses this cursor")
        try:
            if not self._waiting and self._handle is not None:
                self._fill(self._handle)
            if not self._waiting:
                raise StopIteration
            return self._waiting.pop()
        finally:
            self._turn.release()

    def close(self) -> None:
        """Ends the walk; what comes next is its end. Closing again does nothing."""
        handle, self._handle = self._handle, None
        self._waiting = []
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_changes_close(handle, byref(error))
        if status == abi.KV_ERR_BUSY:
            self._handle = handle
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Changes:
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
            functions.kv_changes_close(self._handle, None)

    def _fill(self, handle: abi.kv_change_cursor) -> None:
        buffer: Any = ctypes.create_string_buffer(BUFFER_BYTES)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), abi.kv_error()
        status = functions.kv_changes_fill(
            handle, buffer, BUFFER_BYTES, byref(used), byref(count), byref(error)
        )
        if status == abi.KV_OK:
            self._waiting = list(decode_events(buffer[: used.value]))
            self._waiting.reverse()
        elif status == abi.KV_TOO_SMALL:
            event = sized(abi.kv_event())
            status = functions.kv_changes_next(handle, byref(event), byref(error))
            if status == abi.KV_OK:
                self._waiting = [copy_event(event)]
        if status < 0:
            fail(status, error)
