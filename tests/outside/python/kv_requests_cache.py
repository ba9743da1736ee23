"""Groups as the storage of requests-cache: responses that expire, and redirects.

    session = CachedSession(backend=KvCache("http", connection=store), expire_after=300)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Optional

import kv
from requests_cache.backends.base import BaseCache, BaseStorage
from requests_cache.serializers import pickle_serializer, utf8_encoder


class KvCache(BaseCache):
    """The responses and redirects of one name, in two groups of a store, which the caller closes."""

    def __init__(self, cache_name: str, *, connection: kv.Store, **kwargs: Any) -> None:
        super().__init__(cache_name=cache_name, **kwargs)
        self.responses = KvDict(cache_name, "responses", connection=connection, **kwargs)
        kwargs["serializer"] = utf8_encoder
        self.redirects = KvDict(cache_name, "redirects", connection=connection, **kwargs)


class KvDict(BaseStorage[str, Any]):
    """One group as a dict. A value with a time to live is gone after it, and ttl_offset seconds."""

    def __init__(
        self,
        namespace: str,
        collection_name: str = "responses",
        *,
        connection: kv.Store,
        serializer: Any = pickle_serializer,
        ttl: bool = True,
        ttl_offset: int = 3600,
        **kwargs: Any,
    ) -> None:
        super().__init__(serializer=serializer, **kwargs)
        self.connection = connection
        self._group = connection.group(f"{namespace}/{collection_name}")
        self._has_ttl = ttl
        self._ttl_offset = ttl_offset

    def __contains__(self, key: object) -> bool:
        return key in self._group

    def __getitem__(self, key: str) -> Any:
        return self.deserialize(key, self._group[key])

    def __setitem__(self, key: str, value: Any) -> None:
        stored: bytes = self.serialize(value)
        self._group.set(key, stored, ttl=self._ttl_of(value))

    def __delitem__(self, key: str) -> None:
        del self._group[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __len__(self) -> int:
        return len(self._group)

    def keys(self) -> Iterator[str]:  # type: ignore[override]
        return iter(self)

    def values(self) -> Iterator[Any]:  # type: ignore[override]
        return (value for _, value in self.items())

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        for key, stored in self._group.items():
            yield key, self.deserialize(key, stored)

    def bulk_delete(self, keys: Iterable[str]) -> None:
        """Deletes keys in one step; those that are missing are no error."""
        self.connection.delete_many(self._group.name, keys)

    def clear(self) -> None:
        self._group.clear()

    def _ttl_of(self, value: Any) -> Optional[float]:
        seconds: Optional[float] = getattr(value, "expires_delta", None)
        if not self._has_ttl or seconds is None or seconds + self._ttl_offset <= 0:
            return None
        return seconds + self._ttl_offset
