"""Calls of a store from asyncio, in threads."""

from __future__ import annotations

import asyncio
from typing import Callable, Optional, TypeVar

from .bound import BoundStore
from .duration import Duration
from .store import Store

T = TypeVar("T")


async def in_thread(
    store: Store, function: Callable[[Store], T], deadline: Optional[Duration] = None
) -> T:
    """Runs a function with a store in a thread, so that the event loop goes on.

        value = await kv.in_thread(store, lambda store: store.get("config", "colour"), 0.2)

    The store that the function gets is a kv.BoundStore of its own. When the task is cancelled, and
    so by asyncio.timeout and asyncio.wait_for, the call of the store that runs then is cancelled;
    the task ends once the function has. A call that has begun to commit is finished. Past the
    deadline, a time from now, calls of the store raise kv.DeadlineExceededError.
    """
    with BoundStore(store) as bound:
        arming = bound.arm(deadline)
        work = asyncio.ensure_future(asyncio.to_thread(function, bound))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            bound.cancel(arming)
            while not work.done():
                try:
                    await asyncio.wait([work])
                except asyncio.CancelledError:
                    continue
            # It is not asked for elsewhere: the cancel is what this task raises.
            work.cancelled() or work.exception()
            raise
