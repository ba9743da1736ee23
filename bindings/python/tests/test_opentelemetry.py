"""The example that makes spans of OpenTelemetry, with the exporter that keeps them."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

import kv
import kv.aio
from conftest import ROOT, run_python

EXAMPLE = ROOT / "bindings" / "python" / "examples" / "opentelemetry_spans.py"
spans = runpy.run_path(str(EXAMPLE))["spans"]


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[Tracer]:
    """A tracer whose spans are kept, and which has those of the calls."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    made = provider.get_tracer("test")
    kv.set_trace(spans(made))
    yield made
    kv.set_trace(None)
    provider.shutdown()


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    assert span.attributes is not None
    return span.attributes


def test_a_call_is_a_child_of_the_current_span(
    store: kv.Store, exporter: InMemorySpanExporter, tracer: Tracer
) -> None:
    with tracer.start_as_current_span("order"):
        store.set("orders", "secret key", "secret value")
        store.get("orders", "none")
    store.count_all()
    wrote, read, order, counted = exporter.get_finished_spans()
    for span in (wrote, read):
        assert span.parent is not None and order.context is not None
        assert span.parent.span_id == order.context.span_id
        assert span.kind is SpanKind.CLIENT and span.status.status_code is StatusCode.UNSET
        assert span.start_time and span.end_time and span.start_time <= span.end_time
    assert (wrote.name, read.name, counted.name) == ("set orders", "get orders", "count")
    assert dict(attributes(wrote)) == {
        "db.system.name": "kv",
        "db.operation.name": "set",
        "db.collection.name": "orders",
    }
    assert counted.parent is None
    assert dict(attributes(counted)) == {"db.system.name": "kv", "db.operation.name": "count"}
    assert "secret" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_an_error_is_the_status_of_its_span(
    store: kv.Store, exporter: InMemorySpanExporter, tracer: Tracer
) -> None:
    store.set("g", "k", "v")
    with pytest.raises(kv.NotIntegerError):
        store.increment("g", "k")
    # A condition that does not hold is an outcome.
    with pytest.raises(kv.ConflictError):
        store.put("g", "k", "w", if_absent=True)
    _, failed, refused = exporter.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.status.description == kv.strerror(kv.NotIntegerError.status)
    assert attributes(failed)["error.type"] == "NotIntegerError"
    assert attributes(failed)["db.response.status_code"] == str(kv.NotIntegerError.status)
    assert refused.status.status_code is StatusCode.UNSET
    assert "error.type" not in attributes(refused)


def test_a_group_that_is_not_utf_8_has_a_name_that_exporters_take(
    store: kv.Store, exporter: InMemorySpanExporter, tracer: Tracer
) -> None:
    store.set(b"\xff", "k", "v")
    store.set("", "k", "v")
    first, second = exporter.get_finished_spans()
    assert (first.name, attributes(first)["db.collection.name"]) == ("set ?", "?")
    assert (second.name, attributes(second)["db.collection.name"]) == ("set", "")


def test_calls_of_asyncio_are_children_of_the_span_of_their_task(
    path: Path, exporter: InMemorySpanExporter, tracer: Tracer
) -> None:
    async def work(store: kv.aio.Store, group: str) -> None:
        with tracer.start_as_current_span(f"task {group}"):
            await store.set(group, "k", "v")

    async def main() -> None:
        async with kv.aio.open(path) as store:
            await asyncio.gather(*(work(store, f"group-{number}") for number in range(8)))

    asyncio.run(main())
    ended = exporter.get_finished_spans()
    tasks = {span.context.span_id: span.name for span in ended if span.context and not span.parent}
    calls = [span for span in ended if span.parent]
    assert len(calls) == 8
    for span in calls:
        assert span.parent is not None
        assert span.name.replace("set ", "task ") == tasks[span.parent.span_id]


def test_the_example_prints_its_spans(path: Path) -> None:
    program = f"import runpy, sys; runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"
    ended = run_python(program, str(path), PYTHONWARNINGS="error")
    assert ended.stderr == ""
    assert ended.stdout == (
        "set orders: child, UNSET\n"
        "get orders: child, UNSET\n"
        "increment orders: child, ERROR\n"
        'increment "7" in group "orders": value "two apples" is not a 64-bit decimal integer\n'
        "order: root, UNSET\n"
    )
