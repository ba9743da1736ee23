"""Stores."""

from __future__ import annotations

import warnings
from ctypes import byref
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, overload

from . import _abi, transaction
from .arguments import Data, Location, as_string, shown
from .batch import Batch
from .change_log import ChangeLog
from .duration import Duration
from .errors import fail
from .group import Group
from .idempotency import Idempotency
from .library import functions
from .location_options import Options
from .locations import open_location
from .lock import Lock, LockHolder, acquire, holder
from .maintenance import Maintenance
from .names import Name
from .quotas import Quotas
from .store_entries import EntryCalls
from .store_metrics import MetricsCalls
from .store_ranges import RangeCalls
from .store_streams import StreamCalls
from .subscription import Callback, Subscription, forget_ended
from .text import Documents, Text
from .transaction import Transaction
from .watch import Watch, open_watch

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Store(EntryCalls, RangeCalls, StreamCalls, MetricsCalls):
    """Groups of keys. kv.Store(location) opens one, as kv.open does; close it, or use it in a with.

    Groups, keys and values are str, which stands for its UTF-8, or bytes. Values come back as bytes,
    which are copies. Groups and keys come back as str, or as bytes from a call that names its group,
    or prefix, in bytes; those of a list come back as they were passed.

    An expired key is an absent one. A ttl is a timedelta or a number of seconds; one that is left
    out, or kv.DEFAULT, is the default_ttl of the store, and None, zero and kv.NEVER are for ever,
    whatever the default.

    Any method may raise kv.InvalidHandleError on a closed store, kv.TooLargeError for a group, key
    or value past its limit, kv.BusyError, kv.FullError, kv.IoError, kv.ReadOnlyError,
    kv.QuotaExceededError, kv.PoisonedError and kv.ForkedError as they apply; then nothing was
    written. Deadlines and cancelling are those of kv.BoundStore.

    All methods, close included, may be called from any thread at any time; while the library works
    other threads of Python run. After os.fork every call of the child raises kv.ForkedError.
    """

    # Closed until there is something to close.
    _is_closed = True

    def __init__(self, location: Location, **options: Unpack[Options]) -> None:
        """Opens the store that a location names, as kv.open, which has the options."""
        self._take_over(open_location(location, options), shown(location))

    @classmethod
    def _of(cls, handle: _abi.kv_store, location: str) -> Store:
        """Returns the store of a handle that is open already."""
        store = Store.__new__(Store)
        store._take_over(handle, location)
        return store

    def _take_over(self, handle: _abi.kv_store, location: str) -> None:
        self._handle = handle
        self._location = location
        self._is_closed = False

    # --- Several operations as one ----------------------------------------------------------------

    def batch(self) -> Batch:
        """Returns an empty batch, which is committed to this store at the end of its with."""
        return Batch(self)

    def transaction(self) -> Transaction:
        """Begins a transaction; kv.OutOfMemoryError when 65,536 are open."""
        return Transaction(self)

    def update(self, change: Callable[[Transaction], T], tries: int = 16) -> T:
        """Calls `change` with a transaction, commits it, and returns what it has returned.

        After another commit was first, it is called again with a new transaction, after a short and
        random wait, at most `tries` times in all; then kv.ConflictError. So it must do nothing that
        may not be done twice. An exception of it, its own kv.ConflictError too, aborts and is
        raised from here; if it aborts the transaction itself, nothing is written.
        """
        return transaction.update(self, change, tries)

    # --- Locks ------------------------------------------------------------------------------------

    def lock(
        self,
        name: Data,
        *,
        lease: Duration,
        wait: Optional[Duration] = 0,
        owner: Data = b"",
    ) -> Lock:
        """Acquires a lock, which is released at the end of its with statement.

        No other caller, in any thread or process, acquires it until then, or until the lease has
        ended: a time from now, a millisecond at least, that kv.Lock.renew extends. A lock is not
        recursive. `owner` is a description for others, at most 1,024 bytes.

        If another owner holds it, this waits for it: for a time, for ever with None, and not at all
        with zero; then kv.LockHeldError. Waiters acquire it in no particular order. Ctrl-C ends a
        wait in the main thread, the deadline or cancel of a kv.BoundStore ends one in any, and
        closing the store raises kv.ClosedError from it.

        The locks are the entries of the group "kv.lock", which nothing else should write. A store
        that evicts entries has none: kv.UnsupportedError.
        """
        return acquire(self, name, lease, wait, owner)

    def lock_holder(self, name: Data) -> Optional[LockHolder]:
        """Returns the owner of a lock and the end of its lease, or None if the lock is free."""
        return holder(self, name)

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
    ) -> Watch[str]: ...

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
    ) -> Watch[bytes]: ...

    def watch(
        self,
        group: Optional[Data] = None,
        key: Optional[Data] = None,
        *,
        group_prefix: Optional[Data] = None,
        key_prefix: Optional[Data] = None,
        existing: bool = False,
        since: Optional[int] = None,
        capacity: int = 0,
    ) -> Watch[Any]:
        """Begins to watch a group and a key, those with a prefix, or any without either.

        Every character means itself: "*" is a key like any other. Groups and keys of events are
        str, or bytes if the names here are bytes. With `existing` the present entries come
        first, then an event of type SYNCED; with `since` the changes after that version, which the
        change log must have (kv.UnsupportedError, kv.CompactedError). `capacity` is the length of
        the queue, 16 to 16,777,216 events, or 0 for 1024. A watch receives the changes of this
        process, and with a change log those of every process that uses the file.
        """
        prefixes = (group_prefix, key_prefix)
        return open_watch(self, group, key, *prefixes, existing, since, capacity)

    def on_change(self, callback: Callback) -> Subscription:
        """Calls back with the event of every change that this process commits from now on.

        In the thread that writes, before its write returns; groups and keys are str. The callback
        may use the store, and register and close callbacks, but not close the store; its exception
        goes to sys.unraisablehook and changes nothing for the writer.
        """
        return Subscription(self, callback)

    # --- Parts ------------------------------------------------------------------------------------

    def group(self, name: Name) -> Group[Name]:
        """Returns a group as a mutable mapping, which is used like a dict.

        Its keys are str, or bytes if `name` is bytes.
        """
        return Group(self, name)

    @property
    def text(self) -> Text:
        """Parts of values and templates: split, fields, render."""
        return Text(self)

    @property
    def json(self) -> Documents:
        """Values that are JSON texts: set, get."""
        return Documents(self)

    @property
    def idempotency(self) -> Idempotency:
        """Operations that must run once: begin, complete, get, forget."""
        return Idempotency(self)

    @property
    def quotas(self) -> Quotas:
        """The limits of namespaces: set, get."""
        return Quotas(self)

    @property
    def change_log(self) -> ChangeLog:
        """The changes that the file keeps: read, oldest."""
        return ChangeLog(self)

    @property
    def maintenance(self) -> Maintenance:
        """The store as a whole: stats, usage, backup, restore, copy, purge_expired, compact, check,
        flush."""
        return Maintenance(self)

    def snapshot(self) -> Store:
        """Returns this store as it is now, to be read and closed like any other.

        Its entries neither change nor expire, whatever is written meanwhile, and a ttl is what was
        left at this moment. Writes raise kv.ReadOnlyError; watches, statistics, quotas, backups
        and checks kv.UnsupportedError. It stays open when this one is closed. Close it soon:
        until then the log file of a store cannot shrink below what it needs, and a store in memory
        keeps what is overwritten. On a Redis kv.UnsupportedError.
        """
        return self._derived(functions.kv_snapshot, "snapshot")

    def scope(self, namespace: Data) -> Store:
        """Returns this store narrowed to a namespace, to be closed like any other.

        A namespace is 1 to 255 ASCII letters, digits and hyphens; anything else is
        kv.InvalidArgumentError. The scope has every method of a store. Its groups are those whose
        names begin with the namespace and a colon, under the rest of their names; nothing else can
        be read, listed, counted, watched, purged or changed through it. It stays open when this one
        is closed. It cannot be backed up and has no quotas to set (kv.UnsupportedError).
        """
        name = as_string("namespace", namespace)
        # The library refuses a name that is not ASCII.
        words = f"scope {name.decode(errors='replace')}"
        return self._derived(functions.kv_scope, words, name)

    def _derived(self, function: Callable[..., int], words: str, *arguments: bytes) -> Store:
        """Returns the store that a function of the library makes of this one."""
        handle, error = _abi.kv_store(), _abi.kv_error()
        status = function(self._handle, *arguments, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Store._of(handle, f"{self._location} {words}")

    # --- Its end ----------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises kv.InvalidHandleError."""
        return self._is_closed

    def close(self) -> None:
        """Waits for running calls, ends cursors, watches, callbacks, readers and writers, and closes
        the file if no other handle is open.

        Closing again does nothing. kv.BusyError from inside a callback.
        """
        if self._is_closed:
            return
        self._is_closed = True
        error = _abi.kv_error()
        status = functions.kv_close(self._handle, byref(error))
        forget_ended()
        if status == _abi.KV_ERR_BUSY:
            self._is_closed = False
        if status < 0:
            fail(status, error)

    def __del__(self) -> None:
        if self._is_closed:
            return
        # A forked child has its parent's objects and no right to the store in them.
        if functions.kv_close(self._handle, None) != _abi.KV_ERR_FORKED:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, source=self)
