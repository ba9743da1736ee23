"""Values that are written like files."""

from __future__ import annotations

import array
import copy
import gc
import io
import pickle
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import kv
from conftest import race

HOUR = timedelta(hours=1)
PIECE = 256 * 1024
LONG = b"".join(b"%07d\n" % number for number in range(100_000))


def test_the_end_of_the_statement_commits(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        assert writer.name == b"k" and writer.writable()
        assert not writer.readable() and not writer.seekable()
        for at in range(0, len(LONG), 99_991):
            part = LONG[at : at + 99_991]
            assert writer.write(part) == len(part) and writer.tell() == at + len(part)
        assert any_store.get("g", "k") is None
    assert writer.closed and writer.is_ended
    assert any_store.get("g", "k") == LONG


def test_an_exception_aborts(any_store: kv.Store) -> None:
    any_store.set("g", "k", "before")
    with pytest.raises(ZeroDivisionError):
        with any_store.open_writer("g", "k") as writer:
            writer.write(LONG)
            raise ZeroDivisionError
    assert writer.closed and writer.is_ended
    assert any_store.get("g", "k") == b"before"


def test_a_commit_returns_the_version(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        writer.write(LONG)
        version = writer.commit()
        assert writer.is_ended and writer.closed
    entry = any_store.get_entry("g", "k")
    assert entry is not None and (entry.value, entry.version) == (LONG, version)
    for call in (writer.commit, writer.tell, lambda: writer.write(b""), writer.__enter__):
        with pytest.raises(ValueError):
            call()
    writer.close()
    writer.abort()
    assert any_store.get("g", "k") == LONG


def test_an_abort_discards(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        writer.write(LONG)
        writer.abort()
        writer.abort()
        with pytest.raises(kv.InvalidHandleError):
            writer.write(b"more")
    with pytest.raises(kv.InvalidHandleError):
        writer.commit()
    assert any_store.get("g", "k") is None


def test_a_close_without_a_commit_says_that_it_discards(any_store: kv.Store) -> None:
    writer = any_store.open_writer("g", "k")
    writer.write(LONG)
    with pytest.raises(RuntimeError, match="'k' of group 'g': the value was discarded"):
        writer.close()
    assert writer.closed and writer.is_ended
    writer.close()
    with pytest.raises(kv.InvalidHandleError):
        writer.commit()
    assert any_store.get("g", "k") is None


def test_a_close_in_the_statement_leaves_the_outcome_to_its_end(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        with io.TextIOWrapper(writer, "utf-8") as text:
            text.write("grün\n")
        assert writer.closed and not writer.is_ended and any_store.get("g", "k") is None
        with pytest.raises(kv.InvalidHandleError):
            writer.write(b"more")
    assert any_store.get("g", "k") == "grün\n".encode()
    with pytest.raises(ZeroDivisionError):
        with any_store.open_writer("g", "k") as writer, io.TextIOWrapper(writer, "utf-8") as text:
            text.write("half of a text")
            raise ZeroDivisionError
    assert any_store.get("g", "k") == "grün\n".encode()


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


OTHERS: list[Callable[[kv.Store], kv.Writer]] = [
    lambda store: store.open_writer("g", "k", if_absent=True),
    lambda store: store.open_writer("g", "k", if_version=5),
    lambda store: store.open_writer("g", "none", if_present=True),
]


@pytest.mark.parametrize("size", [10, PIECE + 10])
@pytest.mark.parametrize("opens", OTHERS)
def test_a_condition_that_does_not_hold(
    any_store: kv.Store, opens: Callable[[kv.Store], kv.Writer], size: int
) -> None:
    version = any_store.put("g", "k", "before")
    for is_explicit in (False, True):
        with pytest.raises(kv.ConflictError, match="is at version") as caught:
            with opens(any_store) as writer:
                writer.write(b"v" * size)
                if is_explicit:
                    writer.commit()
        assert caught.value.version == (version if opens is not OTHERS[2] else 0)
        assert writer.is_ended and writer.closed
    assert dict(any_store.group("g")) == {b"k": b"before"}


@pytest.mark.parametrize("size", [10, PIECE + 10])
def test_conditions_that_hold_and_expiries(any_store: kv.Store, size: int) -> None:
    value = b"v" * size
    with any_store.open_writer("g", "k", if_absent=True, ttl=HOUR) as writer:
        writer.write(value)
        version = writer.commit()
    left = any_store.ttl("g", "k")
    assert left is not None and HOUR - timedelta(minutes=1) < left <= HOUR
    with any_store.open_writer("g", "k", if_version=version, keep_ttl=True) as writer:
        writer.write(value + b"2")
    left = any_store.ttl("g", "k")
    assert left is not None and HOUR - timedelta(minutes=1) < left <= HOUR
    at = datetime(2100, 1, 1, tzinfo=timezone.utc)
    with any_store.open_writer("g", "k", if_present=True, expires_at=at) as writer:
        writer.write(value + b"3")
    with any_store.open_writer("g", "other", durability=kv.Durability.FULL) as writer:
        writer.write(value)
    entry = any_store.get_entry("g", "k")
    assert entry is not None and entry.value == value + b"3" and entry.expires_at == at
    assert any_store.get("g", "other") == value


def test_options_that_exclude_each_other(any_store: kv.Store) -> None:
    with pytest.raises(kv.InvalidArgumentError):
        any_store.open_writer("g", "k", if_absent=True, if_version=1)
    with pytest.raises(kv.InvalidArgumentError):
        any_store.open_writer("g", "k", ttl=1, keep_ttl=True)
    with pytest.raises(kv.InvalidArgumentError):
        any_store.open_writer("g", "k", ttl=-1)
    with pytest.raises(kv.TooLargeError):
        any_store.open_writer("g", "k" * 65_536)
    with pytest.raises(TypeError, match="open_writer"):
        kv.Writer(5, "", "", "")  # type: ignore[arg-type]
    with any_store.snapshot() as then, pytest.raises(kv.ReadOnlyError):
        then.open_writer("g", "k")


@pytest.mark.parametrize("size", [10, PIECE + 10])
def test_a_writer_after_its_store(any_store: kv.Store, size: int) -> None:
    with pytest.raises(kv.ClosedError):
        with any_store.open_writer("g", "k") as writer:
            writer.write(b"v" * size)
            any_store.close()
            with pytest.raises(kv.ClosedError):
                writer.write(b"more")
            with pytest.raises(kv.ClosedError):
                writer.tell()
    assert writer.is_ended
    with pytest.raises(kv.InvalidHandleError):
        any_store.open_writer("g", "k")


def test_a_quota_ends_the_writing(any_store: kv.Store) -> None:
    any_store.quotas.set("tenant", max_bytes=400_000)
    with any_store.scope("tenant") as scope:
        with pytest.raises(kv.QuotaExceededError):
            with scope.open_writer("g", "k") as writer:
                with pytest.raises(kv.QuotaExceededError):
                    for _ in range(10):
                        writer.write(b"v" * 100_000)
                with pytest.raises(kv.QuotaExceededError):
                    writer.write(b"more")
        assert scope.get("g", "k") is None
        with scope.open_writer("g", "k") as writer:
            writer.write(b"v" * 300_000)
        assert scope.get("g", "k") == b"v" * 300_000
    assert any_store.quotas.get("tenant").keys == 1


@pytest.mark.parametrize("size", [10, PIECE + 10])
def test_one_that_is_dropped_warns_and_aborts(any_store: kv.Store, size: int) -> None:
    writer = any_store.open_writer("g", "k")
    writer.write(b"v" * size)
    handle = writer._handle
    with pytest.warns(ResourceWarning, match=r"a kv\.Writer of 'k' of group 'g' in .* never commi"):
        del writer
        gc.collect()
    assert any_store.get("g", "k") is None
    assert kv.library.functions.kv_writer_abort(handle, None) == kv.InvalidHandleError.status


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_writer_is_not_copied(any_store: kv.Store, copied: Callable[[Any], Any]) -> None:
    with any_store.open_writer("g", "k") as writer:
        assert repr(writer) == f"<kv.Writer of {any_store._location!r}, open>"
        with pytest.raises(TypeError, match="cannot be copied or pickled; pass on the object"):
            copied(writer)
        writer.write(b"value")
    assert repr(writer) == f"<kv.Writer of {any_store._location!r}, closed>"
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
    called: list[kv.Event] = []
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
