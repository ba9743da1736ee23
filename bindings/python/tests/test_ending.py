"""The end of a program whose daemon threads are inside calls that run functions of Python."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import RUNS, run_python

BEGIN = """
import sys, threading, time, kv
store = kv.open(sys.argv[1])
store.set_many("g", {str(key): "v" * 1000 for key in range(1000)})
begun = threading.Event()
"""
END = """
for _ in range(2):
    threading.Thread(target=run, daemon=True).start()
begun.wait()
time.sleep(0.01)
"""

WRITES = """
store.on_change(lambda event: begun.set())
def run():
    while True:
        store.set("g", "k", "v")
"""
COPIES = """
def run():
    while True:
        with kv.open("memory:") as to:
            store.maintenance.copy(to, progress=lambda state: begun.set())
"""
BACKUPS = """
def run():
    while True:
        path = f"{sys.argv[1]}-{threading.get_ident()}-{time.time_ns()}"
        store.maintenance.backup(path, progress=lambda done, total: begun.set())
"""
POLLS = """
def run():
    with kv.BoundStore(store) as bound:
        bound.poll_with(lambda: begun.set())
        while True:
            bound.maintenance.check()
"""


@pytest.mark.parametrize("location", ["memory:", "file"])
def test_callbacks_of_daemon_threads_do_not_abort_the_exit(location: str, path: Path) -> None:
    location = location if location == "memory:" else str(path)
    for _ in range(RUNS):
        ended = run_python(BEGIN + WRITES + END, location)
        assert (ended.stderr, ended.returncode) == ("", 0)


@pytest.mark.parametrize("body", [COPIES, BACKUPS, POLLS])
def test_functions_of_long_calls_do_not_abort_the_exit(body: str, path: Path) -> None:
    for run in range(RUNS // 4):
        ended = run_python(BEGIN + body + END, f"{path}-{run}")
        # The threads have a moment to raise what their calls have ended with.
        assert ended.returncode == 0, ended.stderr


def test_the_exit_waits_for_a_callback_and_not_for_ever(path: Path) -> None:
    slow = """
store.on_change(lambda event: (begun.set(), time.sleep(float(sys.argv[2])), sys.stdout.write("done\\n")))
def run():
    store.set("g", "k", "v")
"""
    ended = run_python(BEGIN + slow + END, str(path), "0.3")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("done\ndone\n", "", 0)
    began = time.monotonic()
    run_python(BEGIN + slow + END, f"{path}-2", "600")
    assert 4 < time.monotonic() - began < 30


def test_nothing_is_registered_once_the_program_ends(path: Path) -> None:
    late = """
import atexit, sys, kv
store = kv.open(sys.argv[1])
from kv import ending
ending.enders.append(lambda: late)
def late():
    try:
        store.on_change(print)
    except RuntimeError as error:
        print(error)
    return True
"""
    ended = run_python(late, str(path))
    assert ended.stdout == "the interpreter ends: no function can be registered any more\n"
