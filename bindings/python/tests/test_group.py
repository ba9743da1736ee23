"""Groups as dicts: of bytes, and of typed values."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest

import kv
from conftest import race, race_until_met


@pytest.fixture
def users(store: kv.Store) -> kv.Group[str]:
    store.set("other", "ada", "another group")
    return store.group("users")


def test_a_group_is_a_mutable_mapping(users: kv.Group[str]) -> None:
    assert isinstance(users, MutableMapping)
    assert users.name == "users"
    assert (len(users), list(users), dict(users), bool(users)) == (0, [], {}, False)
    users["eve"] = "guest"
    users[b"ada"] = bytearray(b"admin")
    assert users["ada"] == users[b"ada"] == b"admin"
    names: list[Any] = ["ada", b"eve", "bob"]
    assert [name in users for name in names] == [True, True, False]
    assert (len(users), list(users), bool(users)) == (2, ["ada", "eve"], True)
    assert dict(users) == users == {"ada": b"admin", "eve": b"guest"}
    assert list(users.keys()) == ["ada", "eve"]
    assert list(users.values()) == [b"admin", b"guest"]
    assert list(users.items()) == [("ada", b"admin"), ("eve", b"guest")]
    assert ("ada", b"admin") in users.items() and b"guest" in users.values()
    del users["eve"]
    assert list(users) == ["ada"]


def test_an_absent_key_is_a_key_error_or_the_default(users: kv.Group[str]) -> None:
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


def test_an_empty_value_is_not_absent(users: kv.Group[str]) -> None:
    users["k"] = b""
    assert users["k"] == users.get("k", b"default") == users.setdefault("k", "new") == b""
    assert users.pop("k", b"default") == b""


def test_pop_popitem_and_clear_delete(users: kv.Group[str], store: kv.Store) -> None:
    mixed: dict[kv.Data, kv.Data] = {"a": "1", b"b": b"2"}
    users.update(mixed, c="3")
    users.update([("a", "one"), ("d", "4")])
    assert users.pop("a") == b"one"
    assert users.popitem() == ("b", b"2")
    assert dict(users) == {"c": b"3", "d": b"4"}
    users.clear()
    assert len(users) == 0
    assert store.get("other", "ada") == b"another group"


def test_update_is_all_or_nothing_and_copies_another_group(
    users: kv.Group[str], store: kv.Store
) -> None:
    users["a"] = "1"
    with pytest.raises(kv.TooLargeError):
        users.update({"a": "2", "x" * 65536: ""})
    assert dict(users) == {"a": b"1"}
    users.update(store.group("other"))
    users.update()
    assert dict(users) == {"a": b"1", "ada": b"another group"}


def test_setdefault_writes_only_what_is_absent(users: kv.Group[str]) -> None:
    assert users.setdefault("k", "first") == b"first"
    assert users.setdefault("k", "second") == b"first"

    def set_default(number: int) -> bool:
        key = str(number)
        found, met = race(8, lambda number: users.setdefault(key, str(number)))
        assert set(found) == {users[key]}
        return met

    race_until_met(set_default, at_least=20)


def test_of_eight_threads_one_pops(users: kv.Group[str]) -> None:
    def pop(_: int) -> bool:
        users.update({str(number): "" for number in range(80)})
        popped, met = race(8, lambda _: [users.popitem()[0] for _ in range(10)])
        assert sorted(sum(popped, [])) == sorted(str(number) for number in range(80))
        return met

    race_until_met(pop)


def test_a_group_may_be_written_while_it_is_walked(users: kv.Group[str]) -> None:
    users.update({str(number): "old" for number in range(1000)})
    for walk in (users, users.items(), users.values()):
        count = 0
        for _ in walk:
            users[f"new {count}"] = ""
            users.pop(str(count), None)
            count += 1
        assert count >= 1000
    assert not any(value == b"old" for value in users.values())


def test_a_value_has_a_ttl_where_one_is_given(users: kv.Group[str], store: kv.Store) -> None:
    users.set("a", "", ttl=60)
    users.set_many({"b": ""}, timedelta(minutes=1))
    users["c"] = ""
    assert [store.ttl("users", key) == kv.NEVER for key in users] == [False, False, True]


@pytest.mark.parametrize("wrong", [None, 5, ("a",)])
def test_keys_and_values_of_other_types_are_refused(users: kv.Group[str], wrong: Any) -> None:
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


def test_a_group_ends_with_its_store(users: kv.Group[str], store: kv.Store) -> None:
    store.close()
    for call in (
        lambda: users["k"],
        lambda: "k" in users,
        lambda: len(users),
        lambda: list(users),
        lambda: list(users.items()),
        users.clear,
    ):
        with pytest.raises(kv.ClosedError):
            call()


def test_a_typed_store_is_a_mutable_mapping_of_its_values(store: kv.Store) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    assert isinstance(typed, MutableMapping)
    typed["a"] = [1]
    typed["none"] = None
    assert typed["a"] == typed.get("a") == [1]
    # A value of None is not absent.
    assert typed["none"] is None and typed.get("none", 5) is None and "none" in typed
    assert typed.setdefault("none", 5) is None
    assert typed.setdefault("new", {"b": 2}) == {"b": 2}
    assert dict(typed) == typed == {"a": [1], "new": {"b": 2}, "none": None}
    assert list(typed.values()) == [[1], {"b": 2}, None]
    assert typed.pop("none", 5) is None
    assert typed.pop("none", 5) == 5
    assert typed.popitem() == ("a", [1])
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
    typed: kv.Typed[str, int] = kv.Typed(store, "g", hooks=hooks)
    typed["a"] = 5
    assert typed["a"] == 11
    assert typed.setdefault("b", 7) == 14
    assert list(typed.items()) == [("a", 11), ("b", 15)]
    hooks.calls.clear()
    assert typed.pop("a") == 11
    del typed["b"]
    assert hooks.calls == ["after load", *["before delete", "after delete"] * 2]


def test_a_group_is_as_complete_as_a_dict(any_store: kv.Store) -> None:
    group = any_store.group("g")
    missing = {name for name in dir(dict) if not hasattr(group, name)}
    # A constructor, and nothing else.
    assert missing == {"fromkeys"}
    group |= {"b": "2", "a": "1"}
    group |= [("c", "3")]
    assert isinstance(group, kv.Group)
    assert group.copy() == {"a": b"1", "b": b"2", "c": b"3"}
    assert group | {"a": b"new"} == {"a": b"new", "b": b"2", "c": b"3"}
    assert {"a": b"old", "d": b"4"} | group == {"a": b"1", "b": b"2", "c": b"3", "d": b"4"}
    assert len(group) == 3 and "d" not in group
    assert list(reversed(group)) == list(reversed(group.keys())) == ["c", "b", "a"]
    assert list(reversed(group.values())) == [b"3", b"2", b"1"]
    assert list(reversed(group.items()))[0] == ("c", b"3")
    assert group.keys() & {"a", "z"} == {"a"} and group.keys() | {"z"} == {"a", "b", "c", "z"}
    assert group == {"c": b"3", "b": b"2", "a": b"1"}
    assert group != {b"a": b"1"}
    for wrong in (5, ["a"], None):
        with pytest.raises(TypeError):
            group | wrong  # type: ignore[operator]


def test_views_are_live_and_show_their_group(store: kv.Store) -> None:
    group = store.group("g")
    keys, values, items = group.keys(), group.values(), group.items()
    assert (list(keys), len(items)) == ([], 0)
    group["a"] = "1"
    assert (list(keys), list(values), list(items)) == (["a"], [b"1"], [("a", b"1")])
    assert ("a", b"1") in items and "a" in keys and b"2" not in values and len(values) == 1
    assert repr(keys) == f"<keys of {group!r}>" and repr(items) == f"<items of {group!r}>"


def test_whether_a_group_is_empty_is_answered_without_a_count(
    store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = store.group("g")
    monkeypatch.setattr(kv.Store, "count", None)
    assert not group
    group["a"] = ""
    assert group


def test_one_scan_copies_a_group(store: kv.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    group = store.group("g")
    group.update({"a": "1", "b": "2"})
    monkeypatch.setattr(kv.Store, "get", None)
    assert group.copy() == dict(group.items()) == {"a": b"1", "b": b"2"}


def test_a_key_error_has_the_key_as_it_was_given(store: kv.Store) -> None:
    for group in (store.group("g"), kv.Typed[str, Any](store, "g")):
        for key in ("bob", b"bob"):
            for call in (group.__getitem__, group.__delitem__, group.pop):
                with pytest.raises(KeyError) as caught:
                    call(key)
                assert caught.value.args == (key,)


def test_update_takes_what_a_dict_takes(store: kv.Store) -> None:
    class Keyed:
        def keys(self) -> list[str]:
            return ["a", "b"]

        def __getitem__(self, key: str) -> str:
            return key * 2

    group = store.group("g")
    group.update(Keyed())  # type: ignore[arg-type]
    group.update(iter([("c", "1"), ("c", "2")]), d="3")
    assert group.copy() == {"a": b"aa", "b": b"bb", "c": b"2", "d": b"3"}
