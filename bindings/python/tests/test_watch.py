"""Watches, callbacks, the log of changes."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Optional

import pytest

import kv
from conftest import run_python
from kv.subscription import registered

NOW = timedelta(0)
LONG = timedelta(seconds=60)


def received(watch: kv.Watch[str]) -> list[tuple[str, str, str, bytes]]:
    """Returns what is in the queue of a watch."""
    events: list[tuple[str, str, str, bytes]] = []
    while True:
        event = watch.poll(NOW)
        if event is None:
            return events
        events.append((event.type.name, event.group, event.key, event.value))


def test_a_watch_receives_every_kind_of_change_in_order(store: kv.Store) -> None:
    with store.watch() as watch:
        version = store.put("g", "k", b"\0v")
        store.delete("g", "k")
        store.set("g", "gone", "x")
        store.delete_group("g")
        event = watch.poll(LONG)
        assert event is not None
        assert event[:5] == (kv.EventType.SET, "g", "k", b"\0v", version)
        assert abs(event.time_ms / 1000 - time.time()) < 600 and event.lost == 0
        assert received(watch) == [
            ("DELETE", "g", "k", b""),
            ("SET", "g", "gone", b"x"),
            ("DELETE_GROUP", "g", "", b""),
        ]
        assert watch.poll(timedelta(milliseconds=1)) is None


@pytest.mark.parametrize(
    ("names", "seen"),
    [
        ({}, ["a a", "ab a", "ab ab", "* *"]),
        ({"group": "ab"}, ["ab a", "ab ab"]),
        ({"group": "ab", "key": "a"}, ["ab a"]),
        ({"key": "a"}, ["a a", "ab a"]),
        ({"group_prefix": "a"}, ["a a", "ab a", "ab ab"]),
        ({"group_prefix": "", "key_prefix": "ab"}, ["ab ab"]),
        ({"group": "*", "key": "*"}, ["* *"]),
        ({"group": ""}, []),
    ],
)
def test_a_watch_receives_its_selection(
    store: kv.Store, names: dict[str, Any], seen: list[str]
) -> None:
    with store.watch(**names) as watch:
        for group, key in (("a", "a"), ("ab", "a"), ("ab", "ab"), ("*", "*")):
            store.set(group, key, "v")
        assert [f"{group} {key}" for _, group, key, _ in received(watch)] == seen


def test_what_was_there_comes_first_and_then_synced(store: kv.Store) -> None:
    store.set_many("g", {"a": "1", "b": "2"})
    with store.watch("g", existing=True) as watch:
        store.set("g", "c", "3")
        assert [(name, key) for name, _, key, _ in received(watch)] == [
            ("SET", "a"),
            ("SET", "b"),
            ("SYNCED", ""),
            ("SET", "c"),
        ]


def test_a_full_queue_says_how_much_is_missing(store: kv.Store) -> None:
    with store.watch(capacity=16) as watch:
        for number in range(100):
            store.set("g", str(number), "v")
        kinds = []
        lost = 0
        while True:
            event = watch.poll(NOW)
            if event is None:
                break
            kinds.append(event.type)
            lost += event.lost
        assert kinds[-1] is kv.EventType.LAGGED
        assert kinds.count(kv.EventType.SET) + lost == 100


def test_events_larger_than_any_buffer_are_whole(store: kv.Store) -> None:
    with store.watch() as watch:
        for value in (b"small", b"x" * 1_000_000, b"y" * 16384, b"small"):
            store.set("g", "k", value)
        values = [value for _, _, _, value in received(watch)]
    assert values == [b"small", b"x" * 1_000_000, b"y" * 16384, b"small"]


@pytest.mark.parametrize(
    "names",
    [
        {"group": "a", "group_prefix": "a"},
        {"key": "a", "key_prefix": "a"},
        {"capacity": 15},
        {"capacity": -1},
        {"capacity": 2**32},
        {"since": -1},
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(store: kv.Store, names: dict[str, Any]) -> None:
    with pytest.raises(kv.InvalidArgumentError):
        store.watch(**names)


def test_without_a_log_the_past_is_unsupported(store: kv.Store) -> None:
    for call in (lambda: store.watch(since=1), store.change_log.read, store.change_log.oldest):
        with pytest.raises(kv.UnsupportedError):
            call()


def test_a_timeout_is_a_timedelta_or_seconds(store: kv.Store) -> None:
    with store.watch() as watch:
        for timeout in (0, 0.001, NOW):
            assert watch.poll(timeout) is None
        for wrong in ("g", False):
            with pytest.raises(TypeError):
                watch.poll(wrong)  # type: ignore[arg-type]
        for negative in (timedelta(seconds=-1), -1, -1e-9):
            with pytest.raises(kv.InvalidArgumentError):
                watch.poll(negative)


def next_of(watch: kv.Watch[str]) -> Optional[kv.Event[str]]:
    return next(watch, None)


@pytest.mark.parametrize("waiter", ["thread", "main"])
def test_who_waits_is_woken_by_a_write_a_close_and_the_end_of_the_store(
    store: kv.Store, waiter: str
) -> None:
    wakes: list[tuple[Callable[[kv.Watch[str]], None], bool]] = [
        (lambda _: store.set("g", "k", "v"), True),
        (lambda watch: watch.close(), False),
        (lambda _: store.close(), False),
    ]
    for wake, seen in wakes:
        watch = store.watch()
        with ThreadPoolExecutor(1) as threads:
            if waiter == "thread":
                waiting = threads.submit(next_of, watch)
                wake(watch)
                event = waiting.result(60)
            else:
                # The other thread wakes this one, before or after it has begun to wait.
                waking = threads.submit(wake, watch)
                event = next(watch, None)
                waking.result(60)
        assert (event is not None) == seen
        watch.close()
        watch.close()
        assert next(watch, None) is None


def test_a_wait_in_the_main_thread_can_be_interrupted(store: kv.Store) -> None:
    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with store.watch() as watch:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                watch.poll()
            store.set("g", "k", "v")
            assert len(received(watch)) == 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_second_thread_at_one_watch_is_busy(store: kv.Store) -> None:
    with store.watch() as watch, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(next_of, watch)
        while not watch._turn.locked():
            time.sleep(0)
        with pytest.raises(kv.BusyError):
            watch.poll(NOW)
        store.set("g", "k", "v")
        event = waiting.result(60)
        assert event is not None and event.key == "k"


def test_the_descriptor_is_readable_while_there_is_something_to_poll(store: kv.Store) -> None:
    with store.watch() as watch:
        waiter = select.poll()
        waiter.register(watch.fileno(), select.POLLIN)
        assert waiter.poll(0) == []
        store.set("g", "k", "v")
        assert len(waiter.poll(60_000)) == 1
        received(watch)
        assert waiter.poll(0) == []
    with pytest.raises(kv.InvalidHandleError):
        watch.fileno()


def test_watches_work_in_asyncio(store: kv.Store) -> None:
    async def listen(watch: kv.Watch[str], count: int) -> list[str]:
        keys = []
        async for event in watch:
            keys.append(event.key)
            if len(keys) == count:
                break
        return keys

    async def run() -> tuple[list[str], list[str], list[str]]:
        watches = [store.watch("g") for _ in range(3)]
        counts = [100, 3, 1000]
        tasks = [
            asyncio.create_task(listen(watch, count)) for watch, count in zip(watches, counts)
        ]
        for number in range(100):
            store.set("g", str(number), "v")
            await asyncio.sleep(0)
        await asyncio.wait(tasks[:2], timeout=60)
        # The third waits for more than there is; its watch ends, and so does it.
        watches[2].close()
        found = await asyncio.wait_for(asyncio.gather(*tasks), 60)
        for watch in watches:
            watch.close()
        return found[0], found[1], found[2]

    numbers = [str(number) for number in range(100)]
    assert asyncio.run(run()) == (numbers, numbers[:3], numbers)


def test_a_cancelled_wait_loses_no_event(store: kv.Store) -> None:
    async def run() -> str:
        with store.watch() as watch:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(watch.__anext__(), 0.01)
            store.set("g", "k", "v")
            return (await asyncio.wait_for(watch.__anext__(), 60)).key

    assert asyncio.run(run()) == "k"


def eventfds() -> int:
    """Returns how many of the descriptors that watches use are open."""
    links = [entry.path for entry in os.scandir("/proc/self/fd")]
    targets = [os.readlink(link) for link in links if os.path.islink(link)]
    return targets.count("anon_inode:[eventfd]")


def test_watches_that_are_dropped_leave_no_descriptor(store: kv.Store) -> None:
    # The first watch of a file starts the thread that looks for commits of other processes.
    store.watch().close()
    # Nothing of another test is collected later.
    gc.collect()
    before = eventfds()
    watch = store.watch()
    watch._own_descriptor()
    assert eventfds() == before + 2
    for _ in range(100):
        watch = store.watch()
        watch._own_descriptor()
    del watch
    gc.collect()
    assert eventfds() == before


def test_a_callback_runs_in_the_writing_thread_before_the_write_returns(store: kv.Store) -> None:
    seen: list[tuple[Any, ...]] = []

    def note(event: kv.Event[str]) -> None:
        seen.append((event.type.name, event.key, threading.get_ident()))
        if event.key == "k":
            store.set("g", "nested", "v")

    here = threading.get_ident()
    with store.on_change(note) as subscription:
        store.set("g", "k", "v")
        assert seen == [("SET", "k", here), ("SET", "nested", here)]
        worker = threading.Thread(target=store.delete, args=("g", "k"))
        worker.start()
        worker.join()
        assert seen[2][0] == "DELETE" and seen[2][2] != here
    store.set("g", "later", "v")
    assert "later" not in [key for _, key, _ in seen]
    subscription.close()


def test_a_callback_that_raises_is_reported_and_the_write_stands(
    store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []
    hook = lambda report: reports.append(repr(report.exc_value))  # noqa: E731
    monkeypatch.setattr(sys, "unraisablehook", hook)

    def refuse(event: kv.Event[str]) -> None:
        raise RuntimeError("no")

    with store.on_change(refuse):
        store.set("g", "k", "v")
    assert store.get("g", "k") == b"v"
    assert reports == ["RuntimeError('no')"]


def test_a_callback_may_end_itself_but_not_close_the_store(store: kv.Store) -> None:
    outcomes: list[str] = []

    def once(event: kv.Event[str]) -> None:
        try:
            store.close()
        except kv.BusyError:
            outcomes.append("busy")
        subscription.close()

    subscription = store.on_change(once)
    store.set("g", "a", "v")
    store.set("g", "b", "v")
    assert outcomes == ["busy"]


def test_nothing_is_kept_of_callbacks_that_have_ended(store: kv.Store) -> None:
    before = len(registered)
    subscriptions = [store.on_change(lambda event: None) for _ in range(10)]
    assert len(registered) == before + 10
    for subscription in subscriptions[:5]:
        subscription.close()
    assert len(registered) == before + 5
    store.close()
    assert len(registered) == before
    subscriptions[5].close()
    with pytest.raises(kv.InvalidHandleError):
        store.on_change(lambda event: None)
    with pytest.raises(TypeError):
        store.on_change(5)  # type: ignore[arg-type]
    assert len(registered) == before


def test_the_log_has_the_changes_since_a_version(path: Path) -> None:
    with kv.open(f"sqlite:{path}?changes=on") as store:
        first = store.put("g", "a", "1")
        store.set("g", "b", "x" * 1_000_000)
        store.delete("g", "a")
    with kv.open(path) as store:
        with store.change_log.read() as changes:
            kinds = [(event.type.name, event.key) for event in changes]
            assert kinds == [("SET", "a"), ("SET", "b"), ("DELETE", "a")]
            assert list(changes) == []
            store.set("g", "c", "3")
            assert [event.key for event in changes] == ["c"]
        assert list(changes) == []
        assert [event.key for event in store.change_log.read(first)] == ["b", "a", "c"]
        assert len([event.value for event in store.change_log.read(first)][0]) == 1_000_000
        assert store.change_log.oldest() < first
        with store.watch(since=first, key="c") as watch:
            assert [key for _, _, key, _ in received(watch)] == ["c"]
        cursor = store.change_log.read()
    with pytest.raises(kv.ClosedError):
        next(cursor)


def test_with_the_log_a_watch_receives_changes_of_another_process(path: Path) -> None:
    with kv.open(f"sqlite:{path}?changes=on") as store, store.watch("g") as watch:
        program = "import kv, sys; kv.open(sys.argv[1]).set('g', 'k', 'theirs')"
        subprocess.run([sys.executable, "-c", program, str(path)], check=True)
        event = watch.poll(LONG)
        assert event is not None and event.value == b"theirs"


def test_an_interpreter_ends_with_watches_and_callbacks_open(path: Path) -> None:
    program = """
import sys, threading, kv
store = kv.open(sys.argv[1])
watch = store.watch()
store.on_change(lambda event: print(event.key))
threading.Thread(target=lambda: [None for event in watch], daemon=True).start()
store.set("g", "k", "v")
print("open")
"""
    ended = run_python(program, str(path))
    assert (ended.stdout, ended.stderr, ended.returncode) == ("k\nopen\n", "", 0)
