"""Transactions: reads and writes of one store that are committed together.

A transaction holds no lock: it remembers the versions of its reads and the ranges of its scans, and
buffers its writes. A commit after another has changed something that was read is kv.ConflictError,
and the transaction is to be made again, which kv.Store.update does.
"""

from __future__ import annotations

import random
import time
from ctypes import byref, c_int64, c_size_t
from datetime import timedelta
from types import TracebackType
from typing import Callable, Optional, TypeVar

from . import _abi, arguments
from .arguments import Data, as_bytes
from .duration import DEFAULT, Ttl, as_ttl, ttl_ms
from .entry import Entry, as_text, found_entry
from .errors import ConflictError, fail
from .handle import Owned, StoreHandle
from .library import functions
from .names import Name, as_name
from .options import Durability, Expiry, expire_flags, put_options
from .scans import Scans

T = TypeVar("T")

# The longest wait before another try; all waits of 16 tries are half a second at the very most.
LONGEST_WAIT_S = 0.032


class Transaction(Owned, Scans):
    """Reads and writes that see each other, and that no other reader sees before the commit.

        with store.transaction() as transaction:
            balance = int(transaction.get("accounts", "ada") or 0)
            transaction.set("accounts", "ada", str(balance - 5))

    The end of the with statement commits, unless the transaction was ended in it; an exception that
    leaves the statement aborts.

    Errors are those of kv.Store; kv.TooLargeError also past 1 GiB, kv.ClosedError also after the
    store was closed. One thread uses it at a time; kv.BusyError when two meet. One that is dropped
    is aborted; before that it blocks no other.
    """

    _end = staticmethod(functions.kv_txn_abort)
    _scan_function = staticmethod(functions.kv_txn_scan)

    def __init__(self, store: StoreHandle) -> None:
        if not isinstance(store, StoreHandle):
            raise TypeError("store.transaction() begins a transaction")
        handle, error = _abi.kv_txn(), _abi.kv_error()
        status = functions.kv_txn_begin(store._handle, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        super().__init__(handle, store._location)

    @property
    def is_ended(self) -> bool:
        """Whether it was committed, refused with kv.ConflictError, or aborted."""
        return self._handle is None

    def get(self, group: Data, key: Data) -> Optional[bytes]:
        """Returns the value as this transaction sees it, or None.

        That is its own write or delete, else the stored value; a later get of the key returns the
        same. Two keys may be read on either side of another's commit; then its own commit will be
        kv.ConflictError.
        """
        entry = self.get_entry(as_name("group", group), key)
        return None if entry is None else entry.value

    def get_str(self, group: Data, key: Data) -> Optional[str]:
        """Returns the value as text, or None; kv.DecodeError if it is not UTF-8."""
        return as_text(group, key, self.get(group, key))

    def get_entry(self, group: Name, key: Data) -> Optional[Entry[Name]]:
        """Returns the value with its version and expiry, or None.

        The names in it are str, or bytes if `group` is bytes. The version of a write of the
        transaction itself is 0.
        """
        in_group, name = as_name("group", group), as_name("key", key)
        value, error = _abi.kv_value(), _abi.kv_error()
        where = (self._open(), in_group, len(in_group), name, len(name))
        status = functions.kv_txn_get(*where, byref(value), byref(error))
        return found_entry(status, group, name, value, error)

    def exists(self, group: Data, key: Data) -> bool:
        """Returns whether a live entry is under a key as this transaction sees it, which counts as
        reading it."""
        return self._call(functions.kv_txn_exists, group, key) == _abi.KV_OK

    def set(
        self,
        group: Data,
        key: Data,
        value: Data,
        *,
        ttl: Ttl = DEFAULT,
        expires_at: Expiry = DEFAULT,
        keep_ttl: bool = False,
        if_absent: bool = False,
        if_present: bool = False,
        if_version: Optional[int] = None,
        durability: Durability = Durability.DEFAULT,
    ) -> None:
        """Buffers a write, as kv.Store.put makes it, until the commit, from which a ttl counts.

        A condition is checked now, on the key as this transaction sees it, and counts as reading
        it; so does keep_ttl. If it does not hold, kv.ConflictError: this write is left out, and the
        transaction goes on. The commit has the strictest durability of its writes, and at least
        that of its store.
        """
        value = as_bytes("value", value)
        conditions = (if_absent, if_present, if_version)
        options = put_options(ttl, expires_at, keep_ttl, *conditions, durability)
        rest = (value, len(value), byref(options))
        if self._call(functions.kv_txn_set, group, key, *rest) == _abi.KV_CONFLICT:
            raise ConflictError(f"set {key!r} of group {group!r}: the condition does not hold")

    def delete(self, group: Data, key: Data) -> bool:
        """Buffers a delete until the commit; returns whether there is a live entry to delete."""
        return self._call(functions.kv_txn_delete, group, key) == _abi.KV_OK

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to the integer under a key as this transaction sees it, and returns the sum.

        The sum is buffered until the commit, and it counts as reading the key. A missing key counts
        as 0 and then lives for the ttl; a live one keeps its expiry. Raises kv.NotIntegerError for
        a value that is none, or a sum beyond 64 bits; nothing is buffered then.
        """
        delta, ttl = arguments.as_signed("delta", delta), ttl_ms(ttl_if_created)
        result = c_int64()
        self._call(functions.kv_txn_increment, group, key, delta, ttl, byref(result))
        return result.value

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to the value under a key as this transaction sees it; returns the new length.

        The result is buffered until the commit, and it counts as reading the key. A missing key
        counts as empty and then lives for the ttl; a live one keeps its expiry.
        """
        value, ttl, length = as_bytes("value", value), ttl_ms(ttl_if_created), c_size_t()
        self._call(functions.kv_txn_append, group, key, value, len(value), ttl, byref(length))
        return length.value

    def ttl(self, group: Data, key: Data) -> Optional[timedelta]:
        """Returns the time a key has to live as this transaction sees it, as kv.Store.ttl does.

        It counts as reading the key. The ttl of a write of the transaction itself counts from now.
        """
        result = c_int64()
        status = self._call(functions.kv_txn_ttl, group, key, byref(result))
        return as_ttl(result.value) if status == _abi.KV_OK else None

    def expire(
        self,
        group: Data,
        key: Data,
        ttl: Ttl,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """Lets a key live for a time from the commit, and returns whether it is there.

        The flags are those of kv.Store.expire and are checked now, on the expiry as this
        transaction sees it, which counts as reading the key. If they forbid it, kv.ConflictError:
        nothing is buffered, and the transaction goes on. The value and version stay.
        """
        flags = expire_flags(nx, xx, gt, lt)
        status = self._call(functions.kv_txn_expire, group, key, ttl_ms(ttl), flags)
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"expire {key!r} of group {group!r}: its expiry forbids it")
        return status == _abi.KV_OK

    def commit(self) -> None:
        """Applies all writes atomically if all that was read is unchanged, and ends it.

        If it is not, kv.ConflictError: nothing is written, and the transaction has ended as well.
        After any other error nothing is written and it goes on: commit it again, or abort it. A
        commit without writes confirms that all that was read was there at one moment.
        """
        if not self._is_committed():
            raise ConflictError("commit: something that this transaction has read has changed")

    def abort(self) -> None:
        """Ends it without its writes. Aborting one that has ended does nothing."""
        self._close()

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None and not self.is_ended:
                self.commit()
        finally:
            self.abort()

    def _is_committed(self) -> bool:
        error = _abi.kv_error()
        status = functions.kv_txn_commit(self._open(), byref(error))
        if status < 0:
            fail(status, error)
        self._handle = None
        return status == _abi.KV_OK

    def _open(self) -> _abi.kv_txn:
        # {0} is no transaction; the library reports it.
        return self._handle or _abi.kv_txn()


def wait_before(number: int) -> float:
    """Returns how many seconds to wait before a try; the number of the first is 0."""
    longest = min(0.001 * 2.0 ** min(number, 10), LONGEST_WAIT_S)
    return random.random() * longest


def update(store: StoreHandle, change: Callable[[Transaction], T], tries: int) -> T:
    """Commits the transaction that a function makes, as kv.Store.update describes."""
    tries = arguments.as_number("tries", tries, 1, 2**31 - 1)
    for number in range(tries):
        if number > 0:
            time.sleep(wait_before(number))
        transaction = Transaction(store)
        try:
            result = change(transaction)
            if transaction.is_ended or transaction._is_committed():
                return result
        finally:
            transaction.abort()
    raise ConflictError(f"update: others were first, {tries} times of {tries}")
