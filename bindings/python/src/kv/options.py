"""The options of writes and scans."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import NamedTuple, Optional, Union

from . import _abi
from .arguments import Data, as_unsigned, sized
from .duration import DEFAULT, MILLISECOND, Default, Ttl, ttl_ms
from .errors import InvalidArgumentError
from .names import as_name

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


#: When an entry expires: a moment, None for never, or kv.DEFAULT for none of its own.
Expiry = Union[datetime, None, Default]


class Durability(IntEnum):
    """The failures that a write survives. A commit of several writes has the strictest of theirs."""

    #: That of the store.
    DEFAULT = _abi.KV_DURABILITY_DEFAULT
    #: That of a store with durability=normal.
    NORMAL = _abi.KV_DURABILITY_NORMAL
    #: That of a store with durability=full: the write and all before it survive a loss of power
    #: when it returns. kv.UnsupportedError on a Redis, whose server decides that.
    FULL = _abi.KV_DURABILITY_FULL


def put_options(
    ttl: Ttl,
    expires_at: Expiry,
    keep_ttl: bool,
    if_absent: bool,
    if_present: bool,
    if_version: Optional[int],
    durability: Durability,
) -> _abi.kv_put_options:
    """Returns the options of a write; at most one expiry and one condition are allowed."""
    if (ttl is not DEFAULT) + (expires_at is not DEFAULT) + bool(keep_ttl) > 1:
        raise InvalidArgumentError("ttl, expires_at and keep_ttl exclude each other")
    if bool(if_absent) + bool(if_present) + (if_version is not None) > 1:
        raise InvalidArgumentError("if_absent, if_present and if_version exclude each other")
    if not isinstance(durability, Durability):
        raise TypeError(f"durability must be a kv.Durability, not {type(durability).__name__}")
    options = sized(_abi.kv_put_options())
    options.durability = durability
    if if_absent:
        options.condition = _abi.KV_IF_ABSENT
    elif if_present:
        options.condition = _abi.KV_IF_PRESENT
    elif if_version is not None:
        options.condition = _abi.KV_IF_VERSION
        options.version = as_unsigned("if_version", if_version)
    if ttl is not DEFAULT:
        options.expiry = _abi.KV_EXPIRY_AFTER
        options.time_ms = ttl_ms(ttl)
    elif expires_at is not DEFAULT:
        options.expiry = _abi.KV_EXPIRY_AT
        options.time_ms = moment_ms(expires_at)
    elif keep_ttl:
        options.expiry = _abi.KV_EXPIRY_KEEP
    return options


def moment_ms(moment: Optional[datetime]) -> int:
    """Returns a moment in milliseconds since 1970, rounded up."""
    if moment is None:
        return _abi.KV_TTL_NEVER
    if not isinstance(moment, datetime):
        raise TypeError(f"expires_at must be a datetime.datetime, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise InvalidArgumentError("expires_at needs a time zone, such as datetime.timezone.utc")
    milliseconds = -((EPOCH - moment) // MILLISECOND)
    # The number of "never" is a moment of 1969, which is as long past as the one before it.
    return milliseconds - (milliseconds == _abi.KV_TTL_NEVER)


def moment_of(milliseconds: Optional[int]) -> Optional[datetime]:
    """Returns the moment, in UTC, that an entry's expires_at_ms is; OverflowError past 9999."""
    return None if milliseconds is None else EPOCH + timedelta(milliseconds=milliseconds)


def expire_flags(nx: bool, xx: bool, gt: bool, lt: bool) -> int:
    flags = _abi.KV_EXPIRE_NX if nx else 0
    flags |= _abi.KV_EXPIRE_XX if xx else 0
    flags |= _abi.KV_EXPIRE_GT if gt else 0
    flags |= _abi.KV_EXPIRE_LT if lt else 0
    return flags


class Bounds(NamedTuple):
    """The range of keys that a scan visits, in byte order whatever its direction."""

    #: At most one of the two, and likewise below: from this key on, or after it.
    from_key: Optional[Data] = None
    above: Optional[Data] = None
    #: Before this key, or up to it.
    below: Optional[Data] = None
    to_key: Optional[Data] = None
    #: After this key in the direction of the scan: the last key of the page before.
    after: Optional[Data] = None

    def set_in(self, options: _abi.kv_scan_options, reverse: bool) -> int:
        """Sets the bounds of a scan and returns its flags about them."""
        from_key, above, below, to_key, after = self
        if after is not None and reverse:
            if below is not None or to_key is not None:
                raise InvalidArgumentError("after excludes below and to_key in a reverse scan")
            below = after
        elif after is not None:
            if from_key is not None or above is not None:
                raise InvalidArgumentError("after excludes from_key and above")
            above = after
        if from_key is not None and above is not None:
            raise InvalidArgumentError("from_key and above exclude each other")
        if below is not None and to_key is not None:
            raise InvalidArgumentError("below and to_key exclude each other")
        lower, upper = from_key if above is None else above, to_key if below is None else below
        if lower is not None:
            options.lower = key = as_name("the lower bound", lower)
            options.lower_len = len(key)
        if upper is not None:
            options.upper = key = as_name("the upper bound", upper)
            options.upper_len = len(key)
        flags = 0 if above is None else _abi.KV_SCAN_LOWER_EXCLUSIVE
        return flags if to_key is None else flags | _abi.KV_SCAN_UPPER_INCLUSIVE


def scan_options(
    prefix: Data,
    glob: Optional[Data],
    redis_glob: Optional[Data],
    bounds: Bounds,
    reverse: bool,
    limit: int,
    offset: int,
    snapshot: bool,
    flags: int = 0,
) -> _abi.kv_scan_options:
    """Returns what a scan visits; at most one of the three patterns is allowed."""
    options = sized(_abi.kv_scan_options())
    pattern = as_name("prefix", prefix)
    if bool(pattern) + (glob is not None) + (redis_glob is not None) > 1:
        raise InvalidArgumentError("prefix, glob and redis_glob exclude each other")
    if glob is not None:
        pattern, options.flags = as_name("glob", glob), _abi.KV_SCAN_GLOB
    elif redis_glob is not None:
        pattern, options.flags = as_name("redis_glob", redis_glob), _abi.KV_SCAN_GLOB_REDIS
    options.pattern, options.pattern_len = pattern, len(pattern)
    options.flags |= flags | bounds.set_in(options, reverse)
    options.flags |= _abi.KV_SCAN_REVERSE if reverse else 0
    options.flags |= _abi.KV_SCAN_SNAPSHOT if snapshot else 0
    options.limit = as_unsigned("limit", limit)
    options.offset = as_unsigned("offset", offset)
    return options
