"""Transactions: what they see, when they conflict, and how they end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any, Callable

import pytest

import kv
from conftest import race

MINUTE = timedelta(minutes=1)


def test_the_end_of_the_statement_commits_all_at_once(store: kv.Store) -> None:
    store.set("g", "old", "1")
    with store.watch("g") as watch, store.transaction() as transaction:
        transaction.set("g", "new", b"\0\xff")
        assert transaction.delete("g", "old")
        assert not transaction.delete("g", "none")
        assert transaction.get("g", "new") == b"\0\xff"
        assert transaction.get("g", "old") is None
        assert (store.get("g", "new"), store.get("g", "old")) == (None, b"1")
        assert watch.poll(timedelta(0)) is None
        assert not transaction.is_ended
    assert transaction.is_ended
    assert (store.get("g", "new"), store.get("g", "old")) == (b"\0\xff", None)


def test_an_exception_aborts_and_goes_on(store: kv.Store) -> None:
    for kind in (KeyError, KeyboardInterrupt, GeneratorExit):
        with pytest.raises(kind), store.transaction() as transaction:
            transaction.set("g", "k", "v")
            raise kind
        assert transaction.is_ended
    assert store.get("g", "k") is None


def test_what_was_read_must_still_be_so(store: kv.Store) -> None:
    store.set("g", "k", "1")
    for change in (lambda: store.set("g", "k", "1"), lambda: store.delete("g", "k")):
        transaction = store.transaction()
        assert transaction.get("g", "k") == b"1"
        transaction.set("g", "other", "x")
        change()
        # Asked again it says what it said before.
        assert transaction.get("g", "k") == b"1"
        with pytest.raises(kv.ConflictError) as caught:
            transaction.commit()
        assert caught.value.version is None
        assert transaction.is_ended
        assert store.get("g", "other") is None


def test_absence_that_was_read_must_last(store: kv.Store) -> None:
    with pytest.raises(kv.ConflictError), store.transaction() as transaction:
        assert transaction.get("g", "k") is None
        store.set("g", "k", "another")
        transaction.set("g", "k", "me")
    assert store.get("g", "k") == b"another"


def test_writes_alone_never_conflict(store: kv.Store) -> None:
    with store.transaction() as transaction:
        transaction.set("g", "k", "me")
        store.set("g", "k", "another")
    assert store.get("g", "k") == b"me"


def test_entries_have_versions_but_for_its_own_writes(store: kv.Store) -> None:
    version = store.put("g", "k", "größe", ttl=MINUTE)
    with store.transaction() as transaction:
        entry = transaction.get_entry("g", bytearray(b"k"))
        assert entry == store.get_entry("g", "k")
        assert entry is not None and entry.version == version
        assert transaction.get_str("g", "k") == "größe"
        transaction.set("g", "k", b"\xff", keep_ttl=True)
        own = transaction.get_entry("g", "k")
        assert own is not None and own.version == 0
        assert own.expires_at_ms == entry.expires_at_ms
        with pytest.raises(kv.DecodeError):
            transaction.get_str("g", "k")
    written = store.get_entry("g", "k")
    assert written is not None and written.expires_at_ms == entry.expires_at_ms


def test_it_counts_appends_and_tells_what_it_sees(store: kv.Store) -> None:
    store.set("g", "n", "5", MINUTE)
    store.set("g", "text", "ab")
    with store.transaction() as transaction:
        assert transaction.increment("g", "n") == 6
        assert transaction.increment(b"g", bytearray(b"n"), -10) == -4
        assert transaction.increment("g", "new", 2, ttl_if_created=MINUTE) == 2
        assert transaction.append("g", "text", b"\0c") == 4
        assert transaction.append("g", "more", "x", None) == 1
        assert transaction.get("g", "n") == b"-4"
        assert transaction.exists("g", "new") and not transaction.exists("g", "none")
        assert transaction.delete("g", "more") and not transaction.exists("g", "more")
        assert transaction.ttl("g", "text") == kv.NEVER
        assert transaction.ttl("g", "none") is None
        left = transaction.ttl("g", "n")
        assert left is not None and timedelta(0) < left <= MINUTE
        assert (store.get("g", "n"), store.exists("g", "new")) == (b"5", False)
    assert store.get_many("g", ["n", "new", "text", "more"]) == {
        "n": b"-4",
        "new": b"2",
        "text": b"ab\0c",
    }
    for key, is_for_ever in (("n", False), ("new", False), ("text", True)):
        assert (store.ttl("g", key) == kv.NEVER) is is_for_ever


def test_an_expiry_leaves_value_and_version(store: kv.Store) -> None:
    version = store.put("g", "k", "v")
    with store.transaction() as transaction:
        assert not transaction.expire("g", "none", MINUTE)
        refused: list[dict[str, Any]] = [{"xx": True}, {"gt": True}]
        for flags in refused:
            with pytest.raises(kv.ConflictError, match="expire 'k' of group 'g'"):
                transaction.expire("g", "k", MINUTE, **flags)
        assert transaction.ttl("g", "k") == kv.NEVER
        assert transaction.expire("g", "k", MINUTE, nx=True)
        assert transaction.expire("g", "k", MINUTE / 2, xx=True, lt=True)
        left = transaction.ttl("g", "k")
        assert left is not None and left <= MINUTE / 2
        assert store.ttl("g", "k") == kv.NEVER
    entry, left = store.get_entry("g", "k"), store.ttl("g", "k")
    assert entry is not None and (entry.value, entry.version) == (b"v", version)
    assert left is not None and left <= MINUTE / 2


@pytest.mark.parametrize(
    "read",
    [
        lambda transaction: transaction.exists("g", "n"),
        lambda transaction: transaction.ttl("g", "n"),
        lambda transaction: transaction.increment("g", "n"),
        lambda transaction: transaction.append("g", "n", "0"),
        lambda transaction: transaction.expire("g", "n", MINUTE),
    ],
    ids=["exists", "ttl", "increment", "append", "expire"],
)
def test_each_of_these_calls_counts_as_a_read(
    store: kv.Store, read: Callable[[kv.Transaction], object]
) -> None:
    for is_there in (False, True):
        with pytest.raises(kv.ConflictError), store.transaction() as transaction:
            read(transaction)
            transaction.set("g", "other", "x")
            assert store.increment("g", "n") == 1 + is_there
    assert store.get_many("g", ["n", "other"]) == {"n": b"2"}


def test_a_condition_that_fails_leaves_out_its_write_alone(store: kv.Store) -> None:
    version = store.put("g", "k", "1")
    with store.transaction() as transaction:
        transaction.set("g", "before", "1", if_absent=True)
        refused: list[dict[str, Any]] = [{"if_absent": True}, {"if_version": version + 1}]
        for condition in refused:
            with pytest.raises(kv.ConflictError, match="'k'"):
                transaction.set("g", "k", "2", **condition)
        with pytest.raises(kv.ConflictError):
            transaction.set("g", "none", "2", if_present=True)
        transaction.set("g", "k", "3", if_version=version, ttl=MINUTE)
    assert store.get_many("g", ["before", "k", "none"]) == {"before": b"1", "k": b"3"}
    assert store.ttl("g", "k") != kv.NEVER


def test_what_is_refused_leaves_it_open(store: kv.Store) -> None:
    with store.transaction() as transaction:
        transaction.set("g", "k", "v")
        with pytest.raises(kv.TooLargeError):
            transaction.set("g", b"x" * 65536, "v")
        with pytest.raises(kv.TooLargeError):
            transaction.get(b"x" * 65536, "k")
        with pytest.raises(kv.InvalidArgumentError):
            transaction.set("g", "k", "v", ttl=-MINUTE)
        with pytest.raises(kv.InvalidArgumentError):
            transaction.set("g", "k", "v", if_absent=True, if_present=True)
        wrong: Any = 5
        for call in (
            lambda: transaction.get("g", wrong),
            lambda: transaction.exists("g", wrong),
            lambda: transaction.ttl(wrong, "k"),
            lambda: transaction.set("g", "k", wrong),
            lambda: transaction.append("g", "k", wrong),
            lambda: transaction.increment("g", "n", "1"),  # type: ignore[arg-type]
            lambda: transaction.expire("g", "k", "1"),  # type: ignore[arg-type]
            lambda: transaction.delete(None, "k"),  # type: ignore[arg-type]
        ):
            with pytest.raises(TypeError):
                call()
    assert store.get("g", "k") == b"v"
    assert store.ttl("g", "k") == kv.NEVER


def test_what_cannot_be_counted_or_expired_is_not_buffered(store: kv.Store) -> None:
    store.set("g", "text", "ab")
    store.set("g", "most", str(2**63 - 1))
    with store.transaction() as transaction:
        for key in ("text", "most"):
            with pytest.raises(kv.NotIntegerError):
                transaction.increment("g", key)
        with pytest.raises(kv.InvalidArgumentError, match="delta"):
            transaction.increment("g", "n", 2**63)
        calls: list[Callable[[], object]] = [
            lambda: transaction.increment("g", "n", 1, -MINUTE),
            lambda: transaction.append("g", "n", "1", -MINUTE),
            lambda: transaction.expire("g", "text", -MINUTE),
            lambda: transaction.expire("g", "text", MINUTE, nx=True, xx=True),
        ]
        for call in calls:
            with pytest.raises(kv.InvalidArgumentError):
                call()
        with pytest.raises(kv.TooLargeError):
            transaction.exists("g", b"x" * 65536)
        assert not transaction.exists("g", "n")
        transaction.set("g", "other", "1")
    assert store.get_many("g", ["text", "n", "other"]) == {"text": b"ab", "other": b"1"}
    assert store.ttl("g", "text") == kv.NEVER


def test_one_that_has_ended_refuses_everything_but_abort(store: kv.Store) -> None:
    committed, aborted = store.transaction(), store.transaction()
    committed.set("g", "k", "v")
    committed.commit()
    aborted.set("g", "k", "lost")
    aborted.abort()
    for transaction in (committed, aborted):
        for call in (
            lambda: transaction.get("g", "k"),
            lambda: transaction.set("g", "k", "v"),
            lambda: transaction.delete("g", "k"),
            lambda: transaction.exists("g", "k"),
            lambda: transaction.ttl("g", "k"),
            lambda: transaction.increment("g", "n"),
            lambda: transaction.append("g", "k", "v"),
            lambda: transaction.expire("g", "k", MINUTE),
            transaction.commit,
        ):
            with pytest.raises(kv.InvalidHandleError):
                call()
        transaction.abort()
    assert store.get("g", "k") == b"v"


def test_ending_it_within_the_statement_is_allowed(store: kv.Store) -> None:
    with store.transaction() as transaction:
        transaction.set("g", "a", "1")
        transaction.commit()
    with store.transaction() as transaction:
        transaction.set("g", "b", "1")
        transaction.abort()
    assert list(store.keys("g")) == ["a"]


def test_after_the_store_was_closed_it_can_only_be_aborted(store: kv.Store) -> None:
    transaction = store.transaction()
    transaction.set("g", "k", "v")
    store.close()
    for call in (
        lambda: transaction.get("g", "k"),
        lambda: transaction.exists("g", "k"),
        lambda: transaction.ttl("g", "k"),
        lambda: transaction.increment("g", "n"),
        lambda: transaction.append("g", "k", "v"),
        lambda: transaction.expire("g", "k", MINUTE),
        transaction.commit,
    ):
        with pytest.raises(kv.ClosedError) as caught:
            call()
        assert caught.type is kv.ClosedError
    assert not transaction.is_ended
    transaction.abort()
    with pytest.raises(kv.InvalidHandleError):
        store.transaction()
    with pytest.raises(kv.InvalidHandleError):
        store.update(lambda transaction: None)


def test_a_commit_that_fails_at_the_end_of_the_statement_ends_it(store: kv.Store) -> None:
    with pytest.raises(kv.ClosedError):
        with store.transaction() as transaction:
            transaction.set("g", "k", "v")
            store.close()
    assert transaction.is_ended


def test_transactions_that_are_dropped_are_ended(store: kv.Store) -> None:
    for _ in range(70_000):
        store.transaction()


def test_one_between_two_threads_is_busy_or_whole(store: kv.Store) -> None:
    transaction = store.transaction()
    barrier = Barrier(2)
    outcomes: list[str] = []

    def write(name: str) -> None:
        barrier.wait()
        for number in range(300):
            try:
                transaction.set(name, str(number), "v" * 1000)
                outcomes.append("done")
            except kv.BusyError:
                outcomes.append("busy")

    threads = [Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transaction.commit()
    assert len(outcomes) == 600
    assert store.count("a") + store.count("b") == outcomes.count("done")


def test_update_commits_and_returns_what_the_function_did(store: kv.Store) -> None:
    def add(transaction: kv.Transaction) -> int:
        sum_of_both = int(transaction.get("g", "n") or 0) + 5
        transaction.set("g", "n", str(sum_of_both))
        return sum_of_both

    assert (store.update(add), store.update(add)) == (5, 10)
    assert store.get("g", "n") == b"10"


@pytest.mark.parametrize("tries", [1, 2, 5])
def test_update_tries_so_often_and_then_conflicts(store: kv.Store, tries: int) -> None:
    seen: list[kv.Transaction] = []

    def lose(transaction: kv.Transaction) -> None:
        seen.append(transaction)
        transaction.get("g", "k")
        transaction.set("g", "mine", "v")
        store.increment("g", "k")

    with pytest.raises(kv.ConflictError, match=f"{tries} times"):
        store.update(lose, tries)
    assert len(set(seen)) == tries
    assert all(transaction.is_ended for transaction in seen)
    assert store.get("g", "mine") is None


def test_update_succeeds_once_no_other_is_first(store: kv.Store) -> None:
    calls = []

    def change(transaction: kv.Transaction) -> int:
        read = int(transaction.get("g", "k") or 0)
        calls.append(read)
        if len(calls) < 4:
            store.increment("g", "k")
        transaction.set("g", "copy", str(read))
        return read

    assert store.update(change) == 3
    assert calls == [0, 1, 2, 3]
    assert store.get("g", "copy") == b"3"


def test_what_the_function_raises_aborts_at_once(store: kv.Store) -> None:
    calls = []

    def refuse(transaction: kv.Transaction) -> None:
        calls.append(transaction)
        transaction.set("g", "k", "v")
        transaction.set("g", "k", "v", if_absent=True)

    # A conflict of its own would be one each time.
    with pytest.raises(kv.ConflictError, match="condition"):
        store.update(refuse)
    assert len(calls) == 1 and calls[0].is_ended

    def fail(transaction: kv.Transaction) -> None:
        calls.append(transaction)
        transaction.set("g", "k", "v")
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        store.update(fail)
    assert len(calls) == 2 and calls[1].is_ended
    assert store.get("g", "k") is None


def test_a_function_that_aborts_writes_nothing(store: kv.Store) -> None:
    def give_up(transaction: kv.Transaction) -> str:
        transaction.set("g", "k", "v")
        transaction.abort()
        return "nothing to do"

    assert store.update(give_up) == "nothing to do"
    assert store.get("g", "k") is None


@pytest.mark.parametrize("tries", [0, -1])
def test_no_tries_are_refused(store: kv.Store, tries: int) -> None:
    with pytest.raises(kv.InvalidArgumentError):
        store.update(lambda transaction: None, tries)


def test_eight_threads_lose_no_update(path: Path) -> None:
    def add(transaction: kv.Transaction) -> None:
        transaction.set("g", "n", str(int(transaction.get("g", "n") or 0) + 1))

    with kv.open(path) as store:

        def count(_: int) -> None:
            for _ in range(100):
                store.update(add, tries=1000)

        _, met = race(8, count)
        assert met
        assert store.get("g", "n") == b"800"
