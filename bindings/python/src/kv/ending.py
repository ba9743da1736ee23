"""The end of the program, at which no thread may be inside a function that the library calls.

A thread that needs the interpreter when that has ended is ended by it, and the program is aborted if
frames of the library are below. So at exit functions are called no more, and the exit waits for those
that run.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable, NoReturn

#: How long the exit waits for functions that run, which may wait for something themselves.
WAIT_SECONDS = 5.0
PAUSE_SECONDS = 0.001

#: Is called at exit, and returns a function that says whether what it has ended has come to its end.
Ender = Callable[[], Callable[[], bool]]

enders: list[Ender] = []
# The calls that may run a function, one object each.
calls: set[object] = set()
ending = False


def is_ending() -> bool:
    """Whether the program ends: functions are not called any more."""
    return ending


def refuse_if_ending() -> None:
    """Raises RuntimeError at the end of the program."""
    if ending:
        refuse()


def refuse() -> NoReturn:
    raise RuntimeError("the interpreter ends: no function can be registered any more")


@contextmanager
def calling_back() -> Iterator[None]:
    """Is around a call of the library that runs a function of the caller."""
    refuse_if_ending()
    call = object()
    calls.add(call)
    try:
        yield
    finally:
        calls.discard(call)


@atexit.register
def end_all() -> None:
    global ending
    ending = True
    waits = [end() for end in enders] + [lambda: not calls]
    until = time.monotonic() + WAIT_SECONDS
    # Sleeping lets the other threads run, which is what they need.
    while not all(has_ended() for has_ended in waits) and time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)


# A forked child has none of its parent's threads.
os.register_at_fork(after_in_child=calls.clear)
