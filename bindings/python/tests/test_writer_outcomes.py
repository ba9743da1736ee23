"""The ends of values that are written like files: commits, refusals, aborts."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

import kv

HOUR = timedelta(hours=1)
PIECE = 256 * 1024
LONG = b"".join(b"%07d\n" % number for number in range(100_000))


def test_the_end_of_the_statement_commits(any_store: kv.Store) -> None:
    with any_store.open_writer("g", "k") as writer:
        assert writer.name == "k" and writer.writable()
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
    assert dict(any_store.group("g")) == {"k": b"before"}


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
