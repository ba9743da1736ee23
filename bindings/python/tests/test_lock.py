"""Locks: one owner at a time, leases that end, and what is refused."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import kv
from conftest import race, run_python

HOUR = timedelta(hours=1)


def lose(store: kv.Store, lock: kv.Lock) -> kv.Lock:
    """Ends the lease of a lock, and returns that of the owner who waits for it."""
    lock.renew(0.001)
    return store.lock(lock.name, lease=HOUR, wait=60, owner="next")


def test_a_lock_has_one_owner_and_tokens_rise(store: kv.Store) -> None:
    assert store.lock_holder("job") is None
    with store.lock("job", lease=HOUR, owner="worker 7") as lock:
        with pytest.raises(kv.LockHeldError, match="acquire lock 'job': another owner holds it$"):
            store.lock("job", lease=HOUR)
        holder = store.lock_holder(b"job")
        assert holder is not None and holder.owner == b"worker 7"
        now = datetime.now(timezone.utc)
        assert now + HOUR / 2 < holder.expires_at <= now + HOUR + timedelta(milliseconds=1)
        assert holder.expires_at_ms > now.timestamp() * 1000
        with store.lock("other", lease=HOUR) as other:
            assert other.token > lock.token
            nameless = store.lock_holder("other")
            assert nameless is not None and nameless.owner == b""
    assert store.lock_holder("job") is None
    with store.lock("job", lease=HOUR) as again:
        assert again.token > other.token and again.version != lock.version


def test_locks_of_a_scope_are_others(store: kv.Store) -> None:
    with store.lock("job", lease=HOUR), store.scope("tenant") as tenant:
        with tenant.lock("job", lease=HOUR, owner="tenant"):
            assert tenant.lock_holder("job") != store.lock_holder("job")


def test_an_exception_releases_and_goes_on(store: kv.Store) -> None:
    for kind in (KeyError, KeyboardInterrupt, GeneratorExit):
        with pytest.raises(kind), store.lock("job", lease=HOUR):
            raise kind
        assert store.lock_holder("job") is None


def test_a_renewed_lease_counts_from_its_renewal(store: kv.Store) -> None:
    with store.lock("job", lease=60) as lock:
        lock.renew(HOUR)
        holder = store.lock_holder("job")
        assert holder and holder.expires_at > datetime.now(timezone.utc) + HOUR / 2


def test_a_lock_that_was_lost_is_neither_renewed_nor_released(store: kv.Store) -> None:
    lock = store.lock("job", lease=HOUR)
    following = lose(store, lock)
    calls: list[Callable[[], object]] = [lock.release, lambda: lock.renew(HOUR), lock.release]
    for call in calls:
        with pytest.raises(kv.LockLostError, match="lock 'job': its lease has ended") as caught:
            call()
        assert isinstance(caught.value, kv.ConflictError)
    holder = store.lock_holder("job")
    assert holder and holder.owner == b"next"
    following.release()
    with pytest.raises(kv.LockLostError):
        following.release()
    assert store.lock_holder("job") is None


def test_the_end_of_the_statement_tells_of_a_lost_lock_once(store: kv.Store) -> None:
    with pytest.raises(kv.LockLostError), store.lock("job", lease=HOUR) as lock:
        following = lose(store, lock)
    following.release()
    # An exception of the statement is not replaced.
    with pytest.raises(LookupError), store.lock("job", lease=HOUR) as lock:
        following = lose(store, lock)
        raise LookupError
    following.release()
    with store.lock("job", lease=HOUR) as lock:
        following = lose(store, lock)
        with pytest.raises(kv.LockLostError):
            lock.renew(HOUR)
    following.release()
    with store.lock("job", lease=HOUR) as lock:
        lock.release()


def test_the_end_of_the_statement_raises_what_keeps_it_from_a_release(store: kv.Store) -> None:
    with pytest.raises(kv.ClosedError), store.lock("job", lease=HOUR):
        store.close()
    with pytest.raises(kv.InvalidHandleError):
        store.lock("job", lease=HOUR)
    with pytest.raises(kv.InvalidHandleError):
        store.lock("job", lease=HOUR, wait=60)
    with pytest.raises(kv.InvalidHandleError):
        store.lock_holder("job")


def test_many_owners_hold_a_lock_one_after_the_other(store: kv.Store) -> None:
    inside: list[int] = []

    def work(number: int) -> list[int]:
        tokens = []
        for _ in range(10):
            with store.lock("job", lease=HOUR, wait=60) as lock:
                inside.append(number)
                assert inside == [number]
                time.sleep(0.0001)
                tokens.append(lock.token)
                inside.remove(number)
        return tokens

    results, met = race(4, work)
    assert met
    tokens = [token for of_one in results for token in of_one]
    assert len(set(tokens)) == 40 and all(of_one == sorted(of_one) for of_one in results)


def test_a_process_that_ends_keeps_its_lock_until_the_lease_ends(path: Path) -> None:
    program = """
