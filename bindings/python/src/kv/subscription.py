"""Callbacks, which run for each change in the thread that writes."""

from __future__ import annotations

import atexit
import ctypes
import itertools
from ctypes import byref
from typing import Any, Callable, Optional

from . import _abi
from .errors import fail
from .event import Event, copy_event
from .handle import Closing, StoreHandle
from .library import functions

Callback = Callable[[Event], object]

# The library always calls the same function, with the number of a callback in this table. An entry
# is removed when the library reports that it will not be called any more.
registered: dict[int, Callback] = {}
handles: dict[int, _abi.kv_subscription] = {}
numbers = itertools.count(1)


def call(number: int, event: Any) -> None:
    callback = registered.get(number)
    if callback is not None:
        callback(copy_event(event.contents))


def remove(number: int) -> None:
    registered.pop(number, None)
    handles.pop(number, None)


call_from_c = _abi.kv_change_fn(call)
remove_from_c = _abi.kv_destroy_fn(remove)


class Subscription(Closing):
    """A callback that is registered until it or its store is closed.

    Dropping the object ends nothing. Any thread may close it at any time.
    """

    def __init__(self, store: StoreHandle, callback: Callback) -> None:
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {type(callback).__name__}")
        self._number = number = next(numbers)
        registered[number] = callback
        handle, error = _abi.kv_subscription(), _abi.kv_error()
        status = functions.kv_on_change(
            store._handle,
            call_from_c,
            ctypes.c_void_p(number),
            remove_from_c,
            byref(handle),
            byref(error),
        )
        if status < 0:
            remove(number)
            fail(status, error)
        handles[number] = handle
        self._handle: Optional[_abi.kv_subscription] = handle
        self._location = store._location

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, or its store was."""
        return self._handle is None or self._number not in registered

    def close(self) -> None:
        """Ends the callback; closing it again, or after its store, does nothing.

        A commit that publishes at this moment may still call it.
        """
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = _abi.kv_error()
        status = functions.kv_subscription_close(handle, byref(error))
        if status < 0 and status != _abi.KV_ERR_HANDLE:
            fail(status, error)


@atexit.register
def end_all() -> None:
    # The library's own threads must not call into an interpreter that has ended.
    for handle in list(handles.values()):
        functions.kv_subscription_close(handle, None)
