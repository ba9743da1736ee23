"""Copying a store into another, whatever engines the two are on."""

from __future__ import annotations

from ctypes import byref, string_at
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, NamedTuple, Optional

from . import abi
from .arguments import sized
from .errors import fail
from .handle import StoreHandle
from .library import functions


class Existing(IntEnum):
    """What becomes of entries that are in the target already."""

    #: Those under a key of the source are replaced, the others stay.
    OVERWRITE = abi.KV_COPY_OVERWRITE
    #: All of them stay; the entries of the source under their keys are skipped.
    KEEP = abi.KV_COPY_KEEP
    #: There must be none when a copy begins; one that goes on after a position overwrites.
    REFUSE = abi.KV_COPY_REFUSE


class Position(NamedTuple):
    """An entry of a store, whether it is still there or not."""

    group: bytes
    key: bytes


@dataclass(frozen=True)
class CopyState:
    """How far a copy has come."""

    #: Entries written by this call, and bytes of their groups, keys and values.
    entries: int
    bytes: int
    #: Entries left alone because their keys were there.
    skipped: int
    #: Entries that expired on the way.
    expired: int
    #: Entries that were written, and gone when their group had been copied: others have deleted
    #: them, or a target that evicts.
    missing: int
    #: Entries of the whole source when the call began, an estimate.
    total: int
    #: The last entry that was dealt with, after which a later call goes on; None if there is none
    #: yet.
    position: Optional[Position]


class Copying(StoreHandle):
    """The copy of a store as a whole. Errors are those of kv.one."""

    def copy(
        self,
        to: StoreHandle,
        *,
        existing: Existing = Existing.OVERWRITE,
        after: Optional[Position] = None,
        progress: Optional[Callable[[CopyState], object]] = None,
    ) -> CopyState:
        """Copies the live entries into another store: values, and when they expire.

        Others read and write meanwhile; what is written to the source is not seen. The target is
        written in batches of one group, each all or nothing. `progress` is called after each, in
        this thread; it may call both stores, but not close them. What it raises ends the copy and
        is raised from here. Whatever the copy ends with, what `progress` was told stays in the
        target, and a copy `after` the position told last goes on from there.

        A store that is copied into itself, or into a scope of it, and Existing.REFUSE where there is
        an entry, is kv.InvalidArgument; kv.QuotaExceeded and kv.Full as the limits of the target
        say; kv.Corrupt if it does not have what it says it has written.
        """
        raised: list[BaseException] = []

        def step(_: Optional[int], state: Any) -> int:
            try:
                if progress is not None:
                    progress(state_of(state.contents))
            except BaseException as error:
                # It may not cross the library; the copy ends, then it goes on from there.
                raised.append(error)
            return len(raised)

        options, error = sized(abi.kv_copy_options()), abi.kv_error()
        options.existing = Existing(existing)
        if after is not None:
            options.after_group, options.after_key = after
            options.after_group_len, options.after_key_len = map(len, after)
        callback = abi.kv_copy_progress_fn(0 if progress is None else step)
        state = sized(abi.kv_copy_state())
        try:
            status = functions.kv_copy(
                self._handle, to._handle, byref(options), callback, None, byref(state), byref(error)
            )
            if raised:
                raise raised[0]
            if status < 0:
                fail(status, error)
            return state_of(state)
        finally:
            functions.kv_copy_state_free(byref(state))


def state_of(state: abi.kv_copy_state) -> CopyState:
    """Returns a copy of what the library lends."""
    position = None
    if state.key is not None:
        group = string_at(state.group, state.group_len)
        position = Position(group, string_at(state.key, state.key_len))
    names = [name for name in CopyState.__dataclass_fields__ if name != "position"]
    return CopyState(**{name: getattr(state, name) for name in names}, position=position)
