"""Rules of the adapters that the suites leave open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kv
import pytest
from kv_cachelib import KvCache
from kv_dogpile import KvBackend
from kv_engines import open_empty
from kv_mapping import Mapping
from kv_requests_cache import KvCache as KvResponses
from requests_cache import CachedSession


@pytest.fixture
def store() -> Iterator[kv.Store]:
    with open_empty() as opened:
        yield opened


def test_a_mapping_has_keys_of_any_literal_and_refuses_others(store: kv.Store) -> None:
    mapping = Mapping(store.group("mapping"))
    for key in ("1", 1, b"1", (1, "1"), None):
        mapping[key] = [key]
    assert dict(mapping) == {key: [key] for key in ("1", 1, b"1", (1, "1"), None)}
    with pytest.raises(TypeError, match="has to be a literal"):
        mapping[object()] = 1
    assert len(mapping) == 5


def test_a_cached_value_that_is_no_number_is_not_counted(store: kv.Store) -> None:
    cache = KvCache(store)
    cache.set("key", "spam")
    assert cache.inc("key") is None and cache.get("key") == "spam"
    cache.set("key", 2**80)
    assert cache.inc("key") is None and cache.get("key") == 2**80


def test_a_value_that_the_serializer_refuses_is_not_cached(store: kv.Store) -> None:
    cache = KvCache(store)
    cache.serializer = Refusing()
    with pytest.raises(ValueError, match="cannot dump a list"):
        cache.set_many({"a": 1, "b": []})
    assert not cache.has("a")


class Refusing:
    def dumps(self, value: Any) -> None:
        """Returns what cachelib's serializers return for a value that they cannot dump."""


def test_a_mutex_is_released_by_its_holder_alone(store: kv.Store) -> None:
    backend = KvBackend({"store": store})
    first, second = backend.get_mutex("key"), backend.get_mutex("key")
    assert first.acquire()
    second.release()
    assert first.locked() and not second.acquire(False)
    first.release()
    assert second.acquire(False)
    other = KvBackend({"store": store, "group": "others"}).get_mutex("key")
    assert not other.locked() and other.acquire(False)


def test_a_mutex_whose_holder_is_gone_expires(store: kv.Store) -> None:
    backend = KvBackend({"store": store, "lock_ttl": 0.05})
    first, second = backend.get_mutex("key"), KvBackend({"store": store}).get_mutex("key")
    assert first.acquire() and second.acquire()
    first.release()
    assert second.locked()


def test_a_session_keeps_responses_for_their_time(store: kv.Store, requests_mock: Any) -> None:
    """The suite of requests-cache for whole caches needs a server of httpbin."""
    requests_mock.get("http+mock://host/", text="hello")
    session = CachedSession(backend=KvResponses("http", connection=store), expire_after=60)
    session.mount("http+mock://", requests_mock._adapter)
    first, second = session.get("http+mock://host/"), session.get("http+mock://host/")
    assert (first.text, second.text) == ("hello", "hello")
    assert not first.from_cache and second.from_cache
    ttl = store.ttl("http/responses", second.cache_key)
    assert ttl is not None and 0 < ttl.total_seconds() <= 3660
    session.cache.clear()
    assert store.count_all() == 0


def test_calls_on_a_closed_store_are_errors(store: kv.Store) -> None:
    cache, mapping = KvCache(store), Mapping(store.group("mapping"))
    backend, responses = KvBackend({"store": store}), KvResponses("http", connection=store)
    mutex = backend.get_mutex("key")
    assert mutex.acquire()
    store.close()
    for call in (
        lambda: cache.get("key"),
        lambda: cache.set("key", 1),
        lambda: cache.inc("key"),
        lambda: cache.clear(),
        lambda: mapping["key"],
        lambda: mapping.update(key=1),
        lambda: backend.get_serialized("key"),
        lambda: backend.set_serialized("key", b"value"),
        lambda: mutex.acquire(),
        lambda: mutex.locked(),
        lambda: mutex.release(),
        lambda: responses.responses["key"],
        lambda: responses.clear(),
    ):
        with pytest.raises(kv.ClosedError):
            call()
