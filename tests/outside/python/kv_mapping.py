"""A group as a dict of any keys and values, where kv.Group has str and bytes.

    settings = Mapping(store.group("settings"))
    settings["colours"] = ["red", "blue"]
    settings[7] = None

A key is a literal of Python (str, bytes, numbers, tuples, None), and kept as its text, so that 1 and
"1" are two keys. A value is pickled: do not read a group that a stranger can write.
"""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator, MutableMapping
from typing import Any

import kv

MISSING: Any = object()


class Mapping(MutableMapping[Any, Any]):
    """The values of a group. Each comes as a copy: to change a list in it, assign the list again."""

    def __init__(self, group: kv.Group[str]) -> None:
        self._group = group

    def __getitem__(self, key: Any) -> Any:
        value = self._group.get(_encode(key))
        if value is None:
            raise KeyError(key)
        return pickle.loads(value)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._group[_encode(key)] = pickle.dumps(value)

    def __delitem__(self, key: Any) -> None:
        if not self._group.delete(_encode(key)):
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return _encode(key) in self._group

    def __iter__(self) -> Iterator[Any]:
        return map(_decode, self._group)

    def __len__(self) -> int:
        return len(self._group)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())})"

    def pop(self, key: Any, default: Any = MISSING) -> Any:
        """Deletes a key and returns its value; of any number of callers one gets it."""
        value = self._group.pop(_encode(key), None)
        if value is not None:
            return pickle.loads(value)
        if default is MISSING:
            raise KeyError(key)
        return default

    def popitem(self) -> tuple[Any, Any]:
        """Takes the first entry, in the order of the keys' texts."""
        key, value = self._group.popitem()
        return _decode(key), pickle.loads(value)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Returns the value; if there is none, writes the default first."""
        return pickle.loads(self._group.setdefault(_encode(key), pickle.dumps(default)))

    def update(self, *values: Any, **named: Any) -> None:
        """Writes all values or, on any error, none."""
        new = dict(*values, **named)
        self._group.update({_encode(key): pickle.dumps(value) for key, value in new.items()})

    def clear(self) -> None:
        """Deletes all entries in one step."""
        self._group.clear()


def _encode(key: object) -> str:
    text = repr(key)
    try:
        if ast.literal_eval(text) == key:
            return text
    except (ValueError, SyntaxError):
        pass
    raise TypeError(f"a key has to be a literal, as a str or a number, and not {text}")


def _decode(key: str) -> Any:
    return ast.literal_eval(key)
