"""Calls end by a deadline or a cancel, and nothing is written then."""

from __future__ import annotations

from datetime import timedelta

import pytest

import kv


def test_a_deadline_that_has_passed_ends_a_call(store: kv.Store) -> None:
    store.set("g", "k", "v")
    with kv.BoundStore(store) as bound:
        assert bound.get("g", "k") == b"v"
        bound.arm(timedelta(0))
        with pytest.raises(kv.DeadlineExceededError):
            bound.count("g")
        with pytest.raises(TimeoutError):
            bound.set("g", "k", "new")
        bound.arm()
        assert bound.count("g") == 1
    assert store.get("g", "k") == b"v"


def test_a_cancel_ends_the_calls_of_its_arming_alone(store: kv.Store) -> None:
    with kv.BoundStore(store) as bound:
        first = bound.arm()
        second = bound.arm(timedelta(minutes=1))
        assert first != second
        bound.cancel(first)
        assert bound.count("g") == 0
        bound.cancel(second)
        with pytest.raises(kv.CancelledError):
            bound.set("g", "k", "v")
        bound.arm()
        bound.cancel()
        with pytest.raises(kv.CancelledError):
            bound.count("g")
    assert store.get("g", "k") is None


def test_a_function_is_set_and_taken_away(store: kv.Store) -> None:
    with kv.BoundStore(store) as bound:
        bound.poll_with(lambda: False)
        assert bound.count("g") == 0
        bound.poll_with(None)
        assert bound.count("g") == 0


def test_what_is_not_bound_is_closed_or_outlived(store: kv.Store) -> None:
    with kv.BoundStore(store) as briefly, pytest.raises(kv.InvalidArgumentError):
        briefly.arm(timedelta(seconds=-1))
    bound = kv.BoundStore(store)
    store.close()
    with pytest.raises(kv.ClosedError):
        bound.get("g", "k")
    bound.close()
    with pytest.raises(kv.InvalidHandleError):
        bound.get("g", "k")
    with pytest.raises(kv.InvalidHandleError):
        kv.BoundStore(store)
