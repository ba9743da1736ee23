"""Looking after a store: figures, backup, space, integrity, durability."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass
from typing import Callable, Optional

from . import abi
from .arguments import Location, as_path, sized
from .errors import fail
from .handle import StoreHandle
from .library import functions


@dataclass(frozen=True)
class Statistics:
    """Figures of one moment. Counters begin when the engine opens; all handles share them."""

    #: Live entries.
    entries: int
    #: Bytes of their groups, keys and values.
    bytes: int
    #: Expired entries that await the purge.
    expired_entries: int
    #: Reads of one key that found it, and that did not.
    hits: int
    misses: int
    #: Batches with a write in them that were applied; a single set is one.
    commits: int
    #: Transactions these took; fewer than commits when writers shared one.
    transactions: int
    #: Expired entries purged.
    expirations: int
    #: Bytes of the database file and of its write-ahead log, 0 in memory.
    file_bytes: int
    wal_bytes: int
    #: Times the log was moved into the file.
    checkpoints: int
    #: Read connections open.
    readers: int
    #: The version of SQLite in use.
    sqlite_version: str
    #: Live entries removed to make room for others.
    evictions: int
    #: Bytes that the store may hold, 0 for no limit.
    max_bytes: int
    #: Entries that the store may hold, 0 for no limit.
    max_entries: int


class Care(StoreHandle):
    """The operations on a store as a whole. Errors are those of kv.one."""

    def stats(self) -> Statistics:
        """Returns figures of this moment. Looks at every entry, so it takes time."""
        found, error = sized(abi.kv_stats()), abi.kv_error()
        status = functions.kv_stats_get(self._handle, byref(found), byref(error))
        if status < 0:
            fail(status, error)
        names = [name for name in Statistics.__dataclass_fields__ if name != "sqlite_version"]
        figures = {name: getattr(found, name) for name in names}
        return Statistics(**figures, sqlite_version=found.sqlite_version.decode())

    def backup(
        self, path: Location, progress: Optional[Callable[[int, int], object]] = None
    ) -> None:
        """Copies one snapshot into a new file. Others read and write meanwhile.

        `progress` is called with the pages copied and all pages, in this thread; it may call the
        store, but not close it. What it raises ends the backup and is raised from here. On any
        error no file is left. A file that exists is kv.InvalidArgument, a store in memory
        kv.Unsupported.
        """
        raised: list[BaseException] = []

        def step(_: Optional[int], done: int, total: int) -> int:
            try:
                if progress is not None:
                    progress(done, total)
            except BaseException as error:
                # It may not cross the library; the backup ends, then it goes on from there.
                raised.append(error)
            return len(raised)

        name, error = as_path("path", path), abi.kv_error()
        callback = abi.kv_backup_progress_fn(0 if progress is None else step)
        status = functions.kv_backup(self._handle, name, callback, None, byref(error))
        if raised:
            raise raised[0]
        if status < 0:
            fail(status, error)

    def compact(self) -> None:
        """Gives unused space in the file back. Writers wait, and it needs the file's size again."""
        self._run(functions.kv_compact)

    def check(self) -> None:
        """Verifies everything in the file; kv.Corrupt names the first fault."""
        self._run(functions.kv_check)

    def flush(self) -> None:
        """Returns once every acknowledged write would survive a loss of power."""
        self._run(functions.kv_flush)

    def _run(self, function: Callable[..., int]) -> None:
        error = abi.kv_error()
        status = function(self._handle, byref(error))
        if status < 0:
            fail(status, error)
