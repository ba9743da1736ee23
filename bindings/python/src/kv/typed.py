"""Typed stores: values of one type in one group, through a codec and hooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Optional, TypeVar, Union, overload

from .arguments import Data
from .codec import Codec, Hooks, Json
from .cursor import Cursor
from .duration import DEFAULT, Ttl
from .entry import Entry
from .errors import ConflictError, DecodeError, EncodeError
from .handle import as_store
from .mapping import GroupMapping
from .names import Given, Name, as_given, as_name, as_pairs, namer
from .options import Durability, Expiry, moment_of
from .store import Store

T = TypeVar("T")


@dataclass(frozen=True)
class TypedEntry(Generic[Name, T]):
    """A value with its key, version and expiry, as in kv.Entry."""

    key: Name
    value: T
    version: int
    #: Milliseconds since 1970, or None if it never expires.
    expires_at_ms: Optional[int]

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does; OverflowError past the year 9999."""
        return moment_of(self.expires_at_ms)


class Typed(GroupMapping[Name, T, T]):
    """The values of type T in one group of a store, which is also a mutable mapping of them.

        users: kv.Typed[str, User] = kv.Typed(store, "users", codec)

    Keys are str, also those that hooks get, or bytes if the group is named in bytes.

    Errors are those of the store, kv.EncodeError and kv.DecodeError; absence is None. It is as
    safe between threads as its codec and hooks are, and ends with its store.
    """

    def __init__(
        self,
        store: Store,
        group: Name,
        codec: Optional[Codec[T]] = None,
        hooks: Optional[Hooks[T]] = None,
    ) -> None:
        """`codec` is kv.Json() unless given; without `hooks` there are none."""
        self._store = store
        as_store("kv.Typed", store)
        as_name("group", group)
        self._group: Name = as_given(group)
        self._named = namer(group)
        self._codec: Codec[T] = Json() if codec is None else codec
        self._hooks: Hooks[T] = Hooks() if hooks is None else hooks

    @property
    def name(self) -> Name:
        """The name of the group, as it was given."""
        return self._group

    def get_entry(self, key: Data) -> Optional[TypedEntry[Name, T]]:
        """Returns the value with its version and expiry, or None."""
        entry = self._store.get_entry(self._group, key)
        return None if entry is None else self._loaded_entry(entry)

    def exists(self, key: Data) -> bool:
        """Returns whether a live entry is under a key. It is not decoded."""
        return self._store.exists(self._group, key)

    def set(self, key: Data, value: T, ttl: Ttl = DEFAULT) -> None:
        """Saves a value that lives for a time, as kv.Store.set."""
        name = self._name_of(key)
        value, data = self._prepared(name, value)
        self._store.set(self._group, name, data, ttl)
        self._hooks.after_save(name, value)

    def put(
        self,
        key: Data,
        value: T,
        *,
        ttl: Ttl = DEFAULT,
        expires_at: Expiry = DEFAULT,
        keep_ttl: bool = False,
        if_absent: bool = False,
        if_present: bool = False,
        if_version: Optional[int] = None,
        durability: Durability = Durability.DEFAULT,
    ) -> int:
        """Saves a value if a condition holds, as kv.Store.put, and returns the version written."""
        name = self._name_of(key)
        value, data = self._prepared(name, value)
        version = self._store.put(
            self._group,
            name,
            data,
            ttl=ttl,
            expires_at=expires_at,
            keep_ttl=keep_ttl,
            if_absent=if_absent,
            if_present=if_present,
            if_version=if_version,
            durability=durability,
        )
        self._hooks.after_save(name, value)
        return version

    def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there. It is not decoded."""
        name = self._name_of(key)
        self._hooks.before_delete(name)
        return self._deleted(name, self._store.delete(self._group, name))

    def delete_version(self, key: Data, version: int) -> bool:
        """Deletes a key that is at a version; kv.ConflictError if it is at another."""
        name = self._name_of(key)
        self._hooks.before_delete(name)
        return self._deleted(name, self._store.delete_version(self._group, name, version))

    def take(self, key: Data) -> Optional[T]:
        """Deletes a key and returns the value it had, or None; exactly one caller gets it.

        The value is loaded first: one that cannot be decoded, or that a hook refuses, stays.
        """
        value: Optional[T] = self._take(key, None)
        return value

    @overload
    def get_many(self, keys: Iterable[str]) -> dict[str, T]: ...

    @overload
    def get_many(self, keys: Iterable[bytes]) -> dict[bytes, T]: ...

    @overload
    def get_many(self, keys: Iterable[Data]) -> dict[Given, T]: ...

    def get_many(self, keys: Iterable[Any]) -> dict[Any, T]:
        """Returns the values of those keys that are there, as kv.Store.get_many."""
        found = self._store.get_many(self._group, keys)
        return {key: self._loaded(self._name_of(key), data) for key, data in found.items()}

    def set_many(
        self, values: Union[Mapping[Any, T], Iterable[tuple[Data, T]]], ttl: Ttl = DEFAULT
    ) -> None:
        """Saves all values or, on any error, none. Of a repeated key the last one counts."""
        pairs = [(self._name_of(key), value) for key, value in as_pairs(values)]
        ready = [(pair[0], self._prepared(*pair)) for pair in pairs]
        self._store.set_many(self._group, [(name, saved[1]) for name, saved in ready], ttl)
        for done in ready:
            self._hooks.after_save(done[0], done[1][0])

    def scan(
        self,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        offset: int = 0,
        snapshot: bool = False,
    ) -> Cursor[TypedEntry[Name, T]]:
        """Iterates over the entries in byte order of their keys, as kv.Store.scan."""
        entries = self._store.scan(
            self._group,
            prefix,
            glob=glob,
            redis_glob=redis_glob,
            from_key=from_key,
            above=above,
            below=below,
            to_key=to_key,
            after=after,
            reverse=reverse,
            limit=limit,
            offset=offset,
            snapshot=snapshot,
        )
        return entries._picking(self._loaded_entry)

    def clear(self) -> None:
        """Deletes all values, without hooks, as kv.Store.delete_group."""
        self._store.delete_group(self._group)

    def __contains__(self, key: object) -> bool:
        return self._store.exists(self._group, key)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self._store.count(self._group)

    def __repr__(self) -> str:
        return f"<kv.Typed {self._group!r} of {self._store!r}>"

    def _find(self, key: Data, default: Any) -> Any:
        name = self._name_of(key)
        data = self._store.get(self._group, name)
        return default if data is None else self._loaded(name, data)

    def _take(self, key: Data, default: Any) -> Any:
        name = self._name_of(key)
        while True:
            entry = self.get_entry(name)
            if entry is None:
                return default
            self._hooks.before_delete(name)
            try:
                was_there = self._store.delete_version(self._group, name, entry.version)
            except ConflictError:
                # Another has written it since; its value is to be loaded.
                continue
            return entry.value if self._deleted(name, was_there) else default

    def _add(self, key: Data, value: T) -> T:
        name = self._name_of(key)
        value, data = self._prepared(name, value)
        self._store.put(self._group, name, data, if_absent=True)
        self._hooks.after_save(name, value)
        return value

    def _keys(self, reverse: bool = False, limit: int = 0) -> Cursor[Name]:
        return self._store.keys(self._group, reverse=reverse, limit=limit)

    def _pairs(self, reverse: bool = False) -> Cursor[tuple[Name, T]]:
        return self.scan(reverse=reverse)._picking(lambda entry: (entry.key, entry.value))

    def _name_of(self, key: Data) -> Name:
        """Returns a key as hooks get it, in the type of the group's name."""
        name: Name = self._named(as_name("key", key))
        return name

    def _prepared(self, key: Name, value: T) -> tuple[T, bytes]:
        value = self._hooks.before_save(key, value)
        try:
            return value, self._codec.encode(value)
        except Exception as error:
            raise EncodeError(f"encode {key!r} of group {self._group!r}: {error}") from error

    def _loaded(self, key: Name, data: bytes) -> T:
        try:
            value = self._codec.decode(data)
        except Exception as error:
            raise DecodeError(f"decode {key!r} of group {self._group!r}: {error}") from error
        return self._hooks.after_load(key, value)

    def _loaded_entry(self, entry: Entry[Name]) -> TypedEntry[Name, T]:
        value = self._loaded(entry.key, entry.value)
        return TypedEntry(entry.key, value, entry.version, entry.expires_at_ms)

    def _deleted(self, key: Name, was_there: bool) -> bool:
        if was_there:
            self._hooks.after_delete(key)
        return was_there
