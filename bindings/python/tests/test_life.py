"""Opening, closing, forking, threads."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import kv
from conftest import race, race_until_met, run_python
from kv.errors import Error


def test_what_was_written_is_there_after_reopening(path: Path) -> None:
    with kv.open(path) as store:
        assert not store.is_closed
        store.set("g", "k", "v")
    assert store.is_closed
    assert path.stat().st_mode & 0o777 == 0o600
    for location in (str(path), os.fsencode(path), f"sqlite:{path}?durability=full"):
        with kv.open(location) as store:
            assert store.get("g", "k") == b"v"


def test_a_path_object_is_a_file_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("memory:", ":memory:", "sqlite:x?create=off"):
        kv.open(Path(name)).close()
    assert sorted(os.listdir()) == [":memory:", "memory:", "sqlite:x?create=off"]
    kv.open("memory:").close()


def test_a_store_in_memory_with_a_name_is_one_for_the_process() -> None:
    with kv.open("memory:shared-1") as first:
        first.set("g", "k", "v")
        with kv.open("memory:shared-1") as second, kv.open("memory:shared-2") as other:
            assert second.get("g", "k") == b"v"
            assert other.get("g", "k") is None
            with kv.open("memory:") as unnamed:
                assert unnamed.get("g", "k") is None
            second.set("g", "k", "of the second")
            second.maintenance.flush()
            second.maintenance.compact()
        assert first.get("g", "k") == b"of the second"
        assert repr(first) == "<kv.Store of 'memory:shared-1', open>"
    with kv.open("memory:shared-1") as again:
        assert again.get("g", "k") is None
    for name in ("a b", "a/b", "é", "x" * 256):
        with pytest.raises(kv.InvalidArgumentError):
            kv.open(f"memory:{name}")
    kv.open("memory:" + "x" * 255).close()


def test_locations_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No such file") as caught:
        kv.open(tmp_path / "missing" / "x.db")
    assert isinstance(caught.value, kv.MissingFileError)
    assert isinstance(caught.value, kv.IoError)
    assert caught.value.errno == caught.value.os_error == 2
    assert caught.value.strerror == str(caught.value)
    with pytest.raises(FileNotFoundError):
        kv.open(f"sqlite:{tmp_path}/x.db?create=off")
    with pytest.raises(kv.InvalidArgumentError, match="colour"):
        kv.open(f"sqlite:{tmp_path}/x.db?colour=blue")
    with pytest.raises(kv.InvalidArgumentError, match="NUL"):
        kv.open(f"{tmp_path}/a\0b")
    for wrong in (None, 5, object()):
        with pytest.raises(TypeError):
            kv.open(wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_a_store_is_left_as_it_is(path: Path) -> None:
    content = b"not a database" * 1000
    path.write_bytes(content)
    with pytest.raises((kv.InvalidFormatError, kv.CorruptError)):
        kv.open(path)
    assert path.read_bytes() == content


def test_a_closed_store_refuses_every_call_and_closes_again(store: kv.Store) -> None:
    store.close()
    store.close()
    calls: list[Any] = [
        lambda: store.get("g", "k"),
        lambda: store.info("g", "k"),
        lambda: store.delete_all(),
        lambda: store.set("g", "k", "v"),
        lambda: store.put("g", "k", "v", durability=kv.Durability.FULL),
        lambda: store.scan("g"),
        lambda: store.groups(),
        lambda: store.increment("g", "k"),
        store.maintenance.stats,
        store.maintenance.usage,
        store.metrics,
        store.metrics_text,
        lambda: store.call_metrics(kv.CallKind.GET),
        store.maintenance.flush,
        store.maintenance.compact,
        lambda: store.delete_many("g", ["k"]),
        lambda: store.get_many("g", ["k"]),
        store.transaction,
        lambda: store.scope("tenant"),
        lambda: store.quotas.get("tenant"),
        lambda: store.quotas.set("tenant"),
    ]
    for call in calls:
        with pytest.raises(kv.InvalidHandleError):
            call()
    assert "closed" in repr(store)


def test_a_store_that_is_dropped_is_closed_with_a_warning(path: Path) -> None:
    store = kv.open(path)
    handle = store._handle
    with pytest.warns(ResourceWarning, match="never closed"):
        del store
        gc.collect()
    assert kv.library.functions.kv_flush(handle, None) == kv.InvalidHandleError.status


def test_each_error_survives_pickling() -> None:
    samples = [kind("what", 5) for kind in Error.by_status.values() if kind.status < 0]
    samples += [kv.ConflictError("what", 7, 2), kv.TooSmallError("what", 9), Error("what", 5, -99)]
    samples += [kv.MissingFileError("what", 2)]
    for error in samples:
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert (str(copy), copy.status, vars(copy)) == ("what", error.status, vars(error))


def test_errors_are_also_what_python_calls_them() -> None:
    assert issubclass(kv.PermissionDeniedError, PermissionError)
    assert issubclass(kv.UnavailableError, ConnectionError)
    assert issubclass(kv.OutOfMemoryError, MemoryError)
    assert issubclass(kv.InvalidArgumentError, ValueError)
    assert issubclass(kv.ClosedError, ValueError)
    assert issubclass(kv.InvalidHandleError, kv.ClosedError)
    assert kv.IoError("what").errno is None


def test_an_unknown_status_is_an_error_with_its_number() -> None:
    with pytest.raises(Error) as caught:
        kv.errors.fail(-99, kv._abi.kv_error(-99, 0, b"from the future"))
    assert type(caught.value) is Error
    assert caught.value.status == -99


def count_with_eight_threads(store: kv.Store, key: str) -> bool:
    """Counts to 1600, and returns whether two threads met."""

    def count(_: int) -> None:
        for _ in range(200):
            store.increment("g", key)
            assert store.get("g", key) is not None

    _, met = race(8, count)
    assert store.get("g", key) == b"1600"
    return met


def test_eight_threads_lose_no_increment(store: kv.Store) -> None:
    race_until_met(lambda number: count_with_eight_threads(store, f"n{number}"))


def test_values_of_threads_that_read_at_once_do_not_mix(store: kv.Store) -> None:
    lengths = [1, 100, 4000, 5000, 100_000]
    for length in lengths:
        store.set("g", str(length), str(length)[0] * length)

    def read(number: int) -> None:
        for turn in range(500):
            length = lengths[(number + turn) % len(lengths)]
            assert store.get("g", str(length)) == str(length)[0].encode() * length

    # On a busy machine a thread may end before the next one begins.
    assert any(race(8, read)[1] for _ in range(50))


def test_other_threads_run_while_one_is_in_the_library(path: Path) -> None:
    """Another process holds the file until this one, with a thread in `set`, lets it go."""
    kv.open(path).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder, kv.open(f"sqlite:{path}?busy_timeout=60s") as store:
        assert holder.stdout.readline() == b"held\n"
        writer = Thread(target=store.set, args=("g", "k", "v"))
        writer.start()
        while not is_inside(writer, "_call"):
            time.sleep(0)
        holder.stdin.write(b"go\n")
        holder.stdin.flush()
        writer.join()
        assert store.get("g", "k") == b"v"


HOLDER = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("begin immediate")
print("held", flush=True)
sys.stdin.readline()
holder.execute("rollback")
"""


