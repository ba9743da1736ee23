"""Typed stores: codecs and hooks."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

import kv
from conftest import race, race_until_met


@dataclasses.dataclass
class User:
    name: str
    logins: int = 0


def users(store: kv.Store, hooks: Optional[kv.Hooks[User]] = None) -> kv.Typed[str, User]:
    codec: kv.Json[User] = kv.Json(dataclasses.asdict, lambda fields: User(**fields))
    return kv.Typed(store, "users", codec, hooks)


class Recorder(kv.Hooks[User]):
    """Writes down each call, and can refuse one."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.refused = ""

    def note(self, name: str, key: str) -> None:
        self.calls.append((name, key))
        if name == self.refused:
            raise PermissionError(name)

    def before_save(self, key: str, value: User) -> User:
        self.note("before save", key)
        return dataclasses.replace(value, name=value.name.strip())

    def after_save(self, key: str, value: User) -> None:
        self.note(f"after save of {value.name}", key)

    def after_load(self, key: str, value: User) -> User:
        self.note("after load", key)
        return dataclasses.replace(value, logins=value.logins + 1)

    def before_delete(self, key: str) -> None:
        self.note("before delete", key)

    def after_delete(self, key: str) -> None:
        self.note("after delete", key)


@pytest.mark.parametrize(
    "value", [2**53 + 1, -(2**63), 10**300, 1.5, "grün\0", None, [], {"a": [1, {"b": None}]}]
)
def test_json_values_come_back_as_they_were(store: kv.Store, value: Any) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    typed.set("k", value)
    entry = typed.get_entry("k")
    assert entry is not None and entry.value == value
    assert type(typed.get("k")) is type(value)


def test_every_operation_of_a_typed_store(store: kv.Store) -> None:
    typed = users(store)
    assert typed.get("ada") is None
    assert typed.get_entry("ada") is None
    version = typed.put("ada", User("Ada"), if_absent=True)
    with pytest.raises(kv.ConflictError):
        typed.put("ada", User("Eve"), if_absent=True)
    assert typed.put("ada", User("Ada", 7), if_version=version) > version
    typed.set_many({"bob": User("Bob"), b"cy": User("Cy")}, timedelta(minutes=1))
    assert typed.get_many(["ada", "none", "bob"]) == {"ada": User("Ada", 7), "bob": User("Bob")}
    assert [entry.key for entry in typed.scan()] == ["ada", "bob", "cy"]
    assert [entry.value for entry in typed.scan("b")] == [User("Bob")]
    assert [entry.key for entry in typed.scan(after="ada", limit=1)] == ["bob"]
    assert typed.exists("cy") and not typed.exists("none")
    assert store.ttl("users", "cy") != kv.NEVER
    assert typed.take("bob") == User("Bob")
    assert typed.take("bob") is None
    entry = typed.get_entry("ada")
    assert entry is not None
    with pytest.raises(kv.ConflictError):
        typed.delete_version("ada", version)
    assert typed.delete_version("ada", entry.version) is True
    assert typed.delete("cy") is True
    assert typed.delete("cy") is False


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"name": NaN}', b'{"age": 5}', b"[1]"])
def test_what_cannot_be_decoded_is_an_error_and_not_absent(store: kv.Store, data: bytes) -> None:
    store.set("users", "bad", data)
    typed = users(store)
    for call in (
        lambda: typed.get("bad"),
        lambda: typed.get_entry("bad"),
        lambda: typed.get_many(["bad"]),
        lambda: list(typed.scan()),
    ):
        with pytest.raises(kv.DecodeError, match="bad") as caught:
            call()
        assert caught.value.__cause__ is not None
    assert typed.exists("bad")


@pytest.mark.parametrize("take", [kv.Typed.take, kv.Typed.pop])
def test_a_value_that_cannot_be_loaded_stays_when_it_is_taken(store: kv.Store, take: Any) -> None:
    store.set("users", "bad", "{")
    hooks = Recorder()
    typed = users(store, hooks)
    with pytest.raises(kv.DecodeError, match="bad"):
        take(typed, "bad")
    assert hooks.calls == []
    assert store.get("users", "bad") == b"{"
    typed.set("ada", User("Ada"))
    for refused in ("after load", "before delete"):
        hooks.refused = refused
        with pytest.raises(PermissionError):
            take(typed, "ada")
        assert store.exists("users", "ada")
    hooks.refused = ""
    hooks.calls.clear()
    assert take(typed, "ada") == User("Ada", 1)
    assert [name for name, _ in hooks.calls] == ["after load", "before delete", "after delete"]
    assert not store.exists("users", "ada")
    # One that cannot be decoded can be deleted.
    assert typed.delete("bad") is True


def test_take_returns_the_value_that_it_deletes(store: kv.Store) -> None:
    class Interrupted(Recorder):
        """Another writes between the load and the delete."""

        def before_delete(self, key: str) -> None:
            super().before_delete(key)
            if len(self.calls) == 2:
                users(store).set(key, User("Eve"))
            elif len(self.calls) > 4:
                store.delete("users", key)

    hooks = Interrupted()
    typed = users(store, hooks)
    users(store).set("a", User("Ada"))
    assert typed.take("a") == User("Eve", 1)
    users(store).set("a", User("Ada"))
    assert typed.take("a") is None
    loads = ["after load", "before delete"]
    assert [name for name, _ in hooks.calls] == [*loads, *loads, "after delete", *loads]


