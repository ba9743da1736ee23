"""Runs a coroutine with an asynchronous store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import kv.aio

T = TypeVar("T")


def run(location: Any, use: Callable[[kv.aio.Store], Awaitable[T]], **options: Any) -> T:
    """Runs a coroutine with an open store, and returns its result once no thread is left."""
    before = threading.active_count()

    async def opened() -> T:
        async with kv.aio.open(location, **options) as store:
            return await asyncio.wait_for(use(store), 60)

    result = asyncio.run(opened(), debug=True)
    assert threading.active_count() == before
    return result