def is_inside(thread: Thread, function: str) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_name == function


def test_close_while_others_call_is_an_error_to_them(path: Path) -> None:
    store = kv.open(path)
    started: list[int] = []

    def read() -> str:
        try:
            while True:
                store.get("g", "k")
                started.append(1)
        except kv.InvalidHandleError:
            return "refused"

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(4)]
        while len(started) < 100:
            time.sleep(0)
        store.close()
        assert [reader.result() for reader in readers] == ["refused"] * 4


def in_a_child(body: Any) -> int:
    """Returns what a forked child ended with; its exceptions are 1."""
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            body()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# Python warns of any fork beside threads, and the library has its own.
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_is_refused_and_the_parent_goes_on(path: Path) -> None:
    with kv.open(path) as store:
        store.set("g", "k", "v")
        batch, cursor, transaction = store.batch(), store.scan("g"), store.transaction()
        scoped = store.scope("tenant")

        def body() -> None:
            for call in (
                lambda: store.get("g", "k"),
                lambda: store.set("g", "k", "child"),
                lambda: batch.get("g", "k"),
                lambda: next(cursor),
                lambda: transaction.get("g", "k"),
                transaction.commit,
                store.transaction,
                lambda: scoped.get("g", "k"),
                lambda: store.scope("tenant"),
                lambda: store.idempotency.get("k"),
                lambda: store.text.render("g", ""),
                lambda: store.json.get("g", "k"),
                store.metrics,
                store.metrics_text,
                lambda: store.call_metrics(kv.CallKind.GET),
                lambda: kv.open("memory:"),
                store.close,
            ):
                with pytest.raises(kv.ForkedError):
                    call()

        assert in_a_child(body) == 0
        assert in_a_child(lambda: store.get("g", "k")) == 1
        transaction.set("g", "k", "parent")
        transaction.commit()
        scoped.close()
        assert store.get("g", "k") == b"parent"


def test_a_child_forked_before_any_store_was_open_may_use_the_library(path: Path) -> None:
    program = """
import os, sys, kv
child = os.fork()
if child == 0:
    with kv.open(sys.argv[1]) as store:
        store.set("g", "k", "child")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with kv.open(sys.argv[1]) as store:
    print(store.get_str("g", "k"))
"""
    ended = run_python(program, str(path))
    assert (ended.stdout, ended.stderr) == ("child\n", "")


def test_an_interpreter_ends_with_everything_open(path: Path) -> None:
    program = """
import sys, kv
store = kv.open(sys.argv[1])
store.set("g", "k", "v")
cursor, batch, transaction = store.scan("g"), store.batch(), store.transaction()
transaction.set("g", "lost", "v")
ring = [store, store.scope("tenant"), cursor, batch, transaction]
ring.append(ring)
print("open")
"""
    ended = run_python(program, str(path))
    assert (ended.stdout, ended.stderr, ended.returncode) == ("open\n", "", 0)
    with sqlite3.connect(path) as shell:
        assert shell.execute("select count(*) from kv_entries").fetchone() == (1,)
    shell.close()
