"""Callbacks that are called with each change, in the thread that has written."""

from __future__ import annotations

import atexit
import ctypes
import itertools
from ctypes import byref
from types import TracebackType
from typing import Any, Callable, Optional

from . import abi
from .errors import fail
from .event import Event, copy_event
from .handle import Handle, StoreHandle
from .library import functions

Callback = Callable[[Event], object]

# What the library calls is always the same function, with the number of a callback in here. An
# entry goes when the library says that it will not be called any more.
registered: dict[int, Callback] = {}
handles: dict[int, abi.kv_subscription] = {}
numbers = itertools.count(1)


def tell(number: int, event: Any) -> None:
    callback = registered.get(number)
    if callback is not None:
        callback(copy_event(event.contents))


def forget(number: int) -> None:
    registered.pop(number, None)
    handles.pop(number, None)


tell_from_c = abi.kv_change_fn(tell)
forget_from_c = abi.kv_destroy_fn(forget)


class Subscription(Handle):
    """A callback that is registered, until `off` or the end of its store.

    Dropping the object ends nothing. Any thread may end it at any time.
    """

    def __init__(self, store: StoreHandle, callback: Callback) -> None:
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {type(callback).__name__}")
        number = next(numbers)
        registered[number] = callback
        handle, error = abi.kv_subscription(), abi.kv_error()
        status = functions.kv_on_change(
            store._handle,
            tell_from_c,
            ctypes.c_void_p(number),
            forget_from_c,
            byref(handle),
            byref(error),
        )
        if status < 0:
            forget(number)
            fail(status, error)
        handles[number] = handle
        self._handle: Optional[abi.kv_subscription] = handle

    def off(self) -> None:
        """Ends the callback; ending it again, or after its store, does nothing.

        A commit that is being told at this moment may still call it.
        """
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = abi.kv_error()
        status = functions.kv_subscription_close(handle, byref(error))
        if status < 0 and status != abi.KV_ERR_HANDLE:
            fail(status, error)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.off()


@atexit.register
def end_all() -> None:
    # The library's own threads must not call into an interpreter that has ended.
    for handle in list(handles.values()):
        functions.kv_subscription_close(handle, None)
