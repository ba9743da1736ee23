"""The views of a group that is used as a dict: live, and iterated by one scan."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, TypeVar

from .names import Name

V = TypeVar("V")


class View:
    """A view shows its mapping and not the entries, of which there may be millions."""

    _mapping: Any

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} of {self._mapping!r}>"


class Keys(View, KeysView[Name]):
    """The keys of a mapping; a set of them, as those of a dict."""

    def __iter__(self) -> Iterator[Name]:
        keys: Iterator[Name] = self._mapping._keys()
        return keys

    def __reversed__(self) -> Iterator[Name]:
        keys: Iterator[Name] = self._mapping._keys(reverse=True)
        return keys


class Items(View, ItemsView[Name, V]):
    """The keys and values of a mapping."""

    def __iter__(self) -> Iterator[tuple[Name, V]]:
        pairs: Iterator[tuple[Name, V]] = self._mapping._pairs()
        return pairs

    def __reversed__(self) -> Iterator[tuple[Name, V]]:
        pairs: Iterator[tuple[Name, V]] = self._mapping._pairs(reverse=True)
        return pairs


class Values(View, ValuesView[V]):
    """The values of a mapping."""

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping._pairs())

    def __reversed__(self) -> Iterator[V]:
        return (value for _, value in self._mapping._pairs(reverse=True))
