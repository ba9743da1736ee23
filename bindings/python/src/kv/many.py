"""Many keys: walks, counts, deletes of groups and prefixes, and atomic reads and writes of lists.

Errors are those of kv.one. Prefixes are byte-exact; the empty one means all.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from ctypes import byref
from datetime import timedelta
from typing import Any, Callable, Optional, TypeVar, Union

from . import abi, arguments
from .arguments import NEVER, Data, as_bytes
from .batch import Batch
from .cursor import Cursor
from .entry import Entry
from .errors import fail
from .flat import Step, encode_step
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
        start_after: Optional[Data] = None,
        end: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
    ) -> Cursor[Entry]:
        """Walks the live entries of a group in byte order of their keys, over one snapshot.

        Of the keys that begin with a prefix, or match a glob as SQLite's GLOB or as Redis' KEYS
        takes it; after `start_after` and before `end` in the order of the walk; at most `limit`,
        where 0 is no limit. The next page starts after the last key of this one.
        """
        options = arguments.scan_options(
            prefix, glob, redis_glob, start_after, end, reverse, limit, keys_only=False
        )
        return self._walk(group, options, whole_entry)

    def keys(
        self,
        group: Data,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        start_after: Optional[Data] = None,
        end: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
    ) -> Cursor[bytes]:
        """Walks as scan does, but gives the keys alone and reads no values."""
        options = arguments.scan_options(
            prefix, glob, redis_glob, start_after, end, reverse, limit, keys_only=True
        )
        return self._walk(group, options, key_of)

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
        steps = b"".join(encode_step(Step.GET, group, key) for key in wanted)
        with self._commit(steps) as batch:
            values = [batch.result(index).value for index in range(len(wanted))]
        return {key: value for key, value in zip(wanted, values) if value is not None}

    def set_many(
        self,
        group: Data,
        entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
        ttl: timedelta = NEVER,
    ) -> None:
        """Writes all entries or, on any error, none. Of a key given twice the last one counts."""
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

    def _commit(self, steps: bytes) -> Batch:
        batch = Batch(self)
        batch.append_flat(steps)
        batch.commit()
        return batch


def whole_entry(entry: Entry) -> Entry:
    return entry


def key_of(entry: Entry) -> bytes:
    return entry.key


def group_of(entry: Entry) -> bytes:
    return entry.group
