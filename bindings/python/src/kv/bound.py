"""Bound handles, whose calls have a deadline and can be cancelled."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Callable, Optional

from . import _abi, arguments
from .duration import Duration, timeout_ms
from .errors import fail
from .handle import StoreHandle
from .library import functions
from .polling import Polled
from .store import Store


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
        if not isinstance(store, Store):
            raise TypeError(f"a kv.BoundStore is made of a kv.Store, not {type(store).__name__}")
        self._polled = Polled(store._handle)
        self._bound_to = store._unbound
        self._take_over(self._polled.handle, store._location)

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
        self._polled.poll_with(function)

    @property
    def _unbound(self) -> StoreHandle:
        return self._bound_to
