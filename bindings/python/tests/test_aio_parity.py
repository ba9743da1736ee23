"""Each blocking call of kv has a call of kv.aio with the same arguments."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import kv
import kv.aio
from kv.aio.keywords import PutOptions, ScanOptions

CLASSES = [
    "Batch",
    "ChangeLog",
    "Changes",
    "Cursor",
    "Documents",
    "Group",
    "Idempotency",
    "Lock",
    "Maintenance",
    "Quotas",
    "Reader",
    "Store",
    "Text",
    "Transaction",
    "Typed",
    "Watch",
    "Writer",
]

#: Methods that a class of asyncio has under another name, or does not need.
OTHERS = {
    # Of files: lines and buffers of io, which read and write in a thread already.
    "Reader": {"detach", "peek", "raw", "read1", "readinto1", "readlines", "truncate", "write"}
    | {"writelines", "fileno", "flush", "isatty", "mode", "readable", "seekable", "writable"}
    | {"closed"},
    "Writer": {"closed", "detach", "fileno", "flush", "isatty", "read", "read1", "readable"}
    | {"readinto", "readinto1", "readline", "readlines", "seek", "seekable", "truncate"}
    | {"writable", "writelines"},
    # A view is an iteration: keys and items.
    "Group": {"values"},
    "Typed": {"values"},
}
#: Methods that only the asynchronous class has: for in and len of a mapping, and an end by name.
MORE = {"Group": {"exists", "count"}, "Typed": {"count"}, "Transaction": {"close"}}


#: The keywords that are passed on, which a checker knows.
KEYWORDS = [list(it.__annotations__) for it in (ScanOptions, PutOptions)]


def public(kind: Any) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_every_call(name: str) -> None:
    blocking, awaited = getattr(kv, name), getattr(kv.aio, name)
    assert public(blocking) - public(awaited) == OTHERS.get(name, set())
    assert public(awaited) - public(blocking) == MORE.get(name, set())


def test_every_class_of_objects_is_covered() -> None:
    objects = {
        name
        for name, it in vars(kv).items()
        if inspect.isclass(it) and (issubclass(it, (kv.handle.Uncopied, kv.handle.Part)))
    }
    # A kv.BoundStore is what each call of kv.aio has; a callback is the same in both.
    assert objects - {"BoundStore", "Subscription"} == set(CLASSES) - {"Group", "Typed"}
    assert {name for name in kv.aio.__all__ if name[0].isupper()} - set(CLASSES) == {
        "Iteration",
        "Opening",
    }


@pytest.mark.parametrize("name", CLASSES)
def test_a_call_takes_the_same_arguments(name: str) -> None:
    blocking, awaited = getattr(kv, name), getattr(kv.aio, name)
    compared = 0
    for call in sorted(public(blocking) & public(awaited)):
        try:
            expected = inspect.signature(getattr(blocking, call))
            given = inspect.signature(getattr(awaited, call))
        except (TypeError, ValueError):
            # A property, or a function of C without a signature.
            continue
        if "options" in given.parameters:
            # The options of a scan, a writer and a watch are passed on as they are.
            names = [it for it in given.parameters if it != "options"]
            passed_on = list(expected.parameters)[len(names) :]
            assert names == list(expected.parameters)[: len(names)], call
            assert call == "watch" or passed_on in KEYWORDS, call
        else:
            assert list(given.parameters) == list(expected.parameters), call
            pairs = list(zip(given.parameters.values(), expected.parameters.values()))
            # The first is self, which a function of C may take in another way.
            for left, right in pairs[1:]:
                assert (left.kind, repr(left.default)) == (right.kind, repr(right.default)), call
        compared += 1
    assert compared > 0 and awaited.__doc__


def test_the_functions_that_open_take_the_same_arguments() -> None:
    for name in ("open", "open_config"):
        blocking, awaited = getattr(kv, name), getattr(kv.aio, name)
        expected = list(inspect.signature(blocking).parameters)
        assert list(inspect.signature(awaited).parameters) == expected
    assert "durability" in inspect.signature(kv.aio.open).parameters


def test_a_call_that_blocks_is_awaited() -> None:
    for name, call in vars(kv.aio.Store).items():
        if name in ("get", "set", "put", "count", "get_many", "update", "close", "on_change"):
            assert inspect.iscoroutinefunction(call), name
