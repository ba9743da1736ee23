"""Many keys: walks, counts, deletes of groups and prefixes, and atomic reads and writes of lists.

Errors are those of kv.one. Prefixes are byte-exact; the empty one means all.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from ctypes import byref
from typing import Any, Callable, Optional, TypeVar, Union

from . import abi, arguments
from .arguments import DEFAULT, Bounds, Data, Ttl, as_bytes
from .batch import Batch
from .cursor import SMALLEST_BYTES, Cursor
from .entry import Entry
from .errors import fail
from .flat import Step, decode_entries, encode_key, encode_step
from .handle import StoreHandle
from .library import functions

T = TypeVar("T")


class ManyKeys(StoreHandle):
    """The operations of a store on many keys."""

    def scan(
        self,
        group: Data,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        snapshot: bool = False,
    ) -> Cursor[Entry]:
        """Walks the live entries of a group in byte order of their keys, over one snapshot.

        Of the keys that begin with a prefix, or match a glob as SQLite's GLOB or as Redis' KEYS
        takes it; in byte order, whatever the direction, those from `from_key` on or above `above`,
        and those below `below` or up to `to_key`; `after` a key in the direction of the walk, which
        is the last one of the page before; at most `limit`, where 0 is no limit. A Redis that was
        opened with scans=live gives one snapshot only if `snapshot` asks for it; kv.Unsupported if
        it cannot.
        """
        bounds = Bounds(from_key, above, below, to_key, after)
        flags = abi.KV_SCAN_SNAPSHOT if snapshot else 0
        options = arguments.scan_options(prefix, glob, redis_glob, bounds, reverse, limit, flags)
        return self._walk(group, options, whole_entry)

    def keys(
        self,
        group: Data,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        snapshot: bool = False,
    ) -> Cursor[bytes]:
        """Walks as scan does, but gives the keys alone and reads no values."""
        bounds = Bounds(from_key, above, below, to_key, after)
        flags = abi.KV_SCAN_KEYS_ONLY | (abi.KV_SCAN_SNAPSHOT if snapshot else 0)
        options = arguments.scan_options(prefix, glob, redis_glob, bounds, reverse, limit, flags)
        return self._walk(group, options, key_of)

    def sizes(self, group: Data, prefix: Data = b"", *, limit: int = 0) -> Cursor[tuple[bytes, int]]:
        """Walks as scan does, but gives each key with the size of its value and reads no values."""
        options = arguments.scan_options(
            prefix, None, None, Bounds(), False, limit, abi.KV_SCAN_SIZES
        )
        return self._walk(group, options, key_and_size)

    def groups(self, prefix: Data = b"") -> Cursor[bytes]:
        """Walks the names, in byte order, of the groups that hold a live entry."""
        prefix = as_bytes("prefix", prefix)
        handle, error = abi.kv_cursor(), abi.kv_error()
        status = functions.kv_groups(
            self._handle, prefix, len(prefix), byref(handle), byref(error)
        )
        if status < 0:
            fail(status, error)
        return Cursor(handle, group_of)

    def count(self, group: Data) -> int:
        """Returns the number of live entries in a group. Takes time with that number."""
        group = as_bytes("group", group)
        return self._number(functions.kv_count, group, len(group))

    def count_all(self, prefix: Data = b"") -> int:
        """Returns the number of live entries in all groups that begin with a prefix."""
        prefix = as_bytes("prefix", prefix)
        return self._number(functions.kv_count_all, prefix, len(prefix))

    def delete_group(self, group: Data) -> int:
        """Deletes all keys of a group and returns how many live entries it held."""
        group = as_bytes("group", group)
        return self._number(functions.kv_delete_group, group, len(group))

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes the keys of a group that begin with a prefix; returns how many were live."""
        group, prefix = as_bytes("group", group), as_bytes("prefix", prefix)
        return self._number(
            functions.kv_delete_prefix, group, len(group), prefix, len(prefix)
        )

    def purge_expired(self) -> int:
        """Removes all expired entries now and returns how many; they are invisible anyway."""
        return self._number(functions.kv_purge_expired)

    def get_many(self, group: Data, keys: Iterable[Data]) -> dict[bytes, bytes]:
        """Returns the values of those keys that are there, as one snapshot."""
        group = as_bytes("group", group)
        wanted = [as_bytes("key", key) for key in keys]
        entries = self._entries(b"".join(encode_key(group, key) for key in wanted))
        return {entry.key: entry.value for entry in decode_entries(entries)}

    def set_many(
        self,
        group: Data,
        entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
        ttl: Ttl = DEFAULT,
    ) -> None:
        """Writes all entries or, on any error, none. Of a key given twice the last one counts.

        They live for the ttl, as set takes it.
        """
        group = as_bytes("group", group)
        pairs = entries.items() if isinstance(entries, Mapping) else entries
        expiry = {"expiry": abi.KV_EXPIRY_AFTER, "time_ms": arguments.ttl_ms(ttl)}
        steps = b"".join(
            encode_step(
                Step.SET, group, as_bytes("key", key), as_bytes("value", value), **expiry
            )
            for key, value in pairs
        )
        self._commit(steps).close()

    def delete_many(self, group: Data, keys: Iterable[Data]) -> int:
        """Deletes the keys, all or none, and returns how many live entries there were."""
        group = as_bytes("group", group)
        listed = [as_bytes("key", key) for key in keys]
        steps = b"".join(encode_step(Step.DELETE, group, key) for key in listed)
        with self._commit(steps) as batch:
            return sum(batch.result(index).is_found for index in range(len(listed)))

    def batch(self) -> Batch:
        """Returns an empty batch, to be committed to this store."""
        return Batch(self)

    def _walk(
        self, group: Data, options: abi.kv_scan_options, pick: Callable[[Entry], T]
    ) -> Cursor[T]:
        group = as_bytes("group", group)
        handle, error = abi.kv_cursor(), abi.kv_error()
        status = functions.kv_scan(
            self._handle, group, len(group), byref(options), byref(handle), byref(error)
        )
        if status < 0:
            fail(status, error)
        return Cursor(handle, pick)

    def _number(self, function: Callable[..., int], *place: Union[bytes, int]) -> int:
        number, error = ctypes.c_uint64(), abi.kv_error()
        status = function(self._handle, *place, byref(number), byref(error))
        if status < 0:
            fail(status, error)
        return number.value

    def _entries(self, keys: bytes) -> bytes:
        """Returns the entries under keys in flat form, in the same form."""
        capacity = SMALLEST_BYTES
        while True:
            buffer = ctypes.create_string_buffer(capacity)
            used, count, error = ctypes.c_size_t(), ctypes.c_size_t(), abi.kv_error()
            where = (self._handle, keys, len(keys), buffer, capacity)
            status = functions.kv_get_many(*where, byref(used), byref(count), byref(error))
            if status == abi.KV_OK:
                return bytes(memoryview(buffer)[: used.value])
            if status != abi.KV_TOO_SMALL:
                fail(status, error)
            # Values may have grown again before the next call.
            capacity = used.value

    def _commit(self, steps: bytes) -> Batch:
        batch = Batch(self)
        batch.add_flat(steps)
        batch.commit()
        return batch


def whole_entry(entry: Entry) -> Entry:
    return entry


def key_of(entry: Entry) -> bytes:
    return entry.key


def key_and_size(entry: Entry) -> tuple[bytes, int]:
    return entry.key, int.from_bytes(entry.value, "little")


def group_of(entry: Entry) -> bytes:
    return entry.group
