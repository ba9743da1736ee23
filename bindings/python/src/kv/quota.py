"""Quotas: how much a namespace may hold."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass

from . import abi, arguments
from .arguments import Data, sized
from .errors import fail
from .handle import StoreHandle
from .library import functions


@dataclass(frozen=True)
class Quota:
    """What a namespace may hold, where 0 is no limit, and what it holds.

    Held are also expired entries that were not purged yet; if nothing is limited, nothing is
    counted, and all is 0.
    """

    max_keys: int
    #: Groups with a live key.
    max_groups: int
    #: Bytes of groups, keys and values.
    max_bytes: int
    keys: int
    groups: int
    #: The names of groups count with the namespace and its colon.
    bytes: int


class Quotas(StoreHandle):
    """The operations of a store on quotas. On one that is narrowed itself, kv.Unsupported."""

    def quota_set(
        self, namespace: Data, *, max_keys: int = 0, max_groups: int = 0, max_bytes: int = 0
    ) -> None:
        """Sets what a namespace may hold; 0 is no limit. All three are replaced.

        The quota is kept in the store and holds for every handle, thread and process from the next
        write on, through a scope or by a group's full name. A write that would exceed it raises
        kv.QuotaExceeded and changes nothing. A namespace that holds more already may shrink, and
        not grow. A negative limit, or what is no namespace, is kv.InvalidArgument.
        """
        name, error = arguments.as_string("namespace", namespace), abi.kv_error()
        limits = (
            arguments.as_signed("max_keys", max_keys),
            arguments.as_signed("max_groups", max_groups),
            arguments.as_signed("max_bytes", max_bytes),
        )
        status = functions.kv_quota_set(self._handle, name, *limits, byref(error))
        if status < 0:
            fail(status, error)

    def quota_get(self, namespace: Data) -> Quota:
        """Returns what a namespace may hold and what it holds."""
        name = arguments.as_string("namespace", namespace)
        found, error = sized(abi.kv_quota()), abi.kv_error()
        status = functions.kv_quota_get(self._handle, name, byref(found), byref(error))
        if status < 0:
            fail(status, error)
        return Quota(**{field: getattr(found, field) for field in Quota.__dataclass_fields__})
