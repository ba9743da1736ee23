"""Typed stores: codecs and hooks."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import timedelta
from typing import Any, Optional

import pytest

import kv


@dataclasses.dataclass
class User:
    name: str
    logins: int = 0


def users(store: kv.Store, hooks: Optional[kv.Hooks[User]] = None) -> kv.Typed[User]:
    codec: kv.Json[User] = kv.Json(dataclasses.asdict, lambda fields: User(**fields))
    return kv.Typed(store, "users", codec, hooks)


class Recorder(kv.Hooks[User]):
    """Writes down each call, and can refuse one."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bytes]] = []
        self.refused = ""

    def note(self, name: str, key: bytes) -> None:
        self.calls.append((name, key))
        if name == self.refused:
            raise PermissionError(name)

    def before_save(self, key: bytes, value: User) -> User:
        self.note("before save", key)
        return dataclasses.replace(value, name=value.name.strip())

    def after_save(self, key: bytes, value: User) -> None:
        self.note(f"after save of {value.name}", key)

    def after_load(self, key: bytes, value: User) -> User:
        self.note("after load", key)
        return dataclasses.replace(value, logins=value.logins + 1)

    def before_delete(self, key: bytes) -> None:
        self.note("before delete", key)

    def after_delete(self, key: bytes) -> None:
        self.note("after delete", key)


@pytest.mark.parametrize(
    "value", [2**53 + 1, -(2**63), 10**300, 1.5, "grün\0", None, [], {"a": [1, {"b": None}]}]
)
def test_json_values_come_back_as_they_were(store: kv.Store, value: Any) -> None:
    typed: kv.Typed[Any] = kv.Typed(store, "g")
    typed.set("k", value)
    entry = typed.get_entry("k")
    assert entry is not None and entry.value == value
    assert type(typed.get("k")) is type(value)


def test_every_operation_of_a_typed_store(store: kv.Store) -> None:
    typed = users(store)
    assert typed.get("ada") is None
    assert typed.get_entry("ada") is None
    version = typed.put("ada", User("Ada"), if_absent=True)
    with pytest.raises(kv.Conflict):
        typed.put("ada", User("Eve"), if_absent=True)
    assert typed.put("ada", User("Ada", 7), if_version=version) > version
    typed.set_many({"bob": User("Bob"), b"cy": User("Cy")}, timedelta(minutes=1))
    assert typed.get_many(["ada", "none", "bob"]) == {b"ada": User("Ada", 7), b"bob": User("Bob")}
    assert [entry.key for entry in typed.scan()] == [b"ada", b"bob", b"cy"]
    assert [entry.value for entry in typed.scan("b")] == [User("Bob")]
    assert [entry.key for entry in typed.scan(after="ada", limit=1)] == [b"bob"]
    assert typed.exists("cy") and not typed.exists("none")
    assert store.ttl("users", "cy") != kv.NEVER
    assert typed.take("bob") == User("Bob")
    assert typed.take("bob") is None
    entry = typed.get_entry("ada")
    assert entry is not None
    with pytest.raises(kv.Conflict):
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


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), {1, 2}, "\ud800"])
def test_what_cannot_be_encoded_is_not_written(store: kv.Store, value: Any) -> None:
    typed: kv.Typed[Any] = kv.Typed(store, "g")
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
    assert {key for _, key in hooks.calls} == {b"a"}


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

    typed: kv.Typed[Any] = kv.Typed(store, b"\0", Pickled())
    typed.set(b"\xff", {1, 2})
    assert typed.get(b"\xff") == {1, 2}
    store.set(b"\0", "bad", b"no pickle")
    with pytest.raises(kv.DecodeError):
        typed.get("bad")
