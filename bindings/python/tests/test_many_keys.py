"""Many keys: walks, counts, deletes, lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import kv
from kv import _flat

KEYS = [b"a", b"a%", b"a\0", b"aa", b"b", b"\xff"]


def fill(store: kv.Store, group: kv.Data = "g") -> None:
    for key in KEYS:
        store.set(group, key, b"=" + key)


def test_a_scan_is_in_byte_order_with_whole_entries(store: kv.Store) -> None:
    fill(store)
    entries = list(store.scan(b"g"))
    assert [entry.key for entry in entries] == sorted(KEYS)
    assert [entry.value for entry in entries] == [b"=" + key for key in sorted(KEYS)]
    assert len({entry.version for entry in entries}) == len(KEYS)
    assert {entry.expires_at for entry in entries} == {None}
    assert list(store.keys(b"g")) == sorted(KEYS)
    assert list(store.scan("nothing here")) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"prefix": "a"}, [b"a", b"a\0", b"a%", b"aa"]),
        ({"prefix": "a%"}, [b"a%"]),
        ({"glob": "a?"}, [b"a\0", b"a%", b"aa"]),
        ({"redis_glob": "a\\%"}, [b"a%"]),
        ({"after": "a%"}, [b"aa", b"b", b"\xff"]),
        ({"after": b""}, sorted(KEYS)),
        ({"above": "a%"}, [b"aa", b"b", b"\xff"]),
        ({"from_key": "a%"}, [b"a%", b"aa", b"b", b"\xff"]),
        ({"below": "a%"}, [b"a", b"a\0"]),
        ({"below": b""}, []),
        ({"to_key": "a%"}, [b"a", b"a\0", b"a%"]),
        ({"from_key": "a%", "to_key": "a%"}, [b"a%"]),
        ({"above": "a", "below": "b"}, [b"a\0", b"a%", b"aa"]),
        ({"above": "a", "to_key": "b", "reverse": True}, [b"b", b"aa", b"a%", b"a\0"]),
        ({"after": "b", "from_key": "a%", "reverse": True}, [b"aa", b"a%"]),
        ({"snapshot": True, "limit": 1}, [b"a"]),
        ({"reverse": True, "limit": 2}, [b"\xff", b"b"]),
        ({"reverse": True, "after": "a%"}, [b"a\0", b"a"]),
        ({"limit": 0}, sorted(KEYS)),
        ({"offset": 4}, [b"b", b"\xff"]),
        ({"offset": 1, "limit": 2}, [b"a\0", b"a%"]),
        ({"offset": 1, "limit": 2, "reverse": True}, [b"b", b"aa"]),
        ({"offset": 1, "prefix": "a", "above": "a"}, [b"a%", b"aa"]),
        ({"offset": len(KEYS)}, []),
        ({"offset": 2**64 - 1}, []),
        ({"offset": 2**64 - 1, "limit": 2**64 - 1}, []),
    ],
)
def test_scans_and_keys_take_the_same_options(
    store: kv.Store, options: dict[str, Any], expected: list[bytes]
) -> None:
    fill(store)
    assert [entry.key for entry in store.scan(b"g", **options)] == expected
    assert list(store.keys(b"g", **options)) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": "a", "glob": "a"},
        {"glob": "a", "redis_glob": "a"},
        {"limit": -1},
        {"offset": -1},
        {"offset": 2**64},
        {"from_key": "a", "above": "a"},
        {"below": "a", "to_key": "a"},
        {"after": "a", "above": "a"},
        {"after": "a", "to_key": "a", "reverse": True},
    ],
)
def test_options_that_make_no_sense_are_refused(store: kv.Store, options: dict[str, Any]) -> None:
    with pytest.raises(kv.InvalidArgumentError):
        store.scan("g", **options)


def test_pages_after_the_last_key_meet_each_key_once(store: kv.Store) -> None:
    store.set_many("g", {f"{number:04}": "v" for number in range(95)})
    found: list[str] = []
    while True:
        page = list(store.keys("g", after=found[-1] if found else None, limit=10))
        if not page:
            break
        found += page
    assert found == [f"{number:04}" for number in range(95)]


def test_a_walk_over_many_buffers_and_entries_larger_than_any_is_whole(store: kv.Store) -> None:
    values = {f"{number:05}": b"v" * (number % 300) for number in range(5000)}
    values["00100 large"] = b"L" * 1_000_000
    values["00000 first"] = b"F" * 5000
    store.set_many("g", values)
    assert {entry.key: entry.value for entry in store.scan("g")} == values
    assert list(store.keys("g", reverse=True)) == sorted(values, reverse=True)


def test_a_walk_sees_one_snapshot_and_may_be_written_beside(store: kv.Store) -> None:
    fill(store)
    seen = []
    cursor = store.scan(b"g")
    assert cursor.is_snapshot()
    for entry in cursor:
        seen.append(entry.key)
        store.delete("g", entry.key)
        store.set("g", entry.key + b"x", b"new")
    assert seen == sorted(KEYS)


def test_a_cursor_that_was_closed_is_at_its_end(store: kv.Store) -> None:
    fill(store)
    with store.scan("g") as cursor:
        assert next(cursor).key == "a"
    assert next(cursor, None) is None
    cursor.close()
    whole = store.scan("g")
    assert len(list(whole)) == len(KEYS)
    assert list(whole) == []


def test_a_cursor_outlives_its_store_as_an_error(store: kv.Store) -> None:
    store.set_many("g", {f"{number:05}": "v" * 100 for number in range(1000)})
    cursor = store.scan("g")
    next(cursor)
    store.close()
    with pytest.raises(kv.ClosedError):
        list(cursor)
    cursor.close()


def test_cursors_that_are_dropped_are_closed(store: kv.Store) -> None:
    store.set_many("g", {f"{number:05}": "v" * 100 for number in range(1000)})
    # Half as many again as may be open.
    for _ in range(100_000):
        next(store.scan("g", limit=1000, after="00990"))


def test_groups_counts_and_deletes(store: kv.Store) -> None:
    fill(store, "one")
    fill(store, "two")
    fill(store, b"")
    assert list(store.groups()) == ["", "one", "two"]
    assert list(store.groups("t")) == ["two"]
    assert store.count("one") == len(KEYS)
    assert store.count_all() == 3 * len(KEYS)
    assert store.count_all("t") == len(KEYS)
    assert store.delete_prefix("one", "a%") == 1
    assert store.delete_group("one") == len(KEYS) - 1
    assert store.delete_group("one") == 0
    assert store.delete_prefix("two", b"") == len(KEYS)
    assert store.maintenance.purge_expired() == 0
    assert list(store.groups()) == [""]


def test_groups_that_begin_alike_are_deleted_at_once(store: kv.Store) -> None:
    for name in ("", "a", "ab", "b", b"\xff"):
        fill(store, name)
    assert store.delete_all("a") == 2 * len(KEYS)
    assert list(store.groups()) == ["", "b", "\udcff"]
    assert store.delete_all(b"\xff") == len(KEYS)
    with store.scope("b") as scope:
        scope.set("g", "k", "v")
        assert scope.delete_all("none") == 0
        assert scope.delete_all() == 1
    assert store.delete_all() == 2 * len(KEYS)
    assert store.delete_all(b"") == store.count_all() == 0


def test_the_flat_form_deletes_all_with_other_steps(store: kv.Store) -> None:
    fill(store, "a")
    fill(store, "b")
    with store.batch() as batch:
        first = batch.add_flat(_flat.encode_steps(_flat.Step.DELETE_ALL, b"a", [(b"", b"")]))
        batch.set("c", "k", "v")
        batch.commit()
        assert batch.result(first).value == str(len(KEYS)).encode()
    assert list(store.groups()) == ["b", "c"]


@pytest.mark.parametrize("wrong", [1.5, "1", None])
def test_an_offset_is_an_integer(store: kv.Store, wrong: Any) -> None:
    for scan in (store.scan, store.keys, store.sizes):
        with pytest.raises(TypeError):
            scan("g", offset=wrong)


def test_lists_are_read_and_written_at_once(store: kv.Store) -> None:
    store.set_many("g", [("a", "1"), (b"b", b"2"), ("a", "3")])
    assert store.get_many("g", ["a", b"b", "none", "a"]) == {"a": b"3", b"b": b"2"}
    assert store.get_many("g", []) == {}
    store.set_many("g", {"large": b"x" * 100_000, "empty": b""})
    found = store.get_many("g", ["large", "none", "empty", "a"])
    lengths = {key: len(value) for key, value in found.items()}
    assert lengths == {"large": 100_000, "empty": 0, "a": 1}
    assert list(store.sizes("g")) == [("a", 1), ("b", 1), ("empty", 0), ("large", 100_000)]
    assert list(store.sizes("g", "l")) == [("large", 100_000)]
    assert list(store.sizes("g", offset=1, limit=2)) == [("b", 1), ("empty", 0)]
    assert store.delete_many("g", ["large", "empty"]) == ["large", "empty"]
    store.set_many("g", {})
    assert store.delete_many("g", ["b", "none", bytearray(b"a"), "b"]) == ["b", b"a"]
    assert store.delete_many("g", ["b"]) == store.delete_many("g", []) == []
    with pytest.raises(kv.TooLargeError):
        store.set_many("g", {"fine": "v", "x" * 65536: "v"})
    assert store.count("g") == 0


def test_lists_share_one_ttl(store: kv.Store) -> None:
    store.set_many("g", {"a": "1", "b": "2"}, timedelta(minutes=1))
    assert store.ttl("g", "a") != kv.NEVER
    with pytest.raises(kv.InvalidArgumentError):
        store.set_many("g", {"c": "3"}, timedelta(minutes=-1))
    assert store.get("g", "c") is None
