"""Arguments, converted to what the library takes. A wrong type is a TypeError, a wrong value a
kv.InvalidArgumentError; the library is not called then."""

from __future__ import annotations

import operator
import os
from ctypes import Structure, sizeof
from typing import TypeVar, Union

from .errors import InvalidArgumentError

#: A group, key or value. A str stands for its UTF-8.
Data = Union[bytes, str, bytearray, memoryview]

#: A file or another location; an object with a path is always a file, whatever its name.
Location = Union[str, bytes, "os.PathLike[str]"]

#: The longest value that a repr shows whole.
SHOWN_BYTES = 100

Sized = TypeVar("Sized", bound=Structure)


def as_bytes(what: str, data: Data) -> bytes:
    """Returns the bytes of a group, key or value; numbers and None are refused."""
    if isinstance(data, str):
        try:
            return data.encode()
        except UnicodeEncodeError as error:
            raise not_unicode(what, error) from error
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"{what} must be bytes or str, not {type(data).__name__}")


def not_unicode(what: str, error: UnicodeEncodeError) -> InvalidArgumentError:
    """Returns the error of a str that has no UTF-8, because it holds half of a character."""
    return InvalidArgumentError(
        f"{what} is no text of Unicode: {error.reason} at {error.start}; pass bytes"
    )


def as_number(what: str, number: int, lowest: int, highest: int) -> int:
    """Returns a number within its limits; ctypes would drop the bits that do not fit."""
    number = operator.index(number)
    if not lowest <= number <= highest:
        raise InvalidArgumentError(f"{what} must be from {lowest} to {highest}, not {number}")
    return number


def as_signed(what: str, number: int) -> int:
    return as_number(what, number, -(2**63), 2**63 - 1)


def as_unsigned(what: str, number: int) -> int:
    return as_number(what, number, 0, 2**64 - 1)


def as_path(what: str, location: Location) -> bytes:
    """Returns a location as the library reads it."""
    if isinstance(location, os.PathLike):
        # In this form it cannot be taken for "memory:" or "sqlite:".
        location = os.path.join(os.curdir, os.fsdecode(location))
    elif not isinstance(location, (str, bytes)):
        raise TypeError(f"{what} must be str, bytes or a path, not {type(location).__name__}")
    return without_nul(what, os.fsencode(location))


def shown(location: Location) -> str:
    """Returns a location for a reader: of a server's address without user, password and options."""
    name = os.fsdecode(location)
    scheme, is_address, address = name.partition("://")
    if isinstance(location, os.PathLike) or not is_address:
        return name
    # A password may hold any character, so the last @ counts, wherever it stands.
    secret, is_secret, address = address.rpartition("@")
    return f"{scheme}://{'***@' if is_secret else ''}{address.partition('?')[0]}"


def shown_value(value: bytes) -> str:
    """Returns a value for a reader: the beginning of a long one, with its length."""
    if len(value) <= SHOWN_BYTES:
        return repr(value)
    return f"<{len(value)} bytes: {value[:SHOWN_BYTES]!r}...>"


def as_string(what: str, text: Data) -> bytes:
    """Returns what the library reads up to a NUL: a name, a template, a pointer into JSON."""
    return without_nul(what, as_bytes(what, text))


def without_nul(what: str, string: bytes) -> bytes:
    if b"\0" in string:
        raise InvalidArgumentError(f"{what} holds a NUL: {string[:80]!r}")
    return string


def sized(structure: Sized) -> Sized:
    """Returns a structure that begins with its size, with that set."""
    structure.size = sizeof(structure)
    return structure
