"""Snapshots: stores that stay as they were, for several calls."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Optional

import pytest

import kv
from conftest import race

HOUR = timedelta(hours=1)


def test_a_snapshot_stays_as_it_was(store: kv.Store) -> None:
    store.set_many("g", {"a": "1", "b": "2"})
    store.set("g", "c", "3", ttl=HOUR)
    with store.snapshot() as then:
        assert isinstance(then, kv.Store)
        left = then.ttl("g", "c")
        store.delete_all()
        store.set("new", "k", "v")
        assert then.get("g", "a") == b"1" and then.get_entry("g", "b") is not None
        assert [entry.key for entry in then.scan("g")] == ["a", "b", "c"]
        assert dict(then.group("g")) == {"a": b"1", "b": b"2", "c": b"3"}
        assert list(then.groups()) == ["g"]
        assert left is not None and left == then.ttl("g", "c") and left <= HOUR
        with store.snapshot() as now:
            assert list(now.groups()) == ["new"]
    assert store.get("new", "k") == b"v"


def test_a_snapshot_is_of_the_moment_of_its_call_in_every_thread(store: kv.Store) -> None:
    """Every commit keeps the two keys equal, so every snapshot reads them equal."""
    store.set_many("g", {"a": "0", "b": "0"})
    is_over = threading.Event()
    seen: set[Optional[bytes]] = set()

    def write() -> None:
        rounds = 0
        while not is_over.is_set():
            rounds += 1
            store.set_many("g", {"a": str(rounds), "b": str(rounds)})

    def read() -> None:
        while len(seen) < 20 and not is_over.is_set():
            with store.snapshot() as then:
                seen.add(then.get("g", "a"))
                assert then.get("g", "a") == then.get("g", "b")

    def work(number: int) -> None:
        try:
            write() if number == 0 else read()
        finally:
            is_over.set()

    race(2, work)
    assert len(seen) == 20, "the snapshots were not taken between writes"


WRITES: list[Callable[[kv.Store], object]] = [
    lambda then: then.set("g", "k", "new"),
    lambda then: then.put("g", "k", "new", if_present=True),
    lambda then: then.delete("g", "k"),
    lambda then: then.take("g", "k"),
    lambda then: then.increment("n", "k"),
    lambda then: then.expire("g", "k", 60),
    lambda then: then.set_many("g", {"k": "new"}),
    lambda then: then.delete_group("g"),
    lambda then: then.delete_all(),
    lambda then: then.maintenance.purge_expired(),
    lambda then: then.update(lambda transaction: transaction.set("g", "k", "new")),
    lambda then: then.lock("job", lease=60),
    lambda then: then.lock("job", lease=60, wait=60),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_snapshot_is_not_written(store: kv.Store, write: Callable[[kv.Store], object]) -> None:
    store.set("g", "k", "v")
    with store.snapshot() as then:
        with pytest.raises(kv.ReadOnlyError) as caught:
            write(then)
        assert isinstance(caught.value, OSError) and str(caught.value)
        assert then.get("g", "k") == b"v"
    assert dict(store.group("g")) == {"k": b"v"} and store.count_all() == 1


def test_what_a_snapshot_has_none_of_is_unsupported(store: kv.Store, path: Path) -> None:
    with store.snapshot() as then:
        calls: list[Callable[[], object]] = [
            lambda: then.watch("g"),
            lambda: then.maintenance.stats(),
            lambda: then.maintenance.usage(),
            lambda: then.metrics(),
            lambda: then.metrics_text(),
            lambda: then.maintenance.check(),
            lambda: then.maintenance.backup(f"{path}-backup"),
            lambda: then.quotas.get("tenant"),
            lambda: then.quotas.set("tenant", max_keys=1),
        ]
        for call in calls:
            with pytest.raises(kv.UnsupportedError):
                call()
    assert not os.path.exists(f"{path}-backup")


def test_a_transaction_of_a_snapshot_reads(store: kv.Store) -> None:
    store.set("g", "k", "v")
    with store.snapshot() as then:
        store.set("g", "k", "new")
        with then.transaction() as transaction:
            assert transaction.get("g", "k") == b"v"
            assert [entry.value for entry in transaction.scan("g")] == [b"v"]


def test_a_snapshot_has_a_life_of_its_own(store: kv.Store) -> None:
    store.set("tenant:g", "k", "v")
    with store.scope("tenant") as scope:
        then = scope.snapshot()
    assert then.get("g", "k") == b"v" and then.count_all() == 1
    inner, bound = then.scope("team"), kv.BoundStore(then)
    store.close()
    assert then.get("g", "k") == b"v" and inner.count_all() == 0
    bound.arm(timedelta(0))
    with pytest.raises(kv.DeadlineExceededError):
        bound.count("g")
    then.close()
    then.close()
    assert then.is_closed and not inner.is_closed
    with pytest.raises(kv.InvalidHandleError):
        then.get("g", "k")
    with pytest.raises(kv.ClosedError):
        bound.get("g", "k")
    inner.close()
    bound.close()


def test_a_closed_store_gives_no_snapshot(store: kv.Store) -> None:
    store.close()
    with pytest.raises(kv.InvalidHandleError):
        store.snapshot()


def test_a_cursor_of_a_snapshot_ends_with_it(store: kv.Store) -> None:
    store.set_many("g", {str(key): "v" * 1000 for key in range(1000)})
    then = store.snapshot()
    cursor = then.scan("g")
    assert next(cursor).key == "0"
    then.close()
    with pytest.raises(kv.ClosedError):
        list(cursor)
    cursor.close()


def test_a_snapshot_shows_its_location_and_warns_when_it_is_dropped(store: kv.Store) -> None:
    with store.snapshot() as then:
        assert repr(then) == f"<kv.Store of {store._location + ' snapshot'!r}, open>"
    assert repr(then) == f"<kv.Store of {store._location + ' snapshot'!r}, closed>"
    with pytest.warns(ResourceWarning, match="snapshot.* was never closed"):
        store.snapshot().get("g", "k")
        gc.collect()


def test_a_snapshot_that_is_not_used_ends_by_the_timeout_of_its_store(path: Path) -> None:
    with kv.open(f"sqlite:{path}?snapshot_timeout=20ms") as store:
        store.set("g", "k", "v")
        with store.snapshot() as then, store.watch("other") as clock:
            # Each read may be within the time since the one before, so the pause doubles.
            pause = 0.05
            with pytest.raises(kv.CompactedError):
                while pause < 60:
                    assert then.get("g", "k") == b"v"
                    store.set("g", "k", "v")
                    assert clock.poll(pause) is None
                    pause *= 2
        assert store.get("g", "k") == b"v"
