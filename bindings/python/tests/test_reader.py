"""Values that are read like files."""

from __future__ import annotations

import gc
import hashlib
import io
import pickle
import sys
import tarfile
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

import kv
from conftest import race, run_python

PIECE = 256 * 1024
#: Three pieces and a part of one, in which each place has bytes of its own.
LONG = b"".join(b"%07d\n" % number for number in range(100_000))


def write(store: kv.Store, value: bytes = LONG) -> int:
    with store.open_writer("g", "k") as writer:
        writer.write(value)
        return writer.commit()


def opened(store: kv.Store, key: str = "k") -> kv.Reader:
    reader = store.open_reader("g", key)
    assert reader is not None
    return reader


@pytest.mark.parametrize("how", [write, lambda store: store.put("g", "k", LONG)])
def test_a_value_of_any_origin_is_read(
    any_store: kv.Store, how: Callable[[kv.Store], int]
) -> None:
    version = how(any_store)
    with opened(any_store) as reader:
        assert reader.name == "k"
        assert (reader.size, reader.version, reader.expires_at) == (len(LONG), version, None)
        assert reader.readable() and reader.seekable() and not reader.writable()
        assert reader.read() == LONG and reader.read() == b"" and reader.tell() == len(LONG)


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1])
def test_sizes_at_the_edges(any_store: kv.Store, size: int) -> None:
    value = b"v" * size
    write(any_store, value)
    with opened(any_store) as reader:
        assert reader.size == len(value) and reader.read() == value


def test_an_absent_or_expired_key_has_no_reader(any_store: kv.Store) -> None:
    assert any_store.open_reader("g", "none") is None
    past = datetime.fromtimestamp(1, timezone.utc)
    any_store.put("g", "expired", "v", expires_at=past)
    assert any_store.open_reader("g", "expired") is None


def test_the_expiry_is_that_of_the_entry(any_store: kv.Store) -> None:
    at = datetime(2100, 1, 1, tzinfo=timezone.utc)
    any_store.put("g", "k", "v", expires_at=at)
    with opened(any_store) as reader:
        assert reader.expires_at == at
        assert reader.expires_at_ms == at.timestamp() * 1000


def test_positions(any_store: kv.Store) -> None:
    write(any_store)
    with opened(any_store) as reader:
        for at in (0, 1, PIECE - 1, PIECE, 2 * PIECE + 7, len(LONG) - 3, len(LONG)):
            assert reader.seek(at) == at == reader.tell()
            assert reader.read(20) == LONG[at : at + 20]
        assert reader.seek(-4, io.SEEK_END) == len(LONG) - 4 and reader.read() == LONG[-4:]
        reader.seek(8)
        assert reader.seek(8, io.SEEK_CUR) == 16 and reader.readline() == b"0000002\n"
        assert reader.seek(5, io.SEEK_END) == len(LONG) + 5 and reader.read(1) == b""
        for offset, whence in ((-1, io.SEEK_SET), (-1 - len(LONG), io.SEEK_END), (2**63, 0)):
            with pytest.raises((ValueError, OverflowError)):
                reader.seek(offset, whence)
        with pytest.raises(ValueError):
            reader.seek(0, 7)


def test_lines(any_store: kv.Store) -> None:
    write(any_store)
    with opened(any_store) as reader:
        assert list(reader) == LONG.splitlines(keepends=True)
        reader.seek(0)
        with io.TextIOWrapper(reader, "ascii") as text:
            assert text.readline() == "0000000\n" and sum(1 for _ in text) == 99_999


def test_a_buffer_of_the_caller_is_filled(any_store: kv.Store) -> None:
    write(any_store)
    buffer = bytearray(len(LONG) + 10)
    with opened(any_store) as reader:
        assert reader.readinto(buffer) == len(LONG) and buffer[: len(LONG)] == LONG
        assert reader.readinto(buffer) == 0 and reader.readinto(bytearray()) == 0
        reader.seek(PIECE)
        assert reader.readinto(memoryview(buffer)[5:15]) == 10
        assert buffer[5:15] == LONG[PIECE : PIECE + 10]
        with pytest.raises((TypeError, BufferError, ValueError)):
            reader.readinto(b"read only")


