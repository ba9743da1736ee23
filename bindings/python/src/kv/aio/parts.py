"""The parts of an asynchronous store: text, JSON, quotas, idempotency, changes, maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

from .. import change_log, copying, idempotency, maintenance, quotas, text
from ..arguments import Data
from ..event import Event
from ..store import Store as BlockingStore
from .calls import Caller, Iteration, asynchronous
from .cursors import Changes, Cursor

if TYPE_CHECKING:
    from .store import Store

T = TypeVar("T")


class Part(Caller):
    """A part of a store's operations, such as store.quotas."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _of(self, store: BlockingStore) -> Any:
        """Returns the part of the package that this one stands for."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<kv.aio.{type(self).__name__} of {self._store!r}>"

    async def _run(self, method: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
        return await self._store._threads.run(
            self._store._object, lambda store: method(self._of(store), *arguments, **named)
        )


class Text(Part):
    """Values as text; kv.Text describes it."""

    render = asynchronous(text.Text.render)

    def split(
        self, group: Data, key: Data, separator: Data
    ) -> Iteration[Optional[Cursor[bytes]], bytes]:
        """Iterates over the parts of a value between a separator; None if the key is absent."""
        return self._store._iterating(lambda store: store.text.split(group, key, separator))

    def fields(self, group: Data, key: Data) -> Iteration[Optional[Cursor[bytes]], bytes]:
        """Iterates over the parts of a value between white space; None if the key is absent."""
        return self._store._iterating(lambda store: store.text.fields(group, key))

    def _of(self, store: BlockingStore) -> text.Text:
        return store.text


class Documents(Part):
    """Values that are JSON texts; kv.Documents describes it."""

    set = asynchronous(text.Documents.set)
    get = asynchronous(text.Documents.get)

    def _of(self, store: BlockingStore) -> text.Documents:
        return store.json


class Idempotency(Part):
    """The idempotency records of a store; kv.Idempotency describes it."""

    begin = asynchronous(idempotency.Idempotency.begin)
    complete = asynchronous(idempotency.Idempotency.complete)
    get = asynchronous(idempotency.Idempotency.get)
    forget = asynchronous(idempotency.Idempotency.forget)

    def _of(self, store: BlockingStore) -> idempotency.Idempotency:
        return store.idempotency


class Quotas(Part):
    """The quotas of a store's namespaces; kv.Quotas describes it."""

    set = asynchronous(quotas.Quotas.set)
    get = asynchronous(quotas.Quotas.get)

    def _of(self, store: BlockingStore) -> quotas.Quotas:
        return store.quotas


class ChangeLog(Part):
    """The change log of a store; kv.ChangeLog describes it."""

    oldest = asynchronous(change_log.ChangeLog.oldest)

    def read(self, since: int = 0) -> Iteration[Changes, Event[str]]:
        """Iterates over the changes after a version, as kv.ChangeLog.read."""
        return Iteration(
            lambda: self._store._opened(lambda store: store.change_log.read(since), Changes)
        )

    def _of(self, store: BlockingStore) -> change_log.ChangeLog:
        return store.change_log


class Maintenance(Part):
    """The operations on a store as a whole; kv.Maintenance describes it.

    A `progress` is called in the thread of the operation, and its exception ends that.
    """

    stats = asynchronous(maintenance.Maintenance.stats)
    usage = asynchronous(maintenance.Maintenance.usage)
    backup = asynchronous(maintenance.Maintenance.backup)
    restore = asynchronous(maintenance.Maintenance.restore)
    purge_expired = asynchronous(maintenance.Maintenance.purge_expired)
    compact = asynchronous(maintenance.Maintenance.compact)
    check = asynchronous(maintenance.Maintenance.check)
    flush = asynchronous(maintenance.Maintenance.flush)

    async def copy(
        self,
        to: Store,
        *,
        existing: copying.Existing = copying.Existing.OVERWRITE,
        after: Optional[copying.Position] = None,
        progress: Optional[Callable[[copying.CopyState], object]] = None,
    ) -> copying.CopyState:
        """Copies the live entries into another store, as kv.Maintenance.copy."""
        return await self._run(
            maintenance.Maintenance.copy,
            to._object,
            existing=existing,
            after=after,
            progress=progress,
        )

    def _of(self, store: BlockingStore) -> maintenance.Maintenance:
        return store.maintenance
