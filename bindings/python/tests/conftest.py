"""Shared by the tests: a store on a file of its own, and one in memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest

import kv

#: The tree of the project: the package itself is installed, and looks for nothing here.
ROOT = Path(__file__).resolve().parents[3]

T = TypeVar("T")


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[kv.Store]:
    """A store, once of each engine."""
    location = tmp_path / "test.db" if request.param == "file" else "memory:"
    with kv.open(location) as opened:
        yield opened


@pytest.fixture(params=["memory", "sqlite", "log"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The location of a store of each engine that needs no server."""
    return "memory:" if request.param == "memory" else f"{request.param}:{tmp_path / 'any.db'}"


@pytest.fixture
def any_store(location: str) -> Iterator[kv.Store]:
    """A store of each engine that needs no server."""
    with kv.open(location) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, also if a shell runs the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def race(count: int, work: Callable[[int], T]) -> tuple[list[T], bool]:
    """Runs `work` in threads that begin together, each with its number.

    Returns their results, and whether any two of them were at work at the same time.
    """
    barrier = Barrier(count)

    def timed(number: int) -> tuple[T, float, float]:
        barrier.wait(60)
        begun = time.perf_counter()
        result = work(number)
        return result, begun, time.perf_counter()

    # Python passes its lock on after 5 ms, within which a thread may have done all its work.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(count) as threads:
            runs = list(threads.map(timed, range(count)))
    finally:
        sys.setswitchinterval(interval)
    spans = sorted((begun, ended) for _, begun, ended in runs)
    met = any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:]))
    return [result for result, _, _ in runs], met


def race_until_met(race_once: Callable[[int], bool], at_least: int = 1) -> None:
    """Runs races 0, 1, ..., `at_least` so many, until two threads of one race have met.

    A race returns whether its threads met: on a busy machine a thread may end before the next one
    begins.
    """
    deadline = time.monotonic() + 60
    meetings = number = 0
    while number < at_least or not meetings:
        assert time.monotonic() < deadline, f"no two threads met in {number} races"
        meetings += race_once(number)
        number += 1


def run_python(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a fresh interpreter; PYTHONPATH and the like are variables."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


#: An abort depends on where the threads are, so that some runs of a wrong program end well.
RUNS = 20


def ends_without_a_word(program: str) -> None:
    """Runs a program several times: it prints nothing, and succeeds."""
    for _ in range(RUNS):
        ended = run_python(program)
        assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)


def freed_values(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Returns a list that each value which really goes back to the library is added to."""
    freed: list[int] = []
    free = kv.library.functions.kv_value_free

    def free_and_note(value: Any) -> None:
        owner = value._obj.owner
        free(value)
        if owner != 0 == value._obj.owner:
            freed.append(owner)

    monkeypatch.setattr(kv.library.functions, "kv_value_free", free_and_note)
    return freed
