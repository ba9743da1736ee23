"""Calls of the package as calls of asyncio, with the same arguments and documentation."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Coroutine, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - an item
Self = TypeVar("Self", bound="Closing")


class Caller:
    """An object whose calls run in threads, and which stands for one of the package."""

    _object: Any

    def __repr__(self) -> str:
        return repr(self._object).replace("<kv.", "<kv.aio.", 1)

    async def _run(self, method: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        """Calls a method of the object of the package that this one stands for."""
        raise NotImplementedError


class Closing(Caller):
    """An object that an async with closes."""

    async def close(self) -> None:
        """Ends it. Closing again does nothing."""
        raise NotImplementedError

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()


def asynchronous(
    method: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Returns a method that calls one of the package in a thread."""

    @functools.wraps(method)
    async def call(self: Caller, /, *arguments: Any, **named: Any) -> T:
        return await self._run(method, *arguments, **named)

    return call


def direct(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], T]:
    """Returns a method that calls one of the package at once, because that does not block."""

    @functools.wraps(method)
    def call(self: Any, /, *arguments: Any, **named: Any) -> T:
        return method(self._object, *arguments, **named)

    return call


class Opening(Generic[T]):
    """An object that is about to be opened: by await, or by async with, which closes it as well."""

    def __init__(self, opened: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._opened = opened
        self._object: Optional[T] = None

    def __await__(self) -> Generator[Any, None, T]:
        return self._opened().__await__()

    async def __aenter__(self) -> T:
        self._object = found = await self._opened()
        return found

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        found: Any = self._object
        self._object = None
        # None is a value that is not there.
        if found is not None:
            await found.__aexit__(kind, error, trace)


class Iteration(Opening[T], Generic[T, I]):
    """A scan or watch that is about to be opened: by async for as well, which closes it at its end."""

    async def __aiter__(self) -> AsyncGenerator[I, None]:
        async with self as items:
            # A value that is not there has no parts.
            if items is not None:
                async for item in items:  # type: ignore[attr-defined]
                    yield item
