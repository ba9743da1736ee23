"""Watches: queues of changes, to wait on in a thread or in asyncio."""

from __future__ import annotations

import asyncio
import ctypes
import os
import select
import threading
from ctypes import byref
from datetime import timedelta
from types import TracebackType
from typing import Any, Optional

from . import abi, arguments
from .arguments import sized
from .errors import Busy, Closed, InvalidHandle, fail
from .event import Event, copy_event
from .flat import decode_events
from .handle import Handle
from .library import functions

BUFFER_BYTES = 16 << 10


class Watch(Handle):
    """A queue of events, in commit order; iterating ends when it or its store is closed.

    `for event in watch` waits in a thread, `async for event in watch` in an event loop. Writers
    never wait for it: when its queue is full, an event of type LAGGED stands for what is missing.
    One thread polls it at a time; kv.Busy when two meet. Any thread may close it, which wakes the
    one that waits.
    """

    _handle: Optional[abi.kv_watch] = None
    _bell: Optional[int] = None

    def __init__(self, handle: abi.kv_watch) -> None:
        self._handle = handle
        self._turn = threading.Lock()
        # The events that are here already, the next one last.
        self._waiting: list[Event] = []

    def poll(self, timeout: Optional[timedelta] = None) -> Optional[Event]:
        """Returns the next event, or None if there is none within a time; None waits for ever.

        Raises kv.Closed once the watch's store is closed, and kv.InvalidHandle once the watch is.
        """
        wait_ms = arguments.timeout_ms(timeout)
        if not self._turn.acquire(blocking=False):
            raise Busy("poll: another thread polls this watch")
        try:
            if not self._waiting:
                self._fetch(wait_ms)
            return self._waiting.pop() if self._waiting else None
        finally:
            self._turn.release()

    def fileno(self) -> int:
        """Returns a descriptor that is readable while there is something to poll.

        Events that were fetched with an earlier one are not counted, so poll until None before
        waiting for it. Read nothing from it; it is closed with the watch.
        """
        descriptor, error = ctypes.c_int32(), abi.kv_error()
        status = functions.kv_watch_fd(self._open(), byref(descriptor), byref(error))
        if status < 0:
            fail(status, error)
        return descriptor.value

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> Event:
        try:
            event = self.poll()
        except (Closed, InvalidHandle):
            raise StopIteration from None
        assert event is not None, "a wait for ever ends with an event"
        return event

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Event:
        try:
            while True:
                event = self.poll(timedelta(0))
                if event is not None:
                    return event
                await readable(self._own_descriptor())
        except (Closed, InvalidHandle):
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Ends the watch and wakes who waits in it. Closing again does nothing."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_watch_close(handle, byref(error))
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Watch:
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
            functions.kv_watch_close(self._handle, None)
        if self._bell is not None:
            os.close(self._bell)

    def _open(self) -> abi.kv_watch:
        # {0} is no watch, which the library says in its own words.
        return self._handle or abi.kv_watch()

    def _fetch(self, wait_ms: int) -> None:
        if self._fill() or wait_ms == 0:
            return
        if threading.current_thread() is threading.main_thread():
            # Only here are signals handled, and only outside of the library.
            waiter = select.poll()
            waiter.register(self._own_descriptor(), select.POLLIN)
            while True:
                waiter.poll(None if wait_ms < 0 else wait_ms)
                if self._fill() or wait_ms >= 0:
                    return
        else:
            self._poll(wait_ms)

    def _fill(self) -> bool:
        buffer: Any = ctypes.create_string_buffer(BUFFER_BYTES)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), abi.kv_error()
        status = functions.kv_watch_fill(
            self._open(), buffer, BUFFER_BYTES, byref(used), byref(count), byref(error)
        )
        if status == abi.KV_OK:
            self._waiting = list(decode_events(buffer[: used.value]))
            self._waiting.reverse()
        elif status == abi.KV_TOO_SMALL:
            self._poll(0)
        elif status < 0:
            fail(status, error)
        return bool(self._waiting)

    def _poll(self, wait_ms: int) -> None:
        event, error = sized(abi.kv_event()), abi.kv_error()
        status = functions.kv_watch_poll(self._open(), wait_ms, byref(event), byref(error))
        if status < 0:
            fail(status, error)
        if status == abi.KV_OK:
            self._waiting = [copy_event(event)]

    def _own_descriptor(self) -> int:
        # A copy, because another thread may close the watch, and with it the library's, while
        # this one waits.
        if self._bell is None:
            self._bell = os.dup(self.fileno())
        return self._bell


async def readable(descriptor: int) -> None:
    """Returns once a descriptor can be read."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
