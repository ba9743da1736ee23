"""Transactions in the behaviour cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

import kv
from behaviour_calls import Returned, found, found_value, scan
from behaviour_run import Run
from behaviour_values import (
    LEFT_OUT,
    flag_keywords,
    integer,
    put_options,
    remaining,
    to_bytes,
    ttl_keywords,
)


def txn_begin(run: Run, store: kv.Store, *, txn: str) -> Returned:
    run.transactions[txn] = store.transaction()
    return {}


def txn_get(run: Run, store: kv.Store, *, txn: str, key: Any, group: Any = "") -> Returned:
    return found_value(run.transactions[txn].get(to_bytes(group), to_bytes(key)))


def txn_scan(run: Run, store: kv.Store, *, txn: str, **written: Any) -> Returned:
    return scan(run, run.transactions[txn], **written)


def txn_set(
    run: Run, store: kv.Store, *, txn: str, key: Any, value: Any, group: Any = "", **options: Any
) -> Returned:
    keywords = put_options(run.version, **options)
    run.transactions[txn].set(to_bytes(group), to_bytes(key), to_bytes(value), **keywords)
    return {}


def txn_delete(run: Run, store: kv.Store, *, txn: str, key: Any, group: Any = "") -> Returned:
    return found(run.transactions[txn].delete(to_bytes(group), to_bytes(key)))


def txn_exists(run: Run, store: kv.Store, *, txn: str, key: Any, group: Any = "") -> Returned:
    return found(run.transactions[txn].exists(to_bytes(group), to_bytes(key)))


def txn_ttl(run: Run, store: kv.Store, *, txn: str, key: Any, group: Any = "") -> Returned:
    left = run.transactions[txn].ttl(to_bytes(group), to_bytes(key))
    return found(False) if left is None else {"ttl": remaining(left)}


def txn_increment(
    run: Run,
    store: kv.Store,
    *,
    txn: str,
    key: Any,
    delta: Any,
    group: Any = "",
    ttl: Any = LEFT_OUT,
) -> Returned:
    where = (to_bytes(group), to_bytes(key))
    created = ttl_keywords(ttl, "ttl_if_created")
    return {"sum": run.transactions[txn].increment(*where, integer(delta), **created)}


def txn_append(
    run: Run,
    store: kv.Store,
    *,
    txn: str,
    key: Any,
    value: Any,
    group: Any = "",
    ttl: Any = LEFT_OUT,
) -> Returned:
    where = (to_bytes(group), to_bytes(key))
    created = ttl_keywords(ttl, "ttl_if_created")
    return {"length": run.transactions[txn].append(*where, to_bytes(value), **created)}


def txn_expire(
    run: Run,
    store: kv.Store,
    *,
    txn: str,
    key: Any,
    group: Any = "",
    ttl: Any = LEFT_OUT,
    flags: Iterable[str] = (),
) -> Returned:
    keywords = {"ttl": None, **ttl_keywords(ttl), **flag_keywords(list(flags))}
    return found(run.transactions[txn].expire(to_bytes(group), to_bytes(key), **keywords))


def txn_commit(run: Run, store: kv.Store, *, txn: str) -> Returned:
    run.transactions[txn].commit()
    return {}


def txn_abort(run: Run, store: kv.Store, *, txn: str) -> Returned:
    run.transactions[txn].abort()
    return {}


TRANSACTION_CALLS: dict[str, Callable[..., Returned]] = {
    "txn_begin": txn_begin,
    "txn_get": txn_get,
    "txn_scan": txn_scan,
    "txn_set": txn_set,
    "txn_delete": txn_delete,
    "txn_exists": txn_exists,
    "txn_ttl": txn_ttl,
    "txn_increment": txn_increment,
    "txn_append": txn_append,
    "txn_expire": txn_expire,
    "txn_commit": txn_commit,
    "txn_abort": txn_abort,
}
