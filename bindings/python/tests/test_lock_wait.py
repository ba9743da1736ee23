"""How the wait for a lock ends: by a release, in time, a signal, a deadline, a cancel, a close."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Optional

import pytest

import kv
from conftest import run_python
from kv.errors import raised
from kv.polling import Polled

HOUR = timedelta(hours=1)
#: A wait that lasts only if what should end it does not.
LONG_S = 60.0


@pytest.fixture
def held(store: kv.Store) -> Iterator[kv.Store]:
    """A store in which another holds the lock, which no caller of a test acquires."""
    lock = store.lock("job", lease=HOUR, owner="another")
    yield store
    if not store.is_closed:
        lock.release()
        assert store.lock_holder("job") is None


def waits(store: kv.Store, wait: Optional[float] = LONG_S) -> kv.Lock:
    return store.lock("job", lease=HOUR, wait=wait)


def unless_it_waits(begun: threading.Event) -> None:
    """Returns once another thread has begun, and had time to wait."""
    assert begun.wait(LONG_S)
    time.sleep(0.02)


def in_main(call: Callable[[], Any]) -> Any:
    return call()


def in_thread(call: Callable[[], Any]) -> Any:
    """Makes a call in another thread, and returns or raises what it does."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


PLACES = [in_main, in_thread]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wait", [LONG_S, None])
def test_a_release_ends_the_wait(
    store: kv.Store, place: Callable[[Callable[[], Any]], Any], wait: Optional[float]
) -> None:
    lock, begun = store.lock("job", lease=HOUR), threading.Event()

    def release() -> None:
        unless_it_waits(begun)
        lock.release()

    releaser = threading.Thread(target=release)
    releaser.start()
    begun.set()
    with place(lambda: waits(store, wait)) as following:
        assert following.token > lock.token
    releaser.join()


@pytest.mark.parametrize("place", PLACES)
def test_a_wait_ends_in_time(
    held: kv.Store, place: Callable[[Callable[[], Any]], Any]
) -> None:
    began = time.monotonic()
    with pytest.raises(kv.LockHeldError, match=r"another owner holds it, also after 0\.05 s"):
        place(lambda: waits(held, 0.05))
    assert time.monotonic() - began >= 0.05


def bound(store: kv.Store) -> AbstractContextManager[kv.Store]:
    return kv.BoundStore(store)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("through", [nullcontext, bound])
def test_a_signal_ends_the_wait(
    held: kv.Store, through: Callable[[kv.Store], AbstractContextManager[kv.Store]]
) -> None:
    with through(held) as store:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        began = time.monotonic()
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            waits(store)
        # Python would raise it after the wait in any case.
        assert time.monotonic() - began < LONG_S
        timer.join()
    assert raised.by_poll is None
    assert held.lock_holder("job") is not None
    held.set("g", "k", "v")


def test_a_signal_handler_that_returns_lets_the_wait_go_on(store: kv.Store) -> None:
    lock = store.lock("job", lease=HOUR)

    def handle(*_: object) -> None:
        lock.release()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        waits(store).release()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_signal_that_comes_with_the_lock_releases_it(
    store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire = kv.library.functions.kv_lock_acquire

    def acquire_and_interrupt(*arguments: Any) -> int:
        status = acquire(*arguments)
        raised.by_poll = KeyboardInterrupt()
        return status

    monkeypatch.setattr(kv.library.functions, "kv_lock_acquire", acquire_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        waits(store)
    assert raised.by_poll is None
    assert store.lock_holder("job") is None
    assert list(store.keys("kv.lock")) == [""], "it was never acquired"


def test_a_wait_leaves_no_bound_handle_behind(
    held: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Polled] = []

    def make(store: Any) -> Polled:
        made.append(Polled(store))
        return made[-1]

    monkeypatch.setattr("kv.lock.Polled", make)
    with pytest.raises(kv.LockHeldError):
        waits(held, 0.01)
    with pytest.raises(kv.LockHeldError):
        waits(held, 0)
    with kv.BoundStore(held) as store, pytest.raises(kv.LockHeldError):
        waits(store, 0.01)
    (polled,) = made
    armed = kv.library.functions.kv_arm(polled.handle, -1, None, None)
    assert armed == kv.InvalidHandleError.status


def test_a_deadline_ends_the_wait_and_not_the_release(store: kv.Store) -> None:
    with kv.BoundStore(store) as bound:
        with bound.lock("job", lease=HOUR) as lock:
            bound.arm(0.05)
            with pytest.raises(kv.DeadlineExceededError):
                waits(bound)
            with pytest.raises(TimeoutError):
                bound.lock("other", lease=HOUR)
            lock.renew(HOUR)
        assert store.lock_holder("job") is None


def test_a_cancel_ends_the_wait(held: kv.Store) -> None:
    with kv.BoundStore(held) as bound:
        arming = bound.arm()
        threading.Timer(0.05, bound.cancel, (arming,)).start()
        with pytest.raises(kv.CancelledError):
            waits(bound)


@pytest.mark.parametrize("place", PLACES)
def test_closing_the_store_ends_the_wait(
    held: kv.Store, place: Callable[[Callable[[], Any]], Any]
) -> None:
    timer = threading.Timer(0.05, held.close)
    timer.start()
    with pytest.raises(kv.ClosedError):
        place(lambda: waits(held, None))
    timer.join()


def test_a_task_acquires_a_lock_and_releases_it_in_another_call(held: kv.Store) -> None:
    async def run() -> None:
        lock = await kv.in_thread(held, lambda store: store.lock("free", lease=HOUR, wait=5))
        # The handle that it was acquired through is closed by now.
        await asyncio.to_thread(lock.renew, HOUR)
        await asyncio.to_thread(lock.release)
        assert held.lock_holder("free") is None
        with pytest.raises(kv.DeadlineExceededError):
            await kv.in_thread(held, waits, deadline=0.05)
        task = asyncio.create_task(kv.in_thread(held, waits))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_threads_that_wait_do_not_keep_the_program_from_its_end(path: Path) -> None:
    program = """
import sys, threading, time, kv
store = kv.open(sys.argv[1])
lock = store.lock("job", lease=3600)
def run(store):
    store.lock("job", lease=3600, wait=None)
for of_thread in (store, store, kv.BoundStore(store)):
    threading.Thread(target=run, args=(of_thread,), daemon=True).start()
time.sleep(0.05)
print("ends")
"""
    for number in range(5):
        ended = run_python(program, f"{path}-{number}")
        assert (ended.stdout, ended.returncode) == ("ends\n", 0), ended.stderr
