"""A group as a cache of cachelib, which Flask-Caching and Flask-Session use.

    cache = KvCache(store, "pages")
    cache.set("home", html, timeout=60)
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Optional, Union

import kv
from cachelib import BaseCache
from cachelib.serializers import BaseSerializer

Timeout = Union[int, dt.timedelta, None]
#: The beginning of a pickled value. A number has none, so that the store can count it.
PICKLED = b"!"


class KvCache(BaseCache):
    """The values of a group. Those that are int are counters; all others go through the serializer.

    A timeout of 0 is for ever, for cachelib as for kv. Each call is atomic; `get_many` reads one
    snapshot, `set_many` and `delete_many` do all or nothing.
    """

    serializer = BaseSerializer()

    def __init__(
        self,
        store: kv.Store,
        group: str = "cache",
        default_timeout: Union[int, dt.timedelta] = 300,
        ignore_delete_many_errors: bool = True,
    ) -> None:
        super().__init__(default_timeout, ignore_delete_many_errors)
        self._store = store
        self._group = group

    def get(self, key: str) -> Any:
        return self._decode(self._store.get(self._group, key))

    def get_many(self, *keys: str) -> list[Any]:
        found = self._store.get_many(self._group, keys)
        return [self._decode(found.get(key)) for key in keys]

    def set(self, key: str, value: Any, timeout: Timeout = None) -> bool:
        self._store.set(self._group, key, self._encode(value), self._normalize_timeout(timeout))
        return True

    def set_many(self, mapping: dict[str, Any], timeout: Timeout = None) -> list[str]:
        values = {key: self._encode(value) for key, value in mapping.items()}
        self._store.set_many(self._group, values, self._normalize_timeout(timeout))
        return list(mapping)

    def add(self, key: str, value: Any, timeout: Timeout = None) -> bool:
        ttl = self._normalize_timeout(timeout)
        try:
            self._store.put(self._group, key, self._encode(value), ttl=ttl, if_absent=True)
        except kv.ConflictError:
            return False
        return True

    def delete(self, key: str) -> bool:
        return self._store.delete(self._group, key)

    def delete_many(self, *keys: str) -> list[str]:
        self._store.delete_many(self._group, keys)
        return list(keys)

    def has(self, key: str) -> bool:
        return self._store.exists(self._group, key)

    def clear(self) -> bool:
        self._store.delete_group(self._group)
        return True

    def inc(self, key: str, delta: int = 1) -> Optional[int]:
        """Adds to a number and returns the sum; None for a value that is no number of 64 bits."""
        try:
            return self._store.increment(self._group, key, delta, self.default_timeout)
        except kv.NotIntegerError:
            return None

    def dec(self, key: str, delta: int = 1) -> Optional[int]:
        return self.inc(key, -delta)

    def _encode(self, value: Any) -> bytes:
        if type(value) is int:
            return str(value).encode()
        pickled = self.serializer.dumps(value)
        if pickled is None:
            raise ValueError(f"the serializer cannot dump a {type(value).__name__}")
        return PICKLED + pickled

    def _decode(self, stored: Optional[bytes]) -> Any:
        if stored is None:
            return None
        if stored.startswith(PICKLED):
            return self.serializer.loads(stored[len(PICKLED) :])
        return int(stored)
