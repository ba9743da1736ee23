"""Figures, backup, space, integrity, durability."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

import kv


def test_stats_count_what_happened(store: kv.Store) -> None:
    store.set("g", "k", "value")
    store.get("g", "k")
    store.get("g", "none")
    found = store.maintenance.stats()
    assert (found.hits, found.misses) == (1, 1) and found.commits >= 1
    assert (found.sqlite_version != "") == (found.file_bytes != 0)
    assert not hasattr(found, "entries")


def test_usage_counts_what_is_there(store: kv.Store) -> None:
    assert store.maintenance.usage() == kv.Usage(0, 0, 0)
    store.set("g", "k", "value")
    store.set("tenant:g", "k", "v")
    assert store.maintenance.usage() == kv.Usage(entries=2, bytes=17, expired_entries=0)
    with store.scope("tenant") as tenant:
        assert tenant.maintenance.usage().entries == 1
    with store.snapshot() as then, kv.BoundStore(store) as bound:
        store.delete("g", "k")
        with pytest.raises(kv.UnsupportedError):
            then.maintenance.usage()
        assert bound.maintenance.usage().entries == 1
        bound.cancel()
        with pytest.raises(kv.CancelledError):
            bound.maintenance.usage()


def test_expired_entries_are_counted_until_they_are_purged() -> None:
    with kv.open("memory:", purge_interval=0) as store:
        store.put("g", "k", "v", expires_at=datetime(1970, 1, 2, tzinfo=timezone.utc))
        store.set("g", "soon", "v", ttl=0.001)
        deadline = time.monotonic() + 60
        while store.maintenance.usage().entries and time.monotonic() < deadline:
            time.sleep(0.001)
        assert store.maintenance.usage().expired_entries >= 1
        assert store.maintenance.purge_expired() >= 1
        assert store.maintenance.usage() == kv.Usage(0, 0, 0)


def test_check_compact_and_flush_have_nothing_to_say(store: kv.Store) -> None:
    store.set_many("g", {str(number): "v" * 1000 for number in range(200)})
    store.delete_group("g")
    store.maintenance.check()
    store.maintenance.compact()
    store.maintenance.flush()
    assert store.count_all() == 0


def test_a_damaged_file_is_corrupt(path: Path) -> None:
    with kv.open(path) as store:
        store.set_many("g", {f"{number:05}": "v" * 100 for number in range(5000)})
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xaa" * 4096 * 20)
    with kv.open(path) as store:
        with pytest.raises(kv.CorruptError) as caught:
            store.maintenance.check()
    assert caught.value.message


def test_a_backup_is_a_store(path: Path, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    with kv.open(path) as store:
        store.set_many("g", {f"{number:05}": "v" * 500 for number in range(2000)})
        backup = store.maintenance.backup
        backup(tmp_path / "copy.db", lambda done, total: calls.append((done, total)))
        store.maintenance.backup(str(tmp_path / "silent.db"))
        with pytest.raises(kv.InvalidArgumentError):
            store.maintenance.backup(tmp_path / "copy.db")
    assert calls and calls[-1][0] == calls[-1][1]
    for name in ("copy.db", "silent.db"):
        with kv.open(tmp_path / name) as copy:
            assert copy.count("g") == 2000
            copy.maintenance.check()


def test_a_restore_brings_back_what_a_backup_has(path: Path, tmp_path: Path) -> None:
    def refuse(done: int, total: int) -> None:
        raise RuntimeError("enough")

    copy = tmp_path / "copy.db"
    calls: list[tuple[int, int]] = []
    with kv.open(path) as store:
        store.set("g", "kept", "old")
        store.maintenance.backup(copy)
        store.set("g", "kept", "new")
        with pytest.raises(RuntimeError, match="enough"):
            store.maintenance.restore(copy, refuse)
        assert store.get("g", "kept") == b"new"
        store.maintenance.restore(copy, lambda done, total: calls.append((done, total)))
        assert store.get("g", "kept") == b"old"
        with pytest.raises(kv.InvalidArgumentError):
            store.maintenance.restore(path)
        with pytest.raises(kv.IoError):
            store.maintenance.restore(tmp_path / "missing.db")
    assert calls and calls[-1][0] == calls[-1][1]


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt])
def test_what_progress_raises_ends_the_backup_and_comes_out(
    path: Path, tmp_path: Path, kind: type[BaseException]
) -> None:
    def refuse(done: int, total: int) -> None:
        raise kind("enough")

    with kv.open(path) as store:
        store.set("g", "k", "v")
        with pytest.raises(kind, match="enough"):
            store.maintenance.backup(tmp_path / "copy.db", refuse)
        assert store.get("g", "k") == b"v"
    assert not (tmp_path / "copy.db").exists()


def test_progress_may_call_the_store_but_not_close_it(path: Path, tmp_path: Path) -> None:
    with kv.open(path) as store:

        def use(done: int, total: int) -> None:
            store.set("g", "during", "v")
            with pytest.raises(kv.BusyError):
                store.close()

        store.maintenance.backup(tmp_path / "copy.db", use)
        assert store.get("g", "during") == b"v"


def test_memory_has_no_backup(tmp_path: Path) -> None:
    with kv.open("memory:") as store:
        with pytest.raises(kv.UnsupportedError):
            store.maintenance.backup(tmp_path / "copy.db")
        with pytest.raises(kv.InvalidArgumentError, match="NUL"):
            store.maintenance.backup("a\0b")
    assert list(tmp_path.iterdir()) == []
