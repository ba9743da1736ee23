"""The metrics of a store and of its calls."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

import kv
import kv.aio


def test_metrics_count_what_happened(any_store: kv.Store) -> None:
    before = any_store.metrics()
    assert (before.hits, before.commits, before.watches, before.callbacks) == (0, 0, 0, 0)
    any_store.set("g", "k", "v")
    any_store.get("g", "k")
    any_store.get("g", "none")
    with any_store.watch() as watch, any_store.on_change(lambda event: None):
        any_store.set("g", "k", "w")
        found = any_store.metrics()
        assert (found.watches, found.callbacks, found.queued_events) == (1, 1, 1)
        assert found.event_bytes > 0
        watch.poll(60)
        assert any_store.metrics().queued_events == 0
    assert (found.hits, found.misses, found.commits) == (1, 1, 2)
    assert found.read_only is False and found.poisoned is False
    assert len(found.group_sizes) == len(kv.Metrics.GROUP_BOUNDS) + 1
    assert sum(found.group_sizes) == found.transactions
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.hits = 5  # type: ignore[misc]


def test_a_store_that_can_only_be_read_says_so(path: Path) -> None:
    kv.open(path).close()
    with kv.open(path, read_only=True) as store:
        assert store.metrics().read_only is True
        assert store.metrics().file_bytes == path.stat().st_size


def test_calls_are_counted_by_their_kind(path: Path) -> None:
    with kv.open(path) as store:
        empty = store.call_metrics(kv.CallKind.SET)
        assert (empty.calls, empty.errors, sum(empty.buckets)) == (0, 0, 0)
        for number in range(20):
            store.set("g", str(number), "v")
        with pytest.raises(kv.NotIntegerError):
            store.increment("g", "5")
        sets, sums = map(store.call_metrics, (kv.CallKind.SET, kv.CallKind.INCREMENT))
        assert (sets.kind, sets.calls, sets.errors) == (kv.CallKind.SET, 20, 0)
        assert sum(sets.buckets) == 20 and len(sets.buckets) == len(sets.BOUNDS_NS) + 1
        assert 0 < sets.longest_ns <= sets.total_ns
        assert (sums.calls, sums.errors) == (1, 1)
        # The bucket of the longest call is the last one that is not empty.
        last = max(number for number, calls in enumerate(sets.buckets) if calls)
        assert last == len(sets.BOUNDS_NS) or sets.longest_ns <= sets.BOUNDS_NS[last]
        assert last == 0 or sets.longest_ns > sets.BOUNDS_NS[last - 1]
        with store.scope("tenant") as tenant, kv.open(path) as other:
            tenant.set("g", "k", "v")
            other.set("g", "k", "v")
            assert store.call_metrics(kv.CallKind.SET).calls == 22
            assert tenant.metrics().commits == store.metrics().commits


@pytest.mark.parametrize("kind", [0, "get", None, True, 99, kv.EventType.SET])
def test_a_kind_is_one_of_the_enumeration(store: kv.Store, kind: Any) -> None:
    with pytest.raises(TypeError, match=r"kind must be a kv\.CallKind, not "):
        store.call_metrics(kind)


def test_a_kind_that_the_library_does_not_know_is_refused(
    store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(int):
        """A kind of a later version."""

    monkeypatch.setattr("kv.store_metrics.CallKind", Later)
    with pytest.raises(kv.InvalidArgumentError, match="kind 21"):
        store.call_metrics(Later(21))  # type: ignore[arg-type]


def test_each_kind_has_a_name() -> None:
    assert [kv.call_name(kind) for kind in kv.CallKind] == [it.name.lower() for it in kv.CallKind]
    assert kv.call_name(21) == kv.call_name(-1) == "unknown"


def test_the_text_has_each_figure(tmp_path: Path) -> None:
    path = tmp_path / 'a "quoted" name.db'
    with kv.open(path) as store:
        store.set("secret group", "secret key", "secret value")
        text = store.metrics_text()
    name = str(path).replace('"', '\\"')
    assert f'kv_commits_total{{store="{name}"}} 1\n' in text
    assert f'kv_call_duration_seconds_count{{store="{name}",kind="set"}} 1\n' in text
    assert 'kind="get"' not in text and "secret" not in text
    heads = re.findall(r"^# TYPE (\S+) (counter|gauge|histogram)$", text, re.MULTILINE)
    assert len(heads) > len(dataclasses.fields(kv.Metrics))


def test_the_calls_of_asyncio_are_the_same(path: Path) -> None:
    async def main() -> None:
        async with kv.aio.open(path) as store:
            await store.set("g", "k", "v")
            assert (await store.metrics()).commits == 1
            assert (await store.call_metrics(kv.CallKind.SET)).calls == 1
            assert "kv_commits_total" in await store.metrics_text()
            assert (await store.maintenance.usage()).entries == 1
            async with store.snapshot() as then:
                with pytest.raises(kv.UnsupportedError):
                    await then.metrics()

    asyncio.run(main())
