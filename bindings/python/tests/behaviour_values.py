"""How the behaviour cases write bytes, numbers and ttls."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import kv

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)

DURABILITIES = {"normal": kv.Durability.NORMAL, "full": kv.Durability.FULL}

#: An argument that a call does not have; null would be a value of JSON.
LEFT_OUT: Any = object()


def to_bytes(written: Any) -> bytes:
    """Returns the bytes that a text, hexadecimal digits or a repetition stand for."""
    if isinstance(written, str):
        return written.encode()
    if set(written) == {"hex"}:
        return bytes.fromhex(written["hex"])
    if set(written) == {"repeat", "times"}:
        return bytes(written["repeat"].encode() * written["times"])
    raise ValueError(f"{written!r} is not bytes")


def integer(written: Any) -> int:
    """Returns a number, or the one that a text of digits stands for."""
    if isinstance(written, bool) or not isinstance(written, (int, str)):
        raise ValueError(f"{written!r} is not an integer")
    return int(written)


def ttl_keywords(written: Any, name: str = "ttl") -> dict[str, Any]:
    """Returns the keyword argument for a ttl; none for one that is left out."""
    if written is LEFT_OUT:
        return {}
    return {name: kv.NEVER if written == "never" else timedelta(milliseconds=integer(written))}


def flag_keywords(written: list[str]) -> dict[str, bool]:
    """Returns the keyword arguments for the flags of an expire."""
    return {flag: True for flag in written}


def instant(moment: Optional[datetime]) -> Any:
    """Returns how a case writes an expiry that was read."""
    return "never" if moment is None else (moment - EPOCH) // MILLISECOND


def remaining(found: timedelta) -> Any:
    """Returns how a case writes a ttl that was read."""
    return "never" if found == kv.NEVER else found // MILLISECOND


def put_options(
    version_of: Any,
    *,
    if_: Any = LEFT_OUT,
    version: Any = LEFT_OUT,
    ttl: Any = LEFT_OUT,
    expires_at: Any = LEFT_OUT,
    keep_ttl: bool = False,
    durability: Any = LEFT_OUT,
) -> dict[str, Any]:
    """Returns the keyword arguments of a put; `version_of` knows the names of versions."""
    options: dict[str, Any] = ttl_keywords(ttl)
    if expires_at is not LEFT_OUT:
        at = None if expires_at == "never" else EPOCH + integer(expires_at) * MILLISECOND
        options["expires_at"] = at
    if keep_ttl:
        options["keep_ttl"] = True
    if durability is not LEFT_OUT:
        options["durability"] = DURABILITIES[durability]
    if if_ == "version":
        options["if_version"] = version_of(version)
    elif if_ in ("absent", "present"):
        options[f"if_{if_}"] = True
    elif if_ is not LEFT_OUT:
        raise ValueError(f"there is no condition {if_!r}")
    return options
