"""The asynchronous store: every call, on each engine."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

import kv
import kv.aio
from aio_run import run
from kv.aio.cursors import closed
from kv.aio.threads import Threads


def test_calls_on_one_key_and_many(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        await store.set("g", "a", "1", ttl=60)
        assert await store.get("g", "a") == b"1" and await store.get_str("g", "a") == "1"
        version = await store.put("g", "b", "2", if_absent=True)
        with pytest.raises(kv.ConflictError):
            await store.put("g", "b", "3", if_absent=True)
        entry = await store.get_entry("g", "b")
        assert entry is not None and entry[:4] == ("g", "b", b"2", version)
        assert await store.get_many("g", ["a", "none"]) == {"a": b"1"}
        assert await store.increment("g", "n", 5) == 5
        assert await store.count("g") == 3 and await store.exists("g", "n")
        assert await store.delete_many("g", ["n", "none"]) == ["n"]
        with pytest.raises(TypeError, match="pass a list"):
            await store.get_many("g", "ab")
        assert await store.take("g", "b") == b"2" and await store.get("g", "b") is None
        assert await store.delete_all() == 1

    run(location, use)


def test_scans_are_asynchronous_iterators(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        values = {f"{number:04}": b"v" * number for number in range(2000)}
        await store.set_many("g", values)
        assert {entry.key: entry.value async for entry in store.scan("g")} == values
        assert [key async for key in store.keys(b"g", limit=2)] == [b"0000", b"0001"]
        assert [size async for size in store.sizes("g", "0002")] == [("0002", 2)]
        assert [group async for group in store.groups()] == ["g"]
        async with store.keys("g", reverse=True) as cursor:
            assert await cursor.__anext__() == "1999" and await cursor.is_snapshot()
        assert cursor.is_closed
        cursor = await store.keys("g", limit=1)
        assert [key async for key in cursor] == ["0000"] and cursor.is_closed
        # An iteration that is left is closed by the loop, and one that is wrong fails.
        async for key in store.keys("g"):
            break
        with pytest.raises(kv.InvalidArgumentError):
            async for _ in store.keys("g", limit=-1):
                pass
        await store.set("t", "k", "a b")
        assert [part async for part in store.text.fields("t", "k")] == [b"a", b"b"]
        assert [part async for part in store.text.split("t", "none", " ")] == []
        assert await store.text.fields("t", "none") is None

    run(location, use)


def test_transactions_and_batches(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        async with store.transaction() as transaction:
            await transaction.set("g", "a", "1")
            assert [key async for key in transaction.keys("g")] == ["a"]
            entry = await transaction.get_entry("g", "a")
            assert entry is not None and entry.version == 0
            assert await store.get("g", "a") is None
        assert await store.get("g", "a") == b"1" and transaction.is_ended
        with pytest.raises(LookupError):
            async with store.transaction() as transaction:
                await transaction.set("g", "lost", "1")
                raise LookupError
        with pytest.raises(kv.ConflictError):
            async with store.transaction() as transaction:
                await transaction.get("g", "a")
                await store.set("g", "a", "other")
                await transaction.set("g", "lost", "1")
        async with store.batch() as batch:
            batch.set("g", "b", "2")
            step = batch.increment("g", "n", 7)
            await batch.commit()
            assert batch.result(step).value == b"7" and len(batch) == 2
        with pytest.raises(LookupError):
            async with store.batch() as batch:
                batch.set("g", "lost", "2")
                raise LookupError
        async with store.batch() as batch:
            batch.set("g", "c", "3")
        assert await store.group("g").copy() == {
            "a": b"other", "b": b"2", "c": b"3", "n": b"7"
        }

    run(location, use)


def test_an_update_is_tried_again_after_a_conflict(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        async def add(transaction: kv.aio.Transaction) -> int:
            number = int(await transaction.get("g", "n") or 0) + 1
            await asyncio.sleep(0)
            await transaction.set("g", "n", str(number))
            return number

        found = await asyncio.gather(*(store.update(add, tries=1000) for _ in range(20)))
        assert sorted(found) == list(range(1, 21))

        async def meddle(transaction: kv.aio.Transaction) -> None:
            await transaction.get("g", "n")
            await store.increment("g", "n")
            await transaction.set("g", "m", "")

        with pytest.raises(kv.ConflictError, match="2 times of 2"):
            await store.update(meddle, tries=2)
        with pytest.raises(kv.InvalidArgumentError):
            await store.update(meddle, tries=0)

    run(location, use)


def test_watches_wait_in_the_loop(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        await store.set("g", "a", "1")
        async with store.watch("g", existing=True) as watch:
            assert repr(watch).startswith("<kv.aio.Watch group 'g' of ")
            kinds = []
            async for event in watch:
                kinds.append((event.type.name, event.key))
                if event.type is kv.EventType.SYNCED:
                    break
            assert kinds == [("SET", "a"), ("SYNCED", "")]
            assert await watch.poll(0) is None and await watch.poll(0.001) is None
            waiting = asyncio.create_task(watch.poll())
            await asyncio.sleep(0.01)
            # A cancelled wait loses no event.
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            waiting = asyncio.create_task(watch.poll())
            await asyncio.sleep(0.01)
            await store.set("g", "b", "2")
            event_found = await waiting
            assert event_found is not None and event_found.key == "b"
        watched = await store.watch(b"g")
        ends = asyncio.create_task(anext_of(watched))
        await asyncio.sleep(0.01)
        await watched.close()
        assert await ends is None
        seen: list[str] = []
        subscription = await store.on_change(lambda event: seen.append(event.key))
        await store.set("g", "c", "3")
        await asyncio.sleep(0)
        assert seen == ["c"] and not subscription.is_closed

    async def anext_of(watch: kv.aio.Watch[Any]) -> Any:
        async for event in watch:
            return event
        return None

    run(location, use)


def test_a_watch_ends_with_its_store() -> None:
    async def main() -> None:
        store = await kv.aio.open("memory:")

        keys: asyncio.Queue[str] = asyncio.Queue()

        async def follow(watch: kv.aio.Watch[str]) -> None:
            async for event in watch:
                keys.put_nowait(event.key)

        following = asyncio.create_task(follow(await store.watch("g")))
        await store.set("g", "a", "1")
        assert await asyncio.wait_for(keys.get(), 60) == "a"
        await store.close()
        await asyncio.wait_for(following, 60)
        assert keys.empty()

    asyncio.run(main(), debug=True)


def test_locks_are_held_by_one_task(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        holders: list[int] = []

        async def work(number: int) -> None:
            async with store.lock("job", lease=60, wait=None) as lock:
                holders.append(number)
                await asyncio.sleep(0)
                assert holders[-1] == number and lock.token > 0

        # More than there are threads for calls, which the releases need.
        await asyncio.gather(*(work(number) for number in range(40)))
        assert sorted(holders) == list(range(40))
        async with store.lock("job", lease=60, owner="me") as lock:
            with pytest.raises(kv.LockHeldError):
                await store.lock("job", lease=60)
            held = await store.lock_holder("job")
            assert held is not None and held.owner == b"me"
            await lock.renew(120)
            async with store.batch() as batch:
                batch.check_lock(lock)
                batch.set("g", "k", "v")
            with pytest.raises(TypeError):
                store.batch().check_lock(5)  # type: ignore[arg-type]
        assert await store.lock_holder("job") is None
        with pytest.raises(kv.LockLostError):
            await lock.release()

    run(location, use)


def test_a_task_that_is_cancelled_while_it_waits_for_a_lock_does_not_hold_it(
    location: str,
) -> None:
    async def use(store: kv.aio.Store) -> None:
        async with store.lock("job", lease=60):
            for _ in range(5):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(acquire(store), 0.01)
        for _ in range(10):
            async with store.lock("job", lease=60, wait=10):
                waiting = asyncio.create_task(acquire(store))
                await asyncio.sleep(0.002)
            # It has the lock at this moment, or nearly.
            if waiting.cancel():
                with pytest.raises(asyncio.CancelledError):
                    await waiting
            else:
                await (await waiting).release()
            assert await store.lock_holder("job") is None

    async def acquire(store: kv.aio.Store) -> kv.aio.Lock:
        return await store.lock("job", lease=60, wait=None)

    run(location, use)


def test_the_result_of_a_call_that_a_cancel_has_missed_is_taken_back() -> None:
    class Found:
        is_closed = False

        def close(self) -> None:
            self.is_closed = True

    found, has_begun, may_end = Found(), threading.Event(), threading.Event()

    def open_slowly() -> Found:
        has_begun.set()
        assert may_end.wait(60)
        return found

    async def main() -> None:
        threads = Threads()
        task = asyncio.create_task(threads.run_on(None, open_slowly, undo=closed))
        assert await asyncio.to_thread(has_begun.wait, 60)
        task.cancel()
        await asyncio.sleep(0.01)
        # The task ends with its call. A second cancel does not leave it behind.
        assert not task.done()
        task.cancel()
        await asyncio.sleep(0.01)
        assert not task.done() and not found.is_closed
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert found.is_closed
        await threads.end(lambda: None)

    asyncio.run(main(), debug=True)


def test_values_in_pieces(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        async with store.open_writer("g", "k", ttl=60) as writer:
            for _ in range(3):
                assert await writer.write(b"x" * 200_000) == 200_000
            assert await writer.tell() == 600_000 and writer.name == "k"
        async with store.open_reader("g", "k") as reader:
            assert reader is not None and reader.size == 600_000 and reader.expires_at is not None
            assert [len(piece) async for piece in reader] == [262_144, 262_144, 75_712]
            await reader.seek(-2, 2)
            assert await reader.read() == b"xx" and await reader.tell() == 600_000
        async with store.open_reader("g", "none") as none:
            assert none is None
        with pytest.raises(LookupError):
            async with store.open_writer("g", "lost") as writer:
                await writer.write(b"x")
                raise LookupError
        lost = await store.open_writer("g", "lost")
        await lost.close()
        assert lost.is_ended and not await store.exists("g", "lost")

    run(location, use)


def test_groups_and_typed_values(location: str) -> None:
    async def use(store: kv.aio.Store) -> None:
        users = store.group("users")
        await users.update({"ada": "admin"}, eve="guest")
        assert await users.get("ada") == b"admin" and await users.get("bob", b"none") == b"none"
        assert await users.setdefault("bob", "new") == b"new" and await users.count() == 3
        assert await users.pop("bob") == b"new" and await users.pop("bob", None) is None
        with pytest.raises(KeyError):
            await users.pop("bob")
        assert [key async for key in users] == [key async for key in users.keys()] == ["ada", "eve"]
        assert [item async for item in users.items()][0] == ("ada", b"admin")
        assert await users.exists("eve") and await users.delete("eve")
        assert await users.popitem() == ("ada", b"admin") and await users.copy() == {}
        typed: kv.aio.Typed[str, Any] = kv.aio.Typed(store, "typed")
        await typed.set("a", [1])
        version = await typed.put("b", {"n": 10**5000}, if_absent=True)
        assert await typed.get("b") == {"n": 10**5000} and await typed.get_many(["a"]) == {"a": [1]}
        assert [entry.value async for entry in typed.scan("a")] == [[1]]
        assert [key async for key, _ in typed.items()] == ["a", "b"]
        assert await typed.delete_version("b", version) and await typed.take("a") == [1]
        await store.set("typed", "bad", "{")
        with pytest.raises(kv.DecodeError):
            await typed.get("bad")
        await typed.clear()

    run(location, use)


def test_parts_of_a_store(tmp_path: Path) -> None:
    async def use(store: kv.aio.Store) -> None:
        await store.json.set("g", "j", '{"a": [1, 2]}')
        assert await store.json.get("g", "j", "/a/1") == b"2"
        assert await store.text.render("g", "{{ missing|default('-') }}") == "-"
        await store.quotas.set("tenant", max_keys=5)
        assert (await store.quotas.get("tenant")).max_keys == 5
        begun = await store.idempotency.begin("pay", "5", 60)
        await store.idempotency.complete("pay", begun.token, "done")
        record = await store.idempotency.get("pay")
        assert record is not None and record.response == b"done"
        changes = [event.key async for event in store.change_log.read()]
        assert changes[0] == "j" and await store.change_log.oldest() == 0
        assert (await store.maintenance.usage()).entries == 2
        assert (await store.maintenance.stats()).format > 0
        await store.maintenance.backup(tmp_path / "copy.db")
        async with kv.aio.open("memory:") as target:
            state = await store.maintenance.copy(target)
            assert state.entries == 2 and await target.count_all() == 2
        async with store.scope("tenant") as tenant:
            await tenant.set("g", "k", "v")
        assert await store.get("tenant:g", "k") == b"v"
        async with store.snapshot() as then:
            await store.set("g", "later", "v")
            assert not await then.exists("g", "later")
            with pytest.raises(kv.ReadOnlyError):
                await then.set("g", "k", "v")

    run(tmp_path / "test.db", use, changes=True)
