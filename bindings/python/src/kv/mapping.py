"""A group as a dict: the mutable mapping that kv.Group and kv.Typed are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import (
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import Any, Generic, Optional, TypeVar, Union, overload

from .arguments import Data
from .duration import DEFAULT, Ttl
from .errors import ConflictError

#: A value as it comes out, as it may go in, and a default.
V = TypeVar("V")
In = TypeVar("In")
D = TypeVar("D")

#: The default of a call that has none; None may be a value.
MISSING: Any = object()


class GroupMapping(MutableMapping[bytes, V], Generic[V, In]):
    """The live entries of one group, in byte order of their keys, as a mutable mapping.

    Keys go in as bytes or str, and come out as bytes. Each call is one operation of the store, and
    atomic: `pop` takes, `setdefault` writes only if the key is absent, and `update` writes all or
    nothing. Iteration is over one snapshot, so the group may be written meanwhile. `len` and the
    comparison with another mapping take time with the number of entries. An absent key is a
    KeyError where a dict raises one; other errors are those of kv.Store.
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
    def _first(self) -> Optional[bytes]:
        """Returns the first key without reading ahead, or None if the group is empty."""

    @abstractmethod
    def _pairs(self) -> Iterator[tuple[bytes, V]]:
        """Iterates over keys and values."""

    @abstractmethod
    def set(self, key: Data, value: In, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time, as kv.Store.set."""

    @abstractmethod
    def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""

    @abstractmethod
    def set_many(self, values: Mapping[Any, In], ttl: Ttl = DEFAULT) -> None:
        """Writes all values or, on any error, none."""

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

    def popitem(self) -> tuple[bytes, V]:
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
        """Writes all values or, on any error, none."""
        pairs = values.items() if isinstance(values, Mapping) else values
        # The last value of a key counts, as in a dict.
        self.set_many({**dict(pairs), **named})

    def items(self) -> ItemsView[bytes, V]:
        """Returns a view of keys and values; iterating over it is one scan."""
        return Items(self)

    def values(self) -> ValuesView[V]:
        """Returns a view of the values; iterating over it is one scan."""
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


class Items(ItemsView[bytes, V]):
    _mapping: GroupMapping[V, Any]

    def __iter__(self) -> Iterator[tuple[bytes, V]]:
        return self._mapping._pairs()


class Values(ValuesView[V]):
    _mapping: GroupMapping[V, Any]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping._pairs())
