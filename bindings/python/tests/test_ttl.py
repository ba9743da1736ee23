"""Ttls: present, absent, zero and for ever, with and without a default_ttl."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

import kv

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

#: What a caller may say, and what it comes to where the default is an hour.
WORDS: list[tuple[dict[str, Any], Optional[timedelta]]] = [
    ({}, HOUR),
    ({"ttl": kv.DEFAULT}, HOUR),
    ({"ttl": None}, kv.NEVER),
    ({"ttl": kv.NEVER}, kv.NEVER),
    ({"ttl": timedelta(days=999999999, hours=23, minutes=59, seconds=59.999999)}, kv.NEVER),
    ({"ttl": float("inf")}, kv.NEVER),
    ({"ttl": timedelta(0)}, kv.NEVER),
    ({"ttl": 0}, kv.NEVER),
    ({"ttl": MINUTE}, MINUTE),
    ({"ttl": 60}, MINUTE),
    ({"ttl": 60.0}, MINUTE),
]


@pytest.fixture(params=["default_ttl=1h", "default_ttl=0"])
def cache(request: pytest.FixtureRequest) -> Iterator[tuple[kv.Store, timedelta]]:
    """A store with the ttl of an entry that is written without one."""
    default = HOUR if request.param == "default_ttl=1h" else kv.NEVER
    with kv.open(f"memory:?{request.param}") as store:
        yield store, default


def about(found: Optional[timedelta], expected: Optional[timedelta]) -> bool:
    """Returns whether a ttl is the expected one, or has run for less than a minute."""
    assert found is not None and expected is not None
    return found == expected or expected - MINUTE < found <= expected


@pytest.mark.parametrize(("given", "expected"), WORDS)
def test_every_write_takes_the_same_words(
    cache: tuple[kv.Store, timedelta], given: dict[str, Any], expected: timedelta
) -> None:
    store, default = cache
    expected = default if expected == HOUR else expected
    created = {"ttl_if_created": given["ttl"]} if given else {}
    typed: kv.Typed[str, int] = kv.Typed(store, "g")
    store.set("g", "set", "", **given)
    store.set_many("g", {"set_many": ""}, **given)
    store.put("g", "put", "", **given)
    store.increment("g", "increment", 1, **created)
    store.append("g", "append", "x", **created)
    typed.set("typed", 1, **given)
    typed.set_many({"typed many": 1}, **given)
    typed.put("typed put", 1, **given)
    store.group("g").set("group", "", **given)
    store.group("g").set_many({"group many": ""}, **given)
    with store.transaction() as transaction:
        transaction.set("g", "transaction", "", **given)
    with store.batch() as batch:
        batch.set("g", "batch", "", **given)
        batch.increment("g", "batch increment", 1, **created)
        batch.append("g", "batch append", "", **created)
        batch.commit()
    keys = list(store.keys("g"))
    assert len(keys) == 14
    for key in keys:
        assert about(store.ttl("g", key), expected), key


def test_what_takes_no_ttl_lives_for_the_default(cache: tuple[kv.Store, timedelta]) -> None:
    store, default = cache
    store.json.set("g", "json", "1")
    store.put("g", "put", "", expires_at=kv.DEFAULT)
    store.group("g")["item"] = ""
    store.group("g").update({"update": ""}, named="")
    store.group("g").setdefault("setdefault", "")
    keys = list(store.keys("g"))
    assert len(keys) == 6
    for key in keys:
        assert about(store.ttl("g", key), default), key


def test_a_record_takes_the_same_words(cache: tuple[kv.Store, timedelta]) -> None:
    store, default = cache
    for number, (given, expected) in enumerate(WORDS[1:]):
        store.idempotency.begin(str(number), "", given["ttl"])
        ttl = store.ttl("kv.idempotency", str(number))
        assert about(ttl, default if expected == HOUR else expected), given


@pytest.mark.parametrize(("given", "expected"), WORDS[1:])
def test_expire_takes_the_same_words(
    cache: tuple[kv.Store, timedelta], given: dict[str, Any], expected: timedelta
) -> None:
    store, default = cache
    for key in ("alone", "batch"):
        store.set("g", key, "", timedelta(seconds=5))
    assert store.expire("g", "alone", given["ttl"])
    with store.batch() as batch:
        batch.expire("g", "batch", given["ttl"])
        batch.commit()
    for key in ("alone", "batch"):
        assert about(store.ttl("g", key), default if expected == HOUR else expected), key


def test_what_was_read_means_the_same_when_it_is_given_back(
    cache: tuple[kv.Store, timedelta],
) -> None:
    store, _ = cache
    moment = datetime(2200, 1, 1, tzinfo=timezone.utc)
    store.put("g", "never", "", ttl=kv.NEVER)
    store.put("g", "once", "", expires_at=moment)
    for key in ("never", "once"):
        entry, ttl = store.get_entry("g", key), store.ttl("g", key)
        assert entry is not None and ttl is not None
        store.put("g", key, "new", expires_at=entry.expires_at)
        again = store.get_entry("g", key)
        assert again is not None and again.expires_at == entry.expires_at
        store.set("g", key, "newer", ttl)
        assert about(store.ttl("g", key), ttl)


def test_a_moment_just_before_1970_is_long_past(cache: tuple[kv.Store, timedelta]) -> None:
    store, _ = cache
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) - timedelta(milliseconds=1)
    store.put("g", "k", "", expires_at=moment)
    assert store.get("g", "k") is None
