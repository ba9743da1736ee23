"""Finds the shared library, compares its interface with this package's, and loads it.

The one inside the wheel comes first, then the file that the variable KV_LIBRARY names, then the
system's. The first that is there is taken; if it cannot be used, the import fails and says why,
because another could be of any version.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from . import _abi

NAME = "libkv.so.0"


class LibraryError(ImportError):
    """The shared library cannot be found, or is not one this package can use."""


def locate() -> str:
    """Returns the file to load, or the name under which the system has it."""
    packed = Path(__file__).with_name(NAME)
    if packed.exists():
        return str(packed)
    return os.environ.get("KV_LIBRARY") or NAME


def load(name: str) -> _abi.Functions:
    """Returns the functions of a library, or raises LibraryError. Any thread; once is enough."""
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        raise LibraryError(
            f"the kv library cannot be loaded: {error}; looked for it in this package, in "
            f"KV_LIBRARY and as the system's {NAME}"
        ) from error
    try:
        found = library["kv_abi_version"]
    except AttributeError as error:
        raise LibraryError(f"{name} is not the kv library: it has no kv_abi_version") from error
    found.restype = ctypes.c_uint32
    version = found()
    if version != _abi.KV_ABI_VERSION:
        raise LibraryError(
            f"{name} has interface {version} of kv, and this package was built for interface "
            f"{_abi.KV_ABI_VERSION}; install the two from one release"
        )
    try:
        return _abi.Functions(library)
    except AttributeError as error:
        raise LibraryError(f"{name} is older than this package: {error}") from error


functions = load(locate())


def version() -> str:
    """Returns the version of the library that is loaded, such as "0.2.0"."""
    return functions.kv_version().decode()


def version_number() -> int:
    """Returns the same as major * 1,000,000 + minor * 1,000 + patch."""
    return functions.kv_version_number()


def abi_version() -> int:
    """Returns the number of the interface of the library that is loaded."""
    return functions.kv_abi_version()


def strerror(status: int) -> str:
    """Returns what a status means, for any number of 32 bits."""
    return functions.kv_strerror(status).decode()
