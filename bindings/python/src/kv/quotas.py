"""Quotas: the limits of namespaces."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass

from . import _abi, arguments
from .arguments import Data
from .errors import fail
from .figures import filled
from .handle import Part
from .library import functions


@dataclass(frozen=True)
class Quota:
    """The limits of a namespace, where 0 is none, and its usage.

    The usage includes expired entries that were not purged yet. Without a limit nothing is counted,
    and all is 0.
    """

    max_keys: int
    #: Groups with a live key.
    max_groups: int
    #: Bytes of groups, keys and values.
    max_bytes: int
    keys: int
    groups: int
    #: Of names and values; those of groups count with the namespace and its colon.
    bytes: int


class Quotas(Part):
    """The quotas of a store's namespaces. A scope has none; there it is kv.UnsupportedError."""

    def set(
        self, namespace: Data, *, max_keys: int = 0, max_groups: int = 0, max_bytes: int = 0
    ) -> None:
        """Sets the limits of a namespace; 0 is none. All three are replaced.

        They are kept in the store and hold for every handle, thread and process from the next write
        on, through a scope or by a group's full name. A write that would exceed one raises
        kv.QuotaExceededError and changes nothing. A namespace that holds more already may shrink,
        and not grow. A negative limit and a wrong name are kv.InvalidArgumentError.
        """
        name, error = arguments.as_string("namespace", namespace), _abi.kv_error()
        limits = (
            arguments.as_signed("max_keys", max_keys),
            arguments.as_signed("max_groups", max_groups),
            arguments.as_signed("max_bytes", max_bytes),
        )
        status = functions.kv_quota_set(self._handle, name, *limits, byref(error))
        if status < 0:
            fail(status, error)

    def get(self, namespace: Data) -> Quota:
        """Returns the limits of a namespace and its usage."""
        name = arguments.as_string("namespace", namespace)
        return filled(Quota, _abi.kv_quota(), functions.kv_quota_get, self._handle, name)
