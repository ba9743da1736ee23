"""Events, which watches, callbacks and the change log deliver."""

from __future__ import annotations

from ctypes import string_at
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Callable, Generic, NamedTuple

from . import _abi
from .arguments import shown_value
from .names import Name


class EventType(IntEnum):
    """The kinds of events, by their numbers in kv.h."""

    #: A value was written.
    SET = _abi.KV_EVENT_SET
    #: A live entry was deleted.
    DELETE = _abi.KV_EVENT_DELETE
    #: All entries of a group were deleted at once; the key is empty.
    DELETE_GROUP = _abi.KV_EVENT_DELETE_GROUP
    #: An entry that had expired was purged.
    EXPIRE = _abi.KV_EVENT_EXPIRE
    #: All entries that were there when the watch began have been delivered.
    SYNCED = _abi.KV_EVENT_SYNCED
    #: `lost` events after `version` are missing here; 0 means that the number is unknown.
    LAGGED = _abi.KV_EVENT_LAGGED
    #: A value was written in pieces, or is too large for an event; `size` is its number of bytes,
    #: and kv.Store.open_reader reads it.
    SET_LARGE = _abi.KV_EVENT_SET_LARGE


class EventFields(NamedTuple):
    """The fields of an event; before Python 3.11 a NamedTuple has no parameter."""

    type: EventType
    group: Any
    key: Any
    value: bytes
    version: int
    #: When the change was committed, in milliseconds since 1970; 0 for a notice.
    time_ms: int
    #: The number of events that are missing, for LAGGED; otherwise 0.
    lost: int
    #: The number of bytes of the whole value, for SET and SET_LARGE; otherwise 0.
    size: int


class Event(EventFields, Generic[Name]):
    """A change, or a notice. Group, key and value are empty where they mean nothing.

    Group and key are str, or bytes for a watch whose names are bytes.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def group(self) -> Name: ...

        @property
        def key(self) -> Name: ...

    def __repr__(self) -> str:
        name, value = f"kv.EventType.{self.type.name}", shown_value(self.value)
        rest = f"version={self.version}, time_ms={self.time_ms}, lost={self.lost}, size={self.size}"
        return f"kv.Event({name}, group={self.group!r}, key={self.key!r}, value={value}, {rest})"


def copy_event(event: _abi.kv_event, named: Callable[[bytes], Name]) -> Event[Name]:
    """Returns a copy of an event whose bytes are borrowed."""
    return Event(
        EventType(event.type),
        named(string_at(event.group, event.group_len)),
        named(string_at(event.key, event.key_len)),
        string_at(event.value, event.value_len),
        event.version,
        event.time_ms,
        event.lost,
        event.value_size,
    )
