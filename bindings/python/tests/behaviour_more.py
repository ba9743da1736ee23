"""Batches, watches and idempotency records in the behaviour cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Union

import kv
from behaviour_calls import Returned, found
from behaviour_run import Run
from behaviour_values import (
    LEFT_OUT,
    flag_keywords,
    integer,
    put_options,
    to_bytes,
    ttl_keywords,
)

#: The longest wait for an event.
EVENT_S = 10


def batch(run: Run, store: kv.Store, *, steps: list[dict[str, Any]]) -> Returned:
    with store.batch() as appended:
        for step in steps:
            arguments = {("if_" if name == "if" else name): it for name, it in step.items()}
            STEPS[arguments.pop("step")](run, appended, **arguments)
        appended.commit()
        return {"results": [result(appended.result(number)) for number in range(len(steps))]}


def result(found_result: kv.Result) -> Returned:
    value = {} if found_result.value is None else {"value": found_result.value}
    return {"status": found_result.status.name.lower(), **value}


def check(run: Run, batch: kv.Batch, *, key: Any, version: Any, group: Any = "") -> None:
    batch.check(to_bytes(group), to_bytes(key), run.version(version))


def get(run: Run, batch: kv.Batch, *, key: Any, group: Any = "") -> None:
    batch.get(to_bytes(group), to_bytes(key))


def set_(
    run: Run, batch: kv.Batch, *, key: Any, value: Any, group: Any = "", **options: Any
) -> None:
    keywords = put_options(run.version, **options)
    batch.set(to_bytes(group), to_bytes(key), to_bytes(value), **keywords)


def delete(run: Run, batch: kv.Batch, *, key: Any, group: Any = "") -> None:
    batch.delete(to_bytes(group), to_bytes(key))


def take(run: Run, batch: kv.Batch, *, key: Any, group: Any = "") -> None:
    batch.take(to_bytes(group), to_bytes(key))


def increment(
    run: Run, batch: kv.Batch, *, key: Any, delta: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> None:
    created = ttl_keywords(ttl, "ttl_if_created")
    batch.increment(to_bytes(group), to_bytes(key), integer(delta), **created)


def append(
    run: Run, batch: kv.Batch, *, key: Any, value: Any, group: Any = "", ttl: Any = LEFT_OUT
) -> None:
    created = ttl_keywords(ttl, "ttl_if_created")
    batch.append(to_bytes(group), to_bytes(key), to_bytes(value), **created)


def expire(
    run: Run,
    batch: kv.Batch,
    *,
    key: Any,
    group: Any = "",
    ttl: Any = LEFT_OUT,
    flags: Iterable[str] = (),
) -> None:
    keywords = {"ttl": None, **ttl_keywords(ttl), **flag_keywords(list(flags))}
    batch.expire(to_bytes(group), to_bytes(key), **keywords)


def check_lock(run: Run, batch: kv.Batch, *, name: Any, lock: str) -> None:
    batch.check_lock(run.lock(run.stores["main"], name, lock))


def delete_prefix(run: Run, batch: kv.Batch, *, prefix: Any, group: Any = "") -> None:
    batch.delete_prefix(to_bytes(group), to_bytes(prefix))


def open_watch(run: Run, store: kv.Store, *, watch: str, **selected: Any) -> Returned:
    names: dict[str, Any] = {name: to_bytes(written) for name, written in selected.items()}
    run.watches[watch] = store.watch(**names)
    return {}


def raw(name: Union[str, bytes]) -> bytes:
    """Returns the bytes of a name; that of a watch without names is a str."""
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def poll(run: Run, store: kv.Store, *, watch: str) -> Returned:
    event = run.watches[watch].poll(EVENT_S)
    if event is None:
        return {"status": "timeout"}
    fields: Returned = {"type": event.type.name.lower(), "group": raw(event.group)}
    if event.type is not kv.EventType.DELETE_GROUP:
        fields["key"] = raw(event.key)
    if event.type is kv.EventType.SET:
        fields["value"] = event.value
    if event.type is kv.EventType.SET_LARGE:
        fields["size"] = event.size
    return {"event": fields}


def begin(
    run: Run, store: kv.Store, *, key: Any, request: Any, ttl: Any = LEFT_OUT, save: str = ""
) -> Returned:
    keywords = {"ttl": None, **ttl_keywords(ttl)}
    record = store.idempotency.begin(to_bytes(key), to_bytes(request), **keywords)
    fields = {"state": record.state.name.lower(), "response": record.response}
    return run.save(save, record.token, fields)


def get_record(run: Run, store: kv.Store, *, key: Any) -> Returned:
    record = store.idempotency.get(to_bytes(key))
    if record is None:
        return found(False)
    return {"state": record.state.name.lower(), "response": record.response}


def complete(run: Run, store: kv.Store, *, key: Any, token: Any, response: Any) -> Returned:
    try:
        store.idempotency.complete(to_bytes(key), run.version(token), to_bytes(response))
    except kv.ConflictError as error:
        # Version 0 is how the package reports that there is no record.
        return found(False) if error.version == 0 else {"status": "conflict"}
    return {}


def forget(run: Run, store: kv.Store, *, key: Any, token: Any) -> Returned:
    return found(store.idempotency.forget(to_bytes(key), run.version(token)))


STEPS: dict[str, Callable[..., None]] = {
    "check": check,
    "get": get,
    "set": set_,
    "delete": delete,
    "take": take,
    "increment": increment,
    "append": append,
    "expire": expire,
    "delete_prefix": delete_prefix,
    "check_lock": check_lock,
}

MORE_CALLS: dict[str, Callable[..., Returned]] = {
    "batch": batch,
    "watch": open_watch,
    "poll": poll,
    "idempotency_begin": begin,
    "idempotency_get": get_record,
    "idempotency_complete": complete,
    "idempotency_forget": forget,
}
