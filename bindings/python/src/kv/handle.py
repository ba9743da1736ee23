"""What a store is to the modules that call it: a number of the library's."""

from __future__ import annotations

from . import abi


class StoreHandle:
    """Holds the handle of a store. A closed one stays a number, which the library refuses."""

    _handle: abi.kv_store
