"""Spans of OpenTelemetry for the calls of stores, as children of the span that is current.

It needs the packages opentelemetry-api and opentelemetry-sdk. The names of the attributes are those
of OpenTelemetry's conventions for databases; keys and values are in no span.
"""

from __future__ import annotations

import sys
from typing import Callable

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

import kv


def spans(tracer: Tracer) -> kv.Trace:
    """Returns a function for kv.set_trace that makes a span of each call.

    It is called in the thread of the call, in which the current span is the one of the caller.
    """

    def begin(call: kv.Call) -> Callable[[kv.CallEnd], None]:
        operation = kv.call_name(call.kind)
        attributes: dict[str, AttributeValue] = {
            "db.system.name": "kv",
            "db.operation.name": operation,
        }
        name = operation
        if call.group is not None:
            # A name that is not UTF-8 has surrogate escapes, which no exporter takes.
            group = call.group.encode(errors="replace").decode()
            attributes["db.collection.name"] = group
            name = f"{operation} {group}".rstrip()
        span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

        def end(ended: kv.CallEnd) -> None:
            if ended.error is not None:
                span.set_attribute("error.type", ended.error.__name__)
                span.set_attribute("db.response.status_code", str(ended.status))
                span.set_status(Status(StatusCode.ERROR, kv.strerror(ended.status)))
            span.end()

        return end

    return begin


def line(span: ReadableSpan) -> str:
    """Returns what the console shows of a span."""
    place = "root" if span.parent is None else "child"
    return f"{span.name}: {place}, {span.status.status_code.name}\n"


def main(path: str) -> None:
    provider = TracerProvider()
    exporter = ConsoleSpanExporter(out=sys.stdout, formatter=line)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("orders")

    kv.set_trace(spans(tracer))
    with kv.open(path) as store, tracer.start_as_current_span("order"):
        store.set("orders", "7", "two apples")
        store.get("orders", "8")
        try:
            store.increment("orders", "7")
        except kv.NotIntegerError as error:
            print(error)
    kv.set_trace(None)
    provider.shutdown()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "spans.db")
