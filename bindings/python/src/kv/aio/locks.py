"""Locks, for which a task waits without blocking the others."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Optional, TypeVar

from .. import lock
from ..errors import Error
from ..handle import Uncopied
from ..names import Given
from .calls import Caller, asynchronous
from .threads import Threads

T = TypeVar("T")


class Lock(Uncopied, Caller):
    """A lock that was acquired; kv.Lock describes it.

        async with store.lock("report", lease=30, wait=60) as lock:
            await write_report(lock.token)

    The end of the async with releases it, unless it was released or lost in it.
    """

    _object: lock.Lock

    def __init__(self, threads: Threads, held: lock.Lock) -> None:
        self._threads = threads
        self._object = held

    renew = asynchronous(lock.Lock.renew)
    release = asynchronous(lock.Lock.release)

    @property
    def name(self) -> Given:
        """The name of the lock, as it was given."""
        return self._object.name

    @property
    def token(self) -> int:
        """The fencing token: higher than those of all locks acquired in this store before."""
        return self._object.token

    @property
    def version(self) -> int:
        """The version of the lock's entry, by which the store knows its owner."""
        return self._object.version

    async def __aenter__(self) -> Lock:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._object._has_ended:
            return
        try:
            await self.release()
        except Error:
            # Without a release the lease ends by itself.
            if kind is None:
                raise

    async def _run(self, method: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        return await self._threads.run_on(None, lambda: method(self._object, *arguments, **named))
