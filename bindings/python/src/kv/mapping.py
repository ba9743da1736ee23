"""A group as a dict: the mutable mapping that kv.Group and kv.Typed are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Generic, Optional, TypeVar, Union, overload

from .arguments import Data
from .cursor import Cursor
from .duration import DEFAULT, Ttl
from .errors import ConflictError
from .mapping_views import Items, Keys, Values
from .names import Name, as_pairs

#: A value as it comes out, as it may go in, and a default.
V = TypeVar("V")
In = TypeVar("In")
D = TypeVar("D")

#: The default of a call that has none; None may be a value.
MISSING: Any = object()


class GroupMapping(MutableMapping[Name, V], Generic[Name, V, In]):
    """The live entries of one group, in byte order of their keys, as a mutable mapping.

    Keys go in as str or bytes. They come out as str, or as bytes if the group was named in bytes.
    An absent key is a KeyError where a dict raises one; other errors are those of kv.Store.

    Each call is one operation of the store, and atomic: `pop` takes, `setdefault` writes only if the
    key is absent, `update` and `|=` write all or nothing, `clear` deletes all in one step. `popitem`
    takes the first entry, in the order of iteration; a dict takes the last.

    Nothing is kept in the object, so it always shows what the store has now, and so do its views. An
    iteration is a scan, of one snapshot, so the group may be written meanwhile; on a Redis it is
    live. `copy` and `dict(group.items())` are one scan as well, where `dict(group)` reads key after
    key. `bool(group)` reads one key. `len`, `==` and `in group.values()` take time with the number
    of entries.
    """

    @abstractmethod
    def _find(self, key: Data, default: Any) -> Any:
        """Returns a value, or the default."""

    @abstractmethod
    def _take(self, key: Data, default: Any) -> Any:
        """Deletes a key and returns its value, or the default."""

    @abstractmethod
    def _add(self, key: Data, value: In) -> V:
        """Writes a value, and returns it as stored; kv.ConflictError if the key is there."""

    @abstractmethod
    def _keys(self, reverse: bool = False, limit: int = 0) -> Cursor[Name]:
        """Iterates over keys; `limit` is the most of them, 0 for no limit."""

    @abstractmethod
    def _pairs(self, reverse: bool = False) -> Cursor[tuple[Name, V]]:
        """Iterates over keys and values."""

    @abstractmethod
    def set(self, key: Data, value: In, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time, as kv.Store.set."""

    @abstractmethod
    def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""

    @abstractmethod
    def set_many(
        self, values: Union[Mapping[Any, In], Iterable[tuple[Data, In]]], ttl: Ttl = DEFAULT
    ) -> None:
        """Writes all values or, on any error, none. Of a repeated key the last one counts."""

    @overload
    def get(self, key: Data) -> Optional[V]: ...

    @overload
    def get(self, key: Data, default: Union[V, D]) -> Union[V, D]: ...

    def get(self, key: Data, default: Any = None) -> Any:
        """Returns the value, or the default if the key is absent or expired."""
        return self._find(key, default)

    @overload
    def pop(self, key: Data) -> V: ...

    @overload
    def pop(self, key: Data, default: Union[V, D]) -> Union[V, D]: ...

    def pop(self, key: Data, default: Any = MISSING) -> Any:
        """Deletes a key and returns its value, or the default, or raises KeyError without one.

        Of any number of callers, in any number of processes, exactly one gets the value.
        """
        value = self._take(key, default)
        if value is MISSING:
            raise KeyError(key)
        return value

    def popitem(self) -> tuple[Name, V]:
        """Takes the first entry, and returns its key and value; KeyError if there is none."""
        while True:
            key = self._first()
            if key is None:
                raise KeyError("popitem: the group is empty")
            value = self._take(key, MISSING)
            if value is not MISSING:
                return key, value

    def setdefault(self, key: Data, default: In) -> V:  # type: ignore[override]
        """Returns the value; if the key is absent, writes the default first."""
        while True:
            value = self._find(key, MISSING)
            if value is not MISSING:
                found: V = value
                return found
            try:
                return self._add(key, default)
            except ConflictError:
                # Another writer was first.
                continue

    def update(  # type: ignore[override]
        self, values: Union[Mapping[Any, In], Iterable[tuple[Data, In]]] = (), /, **named: In
    ) -> None:
        """Writes all values or, on any error, none. Of a repeated key the last one counts."""
        self.set_many([*as_pairs(values), *named.items()])

    def copy(self) -> dict[Name, V]:
        """Returns the entries as a dict, by one scan."""
        return dict(self._pairs())

    def keys(self) -> Keys[Name]:
        """Returns a view of the keys."""
        return Keys(self)

    def items(self) -> Items[Name, V]:
        """Returns a view of keys and values."""
        return Items(self)

    def values(self) -> Values[V]:
        """Returns a view of the values."""
        return Values(self)

    def __getitem__(self, key: Data) -> V:
        value = self._find(key, MISSING)
        if value is MISSING:
            raise KeyError(key)
        found: V = value
        return found

    def __setitem__(self, key: Data, value: In) -> None:  # type: ignore[override]
        self.set(key, value)

    def __delitem__(self, key: Data) -> None:
        if not self.delete(key):
            raise KeyError(key)

    def __iter__(self) -> Iterator[Name]:
        return self._keys()

    def __reversed__(self) -> Iterator[Name]:
        return self._keys(reverse=True)

    def __bool__(self) -> bool:
        return self._first() is not None

    def __eq__(self, other: object) -> bool:
        return self.copy() == dict(other.items()) if isinstance(other, Mapping) else NotImplemented

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        """Returns a dict of the entries and those of another mapping, which come first."""
        return {**self.copy(), **other} if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self.copy()} if isinstance(other, Mapping) else NotImplemented

    def __ior__(  # type: ignore[misc]
        self: M, other: Union[Mapping[Any, In], Iterable[tuple[Data, In]]]
    ) -> M:
        self.update(other)
        return self

    def _first(self) -> Optional[Name]:
        """Returns the first key without reading ahead, or None if the group is empty."""
        with self._keys(limit=1) as keys:
            return next(keys, None)


M = TypeVar("M", bound="GroupMapping[Any, Any, Any]")
