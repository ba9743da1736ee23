"""The flat form of kv.h: steps of a batch, keys, entries and events, packed in one buffer."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Callable, Optional

from . import _abi
from .entry import Entry, expiry_of
from .event import Event, EventType
from .names import Name

STEP = struct.Struct("<IIQqqIII")
ENTRY = struct.Struct("<QqIII")
KEY = struct.Struct("<II")
EVENT = struct.Struct("<IIIIQqQ")

# The length of the value of a key that has no entry.
ABSENT = 0xFFFFFFFF


class Step(IntEnum):
    """The kinds of steps, by their numbers in the flat form."""

    CHECK = 1
    GET = 2
    SET = 3
    DELETE = 4
    TAKE = 5
    INCREMENT = 6
    APPEND = 7
    EXPIRE = 8
    DELETE_PREFIX = 9
    DELETE_ALL = 10


def encode_steps(
    step: Step,
    group: bytes,
    entries: Iterable[tuple[bytes, bytes]],
    *,
    expiry: int = _abi.KV_EXPIRY_DEFAULT,
    time_ms: int = 0,
    delta: int = 0,
) -> bytes:
    """Returns a step for each key and value. The library verifies them when they are appended."""
    kind, flags, group_len = int(step), _abi.KV_IF_ANY | expiry << 4, len(group)
    parts: list[bytes] = []
    for key, value in entries:
        head = STEP.pack(kind, flags, 0, time_ms, delta, group_len, len(key), len(value))
        parts += (head, group, key, value)
    return b"".join(parts)


def encode_key(group: bytes, key: bytes) -> bytes:
    """Returns one key to be read."""
    return b"".join((KEY.pack(len(group), len(key)), group, key))


def count_steps(steps: bytes) -> int:
    """Returns how many steps a well-formed buffer has."""
    offset = count = 0
    while offset < len(steps):
        lengths = STEP.unpack_from(steps, offset)[5:]
        offset += STEP.size + sum(lengths)
        count += 1
    return count


def decode_values(entries: bytes) -> Iterator[Optional[bytes]]:
    """Yields the value of each entry of a buffer that the library has filled, None if absent."""
    offset = 0
    while offset < len(entries):
        _, _, group_len, key_len, value_len = ENTRY.unpack_from(entries, offset)
        offset += ENTRY.size + group_len + key_len
        if value_len == ABSENT:
            yield None
            continue
        yield entries[offset : offset + value_len]
        offset += value_len


def decode_entries(entries: bytes, named: Callable[[bytes], Name]) -> Iterator[Entry[Name]]:
    """Yields the entries of a buffer that the library has filled, none of which is absent."""
    offset, last = 0, b""
    group = named(last)
    while offset < len(entries):
        version, expires_at_ms, group_len, key_len, value_len = ENTRY.unpack_from(entries, offset)
        key_at = offset + ENTRY.size + group_len
        value_at = key_at + key_len
        end = value_at + value_len
        found = entries[offset + ENTRY.size : key_at]
        if found != last:
            # The entries of a scan are of one group.
            last, group = found, named(found)
        yield Entry(
            group,
            named(entries[key_at:value_at]),
            entries[value_at:end],
            version,
            expiry_of(expires_at_ms),
        )
        offset = end


def decode_events(events: bytes, named: Callable[[bytes], Name]) -> Iterator[Event[Name]]:
    """Yields the events of a buffer that the library has filled."""
    offset = 0
    while offset < len(events):
        kind, group_len, key_len, value_len, version, time_ms, number = EVENT.unpack_from(
            events, offset
        )
        key_at = offset + EVENT.size + group_len
        value_at = key_at + key_len
        end = value_at + value_len
        yield Event(
            EventType(kind),
            named(events[offset + EVENT.size : key_at]),
            named(events[key_at:value_at]),
            events[value_at:end],
            version,
            time_ms,
            number if kind == EventType.LAGGED else 0,
            number if kind == EventType.SET_LARGE else value_len,
        )
        offset = end
