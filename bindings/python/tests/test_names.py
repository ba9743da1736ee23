"""Names come out as they were given: str, or bytes from a call that names its group in bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import pytest

import kv

#: A name that is UTF-8, and one that is not, as bytes and as str.
NAMES = [(b"gr\xc3\xbcn", "grün"), (b"\xff\0\x80", "\udcff\0\udc80"), (b"", "")]


def test_keys_of_a_list_come_back_as_the_very_objects(any_store: kv.Store) -> None:
    any_store.set_many("g", {"a": "1", "b": "2", b"c": "3"})
    keys = ["".join(["a"]), "none", "c"]
    found = any_store.get_many("g", keys)
    assert found == {"a": b"1", "c": b"3"}
    assert next(iter(found)) is keys[0]
    assert found["a"] == b"1"
    assert any_store.get_many("g", [b"a", "a", b"b"]) == {b"a": b"1", "a": b"1", b"b": b"2"}
    assert any_store.get_many(b"g", (key for key in "ab")) == {"a": b"1", "b": b"2"}
    assert any_store.get_many("g", [bytearray(b"a"), memoryview(b"b")]) == {b"a": b"1", b"b": b"2"}
    assert any_store.get_many("g", {"c": 0, "a": 0}) == {"c": b"3", "a": b"1"}
    assert list(any_store.get_many("g", ["c", "a"])) == ["c", "a"]
    assert any_store.delete_many("g", {"a": 0}) == ["a"]
    assert any_store.delete_many("g", [b"a", "b", b"c"]) == ["b", b"c"]


def test_a_typed_list_of_keys_comes_back_as_the_very_objects(any_store: kv.Store) -> None:
    typed: kv.Typed[str, int] = kv.Typed(any_store, "g")
    typed.set_many([("a", 1), (b"b", 2)])
    assert typed.get_many(["a", "none"]) == {"a": 1}
    assert typed.get_many([b"a", b"b"]) == {b"a": 1, b"b": 2}


@pytest.mark.parametrize(("raw", "text"), NAMES)
@pytest.mark.parametrize("is_bytes", [False, True])
def test_every_call_has_names_of_the_type_of_its_group(
    any_store: kv.Store, raw: bytes, text: str, is_bytes: bool
) -> None:
    name: Any = raw if is_bytes else text
    # A name of either type is the same name.
    any_store.set(raw, text, "v")
    assert any_store.get(text, raw) == b"v"
    entry = any_store.get_entry(name, raw)
    assert entry is not None and entry[:3] == (name, name, b"v")
    assert [one[:3] for one in any_store.scan(name)] == [(name, name, b"v")]
    assert list(any_store.keys(name, prefix=raw)) == [name]
    assert list(any_store.keys(name, from_key=name, to_key=name)) == [name]
    assert list(any_store.sizes(name)) == [(name, 1)]
    assert list(any_store.groups(name)) == [name]
    group = any_store.group(name)
    assert (group.name, list(group), group.copy()) == (name, [name], {name: b"v"})
    with any_store.transaction() as transaction:
        entry = transaction.get_entry(name, text)
        assert entry is not None and entry[:3] == (name, name, b"v")
        assert [one[:2] for one in transaction.scan(name)] == [(name, name)]
    assert group.popitem() == (name, b"v")


@pytest.mark.parametrize(("raw", "text"), NAMES)
@pytest.mark.parametrize("is_bytes", [False, True])
def test_a_typed_store_and_its_hooks_have_keys_of_the_type_of_its_group(
    store: kv.Store, raw: bytes, text: str, is_bytes: bool
) -> None:
    name: Any = raw if is_bytes else text
    seen: list[Any] = []

    class Noting(kv.Hooks[int]):
        def before_save(self, key: Any, value: int) -> int:
            seen.append(key)
            return value

        def before_delete(self, key: Any) -> None:
            seen.append(key)

    typed: Any = kv.Typed(store, name, hooks=Noting())
    typed[raw] = 1
    typed[text] = 2
    entry = typed.get_entry(raw)
    assert (entry.key, entry.value, typed.name) == (name, 2, name)
    assert dict(typed.items()) == {name: 2}
    del typed[raw]
    assert [(type(key), key) for key in seen] == [(type(name), name)] * 3


def test_events_have_names_of_the_type_that_the_watch_was_given(store: kv.Store) -> None:
    selections: list[tuple[dict[str, Any], bool]] = [
        ({}, False),
        ({"group": "g"}, False),
        ({"group": b"g"}, True),
        ({"key": "\udcff"}, False),
        ({"key": b"\xff"}, True),
        ({"group_prefix": b""}, True),
        ({"group": "g", "key_prefix": b"\xff"}, False),
    ]
    for selection, is_bytes in selections:
        with store.watch(**selection) as watch:
            store.set("g", b"\xff", "v")
            event = watch.poll(60)
        assert event is not None
        assert event[1:3] == ((b"g", b"\xff") if is_bytes else ("g", "\udcff"))


def test_callbacks_and_the_change_log_have_text(path: Path) -> None:
    with kv.open(f"sqlite:{path}?changes=on") as store:
        seen: list[kv.Event[str]] = []
        store.on_change(seen.append)
        store.set(b"g", b"\xff", "v")
        changes = [(event.group, event.key) for event in store.change_log.read()]
        assert changes == [(event.group, event.key) for event in seen] == [("g", "\udcff")]
        # A name that came out goes in again.
        assert store.get(*changes[0]) == b"v"


def test_a_copy_goes_on_after_a_name_that_is_not_utf8(store: kv.Store) -> None:
    store.set_many(b"\xff", {b"\xfe": "1", b"\xff": "2"})
    with kv.open("memory:") as target:
        state = store.maintenance.copy(target, after=kv.Position("\udcff", "\udcfe"))
        assert (state.entries, state.position) == (1, ("\udcff", "\udcff"))
        with pytest.raises(TypeError, match=r"kv\.Position"):
            store.maintenance.copy(target, after="ab")  # type: ignore[arg-type]


def test_locks_readers_and_writers_have_the_name_that_was_given(store: kv.Store) -> None:
    for name in ("k", b"k"):
        with store.lock(name, lease=60) as lock:
            assert lock.name == name
        with store.open_writer("g", name) as writer:
            assert writer.name == name
        reader = store.open_reader("g", name)
        assert reader is not None and reader.name == name
        reader.close()


@pytest.mark.parametrize("wrong", ["\ud800", "a\udfff", "\U0001f600\ud83d"])
def test_half_of_a_character_is_refused(store: kv.Store, wrong: str) -> None:
    calls: list[Any] = [
        lambda: store.get(wrong, "k"),
        lambda: store.set("g", wrong, "v"),
        lambda: store.scan("g", wrong),
        lambda: store.get_many("g", [wrong]),
        lambda: store.watch(wrong),
        lambda: store.group(wrong),
    ]
    for call in calls:
        with pytest.raises(kv.InvalidArgumentError, match="no text of Unicode"):
            call()
    # A value has no escapes: there a str is text.
    for value in (wrong, "\udcff"):
        with pytest.raises(kv.InvalidArgumentError, match="value is no text of Unicode"):
            store.set("g", "k", value)


@pytest.mark.parametrize("wrong", ["abc", b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_one_name_in_the_place_of_a_list_is_refused(any_store: kv.Store, wrong: Any) -> None:
    any_store.set_many("g", {"a": "1", "b": "2", "c": "3"})
    typed: kv.Typed[str, Any] = kv.Typed(any_store, "g")
    calls: list[Any] = [
        lambda: any_store.get_many("g", wrong),
        lambda: any_store.delete_many("g", wrong),
        lambda: any_store.set_many("g", wrong),
        lambda: any_store.set_many("g", [wrong[:2]]),
        lambda: any_store.group("g").set_many(wrong),
        lambda: any_store.group("g").update(wrong),
        lambda: any_store.group("g").update(["ab"]),  # type: ignore[list-item]
        lambda: typed.get_many(wrong),
        lambda: typed.set_many(wrong),
        lambda: typed.update(wrong),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="pass a list|must be a pair"):
            call()
    assert any_store.group("g") == {"a": b"1", "b": b"2", "c": b"3"}


@pytest.mark.parametrize("wrong", [None, 5, [5], [None], [("a",)]])
def test_what_is_no_list_of_names_is_refused(store: kv.Store, wrong: Any) -> None:
    for call in (store.get_many, store.delete_many):
        with pytest.raises(TypeError):
            call("g", wrong)


def test_a_checker_knows_the_types_of_names(store: kv.Store) -> None:
    """The assignments are what mypy compares; run.sh runs it over this file."""
    store.set("g", "k", "v")
    text: str = next(store.keys("g"))
    raw: bytes = next(store.keys(b"g"))
    entry: kv.Entry[str] = next(store.scan("g"))
    entry_of_bytes: kv.Entry[bytes] = next(store.scan(b"g"))
    key: str = entry.key
    key_of_bytes: bytes = entry_of_bytes.key
    groups: list[str] = list(store.groups())
    groups_of_bytes: list[bytes] = list(store.groups(b""))
    found: dict[str, bytes] = store.get_many("g", ["k"])
    found_of_bytes: dict[bytes, bytes] = store.get_many("g", [b"k"])
    group: kv.Group[str] = store.group("g")
    group_of_bytes: kv.Group[bytes] = store.group(b"g")
    typed = kv.Typed[str, int](store, "t")
    typed["n"] = 5
    number: int = typed["n"]
    with store.watch("g") as watch, store.watch(b"g") as watch_of_bytes:
        event: Optional[kv.Event[str]] = watch.poll(0)
        event_of_bytes: Optional[kv.Event[bytes]] = watch_of_bytes.poll(0)
    assert (text, key, groups, list(found), number) == ("k", "k", ["g"], ["k"], 5)
    assert (raw, key_of_bytes, groups_of_bytes) == (b"k", b"k", [b"g"])
    assert (list(group), list(group_of_bytes), list(found_of_bytes)) == (["k"], [b"k"], [b"k"])
    assert event is None and event_of_bytes is None
