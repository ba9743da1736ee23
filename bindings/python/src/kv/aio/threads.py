"""The threads in which the calls of an asynchronous store run, and the cancelling of a call.

Each call has a bound handle of the store for itself, so that the cancel of its task ends this call
and no other. Handles and threads are used again.
"""

from __future__ import annotations

import asyncio
import contextvars
from concurrent.futures import Future, ThreadPoolExecutor
from ctypes import byref
from functools import partial
from typing import Any, Callable, Optional, TypeVar

from .. import _abi
from ..bound import BoundStore
from ..errors import InvalidHandleError, fail
from ..library import functions
from ..store import Store

T = TypeVar("T")

#: Calls that run at the same time; more wait for a thread.
CALLS = 16
#: Waits for locks at the same time. They have threads of their own: a lock that others wait for in
#: all threads could not be released.
WAITS = 1024


class Bound(BoundStore):
    """A bound handle whose calls run no function of Python while they wait or work."""

    def __init__(self, store: Store) -> None:
        handle, error = _abi.kv_store(), _abi.kv_error()
        status = functions.kv_bind(store._handle, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        self._bound_to = store._unbound
        self._take_over(handle, store._location)

    def __del__(self) -> None:
        # It is a part of another object, which warns if it has to.
        if not self._is_closed:
            functions.kv_close(self._handle, None)


class Threads:
    """The threads of one store, and the bound handles that no call uses now."""

    def __init__(self) -> None:
        self._calls = ThreadPoolExecutor(CALLS, "kv")
        self._waits = ThreadPoolExecutor(WAITS, "kv lock")
        self._idle: list[Bound] = []
        self._running: set[Future[Any]] = set()
        self._has_ended = False

    async def run(
        self,
        store: Store,
        function: Callable[[Store], T],
        *,
        is_wait: bool = False,
        undo: Optional[Callable[[T], object]] = None,
    ) -> T:
        """Runs a function with a bound handle of its own in a thread.

        When the task is cancelled, so is the call, and the task ends once that has. `undo` takes
        back the result of a call that had come to its end by then.
        """
        bound = self.take(store)
        try:
            return await self.run_on(bound, partial(function, bound), is_wait=is_wait, undo=undo)
        finally:
            self.give_back(bound)

    async def run_on(
        self,
        bound: Optional[Bound],
        function: Callable[[], T],
        *,
        is_wait: bool = False,
        undo: Optional[Callable[[T], object]] = None,
    ) -> T:
        """Runs a function whose calls go through a bound handle; without one they run to their end."""
        if self._has_ended:
            raise InvalidHandleError("the store was closed")
        arming = 0 if bound is None else bound.arm()
        call = contextvars.copy_context().run
        executor = self._waits if is_wait else self._calls
        work = executor.submit(call, function)
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        waited = asyncio.wrap_future(work)
        try:
            return await asyncio.shield(waited)
        except asyncio.CancelledError:
            # It is not asked for elsewhere: the cancel is what this task raises.
            waited.add_done_callback(lambda done: done.cancelled() or done.exception())
            if not work.cancel():
                if bound is not None:
                    bound.cancel(arming)
                await ended(work)
                if undo is not None and work.exception() is None:
                    await ended(self._calls.submit(undo, work.result()))
            raise

    def take(self, store: Store) -> Bound:
        """Returns a bound handle that no call uses."""
        if self._has_ended:
            raise InvalidHandleError("the store was closed")
        return self._idle.pop() if self._idle else Bound(store)

    def give_back(self, bound: Bound) -> None:
        """Keeps a bound handle for the next call, unless there are enough."""
        if self._has_ended or len(self._idle) >= CALLS:
            bound.close()
        else:
            self._idle.append(bound)

    async def end(self, close: Callable[[], None]) -> None:
        """Closes what the threads work for, and ends them once their calls have ended."""
        if self._has_ended:
            return
        # Calls that run may have all the other threads; it waits for them.
        closing = self._waits.submit(close)
        is_cancelled = await ended(closing)
        closing.result()
        self._has_ended = True
        for work in list(self._running):
            is_cancelled |= await ended(work)
        while self._idle:
            self._idle.pop().close()
        # All of them are idle, so this waits for nothing.
        self._calls.shutdown()
        self._waits.shutdown()
        if is_cancelled:
            raise asyncio.CancelledError


async def ended(work: Future[Any]) -> bool:
    """Returns once a call has ended, and whether this task was cancelled meanwhile."""
    waited = asyncio.wrap_future(work)
    is_cancelled = False
    while not waited.done():
        # The task is to end after the call, however often it is cancelled.
        try:
            await asyncio.wait([waited])
        except asyncio.CancelledError:
            is_cancelled = True
    # An error is not one of this task.
    waited.cancelled() or waited.exception()
    return is_cancelled
