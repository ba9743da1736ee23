"""A group as a backend of dogpile.cache, with mutexes that all processes on the store share.

    region = make_region().configure("kv", arguments={"store": store, "group": "pages"})
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

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
        return [found.get(key.encode(), NO_VALUE) for key in keys]

    def set_serialized(self, key: str, value: bytes) -> None:
        self._store.set(self._group, key, value, self._ttl)

    def set_serialized_multi(self, mapping: Mapping[str, bytes]) -> None:
        self._store.set_many(self._group, mapping, self._ttl)

    def delete(self, key: str) -> None:
        self._store.delete(self._group, key)

    def delete_multi(self, keys: Iterable[str]) -> None:
        self._store.delete_many(self._group, keys)

    def get_mutex(self, key: str) -> KvMutex:
        return KvMutex(self._store, f"{self._group}/locks", key, self._lock_ttl)

    def has_lock_timeout(self) -> bool:
        return True


class KvMutex(CacheMutex):
    """A lock: an entry with its holder's token that expires."""

    #: A release in another process, of which a file without a change log has no event, is noticed
    #: after so many seconds.
    POLL = 0.1

    def __init__(self, store: kv.Store, group: str, key: str, ttl: float) -> None:
        self._store = store
        self._group = group
        self._key = key
        self._ttl = ttl
        self._token = secrets.token_bytes(16)

    def acquire(self, wait: bool = True) -> bool:
        if self._try():
            return True
        if not wait:
            return False
        with self._store.watch(self._group, self._key) as watch:
            while not self._try():
                watch.poll(self.POLL)
        return True

    def release(self) -> None:
        """Frees the lock, unless it has expired and is another's."""

        def free(transaction: kv.Transaction) -> None:
            if transaction.get(self._group, self._key) == self._token:
                transaction.delete(self._group, self._key)

        self._store.update(free)

    def locked(self) -> bool:
        return self._store.exists(self._group, self._key)

    def _try(self) -> bool:
        try:
            self._store.put(self._group, self._key, self._token, ttl=self._ttl, if_absent=True)
        except kv.ConflictError:
            return False
        return True


register_backend("kv", __name__, "KvBackend")  # type: ignore[no-untyped-call]
