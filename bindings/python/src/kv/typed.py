"""Typed stores: values of one type in one group, through a codec and hooks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable, Generic, Optional, Protocol, TypeVar

from .arguments import DEFAULT, Data, Ttl, as_bytes
from .cursor import Cursor
from .entry import Entry
from .errors import DecodeError, EncodeError
from .store import Store

T = TypeVar("T")


class Codec(Protocol[T]):
    """Turns values into bytes and back. What it raises becomes EncodeError or DecodeError."""

    def encode(self, value: T) -> bytes: ...

    def decode(self, data: bytes) -> T: ...


class Json(Generic[T]):
    """Values as JSON in UTF-8. Integers of any size come back as they were.

    For a type that json does not know, say how it becomes one and back, for example
    `Json(dataclasses.asdict, lambda fields: User(**fields))`. NaN and infinities, which JSON does
    not have, are refused.
    """

    def __init__(
        self,
        to_json: Optional[Callable[[T], Any]] = None,
        from_json: Optional[Callable[[Any], T]] = None,
    ) -> None:
        self._to_json = to_json
        self._from_json = from_json

    def encode(self, value: T) -> bytes:
        plain = value if self._to_json is None else self._to_json(value)
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()

    def decode(self, data: bytes) -> T:
        plain = json.loads(data.decode(), parse_constant=refuse_constant)
        value: T = plain if self._from_json is None else self._from_json(plain)
        return value


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Hooks(Generic[T]):
    """What happens around saves, loads and deletes; override what is wanted.

    A hook that raises ends the operation with its exception: one that runs before, before anything
    was written or deleted; one that runs after, when it was.
    """

    def before_save(self, key: bytes, value: T) -> T:
        """Returns the value to save."""
        return value

    def after_save(self, key: bytes, value: T) -> None: ...

    def after_load(self, key: bytes, value: T) -> T:
        """Returns the value to give to the caller."""
        return value

    def before_delete(self, key: bytes) -> None: ...

    def after_delete(self, key: bytes) -> None:
        """Runs if a live entry was deleted."""


@dataclass(frozen=True)
class TypedEntry(Generic[T]):
    """A value with what the store knows of it, as kv.Entry."""

    key: bytes
    value: T
    version: int
    expires_at_ms: Optional[int]


class Typed(Generic[T]):
    """The values of type T in one group of a store.

    Errors are those of the store, kv.EncodeError and kv.DecodeError; absence is None. It is as
    safe between threads as its codec and hooks are, and ends with its store.
    """

    def __init__(
        self,
        store: Store,
        group: Data,
        codec: Optional[Codec[T]] = None,
        hooks: Optional[Hooks[T]] = None,
    ) -> None:
        """`codec` is JSON unless given, `hooks` do nothing."""
        self._store = store
        self._group = as_bytes("group", group)
        self._codec: Codec[T] = Json() if codec is None else codec
        self._hooks: Hooks[T] = Hooks() if hooks is None else hooks

    def get(self, key: Data) -> Optional[T]:
        """Returns the value, or None if the key is absent or expired."""
        key = as_bytes("key", key)
        data = self._store.get(self._group, key)
        return None if data is None else self._loaded(key, data)

    def get_entry(self, key: Data) -> Optional[TypedEntry[T]]:
        """Returns the value with its version and expiry, or None."""
        entry = self._store.get_entry(self._group, key)
        return None if entry is None else self._loaded_entry(entry)

    def exists(self, key: Data) -> bool:
        """Answers whether a live entry is under a key. It is not decoded."""
        return self._store.exists(self._group, key)

    def set(self, key: Data, value: T, ttl: Ttl = DEFAULT) -> None:
        """Saves a value that lives for a time, as kv.Store.set takes it."""
        key = as_bytes("key", key)
        value, data = self._prepared(key, value)
        self._store.set(self._group, key, data, ttl)
        self._hooks.after_save(key, value)

    def put(self, key: Data, value: T, **options: Any) -> int:
        """Saves a value with the options of kv.Store.put, and returns the version written."""
        key = as_bytes("key", key)
        value, data = self._prepared(key, value)
        version = self._store.put(self._group, key, data, **options)
        self._hooks.after_save(key, value)
        return version

    def delete(self, key: Data) -> bool:
        """Deletes a key and answers whether a live entry was there."""
        key = as_bytes("key", key)
        self._hooks.before_delete(key)
        return self._deleted(key, self._store.delete(self._group, key))

    def delete_version(self, key: Data, version: int) -> bool:
        """Deletes a key that is at a version; kv.Conflict if it is at another."""
        key = as_bytes("key", key)
        self._hooks.before_delete(key)
        return self._deleted(key, self._store.delete_version(self._group, key, version))

    def take(self, key: Data) -> Optional[T]:
        """Deletes a key and returns the value it had, or None; one caller gets it.

        A value that cannot be decoded is deleted all the same.
        """
        key = as_bytes("key", key)
        self._hooks.before_delete(key)
        data = self._store.take(self._group, key)
        self._deleted(key, data is not None)
        return None if data is None else self._loaded(key, data)

    def get_many(self, keys: Iterable[Data]) -> dict[bytes, T]:
        """Returns the values of those keys that are there, as one snapshot."""
        found = self._store.get_many(self._group, keys)
        return {key: self._loaded(key, data) for key, data in found.items()}

    def set_many(self, values: Mapping[Any, T], ttl: Ttl = DEFAULT) -> None:
        """Saves all values or, on any error, none."""
        named = [(as_bytes("key", key), value) for key, value in values.items()]
        ready = [(key, *self._prepared(key, value)) for key, value in named]
        self._store.set_many(self._group, [(key, data) for key, _, data in ready], ttl)
        for key, value, _ in ready:
            self._hooks.after_save(key, value)

    def scan(
        self, prefix: Data = b"", *, after: Optional[Data] = None, limit: int = 0
    ) -> Iterator[TypedEntry[T]]:
        """Walks the values in byte order of their keys, over one snapshot, as kv.Store.scan."""
        entries = self._store.scan(self._group, prefix, after=after, limit=limit)
        return self._walk(entries)

    def _walk(self, entries: Cursor[Entry]) -> Iterator[TypedEntry[T]]:
        with entries:
            for entry in entries:
                yield self._loaded_entry(entry)

    def _prepared(self, key: bytes, value: T) -> tuple[T, bytes]:
        value = self._hooks.before_save(key, value)
        try:
            return value, self._codec.encode(value)
        except Exception as error:
            raise EncodeError(f"encode {key!r} of group {self._group!r}: {error}") from error

    def _loaded(self, key: bytes, data: bytes) -> T:
        try:
            value = self._codec.decode(data)
        except Exception as error:
            raise DecodeError(f"decode {key!r} of group {self._group!r}: {error}") from error
        return self._hooks.after_load(key, value)

    def _loaded_entry(self, entry: Entry) -> TypedEntry[T]:
        value = self._loaded(entry.key, entry.value)
        return TypedEntry(entry.key, value, entry.version, entry.expires_at_ms)

    def _deleted(self, key: bytes, was_there: bool) -> bool:
        if was_there:
            self._hooks.after_delete(key)
        return was_there
