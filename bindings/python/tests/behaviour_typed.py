"""Typed stores in the behaviour cases."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

import kv
from behaviour_calls import Returned, found
from behaviour_run import Run
from behaviour_values import LEFT_OUT, integer, put_options, to_bytes, ttl_keywords


@dataclasses.dataclass
class Record:
    name: str
    count: int


class RefusedError(Exception):
    """The error of a hook."""


class TracingHooks(kv.Hooks[Record]):
    """Adds each hook to a trace, and refuses or renames as the case says."""

    def __init__(self, trace: list[str], rename: Mapping[str, str], fail: Iterable[str]) -> None:
        self.trace, self.rename, self.fail = trace, dict(rename), set(fail)

    def before_save(self, key: bytes, value: Record) -> Record:
        return self._renamed("before_save", key, value)

    def after_save(self, key: bytes, value: Record) -> None:
        self._note("after_save", key)

    def after_load(self, key: bytes, value: Record) -> Record:
        return self._renamed("after_load", key, value)

    def before_delete(self, key: bytes) -> None:
        self._note("before_delete", key)

    def after_delete(self, key: bytes) -> None:
        self._note("after_delete", key)

    def _note(self, hook: str, key: bytes) -> None:
        self.trace.append(f"{hook} {key.decode()}")
        if hook in self.fail:
            raise RefusedError(hook)

    def _renamed(self, hook: str, key: bytes, value: Record) -> Record:
        self._note(hook, key)
        name = self.rename.get(hook)
        return value if name is None else dataclasses.replace(value, name=name)


def read(written: Any) -> Record:
    return Record(written["name"], integer(written["count"]))


def shown(record: Optional[Record]) -> Returned:
    if record is None:
        return found(False)
    return {"record": (record.name, record.count)}


def typed_open(
    run: Run,
    store: kv.Store,
    *,
    typed: str,
    group: Any = "",
    rename: Optional[Mapping[str, str]] = None,
    fail: Iterable[str] = (),
) -> Returned:
    codec: kv.Json[Record] = kv.Json(dataclasses.asdict, lambda fields: Record(**fields))
    trace = run.traces[typed] = []
    hooks = TracingHooks(trace, rename or {}, fail)
    run.typed[typed] = kv.Typed(store, to_bytes(group), codec, hooks)
    return {}


def typed_set(
    run: Run, store: kv.Store, *, typed: str, key: Any, record: Any, ttl: Any = LEFT_OUT
) -> Returned:
    run.typed[typed].set(to_bytes(key), read(record), **ttl_keywords(ttl))
    return {}


def typed_put(
    run: Run,
    store: kv.Store,
    *,
    typed: str,
    key: Any,
    record: Any,
    save: str = "",
    **options: Any,
) -> Returned:
    keywords = put_options(run.version, **options)
    version = run.typed[typed].put(to_bytes(key), read(record), **keywords)
    return run.save(save, version, {"version": version})


def typed_get(run: Run, store: kv.Store, *, typed: str, key: Any) -> Returned:
    return shown(run.typed[typed].get(to_bytes(key)))


def typed_take(run: Run, store: kv.Store, *, typed: str, key: Any) -> Returned:
    return shown(run.typed[typed].take(to_bytes(key)))


def typed_delete(run: Run, store: kv.Store, *, typed: str, key: Any) -> Returned:
    return found(run.typed[typed].delete(to_bytes(key)))


def typed_scan(run: Run, store: kv.Store, *, typed: str) -> Returned:
    entries = run.typed[typed].scan()
    return {"records": [(one.key, (one.value.name, one.value.count)) for one in entries]}


def trace(run: Run, store: kv.Store, *, typed: str) -> Returned:
    lines = list(run.traces[typed])
    run.traces[typed].clear()
    return {"trace": lines}


TYPED_CALLS: dict[str, Callable[..., Returned]] = {
    "typed_open": typed_open,
    "typed_set": typed_set,
    "typed_put": typed_put,
    "typed_get": typed_get,
    "typed_take": typed_take,
    "typed_delete": typed_delete,
    "typed_scan": typed_scan,
    "trace": trace,
}
