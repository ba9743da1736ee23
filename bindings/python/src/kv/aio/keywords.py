"""The keyword arguments that the calls of kv.aio pass on: those of a scan, and those of a write."""

from __future__ import annotations

from typing import Optional, TypedDict

from ..arguments import Data
from ..duration import Ttl
from ..options import Durability, Expiry


class ScanOptions(TypedDict, total=False):
    """The options of kv.Store.scan."""

    glob: Optional[Data]
    redis_glob: Optional[Data]
    from_key: Optional[Data]
    above: Optional[Data]
    below: Optional[Data]
    to_key: Optional[Data]
    after: Optional[Data]
    reverse: bool
    limit: int
    offset: int
    snapshot: bool


class PutOptions(TypedDict, total=False):
    """The options of kv.Store.put and kv.Store.open_writer."""

    ttl: Ttl
    expires_at: Expiry
    keep_ttl: bool
    if_absent: bool
    if_present: bool
    if_version: Optional[int]
    durability: Durability
