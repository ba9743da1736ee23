"""One key: read, write, delete, count, and let expire.

Every method takes any group and key and raises kv.InvalidHandle on a closed store, kv.TooLarge for
a key, group or value past its limit, kv.Busy, kv.Full, kv.IoFailure, kv.ReadOnly, kv.Poisoned and
kv.Forked as they apply; then nothing was written. An expired key is an absent one.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from datetime import timedelta
from typing import Any, Optional, Union

from . import abi, arguments
from .arguments import DEFAULT, Data, Expiry, Ttl, as_bytes
from .entry import Entry, expiry_of, take_bytes
from .errors import Conflict, DecodeError, TooSmall, fail
from .handle import StoreHandle
from .library import functions


class OneKey(StoreHandle):
    """The operations of a store on one key."""

    def get(self, group: Data, key: Data) -> Optional[bytes]:
        """Returns the value, or None if the key is absent or expired."""
        if type(group) is not bytes:
            group = as_bytes("group", group)
        if type(key) is not bytes:
            key = as_bytes("key", key)
        try:
            frame = idle_frames.pop()
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
            idle_frames.append(frame)
            return value
        if status == abi.KV_TOO_SMALL:
            idle_frames.append(frame)
            entry = self.get_entry(group, key)
            return None if entry is None else entry.value
        if status < 0:
            fail(status, frame.error)
        idle_frames.append(frame)
        return None

    def get_str(self, group: Data, key: Data) -> Optional[str]:
        """Returns the value as text, or None; kv.DecodeError if it is not UTF-8."""
        return as_text(group, key, self.get(group, key))

    def get_entry(self, group: Data, key: Data) -> Optional[Entry]:
        """Returns the value with its version and expiry, or None."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        value, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_get(
            self._handle, group, len(group), key, len(key), byref(value), byref(error)
        )
        return found_entry(status, group, key, value, error)

    def get_into(
        self, group: Data, key: Data, buffer: Union[bytearray, memoryview]
    ) -> Optional[int]:
        """Copies the value into a buffer of the caller's and returns its length, or None.

        Raises kv.TooSmall, with the length needed, if the value is longer; nothing is copied then.
        The buffer must be writable and in one piece.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        room = memoryview(buffer).cast("B")
        target = (ctypes.c_char * len(room)).from_buffer(room)
        length, error = ctypes.c_size_t(), abi.kv_error()
        status = functions.kv_get_into(
            self._handle,
            group,
            len(group),
            key,
            len(key),
            target,
            len(room),
            byref(length),
            byref(error),
        )
        if status == abi.KV_TOO_SMALL:
            raise TooSmall(
                f"get {key!r} of group {group!r}: {length.value} bytes do not fit into {len(room)}",
                length.value,
            )
        return length.value if is_found(status, error) else None

    def exists(self, group: Data, key: Data) -> bool:
        """Answers whether a live entry is under a key."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        status = functions.kv_exists(
            self._handle, group, len(group), key, len(key), byref(error)
        )
        return is_found(status, error)

    def set(self, group: Data, key: Data, value: Data, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time; kv.NEVER, None and a zero ttl are for ever.

        Without a ttl it lives for the default_ttl that the store was opened with, if there is one.
        An earlier expiry is replaced, or cleared. A negative ttl is kv.InvalidArgument.
        """
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        error = abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), value, len(value))
        if ttl is DEFAULT:
            status = functions.kv_set(*where, byref(error))
        else:
            status = functions.kv_set_ttl(*where, arguments.ttl_ms(ttl), byref(error))
        if status < 0:
            fail(status, error)

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
    ) -> int:
        """Writes a value if a condition holds, and returns the version written.

        At most one of the three expiries, of which None is never, and of the three conditions:
        absent, present, or at a version, where 0 means absent. Raises kv.Conflict, with the version the key is at, if it
        does not hold; nothing is written then.
        """
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        options = arguments.put_options(
            ttl, expires_at, keep_ttl, if_absent, if_present, if_version
        )
        version, error = ctypes.c_uint64(), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), value, len(value))
        status = functions.kv_put(*where, byref(options), byref(version), byref(error))
        if status == abi.KV_CONFLICT:
            raise Conflict(
                f"put {key!r} of group {group!r}: it is at version {version.value}", version.value
            )
        if status < 0:
            fail(status, error)
        return version.value

    def delete(self, group: Data, key: Data) -> bool:
        """Deletes a key and answers whether a live entry was there."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        status = functions.kv_delete(
            self._handle, group, len(group), key, len(key), byref(error)
        )
        return is_found(status, error)

    def delete_version(self, group: Data, key: Data, version: int) -> bool:
        """Deletes a key that is at a version, and answers whether a live entry was there.

        Raises kv.Conflict if it is at another version; version 0 is kv.InvalidArgument.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        version = arguments.as_unsigned("version", version)
        error = abi.kv_error()
        status = functions.kv_delete_version(
            self._handle, group, len(group), key, len(key), version, byref(error)
        )
        if status == abi.KV_CONFLICT:
            raise Conflict(f"delete {key!r} of group {group!r}: it is not at version {version}")
        return is_found(status, error)

    def take(self, group: Data, key: Data) -> Optional[bytes]:
        """Deletes a key and returns the value it had, or None.

        Of any number of callers, in any number of processes, exactly one gets it.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        value, error = abi.kv_value(), abi.kv_error()
        status = functions.kv_take(
            self._handle, group, len(group), key, len(key), byref(value), byref(error)
        )
        return take_bytes(value) if is_found(status, error) else None

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to the integer under a key and returns the sum.

        A missing key counts as 0 and then lives for the ttl, as set takes it; a live one keeps its
        expiry.
        Raises kv.NotInteger for a value that is none, or a sum beyond 64 bits.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        delta, ttl = arguments.as_signed("delta", delta), arguments.ttl_ms(ttl_if_created)
        result, error = ctypes.c_int64(), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key))
        status = functions.kv_increment(*where, delta, ttl, byref(result), byref(error))
        if status < 0:
            fail(status, error)
        return result.value

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to the value under a key and returns the new length.

        A missing key counts as empty and then lives for the ttl, as set takes it; a live one keeps
        its expiry.
        """
        group, key, value = as_bytes("group", group), as_bytes("key", key), as_bytes("value", value)
        ttl, length, error = arguments.ttl_ms(ttl_if_created), ctypes.c_size_t(), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key), value, len(value))
        status = functions.kv_append(*where, ttl, byref(length), byref(error))
        if status < 0:
            fail(status, error)
        return length.value

    def ttl(self, group: Data, key: Data) -> Optional[timedelta]:
        """Returns the time a key has to live, kv.NEVER if it has no end, None if it is absent."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        result, error = ctypes.c_int64(), abi.kv_error()
        status = functions.kv_ttl(
            self._handle, group, len(group), key, len(key), byref(result), byref(error)
        )
        return arguments.as_ttl(result.value) if is_found(status, error) else None

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
        """Lets a key live for a time from now, and answers whether it is there.

        Only if it has no expiry (nx), has one (xx), or the new one is later (gt) or earlier (lt),
        where none is the latest; kv.Conflict if not. The value and version stay.
        """
        group, key = as_bytes("group", group), as_bytes("key", key)
        flags, error = arguments.expire_flags(nx, xx, gt, lt), abi.kv_error()
        where = (self._handle, group, len(group), key, len(key))
        status = functions.kv_expire(*where, arguments.ttl_ms(ttl), flags, byref(error))
        if status == abi.KV_CONFLICT:
            raise Conflict(f"expire {key!r} of group {group!r}: its present expiry forbids it")
        return is_found(status, error)

    def persist(self, group: Data, key: Data) -> bool:
        """Lets a key live for ever, and answers whether it is there. The value and version stay."""
        group, key = as_bytes("group", group), as_bytes("key", key)
        error = abi.kv_error()
        status = functions.kv_persist(
            self._handle, group, len(group), key, len(key), byref(error)
        )
        return is_found(status, error)


