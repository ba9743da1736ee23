"""Stores: what kv.open gives."""

from __future__ import annotations

import warnings
from ctypes import byref
from types import TracebackType
from typing import Optional

from . import abi
from .arguments import Data, Location, as_path, as_string
from .care import Care
from .copying import Copying
from .errors import fail
from .idempotency import Idempotency
from .library import functions
from .many import ManyKeys
from .one import OneKey
from .quota import Quotas
from .text import Text
from .transaction import Transactions
from .watching import Watching


class Store(OneKey, ManyKeys, Transactions, Idempotency, Text, Watching, Quotas, Copying, Care):
    """Groups of keys, with the methods of the modules named above. kv.open gives one.

    All methods, close included, may be called from any thread at any time; while the library works
    other threads of Python run. After os.fork the child gets kv.Forked from every call.
    """

    # Closed until there is something to close.
    _is_closed = True

    def __init__(self, handle: abi.kv_store) -> None:
        self._handle = handle
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises kv.InvalidHandle."""
        return self._is_closed

    def scope(self, namespace: Data) -> Store:
        """Returns this store narrowed to a namespace, to be closed like any other.

        A namespace is 1 to 255 ASCII letters, digits and hyphens; anything else is
        kv.InvalidArgument. The narrowed store has every method of a store, and sees as its groups
        those whose names begin with the namespace and a colon, under what follows; nothing else can
        be read, listed, counted, watched, purged or changed through it. It stays open when this one
        is closed. It cannot be backed up and has no quotas to set (kv.Unsupported).
        """
        name = as_string("namespace", namespace)
        handle, error = abi.kv_store(), abi.kv_error()
        status = functions.kv_scope(self._handle, name, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Store(handle)

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
    name = as_path("location", location)
    handle, error = abi.kv_store(), abi.kv_error()
    status = functions.kv_open(name, byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Store(handle)


def open_config(path: Location, service: Data) -> Store:
    """Opens the store that a services file, in YAML, calls `service`: see kv_open_config in kv.h.

        services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}

    In texts of the file ${NAME} and ${NAME:default} stand for a variable of the environment, which
    no other thread may change meanwhile. Relative paths are relative to the working directory.

    Raises kv.InvalidConfig, with file, line and column, if something in the file is wrong or the
    service is not in it; kv.IoFailure and kv.PermissionDenied if it cannot be read; kv.Unsupported
    for a kind of store this version does not have; and what kv.open raises for the store.
    """
    name, wanted = as_path("path", path), as_string("service", service)
    handle, error = abi.kv_store(), abi.kv_error()
    status = functions.kv_open_config(name, wanted, byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Store(handle)
