"""Batches: all steps or none, and what each came to."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

import kv
from kv import _flat

MINUTE = timedelta(minutes=1)


def test_every_step_is_applied_and_has_a_result(store: kv.Store) -> None:
    version = store.put("g", "checked", "c")
    store.set_many("g", {"taken": "t", "deleted": "d", "expired": "e", "p1": "", "p2": ""})
    with store.batch() as batch:
        steps = {
            "check": batch.check("g", "checked", version),
            "set": batch.set("g", "set", b"\0", ttl=MINUTE),
            "get": batch.get("g", "set"),
            "increment": batch.increment("g", "n", 5, MINUTE),
            "append": batch.append("g", "set", "!"),
            "take": batch.take("g", "taken"),
            "delete": batch.delete("g", "deleted"),
            "expire": batch.expire("g", "expired", MINUTE),
            "refused": batch.expire("g", "expired", MINUTE, nx=True),
            "prefix": batch.delete_prefix("g", "p"),
            "absent": batch.get("g", "p1"),
        }
        assert list(steps.values()) == list(range(len(batch)))
        batch.commit()
        results = {name: batch.result(step) for name, step in steps.items()}
    assert results["get"].value == b"\0"
    assert results["increment"].value == b"5"
    assert results["append"].value == b"2"
    assert results["prefix"].value == b"2"
    assert results["take"].value == b"t"
    assert results["delete"].is_found
    assert results["refused"].status is kv.Status.CONFLICT
    assert results["absent"] == (kv.Status.NOT_FOUND, None, 0)
    found = {entry.key: entry.value for entry in store.scan("g")}
    assert found == {"checked": b"c", "set": b"\0!", "n": b"5", "expired": b"e"}
    assert store.ttl("g", "n") != kv.NEVER
    assert store.ttl("g", "expired") != kv.NEVER
    assert store.ttl("g", "set") != kv.NEVER


def test_a_refused_batch_writes_nothing_and_names_the_step(store: kv.Store) -> None:
    version = store.put("g", "k", "old")
    batch = store.batch()
    batch.set("g", "other", "new")
    batch.check("g", "k", version + 1)
    with pytest.raises(kv.ConflictError) as caught:
        batch.commit()
    assert (caught.value.step, caught.value.version) == (1, version)
    assert store.get("g", "other") is None
    with pytest.raises(kv.InvalidArgumentError):
        batch.result(0)
    batch.clear()
    assert len(batch) == 0
    batch.set("g", "k", "x", if_absent=True)
    with pytest.raises(kv.ConflictError) as caught:
        batch.commit()
    assert caught.value.step == 0


def test_an_error_in_one_step_undoes_the_others(store: kv.Store) -> None:
    store.set("g", "text", "abc")
    batch = store.batch()
    batch.set("g", "other", "new")
    batch.increment("g", "text")
    with pytest.raises(kv.NotIntegerError):
        batch.commit()
    assert store.get("g", "other") is None


def test_a_batch_is_kept_for_another_commit(store: kv.Store) -> None:
    batch = store.batch()
    batch.commit()
    step = batch.increment("g", "n")
    with pytest.raises(kv.InvalidArgumentError):
        batch.result(step)
    for expected in (b"1", b"2", b"3"):
        batch.commit()
        assert batch.result(step).value == expected
    for wrong in (1, 2**64 - 1, -1, 2**64):
        with pytest.raises(kv.InvalidArgumentError):
            batch.result(wrong)


def test_a_closed_batch_is_an_error_not_a_crash(store: kv.Store) -> None:
    batch = store.batch()
    batch.set("g", "k", "v")
    batch.close()
    batch.close()
    for call in (batch.commit, batch.clear, lambda: batch.get("g", "k"), lambda: batch.result(0)):
        with pytest.raises(kv.InvalidHandleError):
            call()
    assert store.get("g", "k") is None


def test_the_end_of_the_statement_commits_what_is_pending_once(store: kv.Store) -> None:
    with store.batch() as batch:
        batch.increment("g", "n")
        assert store.get("g", "n") is None
    assert batch.is_closed
    assert store.get("g", "n") == b"1"
    with store.batch() as batch:
        step = batch.increment("g", "n")
        batch.commit()
        assert batch.result(step).value == b"2"
    assert store.get("g", "n") == b"2"
    with store.batch() as batch:
        batch.increment("g", "n")
        batch.commit()
        batch.add_flat(_flat.encode_steps(_flat.Step.INCREMENT, b"g", [(b"m", b"")], delta=5))
    assert store.get_many("g", ["n", "m"]) == {"n": b"4", "m": b"5"}


def test_the_end_of_the_statement_commits_nothing_after_an_exception_or_clear(
    store: kv.Store,
) -> None:
    with pytest.raises(RuntimeError), store.batch() as batch:
        batch.set("g", "k", "v")
        raise RuntimeError
    assert batch.is_closed
    with store.batch() as batch:
        batch.set("g", "k", "v")
        batch.clear()
    with store.batch() as batch:
        batch.set("g", "k", "v")
        batch.close()
    with store.batch():
        pass
    assert store.get("g", "k") is None


def test_the_end_of_the_statement_repeats_no_refused_commit(store: kv.Store) -> None:
    with store.batch() as batch:
        batch.set("g", "k", "v", if_present=True)
        with pytest.raises(kv.ConflictError):
            batch.commit()
        store.set("g", "k", "old")
    assert store.get("g", "k") == b"old"
    with pytest.raises(kv.ConflictError), store.batch() as batch:
        batch.set("g", "k", "v", if_absent=True)
    assert batch.is_closed


def test_a_closed_store_refuses_a_commit(store: kv.Store) -> None:
    with pytest.raises(kv.ClosedError), store.batch() as batch:
        batch.set("g", "k", "v")
        store.close()
        with pytest.raises(kv.InvalidHandleError):
            batch.commit()


def test_flat_steps_are_appended_all_or_none(store: kv.Store) -> None:
    step = _flat.encode_steps(_flat.Step.SET, b"g", [(b"k", b"v")])
    batch = store.batch()
    assert batch.add_flat(step * 2) == 0
    assert batch.add_flat(b"") == 2
    for malformed in (step + step[:-1], step + b"\0", b"x" * 44, b"\x63" + step[1:]):
        with pytest.raises(kv.InvalidArgumentError):
            batch.add_flat(malformed)
    assert len(batch) == 2
    batch.commit()
    assert store.count("g") == 1
    assert _flat.count_steps(step * 3) == 3


def test_a_batch_between_two_threads_is_busy_or_whole(store: kv.Store) -> None:
    batch = store.batch()
    barrier = Barrier(2)
    outcomes: list[str] = []

    def append() -> None:
        barrier.wait()
        for _ in range(500):
            try:
                batch.set("g", "k", "v" * 1000)
                outcomes.append("done")
            except kv.BusyError:
                outcomes.append("busy")

    threads = [Thread(target=append) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1000
    batch.get("g", "k")
    batch.commit()
    assert batch.result(outcomes.count("done")).value == b"v" * 1000


def test_batches_that_are_dropped_are_freed(store: kv.Store) -> None:
    for _ in range(70_000):
        store.batch()
