"""Groups as dicts: of bytes, and of typed values."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest

import kv
from conftest import race


@pytest.fixture
def users(store: kv.Store) -> kv.Group:
    store.set("other", "ada", "another group")
    return store.group("users")


def test_a_group_is_a_mutable_mapping(users: kv.Group) -> None:
    assert isinstance(users, MutableMapping)
    assert users.name == b"users"
    assert (len(users), list(users), dict(users), bool(users)) == (0, [], {}, False)
    users["eve"] = "guest"
    users[b"ada"] = bytearray(b"admin")
    assert users["ada"] == users[b"ada"] == b"admin"
    names: list[Any] = ["ada", b"eve", "bob"]
    assert [name in users for name in names] == [True, True, False]
    assert (len(users), list(users), bool(users)) == (2, [b"ada", b"eve"], True)
    assert dict(users) == users == {b"ada": b"admin", b"eve": b"guest"}
    assert list(users.keys()) == [b"ada", b"eve"]
    assert list(users.values()) == [b"admin", b"guest"]
    assert list(users.items()) == [(b"ada", b"admin"), (b"eve", b"guest")]
    assert (b"ada", b"admin") in users.items() and b"guest" in users.values()
    del users["eve"]
    assert list(users) == [b"ada"]


def test_an_absent_key_is_a_key_error_or_the_default(users: kv.Group) -> None:
    for call in (lambda: users["bob"], lambda: users.pop("bob"), users.popitem):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(KeyError):
        del users["bob"]
    assert users.get("bob") is None
    assert users.get("bob", b"none") == b"none"
    assert users.get("bob", 5) == 5
    assert users.pop("bob", None) is None
    assert users.pop("bob", b"none") == b"none"


def test_an_empty_value_is_not_absent(users: kv.Group) -> None:
    users["k"] = b""
    assert users["k"] == users.get("k", b"default") == users.setdefault("k", "new") == b""
    assert users.pop("k", b"default") == b""


def test_pop_popitem_and_clear_delete(users: kv.Group, store: kv.Store) -> None:
    mixed: dict[kv.Data, kv.Data] = {"a": "1", b"b": b"2"}
    users.update(mixed, c="3")
    users.update([("a", "one"), ("d", "4")])
    assert users.pop("a") == b"one"
    assert users.popitem() == (b"b", b"2")
    assert dict(users) == {b"c": b"3", b"d": b"4"}
    users.clear()
    assert len(users) == 0
    assert store.get("other", "ada") == b"another group"


def test_update_is_all_or_nothing_and_copies_another_group(
    users: kv.Group, store: kv.Store
) -> None:
    users["a"] = "1"
    with pytest.raises(kv.TooLargeError):
        users.update({"a": "2", "x" * 65536: ""})
    assert dict(users) == {b"a": b"1"}
    users.update(store.group("other"))
    users.update()
    assert dict(users) == {b"a": b"1", b"ada": b"another group"}


def test_setdefault_writes_only_what_is_absent(users: kv.Group) -> None:
    assert users.setdefault("k", "first") == b"first"
    assert users.setdefault("k", "second") == b"first"
    meetings = 0
    for key in map(str, range(20)):
        found, met = race(8, lambda number: users.setdefault(key, str(number)))
        assert set(found) == {users[key]}
        meetings += met
    assert meetings > 0


def pop_with_eight_threads(users: kv.Group) -> bool:
    """Pops each of 80 keys once, and returns whether two threads met."""
    users.update({str(number): "" for number in range(80)})
    popped, met = race(8, lambda _: [users.popitem()[0] for _ in range(10)])
    assert sorted(sum(popped, [])) == sorted(str(number).encode() for number in range(80))
    return met


def test_of_eight_threads_one_pops(users: kv.Group) -> None:
    # On a busy machine a thread may end before the next one begins.
    assert any(pop_with_eight_threads(users) for _ in range(50))


def test_a_group_may_be_written_while_it_is_walked(users: kv.Group) -> None:
    users.update({str(number): "old" for number in range(1000)})
    for walk in (users, users.items(), users.values()):
        count = 0
        for _ in walk:
            users[f"new {count}"] = ""
            users.pop(str(count), None)
            count += 1
        assert count >= 1000
    assert not any(value == b"old" for value in users.values())


def test_a_value_has_a_ttl_where_one_is_given(users: kv.Group, store: kv.Store) -> None:
    users.set("a", "", ttl=60)
    users.set_many({"b": ""}, timedelta(minutes=1))
    users["c"] = ""
    assert [store.ttl("users", key) == kv.NEVER for key in users] == [False, False, True]


@pytest.mark.parametrize("wrong", [None, 5, ("a",)])
def test_keys_and_values_of_other_types_are_refused(users: kv.Group, wrong: Any) -> None:
    def assign(key: Any, value: Any) -> None:
        users[key] = value

    for call in (
        lambda: users[wrong],
        lambda: wrong in users,
        lambda: users.get(wrong),
        lambda: users.pop(wrong, None),
        lambda: assign(wrong, "v"),
        lambda: assign("k", wrong),
        lambda: users.setdefault("k", wrong),
    ):
        with pytest.raises(TypeError):
            call()
    assert len(users) == 0


def test_a_group_ends_with_its_store(users: kv.Group, store: kv.Store) -> None:
    store.close()
    for call in (
        lambda: users["k"],
        lambda: b"k" in users,
        lambda: len(users),
        lambda: list(users),
        lambda: list(users.items()),
        users.clear,
    ):
        with pytest.raises(kv.ClosedError):
            call()


def test_a_typed_store_is_a_mutable_mapping_of_its_values(store: kv.Store) -> None:
    typed: kv.Typed[Any] = kv.Typed(store, "g")
    assert isinstance(typed, MutableMapping)
    typed["a"] = [1]
    typed["none"] = None
    assert typed["a"] == typed.get("a") == [1]
    # A value of None is not absent.
    assert typed["none"] is None and typed.get("none", 5) is None and b"none" in typed
    assert typed.setdefault("none", 5) is None
    assert typed.setdefault("new", {"b": 2}) == {"b": 2}
    assert dict(typed) == typed == {b"a": [1], b"new": {"b": 2}, b"none": None}
    assert list(typed.values()) == [[1], {"b": 2}, None]
    assert typed.pop("none", 5) is None
    assert typed.pop("none", 5) == 5
    assert typed.popitem() == (b"a", [1])
    typed.update({"a": 1}, b=2)
    assert len(typed) == 3
    del typed["a"]
    with pytest.raises(KeyError):
        typed["a"]
    with pytest.raises(KeyError):
        typed.pop("a")
    typed.clear()
    assert store.count("g") == 0


def test_hooks_run_for_a_typed_store_used_as_a_dict(store: kv.Store) -> None:
    class Doubled(kv.Hooks[int]):
        def __init__(self) -> None:
            self.calls: list[str] = []

        def before_save(self, key: bytes, value: int) -> int:
            self.calls.append("before save")
            return value * 2

        def after_save(self, key: bytes, value: int) -> None:
            self.calls.append("after save")

        def after_load(self, key: bytes, value: int) -> int:
            self.calls.append("after load")
            return value + 1

        def before_delete(self, key: bytes) -> None:
            self.calls.append("before delete")

        def after_delete(self, key: bytes) -> None:
            self.calls.append("after delete")

    hooks = Doubled()
    typed: kv.Typed[int] = kv.Typed(store, "g", hooks=hooks)
    typed["a"] = 5
    assert typed["a"] == 11
    assert typed.setdefault("b", 7) == 14
    assert list(typed.items()) == [(b"a", 11), (b"b", 15)]
    hooks.calls.clear()
    assert typed.pop("a") == 11
    del typed["b"]
    assert hooks.calls == ["after load", *["before delete", "after delete"] * 2]
