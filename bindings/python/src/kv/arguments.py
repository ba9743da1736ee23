"""What callers pass, as what the library takes. Wrong types are TypeError, wrong values
kv.InvalidArgument; nothing has been called then."""

from __future__ import annotations

import operator
import os
from ctypes import Structure, sizeof
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import NamedTuple, Optional, TypeVar, Union

from . import abi
from .errors import InvalidArgument

#: What groups, keys and values are given as. A str stands for its UTF-8.
Data = Union[bytes, str, bytearray, memoryview]

#: A file or another location; an object with a path is always a file, whatever its name.
Location = Union[str, bytes, "os.PathLike[str]"]

#: The ttl of what never expires. It compares greater than every other.
NEVER = timedelta.max


class Default(Enum):
    """The type of kv.DEFAULT, the one value it has."""

    DEFAULT = "default"

    def __repr__(self) -> str:
        return "kv.DEFAULT"


#: What a ttl or an expiry that is left out is: the default_ttl of the store counts, if it has one.
DEFAULT = Default.DEFAULT

#: How long an entry lives: a time, kv.NEVER or None for ever, kv.DEFAULT as the store says.
Ttl = Union[timedelta, None, Default]

#: When an entry expires: a moment, None for never, kv.DEFAULT as the store says.
Expiry = Union[datetime, None, Default]

Sized = TypeVar("Sized", bound=Structure)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)


def as_bytes(what: str, data: Data) -> bytes:
    """Returns the bytes of a group, key or value; numbers and None are refused."""
    if isinstance(data, str):
        return data.encode()
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"{what} must be bytes or str, not {type(data).__name__}")


def as_number(what: str, number: int, lowest: int, highest: int) -> int:
    """Returns a number that fits; ctypes would drop the bits that do not."""
    number = operator.index(number)
    if not lowest <= number <= highest:
        raise InvalidArgument(f"{what} must be from {lowest} to {highest}, not {number}")
    return number


def as_signed(what: str, number: int) -> int:
    return as_number(what, number, -(2**63), 2**63 - 1)


def as_unsigned(what: str, number: int) -> int:
    return as_number(what, number, 0, 2**64 - 1)


