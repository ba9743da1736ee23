"""Bound handles of the library, whose calls run a function of Python while they wait or work."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Generator
from ctypes import byref
from typing import Callable, Optional

from . import _abi, ending
from .errors import fail, raised
from .library import functions


class Polled:
    """A bound handle of a store, with the function that its calls run about every 10 ms.

    With and without a function of the caller's the signal handlers of Python run meanwhile, if the
    call is in the main thread.
    """

    def __init__(self, store: _abi.kv_store) -> None:
        ending.refuse_if_ending()
        self.handle, error = _abi.kv_store(), _abi.kv_error()
        status = functions.kv_bind(store, byref(self.handle), byref(error))
        if status < 0:
            fail(status, error)
        # The library calls it, so it must not be collected.
        self._poll: Optional[ctypes._CFunctionType] = None
        self.poll_with(None)

    def poll_with(self, function: Optional[Callable[[], bool]]) -> None:
        """Sets the function; None removes it."""
        ending.refuse_if_ending()
        polled_handles.add(self)
        polling = polls(function)
        next(polling)
        poll, error = _abi.kv_poll_fn(polling.send), _abi.kv_error()
        status = functions.kv_arm_poll(self.handle, poll, None, byref(error))
        if status < 0:
            fail(status, error)
        self._poll = poll

    def close(self) -> None:
        """Ends the handle, and a call that runs through it."""
        functions.kv_close(self.handle, None)


# The handles whose calls may run a function.
polled_handles: weakref.WeakSet[Polled] = weakref.WeakSet()


def polls(function: Optional[Callable[[], bool]]) -> Generator[int, None, None]:
    """Returns for each poll whether the call is to be cancelled.

    It is a generator because signal handlers run where a function of Python begins: a generator
    goes on inside of its try, but an exception at the beginning of a function would be lost.
    """
    result = 0
    while True:
        try:
            yield result
            result = 1 if ending.is_ending() or (function is not None and function()) else 0
        except GeneratorExit:
            return
        except BaseException as error:
            # It may not cross the library; it is raised in the place of kv.CancelledError.
            raised.by_poll, result = error, 1


def end_polls() -> Callable[[], bool]:
    """Ends the calls that may run a function, and waits for them."""
    for polled in list(polled_handles):
        polled.close()
    return lambda: True


ending.enders.append(end_polls)
