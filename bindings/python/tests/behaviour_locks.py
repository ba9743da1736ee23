"""Locks in the behaviour cases."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable

import kv
from behaviour_calls import Returned, found
from behaviour_run import Run
from behaviour_values import LEFT_OUT, MILLISECOND, integer, remaining, to_bytes


def acquire(
    run: Run,
    store: kv.Store,
    *,
    name: Any,
    lease: Any,
    owner: Any = LEFT_OUT,
    wait: Any = LEFT_OUT,
    save: str = "",
) -> Returned:
    options: dict[str, Any] = {"lease": integer(lease) * MILLISECOND}
    if owner is not LEFT_OUT:
        options["owner"] = to_bytes(owner)
    if wait is not LEFT_OUT:
        options["wait"] = integer(wait) * MILLISECOND
    lock = store.lock(to_bytes(name), **options)
    run.locks[save] = lock
    # The token is what the expectation `newer_than` compares.
    return run.save(save, lock.token, {"version": lock.token})


def renew(run: Run, store: kv.Store, *, name: Any, lock: str, lease: Any) -> Returned:
    run.lock(store, name, lock).renew(integer(lease) * MILLISECOND)
    return {}


def release(run: Run, store: kv.Store, *, name: Any, lock: str) -> Returned:
    run.lock(store, name, lock).release()
    return {}


def holder(run: Run, store: kv.Store, *, name: Any) -> Returned:
    read = store.lock_holder(to_bytes(name))
    if read is None:
        return found(False)
    return {"owner": read.owner, "ttl": remaining(read.expires_at - datetime.now(timezone.utc))}


LOCK_CALLS: dict[str, Callable[..., Returned]] = {
    "lock_acquire": acquire,
    "lock_renew": renew,
    "lock_release": release,
    "lock_get": holder,
}
