"""Entries, as copies that belong to the caller."""

from __future__ import annotations

from ctypes import byref, string_at
from datetime import datetime, timedelta
from typing import NamedTuple, Optional

from . import abi
from .arguments import EPOCH
from .library import functions


class Entry(NamedTuple):
    """A live entry, as it was when it was read."""

    group: bytes
    key: bytes
    value: bytes
    version: int
    #: Milliseconds since 1970, or None if it never expires.
    expires_at_ms: Optional[int]

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does.

        Raises OverflowError for a time after the year 9999.
        """
        if self.expires_at_ms is None:
            return None
        return EPOCH + timedelta(milliseconds=self.expires_at_ms)


def expiry_of(milliseconds: int) -> Optional[int]:
    return None if milliseconds < 0 else milliseconds


def take_bytes(value: abi.kv_value) -> bytes:
    """Returns a copy of a pinned value and gives the value back."""
    try:
        return string_at(value.data, value.len)
    finally:
        functions.kv_value_free(byref(value))
