"""Stores: what kv.open gives."""

from __future__ import annotations

import warnings
from ctypes import byref
from types import TracebackType
from typing import Optional

from . import abi
from .arguments import Location, as_path
from .care import Care
from .errors import fail
from .library import functions
from .many import ManyKeys
from .one import OneKey
from .watching import Watching


class Store(OneKey, ManyKeys, Watching, Care):
    """Groups of keys, with the methods of kv.one, kv.many, kv.watching and kv.care.

    All methods, close included, may be called from any thread at any time; while the library works
    other threads of Python run. After os.fork the child gets kv.Forked from every call.
    """

    def __init__(self, location: Location) -> None:
        """Opens a store: see kv.open."""
        self._is_closed = True
        name = as_path("location", location)
        handle, error = abi.kv_store(), abi.kv_error()
        status = functions.kv_open(name, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        self._handle = handle
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises kv.InvalidHandle."""
        return self._is_closed

    def close(self) -> None:
        """Waits for running calls, ends cursors, watches and callbacks, and closes the file if no
        other handle is open.

        Closing again does nothing. kv.Busy from inside a callback.
        """
        if self._is_closed:
            return
        self._is_closed = True
        error = abi.kv_error()
        status = functions.kv_close(self._handle, byref(error))
        if status == abi.KV_ERR_BUSY:
            self._is_closed = False
        if status < 0:
            fail(status, error)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if self._is_closed:
            return
        # A forked child has its parent's objects and no right to the store in them.
        if functions.kv_close(self._handle, None) != abi.KV_ERR_FORKED:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, source=self)

    def __repr__(self) -> str:
        # Not where it is: a location may hold a password.
        return f"<kv.Store {'closed' if self._is_closed else self._handle.id}>"


def open(location: Location) -> Store:  # noqa: A001 - as in gzip.open
    """Opens a store: a path, `sqlite:PATH?option=value`, or `memory:`.

    A path object is always a file; a str or bytes is read as kv_open in kv.h reads it. A missing
    file is created, readable by its owner alone. Close the store, or use it in a with statement.

    Raises kv.InvalidArgument for a location or option that is not understood, kv.IoFailure and
    kv.PermissionDenied, with errno, kv.InvalidFormat for a file that is not a store, kv.Corrupt,
    kv.Busy, kv.ReadOnly, kv.Full, kv.OutOfMemory when 4,096 stores are open, kv.Forked.
    """
    return Store(location)
