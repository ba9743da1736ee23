"""Shared by the tests: a store on a file of its own, and one in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kv

#: The tree of the project: the package itself is installed, and looks for nothing here.
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[kv.Store]:
    """A store, once of each engine."""
    location = tmp_path / "test.db" if request.param == "file" else "memory:"
    with kv.open(location) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


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
