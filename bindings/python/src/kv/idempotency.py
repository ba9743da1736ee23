"""Operations that must not run twice, such as a payment under the key that its client made up.

    begun = store.idempotency_begin(key, request, timedelta(days=1))
    if begun.state is kv.IdempotencyState.STARTED:
        response = pay()
        store.idempotency_complete(key, begun.token, response)

The records are the entries of the group "kv.idempotency"; leave them to these methods. Errors are
those of kv.one, and kv.Corrupt if somebody has written something else into that group.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from enum import IntEnum
from typing import NamedTuple, Optional

from . import abi, arguments
from .arguments import Data, Ttl, as_bytes
from .entry import take_bytes
from .errors import Conflict, fail
from .handle import StoreHandle
from .library import functions


class IdempotencyState(IntEnum):
    """Where an operation stands, by the numbers of kv.h."""

    #: It is this caller's to run, and to complete with the token.
    STARTED = abi.KV_IDEMPOTENCY_STARTED
    #: Somebody else is running it; ask again later.
    IN_PROGRESS = abi.KV_IDEMPOTENCY_IN_PROGRESS
    #: It was run; its response is given.
    COMPLETED = abi.KV_IDEMPOTENCY_COMPLETED
    #: The key is in use for another request.
    MISMATCH = abi.KV_IDEMPOTENCY_MISMATCH


class IdempotencyRecord(NamedTuple):
    """What a caller is told of an operation."""

    state: IdempotencyState
    #: The right of the caller who starts to complete it; 0 for everybody else.
    token: int
    #: The response, of a completed one.
    response: Optional[bytes]


class Idempotency(StoreHandle):
    """The operations of a store that make others run once."""

    def idempotency_begin(self, key: Data, request: Data, ttl: Ttl) -> IdempotencyRecord:
        """Tells the caller what to do. Of any number, in all processes, one is told STARTED.

        `request` identifies what is asked for, usually a hash, at most 1,024 bytes; the same key
        with another is MISMATCH. The record is kept for the ttl, completed or not, kv.NEVER for
        ever; after that another may start, and the first can no longer complete. So the ttl must be
        longer than the operation can take.
        """
        key, request = as_bytes("key", key), as_bytes("request", request)
        state, token = ctypes.c_int32(), ctypes.c_uint64()
        response, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_idempotency_begin(
            self._handle,
            key,
            len(key),
            request,
            len(request),
            arguments.ttl_ms(ttl),
            byref(state),
            byref(token),
            byref(response),
            byref(error),
        )
        if status < 0:
            fail(status, error)
        return record(state, token.value, response)

    def idempotency_complete(self, key: Data, token: int, response: Data) -> None:
        """Stores the response of an operation that this caller has started.

        From then on others are given it; the record keeps its expiry. Raises kv.Conflict if the
        record is not in progress under this token: it is completed, or another has taken over, or,
        then with version 0, it has expired or was forgotten. Nothing is written then.
        """
        key, response = as_bytes("key", key), as_bytes("response", response)
        token, error = arguments.as_unsigned("token", token), abi.kv_error()
        where = (self._handle, key, len(key), token, response, len(response))
        status = functions.kv_idempotency_complete(*where, byref(error))
        if status < 0:
            fail(status, error)
        if status == abi.KV_NOT_FOUND:
            raise Conflict(f"complete {key!r}: the record has expired or was forgotten", 0)
        if status == abi.KV_CONFLICT:
            raise Conflict(f"complete {key!r}: it is not in progress under this token")

    def idempotency_get(self, key: Data) -> Optional[IdempotencyRecord]:
        """Returns a record, IN_PROGRESS or COMPLETED; None if there is none or it has expired."""
        key, error = as_bytes("key", key), abi.kv_error()
        state, response = ctypes.c_int32(), abi.kv_value()
        status = functions.kv_idempotency_get(
            self._handle, key, len(key), byref(state), byref(response), byref(error)
        )
        if status < 0:
            fail(status, error)
        return None if status == abi.KV_NOT_FOUND else record(state, 0, response)

    def idempotency_forget(self, key: Data, token: int = 0) -> bool:
        """Removes a record, so that the operation can start anew; answers whether there was one.

        With the token of the caller who started it, only if it is still in progress under it, else
        kv.Conflict: so an operation that has failed is given up. With 0 whatever its state; another
        can then start while the first still runs.
        """
        key, error = as_bytes("key", key), abi.kv_error()
        token = arguments.as_unsigned("token", token)
        status = functions.kv_idempotency_forget(
            self._handle, key, len(key), token, byref(error)
        )
        if status == abi.KV_CONFLICT:
            raise Conflict(f"forget {key!r}: it is not in progress under this token")
        if status < 0:
            fail(status, error)
        return status == abi.KV_OK


def record(state: ctypes.c_int32, token: int, response: abi.kv_value) -> IdempotencyRecord:
    given = take_bytes(response) if response.data else None
    return IdempotencyRecord(IdempotencyState(state.value), token, given)
