"""The calls of a store on many keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

from . import ranges
from .arguments import Data, as_bytes
from .cursor import Cursor
from .duration import DEFAULT, Ttl
from .handle import StoreHandle
from .library import functions
from .scans import Scans


class RangeCalls(Scans, StoreHandle):
    """The calls of a store on many keys: scans, counts, deletes, lists of keys."""

    _scan_function = staticmethod(functions.kv_scan)

    def groups(self, prefix: Data = b"") -> Cursor[bytes]:
        """Iterates over the names, in byte order, of the groups that have a live entry."""
        return ranges.groups(self, prefix)

    def count(self, group: Data) -> int:
        """Returns the number of live entries in a group. Takes time with that number."""
        return ranges.number(self, functions.kv_count, as_bytes("group", group))

    def count_all(self, prefix: Data = b"") -> int:
        """Returns the number of live entries in all groups that begin with a prefix."""
        return ranges.number(self, functions.kv_count_all, as_bytes("prefix", prefix))

    def delete_group(self, group: Data) -> int:
        """Deletes all keys of a group and returns how many live entries it had."""
        return ranges.number(self, functions.kv_delete_group, as_bytes("group", group))

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes the keys of a group that begin with a prefix; returns how many were live."""
        names = as_bytes("group", group), as_bytes("prefix", prefix)
        return ranges.number(self, functions.kv_delete_prefix, *names)

    def delete_all(self, prefix: Data = b"") -> int:
        """Deletes all groups whose names begin with a prefix, in one step; all without one.

        Returns how many live entries they had. On a Redis each group is a step of its own, and
        groups that are made meanwhile may stay.
        """
        return ranges.number(self, functions.kv_delete_all, as_bytes("prefix", prefix))

    def get_many(self, group: Data, keys: Iterable[Data]) -> dict[bytes, bytes]:
        """Returns the values of those keys that are there, as one snapshot."""
        return ranges.get_many(self, group, keys)

    def set_many(
        self,
        group: Data,
        entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
        ttl: Ttl = DEFAULT,
    ) -> None:
        """Writes all entries or, on any error, none. Of a repeated key the last one counts."""
        ranges.set_many(self, group, entries, ttl)

    def delete_many(self, group: Data, keys: Iterable[Data]) -> list[bytes]:
        """Deletes the keys, all or none, and returns those that had a live entry, in order."""
        return ranges.delete_many(self, group, keys)
