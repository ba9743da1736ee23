"""Opening of stores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .arguments import Data, Location, as_string
from .location_options import Options, documented
from .locations import open_service
from .store import Store

if TYPE_CHECKING:
    from typing_extensions import Unpack


@documented
def open(location: Location, **options: Unpack[Options]) -> Store:  # noqa: A001 - as in gzip.open
    """Opens a store: a path, `sqlite:PATH`, `log:PATH`, `memory:`, `memory:NAME`, `redis://HOST`.

        kv.open("app.db", durability="full", default_ttl=3600, max_bytes="64MiB")

    A path object is always a file; a str or bytes is read as kv_open in kv.h reads it, which may
    have options too, as `sqlite:app.db?durability=full`. A missing file is created, readable by its
    owner alone. `memory:` is a new store each time; `memory:NAME` is one store for all handles of
    the process that were opened with this name, until the last of them is closed. Close the store,
    or use it in a with statement. kv.Store(location, ...) is the same.

    Raises kv.InvalidArgumentError for a location or the value of an option that is not understood,
    TypeError for an option that does not exist, with the nearest that does,
    kv.MissingFileError, a FileNotFoundError, for a directory that does not exist, kv.IoError and
    kv.PermissionDeniedError, with errno, kv.InvalidFormatError for a file that is not a store,
    kv.CorruptError, kv.BusyError, kv.ReadOnlyError, kv.FullError, kv.OutOfMemoryError when 4,096
    stores are open, kv.ForkedError.

    The options, each with its type and unit, its default, and the stores that have it; kv.DEFAULT
    is one that is left out:

        OPTIONS
    """
    return Store(location, **options)


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
    handle = open_service(path, service)
    return Store._of(handle, f"{os.fsdecode(path)} service {as_string('service', service).decode()}")
