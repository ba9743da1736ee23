"""The calls of a store on values in pieces."""

from __future__ import annotations

from ctypes import byref
from typing import Optional

from . import _abi
from .arguments import Data
from .duration import DEFAULT, Ttl
from .handle import StoreHandle
from .library import functions
from .options import Durability, Expiry, put_options
from .value_reader import RawReader, Reader
from .value_writer import Writer


class StreamCalls(StoreHandle):
    """The calls of a store on values of any size, which are written and read like files."""

    def open_reader(self, group: Data, key: Data) -> Optional[Reader]:
        """Returns a value as a binary file to read, or None if the key is absent or expired.

        The value may be of any origin and size. kv.OutOfMemoryError when 65,536 readers are open.
        """
        handle = _abi.kv_reader()
        if self._call(functions.kv_reader_open, group, key, byref(handle)) != _abi.KV_OK:
            return None
        return Reader(RawReader(handle, self._location, key))

    def open_writer(
        self,
        group: Data,
        key: Data,
        *,
        ttl: Ttl = DEFAULT,
        expires_at: Expiry = DEFAULT,
        keep_ttl: bool = False,
        if_absent: bool = False,
        if_present: bool = False,
        if_version: Optional[int] = None,
        durability: Durability = Durability.DEFAULT,
    ) -> Writer:
        """Returns a binary file to write, which becomes the value of a key when it is committed.

        The options are those of `put`: a ttl begins, and a condition has to hold, at the commit.
        Without a with statement call `commit`. A snapshot raises kv.ReadOnlyError here;
        kv.OutOfMemoryError when 65,536 writers are open.
        """
        conditions = (if_absent, if_present, if_version)
        options = put_options(ttl, expires_at, keep_ttl, *conditions, durability)
        handle = _abi.kv_writer()
        self._call(functions.kv_writer_open, group, key, byref(options), byref(handle))
        return Writer(handle, self._location, group, key)