import sys, kv
store = kv.open(sys.argv[1])
lock = store.lock("job", lease=float(sys.argv[2]), owner="other")
print(lock.token)
store.close()
"""
    with kv.open(path) as store:
        ended = run_python(program, str(path), "3600")
        assert ended.stderr == ""
        holder = store.lock_holder("job")
        assert holder and holder.owner == b"other"
        with pytest.raises(kv.LockHeldError):
            store.lock("job", lease=HOUR)
        store.delete_group("kv.lock")
        ended = run_python(program, str(path), "0.5")
        with store.lock("job", lease=HOUR, wait=60) as lock:
            assert lock.token > int(ended.stdout)


def test_a_lock_is_passed_on_by_its_numbers(store: kv.Store) -> None:
    lock = store.lock("job", lease=HOUR)
    passed = kv.Lock(store, lock.name, lock.token, lock.version)
    passed.renew(2 * HOUR)
    with pytest.raises(kv.LockLostError):
        kv.Lock(store, "other", lock.token, lock.version).release()
    with passed:
        pass
    with pytest.raises(kv.LockLostError):
        lock.release()


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"name": ""}, kv.InvalidArgumentError, "name of a lock is not empty"),
    ({"name": None}, TypeError, "name must be bytes or str, not NoneType"),
    ({"name": "n" * 65536}, kv.TooLargeError, "65535"),
    ({"lease": 0}, kv.InvalidArgumentError, "a lease of 0 ms; it is at least 1 ms"),
    ({"lease": -1}, kv.InvalidArgumentError, "a lease must not be negative"),
    ({"lease": float("inf")}, kv.InvalidArgumentError, "a lease must be from 0 to .* renews"),
    ({"lease": None}, TypeError, "a lease must be a datetime.timedelta or seconds, not NoneType"),
    ({"lease": True}, TypeError, "not bool"),
    ({"wait": -1}, kv.InvalidArgumentError, "a timeout must not be negative"),
    ({"wait": "1"}, TypeError, "a timeout must be"),
    ({"owner": "o" * 1025}, kv.TooLargeError, "owner of 1025 bytes is over the limit of 1024"),
    ({"owner": None}, TypeError, "owner must be bytes or str, not NoneType"),
]


@pytest.mark.parametrize(("wrong", "kind", "words"), REFUSED)
def test_wrong_arguments_are_refused(
    store: kv.Store, wrong: dict[str, Any], kind: type[Exception], words: str
) -> None:
    arguments: dict[str, Any] = {"name": "job", "lease": HOUR, **wrong}
    with pytest.raises(kind, match=words):
        store.lock(arguments.pop("name"), **arguments)
    assert list(store.keys("kv.lock")) in ([], [""])


@pytest.mark.parametrize("lease", [0, -1, None])
def test_a_wrong_lease_leaves_the_lock_as_it_was(store: kv.Store, lease: Any) -> None:
    with store.lock("job", lease=HOUR) as lock:
        before = store.lock_holder("job")
        with pytest.raises((kv.InvalidArgumentError, TypeError)):
            lock.renew(lease)
        assert store.lock_holder("job") == before


def test_a_lock_that_was_not_acquired_is_refused(store: kv.Store) -> None:
    none = kv.Lock(store, "job", 0, 0)
    for call in (none.release, lambda: none.renew(HOUR)):
        with pytest.raises(kv.InvalidArgumentError, match="the lock was not acquired"):
            call()
    with pytest.raises(TypeError, match="store.lock"):
        kv.Lock("job", "job", 1, 1)  # type: ignore[arg-type]
    with pytest.raises(kv.InvalidArgumentError, match="token must be from 0"):
        kv.Lock(store, "job", -1, 1)


def test_a_store_that_evicts_has_no_locks() -> None:
    with kv.open("memory:?max_entries=10&evict=lru") as store:
        for wait in (0, 60):
            with pytest.raises(kv.UnsupportedError, match="open another store for locks"):
                store.lock("job", lease=HOUR, wait=wait)


def test_an_entry_that_is_no_lock_is_corrupt(store: kv.Store) -> None:
    store.set("kv.lock", "job", "something else")
    with pytest.raises(kv.CorruptError):
        store.lock_holder("job")


def test_a_lock_is_not_copied_and_shows_its_token(store: kv.Store) -> None:
    with store.lock("job", lease=HOUR) as lock:
        copies: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps]
        for copied in copies:
            with pytest.raises(TypeError, match=r"a kv\.Lock cannot be copied or pickled"):
                copied(lock)
        assert repr(lock) == f"<kv.Lock 'job' of {store._location!r}, token {lock.token}>"
        holder = store.lock_holder("job")
        assert pickle.loads(pickle.dumps(holder)) == holder


def test_a_batch_of_an_owner_that_has_lost_its_lock_is_refused(store: kv.Store) -> None:
    with store.lock("job", lease=HOUR) as lock:
        with store.batch() as batch:
            assert batch.check_lock(lock) == 0 and len(batch) == 1
            assert batch.set("g", "k", "first") == 1
            batch.commit()
            assert batch.result(0).is_found
        with pytest.raises(kv.LockLostError):
            lose(store, lock)
            lock.renew(HOUR)
    with pytest.raises(kv.ConflictError) as caught, store.batch() as batch:
        batch.set("g", "k", "late")
        batch.check_lock(lock)
    assert caught.value.step == 1
    assert store.get("g", "k") == b"first"


def test_a_batch_refuses_what_is_no_lock(store: kv.Store) -> None:
    lock = store.lock("job", lease=HOUR)
    with store.batch() as batch:
        with pytest.raises(TypeError, match=r"lock must be a kv\.Lock, not str"):
            batch.check_lock("job")  # type: ignore[arg-type]
        with pytest.raises(kv.InvalidArgumentError, match="not acquired"):
            batch.check_lock(kv.Lock(store, "job", 0, 0))
        assert len(batch) == 0
    with pytest.raises(kv.InvalidHandleError):
        batch.check_lock(lock)
