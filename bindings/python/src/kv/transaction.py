"""Transactions: reads and writes of one store that are committed together.

A transaction holds no lock: it remembers what it reads and keeps what it writes to itself. When it
commits and something it has read is no longer so, somebody else was first; that is kv.Conflict, and
the whole is done again. `update` does that.
"""

from __future__ import annotations

import random
import time
from ctypes import byref
from types import TracebackType
from typing import Callable, Optional, TypeVar

from . import abi, arguments
from .arguments import DEFAULT, Data, Expiry, Ttl, as_bytes
from .entry import Entry
from .errors import Conflict, fail
from .handle import Handle, StoreHandle
from .library import functions
from .one import as_text, found_entry, is_found

T = TypeVar("T")

# The longest wait before another try; all waits of 16 tries are half a second at the very most.
LONGEST_WAIT_S = 0.032


class Transaction(Handle):
    """Reads and writes that see each other, and that nobody else sees before the commit.

        with store.transaction() as transaction:
            balance = int(transaction.get("accounts", "ada") or 0)
            transaction.set("accounts", "ada", str(balance - 5))

    The end of the with statement commits, an exception that leaves it aborts. Errors are those of
    kv.one, kv.TooLarge also past 1 GiB, kv.Closed after the store was closed, and kv.InvalidHandle
    once it has ended. One thread uses it at a time; kv.Busy when two meet. One that is dropped is
    aborted, and keeps nobody waiting before that.
    """

    _handle: Optional[abi.kv_txn] = None

    def __init__(self, store: StoreHandle) -> None:
        handle, error = abi.kv_txn(), abi.kv_error()
        status = functions.kv_txn_begin(store._handle, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        self._handle = handle

    @property
    def is_ended(self) -> bool:
        """Whether it was committed, refused with kv.Conflict, or aborted."""
        return self._handle is None

    def get(self, group: Data, key: Data) -> Optional[bytes]:
        """Returns the value as this transaction sees it, or None.

        That is what it has written or deleted itself, else what is stored; asked again, what it was
        told before. Two keys may be read on either side of somebody's commit; then its own commit
        will be kv.Conflict.
        """
        entry = self.get_entry(group, key)
        return None if entry is None else entry.value

    def get_str(self, group: Data, key: Data) -> Optional[str]:
        """Returns the value as text, or None; kv.DecodeError if it is not UTF-8."""
        return as_text(group, key, self.get(group, key))

    def get_entry(self, group: Data, key: Data) -> Optional[Entry]:
        """Returns the value with its version and expiry, or None.

        The version of what the transaction has written itself is 0.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        value, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_txn_get(
            self._open(), group, len(group), key, len(key), byref(value), byref(error)
        )
        return found_entry(status, group, key, value, error)

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
    ) -> None:
        """Keeps a write for the commit; a ttl counts from there.

        A condition is looked at now, in the key as this transaction sees it, and counts as reading
        it; so does keep_ttl. If it does not hold, kv.Conflict: this write is left out, and the
        transaction goes on.
        """
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        options = arguments.put_options(
            ttl, expires_at, keep_ttl, if_absent, if_present, if_version
        )
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key), value, len(value))
        status = functions.kv_txn_set(*where, byref(options), byref(error))
        if status == abi.KV_CONFLICT:
            raise Conflict(f"set {key!r} of group {group!r}: the condition does not hold")
        if status < 0:
            fail(status, error)

    def delete(self, group: Data, key: Data) -> bool:
        """Keeps a delete for the commit, and answers whether there is a live entry to delete."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        status = functions.kv_txn_delete(
            self._open(), group, len(group), key, len(key), byref(error)
        )
        return is_found(status, error)

    def commit(self) -> None:
        """Applies all writes atomically if all that was read is still so, and ends it.

        If it is not, kv.Conflict: nothing is written, and the transaction has ended as well. After
        any other error nothing is written and it goes on: commit it again, or abort it. Without
        writes it tells whether all that was read was there at one moment.
        """
        if not self._is_committed():
            raise Conflict("commit: something that this transaction has read has changed")

    def abort(self) -> None:
        """Ends it and forgets what it has written. Aborting what has ended does nothing."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_txn_abort(handle, byref(error))
        if status == abi.KV_ERR_BUSY:
            self._handle = handle
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            # Whoever has ended it inside of the statement has decided already.
            if kind is None and not self.is_ended:
                self.commit()
        finally:
            self.abort()

    def __del__(self) -> None:
        if self._handle is not None:
            # Nobody is left to hear of an error.
            functions.kv_txn_abort(self._handle, None)

    def _is_committed(self) -> bool:
        error = abi.kv_error()
        status = functions.kv_txn_commit(self._open(), byref(error))
        if status < 0:
            fail(status, error)
        self._handle = None
        return status == abi.KV_OK

    def _open(self) -> abi.kv_txn:
        # {0} is no transaction, which the library says in its own words.
        return self._handle or abi.kv_txn()


class Transactions(StoreHandle):
    """The operations of a store that begin transactions."""

    def transaction(self) -> Transaction:
        """Begins a transaction; kv.OutOfMemory when 65,536 are open."""
        return Transaction(self)

    def update(self, change: Callable[[Transaction], T], tries: int = 16) -> T:
        """Calls `change` with a transaction, commits it, and returns what it has returned.

        If somebody else was first, it is called again with a fresh transaction, after a short and
        random wait, at most `tries` times in all; then kv.Conflict. So it must do nothing that may
        not be done twice. What it raises aborts and is raised from here, a kv.Conflict of its own
        too; if it aborts the transaction itself, nothing is written.
        """
        tries = arguments.as_number("tries", tries, 1, 2**31 - 1)
        for number in range(tries):
            if number > 0:
                time.sleep(random.random() * min(0.001 * 2 ** min(number, 10), LONGEST_WAIT_S))
            transaction = Transaction(self)
            try:
                result = change(transaction)
                if transaction.is_ended or transaction._is_committed():
                    return result
            finally:
                transaction.abort()
        raise Conflict(f"update: others were first, {tries} times of {tries}")
