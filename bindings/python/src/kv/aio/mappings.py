"""Groups, and groups of typed values, with the methods of a mapping as calls of asyncio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar, Union, overload

from .. import codec, group, typed
from ..arguments import Data
from ..cursor import Cursor as BlockingCursor
from ..duration import DEFAULT, Ttl
from ..mapping import MISSING
from ..names import Given, Name, as_name
from ..store import Store as BlockingStore
from .calls import Iteration, asynchronous
from .cursors import Cursor
from .keywords import ScanOptions
from .parts import Part

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .store import Store

V = TypeVar("V")
T = TypeVar("T")
D = TypeVar("D")


class GroupCalls(Part, Generic[Name, V, T]):
    """The calls of a mapping. Of a value V as it comes out, and T as it may go in."""

    @overload
    async def get(self, key: Data) -> Optional[V]: ...

    @overload
    async def get(self, key: Data, default: Union[V, D]) -> Union[V, D]: ...

    async def get(self, key: Data, default: Any = None) -> Any:
        """Returns the value, or the default if the key is absent or expired."""
        return await self._run(group.Group.get, key, default)

    @overload
    async def pop(self, key: Data) -> V: ...

    @overload
    async def pop(self, key: Data, default: Union[V, D]) -> Union[V, D]: ...

    async def pop(self, key: Data, default: Any = MISSING) -> Any:
        """Deletes a key and returns its value, or the default, or raises KeyError without one."""
        return await self._run(group.Group.pop, key, default)

    async def popitem(self) -> tuple[Name, V]:
        """Takes the first entry, and returns its key and value; KeyError if there is none."""
        found: tuple[Name, V] = await self._run(lambda mapping: mapping.popitem())
        return found

    async def setdefault(self, key: Data, default: T) -> V:
        """Returns the value; if the key is absent, writes the default first."""
        found: V = await self._run(lambda mapping: mapping.setdefault(key, default))
        return found

    async def update(
        self, values: Union[Mapping[Any, T], Iterable[tuple[Data, T]]] = (), /, **named: T
    ) -> None:
        """Writes all values or, on any error, none. Of a repeated key the last one counts."""
        await self._run(lambda mapping: mapping.update(values, **named))

    async def set(self, key: Data, value: T, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time, as kv.Store.set."""
        await self._run(lambda mapping: mapping.set(key, value, ttl))

    async def set_many(
        self, values: Union[Mapping[Any, T], Iterable[tuple[Data, T]]], ttl: Ttl = DEFAULT
    ) -> None:
        """Writes all values or, on any error, none. Of a repeated key the last one counts."""
        await self._run(lambda mapping: mapping.set_many(values, ttl))

    async def delete(self, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""
        return bool(await self._run(lambda mapping: mapping.delete(key)))

    async def exists(self, key: Data) -> bool:
        """Returns whether a live entry is under a key, as `in` for a kv.Group."""
        return bool(await self._run(lambda mapping: key in mapping))

    async def count(self) -> int:
        """Returns the number of entries, as `len` for a kv.Group."""
        return int(await self._run(len))

    async def copy(self) -> dict[Name, V]:
        """Returns the entries as a dict, by one scan."""
        found: dict[Name, V] = await self._run(lambda mapping: mapping.copy())
        return found

    async def clear(self) -> None:
        """Deletes all entries."""
        await self._run(lambda mapping: mapping.clear())

    def keys(self) -> Iteration[Cursor[Name], Name]:
        """Iterates over the keys, in byte order."""
        return self._scanning(lambda mapping: mapping._keys())

    def items(self) -> Iteration[Cursor[tuple[Name, V]], tuple[Name, V]]:
        """Iterates over keys and values, in byte order of the keys."""
        raise NotImplementedError

    def __aiter__(self) -> Any:
        return self.keys().__aiter__()

    def _scanning(
        self, opened: Callable[[Any], BlockingCursor[D]]
    ) -> Iteration[Cursor[D], D]:
        return self._store._iterating(lambda store: opened(self._of(store)))


class Group(GroupCalls[Name, bytes, Data]):
    """One group of a store, with the methods of a kv.Group; kv.aio.Store.group returns it."""

    def __init__(self, store: Store, name: Name) -> None:
        super().__init__(store)
        as_name("group", name)
        self._name: Name = name

    @property
    def name(self) -> Name:
        """The name of the group, as it was given."""
        return self._name

    def items(self) -> Iteration[Cursor[tuple[Name, bytes]], tuple[Name, bytes]]:
        """Iterates over keys and values, in byte order of the keys."""
        return self._scanning(lambda mapping: mapping._pairs())

    def __repr__(self) -> str:
        return f"<kv.aio.Group {self._name!r} of {self._store!r}>"

    def _of(self, store: BlockingStore) -> group.Group[Name]:
        return store.group(self._name)


class Typed(GroupCalls[Name, V, V]):
    """The values of one type in one group; kv.Typed describes it.

    Its codec and hooks run in threads, but in the event loop for what a scan loads.
    """

    def __init__(
        self,
        store: Store,
        group: Name,
        codec: Optional[codec.Codec[V]] = None,
        hooks: Optional[codec.Hooks[V]] = None,
    ) -> None:
        super().__init__(store)
        as_name("group", group)
        self._name: Name = group
        self._codec = codec
        self._hooks = hooks

    put = asynchronous(typed.Typed.put)
    delete_version = asynchronous(typed.Typed.delete_version)

    @property
    def name(self) -> Name:
        """The name of the group, as it was given."""
        return self._name

    async def get_entry(self, key: Data) -> Optional[typed.TypedEntry[Name, V]]:
        """Returns the value with its version and expiry, or None."""
        return await self._run(typed.Typed.get_entry, key)

    async def take(self, key: Data) -> Optional[V]:
        """Deletes a key and returns the value it had, or None; exactly one caller gets it."""
        found: Optional[V] = await self._run(typed.Typed.take, key)
        return found

    @overload
    async def get_many(self, keys: Iterable[str]) -> dict[str, V]: ...

    @overload
    async def get_many(self, keys: Iterable[bytes]) -> dict[bytes, V]: ...

    @overload
    async def get_many(self, keys: Iterable[Data]) -> dict[Given, V]: ...

    async def get_many(self, keys: Iterable[Any]) -> dict[Any, V]:
        """Returns the values of those keys that are there, as kv.Store.get_many."""
        return await self._run(typed.Typed.get_many, keys)

    def scan(
        self, prefix: Data = b"", **options: Unpack[ScanOptions]
    ) -> Iteration[Cursor[typed.TypedEntry[Name, V]], typed.TypedEntry[Name, V]]:
        """Iterates over the entries in byte order of their keys, as kv.Typed.scan."""
        return self._scanning(lambda mapping: mapping.scan(prefix, **options))

    def items(self) -> Iteration[Cursor[tuple[Name, V]], tuple[Name, V]]:
        """Iterates over keys and values, in byte order of the keys."""
        return self._scanning(lambda mapping: mapping._pairs())

    def __repr__(self) -> str:
        return f"<kv.aio.Typed {self._name!r} of {self._store!r}>"

    def _of(self, store: BlockingStore) -> typed.Typed[Name, V]:
        return typed.Typed(store, self._name, self._codec, self._hooks)


