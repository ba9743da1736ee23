"""Watches: queues of events, to wait on in a thread or in asyncio."""

from __future__ import annotations

import asyncio
import ctypes
import os
import select
import threading
from contextlib import suppress
from ctypes import byref
from typing import Any, Callable, Generic, Optional

from . import _abi
from ._flat import decode_events
from .arguments import Data, as_number, as_unsigned, sized
from .duration import Duration, timeout_ms
from .errors import BusyError, ClosedError, InvalidArgumentError, fail
from .event import Event, copy_event
from .handle import Closable, StoreHandle
from .library import functions
from .names import Name, as_name, namer

BUFFER_BYTES = 16 << 10


class Watch(Closable, Generic[Name]):
    """A queue of events, in commit order; iterating ends when it or its store is closed.

    `for event in watch` waits in a thread, `async for event in watch` in an event loop. Writers
    never wait for it: when its queue is full, an event of type LAGGED stands for what is missing.
    One thread polls it at a time; kv.BusyError when two meet. Any thread may close it, which wakes
    the one that waits.
    """

    _end = staticmethod(functions.kv_watch_close)
    _bell: Optional[int] = None

    def __init__(
        self, handle: _abi.kv_watch, location: str, named: Callable[[bytes], Name]
    ) -> None:
        super().__init__(handle, location)
        self._named: Callable[[bytes], Name] = named
        self._turn = threading.Lock()
        # The events that were fetched already, the next one last.
        self._waiting: list[Event[Name]] = []

    def poll(self, timeout: Optional[Duration] = None) -> Optional[Event[Name]]:
        """Returns the next event, or None if there is none within a time; None waits for ever.

        Raises kv.ClosedError once the watch or its store is closed.
        """
        wait_ms = timeout_ms(timeout)
        if not self._turn.acquire(blocking=False):
            raise BusyError("poll: another thread polls this watch")
        try:
            if not self._waiting:
                self._fetch(wait_ms)
            return self._waiting.pop() if self._waiting else None
        finally:
            self._turn.release()

    def _fetch_now(self) -> None:
        """Fetches the events that are there, and leaves them for the next poll."""
        if not self._turn.acquire(blocking=False):
            raise BusyError("poll: another thread polls this watch")
        try:
            if not self._waiting:
                self._fill()
        finally:
            self._turn.release()

    def fileno(self) -> int:
        """Returns a descriptor that is readable while there is something to poll.

        Events that were fetched with an earlier one are not counted, so poll until None before
        waiting for it. Read nothing from it; it is closed with the watch.
        """
        descriptor, error = ctypes.c_int32(), _abi.kv_error()
        status = functions.kv_watch_fd(self._open(), byref(descriptor), byref(error))
        if status < 0:
            fail(status, error)
        return descriptor.value

    def __iter__(self) -> Watch[Name]:
        return self

    def __next__(self) -> Event[Name]:
        try:
            event = self.poll()
        except ClosedError:
            raise StopIteration from None
        assert event is not None, "a wait for ever ends with an event"
        return event

    def __aiter__(self) -> Watch[Name]:
        return self

    async def __anext__(self) -> Event[Name]:
        try:
            while True:
                event = self.poll(0)
                if event is not None:
                    return event
                await readable(self._own_descriptor())
        except ClosedError:
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Ends the watch and wakes the thread that waits in it. Closing again does nothing."""
        self._close()

    def __del__(self) -> None:
        super().__del__()
        if self._bell is not None:
            os.close(self._bell)

    def _open(self) -> _abi.kv_watch:
        # {0} is no watch; the library reports it.
        return self._handle or _abi.kv_watch()

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
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), _abi.kv_error()
        status = functions.kv_watch_fill(
            self._open(), buffer, BUFFER_BYTES, byref(used), byref(count), byref(error)
        )
        if status == _abi.KV_OK:
            self._waiting = list(decode_events(buffer[: used.value], self._named))
            self._waiting.reverse()
        elif status == _abi.KV_TOO_SMALL:
            self._poll(0)
        elif status < 0:
            fail(status, error)
        return bool(self._waiting)

    def _poll(self, wait_ms: int) -> None:
        event, error = sized(_abi.kv_event()), _abi.kv_error()
        status = functions.kv_watch_poll(self._open(), wait_ms, byref(event), byref(error))
        if status < 0:
            fail(status, error)
        if status == _abi.KV_OK:
            self._waiting = [copy_event(event, self._named)]

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


async def readable_within(descriptor: int, limit_s: Optional[float]) -> None:
    """Returns once a descriptor can be read, or a time has passed."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(readable(descriptor), limit_s)


def open_watch(
    store: StoreHandle,
    group: Optional[Data],
    key: Optional[Data],
    group_prefix: Optional[Data],
    key_prefix: Optional[Data],
    existing: bool,
    since: Optional[int],
    capacity: int,
) -> Watch[Any]:
    """Opens a watch, with the options of kv.Store.watch."""
    options = sized(_abi.kv_watch_options())
    in_group, group_flag = selected("group", group, group_prefix, GROUP_FLAGS)
    at_key, key_flag = selected("key", key, key_prefix, KEY_FLAGS)
    options.flags = group_flag | key_flag | (_abi.KV_WATCH_EXISTING if existing else 0)
    if since is not None:
        options.flags |= _abi.KV_WATCH_SINCE
        options.since = as_unsigned("since", since)
    options.capacity = as_number("capacity", capacity, 0, 2**32 - 1)
    handle, error = _abi.kv_watch(), _abi.kv_error()
    where = (store._handle, in_group, len(in_group), at_key, len(at_key))
    status = functions.kv_watch_open(*where, byref(options), byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    given = (group, group_prefix, key, key_prefix)
    watch = Watch(handle, store._location, namer(*given))
    words = zip(("group", "group_prefix", "key", "key_prefix"), given)
    watch._subject = ", ".join(f"{word} {name!r}" for word, name in words if name is not None)
    return watch


# For any name, and for those with a prefix.
GROUP_FLAGS = (_abi.KV_WATCH_ANY_GROUP, _abi.KV_WATCH_GROUP_PREFIX)
KEY_FLAGS = (_abi.KV_WATCH_ANY_KEY, _abi.KV_WATCH_KEY_PREFIX)


def selected(
    what: str, name: Optional[Data], prefix: Optional[Data], flags: tuple[int, int]
) -> tuple[bytes, int]:
    """Returns the name or prefix that a watch selects, and the flag that says which it is."""
    if name is not None and prefix is not None:
        raise InvalidArgumentError(f"{what} and {what}_prefix exclude each other")
    if name is not None:
        return as_name(what, name), 0
    if prefix is not None:
        return as_name(what, prefix), flags[1]
    return b"", flags[0]
