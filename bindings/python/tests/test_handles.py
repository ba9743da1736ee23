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
    handles: list[Any] = [
        store,
        store.batch(),
        store.transaction(),
        store.scan("g"),
        store.watch("g", "k"),
        store.on_change(lambda event: None),
    ]
    for handle in handles:
        assert repr(handle) == f"<kv.{type(handle).__name__} of {file}, open>"
    assert repr(store.group("g")) == f"<kv.Group 'g' of <kv.Store of {file}, open>>"
    assert repr(typed) == f"<kv.Typed 'g' of <kv.Store of {file}, open>>"
    assert repr(store.quotas) == f"<kv.Quotas of <kv.Store of {file}, open>>"
    for handle in reversed(handles):
        handle.abort() if isinstance(handle, kv.Transaction) else handle.close()
        assert repr(handle) == f"<kv.{type(handle).__name__} of {file}, closed>"
    assert repr(typed) == f"<kv.Typed 'g' of <kv.Store of {file}, closed>>"


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
    bases = ("defined", "EntryCalls", "RangeCalls", "Scans", "StreamCalls")
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
