"""Callbacks, which run for each change in the thread that writes."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any, Callable, Optional

from . import _abi, ending
from .errors import fail
from .event import Event, copy_event
from .handle import Closing, StoreHandle
from .library import functions
from .names import as_str
from .registered import Registered, end_from_c, forget_those_ended

Callback = Callable[[Event[str]], object]


class RegisteredCallback(Registered[Callback]):
    """A callback, with the handle that ends it."""

    def __init__(self, callback: Callback) -> None:
        super().__init__(callback)
        self.handle = _abi.kv_subscription()


# The library always calls the same function, with the number of a callback in this table.
registered: dict[int, RegisteredCallback] = {}


def call(number: int, event: Any) -> None:
    found = registered.get(number)
    if found is not None and not ending.is_ending():
        found.target(copy_event(event.contents, as_str))


call_from_c = _abi.kv_change_fn(call)


def forget_ended() -> None:
    """Removes the callbacks that will not be called any more."""
    forget_those_ended(registered)


class Subscription(Closing):
    """A callback that is registered until it or its store is closed.

    Dropping the object ends nothing. Any thread may close it at any time.
    """

    def __init__(self, store: StoreHandle, callback: Callback) -> None:
        if not isinstance(store, StoreHandle):
            raise TypeError("store.on_change(callback) registers a callback")
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {type(callback).__name__}")
        ending.refuse_if_ending()
        forget_ended()
        self._registered = new = RegisteredCallback(callback)
        registered[new.number] = new
        error = _abi.kv_error()
        status = functions.kv_on_change(
            store._handle,
            call_from_c,
            ctypes.c_void_p(new.number),
            end_from_c,
            byref(new.handle),
            byref(error),
        )
        if status < 0:
            registered.pop(new.number)
            fail(status, error)
        self._handle: Optional[_abi.kv_subscription] = new.handle
        self._location = store._location
        self._subject = getattr(callback, "__qualname__", type(callback).__name__)
        if ending.is_ending():
            self.close()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, or its store was."""
        return self._handle is None or self._registered.has_ended()

    def close(self) -> None:
        """Ends the callback; closing it again, or after its store, does nothing.

        A commit that publishes at this moment may still call it.
        """
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = _abi.kv_error()
        status = functions.kv_subscription_close(handle, byref(error))
        forget_ended()
        if status < 0 and status != _abi.KV_ERR_HANDLE:
            fail(status, error)


def end_all() -> Callable[[], bool]:
    """Ends all callbacks; returns a function that says whether none runs any more."""
    left = list(registered.values())
    for found in left:
        # A forked child runs none of its parent's.
        if functions.kv_subscription_close(found.handle, None) == _abi.KV_ERR_FORKED:
            left = []
    return lambda: all(found.has_ended() for found in left)


ending.enders.append(end_all)
