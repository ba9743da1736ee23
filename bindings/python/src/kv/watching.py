"""Hearing of changes: watches, callbacks, and the log of changes.

With the log on (`sqlite:PATH?changes=on`) a watch hears of every process that uses the file, and
may begin in the past; without it, of this process. Errors are those of kv.one.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Optional

from . import abi, arguments
from .arguments import Data, as_bytes
from .changes import Changes
from .errors import InvalidArgument, fail
from .handle import StoreHandle
from .library import functions
from .subscription import Callback, Subscription
from .watch import Watch


class Watching(StoreHandle):
    """The operations of a store that tell of changes."""

    def watch(
        self,
        group: Optional[Data] = None,
        key: Optional[Data] = None,
        *,
        group_prefix: Optional[Data] = None,
        key_prefix: Optional[Data] = None,
        existing: bool = False,
        since: Optional[int] = None,
        capacity: int = 0,
    ) -> Watch:
        """Begins to watch a group and a key, those with a prefix, or any if neither is given.

        Bytes mean themselves: "*" is a key like any other. With `existing` the entries that are
        there come first, then an event of type SYNCED; with `since` the changes after that version,
        which the log of changes must have (kv.Unsupported, kv.Compacted). `capacity` is the number
        of events the queue has room for, 16 to 16,777,216, or 0 for 1024.
        """
        if (group is not None and group_prefix is not None) or (
            key is not None and key_prefix is not None
        ):
            raise InvalidArgument("a name and a prefix of it exclude each other")
        options = arguments.watch_options(
            group is None and group_prefix is None,
            key is None and key_prefix is None,
            group_prefix is not None,
            key_prefix is not None,
            existing,
            since,
            capacity,
        )
        in_group = given_bytes("group", group, group_prefix)
        at_key = given_bytes("key", key, key_prefix)
        handle, error = abi.kv_watch(), abi.kv_error()
        where = (self._handle, in_group, len(in_group), at_key, len(at_key))
        status = functions.kv_watch_open(*where, byref(options), byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Watch(handle)

    def on_change(self, callback: Callback) -> Subscription:
        """Calls back with the event of every change that this process commits from now on.

        In the thread that has written, before its write returns. The callback may use the store,
        register and end callbacks, but not close the store; what it raises goes to
        sys.unraisablehook and changes nothing for the writer.
        """
        return Subscription(self, callback)

    def changes(self, since: int = 0) -> Changes:
        """Walks, in commit order, over the changes after a version; 0 for all there ever were.

        Raises kv.Unsupported if no log is kept, kv.Compacted if it does not reach back that far.
        """
        since = arguments.as_unsigned("since", since)
        handle, error = abi.kv_change_cursor(), abi.kv_error()
        status = functions.kv_changes(self._handle, since, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Changes(handle)

    def changes_oldest(self) -> int:
        """Returns the least version `changes` and `watch` take; kv.Unsupported without a log."""
        since, error = ctypes.c_uint64(), abi.kv_error()
        status = functions.kv_changes_oldest(self._handle, byref(since), byref(error))
        if status < 0:
            fail(status, error)
        return since.value


def given_bytes(what: str, name: Optional[Data], prefix: Optional[Data]) -> bytes:
    if name is not None:
        return as_bytes(what, name)
    return b"" if prefix is None else as_bytes(what, prefix)
