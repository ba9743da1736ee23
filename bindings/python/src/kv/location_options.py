"""The options of locations, as keyword arguments of kv.open: their types, units and meanings.

The library has the rules for their values, and the defaults; a test compares this table with its.
"""

from __future__ import annotations

import inspect
import os
from typing import Any, Callable, Literal, NamedTuple, TypedDict, TypeVar, Union

from .duration import DEFAULT, Duration

#: A timedelta, a number of seconds, or a text with a unit, as "500ms", "5s", "2m", "1h" or "7d".
Time = Union[Duration, str]
#: A number of bytes, or a text with a unit, as "64MiB", "1GiB" or "500KB".
Size = Union[int, str]
#: A file of its own, such as that of a password.
Path = Union[str, "os.PathLike[str]"]

F = TypeVar("F", bound=Callable[..., Any])


class Options(TypedDict, total=False):
    """The options of kv.open; help(kv.open) describes each."""

    durability: Literal["normal", "full"]
    busy_timeout: Time
    purge_interval: Time
    slow: Time
    max_memory: Size
    snapshot_timeout: Time
    wal_limit: Size
    entry_cache: Size
    inline_limit: Size
    create: bool
    create_dirs: bool
    foreign_data: Literal["refuse", "ignore"]
    read_only: bool
    changes: bool
    changes_keep: int
    changes_keep_for: Time
    max_bytes: Size
    max_entries: int
    evict: Literal["none", "lru"]
    default_ttl: Time
    sync_every: Time
    log_limit: Size
    prefix: str
    pool_size: int
    connect_timeout: Time
    call_timeout: Time
    stream_max: Size
    scans: Literal["live", "snapshot"]
    spread: Literal["off", "groups"]
    expiry_events: bool
    password_file: Path
    password_env: str
    sentinel_user: str
    sentinel_password: str
    sentinel_password_file: Path
    sentinel_password_env: str
    tls_ca: Path
    tls_cert: Path
    tls_key: Path


DURATION = "seconds, a timedelta or a text such as \"500ms\""
SIZE = "bytes, or a text such as \"64MiB\""
SWITCH = "True or False"
NUMBER = "a whole number"
TEXT = "a text"


class Option(NamedTuple):
    """One option of a location."""

    name: str
    #: Its type and unit for a reader.
    takes: str
    #: As a location spells it; empty for none.
    default: str
    #: The kinds of stores that have it.
    kinds: str
    meaning: str


