"""Batches: lists of steps that are applied together, or not at all."""

from __future__ import annotations

from ctypes import byref
from types import TracebackType
from typing import Any, Callable, Optional

from . import _abi, arguments
from ._flat import count_steps
from .arguments import Data, as_bytes
from .batch_result import Result, Status
from .duration import DEFAULT, Ttl, ttl_ms
from .entry import take_bytes
from .errors import ConflictError, fail
from .handle import Closable, KeyHandle, StoreHandle
from .library import functions
from .lock import Lock
from .options import Durability, Expiry, expire_flags, put_options


class Batch(Closable, KeyHandle):
    """Checks, reads and writes on any keys. Each method that appends a step returns its number.

        with store.batch() as batch:
            batch.set("jobs", "7", "done")
            batch.increment("counts", "done")

    The end of the with statement commits, unless the batch was committed in it or refused; an
    exception that leaves the statement commits nothing. Both close the batch, so `result` is for
    a batch that was committed inside the statement, or without one.

    The steps are copied, and kept, so that a batch can be committed again. One thread uses it at a
    time; kv.BusyError when two meet. One that is dropped is not committed.
    """

    _end = staticmethod(functions.kv_batch_close)

    def __init__(self, store: StoreHandle) -> None:
        if not isinstance(store, StoreHandle):
            raise TypeError("store.batch() makes a batch")
        handle, error = _abi.kv_batch(), _abi.kv_error()
        status = functions.kv_batch_new(byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        super().__init__(handle, store._location)
        self._store = store
        self._steps = 0
        # Whether the steps were neither committed nor refused since the last one was appended.
        self._is_pending = False

    def __len__(self) -> int:
        return self._steps

    @property
    def _subject(self) -> str:  # type: ignore[override]
        return f"{self._steps} steps" if self._steps != 1 else "1 step"

    def check(self, group: Data, key: Data, version: int) -> int:
        """Requires that the key is at a version, where 0 means absent, for the batch to apply."""
        version = arguments.as_unsigned("version", version)
        return self._append(functions.kv_batch_check, group, key, version)

    def check_lock(self, lock: Lock) -> int:
        """Requires that a lock is still held by the owner that has acquired it, as `lock`.

        So the store itself refuses the writes of an owner whose lease has ended: the commit raises
        kv.ConflictError with the number of this step.
        """
        if not isinstance(lock, Lock):
            raise TypeError(f"lock must be a kv.Lock, not {type(lock).__name__}")
        name, error = lock._name, _abi.kv_error()
        status = functions.kv_batch_check_lock(
            self._open(), name, len(name), lock._grant, byref(error)
        )
        if status < 0:
            fail(status, error)
        return self._appended()

    def get(self, group: Data, key: Data) -> int:
        """Reads the value as the steps before it leave it."""
        return self._append(functions.kv_batch_get, group, key)

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
    ) -> int:
        """Writes a value, with the options of kv.Store.put.

        A condition is one of the whole batch, on the key as it is before it. The batch has the
        strictest durability of its writes, and at least that of its store.
        """
        value = as_bytes("value", value)
        conditions = (if_absent, if_present, if_version)
        options = put_options(ttl, expires_at, keep_ttl, *conditions, durability)
        rest = (value, len(value), byref(options))
        return self._append(functions.kv_batch_set, group, key, *rest)

    def delete(self, group: Data, key: Data) -> int:
        """Deletes a key; the result reports whether it was there."""
        return self._append(functions.kv_batch_delete, group, key)

    def take(self, group: Data, key: Data) -> int:
        """Deletes a key; the result has the value."""
        return self._append(functions.kv_batch_take, group, key)

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to an integer as kv.Store.increment does."""
        delta, ttl = arguments.as_signed("delta", delta), ttl_ms(ttl_if_created)
        return self._append(functions.kv_batch_increment, group, key, delta, ttl)

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to a value as kv.Store.append does."""
        value, ttl = as_bytes("value", value), ttl_ms(ttl_if_created)
        return self._append(functions.kv_batch_append, group, key, value, len(value), ttl)

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
    ) -> int:
        """Sets an expiry as kv.Store.expire does; flags that forbid it show in the result alone."""
        milliseconds, flags = ttl_ms(ttl), expire_flags(nx, xx, gt, lt)
        return self._append(functions.kv_batch_expire, group, key, milliseconds, flags)

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes all keys of a group that begin with a prefix."""
        return self._append(functions.kv_batch_delete_prefix, group, prefix)

    def add_flat(self, steps: bytes) -> int:
        """Appends steps in the flat form of kv.h, or none if one is malformed.

        Returns the number of the first of them.
        """
        return self._add(as_bytes("steps", steps), None)

    def _add(self, steps: bytes, count: Optional[int]) -> int:
        """Appends steps in flat form, of which `count` is the number if that is known."""
        error = _abi.kv_error()
        status = functions.kv_batch_add_flat(self._open(), steps, len(steps), byref(error))
        if status < 0:
            fail(status, error)
        first = self._steps
        self._steps += count_steps(steps) if count is None else count
        self._is_pending = self._steps > 0
        return first

    def commit(self) -> None:
        """Applies all steps, atomically, if every condition holds.

        Raises kv.ConflictError, with the step and the version of its key, if one does not; on that
        and any other error nothing is written. An empty batch is applied at once.
        """
        error = _abi.kv_error()
        status = functions.kv_batch_commit(self._store._handle, self._open(), byref(error))
        if status < 0:
            fail(status, error)
        self._is_pending = False
        if status == _abi.KV_CONFLICT:
            self._refuse()

    def result(self, step: int) -> Result:
        """Returns the outcome of a step in the last commit.

        Raises kv.InvalidArgumentError if there is no such step, or the batch was not committed
        since it was changed, or was refused.
        """
        step = arguments.as_unsigned("step", step)
        value, error = _abi.kv_value(), _abi.kv_error()
        status = functions.kv_batch_result(self._open(), step, byref(value), byref(error))
        if status < 0:
            fail(status, error)
        version = value.version
        return Result(Status(status), take_bytes(value) if value.data else None, version)

    def clear(self) -> None:
        """Removes all steps and results."""
        error = _abi.kv_error()
        status = functions.kv_batch_clear(self._open(), byref(error))
        if status < 0:
            fail(status, error)
        self._steps = 0
        self._is_pending = False

    def close(self) -> None:
        """Ends the batch; its commits stay. Closing again does nothing."""
        self._close()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None and self._is_pending and not self.is_closed:
                self.commit()
        finally:
            self.close()

    def _open(self) -> _abi.kv_batch:
        # {0} is no batch; the library reports it.
        return self._handle or _abi.kv_batch()

    def _append(self, function: Callable[..., int], group: Data, key: Data, *rest: Any) -> int:
        self._call(function, group, key, *rest)
        return self._appended()

    def _appended(self) -> int:
        """Returns the number of the step that was appended just now."""
        self._steps += 1
        self._is_pending = True
        return self._steps - 1

    def _refuse(self) -> None:
        for step in range(self._steps):
            value = _abi.kv_value()
            if functions.kv_batch_result(self._open(), step, byref(value), None) == Status.CONFLICT:
                message = f"commit: the condition of step {step} does not hold"
                raise ConflictError(message, value.version, step)
        raise ConflictError("commit: a condition does not hold")
