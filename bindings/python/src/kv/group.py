"""Groups as dicts of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Union

from .arguments import Data, as_bytes
from .cursor import Cursor
from .duration import DEFAULT, Ttl
from .handle import as_store
from .mapping import GroupMapping
from .names import Name, as_given, as_name

if TYPE_CHECKING:
    from .store import Store


class Group(GroupMapping[Name, bytes, Data]):
    """One group of a store as a mutable mapping of bytes; kv.Store.group returns it.

        users = store.group("users")
        users["ada"] = "admin"
        users.set("eve", "guest", ttl=3600)
        "ada" in users, users.get("bob", b"none"), users.copy()

    Values go in as bytes or str, and come out as bytes. Any thread may use it; it ends with its
    store.
    """

    def __init__(self, store: Store, name: Name) -> None:
        as_store("kv.Group", store)
        as_name("group", name)
        self._store = store
        self._name: Name = as_given(name)

    @property
    def name(self) -> Name:
        """The name of the group, as it was given."""
        return self._name

    def set(self, key: Data, value: Data, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time, as kv.Store.set."""
        self._store.set(self._name, key, value, ttl)

    def set_many(
        self, values: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]], ttl: Ttl = DEFAULT
    ) -> None:
        """Writes all values or, on any error, none. Of a repeated key the last one counts."""
        self._store.set_many(self._name, values, ttl)

    def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""
        return self._store.delete(self._name, key)

    def clear(self) -> None:
        """Deletes all entries, as kv.Store.delete_group."""
        self._store.delete_group(self._name)

    def __contains__(self, key: object) -> bool:
        return self._store.exists(self._name, key)  # type: ignore[arg-type]

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

    def _keys(self, reverse: bool = False, limit: int = 0) -> Cursor[Name]:
        return self._store.keys(self._name, reverse=reverse, limit=limit)

    def _pairs(self, reverse: bool = False) -> Cursor[tuple[Name, bytes]]:
        entries = self._store.scan(self._name, reverse=reverse)
        return entries._picking(lambda entry: (entry.key, entry.value))
