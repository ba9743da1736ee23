"""Python's own SQLite and that of the library on one file of one process."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import kv


def counted(connection: sqlite3.Connection) -> int:
    rows: int = connection.execute("select count(*) from kv_entries").fetchone()[0]
    return rows


def test_a_file_that_sqlite3_has_open_is_refused_until_it_is_closed(path: Path) -> None:
    with kv.open(path) as store:
        store.set("g", "k", "v")
    with closing(sqlite3.connect(path)) as connection:
        assert counted(connection) == 1
        with pytest.raises(kv.BusyError, match=r"open outside kv \(descriptor \d+\)") as refused:
            kv.open(path)
        # The sentence is whole, although messages have an end.
        assert str(refused.value).endswith("or use the system's SQLite for both")
        assert counted(connection) == 1
    with kv.open(path) as store:
        assert store.get("g", "k") == b"v"


def test_a_plain_file_is_named_by_its_descriptor(path: Path) -> None:
    kv.open(path).close()
    with path.open("rb") as file:
        with pytest.raises(kv.BusyError, match=rf"\(descriptor {file.fileno()}\)"):
            kv.open(path)
    kv.open(path).close()


def test_sqlite3_that_opens_it_later_is_seen_by_the_next_connection(path: Path) -> None:
    with ExitStack() as afterwards, kv.open(path) as store, ExitStack() as cursors:
        store.set("g", "k", "v")
        # Without a statement: that could end the process, because the other SQLite does not see
        # that the file is in use and truncates what is mapped here.
        afterwards.enter_context(closing(sqlite3.connect(path)))
        deadline = time.monotonic() + 20
        # Each open cursor needs a connection of its own, and kv looks twice a second.
        with pytest.raises(kv.BusyError, match=r"open outside kv \(descriptor \d+\)"):
            while time.monotonic() < deadline:
                cursors.enter_context(store.scan("g"))
                time.sleep(0.01)
        store.set("g", "k", "the connections that are open go on")
    with kv.open(path) as store:
        assert store.get("g", "k") == b"the connections that are open go on"


def test_other_files_are_free(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "theirs.db")
    with kv.open(tmp_path / "ours.db") as store, closing(other) as theirs:
        theirs.execute("create table t (n integer)")
        store.set("g", "k", "v")
        with kv.open(tmp_path / "ours.db") as second:
            assert second.get("g", "k") == b"v"
    assert sorted(os.listdir(tmp_path)) == ["ours.db", "theirs.db"]
