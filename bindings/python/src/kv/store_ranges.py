"""The calls of a store on many keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union, overload

from . import ranges
from .arguments import Data
from .cursor import Cursor
from .duration import DEFAULT, Ttl
from .handle import StoreHandle
from .library import functions
from .names import Given, Name, as_name
from .scans import Scans


class RangeCalls(Scans, StoreHandle):
    """The calls of a store on many keys: scans, counts, deletes, lists of keys."""

    _scan_function = staticmethod(functions.kv_scan)

    @overload
    def groups(self, prefix: str = "") -> Cursor[str]: ...

    @overload
    def groups(self, prefix: bytes) -> Cursor[bytes]: ...

    def groups(self, prefix: Data = "") -> Cursor[Any]:
        """Iterates over the names, in byte order, of the groups that have a live entry.

        They are str, or bytes if `prefix` is bytes.
        """
        return ranges.groups(self, prefix)

    def count(self, group: Data) -> int:
        """Returns the number of live entries in a group. Takes time with that number."""
        return ranges.number(self, functions.kv_count, as_name("group", group))

    def count_all(self, prefix: Data = b"") -> int:
        """Returns the number of live entries in all groups that begin with a prefix."""
        return ranges.number(self, functions.kv_count_all, as_name("prefix", prefix))

    def delete_group(self, group: Data) -> int:
        """Deletes all keys of a group and returns how many live entries it had."""
        return ranges.number(self, functions.kv_delete_group, as_name("group", group))

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes the keys of a group that begin with a prefix; returns how many were live."""
        names = as_name("group", group), as_name("prefix", prefix)
        return ranges.number(self, functions.kv_delete_prefix, *names)

    def delete_all(self, prefix: Data = b"") -> int:
        """Deletes all groups whose names begin with a prefix, in one step; all without one.

        Returns how many live entries they had. On a Redis each group is a step of its own, and
        groups that are made meanwhile may stay.
        """
        return ranges.number(self, functions.kv_delete_all, as_name("prefix", prefix))

    @overload
    def get_many(self, group: Data, keys: Iterable[Name]) -> dict[Name, bytes]: ...

    @overload
    def get_many(self, group: Data, keys: Iterable[Data]) -> dict[Given, bytes]: ...

    def get_many(self, group: Data, keys: Iterable[Any]) -> dict[Any, bytes]:
        """Returns the values of those keys that are there, as one snapshot.

        They are under the very keys that were passed, and in their order; a bytearray or
        memoryview is under its bytes. A str or bytes in place of a list is a TypeError.
        """
        return ranges.get_many(self, group, keys)

    def set_many(
        self,
        group: Data,
        entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
        ttl: Ttl = DEFAULT,
    ) -> None:
        """Writes all entries or, on any error, none. Of a repeated key the last one counts."""
        ranges.set_many(self, group, entries, ttl)

    @overload
    def delete_many(self, group: Data, keys: Iterable[Name]) -> list[Name]: ...

    @overload
    def delete_many(self, group: Data, keys: Iterable[Data]) -> list[Given]: ...

    def delete_many(self, group: Data, keys: Iterable[Any]) -> list[Any]:
        """Deletes the keys, all or none, and returns those that had a live entry, in order.

        They come back as they were passed. A str or bytes in place of a list is a TypeError.
        """
        return ranges.delete_many(self, group, keys)
