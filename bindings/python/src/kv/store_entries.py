"""The calls of a store on one key."""

from __future__ import annotations

import ctypes
from ctypes import byref
from datetime import timedelta
from typing import Optional, Union

from . import _abi, reads
from .arguments import Data, as_bytes, as_signed, as_unsigned
from .duration import DEFAULT, Ttl, as_ttl, ttl_ms
from .entry import Entry, EntryInfo, as_text, take_bytes
from .errors import ConflictError, fail
from .frame import (
    FRAME_CAPACITY,
    LENGTH,
    LENGTHS,
    Frame,
    prepared_get_into,
    return_frame,
    take_frame,
)
from .handle import StoreHandle
from .library import functions
from .names import Name, as_name
from .options import Durability, Expiry, expire_flags, put_options


class EntryCalls(StoreHandle):
    """The calls of a store on one key: reads, writes, deletes, expiry."""

    def get(self, group: Data, key: Data) -> Optional[bytes]:
        """Returns the value, or None if the key is absent or expired."""
        if type(group) is not bytes:
            group = as_name("group", group)
        if type(key) is not bytes:
            key = as_name("key", key)
        try:
            frame = take_frame()
        except IndexError:
            frame = Frame()
        buffer, length, group_len, key_len = frame.buffer, frame.length, len(group), len(key)
        status = prepared_get_into(
            self._handle,
            group,
            LENGTHS[group_len] if group_len < 256 else LENGTH(group_len),
            key,
            LENGTHS[key_len] if key_len < 256 else LENGTH(key_len),
            frame.buffer_at,
            FRAME_CAPACITY,
            frame.length_at,
            frame.error_at,
        )
        if status == 0:
            value: bytes = buffer[: length.value]
            return_frame(frame)
            return value
        if status == _abi.KV_TOO_SMALL:
            return_frame(frame)
            entry = self.get_entry(group, key)
            return None if entry is None else entry.value
        if status < 0:
            fail(status, frame.error)
        return_frame(frame)
        return None

    def get_str(self, group: Data, key: Data) -> Optional[str]:
        """Returns the value as text, or None; kv.DecodeError if it is not UTF-8."""
        return as_text(group, key, self.get(group, key))

    def get_entry(self, group: Name, key: Data) -> Optional[Entry[Name]]:
        """Returns the value with its version and expiry, or None.

        The names in it are str, or bytes if `group` is bytes.
        """
        return reads.entry(self, group, key)

    def info(self, group: Data, key: Data) -> Optional[EntryInfo]:
        """Returns the size of the value, the version and expiry, without the value, or None."""
        return reads.info(self, group, key)

    def get_into(
        self, group: Data, key: Data, buffer: Union[bytearray, memoryview]
    ) -> Optional[int]:
        """Copies the value into a buffer of the caller's and returns its length, or None.

        Raises kv.TooSmallError, with the length needed, if the value is longer; nothing is copied
        then. The buffer must be writable and in one piece.
        """
        return reads.into(self, group, key, buffer)

    def exists(self, group: Data, key: Data) -> bool:
        """Returns whether a live entry is under a key."""
        return self._call(functions.kv_exists, group, key) == _abi.KV_OK

    def set(self, group: Data, key: Data, value: Data, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time.

        An earlier expiry is replaced, or cleared. A negative ttl is kv.InvalidArgumentError.
        """
        value = as_bytes("value", value)
        if ttl is DEFAULT:
            self._call(functions.kv_set, group, key, value, len(value))
        else:
            self._call(functions.kv_set_ttl, group, key, value, len(value), ttl_ms(ttl))

    def put(
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
        """Writes a value if a condition holds, and returns the version written.

        At most one expiry: a ttl; a moment, where None is never, as in kv.Entry; or the present
        one. At most one condition: absent, present, or at a version, where 0 means absent. Raises
        kv.ConflictError, with the version of the key, if it does not hold; nothing is written then.
        `durability` is that of this write; on a Redis kv.Durability.FULL is kv.UnsupportedError.
        """
        value = as_bytes("value", value)
        conditions = (if_absent, if_present, if_version)
        options = put_options(ttl, expires_at, keep_ttl, *conditions, durability)
        version = ctypes.c_uint64()
        rest = (value, len(value), byref(options), byref(version))
        if self._call(functions.kv_put, group, key, *rest) == _abi.KV_CONFLICT:
            found = version.value
            raise ConflictError(f"put {key!r} of group {group!r}: it is at version {found}", found)
        return version.value

    def delete(self, group: Data, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""
        return self._call(functions.kv_delete, group, key) == _abi.KV_OK

    def delete_version(self, group: Data, key: Data, version: int) -> bool:
        """Deletes a key that is at a version, and returns whether a live entry was there.

        Raises kv.ConflictError if it is at another version; version 0 is kv.InvalidArgumentError.
        """
        version = as_unsigned("version", version)
        status = self._call(functions.kv_delete_version, group, key, version)
        if status == _abi.KV_CONFLICT:
            message = f"delete {key!r} of group {group!r}: it is not at version {version}"
            raise ConflictError(message)
        return status == _abi.KV_OK

    def take(self, group: Data, key: Data) -> Optional[bytes]:
        """Deletes a key and returns the value it had, or None.

        Of any number of callers, in any number of processes, exactly one gets it.
        """
        value = _abi.kv_value()
        status = self._call(functions.kv_take, group, key, byref(value))
        return take_bytes(value) if status == _abi.KV_OK else None

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to the integer under a key and returns the sum.

        A missing key counts as 0 and then lives for the ttl; a live one keeps its expiry. Raises
        kv.NotIntegerError for a value that is none, or a sum beyond 64 bits.
        """
        delta, ttl, result = as_signed("delta", delta), ttl_ms(ttl_if_created), ctypes.c_int64()
        self._call(functions.kv_increment, group, key, delta, ttl, byref(result))
        return result.value

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to the value under a key and returns the new length.

        A missing key counts as empty and then lives for the ttl; a live one keeps its expiry.
        """
        value, ttl, length = as_bytes("value", value), ttl_ms(ttl_if_created), ctypes.c_size_t()
        self._call(functions.kv_append, group, key, value, len(value), ttl, byref(length))
        return length.value

    def ttl(self, group: Data, key: Data) -> Optional[timedelta]:
        """Returns the time a key has to live, kv.NEVER if it has no end, None if it is absent."""
        result = ctypes.c_int64()
        status = self._call(functions.kv_ttl, group, key, byref(result))
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
        """Lets a key live for a time from now, and returns whether it is there.

        Only if it has no expiry (nx), has one (xx), or the new one is later (gt) or earlier (lt),
        where none is the latest; kv.ConflictError if not. The value and version stay.
        """
        flags = expire_flags(nx, xx, gt, lt)
        status = self._call(functions.kv_expire, group, key, ttl_ms(ttl), flags)
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"expire {key!r} of group {group!r}: its expiry forbids it")
        return status == _abi.KV_OK

    def persist(self, group: Data, key: Data) -> bool:
        """Lets a key live for ever, and returns whether it is there. Value and version stay."""
        return self._call(functions.kv_persist, group, key) == _abi.KV_OK
