"""Values that are written like files."""

from __future__ import annotations

import array
import copy
import io
import pickle
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

import kv
from conftest import race

PIECE = 256 * 1024
LONG = b"".join(b"%07d\n" % number for number in range(100_000))


@pytest.mark.parametrize(
    "data",
    [
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"read only"),
        memoryview(bytearray(b"writable")),
        memoryview(b"every second")[::2],
        memoryview(bytearray(b"backwards"))[::-1],
        memoryview(bytearray(b"sixteen bytes...")).cast("B", (4, 4)),
        array.array("i", [1, -2, 3]),
        b"",
        bytearray(),
    ],
    ids=lambda data: f"{type(data).__name__} {bytes(data)[:16]!r}",
)
def test_anything_with_bytes_is_written(any_store: kv.Store, data: Any) -> None:
    with any_store.open_writer("g", "k") as writer:
        assert writer.write(data) == len(bytes(data)) == writer.tell()
        if isinstance(data, bytearray):
            data.append(0)
            data.pop()
    assert any_store.get("g", "k") == bytes(data)


@pytest.mark.parametrize("data", ["text", 5, None, [1, 2]])
def test_anything_else_is_refused(any_store: kv.Store, data: Any) -> None:
    with any_store.open_writer("g", "k") as writer:
        with pytest.raises(TypeError):
            writer.write(data)
        writer.write(b"value")
        for call in (writer.read, writer.detach, lambda: writer.seek(0), writer.fileno):
            with pytest.raises(io.UnsupportedOperation):
                call()
    assert any_store.get("g", "k") == b"value"


def test_lines_and_nothing(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        writer.writelines(LONG.splitlines(keepends=True))
        writer.flush()
    assert any_store.get("g", "k") == LONG
    with any_store.open_writer("g", "k"):
        pass
    assert any_store.get("g", "k") == b""


def test_libraries_that_write_files_take_it(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "copy") as writer:
        shutil.copyfileobj(io.BytesIO(LONG), writer)
    assert any_store.get("g", "copy") == LONG
    with any_store.open_writer("g", "zip") as writer, zipfile.ZipFile(writer, "w") as archive:
        archive.writestr("lines", LONG)
    with any_store.open_writer("g", "tar") as writer, tarfile.open(fileobj=writer, mode="w") as tar:
        member = tarfile.TarInfo("lines")
        member.size = len(LONG)
        tar.addfile(member, io.BytesIO(LONG))
    file = any_store.get("g", "zip")
    assert file is not None and zipfile.ZipFile(io.BytesIO(file)).read("lines") == LONG
    file = any_store.get("g", "tar")
    assert file is not None
    with tarfile.open(fileobj=io.BytesIO(file)) as tar:
        found = tar.extractfile("lines")
        assert found is not None and found.read() == LONG
    with any_store.open_writer("g", "k") as writer:
        buffered = io.BufferedWriter(writer)  # type: ignore[arg-type, type-var, unused-ignore]
        buffered.write(LONG)
        buffered.close()
    assert any_store.get("g", "k") == LONG


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_writer_is_not_copied(any_store: kv.Store, copied: Callable[[Any], Any]) -> None:
    with any_store.open_writer("g", "k") as writer:
        assert repr(writer) == f"<kv.Writer 'k' of group 'g' of {any_store._location!r}, open>"
        with pytest.raises(TypeError, match="cannot be copied or pickled; pass on the object"):
            copied(writer)
        writer.write(b"value")
    assert repr(writer) == f"<kv.Writer 'k' of group 'g' of {any_store._location!r}, closed>"
    assert any_store.get("g", "k") == b"value"


def test_two_threads_do_not_use_one_writer() -> None:
    """Each write is there as a whole, or was refused."""
    with kv.open("memory:") as store, store.open_writer("g", "k") as writer:

        def work(number: int) -> int:
            done = 0
            for _ in range(300):
                try:
                    writer.write(bytes([number]) * 100_000)
                except kv.BusyError:
                    continue
                done += 1
            return done

        (first, second), met = race(2, work)
        writer.commit()
        value = store.get("g", "k")
        assert met and value is not None and first + second < 600
        assert value.count(b"\0") == first * 100_000 and value.count(b"\1") == second * 100_000


def test_writers_of_one_key_are_each_a_whole(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as first, any_store.open_writer("g", "k") as second:
        for _ in range(20):
            first.write(b"a" * 20_000)
            second.write(b"b" * 20_000)
        second.commit()
        assert any_store.get("g", "k") == b"b" * 400_000
    assert any_store.get("g", "k") == b"a" * 400_000


def test_events_have_the_size(any_store: kv.Store) -> None:
    called: list[kv.Event[str]] = []
    with any_store.watch("g") as watch, any_store.on_change(called.append):
        for size in (PIECE, PIECE + 1):
            with any_store.open_writer("g", "k") as writer:
                writer.write(b"v" * size)
        any_store.set("g", "k", "value")
        any_store.delete("g", "k")
        polled = [watch.poll(10) for _ in range(4)]
    expected = [
        (kv.EventType.SET, b"v" * PIECE, PIECE, 0),
        (kv.EventType.SET_LARGE, b"", PIECE + 1, 0),
        (kv.EventType.SET, b"value", 5, 0),
        (kv.EventType.DELETE, b"", 0, 0),
    ]
    for events in (polled, called):
        assert [(e.type, e.value, e.size, e.lost) for e in events if e is not None] == expected


def test_a_value_is_written_while_others_write() -> None:
    with kv.open("memory:") as store:
        begun = threading.Event()

        def work(number: int) -> None:
            if number:
                begun.wait(60)
                for count in range(200):
                    store.set("g", str(count), "v")
                return
            with store.open_writer("g", "k") as writer:
                for _ in range(50):
                    writer.write(LONG)
                    begun.set()

        race(2, work)
        assert store.count("g") == 201
        info = store.info("g", "k")
        assert info is not None and info.size == 50 * len(LONG)
