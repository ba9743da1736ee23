"""The calls of a store that return its metrics."""

from __future__ import annotations

from ctypes import byref
from dataclasses import fields
from typing import Any

from . import _abi
from .arguments import sized
from .entry import take_bytes
from .errors import fail
from .handle import StoreHandle
from .library import functions
from .metrics import CallKind, CallMetrics, Metrics


class MetricsCalls(StoreHandle):
    """The metrics of a store, which are always counted; reading them reads no entry."""

    def metrics(self) -> Metrics:
        """Returns the metrics of the store, all but those of its calls.

        Those of a scope are of the whole store. A snapshot has none: kv.UnsupportedError.
        """
        found, error = sized(_abi.kv_metrics()), _abi.kv_error()
        status = functions.kv_metrics_get(self._handle, byref(found), byref(error))
        if status < 0:
            fail(status, error)
        values: dict[str, Any] = {it.name: getattr(found, it.name) for it in fields(Metrics)}
        values["read_only"], values["poisoned"] = bool(found.read_only), bool(found.poisoned)
        values["group_sizes"] = tuple(found.group_sizes)
        return Metrics(**values)

    def call_metrics(self, kind: CallKind) -> CallMetrics:
        """Returns the metrics of the calls of one kind."""
        if not isinstance(kind, CallKind):
            raise TypeError(f"kind must be a kv.CallKind, not {type(kind).__name__}")
        found, error = sized(_abi.kv_call_metrics()), _abi.kv_error()
        status = functions.kv_call_metrics_get(self._handle, kind, byref(found), byref(error))
        if status < 0:
            fail(status, error)
        return CallMetrics(
            kind, found.calls, found.errors, found.total_ns, found.longest_ns, tuple(found.buckets)
        )

    def metrics_text(self) -> str:
        """Returns all metrics as text that Prometheus scrapes, in its format 0.0.4.

        Each line has the label `store`: the path, or the addresses and the prefix, without user,
        password and options. kv.prometheus has a collector of them. A snapshot has none:
        kv.UnsupportedError.
        """
        text, error = _abi.kv_value(), _abi.kv_error()
        status = functions.kv_metrics_text(self._handle, byref(text), byref(error))
        if status < 0:
            fail(status, error)
        return take_bytes(text).decode("utf-8", "replace")
