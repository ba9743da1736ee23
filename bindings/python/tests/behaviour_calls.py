"""The calls of the behaviour cases, made through the package.

Each is a function whose keyword parameters are the arguments that the call may have, so that one
which is not known is a TypeError. It returns the fields of the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Optional, Union

import kv
from behaviour_run import Run
from behaviour_values import (
    LEFT_OUT,
    flag_keywords,
    instant,
    integer,
    put_options,
    remaining,
    to_bytes,
    ttl_keywords,
)

Returned = dict[str, Any]


def found(is_found: bool) -> Returned:
    return {"status": "ok" if is_found else "not_found"}


def found_value(value: Optional[bytes], name: str = "value") -> Returned:
    return {**found(value is not None), name: value}


def open_store(run: Run, *, store: str, options: str = "") -> Returned:
    run.open(store, options)
    return {}


def scope(run: Run, store: kv.Store, *, name: Any, as_: str) -> Returned:
    run.stores[as_] = store.scope(to_bytes(name))
    return {}


def snapshot(run: Run, store: kv.Store, *, as_: str) -> Returned:
    run.stores[as_] = store.snapshot()
    return {}


def close(run: Run, store: kv.Store) -> Returned:
    store.close()
    return {}


def set_(
    run: Run, store: kv.Store, *, key: Any, value: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> Returned:
    store.set(to_bytes(group), to_bytes(key), to_bytes(value), **ttl_keywords(ttl))
    return {}


def put(
    run: Run,
    store: kv.Store,
    *,
    key: Any,
    value: Any,
    group: Any = "",
    save: str = "",
    **options: Any,
) -> Returned:
    keywords = put_options(run.version, **options)
    version = store.put(to_bytes(group), to_bytes(key), to_bytes(value), **keywords)
    return run.save(save, version, {"version": version})


def get(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    return found_value(store.get(to_bytes(group), to_bytes(key)))


def entry(run: Run, store: kv.Store, *, key: Any, group: Any = "", save: str = "") -> Returned:
    read = store.get_entry(to_bytes(group), to_bytes(key))
    if read is None:
        return found(False)
    fields = {"value": read.value, "version": read.version, "expires_at": instant(read.expires_at)}
    return run.save(save, read.version, fields)


def info(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    read = store.info(to_bytes(group), to_bytes(key))
    if read is None:
        return found(False)
    return {"size": read.size, "version": read.version, "expires_at": instant(read.expires_at)}


def exists(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    return found(store.exists(to_bytes(group), to_bytes(key)))


def delete(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    return found(store.delete(to_bytes(group), to_bytes(key)))


def delete_version(
    run: Run, store: kv.Store, *, key: Any, version: Any, group: Any = ""
) -> Returned:
    return found(store.delete_version(to_bytes(group), to_bytes(key), run.version(version)))


def take(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    return found_value(store.take(to_bytes(group), to_bytes(key)))


def increment(
    run: Run, store: kv.Store, *, key: Any, delta: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> Returned:
    created = ttl_keywords(ttl, "ttl_if_created")
    return {"sum": store.increment(to_bytes(group), to_bytes(key), integer(delta), **created)}


def append(
    run: Run, store: kv.Store, *, key: Any, value: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> Returned:
    created = ttl_keywords(ttl, "ttl_if_created")
    return {"length": store.append(to_bytes(group), to_bytes(key), to_bytes(value), **created)}


def read_ttl(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    left = store.ttl(to_bytes(group), to_bytes(key))
    return found(False) if left is None else {"ttl": remaining(left)}


def expire(
    run: Run,
    store: kv.Store,
    *,
    key: Any,
    group: Any = "",
    ttl: Any = LEFT_OUT,
    flags: Iterable[str] = (),
) -> Returned:
    keywords = {"ttl": None, **ttl_keywords(ttl), **flag_keywords(list(flags))}
    return found(store.expire(to_bytes(group), to_bytes(key), **keywords))


def persist(run: Run, store: kv.Store, *, key: Any, group: Any = "") -> Returned:
    return found(store.persist(to_bytes(group), to_bytes(key)))


def set_many(
    run: Run, store: kv.Store, *, entries: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> Returned:
    pairs = [(to_bytes(one["key"]), to_bytes(one["value"])) for one in entries]
    store.set_many(to_bytes(group), pairs, **ttl_keywords(ttl))
    return {}


def get_many(run: Run, store: kv.Store, *, keys: Any, group: Any = "") -> Returned:
    values = store.get_many(to_bytes(group), [to_bytes(key) for key in keys])
    return {"entries": list(values.items())}


def delete_many(run: Run, store: kv.Store, *, keys: Any, group: Any = "") -> Returned:
    deleted = store.delete_many(to_bytes(group), [to_bytes(key) for key in keys])
    return {"count": len(deleted), "deleted": deleted}


def scan(run: Run, store: Union[kv.Store, kv.Transaction], **written: Any) -> Returned:
    where, options = scan_arguments(**written)
    entries = [(one.key, one.value) for one in store.scan(where, **options)]
    return {"entries": entries, "keys": list(store.keys(where, **options))}


def scan_arguments(
    *,
    group: Any = "",
    offset: Any = 0,
    limit: Any = 0,
    reverse: bool = False,
    **written: Any,
) -> tuple[bytes, dict[str, Any]]:
    """Returns the group and the keyword arguments of a scan."""
    renamed = {"from_": "from_key", "to": "to_key"}
    bounds: dict[str, Any] = {renamed.get(name, name): to_bytes(it) for name, it in written.items()}
    numbers = {"offset": integer(offset), "limit": integer(limit)}
    return to_bytes(group), {**bounds, **numbers, "reverse": reverse}


def groups(run: Run, store: kv.Store, *, prefix: Any = "") -> Returned:
    return {"groups": list(store.groups(to_bytes(prefix)))}


def count(run: Run, store: kv.Store, *, group: Any = "") -> Returned:
    return {"count": store.count(to_bytes(group))}


def count_all(run: Run, store: kv.Store, *, prefix: Any = "") -> Returned:
    return {"count": store.count_all(to_bytes(prefix))}


def delete_group(run: Run, store: kv.Store, *, group: Any = "") -> Returned:
    return {"count": store.delete_group(to_bytes(group))}


def delete_prefix(run: Run, store: kv.Store, *, prefix: Any, group: Any = "") -> Returned:
    return {"count": store.delete_prefix(to_bytes(group), to_bytes(prefix))}


def delete_all(run: Run, store: kv.Store, *, prefix: Any = LEFT_OUT) -> Returned:
    if prefix is LEFT_OUT:
        return {"count": store.delete_all()}
    return {"count": store.delete_all(to_bytes(prefix))}


def purge_expired(run: Run, store: kv.Store) -> Returned:
    return {"count": store.maintenance.purge_expired()}


def set_json(run: Run, store: kv.Store, *, key: Any, value: Any, group: Any = "") -> Returned:
    store.json.set(to_bytes(group), to_bytes(key), to_bytes(value))
    return {}


def get_json(
    run: Run, store: kv.Store, *, key: Any, path: str = "", group: Any = ""
) -> Returned:
    return found_value(store.json.get(to_bytes(group), to_bytes(key), path))


def quota_set(
    run: Run, store: kv.Store, *, name: Any, max_keys: Any, max_groups: Any, max_bytes: Any
) -> Returned:
    limits = {"max_keys": max_keys, "max_groups": max_groups, "max_bytes": max_bytes}
    numbers = {limit: integer(number) for limit, number in limits.items()}
    store.quotas.set(to_bytes(name), **numbers)
    return {}


def quota_get(run: Run, store: kv.Store, *, name: Any) -> Returned:
    return dict(vars(store.quotas.get(to_bytes(name))))


CALLS: dict[str, Callable[..., Returned]] = {
    "scope": scope,
    "snapshot": snapshot,
    "close": close,
    "set": set_,
    "put": put,
    "get": get,
    "entry": entry,
    "info": info,
    "exists": exists,
    "delete": delete,
    "delete_version": delete_version,
    "take": take,
    "increment": increment,
    "append": append,
    "ttl": read_ttl,
    "expire": expire,
    "persist": persist,
    "set_many": set_many,
    "get_many": get_many,
    "delete_many": delete_many,
    "scan": scan,
    "groups": groups,
    "count": count,
    "count_all": count_all,
    "delete_group": delete_group,
    "delete_prefix": delete_prefix,
    "delete_all": delete_all,
    "purge_expired": purge_expired,
    "set_json": set_json,
    "get_json": get_json,
    "quota_set": quota_set,
    "quota_get": quota_get,
}
