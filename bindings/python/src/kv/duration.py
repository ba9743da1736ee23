"""Durations: how long an entry lives, a lock is held, and a call waits."""

from __future__ import annotations

import math
from datetime import timedelta
from enum import Enum
from typing import Optional, Union

from . import _abi
from .errors import InvalidArgumentError

#: A length of time: a timedelta, or a number of seconds.
Duration = Union[timedelta, float]


class Default(Enum):
    """The type of kv.DEFAULT, the one value it has."""

    DEFAULT = "default"

    def __repr__(self) -> str:
        return "kv.DEFAULT"


#: A ttl or an expires_at that is left out. Where both are, the entry gets the default_ttl of the
#: store, or lives for ever if it has none.
DEFAULT = Default.DEFAULT

#: How long an entry lives. None, zero and kv.NEVER are for ever; kv.DEFAULT is the default_ttl of
#: the store.
Ttl = Union[Duration, None, Default]

#: The ttl of an entry that never expires. It is equal to timedelta.max, and greater than any other.
NEVER = timedelta.max

MILLISECOND = timedelta(milliseconds=1)
MICROSECOND = timedelta(microseconds=1)


def ttl_ms(ttl: Ttl) -> int:
    """Returns a ttl in milliseconds, rounded up, or the number that stands for a word.

    A negative one and NaN are kv.InvalidArgumentError.
    """
    if isinstance(ttl, Default):
        return _abi.KV_TTL_DEFAULT
    if ttl is None or ttl == NEVER or ttl == math.inf:
        return _abi.KV_TTL_NEVER
    return in_milliseconds("a ttl", ttl, "for ever is kv.NEVER")


def as_ttl(milliseconds: int) -> timedelta:
    """Returns the ttl that the library states; one past the greatest timedelta is kv.NEVER."""
    if milliseconds == _abi.KV_TTL_NEVER:
        return NEVER
    return min(timedelta(milliseconds=min(milliseconds, NEVER // MILLISECOND)), NEVER)


def timeout_ms(timeout: Optional[Duration]) -> int:
    """Returns a time to wait in milliseconds, rounded up, or -1 for None, which has no end."""
    if timeout is None:
        return -1
    return in_milliseconds("a timeout", timeout, "no end is None")


def lease_ms(lease: Duration) -> int:
    """Returns the lease of a lock in milliseconds, rounded up; the library refuses 0."""
    return in_milliseconds("a lease", lease, "an owner that works longer renews its lease")


def in_milliseconds(what: str, duration: Duration, endless: str) -> int:
    whole, rest = divmod(as_timedelta(what, duration, endless), MILLISECOND)
    return whole + bool(rest)


def as_timedelta(what: str, duration: Duration, endless: str) -> timedelta:
    """Returns a duration that is not negative; one above zero is a microsecond at least."""
    if isinstance(duration, bool) or not isinstance(duration, (timedelta, int, float)):
        kind = type(duration).__name__
        raise TypeError(f"{what} must be a datetime.timedelta or seconds, not {kind}")
    if isinstance(duration, timedelta):
        exact = duration
    else:
        try:
            exact = timedelta(seconds=duration)
        except (ValueError, OverflowError):
            most = f"{NEVER.total_seconds():.0f} seconds"
            raise InvalidArgumentError(
                f"{what} must be from 0 to {most}, not {duration}; {endless}"
            ) from None
        if duration > 0:
            exact = max(exact, MICROSECOND)
        elif duration < 0:
            exact = min(exact, -MICROSECOND)
    if exact < timedelta(0):
        raise InvalidArgumentError(f"{what} must not be negative: {duration}; {endless}")
    return exact
