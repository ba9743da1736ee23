"""Many keys: counts, deletes, and atomic reads and writes of lists."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from ctypes import byref
from typing import Any, Callable, Union

from . import _abi
from ._flat import Step, decode_values, encode_key, encode_steps
from .arguments import Data, as_bytes
from .batch import Batch
from .cursor import SMALLEST_BYTES, Cursor
from .duration import Ttl, ttl_ms
from .entry import Entry
from .errors import fail
from .handle import StoreHandle
from .library import functions
from .names import Name, as_given, as_keys, as_name, as_pairs, namer


def groups(store: StoreHandle, prefix: Data) -> Cursor[Any]:
    """Begins a scan over the names of groups."""
    named, subject = namer(prefix), f"groups that begin with {prefix!r}" if prefix else "groups"
    prefix = as_name("prefix", prefix)
    handle, error = _abi.kv_cursor(), _abi.kv_error()
    status = functions.kv_groups(store._handle, prefix, len(prefix), byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Cursor(handle, store._location, group_of, named, subject)


def group_of(entry: Entry[Name]) -> Name:
    return entry.group


def number(store: StoreHandle, function: Callable[..., int], *names: bytes) -> int:
    """Returns the number that a function states about names."""
    found, error = ctypes.c_uint64(), _abi.kv_error()
    place = [part for name in names for part in (name, len(name))]
    status = function(store._handle, *place, byref(found), byref(error))
    if status < 0:
        fail(status, error)
    return found.value


def get_many(store: StoreHandle, group: Data, keys: Iterable[Data]) -> dict[Any, bytes]:
    group, given = as_name("group", group), as_keys("keys", keys)
    wanted = b"".join([encode_key(group, as_name("key", key)) for key in given])
    values = decode_values(flat_entries(store, wanted))
    # The values are in the order of the keys, so each of them finds the object that was passed.
    return {as_given(key): value for key, value in zip(given, values) if value is not None}


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
    group = as_name("group", group)
    pairs = as_pairs(entries)
    written = [(as_name("key", key), as_bytes("value", value)) for key, value in pairs]
    expiry, time_ms = _abi.KV_EXPIRY_AFTER, ttl_ms(ttl)
    steps = encode_steps(Step.SET, group, written, expiry=expiry, time_ms=time_ms)
    commit(store, steps, len(written)).close()


def delete_many(store: StoreHandle, group: Data, keys: Iterable[Data]) -> list[Any]:
    group, given = as_name("group", group), as_keys("keys", keys)
    names = [as_name("key", key) for key in given]
    steps = encode_steps(Step.DELETE, group, [(name, b"") for name in names])
    with commit(store, steps, len(names)) as batch:
        return [as_given(key) for index, key in enumerate(given) if batch.result(index).is_found]


def commit(store: StoreHandle, steps: bytes, count: int) -> Batch:
    """Returns a batch of `count` steps in flat form that was committed."""
    batch = Batch(store)
    batch._add(steps, count)
    batch.commit()
    return batch
