"""The trace: a function at the begin and the end of each call."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional

import pytest

import kv
import kv.aio
from conftest import race
from kv import trace

class Seen(NamedTuple):
    """A call that has ended."""

    call: kv.Call
    end: kv.CallEnd
    thread: int


class Traced:
    """Keeps the calls in the order of their ends."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def __call__(self, call: kv.Call) -> Callable[[kv.CallEnd], None]:
        return lambda end: self.seen.append(Seen(call, end, threading.get_ident()))

    def kinds(self) -> list[kv.CallKind]:
        return [seen.call.kind for seen in self.seen]

    def take(self) -> list[Seen]:
        seen, self.seen = self.seen, []
        return seen


@pytest.fixture(autouse=True)
def no_trace_is_left() -> Iterator[None]:
    yield
    kv.set_trace(None)
    assert trace.registered == {} and trace.running.ends == {}


@pytest.fixture
def traced() -> Traced:
    """A trace with keys, which is set."""
    made = Traced()
    kv.set_trace(made, keys=True)
    return made


def test_a_call_has_kind_names_status_and_duration(store: kv.Store, traced: Traced) -> None:
    begun = time.perf_counter_ns()
    store.set("g", "k", "v")
    store.get("g", "none")
    with pytest.raises(kv.NotIntegerError):
        store.increment("g", "k")
    elapsed = time.perf_counter_ns() - begun
    wrote, missed, failed = traced.take()
    assert wrote.call == (kv.CallKind.SET, "g", "k")
    assert (wrote.end.status, wrote.end.error) == (0, None)
    assert missed.call == (kv.CallKind.GET, "g", "none")
    assert missed.end.status > 0 and missed.end.error is None
    assert failed.call == (kv.CallKind.INCREMENT, "g", "k")
    assert failed.end.error is kv.NotIntegerError
    assert failed.end.status == kv.NotIntegerError.status
    durations = [seen.end.duration_ns for seen in (wrote, missed, failed)]
    assert min(durations) > 0 and sum(durations) < elapsed


def test_keys_are_in_a_trace_that_wants_them(store: kv.Store) -> None:
    traced = Traced()
    kv.set_trace(traced)
    store.set(b"\xff", "k", "v")
    store.count_all()
    kv.set_trace(traced, keys=True)
    store.set("", "", "v")
    store.get_many("g", ["k"])
    calls = [seen.call for seen in traced.seen]
    assert calls[0] == (kv.CallKind.SET, "\udcff", None)
    assert calls[1] == (kv.CallKind.COUNT, None, None)
    assert calls[2] == (kv.CallKind.SET, "", "")
    assert calls[3].kind is kv.CallKind.GET_MANY and calls[3].key is None


