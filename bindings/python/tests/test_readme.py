"""The snippets of the README run as they stand there."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from typing import Any

import pytest

import kv
from conftest import ROOT

README = (ROOT / "bindings" / "python" / "README.md").read_text(encoding="utf-8")


@dataclasses.dataclass
class User:
    name: str


def run_chapter(title: str, store: Any, **more: Any) -> dict[str, Any]:
    """Runs the first piece of Python in a chapter and returns its names."""
    found = re.search(rf"^## {title}\n.*?^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found
    names = {"kv": kv, "store": store, "dataclasses": dataclasses, "User": User, **more}
    exec(compile(found[1], f"README.md, {title}", "exec"), names)
    return names


def test_transactions_and_batches(store: kv.Store) -> None:
    store.set_many("accounts", {"ada": "10", "bob": "1"})
    run_chapter("Transactions and batches", store)
    assert store.get_many("accounts", ["ada", "bob"]) == {"ada": b"5", "bob": b"6"}


def test_values_in_pieces(store: kv.Store, capsys: pytest.CaptureFixture[str]) -> None:
    run_chapter("Values in pieces", store, zipfile=zipfile)
    info = store.info("files", "report.zip")
    assert info is not None and info.expires_at is not None
    assert capsys.readouterr().out == f"{info.size} b'one\\n'\n"


def test_snapshots(store: kv.Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.set("config", "colour", "blue")
    run_chapter("Snapshots", store)
    assert capsys.readouterr().out == "blue 1\n"
    assert store.get("config", "colour") == b"red"


def test_locks(store: kv.Store) -> None:
    holders: list[Any] = []

    def make_report() -> str:
        holders.append(store.lock_holder("report"))
        return "12 orders"

    run_chapter("Locks", store, make_report=make_report)
    assert holders[0].owner == b"worker 7" and store.lock_holder("report") is None
    assert store.get("reports", "latest") == b"12 orders"


def test_namespaces(store: kv.Store) -> None:
    run_chapter("Namespaces", store)
    assert store.get("tenant-7:config", "colour") == b"blue"
    assert store.quotas.get("tenant-7").max_keys == 100_000


def test_typed_stores(store: kv.Store) -> None:
    names = run_chapter("Typed stores", store)
    assert names["users"].get("ada") == User("Ada")


def test_watches(store: kv.Store, capsys: pytest.CaptureFixture[str]) -> None:
    watch = store.watch("config")
    store.set("config", "colour", "blue")

    class Opened:
        """A store whose watch was opened before the change, so that it has an event."""

        def watch(self, group: str) -> kv.Watch[str]:
            assert group == "config"
            return watch

    # The loop ends when the store is closed.
    def show(*words: object) -> None:
        print(*words)
        store.close()

    run_chapter("Changes", Opened(), print=show)
    assert capsys.readouterr().out == "SET colour b'blue'\n"


def test_a_group_as_a_dict(store: kv.Store) -> None:
    names = run_chapter("A group as a dict", store)
    assert names["users"] == {"ada": b"admin"}
