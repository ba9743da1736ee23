"""Locks: one owner at a time, of all threads and processes with the same store.

A lock is held for a lease, so that the lock of an owner that fails is free again. An owner cannot
know that its lease has just ended. So each lock has a fencing token: a resource that is given the
token refuses one that is lower than the highest it has seen, and the store refuses a batch with
kv.Batch.check_lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import byref
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Callable, NamedTuple, Optional

from . import _abi
from .arguments import Data, as_bytes, as_unsigned
from .duration import Duration, lease_ms, timeout_ms
from .entry import is_found, take_bytes
from .errors import Error, LockHeldError, LockLostError, fail, raised
from .handle import StoreHandle, Uncopied
from .library import functions
from .names import Given, as_given, as_name
from .options import EPOCH
from .polling import Polled

#: The longest wait, which no program sees the end of.
FOR_EVER_MS = 2**63 - 1


class LockHolder(NamedTuple):
    """The owner of a lock, as it was when it was read."""

    #: The description that the owner has given of itself.
    owner: bytes
    #: The end of its lease, in milliseconds since 1970.
    expires_at_ms: int

    @property
    def expires_at(self) -> datetime:
        """When its lease ends, in UTC; OverflowError past the year 9999."""
        return EPOCH + timedelta(milliseconds=self.expires_at_ms)


class Lock(Uncopied):
    """A lock that was acquired; kv.Store.lock acquires it.

        with store.lock("report", lease=30, wait=60) as lock:
            write_report(lock.token)

    The end of the with statement releases it, unless it was released or lost in it. If the lease
    has ended by then, another may have worked at the same time, which is kv.LockLostError; an
    exception that leaves the statement goes first.

    Any thread may use it. It needs no close: the lease of a lock that is dropped ends by itself.
    One that was acquired through a kv.BoundStore is renewed and released through the store itself,
    whose calls have no deadline, and outlives the kv.BoundStore.
    """

    def __init__(self, store: StoreHandle, name: Data, token: int, version: int) -> None:
        """Stands for a lock that was acquired elsewhere, such as in the process that has passed on
        its name, token and version. `store` is a store of the same location."""
        if not isinstance(store, StoreHandle):
            raise TypeError("store.lock(name, lease=...) acquires a lock")
        self._store = store
        self._given, self._name = as_given(name), as_name("name", name)
        self._grant = _abi.kv_lock(as_unsigned("token", token), as_unsigned("version", version))
        self._has_ended = False

    @property
    def name(self) -> Given:
        """The name of the lock, as it was given."""
        given: Given = self._given
        return given

    @property
    def token(self) -> int:
        """The fencing token: higher than those of all locks acquired in this store before."""
        return int(self._grant.token)

    @property
    def version(self) -> int:
        """The version of the lock's entry, by which the store knows its owner."""
        return int(self._grant.version)

    def renew(self, lease: Duration) -> None:
        """Gives the lock another lease, which ends a time from now.

        Raises kv.LockLostError if its lease has ended, or another owner has acquired it.
        """
        self._call("renew", functions.kv_lock_renew, lease_ms(lease))

    def release(self) -> None:
        """Releases the lock, and wakes those that wait for it.

        Raises kv.LockLostError if it is not held any more: its lease has ended, it was released, or
        another owner has acquired it. Nothing is changed then.
        """
        self._call("release", functions.kv_lock_release)
        self._has_ended = True

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self._has_ended:
            return
        try:
            self.release()
        except Error:
            # Without a release the lease ends by itself.
            if kind is None:
                raise

    def __repr__(self) -> str:
        state = ", ended" if self._has_ended else ""
        return f"<kv.Lock {self._given!r} of {self._store._location!r}, token {self.token}{state}>"

    def _call(self, verb: str, function: Callable[..., int], *rest: Any) -> None:
        name, error = self._name, _abi.kv_error()
        status = function(self._store._handle, name, len(name), self._grant, *rest, byref(error))
        if status < 0:
            fail(status, error)
        if status == _abi.KV_CONFLICT:
            self._has_ended = True
            raise LockLostError(f"{verb} lock {self._given!r}: its lease has ended, or it was released")


def acquire(
    store: StoreHandle, name: Data, lease: Duration, wait: Optional[Duration], owner: Data
) -> Lock:
    """Acquires a lock, as kv.Store.lock describes."""
    given, name, owner = name, as_name("name", name), as_bytes("owner", owner)
    for_ms, wait_ms = lease_ms(lease), FOR_EVER_MS if wait is None else timeout_ms(wait)
    grant, error, pending = _abi.kv_lock(), _abi.kv_error(), raised.by_poll
    where = (name, len(name), owner, len(owner))
    with waiting(store, wait_ms) as handle:
        status = functions.kv_lock_acquire(
            handle, *where, for_ms, wait_ms, byref(grant), byref(error)
        )
    lock, by_poll = Lock(store._unbound, given, grant.token, grant.version), raised.by_poll
    if by_poll is not None and by_poll is not pending:
        raised.by_poll = None
        if status == _abi.KV_OK:
            # The signal came when the lock was acquired already.
            with suppress(Error):
                lock.release()
        raise by_poll
    if status < 0:
        fail(status, error)
    if status == _abi.KV_CONFLICT:
        waited = "" if wait_ms == 0 else f", also after {wait_ms / 1000:g} s"
        raise LockHeldError(f"acquire lock {given!r}: another owner holds it{waited}")
    return lock


def holder(store: StoreHandle, name: Data) -> Optional[LockHolder]:
    """Returns the owner of a lock, or None if it is free."""
    name, owner, error = as_name("name", name), _abi.kv_value(), _abi.kv_error()
    status = functions.kv_lock_get(
        store._handle, name, len(name), byref(owner), byref(error)
    )
    if not is_found(status, error):
        return None
    expires_at_ms = owner.expires_at_ms
    return LockHolder(take_bytes(owner), expires_at_ms)


@contextmanager
def waiting(store: StoreHandle, wait_ms: int) -> Iterator[_abi.kv_store]:
    """Gives the handle for a call that waits.

    Signals are handled in the main thread alone, and in it only while Python runs. There the call
    goes through a bound handle, which runs their handlers, unless the store is bound already.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if wait_ms == 0 or not is_main or store._unbound is not store:
        yield store._handle
        return
    polled = Polled(store._handle)
    try:
        yield polled.handle
    finally:
        polled.close()
