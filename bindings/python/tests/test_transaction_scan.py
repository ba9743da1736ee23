"""Scans of a transaction: its own writes among the stored entries, and conflicts of ranges."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

import kv
from conftest import race


@pytest.fixture
def filled(store: kv.Store) -> kv.Store:
    store.set_many("g", {"b": "1", "d": "1", "f": "1"})
    return store


def test_own_writes_are_among_the_stored_entries(filled: kv.Store) -> None:
    with filled.transaction() as transaction:
        transaction.set("g", "a", "new")
        transaction.set("g", "d", "newer")
        transaction.delete("g", "f")
        entries = list(transaction.scan("g"))
        assert [(entry.key, entry.value) for entry in entries] == [
            ("a", b"new"),
            ("b", b"1"),
            ("d", b"newer"),
        ]
        assert [entry.version == 0 for entry in entries] == [True, False, True]
        assert list(transaction.keys("g")) == ["a", "b", "d"]
        assert list(transaction.sizes("g")) == [("a", 3), ("b", 1), ("d", 5)]
        assert list(filled.keys("g")) == ["b", "d", "f"]
    assert list(filled.keys("g")) == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"prefix": "b"}, ["b", "bb"]),
        ({"glob": "?"}, ["a", "b", "d"]),
        ({"redis_glob": "[ab]*"}, ["a", "b", "bb"]),
        ({"from_key": "b", "below": "d"}, ["b", "bb"]),
        ({"above": "b", "to_key": "d"}, ["bb", "d"]),
        ({"after": "b", "limit": 1}, ["bb"]),
        ({"after": "d", "reverse": True, "limit": 2}, ["bb", "b"]),
        ({"offset": 1, "limit": 2}, ["b", "bb"]),
        ({"snapshot": True}, ["a", "b", "bb", "d"]),
    ],
)
def test_a_scan_takes_the_options_of_a_store(
    filled: kv.Store, options: dict[str, Any], keys: list[str]
) -> None:
    with filled.transaction() as transaction:
        transaction.set("g", "a", "new")
        transaction.set("g", "bb", "new")
        transaction.delete("g", "f")
        assert [entry.key for entry in transaction.scan("g", **options)] == keys
        assert list(transaction.keys("g", **options)) == keys
    assert [entry.key for entry in filled.scan("g", **options)] == keys


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": "a", "glob": "*"},
        {"above": "a", "from_key": "a"},
        {"limit": -1},
        {"prefix": 5},
    ],
)
def test_wrong_options_are_refused_and_the_transaction_goes_on(
    filled: kv.Store, options: dict[str, Any]
) -> None:
    with filled.transaction() as transaction:
        with pytest.raises((kv.InvalidArgumentError, TypeError)):
            transaction.scan("g", **options)
        transaction.set("g", "k", "v")
    assert filled.get("g", "k") == b"v"


CHANGES: list[Callable[[kv.Store], object]] = [
    lambda store: store.set("g", "c", "added"),
    lambda store: store.set("g", "b", "1"),
    lambda store: store.delete("g", "d"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_the_range_is_a_conflict(
    filled: kv.Store, change: Callable[[kv.Store], object]
) -> None:
    transaction = filled.transaction()
    # The cursor need not be read to its end for the range to count.
    assert next(transaction.scan("g", to_key="d")).key == "b"
    transaction.set("sums", "g", "2")
    change(filled)
    with pytest.raises(kv.ConflictError):
        transaction.commit()
    assert transaction.is_ended and filled.get("sums", "g") is None


def test_a_change_beside_the_range_is_none(filled: kv.Store) -> None:
    with filled.transaction() as transaction:
        assert list(transaction.keys("g", "b")) == ["b"]
        assert list(transaction.keys("g", limit=2)) == ["b", "d"]
        transaction.set("sums", "g", "2")
        filled.set("g", "e", "added")
        filled.set("h", "b", "added")
    assert filled.get("sums", "g") == b"2"


def test_an_empty_range_must_stay_empty(store: kv.Store) -> None:
    with pytest.raises(kv.ConflictError), store.transaction() as transaction:
        assert list(transaction.scan("g")) == []
        store.set("g", "k", "v")


def test_sums_of_a_group_that_others_add_to_are_right(store: kv.Store) -> None:
    """Each adds an entry under the number of entries: two that saw the same number would meet."""
    together = Barrier(4)

    def add(transaction: kv.Transaction) -> None:
        number = len(list(transaction.keys("g")))
        transaction.set("g", f"{number:03}", "v")

    def work(number: int) -> None:
        together.wait(60)
        for _ in range(10):
            store.update(add, tries=1000)

    _, met = race(4, work)
    assert met
    assert list(store.keys("g")) == [f"{number:03}" for number in range(40)]


def test_a_cursor_outlives_its_transaction_and_not_its_store(filled: kv.Store) -> None:
    with filled.transaction() as transaction:
        cursor = transaction.scan("g")
    filled.set("g", "b", "later")
    assert cursor.is_snapshot()
    assert [entry.value for entry in cursor] == [b"1", b"1", b"1"]
    transaction = filled.transaction()
    left = transaction.scan("g")
    filled.close()
    with pytest.raises(kv.ClosedError):
        next(left)
    with pytest.raises(kv.ClosedError):
        transaction.scan("g")
    left.close()
    transaction.abort()


def test_a_transaction_that_has_ended_does_not_scan(filled: kv.Store) -> None:
    transaction = filled.transaction()
    transaction.commit()
    for scan in (transaction.scan, transaction.keys, transaction.sizes):
        with pytest.raises(kv.InvalidHandleError):
            scan("g")


def test_a_deadline_ends_a_scan_of_a_transaction(filled: kv.Store) -> None:
    with kv.BoundStore(filled) as bound:
        transaction = bound.transaction()
        bound.arm(0)
        with pytest.raises(kv.DeadlineExceededError):
            transaction.scan("g")
        bound.arm()
        assert list(transaction.keys("g")) == ["b", "d", "f"]
        transaction.abort()
