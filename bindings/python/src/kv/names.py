"""Names, which are groups and keys: how they go in, and the type in which they come out.

One rule holds everywhere, that of os.listdir: a name comes out as str, or as bytes where the call
names its group, or its prefix, in bytes. Keys of a list that a caller has passed come back as they
were passed. Bytes that are not UTF-8 are surrogate escapes in a str, as in PEP 383, and a str with
such escapes goes in as the same bytes, so every name that came out leads back to its entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import methodcaller
from typing import Any, Callable, TypeVar, Union

from .arguments import Data, as_bytes, not_unicode

#: The type of names: that in which a call names its group, in which others come out.
Name = TypeVar("Name", str, bytes)
T = TypeVar("T")
#: A name as it comes out; a bytearray or memoryview that was passed comes back as its bytes.
Given = Union[str, bytes]

#: Returns a name as str.
as_str: Callable[[bytes], str] = methodcaller("decode", "utf-8", "surrogateescape")


def as_name(what: str, name: Data) -> bytes:
    """Returns the bytes of a group, key, prefix or pattern; numbers and None are refused."""
    if isinstance(name, str):
        try:
            return name.encode()
        except UnicodeEncodeError:
            return with_escapes(what, name)
    return as_bytes(what, name)


def with_escapes(what: str, name: str) -> bytes:
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise not_unicode(what, error) from error


def namer(*names: Union[Data, None]) -> Callable[[bytes], Any]:
    """Returns the function that makes names of the library ones of the caller.

    The first of `names` that is given decides; without one they come out as str.
    """
    for name in names:
        if name is not None:
            return as_str if isinstance(name, str) else bytes
    return as_str


def as_given(name: Any) -> Any:
    """Returns a name as the caller knows it: a str as it is, anything else as bytes."""
    return name if isinstance(name, str) else bytes(name)


def as_keys(what: str, keys: Iterable[T]) -> list[T]:
    """Returns a list of keys. One key in its place is refused: its letters are keys too."""
    if isinstance(keys, (str, bytes, bytearray, memoryview)):
        kind = type(keys).__name__
        raise TypeError(f"{what} must be a list, not {kind}; for one pass a list of one")
    return list(keys)


def as_pairs(entries: Any) -> Iterable[tuple[Any, Any]]:
    """Returns the keys and values of a mapping, of what has `keys` as one has, or of pairs.

    Text in the place of the pairs, or of one of them, is refused: of two letters it is a pair too.
    """
    if hasattr(entries, "keys"):
        items = getattr(entries, "items", None)
        return items() if items else [(key, entries[key]) for key in entries.keys()]
    pairs = as_keys("entries", entries)
    for pair in pairs:
        if isinstance(pair, (str, bytes, bytearray, memoryview)):
            raise TypeError(f"an entry must be a pair of key and value, not {type(pair).__name__}")
    return pairs
