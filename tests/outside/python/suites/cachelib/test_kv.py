"""The tests that cachelib has in common for its caches; this file is put beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cachelib.serializers import BaseSerializer
from clear import ClearTests
from common import CommonTests
from delete_many_with_prefix import DeleteManyWithPrefixTests
from has import HasTests
from kv_cachelib import KvCache
from kv_engines import open_empty
from serializer import SerializerTests


class TextSerializer(BaseSerializer):
    """Another serializer than pickle."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return repr(value).encode()

    def loads(self, bvalue: bytes) -> Any:
        return eval(bvalue.decode())


class TextCache(KvCache):
    serializer = TextSerializer()


@pytest.fixture(autouse=True, params=[KvCache, TextCache])
def cache_factory(request: pytest.FixtureRequest) -> Iterator[None]:
    with open_empty() as store:

        def factory(self: object, key_prefix: str = "cache", **settings: Any) -> KvCache:
            cache: KvCache = request.param(store, key_prefix, **settings)
            cache.clear()
            return cache

        request.cls.cache_factory = factory
        yield


class TestKvCache(CommonTests, ClearTests, HasTests, DeleteManyWithPrefixTests, SerializerTests):
    pass
