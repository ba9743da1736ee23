"""Namespaces: stores that see their own alone, and quotas of what they may hold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import kv
from conftest import race, race_until_met

WRONG_NAMES = ["", "a:b", "a b", "a\n", "a_b", "grün", "a/b", "a" * 256, b"\xff", "a\0b"]


def test_a_scope_sees_its_own_groups_without_the_prefix(store: kv.Store) -> None:
    store.set("g", "k", "outside")
    store.set("tenant-2:g", "k", "neighbour")
    with store.scope("tenant") as tenant:
        tenant.set("g", "k", "inside")
        tenant.set("", "k", "default")
        assert tenant.get("g", "k") == b"inside"
        assert list(tenant.groups()) == ["", "g"]
        assert [entry.group for entry in tenant.scan("g")] == ["g"]
        assert tenant.count_all() == 2
        assert tenant.get("tenant:g", "k") is None
        assert tenant.get("-2:g", "k") is None
        assert tenant.maintenance.usage().entries == 2
    assert store.get("tenant:g", "k") == b"inside"
    assert store.get("tenant:", "k") == b"default"
    assert store.get("g", "k") == b"outside"
    assert store.count_all() == 4


def test_every_kind_of_call_stays_inside(store: kv.Store) -> None:
    store.set("g", "k", "outside")
    with store.scope(b"tenant") as tenant, tenant.watch() as watch:
        seen: list[kv.Event[str]] = []
        with tenant.on_change(seen.append):
            store.set("g", "k", "outside still")
            with tenant.batch() as batch:
                batch.set("g", "batch", "1")
                batch.commit()
            with tenant.transaction() as transaction:
                assert transaction.get("g", "k") is None
                transaction.set("g", "transaction", "1")
            tenant.update(lambda transaction: transaction.set("g", "update", "1"))
            begun = tenant.idempotency.begin("pay", "5", timedelta(minutes=1))
            tenant.json.set("g", "json", "[1]")
        polled = iter(lambda: watch.poll(timedelta(0)), None)
        changes = [(event.group, event.key) for event in polled if event is not None]
        assert changes == [(event.group, event.key) for event in seen]
        names = ["batch", "transaction", "update"]
        assert changes == [
            *(("g", name) for name in names),
            ("kv.idempotency", "pay"),
            ("g", "json"),
        ]
        assert begun.state is kv.IdempotencyState.STARTED
        other = store.idempotency.begin("pay", "6", timedelta(minutes=1))
        assert other.state is kv.IdempotencyState.STARTED
        assert tenant.text.render("g", "{{ batch }}{{ k|default('-') }}") == "1-"
        users: kv.Typed[str, int] = kv.Typed(tenant, "users")
        users.set("ada", 7)
        assert tenant.delete_group("g") == 4
    assert store.get("g", "k") == b"outside still"
    assert store.get("tenant:users", "ada") == b"7"


def test_scopes_in_scopes_and_their_own_lives(store: kv.Store) -> None:
    tenant = store.scope("tenant")
    inner = tenant.scope("team")
    tenant.close()
    with pytest.raises(kv.InvalidHandleError):
        tenant.get("g", "k")
    inner.set("g", "k", "v")
    assert store.get("tenant:team:g", "k") == b"v"
    store.close()
    assert inner.get("g", "k") == b"v"
    assert not inner.is_closed
    inner.close()
    with pytest.raises(kv.InvalidHandleError):
        store.scope("tenant")


def test_a_scope_that_is_dropped_is_closed_with_a_warning(store: kv.Store) -> None:
    with pytest.warns(ResourceWarning, match="never closed"):
        store.scope("tenant").set("g", "k", "v")
    assert store.get("tenant:g", "k") == b"v"


@pytest.mark.parametrize("name", WRONG_NAMES, ids=lambda name: repr(name[:8]))
def test_other_names_are_refused(store: kv.Store, name: Any) -> None:
    for call in (
        lambda: store.scope(name),
        lambda: store.quotas.set(name, max_keys=1),
        lambda: store.quotas.get(name),
    ):
        with pytest.raises(kv.InvalidArgumentError):
            call()
    assert store.count_all() == 0


@pytest.mark.parametrize("wrong", [None, 5, ["tenant"]])
def test_names_of_other_types_are_refused(store: kv.Store, wrong: Any) -> None:
    for call in (
        lambda: store.scope(wrong),
        lambda: store.quotas.set(wrong),
        lambda: store.quotas.get(wrong),
    ):
        with pytest.raises(TypeError):
            call()


def test_names_at_the_limits_are_accepted(store: kv.Store) -> None:
    for name in ("a", "A-9", "-", "x" * 255):
        with store.scope(name) as scope:
            scope.set("g", "k", "v")
        assert store.get(f"{name}:g", "k") == b"v"


def test_what_a_scope_cannot_do(tmp_path: Path) -> None:
    with kv.open(tmp_path / "test.db") as store, store.scope("tenant") as tenant:
        for call in (
            lambda: tenant.maintenance.backup(tmp_path / "copy.db"),
            lambda: tenant.maintenance.restore(tmp_path / "copy.db"),
            lambda: tenant.quotas.set("team", max_keys=1),
            lambda: tenant.quotas.get("team"),
        ):
            with pytest.raises(kv.UnsupportedError):
                call()
    assert not (tmp_path / "copy.db").exists()


def test_a_quota_of_keys_holds_through_every_door(store: kv.Store) -> None:
    store.quotas.set("tenant", max_keys=2)
    with store.scope("tenant") as tenant, store.watch() as watch:
        tenant.set("g", "a", "1")
        store.set("tenant:h", "b", "1")
        while watch.poll(timedelta(0)):
            pass
        for call in (
            lambda: tenant.set("g", "c", "1"),
            lambda: store.set("tenant:g", "c", "1"),
            lambda: tenant.put("g", "c", "1"),
            lambda: tenant.increment("g", "c"),
            lambda: tenant.append("g", "c", "1"),
            lambda: tenant.json.set("g", "c", "1"),
            lambda: tenant.set_many("g", {"a": "2", "c": "1"}),
            lambda: tenant.update(lambda transaction: transaction.set("g", "c", "1")),
            lambda: tenant.idempotency.begin("c", "", kv.NEVER),
        ):
            with pytest.raises(kv.QuotaExceededError, match="2"):
                call()
        assert watch.poll(timedelta(0)) is None
        assert tenant.get("g", "a") == b"1"
        tenant.set("g", "a", "longer than before")
        with tenant.batch() as batch:
            batch.delete("g", "a")
            batch.set("g", "c", "1")
            batch.commit()
        assert tenant.count_all() == 2
    store.set("elsewhere", "c", "1")


def test_quotas_of_groups_and_bytes(store: kv.Store) -> None:
    store.quotas.set("groups", max_groups=1)
    store.set("groups:a", "k", "v")
    store.set("groups:a", "l", "v")
    with pytest.raises(kv.QuotaExceededError):
        store.set("groups:b", "k", "v")
    store.quotas.set("bytes", max_bytes=len("bytes:g") + 1 + 10)
    store.set("bytes:g", "k", "x" * 10)
    with pytest.raises(kv.QuotaExceededError):
        store.append("bytes:g", "k", "x")
    assert store.get("bytes:g", "k") == b"x" * 10


def test_a_quota_says_what_is_held(path: Path) -> None:
    with kv.open(path) as store:
        assert store.quotas.get("tenant") == kv.Quota(0, 0, 0, 0, 0, 0)
        store.set("tenant:g", "k", "value")
        store.set("tenant:h", "k", "value")
        assert store.quotas.get("tenant") == kv.Quota(0, 0, 0, 0, 0, 0)
        store.quotas.set("tenant", max_keys=1, max_bytes=2**63 - 1)
        held = len("tenant:g" + "k" + "value") * 2
        assert store.quotas.get("tenant") == kv.Quota(1, 0, 2**63 - 1, 2, 2, held)
    with kv.open(path) as store:
        # More than it may hold: it may shrink, and not grow.
        with pytest.raises(kv.QuotaExceededError):
            store.set("tenant:g", "l", "v")
        assert store.delete("tenant:g", "k")
        assert store.quotas.get("tenant") == kv.Quota(1, 0, 2**63 - 1, 1, 1, held // 2)
        store.quotas.set("tenant")
        assert store.quotas.get("tenant") == kv.Quota(0, 0, 0, 0, 0, 0)
        store.set("tenant:g", "l", "v")


@pytest.mark.parametrize("field", ["max_keys", "max_groups", "max_bytes"])
def test_limits_that_are_none_are_refused(store: kv.Store, field: str) -> None:
    store.quotas.set("tenant", max_keys=3)
    limits: list[dict[str, Any]] = [{field: -1}, {field: 2**63}, {field: -(2**63)}]
    for limit in limits:
        with pytest.raises(kv.InvalidArgumentError):
            store.quotas.set("tenant", **limit)
    mistakes: list[dict[str, Any]] = [{field: "5"}, {field: 1.5}, {field: None}]
    for mistake in mistakes:
        with pytest.raises(TypeError):
            store.quotas.set("tenant", **mistake)
    assert store.quotas.get("tenant").max_keys == 3


def fill_with_eight_threads(store: kv.Store, name: str) -> bool:
    """Fills a quota, and returns whether the threads were at work at the same time."""
    store.quotas.set(name, max_keys=100)

    def fill(thread: int) -> int:
        written = 0
        with store.scope(name) as tenant:
            for number in range(25):
                try:
                    tenant.set("g", f"{thread}-{number}", "v")
                    written += 1
                except kv.QuotaExceededError:
                    pass
        return written

    written, met = race(8, fill)
    assert sum(written) == 100
    assert store.count(f"{name}:g") == store.quotas.get(name).keys == 100
    return met


def test_eight_threads_fill_a_quota_exactly(store: kv.Store) -> None:
    race_until_met(lambda number: fill_with_eight_threads(store, f"tenant{number}"))
