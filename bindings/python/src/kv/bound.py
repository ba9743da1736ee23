"""Bound handles, whose calls have a deadline and can be cancelled."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Generator
from ctypes import byref
from typing import Callable, Optional

from . import _abi, arguments, ending
from .duration import Duration, timeout_ms
from .errors import fail, raised
from .library import functions
from .store import Store


# The stores whose calls may run a function.
polled_stores: weakref.WeakSet[BoundStore] = weakref.WeakSet()


class BoundStore(Store):
    """A handle of a store whose calls can have a deadline and be cancelled by another thread.

        with kv.BoundStore(store) as bound:
            bound.arm(0.2)
            bound.count("sessions")         # kv.DeadlineExceededError after 200 ms

    It takes every call of a store, one at a time, and is closed like any other; that cancels a call
    which runs through it. After the store was closed its calls raise kv.ClosedError.

    In the main thread Ctrl-C ends a call with KeyboardInterrupt; calls after that are cancelled
    until the next arm.
    """

    def __init__(self, store: Store) -> None:
        handle, error = _abi.kv_store(), _abi.kv_error()
        status = functions.kv_bind(store._handle, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        super().__init__(handle, store._location)
        # The library calls it, so it must not be collected.
        self._poll: Optional[ctypes._CFunctionType] = None
        self.poll_with(None)

    def arm(self, deadline: Optional[Duration] = None) -> int:
        """Sets the deadline of all calls from now on, a time from now, and undoes a cancel.

        None is no deadline. Returns the number of this arming, for cancel.
        """
        milliseconds = timeout_ms(deadline)
        arming, error = ctypes.c_uint64(), _abi.kv_error()
        status = functions.kv_arm(self._handle, milliseconds, byref(arming), byref(error))
        if status < 0:
            fail(status, error)
        return arming.value

    def cancel(self, arming: int = 0) -> None:
        """Cancels the calls of an arming, of the newest one with 0: they raise kv.CancelledError.

        A cancel that comes late, when the handle was armed again, does nothing. Any thread may call
        it.
        """
        arming, error = arguments.as_unsigned("arming", arming), _abi.kv_error()
        status = functions.kv_cancel(self._handle, arming, byref(error))
        if status < 0:
            fail(status, error)

    def poll_with(self, function: Optional[Callable[[], bool]]) -> None:
        """Calls a function about every 10 ms, in the thread of a call, while that waits or works.

        If it returns true, the call is cancelled; if it raises, the call is cancelled and raises
        the same. None ends that. It must not call the store. With and without a function the
        signal handlers of Python run meanwhile, if the call is in the main thread.
        """

        ending.refuse_if_ending()
        polled_stores.add(self)
        polling = polls(function)
        next(polling)
        poll, error = _abi.kv_poll_fn(polling.send), _abi.kv_error()
        status = functions.kv_arm_poll(self._handle, poll, None, byref(error))
        if status < 0:
            fail(status, error)
        self._poll = poll


def polls(function: Optional[Callable[[], bool]]) -> Generator[int, None, None]:
    """Returns for each poll whether the call is to be cancelled.

    It is a generator because signal handlers run where a function of Python begins: a generator goes
    on inside of its try, but an exception at the beginning of a function would be lost.
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
    for bound in list(polled_stores):
        functions.kv_close(bound._handle, None)
    return lambda: True


ending.enders.append(end_polls)