def test_a_large_buffer_is_filled_by_the_library_itself(
    any_store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy in between would be a call for a piece, not for all that the buffer has room for."""
    write(any_store)
    lengths: list[int] = []
    read = kv.library.functions.kv_reader_read

    def read_and_note(handle: object, at: int, target: object, length: int, *rest: object) -> int:
        lengths.append(length)
        return read(handle, at, target, length, *rest)

    with opened(any_store) as reader:
        monkeypatch.setattr(kv.library.functions, "kv_reader_read", read_and_note)
        assert reader.readinto(bytearray(len(LONG))) == len(LONG)
        assert max(lengths) >= len(LONG) - PIECE
        reader.seek(0)
        lengths.clear()
        assert reader.read() == LONG and len(lengths) <= 2


def test_libraries_that_read_files_take_it(any_store: kv.Store) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lines", LONG)
        archive.writestr("more", "text")
    write(any_store, file.getvalue())
    with opened(any_store) as reader, zipfile.ZipFile(reader) as archive:
        assert archive.namelist() == ["lines", "more"]
        assert archive.read("more") == b"text" and archive.read("lines") == LONG
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        member = tarfile.TarInfo("lines")
        member.size = len(LONG)
        tar.addfile(member, io.BytesIO(LONG))
    write(any_store, file.getvalue())
    with opened(any_store) as reader, tarfile.open(fileobj=reader) as tar:
        found = tar.extractfile("lines")
        assert found is not None and found.read() == LONG


@pytest.mark.skipif(sys.version_info < (3, 11), reason="hashlib.file_digest came with 3.11")
def test_a_digest(any_store: kv.Store) -> None:
    write(any_store)
    with opened(any_store) as reader:
        digest = hashlib.file_digest(reader, "sha256")  # type: ignore[attr-defined]
    assert digest.hexdigest() == hashlib.sha256(LONG).hexdigest()


def test_a_reader_stays_at_its_value(any_store: kv.Store) -> None:
    write(any_store)
    with opened(any_store) as reader:
        assert reader.read(10) == LONG[:10]
        any_store.set("g", "k", "new")
        any_store.delete("g", "k")
        assert reader.read() == LONG[10:]
    assert any_store.open_reader("g", "k") is None


def test_a_snapshot_is_read(any_store: kv.Store) -> None:
    write(any_store)
    with any_store.snapshot() as then:
        any_store.delete("g", "k")
        with opened(then) as reader:
            assert reader.read() == LONG


def test_a_scope_reads_its_own(any_store: kv.Store) -> None:
    write(any_store)
    any_store.set("tenant:g", "k", "its own")
    with any_store.scope("tenant") as scope, opened(scope) as reader:
        assert reader.read() == b"its own"
        assert scope.open_reader("g", "none") is None


def test_a_closed_reader(any_store: kv.Store) -> None:
    write(any_store)
    reader = opened(any_store)
    assert not reader.closed and not reader.is_closed
    reader.close()
    reader.close()
    assert reader.closed and reader.is_closed and reader.size == len(LONG)
    for call in (reader.read, reader.tell, lambda: reader.seek(0), reader.__enter__):
        with pytest.raises(ValueError):
            call()


def test_a_reader_after_its_store(any_store: kv.Store) -> None:
    write(any_store)
    reader = opened(any_store)
    assert reader.read(1) == LONG[:1]
    any_store.close()
    with pytest.raises(kv.ClosedError):
        reader.seek(PIECE + 100)
        reader.read(1)
    reader.close()
    with pytest.raises(kv.InvalidHandleError):
        any_store.open_reader("g", "k")


def test_wrong_arguments(any_store: kv.Store) -> None:
    with pytest.raises(kv.TooLargeError):
        any_store.open_reader("g", "k" * 65_536)
    with pytest.raises(TypeError):
        any_store.open_reader("g", 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="open_reader"):
        kv.Reader("app.db")  # type: ignore[arg-type]


def test_one_that_is_dropped_warns_and_ends(any_store: kv.Store) -> None:
    write(any_store)
    reader = opened(any_store)
    handle = reader._raw._handle
    with pytest.warns(ResourceWarning, match=r"<kv\.Reader 'k', .*open> was never closed"):
        del reader
        gc.collect()
    assert kv.library.functions.kv_reader_close(handle, None) == kv.InvalidHandleError.status


def test_more_readers_than_may_be_open_leave_none_open() -> None:
    with kv.open("memory:") as store:
        store.set("g", "k", "v")
        for _ in range(70_000):
            opened(store).close()


def test_a_child_of_fork_neither_reads_nor_warns(path: Path) -> None:
    program = """
import os, sys, kv
store = kv.open("memory:")
store.set("g", "k", "v")
reader, writer = store.open_reader("g", "k"), store.open_writer("g", "w")
child = os.fork()
if child == 0:
    for call in (reader.read, lambda: writer.write(b"v"), lambda: store.open_reader("g", "k")):
        try:
            call()
        except kv.ForkedError:
            print("refused", flush=True)
    del reader, writer, call
    os._exit(0)
os.waitpid(child, 0)
print(reader.read(), flush=True)
reader.close()
writer.abort()
store.close()
"""
    ended = run_python(program, PYTHONWARNINGS="always::ResourceWarning")
    assert ended.stdout.split() == ["refused"] * 3 + ["b'v'"] and ended.stderr == ""


def test_a_deadline_of_a_bound_store_holds_for_its_readers_and_writers(
    any_store: kv.Store,
) -> None:
    write(any_store)
    with kv.BoundStore(any_store) as bound, opened(bound) as reader:
        assert reader.read(1) == LONG[:1]
        writer = bound.open_writer("g", "new")
        bound.arm(0)
        reader.seek(2 * PIECE)
        for call in (
            lambda: reader.read(1),
            lambda: writer.write(LONG),
            lambda: bound.open_reader("g", "k"),
        ):
            with pytest.raises(kv.DeadlineExceededError):
                call()
        bound.arm(None)
        assert reader.read(1) == LONG[2 * PIECE : 2 * PIECE + 1]
        writer.abort()


def test_pickling_is_refused_in_each_protocol(any_store: kv.Store) -> None:
    write(any_store)
    with opened(any_store) as reader:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                pickle.dumps(reader, protocol)


def test_a_thread_reads_while_another_writes(any_store: kv.Store) -> None:
    write(any_store, b"a" * 700_000)
    is_over = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            for letter in b"bcdefghij":
                write(any_store, bytes([letter]) * 700_000)
            is_over.set()
            return
        while not is_over.is_set():
            with opened(any_store) as reader:
                assert len(set(reader.read())) == 1, "a mix of two values"

    _, met = race(3, work)
    assert met
