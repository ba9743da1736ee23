"""Codecs and hooks of typed stores."""

from __future__ import annotations

import json
from typing import Any, Callable, Generic, Optional, Protocol, TypeVar

from .integers import Large, to_int

T = TypeVar("T")


class Codec(Protocol[T]):
    """Encodes values as bytes, and decodes them.

    Its exceptions become kv.EncodeError and kv.DecodeError.
    """

    def encode(self, value: T) -> bytes: ...

    def decode(self, data: bytes) -> T: ...


class Json(Generic[T]):
    """Values as JSON in UTF-8.

    For a type that json does not know, pass the functions that convert it, for example
    `Json(dataclasses.asdict, lambda fields: User(**fields))`. Integers of any size stay exact, also past
    the limit of digits that int() and str() have. NaN and infinities, which JSON does not have, are
    refused.
    """

    def __init__(
        self,
        to_json: Optional[Callable[[T], Any]] = None,
        from_json: Optional[Callable[[Any], T]] = None,
    ) -> None:
        self._to_json = to_json
        self._from_json = from_json

    def __repr__(self) -> str:
        functions = (self._to_json, self._from_json)
        names = [getattr(it, "__qualname__", repr(it)) for it in functions if it is not None]
        return f"<kv.Json {', '.join(names)}>" if names else "<kv.Json>"

    def encode(self, value: T) -> bytes:
        plain = value if self._to_json is None else self._to_json(value)
        try:
            return as_json(plain).encode()
        except ValueError:
            large = Large()
            marked = large.marked(plain)
            if not large:
                raise
            return large.written(as_json(marked)).encode()

    def decode(self, data: bytes) -> T:
        text = data.decode()
        try:
            plain = json.loads(text, parse_constant=refuse_constant)
        except json.JSONDecodeError:
            raise
        except ValueError:
            # Of an integer that is too long for int().
            plain = json.loads(text, parse_constant=refuse_constant, parse_int=to_int)
        value: T = plain if self._from_json is None else self._from_json(plain)
        return value


def as_json(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Hooks(Generic[T]):
    """Functions that run around saves, loads and deletes; a subclass overrides those it needs.

    A key is a str, or bytes if the group of the kv.Typed is named in bytes.

    An exception of a hook ends the operation and is raised from it: of one that runs before, before
    anything was written or deleted; of one that runs after, when it was.
    """

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}, kv.Hooks>"

    def before_save(self, key: Any, value: T) -> T:
        """Returns the value to save."""
        return value

    def after_save(self, key: Any, value: T) -> None:
        """Runs when a value was written."""

    def after_load(self, key: Any, value: T) -> T:
        """Returns the value that the caller gets."""
        return value

    def before_delete(self, key: Any) -> None:
        """Runs before a key is deleted."""

    def after_delete(self, key: Any) -> None:
        """Runs when a live entry was deleted."""
