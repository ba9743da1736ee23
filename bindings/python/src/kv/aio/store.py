"""Asynchronous stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, overload

from .. import store as blocking
from ..arguments import Data, Location, as_number
from ..batch import Batch as BlockingBatch
from ..duration import Duration
from ..entry import Entry
from ..errors import ConflictError
from ..event import Event
from ..handle import Uncopied
from ..location_options import Options, documented
from ..names import Given, Name
from ..opening import open_config as open_service
from ..subscription import Subscription
from ..transaction import wait_before
from . import mappings, parts
from .calls import Closing, Iteration, Opening, asynchronous
from .cursors import Cursor, Watch, closed
from .keywords import PutOptions, ScanOptions
from .locks import Lock
from .streams import Reader, Writer
from .threads import Bound, Threads
from .transactions import Batch, Transaction

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Store(Uncopied, Closing):
    """A store whose calls are awaited; kv.Store describes them. kv.aio.open opens one.

        async with kv.aio.open("app.db") as store:
            await store.set("users", "ada", "admin")
            async for entry in store.scan("users"):
                print(entry.key, entry.value)

    Each call runs in a thread of the store, so the event loop goes on; 16 run at the same time, and
    more wait. When a task is cancelled, and so by asyncio.timeout, its call is cancelled within
    about 10 ms, and the task ends once it has: nothing is written then, but a call that has begun
    to commit is finished. Tasks of any event loop may use a store; `close` ends its threads.
    """

    _object: blocking.Store

    def __init__(self, found: blocking.Store, threads: Optional[Threads] = None) -> None:
        if not isinstance(found, blocking.Store):
            raise TypeError("kv.aio.open(location) opens a store")
        self._object = found
        self._threads = Threads() if threads is None else threads

    # --- One key ----------------------------------------------------------------------------------

    get = asynchronous(blocking.Store.get)
    get_str = asynchronous(blocking.Store.get_str)
    info = asynchronous(blocking.Store.info)
    get_into = asynchronous(blocking.Store.get_into)
    exists = asynchronous(blocking.Store.exists)
    set = asynchronous(blocking.Store.set)
    put = asynchronous(blocking.Store.put)
    delete = asynchronous(blocking.Store.delete)
    delete_version = asynchronous(blocking.Store.delete_version)
    take = asynchronous(blocking.Store.take)
    increment = asynchronous(blocking.Store.increment)
    append = asynchronous(blocking.Store.append)
    ttl = asynchronous(blocking.Store.ttl)
    expire = asynchronous(blocking.Store.expire)
    persist = asynchronous(blocking.Store.persist)

    async def get_entry(self, group: Name, key: Data) -> Optional[Entry[Name]]:
        """Returns the value with its version and expiry, or None; see kv.Store.get_entry."""
        return await self._run(blocking.Store.get_entry, group, key)

    # --- Many keys --------------------------------------------------------------------------------

    count = asynchronous(blocking.Store.count)
    count_all = asynchronous(blocking.Store.count_all)
    delete_group = asynchronous(blocking.Store.delete_group)
    delete_prefix = asynchronous(blocking.Store.delete_prefix)
    delete_all = asynchronous(blocking.Store.delete_all)
    set_many = asynchronous(blocking.Store.set_many)

    @overload
    async def get_many(self, group: Data, keys: Iterable[Name]) -> dict[Name, bytes]: ...

    @overload
    async def get_many(self, group: Data, keys: Iterable[Data]) -> dict[Given, bytes]: ...

    async def get_many(self, group: Data, keys: Iterable[Any]) -> dict[Any, bytes]:
        """Returns the values of those keys that are there, as kv.Store.get_many."""
        return await self._run(blocking.Store.get_many, group, keys)

    @overload
    async def delete_many(self, group: Data, keys: Iterable[Name]) -> list[Name]: ...

    @overload
    async def delete_many(self, group: Data, keys: Iterable[Data]) -> list[Given]: ...

    async def delete_many(self, group: Data, keys: Iterable[Any]) -> list[Any]:
        """Deletes the keys, all or none, as kv.Store.delete_many."""
        return await self._run(blocking.Store.delete_many, group, keys)

    def scan(
        self, group: Name, prefix: Data = b"", **options: Unpack[ScanOptions]
    ) -> Iteration[Cursor[Entry[Name]], Entry[Name]]:
        """Iterates over the live entries of a group, with the options of kv.Store.scan."""
        return self._iterating(lambda store: store.scan(group, prefix, **options))

    def keys(
        self, group: Name, prefix: Data = b"", **options: Unpack[ScanOptions]
    ) -> Iteration[Cursor[Name], Name]:
        """Iterates over the keys of a group as scan does, and reads no values."""
        return self._iterating(lambda store: store.keys(group, prefix, **options))

    def sizes(
        self, group: Name, prefix: Data = b"", *, limit: int = 0, offset: int = 0
    ) -> Iteration[Cursor[tuple[Name, int]], tuple[Name, int]]:
        """Iterates over the keys of a group with the sizes of their values."""
        return self._iterating(
            lambda store: store.sizes(group, prefix, limit=limit, offset=offset)
        )

    @overload
    def groups(self, prefix: str = "") -> Iteration[Cursor[str], str]: ...

    @overload
    def groups(self, prefix: bytes) -> Iteration[Cursor[bytes], bytes]: ...

    def groups(self, prefix: Any = "") -> Iteration[Cursor[Any], Any]:
        """Iterates over the names of the groups that have a live entry, as kv.Store.groups."""
        return self._iterating(lambda store: store.groups(prefix))

    # --- Values in pieces -------------------------------------------------------------------------

    def open_reader(self, group: Data, key: Data) -> Opening[Optional[Reader]]:
        """Opens a value as a binary file to read, or None if the key is absent or expired."""
        return Opening(lambda: self._opened(lambda store: store.open_reader(group, key), Reader))

    def open_writer(
        self, group: Data, key: Data, **options: Unpack[PutOptions]
    ) -> Opening[Writer]:
        """Opens a binary file to write, with the options of kv.Store.open_writer."""
        return Opening(
            lambda: self._opened(lambda store: store.open_writer(group, key, **options), Writer)
        )

    # --- Several operations as one ----------------------------------------------------------------

    def batch(self) -> Batch:
        """Returns an empty batch, which is committed to this store at the end of its async with."""
        bound = self._threads.take(self._object)
        return Batch(self._threads, bound, BlockingBatch(bound))

    def transaction(self) -> Opening[Transaction]:
        """Begins a transaction."""
        return Opening(
            lambda: self._opened(lambda store: store.transaction(), Transaction, abort)
        )

    async def update(
        self, change: Callable[[Transaction], Awaitable[T]], tries: int = 16
    ) -> T:
        """Awaits `change` with a transaction, commits it, and returns what it has returned.

        After another commit was first, it is called again, as kv.Store.update describes.
        """
        for number in range(as_number("tries", tries, 1, 2**31 - 1)):
            if number > 0:
                await asyncio.sleep(wait_before(number))
            transaction = await self.transaction()
            try:
                result = await change(transaction)
                if transaction.is_ended or await transaction._run(committed):
                    return result
            finally:
                await transaction.close()
        raise ConflictError(f"update: others were first, {tries} times of {tries}")

    # --- Locks ------------------------------------------------------------------------------------

    def lock(
        self, name: Data, *, lease: Duration, wait: Optional[Duration] = 0, owner: Data = b""
    ) -> Opening[Lock]:
        """Acquires a lock, as kv.Store.lock, which its async with releases.

        One that waits has a thread of its own, of 1,024 for the store. A task that is cancelled
        while it waits does not hold the lock.
        """

        async def acquired() -> Lock:
            held = await self._threads.run(
                self._object,
                lambda store: store.lock(name, lease=lease, wait=wait, owner=owner),
                is_wait=wait != 0,
                undo=lambda lock: lock.release(),
            )
            return Lock(self._threads, held)

        return Opening(acquired)

    lock_holder = asynchronous(blocking.Store.lock_holder)

    # --- Changes ----------------------------------------------------------------------------------

    @overload
    def watch(
        self,
        group: Optional[str] = None,
        key: Optional[str] = None,
        *,
        group_prefix: Optional[str] = None,
        key_prefix: Optional[str] = None,
        existing: bool = False,
        since: Optional[int] = None,
        capacity: int = 0,
    ) -> Iteration[Watch[str], Event[str]]: ...

    @overload
    def watch(
        self,
        group: Optional[bytes] = None,
        key: Optional[bytes] = None,
        *,
        group_prefix: Optional[bytes] = None,
        key_prefix: Optional[bytes] = None,
        existing: bool = False,
        since: Optional[int] = None,
        capacity: int = 0,
    ) -> Iteration[Watch[bytes], Event[bytes]]: ...

    def watch(
        self, group: Any = None, key: Any = None, **options: Any
    ) -> Iteration[Watch[Any], Event[Any]]:
        """Watches a group and a key, with the options of kv.Store.watch.

        `async with` and await begin it at once, `async for` with its first event; each ends when
        the watch or the store is closed. A watch that waits has no thread.
        """
        return Iteration(
            lambda: self._opened(lambda store: store.watch(group, key, **options), Watch)
        )

    async def on_change(self, callback: Callable[[Event[str]], object]) -> Subscription:
        """Calls back in this event loop after every change that this process commits from now on.

        As an exception of any callback of the loop, that of this one goes to its handler.
        """
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {type(callback).__name__}")
        loop = asyncio.get_running_loop()

        def call(event: Event[str]) -> None:
            # A loop that has ended has no use for it.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback, event)

        return self._object.on_change(call)

    # --- Metrics ----------------------------------------------------------------------------------

    metrics = asynchronous(blocking.Store.metrics)
    call_metrics = asynchronous(blocking.Store.call_metrics)
    metrics_text = asynchronous(blocking.Store.metrics_text)

    # --- Parts ------------------------------------------------------------------------------------

    def group(self, name: Name) -> mappings.Group[Name]:
        """Returns a group with the methods of a mapping."""
        return mappings.Group(self, name)

    @property
    def text(self) -> parts.Text:
        """Parts of values and templates: split, fields, render."""
        return parts.Text(self)

    @property
    def json(self) -> parts.Documents:
        """Values that are JSON texts: set, get."""
        return parts.Documents(self)

    @property
    def idempotency(self) -> parts.Idempotency:
        """Operations that must run once: begin, complete, get, forget."""
        return parts.Idempotency(self)

    @property
    def quotas(self) -> parts.Quotas:
        """The limits of namespaces: set, get."""
        return parts.Quotas(self)

    @property
    def change_log(self) -> parts.ChangeLog:
        """The changes that the file keeps: read, oldest."""
        return parts.ChangeLog(self)

    @property
    def maintenance(self) -> parts.Maintenance:
        """The store as a whole: stats, usage, backup, restore, copy, purge_expired, compact, check,
        flush."""
        return parts.Maintenance(self)

    def snapshot(self) -> Opening[Store]:
        """Opens this store as it is now, to be read and closed like any other."""
        return Opening(lambda: self._derived(blocking.Store.snapshot))

    def scope(self, namespace: Data) -> Opening[Store]:
        """Opens this store narrowed to a namespace, to be closed like any other."""
        return Opening(lambda: self._derived(lambda store: store.scope(namespace)))

    # --- Its end ----------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises kv.InvalidHandleError."""
        return self._object.is_closed

    async def close(self) -> None:
        """Closes it once running calls have ended, and ends its threads. Again it does nothing."""
        await self._threads.end(self._object.close)

    async def _run(self, method: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        return await self._threads.run(
            self._object, lambda store: method(store, *arguments, **named)
        )

    async def _opened(
        self,
        opened: Callable[[blocking.Store], Any],
        kind: Callable[[Threads, Bound, Any], Any],
        undo: Callable[[Any], object] = closed,
    ) -> Any:
        """Returns an object of the store with a bound handle of its own, or None if it is not there."""
        bound, found = self._threads.take(self._object), None
        try:
            found = await self._threads.run_on(bound, lambda: opened(bound), undo=undo)
        finally:
            if found is None:
                self._threads.give_back(bound)
        return None if found is None else kind(self._threads, bound, found)

    def _iterating(self, opened: Callable[[blocking.Store], Any]) -> Iteration[Any, Any]:
        """Returns a scan that is about to be opened."""
        return Iteration(lambda: self._opened(opened, Cursor))

    async def _derived(self, derived: Callable[[blocking.Store], blocking.Store]) -> Store:
        # A bound handle would give its deadline and its cancel to the scope.
        found = await self._threads.run_on(None, lambda: derived(self._object), undo=closed)
        return Store(found)


def committed(transaction: Any) -> bool:
    is_committed: bool = transaction._is_committed()
    return is_committed


def abort(transaction: Any) -> None:
    transaction.abort()


@documented
def open(location: Location, **options: Unpack[Options]) -> Opening[Store]:  # noqa: A001
    """Opens a store, as kv.open, by await or by async with, which closes it as well.

        async with kv.aio.open("app.db", durability="full") as store:
            await store.set("config", "colour", "blue")

    The options, each with its type and unit, its default, and the stores that have it; kv.DEFAULT
    is one that is left out:

        OPTIONS
    """
    return Opening(lambda: opened_in_thread(lambda: blocking.Store(location, **options)))


def open_config(path: Location, service: Data) -> Opening[Store]:
    """Opens the store that a services file calls `service`, as kv.open_config."""
    return Opening(lambda: opened_in_thread(lambda: open_service(path, service)))


async def opened_in_thread(opened: Callable[[], blocking.Store]) -> Store:
    threads = Threads()
    try:
        return Store(await threads.run_on(None, opened, undo=closed), threads)
    except BaseException:
        await threads.end(lambda: None)
        raise
