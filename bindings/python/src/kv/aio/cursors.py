"""Scans, changes and watches, as asynchronous iterators."""

from __future__ import annotations

from typing import Any, Generic, Optional, TypeVar

from .. import change_log, cursor, watch
from ..duration import Duration, timeout_ms
from ..errors import ClosedError
from ..event import Event
from ..names import Name
from .calls import asynchronous
from .owned import Owned

T = TypeVar("T")


class Cursor(Owned, Generic[T]):
    """An asynchronous iterator over what a scan visits; kv.Cursor describes it.

    Entries are fetched in a thread, many at a time. It is closed at its last entry.
    """

    _object: cursor.Cursor[T]

    def __aiter__(self) -> Cursor[T]:
        return self

    async def __anext__(self) -> T:
        source = self._object
        if not source._waiting:
            await self._run(cursor.Cursor._fetch)
        if not source._waiting:
            await self.close()
            raise StopAsyncIteration
        return source._pick(source._waiting.pop())

    is_snapshot = asynchronous(cursor.Cursor.is_snapshot)


class Changes(Owned):
    """An asynchronous iterator over the changes after a version; kv.Changes describes it."""

    _object: change_log.Changes

    def __aiter__(self) -> Changes:
        return self

    async def __anext__(self) -> Event[str]:
        source = self._object
        if not source._waiting:
            await self._run(change_log.Changes._fetch)
        if not source._waiting:
            raise StopAsyncIteration
        return source._waiting.pop()


class Watch(Owned, Generic[Name]):
    """A queue of events, in commit order; kv.Watch describes it.

    The event loop waits for its descriptor, so a watch that waits has no thread.
    """

    _object: watch.Watch[Name]

    async def poll(self, timeout: Optional[Duration] = None) -> Optional[Event[Name]]:
        """Returns the next event, or None if there is none within a time; None waits for ever.

        Raises kv.ClosedError once the watch or its store is closed. A task that is cancelled has
        lost no event.
        """
        wait_ms = timeout_ms(timeout)
        source = self._object
        await self._fetch()
        while not source._waiting and wait_ms != 0:
            limit = None if wait_ms < 0 else wait_ms / 1000
            await watch.readable_within(source._own_descriptor(), limit)
            await self._fetch()
            # Only a wait for ever goes on after a wake for nothing.
            wait_ms = min(wait_ms, 0)
        return source._waiting.pop() if source._waiting else None

    def fileno(self) -> int:
        """Returns a descriptor that is readable while there is something to poll."""
        return self._object.fileno()

    def __aiter__(self) -> Watch[Name]:
        return self

    async def __anext__(self) -> Event[Name]:
        try:
            while True:
                event = await self.poll()
                if event is not None:
                    return event
        except ClosedError:
            raise StopAsyncIteration from None

    async def _fetch(self) -> None:
        if not self._object._waiting:
            await self._run(watch.Watch._fetch_now)


def closed(found: Any) -> None:
    """Ends an object that was opened for a task which was cancelled meanwhile."""
    if found is not None:
        found.close()
