"""Handles: what they show, and that they are neither copied nor pickled."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import pydoc
import re
from pathlib import Path
from typing import Any, Callable

import pytest
from conftest import run_python

import kv
from kv import _abi
from kv.arguments import shown

COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps]


@pytest.mark.parametrize("copied", COPIES)
def test_handles_are_not_copied(store: kv.Store, copied: Callable[[Any], Any]) -> None:
    store.set("g", "k", "v")
    subscription = store.on_change(lambda event: None)
    with store.scope("a") as scope:
        handles = [store, scope, store.batch(), store.transaction(), store.scan("g")]
        with kv.BoundStore(store) as bound:
            handles.append(bound)
        for handle in [*handles, store.watch("g", "k"), subscription]:
            with pytest.raises(TypeError, match="cannot be copied or pickled; pass on the object"):
                copied(handle)
        for part in (store.group("g"), kv.Typed[str, int](store, "g"), store.quotas, store.json):
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                pickle.dumps(part)
    store.set("g", "k", "a b")
    for parts in (store.open_reader("g", "k"), store.text.fields("g", "k"), store.text.split("g", "k", " "), store.groups()):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            copied(parts)
    assert store.get("g", "k") == b"a b"


def test_the_changes_of_a_log_are_not_copied(path: Path) -> None:
    with kv.open(f"sqlite:{path}?changes=on") as store, store.change_log.read(0) as changes:
        for copied in COPIES:
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                copied(changes)


def nothing(store: kv.Store) -> None:
    """For a process that is never started."""


def test_a_store_is_not_sent_to_a_process_that_is_spawned(store: kv.Store) -> None:
    process = multiprocessing.get_context("spawn").Process(target=nothing, args=(store,))
    with pytest.raises(TypeError, match="in another process the location of the store"):
        process.start()


def test_a_handle_of_another_process_is_none_here(path: Path) -> None:
    other = run_python(
        "import sys, kv; store = kv.open(sys.argv[1]); print(store._handle.id)",
        f"{path}-other",
    )
    with kv.open(path) as store:
        assert int(other.stdout) != store._handle.id
        foreign = kv.Store._of(_abi.kv_store(int(other.stdout)), "")
        with pytest.raises(kv.InvalidHandleError):
            foreign.set("g", "k", "lost")
        with pytest.raises(kv.InvalidHandleError):
            foreign.close()
        assert store.get("g", "k") is None


def test_what_is_no_handle_is_copied(store: kv.Store) -> None:
    store.set("g", "k", "v")
    entry = store.get_entry("g", "k")
    assert pickle.loads(pickle.dumps(entry)) == entry
    assert copy.deepcopy(entry) == entry


def test_a_handle_shows_its_location_and_whether_it_is_open(path: Path) -> None:
    store = kv.open(path)
    file = repr(str(path))
    typed: kv.Typed[str, int] = kv.Typed(store, "g")
    with kv.BoundStore(store) as bound, store.scope("tenant") as scope:
        assert repr(bound) == f"<kv.BoundStore of {file}, open>"
        assert repr(scope) == f"<kv.Store of {repr(f'{path} scope tenant')}, open>"
    def note(event: Any) -> None:
        """A callback with a name."""

    store.set("g", "k", "a b")
    batch = store.batch()
    batch.delete("g", "none")
    reader, fields = store.open_reader("g", "k"), store.text.fields("g", "k")
    assert reader is not None and fields is not None
    handles: list[tuple[Any, str]] = [
        (store, "Store of"),
        (batch, "Batch 1 step of"),
        (store.transaction(), "Transaction of"),
        (store.scan("g"), "Cursor group 'g' of"),
        (store.keys(b"g"), "Cursor group b'g' of"),
        (store.groups(), "Cursor groups of"),
        (store.groups("g"), "Cursor groups that begin with 'g' of"),
        (fields, "Cursor fields of 'k' of group 'g' of"),
        (store.watch("g", key_prefix="k"), "Watch group 'g', key_prefix 'k' of"),
        (store.watch(), "Watch of"),
        (store.on_change(note), f"Subscription {note.__qualname__} of"),
        (reader, "Reader 'k', 3 bytes, of"),
        (store.open_writer("g", "w"), "Writer 'w' of group 'g' of"),
    ]
    for handle, words in handles:
        assert repr(handle) == f"<kv.{words} {file}, open>"
    assert repr(store.group("g")) == f"<kv.Group 'g' of <kv.Store of {file}, open>>"
    assert repr(typed) == f"<kv.Typed 'g' of <kv.Store of {file}, open>>"
    assert repr(store.quotas) == f"<kv.Quotas of <kv.Store of {file}, open>>"
    for handle, words in reversed(handles):
        handle.abort() if hasattr(handle, "abort") else handle.close()
        assert repr(handle) == f"<kv.{words} {file}, closed>"
    assert repr(typed) == f"<kv.Typed 'g' of <kv.Store of {file}, closed>>"


def test_every_public_object_shows_what_it_is(store: kv.Store) -> None:
    store.set("g", "k", "v")
    with store.watch() as watch, store.lock("job", lease=60) as lock:
        event = watch.poll(60)
        shown: list[Any] = [event, store.get_entry("g", "k"), store.info("g", "k")]
        shown += [store.lock_holder("job"), lock, store.quotas.get("a"), store.maintenance.stats()]
        shown += [store.maintenance.usage(), store.metrics(), store.call_metrics(kv.CallKind.GET)]
        shown += [kv.Call(kv.CallKind.GET, "g", None), kv.CallEnd(0, 5)]
    shown += [store.text, store.json, store.idempotency, store.change_log, store.maintenance]
    shown += [kv.DEFAULT, kv.Json(), kv.Hooks(), kv.Position("g", "k"), kv.Durability.FULL]
    shown += [store.group("g").keys(), kv.EventType.SET, store.idempotency.begin("a", "b", 1)]
    for it in shown:
        assert not re.search("0x[0-9a-f]{6}| object at ", repr(it))
    assert repr(lock).endswith(", ended>")
    assert repr(kv.Json(str, int)) == "<kv.Json str, int>"


def test_a_long_value_is_shown_by_its_beginning_and_its_length(store: kv.Store) -> None:
    with store.watch() as watch:
        store.set("g", "k", "v" * 100_000)
        event = watch.poll(60)
    for it in (store.get_entry("g", "k"), event):
        assert "value=<100000 bytes: b'vvv" in repr(it) and len(repr(it)) < 400
    store.set("g", "k", "v")
    assert repr(store.get_entry("g", "k")).startswith("kv.Entry(group='g', key='k', value=b'v', version=")


def test_a_callback_has_ended_with_its_store(store: kv.Store) -> None:
    subscription = store.on_change(lambda event: None)
    assert not subscription.is_closed
    store.close()
    assert subscription.is_closed


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("app.db", "app.db"),
        (b"app.db", "app.db"),
        (Path("a://b@c"), "a:/b@c"),
        ("sqlite:app.db?durability=full", "sqlite:app.db?durability=full"),
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://ada:secret@host:6379/0?prefix=app", "redis://***@host:6379/0"),
        ("redis://ada:secret@b@host", "redis://***@host"),
        ("redis://:sec?ret@host", "redis://***@host"),
        ("rediss://host?password=secret", "rediss://host"),
        ("redis-cluster://ada:secret@h1,h2,h3", "redis-cluster://***@h1,h2,h3"),
    ],
)
def test_a_location_is_shown_without_its_password(location: kv.Location, expected: str) -> None:
    assert shown(location) == expected


def test_a_store_is_opened_by_its_class_as_by_open(path: Path) -> None:
    for location in (path, str(path), bytes(path), f"sqlite:{path}"):
        with kv.Store(location, busy_timeout=1) as store:
            assert type(store) is kv.Store and not store.is_closed
            store.set("g", "k", "v")
    with kv.open(path) as store:
        assert store.get("g", "k") == b"v"

    class Mine(kv.Store):
        pass

    with Mine("memory:") as mine, mine.scope("tenant") as scope:
        assert repr(mine) == "<kv.Mine of 'memory:', open>" and type(scope) is kv.Store


#: Calls that make an object halfway, or of the wrong thing.
HALVES = """
kv.Store(); kv.Store(5); kv.Store("app.db", ""); kv.Store(None); kv.Store("/missing/folder/app.db")
kv.Store("memory:", colour=1); kv.BoundStore(); kv.BoundStore("app.db"); kv.Cursor()
kv.Cursor(1, "", len, str); kv.Batch(); kv.Batch(None); kv.Transaction(); kv.Transaction(5)
kv.Watch(); kv.Watch(1, "", str); kv.Reader(); kv.Reader(None); kv.Writer(); kv.Writer(1, "", "", "")
kv.Lock("a"); kv.Lock("a", "b", 1, 1); kv.Subscription(None, len); kv.Subscription(); kv.Changes()
kv.Changes(1, ""); kv.Quotas("x"); kv.Maintenance(None); kv.Group("x", "g"); kv.Group(); kv.Typed("x", "g")
kv.Typed(); kv.Text(5); kv.Documents(5); kv.Idempotency(5); kv.ChangeLog(5)
"""


def test_what_is_made_halfway_is_an_error_and_leaves_no_noise() -> None:
    calls = [call.strip() for call in HALVES.replace("\n", ";").split(";") if call.strip()]
    program = "\n".join(
        [
            "import gc, kv",
            *(f"try: {call}\nexcept (TypeError, OSError): print(1)" for call in calls),
            "gc.collect()",
        ]
    )
    ended = run_python(program)
    assert (ended.stdout.count("1"), ended.stderr, ended.returncode) == (len(calls), "", 0)
    assert len(calls) > 30


def test_the_help_of_a_store_has_each_call_once(store: kv.Store) -> None:
    text = pydoc.plain(pydoc.render_doc(kv.Store))
    heading = r"^ \|  Methods (?:inherited from kv\.\w+\.)?(\w+)(?: here)?:$"
    _, *sections = re.split(heading, text, flags=re.MULTILINE)
    calls = {
        base: set(re.findall(r"^ \|  (\w+)\(", section, flags=re.MULTILINE))
        for base, section in zip(sections[::2], sections[1::2])
    }
    bases = ("defined", "EntryCalls", "RangeCalls", "Scans", "StreamCalls", "MetricsCalls")
    shown = [calls.pop(base) for base in bases]
    public = {name for name, it in vars_of(kv.Store).items() if callable(it) and name[0] != "_"}
    assert sorted(public) == sorted(name for names in shown for name in names if name[0] != "_")
    # The other bases have only what ends a store and what refuses copies.
    names = set().union(*calls.values())
    assert names == {"__enter__", "__exit__", "__copy__", "__deepcopy__", "__reduce__", "__repr__"}
    for part in (store.text, store.json, store.quotas, store.change_log, store.idempotency):
        assert type(part).__doc__


def vars_of(kind: type) -> dict[str, Any]:
    """Returns what a class and its bases define, by its name."""
    return {name: it for base in reversed(kind.__mro__) for name, it in vars(base).items()}
