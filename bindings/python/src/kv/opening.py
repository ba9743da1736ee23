"""Opening of stores."""

from __future__ import annotations

import os
from ctypes import byref

from . import _abi
from .arguments import Data, Location, as_path, as_string, shown
from .errors import fail
from .library import functions
from .store import Store


def open(location: Location) -> Store:  # noqa: A001 - as in gzip.open
    """Opens a store: a path, `sqlite:PATH?option=value`, `memory:`, or `memory:NAME`.

    A path object is always a file; a str or bytes is read as kv_open in kv.h reads it. A missing
    file is created, readable by its owner alone. `memory:` is a new store each time; `memory:NAME`
    is one store for all handles of the process that were opened with this name, until the last of
    them is closed. Close the store, or use it in a with statement.

    Raises kv.InvalidArgumentError for a location or option that is not understood,
    kv.MissingFileError, a FileNotFoundError, for a directory that does not exist, kv.IoError and
    kv.PermissionDeniedError, with errno, kv.InvalidFormatError for a file that is not a store,
    kv.CorruptError, kv.BusyError, kv.ReadOnlyError, kv.FullError, kv.OutOfMemoryError when 4,096
    stores are open, kv.ForkedError.
    """
    name = as_path("location", location)
    handle, error = _abi.kv_store(), _abi.kv_error()
    status = functions.kv_open(name, byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Store(handle, shown(location))


def open_config(path: Location, service: Data) -> Store:
    """Opens the store that a services file, in YAML, calls `service`: see kv_open_config in kv.h.

        services: {sessions: {type: kvstore_sqlite, config: {path: app.db, durability: full}}}

    In texts of the file ${NAME} and ${NAME:default} stand for a variable of the environment, which
    no other thread may change meanwhile. Relative paths are relative to the working directory.

    Raises kv.InvalidConfigError, with file, line and column, if something in the file is wrong or
    the service is not in it; kv.MissingFileError, kv.IoError and kv.PermissionDeniedError if it
    cannot be read; kv.UnsupportedError for a kind of store this version does not have; and the
    exceptions of kv.open for the store.
    """
    name, wanted = as_path("path", path), as_string("service", service)
    handle, error = _abi.kv_store(), _abi.kv_error()
    status = functions.kv_open_config(name, wanted, byref(handle), byref(error))
    if status < 0:
        fail(status, error)
    return Store(handle, f"{os.fsdecode(path)} service {wanted.decode()}")
