"""Copying a store into another."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Iterator, Optional

import pytest

import kv

MANY = 600


@pytest.fixture
def source(path: Path) -> Iterator[kv.Store]:
    with kv.open(path) as store:
        for number in range(MANY):
            store.set("g", f"key {1000 + number}", "v")
        store.set("", "", "\0")
        yield store


@pytest.fixture
def target() -> Iterator[kv.Store]:
    with kv.open("memory:") as store:
        yield store


def test_everything_arrives(source: kv.Store, target: kv.Store) -> None:
    moment = datetime(2099, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=7)
    source.put("", "expiring", "", expires_at=moment)
    state = source.maintenance.copy(target)
    assert state == kv.CopyState(
        entries=MANY + 2,
        bytes=MANY * 10 + 9,
        skipped=0,
        expired=0,
        missing=0,
        total=MANY + 2,
        position=kv.Position("g", "key 1599"),
    )
    assert target.get("", "") == b"\0"
    assert target.count("g") == MANY
    entry = target.get_entry("", "expiring")
    assert entry is not None and entry.expires_at == moment
    with kv.open("memory:") as empty:
        assert empty.maintenance.copy(target).position is None


def test_what_is_there_is_overwritten_kept_or_refused(source: kv.Store, target: kv.Store) -> None:
    target.set("g", "key 1000", "mine")
    with pytest.raises(kv.InvalidArgumentError, match="empty"):
        source.maintenance.copy(target, existing=kv.Existing.REFUSE)
    state = source.maintenance.copy(target, existing=kv.Existing.KEEP)
    assert (state.entries, state.skipped) == (MANY, 1)
    assert target.get("g", "key 1000") == b"mine"
    source.maintenance.copy(target)
    assert target.get("g", "key 1000") == b"v"


def test_a_copy_that_progress_ends_goes_on_where_it_was(
    source: kv.Store, target: kv.Store
) -> None:
    position: Optional[kv.Position] = None

    class Enough(Exception):
        pass

    def end(state: kv.CopyState) -> None:
        nonlocal position
        position = state.position
        assert target.count_all() > 0
        source.set("z", "later", "")
        with pytest.raises(kv.BusyError):
            target.close()
        raise Enough

    with pytest.raises(Enough):
        source.maintenance.copy(target, progress=end)
    assert position == ("", "")
    assert target.count_all() == 1
    states: list[kv.CopyState] = []
    state = source.maintenance.copy(target, after=position, progress=states.append)
    assert [it.entries for it in states] == [256, 512, MANY, MANY + 1]
    assert states[-1] == state
    assert target.count_all() == MANY + 2


def test_a_store_is_not_copied_into_itself_or_a_closed_one(
    source: kv.Store, target: kv.Store
) -> None:
    with source.scope("a") as scope, kv.open("memory:") as closed:
        closed.close()
        for other in (source, scope):
            with pytest.raises(kv.InvalidArgumentError):
                source.maintenance.copy(other)
        with pytest.raises(kv.InvalidHandleError):
            source.maintenance.copy(closed)
        with pytest.raises(kv.InvalidHandleError):
            closed.maintenance.copy(source)
        assert scope.maintenance.copy(target).entries == 0
