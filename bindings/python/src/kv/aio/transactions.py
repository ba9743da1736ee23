"""Transactions and batches, whose commits are awaited."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from .. import batch, transaction
from ..arguments import Data
from ..cursor import Cursor as BlockingCursor
from ..entry import Entry
from ..names import Name
from .calls import Iteration, asynchronous, direct
from .cursors import Cursor, closed
from .keywords import ScanOptions
from .locks import Lock
from .owned import Owned

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Transaction(Owned):
    """Reads and writes that see each other; kv.Transaction describes it.

        async with store.transaction() as transaction:
            balance = int(await transaction.get("accounts", "ada") or 0)
            await transaction.set("accounts", "ada", str(balance - 5))

    The end of the async with commits, unless the transaction was ended in it; an exception that
    leaves it aborts.
    """

    _object: transaction.Transaction

    get = asynchronous(transaction.Transaction.get)
    get_str = asynchronous(transaction.Transaction.get_str)
    exists = asynchronous(transaction.Transaction.exists)
    set = asynchronous(transaction.Transaction.set)
    delete = asynchronous(transaction.Transaction.delete)
    increment = asynchronous(transaction.Transaction.increment)
    append = asynchronous(transaction.Transaction.append)
    ttl = asynchronous(transaction.Transaction.ttl)
    expire = asynchronous(transaction.Transaction.expire)
    commit = asynchronous(transaction.Transaction.commit)
    abort = asynchronous(transaction.Transaction.abort)

    @property
    def is_ended(self) -> bool:
        """Whether it was committed, refused with kv.ConflictError, or aborted."""
        return self._object.is_ended

    async def get_entry(self, group: Name, key: Data) -> Optional[Entry[Name]]:
        """Returns the value with its version and expiry, or None; see kv.Transaction."""
        return await self._run(transaction.Transaction.get_entry, group, key)

    def scan(
        self, group: Name, prefix: Data = b"", **options: Unpack[ScanOptions]
    ) -> Iteration[Cursor[Entry[Name]], Entry[Name]]:
        """Iterates over the live entries of a group, with the options of kv.Transaction.scan."""
        return self._opening(transaction.Transaction.scan, group, prefix, **options)

    def keys(
        self, group: Name, prefix: Data = b"", **options: Unpack[ScanOptions]
    ) -> Iteration[Cursor[Name], Name]:
        """Iterates over the keys of a group as scan does, and reads no values."""
        return self._opening(transaction.Transaction.keys, group, prefix, **options)

    def sizes(
        self, group: Name, prefix: Data = b"", *, limit: int = 0, offset: int = 0
    ) -> Iteration[Cursor[tuple[Name, int]], tuple[Name, int]]:
        """Iterates over the keys of a group with the sizes of their values."""
        return self._opening(
            transaction.Transaction.sizes, group, prefix, limit=limit, offset=offset
        )

    async def close(self) -> None:
        """Aborts it, unless it has ended."""
        self._object.abort()
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

    def _opening(
        self, method: Callable[..., BlockingCursor[T]], *arguments: Any, **named: Any
    ) -> Iteration[Cursor[T], T]:
        async def opened() -> Cursor[T]:
            found = await self._threads.run_on(
                self._bound, lambda: method(self._object, *arguments, **named), undo=closed
            )
            cursor: Cursor[T] = Cursor(self._threads, None, found)
            return cursor

        return Iteration(opened)


class Batch(Owned):
    """Checks, reads and writes that are committed together; kv.Batch describes it.

        async with store.batch() as batch:
            batch.set("jobs", "7", "done")
            batch.increment("counts", "done")

    Steps are appended in memory, so only the commit is awaited: by `commit`, or by the end of the
    async with.
    """

    _object: batch.Batch

    check = direct(batch.Batch.check)
    get = direct(batch.Batch.get)
    set = direct(batch.Batch.set)
    delete = direct(batch.Batch.delete)
    take = direct(batch.Batch.take)
    increment = direct(batch.Batch.increment)
    append = direct(batch.Batch.append)
    expire = direct(batch.Batch.expire)
    delete_prefix = direct(batch.Batch.delete_prefix)
    add_flat = direct(batch.Batch.add_flat)
    result = direct(batch.Batch.result)
    clear = direct(batch.Batch.clear)
    commit = asynchronous(batch.Batch.commit)

    def check_lock(self, lock: Lock) -> int:
        """Requires that a lock is still held by its owner, as kv.Batch.check_lock."""
        if not isinstance(lock, Lock):
            raise TypeError(f"lock must be a kv.aio.Lock, not {type(lock).__name__}")
        return self._object.check_lock(lock._object)

    def __len__(self) -> int:
        return len(self._object)

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None and self._object._is_pending and not self.is_closed:
                await self.commit()
        finally:
            await self.close()
