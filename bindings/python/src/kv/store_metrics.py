"""The calls of a store that return its metrics."""

from __future__ import annotations

from ctypes import byref
from dataclasses import replace

from . import _abi
from .entry import take_bytes
from .errors import fail
from .figures import filled
from .handle import StoreHandle
from .library import functions
from .metrics import CallKind, CallMetrics, Metrics


class MetricsCalls(StoreHandle):
    """The metrics of a store, which are always counted; reading them reads no entry."""

    def metrics(self) -> Metrics:
        """Returns the metrics of the store, all but those of its calls.

        Those of a scope are of the whole store. A snapshot has none: kv.UnsupportedError.
        """
        return filled(Metrics, _abi.kv_metrics(), functions.kv_metrics_get, self._handle)

    def call_metrics(self, kind: CallKind) -> CallMetrics:
        """Returns the metrics of the calls of one kind."""
        if not isinstance(kind, CallKind):
            raise TypeError(f"kind must be a kv.CallKind, not {type(kind).__name__}")
        structure, call = _abi.kv_call_metrics(), functions.kv_call_metrics_get
        return replace(filled(CallMetrics, structure, call, self._handle, kind), kind=kind)

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
