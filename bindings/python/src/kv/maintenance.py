"""Maintenance: statistics, usage, backups, copies, space, integrity, durability."""

from __future__ import annotations

import ctypes
import os
from ctypes import byref
from dataclasses import dataclass
from typing import Callable, Optional

from . import _abi, ending
from .arguments import Location, as_path
from .copying import CopyState, Existing, Position, copy_store
from .errors import fail
from .figures import filled
from .handle import Part, StoreHandle
from .library import functions


@dataclass(frozen=True)
class Statistics:
    """The statistics of one moment. Counters are those of the engine since it was opened."""

    #: The format of the database file, 0 in memory.
    format: int
    #: Reads of one key that found it.
    hits: int
    #: Reads of one key that did not.
    misses: int
    #: Batches with a write in them that were applied; a single set is one.
    commits: int
    #: Transactions of SQLite for these; fewer than commits where group commit joined some.
    transactions: int
    #: Expired entries purged.
    expirations: int
    #: Bytes of the database file, 0 in memory.
    file_bytes: int
    #: Bytes of its write-ahead log, 0 in memory.
    wal_bytes: int
    #: Checkpoints of the write-ahead log.
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
    #: Whether writes are kv.ReadOnlyError.
    read_only: bool
    #: The error number of the system that denies writing, if that is the reason; else 0.
    write_errno: int
    #: Milliseconds for which the oldest snapshot of a cursor or watch has been open, 0 without one.
    oldest_snapshot_ms: int
    #: Writes of this process that a checkpoint delayed.
    write_stalls: int
    #: Microseconds of all these delays.
    write_stall_us: int
    #: Microseconds of the longest of them.
    longest_write_stall_us: int
    #: Reads of one key that the entry cache has answered.
    cache_hits: int
    #: Times that the entry cache was emptied.
    cache_resets: int


@dataclass(frozen=True)
class Usage:
    """The contents of a store, or of a namespace in a scope, when they were counted."""

    #: Live entries.
    entries: int
    #: Bytes of their groups, keys and values.
    bytes: int
    #: Expired entries that await the purge.
    expired_entries: int


class Maintenance(Part):
    """The operations on a store as a whole."""

    def stats(self) -> Statistics:
        """Returns the statistics of this moment. It reads no entry; `usage` counts them."""
        return filled(Statistics, _abi.kv_stats(), functions.kv_stats_get, self._handle)

    def usage(self) -> Usage:
        """Counts the entries and their bytes. It reads every entry, so it takes time."""
        return filled(Usage, _abi.kv_usage(), functions.kv_usage_get, self._handle)

    def backup(
        self, path: Location, progress: Optional[Callable[[int, int], object]] = None
    ) -> None:
        """Copies one snapshot into a new file. Others read and write meanwhile.

        `progress` is called with the pages copied and all pages, in this thread; it may call the
        store, but not close it. Its exception ends the backup and is raised from here. On any error
        no file is left. A file that exists is kv.InvalidArgumentError; a store in memory, and a
        scope, is kv.UnsupportedError.
        """
        self._with_pages(functions.kv_backup, path, progress)

    def restore(
        self, path: Location, progress: Optional[Callable[[int, int], object]] = None
    ) -> None:
        """Replaces everything in the store's file by a backup, in one step.

        Others see the step as a commit; watches receive a lagged event. `progress` is that of
        `backup`, and called while the backup is read, before the step. On any error the store is as
        it was. A file that is no store is kv.InvalidFormatError, a damaged one kv.CorruptError; a store in
        memory, and a scope, is kv.UnsupportedError.
        """
        self._with_pages(functions.kv_restore, path, progress)

    def _with_pages(
        self,
        function: Callable[..., int],
        path: Location,
        progress: Optional[Callable[[int, int], object]],
    ) -> None:
        raised: list[BaseException] = []

        def step(_: Optional[int], done: int, total: int) -> int:
            try:
                if progress is not None and not ending.is_ending():
                    progress(done, total)
            except BaseException as error:
                # It may not cross the library; it ends the call, and is raised after it.
                raised.append(error)
            return len(raised) or ending.is_ending()

        name, error = as_path("path", path), _abi.kv_error()
        callback = _abi.kv_backup_progress_fn(0 if progress is None else step)
        with ending.calling_back():
            status = function(self._handle, name, callback, None, byref(error))
        if raised:
            raise raised[0]
        if status < 0:
            fail(status, error, os.fspath(path))

    def copy(
        self,
        to: StoreHandle,
        *,
        existing: Existing = Existing.OVERWRITE,
        after: Optional[Position] = None,
        progress: Optional[Callable[[CopyState], object]] = None,
    ) -> CopyState:
        """Copies the live entries into another store, of any engine: values, and their expiries.

        Others read and write meanwhile; the copy leaves out their writes to the source. The target
        is written in batches of one group, each all or nothing. `progress` is called after each, in
        this thread; it may call both stores, but not close them. Its exception ends the copy and is
        raised from here. However a copy ends, the batches that `progress` was called for stay in
        the target, and a copy `after` the last position goes on from there.

        A copy of a store into itself or into a scope of it is kv.InvalidArgumentError, and so is
        Existing.REFUSE where there is an entry. kv.QuotaExceededError and kv.FullError are those of
        the target, and kv.CorruptError is raised if it has not kept what it acknowledged.
        """
        return copy_store(self._store, to, existing, after, progress)

    def purge_expired(self) -> int:
        """Removes all expired entries now and returns how many; no read returns them anyway."""
        number, error = ctypes.c_uint64(), _abi.kv_error()
        status = functions.kv_purge_expired(self._handle, byref(number), byref(error))
        if status < 0:
            fail(status, error)
        return number.value

    def compact(self) -> None:
        """Returns unused space of the file to the system.

        Writers wait for it, and it needs as much free space as the file has. In memory there is
        nothing to do; of a Redis the lists of groups and expiries are compared with the groups.
        """
        self._run(functions.kv_compact)

    def check(self) -> None:
        """Verifies the whole file; kv.CorruptError names the first fault."""
        self._run(functions.kv_check)

    def flush(self) -> None:
        """Returns once every acknowledged write would survive a loss of power.

        In memory, and on a Redis, whose server decides when it syncs, there is nothing to do.
        """
        self._run(functions.kv_flush)

    def _run(self, function: Callable[..., int]) -> None:
        error = _abi.kv_error()
        status = function(self._handle, byref(error))
        if status < 0:
            fail(status, error)
