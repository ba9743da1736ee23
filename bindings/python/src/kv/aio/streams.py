"""Values that are read and written in pieces, as files of asyncio."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Optional

from .. import _abi, value_reader, value_writer
from ..names import Given
from .calls import asynchronous
from .owned import Owned


class Reader(Owned):
    """A value that is read like a file; kv.Reader describes it.

        async for piece in reader:
            socket.write(piece)
    """

    _object: value_reader.Reader

    readinto = asynchronous(value_reader.Reader.readinto)
    readline = asynchronous(value_reader.Reader.readline)
    seek = asynchronous(value_reader.Reader.seek)
    tell = asynchronous(value_reader.Reader.tell)

    async def read(self, size: Optional[int] = -1, /) -> bytes:
        """Returns bytes from the position on; all up to the end without a size."""
        return await self._run(value_reader.Reader.read, -1 if size is None else size)

    def __aiter__(self) -> Reader:
        return self

    async def __anext__(self) -> bytes:
        """Returns the next piece, of 256 KiB but for the last."""
        piece = await self.read(_abi.KV_PIECE_LEN)
        if not piece:
            raise StopAsyncIteration
        return piece

    @property
    def name(self) -> Given:
        """The key as it was given."""
        return self._object.name

    @property
    def size(self) -> int:
        """The number of bytes of the value."""
        return self._object.size

    @property
    def version(self) -> int:
        """The version of the entry."""
        return self._object.version

    @property
    def expires_at_ms(self) -> Optional[int]:
        """When it expires, in milliseconds since 1970, or None if it never does."""
        return self._object.expires_at_ms

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does; OverflowError past the year 9999."""
        return self._object.expires_at


class Writer(Owned):
    """A value that is written like a file; kv.Writer describes it.

        async with store.open_writer("files", "report") as writer:
            async for piece in source:
                await writer.write(piece)

    The end of the async with commits; an exception that leaves it aborts, and so does `close`.
    """

    _object: value_writer.Writer

    write = asynchronous(value_writer.Writer.write)
    tell = asynchronous(value_writer.Writer.tell)
    commit = asynchronous(value_writer.Writer.commit)
    abort = asynchronous(value_writer.Writer.abort)

    @property
    def is_ended(self) -> bool:
        """Whether it was committed, refused with kv.ConflictError, or aborted."""
        return self._object.is_ended

    @property
    def name(self) -> Given:
        """The key as it was given."""
        return self._object.name

    async def close(self) -> None:
        """Aborts it, unless it has ended."""
        if not self.is_ended:
            await self.abort()
        self._give_back()

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None and not self.is_ended:
                await self.commit()
        finally:
            await self.close()
