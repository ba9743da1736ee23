"""The suites that dogpile.cache has for its backends."""

from __future__ import annotations

from collections.abc import Iterator

import kv_dogpile  # noqa: F401: it registers the backend
import pytest
from dogpile.testing.fixtures import (
    _GenericBackendTestSuite,
    _GenericMutexTestSuite,
    _GenericSerializerTestSuite,
)
from kv_engines import open_empty

ARGUMENTS: dict[str, object] = {}


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[None]:
    with open_empty() as opened:
        ARGUMENTS["store"] = opened
        yield


class KvSuite:
    backend = "kv"
    config_args = {"arguments": ARGUMENTS}


class TestBackend(KvSuite, _GenericBackendTestSuite):
    pass


class TestSerializer(KvSuite, _GenericSerializerTestSuite, _GenericBackendTestSuite):
    pass


class TestMutex(KvSuite, _GenericMutexTestSuite):
    pass
