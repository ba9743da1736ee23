"""Events: what a watch, a callback or the log of changes tells."""

from __future__ import annotations

from ctypes import string_at
from enum import IntEnum
from typing import NamedTuple

from . import abi


class EventType(IntEnum):
    """What an event is, by the numbers of kv.h."""

    #: A value was written.
    SET = abi.KV_EVENT_SET
    #: A live entry was deleted.
    DELETE = abi.KV_EVENT_DELETE
    #: All entries of a group were deleted at once; there is no key.
    DELETE_GROUP = abi.KV_EVENT_DELETE_GROUP
    #: An entry that had expired was purged.
    EXPIRE = abi.KV_EVENT_EXPIRE
    #: The entries that were there have all been told.
    SYNCED = abi.KV_EVENT_SYNCED
    #: `lost` events are missing here (0: nobody knows how many), those after `version`.
    LAGGED = abi.KV_EVENT_LAGGED
    #: A value was written that is too large to be told; its size is in `lost`.
    SET_LARGE = abi.KV_EVENT_SET_LARGE


class Event(NamedTuple):
    """A change, or a word about changes. Group, key and value are empty where they mean nothing."""

    type: EventType
    group: bytes
    key: bytes
    value: bytes
    version: int
    #: When it was committed, in milliseconds since 1970; 0 but for changes.
    time_ms: int
    #: How many events are missing, for LAGGED.
    lost: int


def copy_event(event: abi.kv_event) -> Event:
    """Returns a copy of an event whose bytes are borrowed."""
    return Event(
        EventType(event.type),
        string_at(event.group, event.group_len),
        string_at(event.key, event.key_len),
        string_at(event.value, event.value_len),
        event.version,
        event.time_ms,
        event.lost,
    )
