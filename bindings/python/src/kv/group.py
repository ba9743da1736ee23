"""Groups as dicts of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Optional

from .arguments import Data, as_bytes
from .duration import DEFAULT, Ttl
from .mapping import GroupMapping

if TYPE_CHECKING:
    from .store import Store


class Group(GroupMapping[bytes, Data]):
    """One group of a store as a mutable mapping of bytes; kv.Store.group returns it.

        users = store.group("users")
        users["ada"] = "admin"
        users.set("eve", "guest", ttl=3600)
        "ada" in users, users.get("bob", b"none"), dict(users)

    Values go in as bytes or str, and come out as bytes. Any thread may use it; it ends with its
    store.
    """

    def __init__(self, store: Store, name: Data) -> None:
        self._store = store
        self._name = as_bytes("group", name)

    @property
    def name(self) -> bytes:
        """The name of the group."""
        return self._name

    def set(self, key: Data, value: Data, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time, as kv.Store.set."""
        self._store.set(self._name, key, value, ttl)

    def set_many(self, values: Mapping[Any, Data], ttl: Ttl = DEFAULT) -> None:
        """Writes all values or, on any error, none."""
        self._store.set_many(self._name, values, ttl)

    def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""
        return self._store.delete(self._name, key)

    def clear(self) -> None:
        """Deletes all entries, as kv.Store.delete_group."""
        self._store.delete_group(self._name)

    def __contains__(self, key: object) -> bool:
        return self._store.exists(self._name, key)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[bytes]:
        return self._store.keys(self._name)

    def __len__(self) -> int:
        return self._store.count(self._name)

    def __repr__(self) -> str:
        return f"<kv.Group {self._name!r} of {self._store!r}>"

    def _find(self, key: Data, default: Any) -> Any:
        value = self._store.get(self._name, key)
        return default if value is None else value

    def _take(self, key: Data, default: Any) -> Any:
        value = self._store.take(self._name, key)
        return default if value is None else value

    def _add(self, key: Data, value: Data) -> bytes:
        value = as_bytes("value", value)
        self._store.put(self._name, key, value, if_absent=True)
        return value

    def _first(self) -> Optional[bytes]:
        with self._store.keys(self._name, limit=1) as keys:
            return next(keys, None)

    def _pairs(self) -> Iterator[tuple[bytes, bytes]]:
        with self._store.scan(self._name) as entries:
            for entry in entries:
                yield entry.key, entry.value
