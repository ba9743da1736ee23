"""The snippets of the README run as they stand there."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

import kv
from conftest import ROOT

README = (ROOT / "bindings" / "python" / "README.md").read_text(encoding="utf-8")


@dataclasses.dataclass
class User:
    name: str


def pieces(title: str) -> list[str]:
    """Returns the pieces of Python in a chapter."""
    chapter = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    assert chapter
    return re.findall(r"^```python\n(.*?)^```$", chapter[1], re.DOTALL | re.MULTILINE)


def run_chapter(title: str, store: Any, **more: Any) -> dict[str, Any]:
    """Runs all pieces of Python in a chapter, one after the other, and returns their names."""
    names = {"kv": kv, "store": store, "dataclasses": dataclasses, "User": User, **more}
    found = pieces(title)
    assert found
    for piece in found:
        exec(compile(piece, f"README.md, {title}", "exec"), names)
    return names


def test_every_piece_of_python_is_run() -> None:
    titles = re.findall(r"^## (.*)$", README, re.MULTILINE)
    with_pieces = {title for title in titles if pieces(re.escape(title))}
    tests = (ROOT / "bindings" / "python" / "tests" / "test_readme.py").read_text(encoding="utf-8")
    assert with_pieces == set(re.findall(r'run_chapter\("([^"]+)"', tests))
    # The first is the quickstart, which run.sh compares with an example that runs.
    assert README.count("```python\n") == 1 + sum(len(pieces(re.escape(it))) for it in titles)


def test_the_tour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # A class of a snippet looks up its module.
    run_chapter("Five-minute tour", None, __name__="__main__")
    assert capsys.readouterr().out == (
        "ada b'admin'\n"
        "2 no/such/folder/app.db\n"
        "kv.open has no option 'durabilty'; did you mean 'durability'?\n"
        "keys must be a list, not str; for one pass a list of one\n"
        "<kv.Store of 'app.db', open>\n"
        "ada b'admin'\nbob b'guest'\nzoe b'guest'\n"
    )


def test_names(store: kv.Store) -> None:
    run_chapter("Names", store)


def test_asyncio(path: Path) -> None:
    names = run_chapter("asyncio", None)
    asyncio.run(names["main"](path))
    with kv.open(path) as store:
        assert store.get("counts", "runs") == b"1"


def test_deadlines(store: kv.Store) -> None:
    names = run_chapter("Deadlines and Ctrl-C", store)
    assert names["bound"].is_closed


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


def test_metrics_logs_and_traces(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with kv.open(path) as store:
        store.set("config", "colour", "blue")
        run_chapter("Metrics, logs and traces", store)
    logging.getLogger("kv").handlers.clear()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 commits, 1 sets, 0 errors"
    assert re.fullmatch(r"the longest took \d+\.\d ms", lines[1])
    assert lines[2] == "1 entries of 16 bytes"
    opened, *slow, closed, traced = lines[3:]
    assert opened.startswith("INFO open: opened in ") and closed == "INFO close: closed"
    assert any(re.match(r"WARNING slow: lock .*took \d", line) for line in slow)
    assert traced == "set users ended"


def test_a_group_as_a_dict(store: kv.Store) -> None:
    names = run_chapter("A group as a dict", store)
    assert names["users"] == {"ada": b"admin"}
