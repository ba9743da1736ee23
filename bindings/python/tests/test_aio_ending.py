"""The asynchronous store beyond its calls: cancels, closes, refusals, and what is left open."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import kv
import kv.aio
from aio_run import run
from conftest import run_python
from kv.aio.threads import Bound
from test_bound import LOCK


def test_the_loop_goes_on_while_a_call_waits_and_a_cancel_ends_it(path: Path) -> None:
    kv.open(path).close()
    locker = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert locker.stdin and locker.stdout and locker.stdout.readline() == b"locked\n"

    async def use(store: kv.aio.Store) -> None:
        # More than there are threads: some are waiting for one.
        writes = [asyncio.create_task(store.set("g", str(n), "v")) for n in range(40)]
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not any(write.done() for write in writes)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(store.set("g", "late", "v"), 0.05)
        for write in writes:
            write.cancel()
        ended = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 30)
        assert all(isinstance(error, asyncio.CancelledError) for error in ended)

        async def batched() -> None:
            async with store.batch() as batch:
                batch.set("g", "late", "v")

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(batched(), 0.05)
        locker.communicate()
        assert await store.count("g") == 0
        # Handles of calls that were cancelled serve other calls.
        await asyncio.gather(*(store.set("g", str(n), "v") for n in range(40)))
        assert await store.count("g") == 40

    run(path, use, busy_timeout=60)


def test_a_closed_store_refuses_calls_and_closes_again(location: str) -> None:
    async def main() -> None:
        store = await kv.aio.open(location)
        cursor = await store.keys("g")
        batch = store.batch()
        await store.close()
        await store.close()
        assert store.is_closed and repr(store).endswith("closed>")
        calls: list[Callable[[], Awaitable[Any]]] = [
            lambda: store.get("g", "k"),
            lambda: store.maintenance.stats(),
            lambda: store.metrics(),
            lambda: store.group("g").count(),
            lambda: store.transaction().__aenter__(),
            lambda: store.lock("job", lease=1).__aenter__(),
            cursor.__anext__,
            batch.commit,
        ]
        for call in calls:
            with pytest.raises(kv.ClosedError):
                await call()
        with pytest.raises(kv.ClosedError):
            store.batch()

    asyncio.run(main(), debug=True)


def test_a_close_waits_for_calls_and_ends_waits_for_locks(location: str) -> None:
    async def main() -> None:
        store = await kv.aio.open(location)
        await store.lock("job", lease=60)
        waiting = asyncio.create_task(store.lock("job", lease=60, wait=None).__aenter__())
        writes = [asyncio.create_task(store.set("g", str(n), "v")) for n in range(100)]
        await asyncio.sleep(0.02)
        await asyncio.wait_for(store.close(), 60)
        with pytest.raises(kv.ClosedError):
            await waiting
        ended = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(it) for it in ended} <= {type(None), kv.ClosedError, kv.InvalidHandleError}

    before = threading.active_count()
    asyncio.run(main(), debug=True)
    assert threading.active_count() == before


def test_a_close_that_is_cancelled_closes_and_the_task_is_cancelled(path: Path) -> None:
    async def main() -> None:
        store = await kv.aio.open(path)
        calls = [asyncio.create_task(store.set("g", str(n), "v")) for n in range(100)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert store.is_closed
        await asyncio.gather(*calls, return_exceptions=True)

    before = threading.active_count()
    asyncio.run(main(), debug=True)
    assert threading.active_count() == before


def test_errors_and_wrong_arguments_are_those_of_kv(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(FileNotFoundError):
            await kv.aio.open(tmp_path / "none" / "app.db")
        with pytest.raises(TypeError, match="did you mean 'durability'"):
            await kv.aio.open(tmp_path / "app.db", durabilty="full")  # type: ignore[call-arg]
        with pytest.raises(kv.InvalidConfigError):
            (tmp_path / "services.yaml").write_text("services: 5")
            await kv.aio.open_config(tmp_path / "services.yaml", "s")
        with pytest.raises(TypeError, match=r"kv\.aio\.open"):
            kv.aio.Store("app.db")  # type: ignore[arg-type]
        async with kv.aio.open("memory:") as store:
            with pytest.raises(TypeError):
                await store.set("g", None, "v")  # type: ignore[arg-type]
            with pytest.raises(TypeError):
                await store.on_change(5)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                __import__("copy").copy(store)

    before = threading.active_count()
    asyncio.run(main(), debug=True)
    gc.collect()
    assert threading.active_count() == before


def test_a_store_serves_one_loop_after_the_other(location: str) -> None:
    store = asyncio.run(opened(location))
    for number in range(3):
        assert asyncio.run(store.increment("g", "n")) == number + 1
    asyncio.run(store.close())


async def opened(location: str) -> kv.aio.Store:
    return await kv.aio.open(location)


def test_a_program_that_leaves_its_store_open_ends() -> None:
    program = """
import asyncio, kv, kv.aio
async def main():
    store = await kv.aio.open("memory:")
    await store.lock("job", lease=60)
    task = asyncio.create_task(store.lock("job", lease=60, wait=None).__aenter__())
    watching = asyncio.create_task(store.watch("g").__aiter__().__anext__())
    await store.set("g", "k", "v")
    await asyncio.sleep(0.05)
    print("end", flush=True)
asyncio.run(main())
"""
    ended = run_python(program)
    assert (ended.stdout, ended.returncode) == ("end\n", 0)


def test_iterations_that_are_dropped_close_their_cursors() -> None:
    async def use(store: kv.aio.Store) -> None:
        await store.set_many("g", {str(n): "v" for n in range(1000)})
        for _ in range(100):
            async for _ in store.keys("g", limit=2):
                break
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0.01)
        assert sum(isinstance(it, Bound) for it in gc.get_objects()) < 10

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run("memory:", use)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_no_descriptor_is_left_of_watches() -> None:
    async def use(store: kv.aio.Store) -> None:
        async with store.watch() as watch:
            await watch.poll(0.001)
        del watch
        gc.collect()
        before = descriptors()
        for _ in range(10):
            async with store.watch() as watch:
                await watch.poll(0.001)
        del watch
        gc.collect()
        assert descriptors() == before

    run("memory:", use)
