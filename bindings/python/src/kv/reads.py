"""Reads of one key that return more or less than its value."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Optional, Union

from . import _abi
from .arguments import Data
from .entry import Entry, EntryInfo, expiry_of, found_entry
from .errors import TooSmallError
from .handle import StoreHandle
from .library import functions
from .names import Name, as_name


def entry(store: StoreHandle, group: Name, key: Data) -> Optional[Entry[Name]]:
    in_group, name = as_name("group", group), as_name("key", key)
    value, error = _abi.kv_value(), _abi.kv_error()
    where = (store._handle, in_group, len(in_group), name, len(name))
    status = functions.kv_get(*where, byref(value), byref(error))
    return found_entry(status, group, name, value, error)


def info(store: StoreHandle, group: Data, key: Data) -> Optional[EntryInfo]:
    # The library pins nothing, so there is nothing to free.
    found = _abi.kv_value()
    if store._call(functions.kv_get_info, group, key, byref(found)) != _abi.KV_OK:
        return None
    return EntryInfo(found.value_size, found.version, expiry_of(found.expires_at_ms))


def into(
    store: StoreHandle, group: Data, key: Data, buffer: Union[bytearray, memoryview]
) -> Optional[int]:
    room = memoryview(buffer).cast("B")
    target = (ctypes.c_char * len(room)).from_buffer(room)
    length = ctypes.c_size_t()
    rest = (target, len(room), byref(length))
    status = store._call(functions.kv_get_into, group, key, *rest)
    if status == _abi.KV_TOO_SMALL:
        lengths = f"{length.value} bytes do not fit into {len(room)}"
        raise TooSmallError(f"get {key!r} of group {group!r}: {lengths}", length.value)
    return length.value if status == _abi.KV_OK else None
