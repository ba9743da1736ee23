"""Calls end by a deadline or a cancel, and nothing is written then."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import kv

LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(path: Path) -> Iterator[kv.Store]:
    """A store whose file another process has locked."""
    with kv.open(f"sqlite:{path}?busy_timeout=60s") as store:
        store.set("g", "k", "v")
        locker = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert locker.stdin and locker.stdout
        assert locker.stdout.readline() == b"locked\n"
        try:
            yield store
        finally:
            locker.communicate()
        assert store.get("g", "late") is None


def test_a_deadline_that_has_passed_ends_a_call(store: kv.Store) -> None:
    store.set("g", "k", "v")
    with kv.BoundStore(store) as bound:
        assert bound.get("g", "k") == b"v"
        bound.arm(timedelta(0))
        with pytest.raises(kv.DeadlineExceededError):
            bound.count("g")
        with pytest.raises(kv.DeadlineExceededError):
            bound.delete_all()
        with pytest.raises(TimeoutError):
            bound.set("g", "k", "new")
        bound.arm()
        assert bound.count("g") == 1
    assert store.get("g", "k") == b"v"


def test_a_deadline_may_be_as_far_as_a_timedelta_reaches(store: kv.Store) -> None:
    with kv.BoundStore(store) as bound:
        bound.arm(timedelta.max)
        assert bound.count("g") == 0
        bound.arm(timedelta(microseconds=1))
        time.sleep(0.002)
        with pytest.raises(kv.DeadlineExceededError):
            bound.count("g")


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


def test_a_deadline_ends_the_wait_for_a_lock(locked: kv.Store) -> None:
    with kv.BoundStore(locked) as bound:
        for call in (bound.maintenance.flush, lambda: bound.set("g", "late", "v")):
            began = time.monotonic()
            bound.arm(0.05)
            with pytest.raises(kv.DeadlineExceededError):
                call()
            assert 0.05 <= time.monotonic() - began < 1


@pytest.mark.usefixtures("interruptible")
def test_a_signal_handler_runs_and_ends_a_call(locked: kv.Store) -> None:
    with kv.BoundStore(locked) as bound:
        began = time.monotonic()
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            bound.set("g", "late", "v")
        assert time.monotonic() - began < 1
        with pytest.raises(kv.CancelledError):
            bound.get("g", "k")
        bound.arm()
        assert bound.get("g", "k") == b"v"


def test_what_a_poll_raises_comes_out_of_the_call(locked: kv.Store) -> None:
    def refuse() -> bool:
        raise LookupError("enough")

    with kv.BoundStore(locked) as bound:
        bound.poll_with(refuse)
        with pytest.raises(LookupError, match="enough"):
            bound.set("g", "late", "v")
        bound.poll_with(lambda: True)
        bound.arm()
        with pytest.raises(kv.CancelledError):
            bound.set("g", "late", "v")


def test_a_task_that_is_cancelled_ends_its_call(locked: kv.Store) -> None:
    def write(store: kv.Store) -> None:
        store.set("g", "late", "v")

    async def run() -> None:
        assert await kv.in_thread(locked, lambda store: store.get("g", "k")) == b"v"
        began = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(kv.in_thread(locked, write), 0.05)
        task = asyncio.create_task(kv.in_thread(locked, write))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(kv.DeadlineExceededError):
            await kv.in_thread(locked, write, deadline=0.05)
        assert time.monotonic() - began < 1
        with pytest.raises(kv.InvalidArgumentError):
            await kv.in_thread(locked, lambda store: store.set("g", "k", "v", ttl=-1))

    asyncio.run(run())