def is_found(status: int, error: abi.kv_error) -> bool:
    if status < 0:
        fail(status, error)
    return status == abi.KV_OK


def found_entry(
    status: int, group: bytes, key: bytes, value: abi.kv_value, error: abi.kv_error
) -> Optional[Entry]:
    if not is_found(status, error):
        return None
    version, expires_at_ms = value.version, expiry_of(value.expires_at_ms)
    return Entry(group, key, take_bytes(value), version, expires_at_ms)


def as_text(group: Data, key: Data, value: Optional[bytes]) -> Optional[str]:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(f"get {key!r} of group {group!r}: {error}") from error


# A get is the call that is worth preparing: its memory and the objects that describe it to ctypes
# are made once and used again. That halves what a call costs. A frame is one caller's at a time;
# one that is lost to an exception is collected like anything else.

FRAME_BYTES = 4096
LENGTH = ctypes.c_size_t.from_param
LENGTHS = tuple(LENGTH(length) for length in range(256))
FRAME_CAPACITY = LENGTH(FRAME_BYTES)


class Frame:
    """Where the library writes what a get gives."""

    __slots__ = ("buffer", "buffer_at", "length", "length_at", "error", "error_at")

    def __init__(self) -> None:
        self.buffer: Any = ctypes.create_string_buffer(FRAME_BYTES)
        self.buffer_at = byref(self.buffer)
        self.length = ctypes.c_size_t()
        self.length_at = byref(self.length)
        self.error = abi.kv_error()
        self.error_at = byref(self.error)


idle_frames: list[Frame] = []


def prepare_get_into() -> ctypes._NamedFuncPointer:
    """Returns kv_get_into without conversions: each argument given is of its C type already."""
    function = functions.library["kv_get_into"]
    function.restype = ctypes.c_int32
    return function


prepared_get_into = prepare_get_into()
