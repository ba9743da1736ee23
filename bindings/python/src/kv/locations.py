"""Locations with their options, and the opening of what they name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ctypes import byref
from typing import Any

from . import _abi
from .arguments import Data, Location, as_path, as_string
from .duration import DEFAULT, in_milliseconds
from .errors import InvalidArgumentError, fail
from .library import functions
from .location_options import BY_NAME, DURATION, KINDS, NUMBER, SIZE, SWITCH, TEXT, Option

SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]*")
#: The bytes that stand for themselves in a path and in a value of an option.
PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:,+ ")


def open_location(location: Location, options: Mapping[str, Any]) -> _abi.kv_store:
    """Opens the store that a location with options names."""
    name = as_path("location", with_options(location, options) if options else location)
    handle, error = _abi.kv_store(), _abi.kv_error()
    status = functions.kv_open(name, byref(handle), byref(error))
    if status < 0:
        fail(status, error, file_of(location))
    return handle


def open_service(path: Location, service: Data) -> _abi.kv_store:
    """Opens the store of a services file."""
    name, wanted = as_path("path", path), as_string("service", service)
    handle, error = _abi.kv_store(), _abi.kv_error()
    status = functions.kv_open_config(name, wanted, byref(handle), byref(error))
    if status < 0:
        # Else it is about the store of the service.
        fail(status, error, None if os.access(path, os.R_OK) else file_of(path))
    return handle


def file_of(location: Location) -> Any:
    """Returns the path in a location, or None if it is of no file."""
    if isinstance(location, os.PathLike):
        return os.fspath(location)
    kind, text = kind_of(location)
    if kind not in ("sqlite", "log"):
        return None
    scheme, _, path = text.partition(":")
    if not os.fsdecode(location).startswith(f"{scheme}:"):
        return location
    return unescaped(path.partition("?")[0])


def with_options(location: Location, options: Mapping[str, Any]) -> str:
    """Returns a location as a text with the options behind it."""
    as_path("location", location)
    kind, text = kind_of(location)
    written = []
    for name, value in options.items():
        option = option_of(name)
        if value is DEFAULT:
            continue
        if kind is not None and kind not in option.kinds.split():
            having = " and ".join(KINDS[it] for it in option.kinds.split())
            raise InvalidArgumentError(
                f"{name} is no option of a store in {KINDS[kind]}; it is one of {having}"
            )
        written.append(f"{name}={escaped(spelled(option, value))}")
    return f"{text}{'&' if '?' in text else '?'}{'&'.join(written)}" if written else text


def kind_of(location: Location) -> tuple[Any, str]:
    """Returns the kind of a store, None if its scheme is not known here, and its location as a URI."""
    name = os.fsdecode(location)
    scheme, colon, rest = name.partition(":")
    is_uri = colon and SCHEME.fullmatch(scheme)
    if isinstance(location, os.PathLike) or not is_uri:
        return ("memory", "memory:") if name == ":memory:" else ("sqlite", f"sqlite:{escaped(name)}")
    if scheme in ("sqlite", "log", "memory"):
        return scheme, name
    return "redis" if rest.startswith("//") else None, name


def option_of(name: str) -> Option:
    """Returns the option of a name; one that is not known is a TypeError that names the nearest."""
    try:
        return BY_NAME[name]
    except KeyError:
        # Only a mistake needs it.
        from difflib import get_close_matches

        nearest = get_close_matches(name, BY_NAME, 1, 0.5)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else "; help(kv.open) lists them"
        raise TypeError(f"kv.open has no option {name!r}{hint}") from None


def spelled(option: Option, value: Any) -> str:
    """Returns the value of an option as a location spells it."""
    name, takes = option.name, option.takes
    if takes == SWITCH and isinstance(value, bool):
        return "on" if value else "off"
    if takes == DURATION and not isinstance(value, (str, bytes)):
        milliseconds = in_milliseconds(name, value, "0 is how an option spells no limit")
        return f"{milliseconds}ms"
    if takes in (SIZE, NUMBER) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if takes not in (SWITCH, NUMBER) and isinstance(value, str):
        return value
    if takes == TEXT and isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"{name} must be {takes}, not {type(value).__name__}")


def unescaped(text: str) -> str:
    """Returns the text that an escaped one stands for."""
    escape = re.compile(b"%([0-9A-Fa-f]{2})")
    return os.fsdecode(escape.sub(lambda it: bytes([int(it[1], 16)]), os.fsencode(text)))


def escaped(text: str) -> str:
    """Returns a text in which all that a location could read as its own is %XX."""
    return "".join(chr(it) if it in PLAIN else f"%{it:02X}" for it in os.fsencode(text))
