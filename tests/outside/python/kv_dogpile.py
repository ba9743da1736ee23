"""A group as a backend of dogpile.cache, with mutexes that all processes on the store share.

    region = make_region().configure("kv", arguments={"store": store, "group": "pages"})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Optional, Union

import kv
from dogpile.cache import register_backend
from dogpile.cache.api import NO_VALUE, BytesBackend, CacheMutex

Serialized = Union[bytes, Any]


class KvBackend(BytesBackend):
    """The values of a group.

    Its arguments: store, a kv.Store, which the caller closes; group, "dogpile" if left out; ttl, after
    which a value is gone, for ever if left out; lock_ttl, after which a mutex whose holder has died
    is free, 30 s if left out.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._store: kv.Store = arguments["store"]
        self._group: str = arguments.get("group", "dogpile")
        self._ttl = arguments.get("ttl", kv.NEVER)
        self._lock_ttl: float = arguments.get("lock_ttl", 30.0)

    def get_serialized(self, key: str) -> Serialized:
        value = self._store.get(self._group, key)
        return NO_VALUE if value is None else value

    def get_serialized_multi(self, keys: Iterable[str]) -> Sequence[Serialized]:
        keys = list(keys)
        found = self._store.get_many(self._group, keys)
        return [found.get(key, NO_VALUE) for key in keys]

    def set_serialized(self, key: str, value: bytes) -> None:
        self._store.set(self._group, key, value, self._ttl)

    def set_serialized_multi(self, mapping: Mapping[str, bytes]) -> None:
        self._store.set_many(self._group, mapping, self._ttl)

    def delete(self, key: str) -> None:
        self._store.delete(self._group, key)

    def delete_multi(self, keys: Iterable[str]) -> None:
        self._store.delete_many(self._group, keys)

    def get_mutex(self, key: str) -> KvMutex:
        return KvMutex(self._store, f"{self._group!r}/{key}", self._lock_ttl)

    def has_lock_timeout(self) -> bool:
        return True


class KvMutex(CacheMutex):
    """A lock of the store, with a lease and no renewal."""

    def __init__(self, store: kv.Store, name: str, lease: float) -> None:
        self._store = store
        self._name = name
        self._lease = lease
        self._lock: Optional[kv.Lock] = None

    def acquire(self, wait: bool = True) -> bool:
        try:
            lock = self._store.lock(self._name, lease=self._lease, wait=None if wait else 0)
        except kv.LockHeldError:
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        """Frees the lock, unless it was not acquired, or has expired and may be another's."""
        # First, as another thread may acquire it through this object at once.
        lock, self._lock = self._lock, None
        if lock is not None:
            with suppress(kv.LockLostError):
                lock.release()

    def locked(self) -> bool:
        return self._store.lock_holder(self._name) is not None


register_backend("kv", __name__, "KvBackend")  # type: ignore[no-untyped-call]
