"""Figures, backup, space, integrity, durability."""

from __future__ import annotations

from pathlib import Path

import pytest

import kv


def test_stats_count_what_happened(store: kv.Store) -> None:
    store.set("g", "k", "value")
    store.get("g", "k")
    store.get("g", "none")
    found = store.maintenance.stats()
    assert (found.entries, found.bytes, found.hits, found.misses) == (1, 7, 1, 1)
    assert found.commits >= 1
    assert (found.sqlite_version != "") == (found.file_bytes != 0)


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