OPTIONS = (
    Option(
        "durability", '"normal" or "full"', "normal", "sqlite log",
        "full also survives a loss of power",
    ),
    Option(
        "busy_timeout", DURATION, "5s", "sqlite",
        "the longest wait for locks of other processes",
    ),
    Option(
        "purge_interval", DURATION, "60s", "sqlite log memory redis",
        "the interval of the purge; 0: never",
    ),
    Option(
        "slow", DURATION, "0", "sqlite log memory redis",
        "the duration from which on a call is in the log; 0: none",
    ),
    Option(
        "max_memory", SIZE, "0", "sqlite log memory",
        "the limit of memory of entries, caches, queues; 0: no limit",
    ),
    Option(
        "snapshot_timeout", DURATION, "0", "sqlite",
        "how long a cursor or snapshot may be unused; 0: no limit",
    ),
    Option(
        "wal_limit", SIZE, "64MiB", "sqlite",
        "the size of the WAL after which it is checkpointed",
    ),
    Option("entry_cache", SIZE, "16MiB", "sqlite", "the size of the cache of entries; 0: none"),
    Option(
        "inline_limit", SIZE, "960", "sqlite",
        "bytes of group, key and value up to which a value is inline",
    ),
    Option("create", SWITCH, "on", "sqlite log", "a missing file, or folder of a log, is created"),
    Option("create_dirs", SWITCH, "off", "sqlite log", "missing folders above it are created"),
    Option(
        "foreign_data", '"refuse" or "ignore"', "refuse", "sqlite",
        "the effect of data of petrock or go-store",
    ),
    Option("read_only", SWITCH, "off", "sqlite log", "the store is only read"),
    Option("changes", SWITCH, "off", "sqlite log", "the changes are kept, and can be read"),
    Option(
        "changes_keep", NUMBER, "100000", "sqlite log",
        "the number of changes that are kept; 0: all",
    ),
    Option(
        "changes_keep_for", DURATION, "0", "sqlite",
        "the time for which the change log keeps changes; 0: for ever",
    ),
    Option(
        "max_bytes", SIZE, "0", "sqlite log memory",
        "the limit of bytes of groups, keys and values; 0: no limit",
    ),
    Option("max_entries", NUMBER, "0", "sqlite log memory", "the limit of entries; 0: no limit"),
    Option(
        "evict", '"none" or "lru"', "none", "sqlite log memory",
        "the effect of a write that exceeds a limit",
    ),
    Option(
        "default_ttl", DURATION, "0", "sqlite log memory redis",
        "the ttl of entries that are written without one; 0: for ever",
    ),
    Option("sync_every", DURATION, "100ms", "log", "how long a write may not be on the disk yet"),
    Option(
        "log_limit", SIZE, "64MiB", "log",
        "the least size of the log at which a snapshot is made",
    ),
    Option("prefix", TEXT, "kv", "redis", "the prefix of all keys of the store"),
    Option("pool_size", NUMBER, "10", "redis", "the largest number of connections to a server"),
    Option(
        "connect_timeout", DURATION, "2s", "redis",
        "the longest time in which a connection is made",
    ),
    Option(
        "call_timeout", DURATION, "5s", "redis",
        "the longest time of a call; a second more for each MiB",
    ),
    Option("stream_max", SIZE, "1GiB", "redis", "the most bytes of a value in pieces"),
    Option("scans", '"live" or "snapshot"', "live", "redis", "a snapshot is one moment, limited"),
    Option(
        "spread", '"off" or "groups"', "off", "redis",
        "each group of a namespace in its own slot",
    ),
    Option(
        "expiry_events", SWITCH, "on", "redis",
        "the server reports expiry in the default group",
    ),
    Option("password_file", TEXT, "", "redis", "a file whose first line is the password"),
    Option("password_env", TEXT, "", "redis", "a variable of the environment with the password"),
    Option(
        "sentinel_user", TEXT, "", "redis",
        "the user of the Sentinels; empty: the default user",
    ),
    Option("sentinel_password", TEXT, "", "redis", "the password of the Sentinels; empty: none"),
    Option(
        "sentinel_password_file", TEXT, "", "redis",
        "a file whose first line is that password",
    ),
    Option("sentinel_password_env", TEXT, "", "redis", "a variable with that password"),
    Option("tls_ca", TEXT, "", "redis", "a PEM file of trusted CA certificates"),
    Option("tls_cert", TEXT, "", "redis", "a PEM file of the client certificate"),
    Option(
        "tls_key", TEXT, "", "redis",
        "a PEM file of the private key of the client certificate",
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}

#: How the documentation calls the kinds of stores.
KINDS = {"sqlite": "a file", "log": "a log", "memory": "memory", "redis": "a Redis"}


def documented(function: F) -> F:
    """Lets help() show each option of a function that takes them as **options.

    Its docstring has the word OPTIONS where they are described.
    """
    signature = inspect.signature(function)
    own = [it for it in signature.parameters.values() if it.kind is not it.VAR_KEYWORD]
    taken = [parameter(option.name) for option in OPTIONS]
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=own + taken
    )
    # An interpreter may leave out docstrings.
    if function.__doc__:
        described = "\n".join(map(description, OPTIONS)).lstrip()
        function.__doc__ = function.__doc__.replace("OPTIONS", described)
    return function


def parameter(name: str) -> inspect.Parameter:
    annotation = Options.__annotations__[name]
    written = Written(getattr(annotation, "__forward_arg__", annotation))
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=DEFAULT, annotation=written)


class Written(str):
    """A type as it is written, and as help() shows it."""

    __slots__ = ()
    __repr__ = str.__str__


def description(option: Option) -> str:
    kinds = ", ".join(KINDS[kind] for kind in option.kinds.split())
    default = f"; default {option.default}" if option.default else ""
    return f"        {option.name}: {option.takes}{default} ({kinds}).\n            {option.meaning}"
