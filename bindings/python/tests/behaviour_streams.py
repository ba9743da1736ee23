"""Values in pieces in the behaviour cases."""

from __future__ import annotations

from typing import Any, Callable

import kv
from behaviour_calls import Returned, found
from behaviour_run import Run
from behaviour_values import instant, integer, put_options, to_bytes


def open_writer(
    run: Run, store: kv.Store, *, writer: str, key: Any, group: Any = "", **options: Any
) -> Returned:
    keywords = put_options(run.version, **options)
    run.writers[writer] = store.open_writer(to_bytes(group), to_bytes(key), **keywords)
    return {}


def write(run: Run, store: kv.Store, *, writer: str, value: Any) -> Returned:
    run.writers[writer].write(to_bytes(value))
    return {}


def size(run: Run, store: kv.Store, *, writer: str) -> Returned:
    return {"size": run.writers[writer].tell()}


def commit(run: Run, store: kv.Store, *, writer: str, save: str = "") -> Returned:
    version = run.writers[writer].commit()
    return run.save(save, version, {"version": version})


def abort(run: Run, store: kv.Store, *, writer: str) -> Returned:
    run.writers[writer].abort()
    return {}


def open_reader(
    run: Run, store: kv.Store, *, reader: str, key: Any, group: Any = ""
) -> Returned:
    opened = store.open_reader(to_bytes(group), to_bytes(key))
    if opened is not None:
        run.readers[reader] = opened
    return found(opened is not None)


def info(run: Run, store: kv.Store, *, reader: str) -> Returned:
    read = run.readers[reader]
    return {"size": read.size, "version": read.version, "expires_at": instant(read.expires_at)}


def read(run: Run, store: kv.Store, *, reader: str, offset: Any, length: Any) -> Returned:
    opened = run.readers[reader]
    if opened.is_closed:
        # A file that was closed raises a plain ValueError.
        return {"status": "closed"}
    opened.seek(integer(offset))
    return {"value": opened.read(integer(length))}


def close_reader(run: Run, store: kv.Store, *, reader: str) -> Returned:
    run.readers[reader].close()
    return {}


STREAM_CALLS: dict[str, Callable[..., Returned]] = {
    "writer_open": open_writer,
    "writer_write": write,
    "writer_size": size,
    "writer_commit": commit,
    "writer_abort": abort,
    "reader_open": open_reader,
    "reader_info": info,
    "reader_read": read,
    "reader_close": close_reader,
}
