"""Compares the result of a call of a behaviour case with the expectations of the case."""

from __future__ import annotations

from typing import Any, Callable

from behaviour_values import integer, to_bytes

#: How far below the ttl that was written a reading may be; it may be 1 above.
SLACK_MS = 60_000


class Difference(AssertionError):
    """The expectation and the result differ."""


def entry(written: Any) -> tuple[bytes, bytes]:
    return to_bytes(written["key"]), to_bytes(written["value"])


def names(written: Any) -> Any:
    """A list of names, or of a quota the number."""
    return [to_bytes(name) for name in written] if isinstance(written, list) else integer(written)


def result(written: Any) -> dict[str, Any]:
    value = {"value": to_bytes(written["value"])} if "value" in written else {}
    return {"status": written["status"], **value}


def event(written: Any) -> dict[str, Any]:
    return {name: event_field(name, it) for name, it in written.items()}


def event_field(name: str, written: Any) -> Any:
    if name == "type":
        return written
    return integer(written) if name == "size" else to_bytes(written)


def record(written: Any) -> tuple[str, int]:
    return written["name"], integer(written["count"])


#: The value that an expectation stands for.
READ: dict[str, Callable[[Any], Any]] = {
    "value": to_bytes,
    "owner": to_bytes,
    "response": lambda written: None if written is None else to_bytes(written),
    "sum": integer,
    "length": integer,
    "count": integer,
    "size": integer,
    "failed": integer,
    "max_keys": integer,
    "max_groups": integer,
    "max_bytes": integer,
    "bytes": integer,
    "keys": names,
    "groups": names,
    "deleted": names,
    "entries": lambda written: [entry(one) for one in written],
    "results": lambda written: [result(one) for one in written],
    "expires_at": lambda written: written if written == "never" else integer(written),
    "state": str,
    "event": event,
    "record": record,
    "records": lambda written: [(to_bytes(one["key"]), record(one["record"])) for one in written],
    "trace": list,
}


def holds(field: str, written: Any, returned: dict[str, Any], version_of: Any) -> bool:
    """Returns whether an expectation holds."""
    if field == "ttl":
        found = returned["ttl"]
        if written == "never" or found == "never":
            return bool(found == written)
        return bool(integer(written) - SLACK_MS <= found <= integer(written) + 1)
    if field == "version":
        return bool(returned["version"] == version_of(written))
    if field == "newer_than":
        return bool(returned["version"] > version_of(written))
    return bool(returned.get(field) == READ[field](written))


def compare(call: dict[str, Any], returned: dict[str, Any], version_of: Any) -> None:
    """Raises Difference unless all expectations of a call hold."""
    expected = {"status": "ok", **call.get("expect", {})}
    status = expected.pop("status")
    # The status first: other differences follow from it.
    if returned["status"] not in (status if isinstance(status, list) else [status]):
        raise Difference(f"{call}: expected {status}, returned {returned}")
    if "state" in expected:
        # Without a response that is expected there must be none.
        expected.setdefault("response", None)
    for field, written in expected.items():
        if field == "entries" and call["call"] == "get_many":
            wanted = dict(READ[field](written))
            is_equal = wanted == dict(returned[field])
        else:
            is_equal = holds(field, written, returned, version_of)
        if not is_equal:
            raise Difference(f"{call}: expected {field} {written!r}, returned {returned}")
