"""Many keys: counts, deletes, and atomic reads and writes of lists."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from ctypes import byref
from typing import Any, Callable, Union

from . import _abi
from ._flat import Step, decode_entries, encode_key, encode_steps
from .arguments import Data, as_bytes
from .batch import Batch
from .cursor import SMALLEST_BYTES, Cursor
from .duration import Ttl, ttl_ms
from .entry import Entry
from .errors import fail
from .handle import StoreHandle
from .library import functions


def groups(store: StoreHandle, prefix: Data) -> Cursor[bytes]:
    """Begins a scan over the names of groups."""
    prefix = as_bytes("prefix", prefix)
    handle, error = _abi.kv_cursor(), _abi.kv_error()
    status = functions.kv_groups(store._handle, prefix, len(prefix), byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Cursor(handle, store._location, group_of)


def group_of(entry: Entry) -> bytes:
    return entry.group


def number(store: StoreHandle, function: Callable[..., int], *names: bytes) -> int:
    """Returns the number that a function states about names."""
    found, error = ctypes.c_uint64(), _abi.kv_error()
    place = [part for name in names for part in (name, len(name))]
    status = function(store._handle, *place, byref(found), byref(error))
    if status < 0:
        fail(status, error)
    return found.value


def get_many(store: StoreHandle, group: Data, keys: Iterable[Data]) -> dict[bytes, bytes]:
    group = as_bytes("group", group)
    wanted = b"".join([encode_key(group, as_bytes("key", key)) for key in keys])
    return {entry.key: entry.value for entry in decode_entries(flat_entries(store, wanted))}


def flat_entries(store: StoreHandle, keys: bytes) -> bytes:
    """Returns the entries under keys in flat form, in the same form."""
    capacity = SMALLEST_BYTES
    while True:
        buffer = ctypes.create_string_buffer(capacity)
        used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), _abi.kv_error()
        where = (store._handle, keys, len(keys), buffer, capacity)
        status = functions.kv_get_many(*where, byref(used), byref(count), byref(error))
        if status == _abi.KV_OK:
            return bytes(memoryview(buffer)[: used.value])
        if status != _abi.KV_TOO_SMALL:
            fail(status, error)
        # Values may have grown again before the next call.
        capacity = used.value


def set_many(
    store: StoreHandle,
    group: Data,
    entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
    ttl: Ttl,
) -> None:
    group = as_bytes("group", group)
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    written = [(as_bytes("key", key), as_bytes("value", value)) for key, value in pairs]
    expiry, time_ms = _abi.KV_EXPIRY_AFTER, ttl_ms(ttl)
    steps = encode_steps(Step.SET, group, written, expiry=expiry, time_ms=time_ms)
    commit(store, steps, len(written)).close()


def delete_many(store: StoreHandle, group: Data, keys: Iterable[Data]) -> list[bytes]:
    group = as_bytes("group", group)
    names = [as_bytes("key", key) for key in keys]
    steps = encode_steps(Step.DELETE, group, [(name, b"") for name in names])
    with commit(store, steps, len(names)) as batch:
        return [name for index, name in enumerate(names) if batch.result(index).is_found]


def commit(store: StoreHandle, steps: bytes, count: int) -> Batch:
    """Returns a batch of `count` steps in flat form that was committed."""
    batch = Batch(store)
    batch._add(steps, count)
    batch.commit()
    return batch
