"""Operations that must not run twice, such as a payment under a key that its client chose.

    begun = store.idempotency.begin(key, request, timedelta(days=1))
    if begun.state is kv.IdempotencyState.STARTED:
        response = pay()
        store.idempotency.complete(key, begun.token, response)
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from enum import IntEnum
from typing import NamedTuple, Optional

from . import _abi, arguments
from .arguments import Data, as_bytes
from .duration import Ttl, ttl_ms
from .entry import take_bytes
from .errors import ConflictError, fail
from .handle import Part
from .library import functions
from .names import as_name


class IdempotencyState(IntEnum):
    """The states of an operation, by their numbers in kv.h."""

    #: This caller runs it, and completes it with the token.
    STARTED = _abi.KV_IDEMPOTENCY_STARTED
    #: Another caller runs it; ask again later.
    IN_PROGRESS = _abi.KV_IDEMPOTENCY_IN_PROGRESS
    #: It was run; the record has its response.
    COMPLETED = _abi.KV_IDEMPOTENCY_COMPLETED
    #: The key is in use for another request.
    MISMATCH = _abi.KV_IDEMPOTENCY_MISMATCH


class IdempotencyRecord(NamedTuple):
    """The record of an operation."""

    state: IdempotencyState
    #: The right to complete it, for the caller that starts it; 0 for every other.
    token: int
    #: The response, of a completed one.
    response: Optional[bytes]


class Idempotency(Part):
    """The idempotency records of a store.

    They are the entries of the group "kv.idempotency", which only these methods should write; for
    any other entry there they raise kv.CorruptError.
    """

    def begin(self, key: Data, request: Data, ttl: Ttl) -> IdempotencyRecord:
        """Begins an operation. Of any number of callers, in all processes, one gets STARTED.

        `request` identifies the operation, usually by a hash, in at most 1,024 bytes; the same key
        with another request is MISMATCH. The record is kept for the ttl, completed or not. After
        that another caller may start, and the first can no longer complete, so the ttl must be
        longer than the operation can take.
        """
        key, request = as_name("key", key), as_bytes("request", request)
        state, token = ctypes.c_int32(), ctypes.c_uint64()
        response, error = _abi.kv_value(), _abi.kv_error()
        status = functions.kv_idempotency_begin(
            self._handle,
            key,
            len(key),
            request,
            len(request),
            ttl_ms(ttl),
            byref(state),
            byref(token),
            byref(response),
            byref(error),
        )
        if status < 0:
            fail(status, error)
        return record(state, token.value, response)

    def complete(self, key: Data, token: int, response: Data) -> None:
        """Stores the response of an operation that this caller has started.

        From then on others get it; the record keeps its expiry. Raises kv.ConflictError if the
        record is not in progress under this token: it is completed, or another has taken over, or,
        then with version 0, it has expired or was forgotten. Nothing is written then.
        """
        key, response = as_name("key", key), as_bytes("response", response)
        token, error = arguments.as_unsigned("token", token), _abi.kv_error()
        where = (self._handle, key, len(key), token, response, len(response))
        status = functions.kv_idempotency_complete(*where, byref(error))
        if status < 0:
            fail(status, error)
        if status == _abi.KV_NOT_FOUND:
            raise ConflictError(f"complete {key!r}: the record has expired or was forgotten", 0)
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"complete {key!r}: it is not in progress under this token")

    def get(self, key: Data) -> Optional[IdempotencyRecord]:
        """Returns a record, IN_PROGRESS or COMPLETED; None if there is none or it has expired."""
        key, error = as_name("key", key), _abi.kv_error()
        state, response = ctypes.c_int32(), _abi.kv_value()
        status = functions.kv_idempotency_get(
            self._handle, key, len(key), byref(state), byref(response), byref(error)
        )
        if status < 0:
            fail(status, error)
        return None if status == _abi.KV_NOT_FOUND else record(state, 0, response)

    def forget(self, key: Data, token: int = 0) -> bool:
        """Removes a record, so that the operation can start again; returns whether there was one.

        With the token of the caller that started it, only if it is still in progress under it, else
        kv.ConflictError: so a caller abandons an operation that has failed. With 0 whatever its
        state; another can then start while the first still runs.
        """
        key, error = as_name("key", key), _abi.kv_error()
        token = arguments.as_unsigned("token", token)
        status = functions.kv_idempotency_forget(
            self._handle, key, len(key), token, byref(error)
        )
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"forget {key!r}: it is not in progress under this token")
        if status < 0:
            fail(status, error)
        return status == _abi.KV_OK


def record(state: ctypes.c_int32, token: int, response: _abi.kv_value) -> IdempotencyRecord:
    stored = take_bytes(response) if response.data else None
    return IdempotencyRecord(IdempotencyState(state.value), token, stored)
