"""Operations that run once, and whose response is replayed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import kv
from conftest import freed_values, race, race_until_met
from kv import IdempotencyState as State

MINUTE = timedelta(minutes=1)


def test_one_caller_starts_and_the_others_get_its_response(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", b"\0hash", MINUTE)
    assert (begun.state, begun.response) == (State.STARTED, None)
    assert begun.token != 0
    again = store.idempotency.begin("pay", b"\0hash", MINUTE)
    assert again == (State.IN_PROGRESS, 0, None)
    assert store.idempotency.get("pay") == (State.IN_PROGRESS, 0, None)
    store.idempotency.complete("pay", begun.token, b"paid\0")
    completed = (State.COMPLETED, 0, b"paid\0")
    assert store.idempotency.begin("pay", b"\0hash", MINUTE) == completed
    assert store.idempotency.get("pay") == completed


@pytest.mark.parametrize("response", [b"", b"\0", b"\xff\xfe", b"x" * 1_000_000])
def test_any_key_request_and_response_are_kept_as_they_are(
    store: kv.Store, response: bytes
) -> None:
    for key, request in ((b"", b""), (b" k ", b"\xff" * 1024), ("schlüssel", "größe")):
        begun = store.idempotency.begin(key, request, kv.NEVER)
        store.idempotency.complete(key, begun.token, response)
        assert store.idempotency.begin(key, request, kv.NEVER).response == response
    assert store.idempotency.get("k") is None


def test_another_request_under_the_key_is_a_mismatch(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    assert store.idempotency.begin("pay", "6", MINUTE) == (State.MISMATCH, 0, None)
    store.idempotency.complete("pay", begun.token, "paid")
    other = store.idempotency.begin("pay", "5 ", MINUTE)
    assert (other.state, other.token) == (State.MISMATCH, 0)


def test_only_the_token_of_the_start_completes_and_once(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    with pytest.raises(kv.ConflictError) as caught:
        store.idempotency.complete("pay", begun.token ^ 1, "forged")
    assert caught.value.version is None
    store.idempotency.complete("pay", begun.token, "paid")
    with pytest.raises(kv.ConflictError):
        store.idempotency.complete("pay", begun.token, "paid twice")
    record = store.idempotency.get("pay")
    assert record is not None and record.response == b"paid"


def test_a_record_that_is_gone_cannot_be_completed(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    # As if its time had come.
    store.delete("kv.idempotency", "pay")
    with pytest.raises(kv.ConflictError) as caught:
        store.idempotency.complete("pay", begun.token, "late")
    assert caught.value.version == 0
    assert store.idempotency.get("pay") is None
    taken_over = store.idempotency.begin("pay", "5", MINUTE)
    assert taken_over.state is State.STARTED
    with pytest.raises(kv.ConflictError):
        store.idempotency.complete("pay", begun.token, "late")
    store.idempotency.complete("pay", taken_over.token, "in time")


def test_an_operation_that_failed_is_given_up(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    with pytest.raises(kv.ConflictError):
        store.idempotency.forget("pay", begun.token ^ 1)
    assert store.idempotency.forget("pay", begun.token)
    assert not store.idempotency.forget("pay", begun.token)
    assert not store.idempotency.forget("pay")
    begun = store.idempotency.begin("pay", "6", MINUTE)
    assert begun.state is State.STARTED
    store.idempotency.complete("pay", begun.token, "paid")
    with pytest.raises(kv.ConflictError):
        store.idempotency.forget("pay", begun.token)
    assert store.idempotency.forget("pay")


def test_the_record_keeps_its_expiry(store: kv.Store) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    before = store.get_entry("kv.idempotency", "pay")
    store.idempotency.complete("pay", begun.token, "paid")
    after = store.get_entry("kv.idempotency", "pay")
    assert before is not None and after is not None
    assert before.expires_at_ms == after.expires_at_ms is not None
    store.idempotency.begin("for ever", "5", kv.NEVER)
    assert store.ttl("kv.idempotency", "for ever") == kv.NEVER


def test_what_is_refused_starts_nothing(store: kv.Store) -> None:
    refused: list[tuple[Callable[[], object], type[Exception]]] = [
        (lambda: store.idempotency.begin("pay", "5", -MINUTE), kv.InvalidArgumentError),
        (lambda: store.idempotency.begin("pay", b"x" * 1025, MINUTE), kv.TooLargeError),
        (lambda: store.idempotency.begin(b"x" * 65536, "5", MINUTE), kv.TooLargeError),
        (lambda: store.idempotency.complete("pay", 0, "x"), kv.InvalidArgumentError),
        (lambda: store.idempotency.complete("pay", -1, "x"), kv.InvalidArgumentError),
        (lambda: store.idempotency.complete("pay", 2**64, "x"), kv.InvalidArgumentError),
        (lambda: store.idempotency.forget("pay", 2**64), kv.InvalidArgumentError),
    ]
    for call, kind in refused:
        with pytest.raises(kind):
            call()
    wrong: Any = 5
    mistyped: list[Callable[[], object]] = [
        lambda: store.idempotency.begin(wrong, "5", MINUTE),
        lambda: store.idempotency.begin("pay", wrong, MINUTE),
        lambda: store.idempotency.begin("pay", "5", "60"),  # type: ignore[arg-type]
        lambda: store.idempotency.complete("pay", "1", "x"),  # type: ignore[arg-type]
        lambda: store.idempotency.complete("pay", 1, wrong),
        lambda: store.idempotency.get(wrong),
        lambda: store.idempotency.forget(wrong),
    ]
    for call in mistyped:
        with pytest.raises(TypeError):
            call()
    assert store.count_all() == 0


def test_what_is_no_record_is_corrupt(store: kv.Store) -> None:
    store.set("kv.idempotency", "pay", "mine")
    with pytest.raises(kv.CorruptError):
        store.idempotency.begin("pay", "5", MINUTE)
    with pytest.raises(kv.CorruptError):
        store.idempotency.get("pay")


def test_a_closed_store_refuses(store: kv.Store) -> None:
    store.close()
    for call in (
        lambda: store.idempotency.begin("pay", "5", MINUTE),
        lambda: store.idempotency.complete("pay", 1, "x"),
        lambda: store.idempotency.get("pay"),
        lambda: store.idempotency.forget("pay"),
    ):
        with pytest.raises(kv.InvalidHandleError):
            call()


def test_of_eight_threads_one_starts(store: kv.Store) -> None:
    def begin(key: int) -> bool:
        records, met = race(8, lambda _: store.idempotency.begin(str(key), "5", MINUTE))
        states = sorted(record.state for record in records)
        assert states == [State.STARTED] + [State.IN_PROGRESS] * 7
        return met

    race_until_met(begin, at_least=20)


def test_responses_leave_none_pinned(store: kv.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = store.idempotency.begin("pay", "5", MINUTE)
    store.idempotency.complete("pay", begun.token, "")
    freed = freed_values(monkeypatch)
    store.idempotency.get("pay")
    store.idempotency.begin("pay", "5", MINUTE)
    assert len(freed) == 2