#: Calls of each kind, as kv.CallKind describes them.
CALLS: dict[kv.CallKind, list[Callable[[kv.Store], object]]] = {
    kv.CallKind.GET: [
        lambda store: store.get("g", "k"),
        lambda store: store.get_str("g", "k"),
        lambda store: store.get_entry("g", "k"),
        lambda store: store.get_into("g", "k", bytearray(100)),
        lambda store: store.info("g", "k"),
        lambda store: store.exists("g", "k"),
        lambda store: store.ttl("g", "k"),
    ],
    kv.CallKind.GET_MANY: [lambda store: store.get_many("g", ["k"])],
    kv.CallKind.SET: [
        lambda store: store.set("g", "k", "v"),
        lambda store: store.set("g", "k", "v", ttl=60),
        lambda store: store.put("g", "k", "v"),
    ],
    kv.CallKind.DELETE: [
        lambda store: store.delete("g", "none"),
        lambda store: store.delete_version("g", "none", 5),
    ],
    kv.CallKind.TAKE: [lambda store: store.take("g", "none")],
    kv.CallKind.INCREMENT: [lambda store: store.increment("g", "n")],
    kv.CallKind.APPEND: [lambda store: store.append("g", "a", "v")],
    kv.CallKind.EXPIRE: [
        lambda store: store.expire("g", "k", 60),
        lambda store: store.persist("g", "k"),
    ],
    kv.CallKind.SCAN: [
        lambda store: list(store.scan("g")),
        lambda store: list(store.keys("g")),
        lambda store: list(store.sizes("g")),
        lambda store: list(store.groups()),
        lambda store: store.snapshot().close(),
    ],
    kv.CallKind.COUNT: [lambda store: store.count("g"), lambda store: store.count_all()],
    kv.CallKind.DELETE_RANGE: [
        lambda store: store.delete_group("none"),
        lambda store: store.delete_prefix("g", "none"),
        lambda store: store.delete_all("none"),
        lambda store: store.maintenance.purge_expired(),
    ],
    kv.CallKind.BATCH: [
        lambda store: store.set_many("g", {"k": "v"}),
        lambda store: store.delete_many("g", ["none"]),
    ],
    kv.CallKind.TRANSACTION: [
        lambda store: store.update(lambda transaction: transaction.set("g", "k", "v"))
    ],
    kv.CallKind.WATCH: [
        lambda store: store.watch().close(),
        lambda store: store.on_change(lambda event: None).close(),
        lambda store: store.change_log.read(),
        lambda store: store.change_log.oldest(),
    ],
    kv.CallKind.LOCK: [
        lambda store: store.lock("job", lease=60).release(),
        lambda store: store.lock_holder("job"),
    ],
    kv.CallKind.IDEMPOTENCY: [
        lambda store: store.idempotency.begin("a", "b", 60),
        lambda store: store.idempotency.get("a"),
    ],
    kv.CallKind.STREAM: [
        lambda store: write(store),
        lambda store: store.open_reader("g", "w"),
    ],
    kv.CallKind.TEXT: [
        lambda store: store.json.set("g", "j", "[]"),
        lambda store: store.json.get("g", "j"),
        lambda store: store.text.split("g", "j", ","),
        lambda store: store.text.fields("g", "j"),
        lambda store: store.text.render("g", ""),
    ],
    kv.CallKind.NAMESPACE: [
        lambda store: store.scope("tenant").close(),
        lambda store: store.quotas.set("tenant", max_keys=5),
        lambda store: store.quotas.get("tenant"),
    ],
    kv.CallKind.COPY: [lambda store: copy(store)],
    kv.CallKind.MAINTENANCE: [
        lambda store: store.maintenance.stats(),
        lambda store: store.maintenance.usage(),
        lambda store: store.maintenance.compact(),
        lambda store: store.maintenance.check(),
        lambda store: store.maintenance.flush(),
        lambda store: store.metrics(),
        lambda store: store.call_metrics(kv.CallKind.GET),
        lambda store: store.metrics_text(),
    ],
}


def write(store: kv.Store) -> None:
    with store.open_writer("g", "w") as writer:
        writer.write(b"v")


def copy(store: kv.Store) -> None:
    with kv.open("memory:") as to:
        store.maintenance.copy(to)


@pytest.mark.parametrize("kind", kv.CallKind)
def test_each_call_is_of_its_kind(path: Path, traced: Traced, kind: kv.CallKind) -> None:
    with kv.open(path, changes=True) as store:
        store.set("g", "k", "v")
        for number, call in enumerate(CALLS[kind]):
            traced.take()
            call(store)
            assert traced.kinds() and set(traced.kinds()) == {kind}, number


@pytest.mark.parametrize("callback", [5, "print", b"", object()])
def test_what_cannot_be_called_is_refused(store: kv.Store, traced: Traced, callback: Any) -> None:
    with pytest.raises(TypeError, match="a callback must be callable or None, not "):
        kv.set_trace(callback)
    store.set("g", "k", "v")
    assert traced.kinds() == [kv.CallKind.SET]


def test_a_closed_store_is_not_traced(store: kv.Store, traced: Traced) -> None:
    store.close()
    with pytest.raises(kv.InvalidHandleError):
        store.get("g", "k")
    assert traced.seen == []


