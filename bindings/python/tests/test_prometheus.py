"""The collector for prometheus_client."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families

import kv
import kv.aio
import kv.prometheus
from conftest import run_python

#: A sample by its name and labels.
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def registry_of(*stores: Any) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    registry.register(kv.prometheus.Collector(*stores))
    return registry


def shown(registry: CollectorRegistry) -> list[Metric]:
    """Returns what a scrape sees."""
    return list(text_string_to_metric_families(generate_latest(registry).decode()))


def heads(families: list[Metric]) -> list[tuple[str, str, str]]:
    return [(family.name, family.type, family.documentation) for family in families]


def samples(families: list[Metric]) -> Samples:
    """Returns all samples but those of the calls that read the metrics."""
    found = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.labels.get("kind") != "maintenance"
    }
    assert len(found) > 50
    return found


def openmetrics(registry: CollectorRegistry) -> bytes:
    text: bytes = generate_openmetrics(registry)  # type: ignore[no-untyped-call]
    return text


def use(store: kv.Store) -> None:
    store.set_many("g", {str(number): "v" for number in range(100)})
    store.set("g", "k", "v")
    store.get("g", "k")
    store.get("g", "none")
    with pytest.raises(kv.NotIntegerError):
        store.increment("g", "k")


def test_a_scrape_has_what_the_text_has(any_store: kv.Store) -> None:
    use(any_store)
    registry = registry_of(any_store)
    while True:
        # A purge or checkpoint in the background may come in between.
        before, scraped, after = (
            list(text_string_to_metric_families(any_store.metrics_text())),
            shown(registry),
            list(text_string_to_metric_families(any_store.metrics_text())),
        )
        if samples(before) == samples(after):
            break
    assert heads(scraped) == heads(before)
    assert samples(scraped) == samples(before)
    types = {family.type for family in scraped}
    assert types == {"counter", "gauge", "histogram"}
    assert all(family.documentation.endswith(".") for family in scraped)


def test_the_values_are_those_of_the_calls(path: Path) -> None:
    with kv.open(path) as store:
        use(store)
        registry, name = registry_of(store), {"store": str(path)}
        metrics, sets = store.metrics(), store.call_metrics(kv.CallKind.SET)
        get = registry.get_sample_value
        assert get("kv_commits_total", name) == metrics.commits
        assert get("kv_file_bytes", name) == metrics.file_bytes
        assert get("kv_read_only", name) == 0
        assert get("kv_call_errors_total", {**name, "kind": "increment"}) == 1
        seconds = get("kv_call_duration_seconds_sum", {**name, "kind": "set"})
        assert seconds == pytest.approx(sets.total_ns / 1e9)
        assert get("kv_call_duration_seconds_count", {**name, "kind": "set"}) == sets.calls
        below = 0
        for bound, calls in zip(sets.BOUNDS_NS, sets.buckets):
            below += calls
            written = f"{bound / 1e9:.7f}".rstrip("0").rstrip(".")
            labels = {**name, "kind": "set", "le": written}
            assert get("kv_call_duration_seconds_bucket", labels) == below
        sizes = [get("kv_commit_group_size_bucket", {**name, "le": "1"})]
        assert sizes == [metrics.group_sizes[0]]


def test_several_stores_are_one_collector(path: Path, tmp_path: Path) -> None:
    with kv.open(path) as first, kv.open(tmp_path / "other.db") as second:
        collector = kv.prometheus.Collector(first)
        registry = CollectorRegistry(auto_describe=True)
        registry.register(collector)
        collector.add(second)
        collector.add(second)
        with first.scope("tenant") as tenant, kv.open(path) as again:
            collector.add(tenant)
            collector.add(again)
            names = [sample.labels["store"] for sample in shown(registry)[0].samples]
        assert names == [str(path), str(tmp_path / "other.db")]
        names_of_families = [family.name for family in shown(registry)]
        assert len(set(names_of_families)) == len(names_of_families)
        assert openmetrics(registry).endswith(b"# EOF\n")
        first.close()
        assert [sample.labels["store"] for sample in shown(registry)[0].samples] == names[1:]
    assert shown(registry) == []


def test_a_store_of_asyncio_is_collected(path: Path) -> None:
    async def main() -> None:
        async with kv.aio.open(path) as store:
            await store.set("g", "k", "v")
            registry, name = registry_of(store), {"store": str(path)}
            assert registry.get_sample_value("kv_commits_total", name) == 1

    asyncio.run(main())


def test_what_has_no_metrics_is_refused(store: kv.Store, path: Path) -> None:
    for wrong in (None, path, "memory:", store.maintenance):
        with pytest.raises(TypeError, match=r"a collector is of kv\.Store or kv\.aio\.Store, not "):
            kv.prometheus.Collector(wrong)  # type: ignore[arg-type]
    with store.snapshot() as then, pytest.raises(kv.UnsupportedError):
        registry_of(then)


def test_kv_itself_needs_no_prometheus_client(tmp_path: Path) -> None:
    (tmp_path / "prometheus_client.py").write_text("raise ImportError('not here')")
    program = """
import sys, kv, kv.aio, kv.prometheus
assert "prometheus_client" not in sys.modules
try:
    kv.prometheus.Collector()
except ImportError as error:
    print(error)
"""
    ended = run_python(program, PYTHONPATH=str(tmp_path))
    assert ended.stdout == (
        "kv.prometheus needs the package prometheus_client: pip install 'libkv[prometheus]'\n"
    )
    assert ended.stderr == ""