def test_of_eight_threads_one_takes(store: kv.Store) -> None:
    typed = users(store)

    def take(_: int) -> bool:
        typed.set("a", User("Ada"))
        taken, met = race(8, lambda _: typed.take("a"))
        assert sorted(taken, key=bool) == [None] * 7 + [User("Ada")]
        return met

    race_until_met(take, at_least=20)


def test_a_typed_scan_takes_the_options_of_a_scan(store: kv.Store) -> None:
    typed: kv.Typed[str, int] = kv.Typed(store, "g")
    typed.set_many({key: number for number, key in enumerate(["a", "a1", "b", "c"])})
    chosen: list[tuple[dict[str, Any], list[int]]] = [
        ({"prefix": "a"}, [0, 1]),
        ({"glob": "a?"}, [1]),
        ({"redis_glob": "[bc]"}, [2, 3]),
        ({"from_key": "a1", "below": "c"}, [1, 2]),
        ({"above": "a", "to_key": "b", "reverse": True}, [2, 1]),
        ({"after": "b", "reverse": True, "limit": 1}, [1]),
        ({"offset": 1, "limit": 2}, [1, 2]),
        ({"snapshot": True}, [0, 1, 2, 3]),
    ]
    for options, expected in chosen:
        assert [entry.value for entry in typed.scan(**options)] == expected, options
    with pytest.raises(kv.InvalidArgumentError):
        typed.scan("a", glob="a")


def test_a_typed_put_has_the_options_of_a_put(store: kv.Store) -> None:
    typed: kv.Typed[str, int] = kv.Typed(store, "g")
    moment = datetime(2200, 1, 1, tzinfo=timezone.utc)
    typed.put("k", 1, expires_at=moment)
    version = typed.put("k", 2, keep_ttl=True, if_present=True)
    entry = typed.get_entry("k")
    assert entry is not None
    assert (entry.value, entry.version, entry.expires_at) == (2, version, moment)
    typed.put("k", 3, ttl=60, if_version=version, durability=kv.Durability.FULL)
    assert store.ttl("g", "k") != kv.NEVER
    for condition in ({"if_version": version}, {"if_absent": True}):
        with pytest.raises(kv.ConflictError):
            typed.put("k", 4, **condition)
    assert typed.get("k") == 3


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), {1, 2}, "\ud800"])
def test_what_cannot_be_encoded_is_not_written(store: kv.Store, value: Any) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    for call in (
        lambda: typed.set("k", value),
        lambda: typed.put("k", value),
        lambda: typed.set_many({"fine": 1, "k": value}),
    ):
        with pytest.raises(kv.EncodeError):
            call()
    assert store.count("g") == 0


def test_hooks_run_in_order_and_change_what_is_saved_and_loaded(store: kv.Store) -> None:
    hooks = Recorder()
    typed = users(store, hooks)
    typed.set("a", User(" Ada "))
    assert typed.get("a") == User("Ada", 1)
    assert typed.delete("a") is True
    assert typed.delete("a") is False
    assert [name for name, _ in hooks.calls] == [
        "before save",
        "after save of Ada",
        "after load",
        "before delete",
        "after delete",
        "before delete",
    ]
    assert {key for _, key in hooks.calls} == {"a"}


def test_a_hook_that_refuses_before_leaves_everything_as_it_was(store: kv.Store) -> None:
    hooks = Recorder()
    typed = users(store, hooks)
    typed.set("a", User("Ada"))
    hooks.refused = "before save"
    for save in (
        lambda: typed.set("a", User("Eve")),
        lambda: typed.put("a", User("Eve")),
        lambda: typed.set_many({"b": User("Eve")}),
    ):
        with pytest.raises(PermissionError):
            save()
    hooks.refused = "before delete"
    for delete in (
        lambda: typed.delete("a"),
        lambda: typed.delete_version("a", 1),
        lambda: typed.take("a"),
    ):
        with pytest.raises(PermissionError):
            delete()
    assert [entry.value.name for entry in users(store).scan()] == ["Ada"]


def test_a_hook_after_does_not_undo(store: kv.Store) -> None:
    hooks = Recorder()
    typed = users(store, hooks)
    hooks.refused = "after save of Ada"
    with pytest.raises(PermissionError):
        typed.set("a", User("Ada"))
    assert store.exists("users", "a")
    hooks.refused = "after load"
    with pytest.raises(PermissionError):
        typed.get("a")


def test_any_codec_will_do(store: kv.Store) -> None:
    class Pickled:
        def encode(self, value: Any) -> bytes:
            return pickle.dumps(value)

        def decode(self, data: bytes) -> Any:
            return pickle.loads(data)

    typed: kv.Typed[bytes, Any] = kv.Typed(store, b"\0", Pickled())
    typed.set(b"\xff", {1, 2})
    assert typed.get(b"\xff") == {1, 2}
    store.set(b"\0", "bad", b"no pickle")
    with pytest.raises(kv.DecodeError):
        typed.get("bad")
