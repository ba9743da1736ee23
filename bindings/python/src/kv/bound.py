"""Deadlines for calls, and their cancelling."""

from __future__ import annotations

import ctypes
from ctypes import byref
from datetime import timedelta
from typing import Callable, Optional

from . import abi, arguments
from .errors import fail
from .library import functions
from .store import Store


class BoundStore(Store):
    """A handle of a store whose calls can have a deadline and be cancelled by another thread.

        with kv.BoundStore(store) as bound:
            bound.arm(timedelta(milliseconds=200))
            bound.count("sessions")         # kv.DeadlineExceeded after 200 ms

    It takes every call of a store, one at a time, and is closed like any other; that cancels a call
    which runs through it. After the store was closed its calls are kv.Closed.
    """

    def __init__(self, store: Store) -> None:
        handle, error = abi.kv_store(), abi.kv_error()
        status = functions.kv_bind(store._handle, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        super().__init__(handle)
        # The library calls it, so it has to stay.
        self._poll: Optional[ctypes._CFunctionType] = None

    def __enter__(self) -> BoundStore:
        return self

    def arm(self, deadline: Optional[timedelta] = None) -> int:
        """Gives the calls from now on so much time together, and undoes a cancel; None is no deadline.

        Returns the number of this arming, for cancel.
        """
        milliseconds = arguments.timeout_ms(deadline)
        arming, error = ctypes.c_uint64(), abi.kv_error()
        status = functions.kv_arm(self._handle, milliseconds, byref(arming), byref(error))
        if status < 0:
            fail(status, error)
        return arming.value

    def cancel(self, arming: int = 0) -> None:
        """Cancels the calls of an arming, of the newest one with 0: they raise kv.Cancelled.

        A cancel that comes late, when the handle was armed again, does nothing. Any thread may call
        it.
        """
        arming, error = arguments.as_unsigned("arming", arming), abi.kv_error()
        status = functions.kv_cancel(self._handle, arming, byref(error))
        if status < 0:
            fail(status, error)

    def poll_with(self, function: Optional[Callable[[], bool]]) -> None:
        """Has a function called about every 10 ms by the thread that calls, while its call waits or
        works; if it returns true, or raises, the call is cancelled. None ends that.

        It must not call the store.
        """

        def polled(user_data: Optional[int]) -> int:
            try:
                return 1 if function is not None and function() else 0
            except BaseException:
                return 1

        poll = abi.kv_poll_fn() if function is None else abi.kv_poll_fn(polled)
        error = abi.kv_error()
        status = functions.kv_arm_poll(self._handle, poll, None, byref(error))
        if status < 0:
            fail(status, error)
        self._poll = poll
