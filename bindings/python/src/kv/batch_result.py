"""The results of the steps of a batch."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Optional

from . import _abi


class Status(IntEnum):
    """The outcomes of a step, by their numbers in kv.h."""

    #: Applied; a key that the step needs was there.
    OK = _abi.KV_OK
    #: The key was absent or expired.
    NOT_FOUND = _abi.KV_NOT_FOUND
    #: The flags of an expire did not allow it.
    CONFLICT = _abi.KV_CONFLICT


class Result(NamedTuple):
    """The outcome of a step."""

    status: Status
    #: The value of a get or take, or None if there was none. A number as text: the sum of an
    #: increment, the length after an append, the count of deleted entries of a delete_prefix.
    value: Optional[bytes]
    #: The version read or written, else 0.
    version: int

    @property
    def is_found(self) -> bool:
        """Whether the key was there; true of steps that need none."""
        return self.status is Status.OK
