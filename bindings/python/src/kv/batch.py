"""Batches: lists of steps that are applied all at once, or not at all."""

from __future__ import annotations

from ctypes import byref
from types import TracebackType
from typing import NamedTuple, Optional

from . import abi, arguments
from .arguments import DEFAULT, Data, Expiry, Ttl, as_bytes
from .entry import take_bytes
from .errors import Conflict, fail
from .flat import count_steps
from .handle import Handle, StoreHandle
from .library import functions


class Result(NamedTuple):
    """What became of a step."""

    #: KV_OK, KV_NOT_FOUND, or KV_CONFLICT for an expire that its flags did not allow.
    status: int
    #: The value of a get or take, or None if there was none. A number as text: the sum of an
    #: increment, the length after an append, how many entries delete_prefix removed.
    value: Optional[bytes]
    #: The version read or written, else 0.
    version: int

    @property
    def is_found(self) -> bool:
        """Whether the key was there; true of steps that need none."""
        return self.status == abi.KV_OK



class Batch(Handle):
    """Checks, reads and writes on any keys. Each method that appends a step returns its number.

    The steps are copied, and kept, so that a batch can be committed again. One thread uses it at a
    time; kv.Busy when two meet. A with statement closes it at its end; it does not commit.
    """

    _handle: Optional[abi.kv_batch] = None

    def __init__(self, store: StoreHandle) -> None:
        handle, error = abi.kv_batch(), abi.kv_error()
        status = functions.kv_batch_new(byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        self._handle = handle
        self._store = store
        self._steps = 0

    def __len__(self) -> int:
        return self._steps

    def check(self, group: Data, key: Data, version: int) -> int:
        """The batch is applied only if the key is at this version; 0 means absent."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        version, error = arguments.as_unsigned("version", version), abi.kv_error()
        where = (self._open(), group, len(group), key, len(key))
        return self._appended(functions.kv_batch_check(*where, version, byref(error)), error)

    def get(self, group: Data, key: Data) -> int:
        """Reads the value as the steps before it leave it."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key))
        return self._appended(functions.kv_batch_get(*where, byref(error)), error)

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
    ) -> int:
        """Writes a value. A condition is one of the whole batch, on the key as it is before it."""
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        options = arguments.put_options(
            ttl, expires_at, keep_ttl, if_absent, if_present, if_version
        )
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key), value, len(value))
        return self._appended(
            functions.kv_batch_set(*where, byref(options), byref(error)), error
        )

    def delete(self, group: Data, key: Data) -> int:
        """Deletes a key; its result tells whether it was there."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key))
        return self._appended(functions.kv_batch_delete(*where, byref(error)), error)

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to an integer as kv.Store.increment does."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        delta, ttl = arguments.as_signed("delta", delta), arguments.ttl_ms(ttl_if_created)
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key), delta, ttl)
        return self._appended(functions.kv_batch_increment(*where, byref(error)), error)

    def take(self, group: Data, key: Data) -> int:
        """Deletes a key; its result has the value."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        where = (self._open(), group, len(group), key, len(key))
        return self._appended(functions.kv_batch_take(*where, byref(error)), error)

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to a value as kv.Store.append does."""
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        ttl, error = arguments.ttl_ms(ttl_if_created), abi.kv_error()
        where = (self._open(), group, len(group), key, len(key), value, len(value))
        return self._appended(functions.kv_batch_append(*where, ttl, byref(error)), error)

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
        """Sets an expiry as kv.Store.expire does; flags that forbid it show in its result alone."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        flags, error = arguments.expire_flags(nx, xx, gt, lt), abi.kv_error()
        where = (self._open(), group, len(group), key, len(key), arguments.ttl_ms(ttl), flags)
        return self._appended(functions.kv_batch_expire(*where, byref(error)), error)

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes all keys of a group that begin with a prefix."""
        group, prefix = as_bytes("group", group), as_bytes("prefix", prefix)
        error = abi.kv_error()
        where = (self._open(), group, len(group), prefix, len(prefix))
        return self._appended(functions.kv_batch_delete_prefix(*where, byref(error)), error)

    def add_flat(self, steps: bytes) -> int:
        """Appends steps in the flat form of kv.h, see kv.flat, or none if one is malformed.

        Returns the number of the first of them.
        """
        steps, error = as_bytes("steps", steps), abi.kv_error()
        status = functions.kv_batch_add_flat(self._open(), steps, len(steps), byref(error))
        if status < 0:
            fail(status, error)
        first = self._steps
        self._steps += count_steps(steps)
        return first

    def commit(self) -> None:
        """Applies all steps, atomically, if every condition holds.

        Raises kv.Conflict, with the step and the version its key is at, if one does not; on that
        and any other error nothing is written. An empty batch is applied at once.
        """
        error = abi.kv_error()
        status = functions.kv_batch_commit(self._store._handle, self._open(), byref(error))
        if status == abi.KV_CONFLICT:
            self._refuse()
        if status < 0:
            fail(status, error)

    def result(self, step: int) -> Result:
        """Returns what became of a step in the last commit.

        Raises kv.InvalidArgument if there is no such step, or the batch was not committed since it
        was changed, or was refused.
        """
        step = arguments.as_unsigned("step", step)
        value, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_batch_result(self._open(), step, byref(value), byref(error))
        if status < 0:
            fail(status, error)
        version = value.version
        return Result(status, take_bytes(value) if value.data else None, version)

    def clear(self) -> None:
        """Removes all steps and results."""
        error = abi.kv_error()
        status = functions.kv_batch_clear(self._open(), byref(error))
        if status < 0:
            fail(status, error)
        self._steps = 0

    def close(self) -> None:
        """Ends the batch; what it has committed stays. Closing again does nothing."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_batch_close(handle, byref(error))
        if status == abi.KV_ERR_BUSY:
            self._handle = handle
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if self._handle is not None:
            # Nobody is left to hear of an error.
            functions.kv_batch_close(self._handle, None)

    def _open(self) -> abi.kv_batch:
        # {0} is no batch, which the library says in its own words.
        return self._handle or abi.kv_batch()

    def _appended(self, status: int, error: abi.kv_error) -> int:
        if status < 0:
            fail(status, error)
        self._steps += 1
        return self._steps - 1

    def _refuse(self) -> None:
        for step in range(self._steps):
            value = abi.kv_value()
            if functions.kv_batch_result(self._open(), step, byref(value), None) == abi.KV_CONFLICT:
                message = f"commit: the condition of step {step} does not hold"
                raise Conflict(message, value.version, step)
        raise Conflict("commit: a condition does not hold")