def test_without_a_function_for_the_end_nothing_is_called(store: kv.Store) -> None:
    calls: list[kv.Call] = []
    kv.set_trace(calls.append)
    store.set("g", "k", "v")
    assert [call.kind for call in calls] == [kv.CallKind.SET] and trace.running.ends == {}


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The exceptions that went to sys.unraisablehook."""
    raised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: raised.append(it.exc_value))
    return raised


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_at_the_begin_changes_nothing_for_the_call(
    store: kv.Store, unraisable: list[Any], kind: type[BaseException]
) -> None:
    def fail(call: kv.Call) -> None:
        raise kind("at the begin")

    kv.set_trace(fail)
    store.set("g", "k", "v")
    assert store.get("g", "k") == b"v"
    assert [type(error) for error in unraisable] == [kind, kind]
    assert str(unraisable[0]) == "at the begin" and unraisable[0].__traceback__ is not None


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_at_the_end_changes_nothing_for_the_call(
    store: kv.Store, unraisable: list[Any], kind: type[BaseException]
) -> None:
    def fail(end: kv.CallEnd) -> None:
        raise kind("at the end")

    kv.set_trace(lambda call: fail)
    store.set("g", "k", "v")
    with pytest.raises(kv.ConflictError):
        store.put("g", "k", "w", if_absent=True)
    assert [str(error) for error in unraisable] == ["at the end"] * 2
    assert trace.running.ends == {}


def test_what_is_returned_must_be_a_function(store: kv.Store, unraisable: list[Any]) -> None:
    kv.set_trace(lambda call: 5)  # type: ignore[arg-type, return-value]
    store.set("g", "k", "v")
    assert [str(error) for error in unraisable] == [
        "the function of a trace must return a function or None, not int"
    ]


def test_the_functions_may_use_stores_whose_calls_are_traced(path: Path, store: kv.Store) -> None:
    names: list[str] = []

    def trace_all(call: kv.Call) -> Optional[Callable[[kv.CallEnd], object]]:
        name = kv.call_name(call.kind)
        names.append(f"begin {name}")
        if call.group == "traces":
            return lambda end: names.append(f"end {name}")
        store.increment("traces", "begun")

        def end(ended: kv.CallEnd) -> None:
            store.append("traces", "ended", "x")
            names.append(f"end {name}")

        return end

    kv.set_trace(trace_all)
    store.set("g", "k", "v")
    kv.set_trace(None)
    assert names == [
        "begin set",
        *("begin increment", "end increment"),
        *("begin append", "end append"),
        "end set",
    ]
    assert (store.get("traces", "begun"), store.get("traces", "ended")) == (b"1", b"x")


def test_a_function_may_not_close_the_store_of_the_call(
    path: Path, unraisable: list[Any]
) -> None:
    with kv.open(path) as store:
        kv.set_trace(lambda call: store.close() if call.kind is kv.CallKind.SET else None)
        store.set("g", "k", "v")
        kv.set_trace(None)
        assert [type(error) for error in unraisable] == [kv.BusyError] and not store.is_closed


def test_a_call_ends_with_the_trace_with_which_it_began(store: kv.Store) -> None:
    later = Traced()
    ends: list[kv.CallEnd] = []

    def first(call: kv.Call) -> Callable[[kv.CallEnd], None]:
        kv.set_trace(later)
        return ends.append

    kv.set_trace(first)
    store.set("g", "k", "v")
    assert len(ends) == 1 and later.seen == []
    store.get("g", "k")
    assert len(ends) == 1 and later.kinds() == [kv.CallKind.GET]
    kv.set_trace(None)
    store.get("g", "k")
    assert len(later.seen) == 1


def test_threads_have_traces_of_their_own(store: kv.Store, traced: Traced) -> None:
    def work(number: int) -> int:
        for turn in range(50):
            store.set("g", f"{number}-{turn}", "v")
        return threading.get_ident()

    threads, _ = race(8, work)
    assert len(traced.seen) == 400
    for number, thread in enumerate(threads):
        own = [seen.call.key for seen in traced.seen if seen.thread == thread]
        assert [key for key in own if key and key.startswith(f"{number}-")] == [
            f"{number}-{turn}" for turn in range(50)
        ]


def test_threads_set_the_trace_while_others_call(store: kv.Store) -> None:
    traced = Traced()

    def work(number: int) -> None:
        for turn in range(200):
            if number < 2:
                kv.set_trace(traced if turn % 2 else None)
            else:
                store.set("g", str(number), "v")

    race(8, work)
    kv.set_trace(traced)
    store.get("g", "k")
    assert traced.kinds()[-1] is kv.CallKind.GET


def test_calls_of_asyncio_are_traced_in_the_context_of_their_task(path: Path) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="none")
    seen: set[tuple[str, Optional[str]]] = set()

    def begin(call: kv.Call) -> Callable[[kv.CallEnd], None]:
        at_begin = name.get()
        return lambda end: seen.add((f"{at_begin} {name.get()}", call.key))

    async def work(store: kv.aio.Store, own: str) -> None:
        name.set(own)
        for _ in range(20):
            await store.set("g", own, "v")

    async def main() -> None:
        async with kv.aio.open(path) as store:
            kv.set_trace(begin, keys=True)
            await asyncio.gather(*(work(store, f"task-{number}") for number in range(8)))

    asyncio.run(main())
    assert {it for it in seen if it[1]} == {
        (f"task-{number} task-{number}", f"task-{number}") for number in range(8)
    }


def test_a_cancelled_call_ends_its_trace(store: kv.Store, traced: Traced) -> None:
    with kv.BoundStore(store) as bound:
        bound.arm()
        bound.cancel()
        with pytest.raises(kv.CancelledError):
            bound.set("g", "k", "v")
    assert traced.seen[-1].end.error is kv.CancelledError