def ttl_ms(ttl: Ttl) -> int:
    """Returns a ttl as the library takes it, in milliseconds; parts of one count as a whole one.

    A plain number is refused: it does not say whether it means seconds.
    """
    if ttl is DEFAULT:
        return abi.KV_TTL_DEFAULT
    if ttl is None or ttl == NEVER:
        return abi.KV_TTL_NEVER
    if not isinstance(ttl, timedelta):
        raise TypeError(f"a ttl must be a datetime.timedelta, not {type(ttl).__name__}")
    if ttl < timedelta(0):
        raise InvalidArgument(f"a ttl must not be negative: {ttl}; for ever is kv.NEVER or None")
    return -(-ttl // MILLISECOND)


def as_ttl(milliseconds: int) -> timedelta:
    if milliseconds == abi.KV_TTL_NEVER:
        return NEVER
    return min(timedelta(milliseconds=min(milliseconds, NEVER // MILLISECOND)), NEVER)


def as_path(what: str, location: Location) -> bytes:
    """Returns a location as the library reads it."""
    if isinstance(location, os.PathLike):
        # In this form it cannot be taken for "memory:" or "sqlite:".
        location = os.path.join(os.curdir, os.fsdecode(location))
    elif not isinstance(location, (str, bytes)):
        raise TypeError(f"{what} must be str, bytes or a path, not {type(location).__name__}")
    return without_nul(what, os.fsencode(location))


def as_string(what: str, text: Data) -> bytes:
    """Returns what the library reads up to a NUL: a name, a template, a pointer into JSON."""
    return without_nul(what, as_bytes(what, text))


def without_nul(what: str, string: bytes) -> bytes:
    if b"\0" in string:
        raise InvalidArgument(f"{what} holds a NUL: {string[:80]!r}")
    return string


def sized(structure: Sized) -> Sized:
    """Returns a structure that begins with its size, with that set."""
    structure.size = sizeof(structure)
    return structure


def put_options(
    ttl: Ttl,
    expires_at: Expiry,
    keep_ttl: bool,
    if_absent: bool,
    if_present: bool,
    if_version: Optional[int],
) -> abi.kv_put_options:
    """Returns how a write is made; at most one expiry and one condition may be given."""
    if (ttl is not DEFAULT) + (expires_at is not DEFAULT) + bool(keep_ttl) > 1:
        raise InvalidArgument("ttl, expires_at and keep_ttl exclude each other")
    if bool(if_absent) + bool(if_present) + (if_version is not None) > 1:
        raise InvalidArgument("if_absent, if_present and if_version exclude each other")
    options = sized(abi.kv_put_options())
    if if_absent:
        options.condition = abi.KV_IF_ABSENT
    elif if_present:
        options.condition = abi.KV_IF_PRESENT
    elif if_version is not None:
        options.condition = abi.KV_IF_VERSION
        options.version = as_unsigned("if_version", if_version)
    if ttl is not DEFAULT:
        options.expiry = abi.KV_EXPIRY_AFTER
        options.time_ms = ttl_ms(ttl)
    elif expires_at is not DEFAULT:
        options.expiry = abi.KV_EXPIRY_AT
        options.time_ms = moment_ms(expires_at)
    elif keep_ttl:
        options.expiry = abi.KV_EXPIRY_KEEP
    return options


def moment_ms(moment: Optional[datetime]) -> int:
    if moment is None:
        return abi.KV_TTL_NEVER
    if not isinstance(moment, datetime):
        raise TypeError(f"expires_at must be a datetime.datetime, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise InvalidArgument("expires_at needs a time zone, such as datetime.timezone.utc")
    milliseconds = -((EPOCH - moment) // MILLISECOND)
    # The number of "never" is a moment of 1969, which is as long past as the one before it.
    return milliseconds - (milliseconds == abi.KV_TTL_NEVER)


def expire_flags(nx: bool, xx: bool, gt: bool, lt: bool) -> int:
    flags = abi.KV_EXPIRE_NX if nx else 0
    flags |= abi.KV_EXPIRE_XX if xx else 0
    flags |= abi.KV_EXPIRE_GT if gt else 0
    flags |= abi.KV_EXPIRE_LT if lt else 0
    return flags


class Bounds(NamedTuple):
    """The range of keys that a scan visits, in byte order whatever its direction."""

    #: At most one of the two, and likewise above: from this key on, or after it.
    from_key: Optional[Data] = None
    above: Optional[Data] = None
    #: Before this key, or up to it.
    below: Optional[Data] = None
    to_key: Optional[Data] = None
    #: After this key in the direction of the walk: the last key of the page before.
    after: Optional[Data] = None

    def set_in(self, options: abi.kv_scan_options, reverse: bool) -> int:
        """Sets the bounds of a scan and returns its flags about them."""
        from_key, above, below, to_key, after = self
        if after is not None and reverse:
            if below is not None or to_key is not None:
                raise InvalidArgument("after excludes below and to_key where the walk is reversed")
            below = after
        elif after is not None:
            if from_key is not None or above is not None:
                raise InvalidArgument("after excludes from_key and above")
            above = after
        if from_key is not None and above is not None:
            raise InvalidArgument("from_key and above exclude each other")
        if below is not None and to_key is not None:
            raise InvalidArgument("below and to_key exclude each other")
        lower, upper = from_key if above is None else above, to_key if below is None else below
        if lower is not None:
            options.lower = key = as_bytes("the lower bound", lower)
            options.lower_len = len(key)
        if upper is not None:
            options.upper = key = as_bytes("the upper bound", upper)
            options.upper_len = len(key)
        flags = 0 if above is None else abi.KV_SCAN_LOWER_EXCLUSIVE
        return flags if to_key is None else flags | abi.KV_SCAN_UPPER_INCLUSIVE


def scan_options(
    prefix: Data,
    glob: Optional[Data],
    redis_glob: Optional[Data],
    bounds: Bounds,
    reverse: bool,
    limit: int,
    flags: int,
) -> abi.kv_scan_options:
    """Returns what a scan visits; at most one of the three patterns may be given."""
    options = sized(abi.kv_scan_options())
    pattern = as_bytes("prefix", prefix)
    if bool(pattern) + (glob is not None) + (redis_glob is not None) > 1:
        raise InvalidArgument("prefix, glob and redis_glob exclude each other")
    if glob is not None:
        pattern, options.flags = as_bytes("glob", glob), abi.KV_SCAN_GLOB
    elif redis_glob is not None:
        pattern, options.flags = as_bytes("redis_glob", redis_glob), abi.KV_SCAN_GLOB_REDIS
    options.pattern, options.pattern_len = pattern, len(pattern)
    options.flags |= flags | bounds.set_in(options, reverse)
    options.flags |= abi.KV_SCAN_REVERSE if reverse else 0
    options.limit = as_unsigned("limit", limit)
    return options


def watch_options(
    any_group: bool,
    any_key: bool,
    group_prefix: bool,
    key_prefix: bool,
    existing: bool,
    since: Optional[int],
    capacity: int,
) -> abi.kv_watch_options:
    """Returns what a watch hears of."""
    options = sized(abi.kv_watch_options())
    options.flags |= abi.KV_WATCH_ANY_GROUP if any_group else 0
    options.flags |= abi.KV_WATCH_ANY_KEY if any_key else 0
    options.flags |= abi.KV_WATCH_GROUP_PREFIX if group_prefix else 0
    options.flags |= abi.KV_WATCH_KEY_PREFIX if key_prefix else 0
    options.flags |= abi.KV_WATCH_EXISTING if existing else 0
    if since is not None:
        options.flags |= abi.KV_WATCH_SINCE
        options.since = as_unsigned("since", since)
    options.capacity = as_number("capacity", capacity, 0, 2**32 - 1)
    return options


def timeout_ms(timeout: Optional[timedelta]) -> int:
    """Returns a time to wait, where None is for ever and a negative one is refused."""
    if timeout is None:
        return -1
    if not isinstance(timeout, timedelta):
        raise TypeError(f"a timeout must be a datetime.timedelta, not {type(timeout).__name__}")
    if timeout < timedelta(0):
        raise InvalidArgument(f"a timeout must not be negative: {timeout}")
    return -(-timeout // MILLISECOND)
