"""Objects of a store that have a bound handle of their own: cursors, transactions, readers."""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar

from ..handle import Uncopied
from .calls import Closing
from .threads import Bound, Threads

T = TypeVar("T")


class Owned(Uncopied, Closing):
    """An object whose calls go through its bound handle, and which ends by close.

    One task at a time uses it. A task that is cancelled ends the call that runs.
    """

    def __init__(self, threads: Threads, bound: Optional[Bound], found: Any) -> None:
        self._threads = threads
        self._bound = bound
        self._object = found

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        is_closed: bool = self._object.is_closed
        return is_closed

    async def close(self) -> None:
        """Ends it. Closing again does nothing."""
        # The end of a handle waits for nothing, so that it needs no thread.
        self._object.close()
        self._give_back()

    async def _run(self, method: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        return await self._threads.run_on(
            self._bound, lambda: method(self._object, *arguments, **named)
        )

    def _give_back(self) -> None:
        bound, self._bound = self._bound, None
        if bound is not None:
            self._threads.give_back(bound)
