"""Copies of a store into another, of any engine."""

from __future__ import annotations

from ctypes import byref, string_at
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, NamedTuple, Optional

from . import _abi, ending
from .arguments import sized
from .errors import fail
from .handle import StoreHandle
from .library import functions
from .names import as_name, as_str


class Existing(IntEnum):
    """How a copy treats the entries that are in the target already."""

    #: Those under a key of the source are replaced, the others stay.
    OVERWRITE = _abi.KV_COPY_OVERWRITE
    #: All of them stay; the entries of the source under their keys are skipped.
    KEEP = _abi.KV_COPY_KEEP
    #: There must be none when a copy begins; a copy after a position overwrites.
    REFUSE = _abi.KV_COPY_REFUSE


class Position(NamedTuple):
    """An entry of a store, whether it is still there or not."""

    group: str
    key: str


@dataclass(frozen=True)
class CopyState:
    """The progress of a copy."""

    #: Entries written by this call, and bytes of their groups, keys and values.
    entries: int
    bytes: int
    #: Entries skipped because the target had their keys.
    skipped: int
    #: Entries that expired during the copy.
    expired: int
    #: Entries that were written and then deleted by others, or evicted by the target, before their
    #: group was complete.
    missing: int
    #: Entries of the whole source when the call began, an estimate.
    total: int
    #: The last entry that was copied or skipped, after which a later call goes on; None if there
    #: is none yet.
    position: Optional[Position]


def copy_store(
    source: StoreHandle,
    target: StoreHandle,
    existing: Existing,
    after: Optional[Position],
    progress: Optional[Callable[[CopyState], object]],
) -> CopyState:
    """Copies a store into another, as kv.Maintenance.copy describes."""
    raised: list[BaseException] = []

    def step(_: Optional[int], state: Any) -> int:
        try:
            if progress is not None and not ending.is_ending():
                progress(state_of(state.contents))
        except BaseException as error:
            # It may not cross the library; it ends the copy, and is raised after it.
            raised.append(error)
        return len(raised) or ending.is_ending()

    options, error = sized(_abi.kv_copy_options()), _abi.kv_error()
    options.existing = Existing(existing)
    if after is not None:
        if not isinstance(after, tuple):
            raise TypeError(f"after must be a kv.Position, not {type(after).__name__}")
        group, key = (as_name("after", name) for name in after)
        options.after_group, options.after_group_len = group, len(group)
        options.after_key, options.after_key_len = key, len(key)
    callback = _abi.kv_copy_progress_fn(0 if progress is None else step)
    state = sized(_abi.kv_copy_state())
    try:
        where = (source._handle, target._handle, byref(options))
        with ending.calling_back():
            status = functions.kv_copy(*where, callback, None, byref(state), byref(error))
        if raised:
            raise raised[0]
        if status < 0:
            fail(status, error)
        return state_of(state)
    finally:
        functions.kv_copy_state_free(byref(state))


def state_of(state: _abi.kv_copy_state) -> CopyState:
    """Returns a copy of a state whose bytes are borrowed."""
    position = None
    if state.key is not None:
        group = as_str(string_at(state.group, state.group_len))
        position = Position(group, as_str(string_at(state.key, state.key_len)))
    names = [name for name in CopyState.__dataclass_fields__ if name != "position"]
    return CopyState(**{name: getattr(state, name) for name in names}, position=position)
