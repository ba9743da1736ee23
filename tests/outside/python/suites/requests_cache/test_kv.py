"""The tests that requests-cache has for its storages; this file is put beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kv_engines import open_empty
from kv_requests_cache import KvDict
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
