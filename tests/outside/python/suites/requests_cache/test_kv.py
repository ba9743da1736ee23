"""The tests that requests-cache has for its storages; this file is put beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kv_engines import open_empty
from kv_requests_cache import KvCache, KvDict
from requests_cache import CachedSession
from tests.integration.base_storage_test import BaseStorageTest


class TestKvDict(BaseStorageTest):
    storage_class = KvDict
    init_kwargs: dict[str, Any] = {}

    @pytest.fixture(scope="class", autouse=True)
    def store(self) -> Iterator[None]:
        with open_empty() as store:
            self.init_kwargs["connection"] = store
            yield

    def init_cache(self, *names: Any, connection: Any = None, **settings: Any) -> Any:
        # The suite passes None for a connection that it does not know.
        if connection is not None:
            settings["connection"] = connection
        return super().init_cache(*names, **settings)

    @classmethod
    def teardown_class(cls) -> None:
        """The store is gone by then, with all its groups."""


def test_a_session_keeps_responses(requests_mock: Any) -> None:
    """The suite of whole caches needs a server of httpbin; one response goes through without."""
    requests_mock.get("http+mock://host/", text="hello")
    with open_empty() as store:
        session = CachedSession(backend=KvCache("http", connection=store), expire_after=60)
        session.mount("http+mock://", requests_mock._adapter)
        first, second = session.get("http+mock://host/"), session.get("http+mock://host/")
        assert (first.text, second.text) == ("hello", "hello")
        assert not first.from_cache and second.from_cache
        ttl = store.ttl("http/responses", first.cache_key)
        assert ttl is not None and 3600 < ttl.total_seconds() <= 3660
        session.cache.clear()
        assert store.count_all() == 0
