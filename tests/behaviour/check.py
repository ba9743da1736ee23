#!/usr/bin/env python3
"""Compares files of cases with the format that README.md describes, or prints them in flat form.

    check.py FILE...           fails at what the format does not have
    check.py --flat FILE...    prints the core cases in lines, for languages without a reader of JSON
"""

import json
import sys

PUT = "if version ttl expires_at keep_ttl durability"
KEY = "group key"
SCAN = "group prefix glob redis_glob from above below to offset limit reverse"
# The arguments of each call, and what it returns.
CALLS = {
    "open": ("options", ""),
    "scope": ("name as", ""),
    "snapshot": ("as", ""),
    "close": ("", ""),
    "set": (f"{KEY} value ttl", ""),
    "put": (f"{KEY} value save {PUT}", "version newer_than"),
    "get": (KEY, "value"),
    "entry": (f"{KEY} save", "value version expires_at"),
    "info": (KEY, "size version expires_at"),
    "exists": (KEY, ""),
    "delete": (KEY, ""),
    "delete_version": (f"{KEY} version", ""),
    "take": (KEY, "value"),
    "increment": (f"{KEY} delta ttl", "sum"),
    "append": (f"{KEY} value ttl", "length"),
    "ttl": (KEY, "ttl"),
    "expire": (f"{KEY} ttl flags", ""),
    "persist": (KEY, ""),
    "set_many": ("group entries ttl", ""),
    "get_many": ("group keys", "entries"),
    "delete_many": ("group keys", "count deleted"),
    "scan": (SCAN, "entries keys"),
    "groups": ("prefix", "groups"),
    "count": ("group", "count"),
    "count_all": ("prefix", "count"),
    "delete_group": ("group", "count"),
    "delete_prefix": ("group prefix", "count"),
    "delete_all": ("prefix", "count"),
    "purge_expired": ("", "count"),
    "set_json": (f"{KEY} value", ""),
    "get_json": (f"{KEY} path", "value"),
    "quota_set": ("name max_keys max_groups max_bytes", ""),
    "quota_get": ("name", "max_keys max_groups max_bytes keys groups bytes"),
    "batch": ("steps", "results failed"),
    "txn_begin": ("txn", ""),
    "txn_get": (f"txn {KEY}", "value"),
    "txn_scan": (f"txn {SCAN}", "entries keys"),
    "txn_set": (f"txn {KEY} value {PUT}", ""),
    "txn_exists": (f"txn {KEY}", ""),
    "txn_ttl": (f"txn {KEY}", "ttl"),
    "txn_increment": (f"txn {KEY} delta ttl", "sum"),
    "txn_append": (f"txn {KEY} value ttl", "length"),
    "txn_expire": (f"txn {KEY} ttl flags", ""),
    "txn_delete": (f"txn {KEY}", ""),
    "txn_commit": ("txn", ""),
    "txn_abort": ("txn", ""),
    "watch": ("watch group group_prefix key key_prefix", ""),
    "poll": ("watch", "event"),
    "idempotency_begin": ("key request ttl save", "state response"),
    "idempotency_get": ("key", "state response"),
    "idempotency_complete": ("key token response", ""),
    "idempotency_forget": ("key token", ""),
    "writer_open": (f"writer {KEY} {PUT}", ""),
    "writer_write": ("writer value", ""),
    "writer_size": ("writer", "size"),
    "writer_commit": ("writer save", "version newer_than"),
    "writer_abort": ("writer", ""),
    "reader_open": (f"reader {KEY}", ""),
    "reader_info": ("reader", "size version expires_at"),
    "reader_read": ("reader offset length", "value"),
    "reader_close": ("reader", ""),
    "lock_acquire": ("name owner lease wait save", "newer_than"),
    "lock_renew": ("name lock lease", ""),
    "lock_release": ("name lock", ""),
    "lock_get": ("name", "owner ttl"),
    "typed_open": ("typed group rename fail", ""),
    "typed_set": ("typed key record ttl", ""),
    "typed_put": (f"typed key record save {PUT}", "version newer_than"),
    "typed_get": ("typed key", "record"),
    "typed_take": ("typed key", "record"),
    "typed_delete": ("typed key", ""),
    "typed_scan": ("typed", "records"),
    "trace": ("typed", "trace"),
}
STEPS = {
    "check": f"{KEY} version",
    "get": KEY,
    "set": f"{KEY} value {PUT}",
    "delete": KEY,
    "take": KEY,
    "increment": f"{KEY} delta ttl",
    "append": f"{KEY} value ttl",
    "expire": f"{KEY} ttl flags",
    "delete_prefix": "group prefix",
    "check_lock": "name lock",
}
STATUSES = (
    "ok not_found conflict closed handle argument busy quota full too_large not_integer not_json "
    "read_only unsupported decode hook"
).split()
# Fields that hold bytes, and lists of them.
BYTES = "group key value prefix glob redis_glob from above below to name owner request response " \
    "group_prefix key_prefix".split()
# The names of the elements of a list in the flat form.
ELEMENTS = {
    "entries": "entry",
    "keys": "key",
    "deleted": "key",
    "groups": "group",
    "results": "result",
}
ORDER = "type status group key value size".split()


class Wrong(Exception):
    """A case is not in the format."""


def to_bytes(written):
    """Returns the bytes that a text, hexadecimal digits or a repetition stand for."""
    if isinstance(written, str):
        return written.encode()
    if isinstance(written, dict) and set(written) == {"hex"}:
        return bytes.fromhex(written["hex"])
    if isinstance(written, dict) and set(written) == {"repeat", "times"}:
        return written["repeat"].encode() * written["times"]
    raise Wrong(f"{written!r} is not bytes")


def refuse_others(what, fields, known):
    for name in set(fields) - set(known):
        raise Wrong(f"{what} has no {name!r}")


def check_value(name, value):
    if name in BYTES:
        to_bytes(value)
    elif name in ("ttl", "expires_at") and value != "never" and not isinstance(value, int):
        raise Wrong(f"{name} is {value!r}")
    elif name == "status":
        for status in value if isinstance(value, list) else [value]:
            if status not in STATUSES:
                raise Wrong(f"no status is called {status!r}")


def check_order(keys, found):
    """Expected entries stand in the order of the keys, so that a list can be compared as one."""
    rest = iter(keys)
    if not all(key in rest for key in found):
        raise Wrong("the entries are not in the order of the keys")


def check_call(call):
    name = call.get("call")
    if name not in CALLS:
        raise Wrong(f"no call is called {name!r}")
    arguments, returns = (words.split() for words in CALLS[name])
    expect = call.get("expect", {})
    refuse_others(name, call, ["call", "store", "expect", *arguments])
    refuse_others(f"what {name} returns", expect, ["status", *returns])
    if name == "get_many":
        check_order(call["keys"], [entry["key"] for entry in expect.get("entries", [])])
    if name == "delete_many":
        check_order(call["keys"], expect.get("deleted", []))
    for step in call.get("steps", []):
        if step.get("step") not in STEPS:
            raise Wrong(f"no step is called {step.get('step')!r}")
        refuse_others(f"the step {step['step']}", step, ["step", *STEPS[step["step"]].split()])
    many = [
        element
        for fields in (call, expect)
        for elements in fields.values()
        if isinstance(elements, list)
        for element in elements
        if isinstance(element, dict)
    ]
    for fields in [call, expect, *many]:
        for field, value in fields.items():
            if not (name == "quota_get" and field in ("keys", "groups", "bytes")):
                check_value(field, value)


def check_case(case, seen):
    refuse_others("a case", case, ["name", "api", "engines", "options", "calls"])
    name = case["name"]
    if name in seen:
        raise Wrong("two cases have this name")
    seen.add(name)
    if case.get("api", "core") not in ("core", "typed"):
        raise Wrong(f"no api is called {case['api']!r}")
    engines = case.get("engines", ["memory"])
    if not engines or set(engines) - {"memory", "sqlite", "log"} or not case["calls"]:
        raise Wrong("a case has engines and calls")
    for number, call in enumerate(case["calls"], 1):
        try:
            check_call(call)
        except (Wrong, ValueError, TypeError) as error:
            raise Wrong(f"call {number}: {error}") from error
        is_typed = call["call"].startswith("typed_") or call["call"] == "trace"
        if is_typed and case.get("api") != "typed":
            raise Wrong(f"call {number} is of typed stores, the case is not")


def flat_value(name, value):
    if name in BYTES:
        return "x" + to_bytes(value).hex()
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def flat_fields(fields, prefix=""):
    return [f"{prefix}{name}={flat_value(name, value)}" for name, value in fields.items()]


def flat_element(name, element):
    """The fields of an element of a list, in one order; a key or a group alone stands for itself."""
    if name in ("keys", "deleted", "groups"):
        return flat_fields({ELEMENTS[name]: element})
    return flat_fields({field: element[field] for field in ORDER if field in element})


def flat_call(call):
    name, expect = call["call"], dict(call.get("expect", {}))
    expect.setdefault("status", "ok")
    arguments = {key: value for key, value in call.items() if key not in ("call", "expect")}
    lists = {key: arguments.pop(key) for key in ("steps", "entries", "keys") if key in arguments}
    wanted = {}
    if name != "quota_get":
        wanted = {key: expect.pop(key) for key in [*ELEMENTS, "event"] if key in expect}
    if "group" in CALLS[name][0].split() and name != "watch":
        arguments.setdefault("group", "")
    kinds = [f"expect.list={ELEMENTS.get(key, key)}" for key in wanted]
    yield ["call", name, *flat_fields(arguments), *flat_fields(expect, "expect."), *kinds]
    for key, elements in lists.items():
        for element in elements:
            if key == "steps":
                has_group = "group" in STEPS[element["step"]].split()
                fields = {"group": "", **element} if has_group else dict(element)
                yield ["step", fields.pop("step"), *flat_fields(fields)]
            else:
                yield [ELEMENTS[key], *flat_element(key, element)]
    for key, elements in wanted.items():
        for element in [elements] if key == "event" else elements:
            yield ["want", ELEMENTS.get(key, key), *flat_element(key, element)]


def print_flat(cases):
    core = [case for case in cases if case.get("api", "core") == "core"]
    for case in core:
        engines = ",".join(case.get("engines", ["memory", "sqlite", "log"]))
        print("case", engines, case.get("options", ""), case["name"], sep="\t")
        for call in case["calls"]:
            for line in flat_call(call):
                print(*line, sep="\t")
    print("end", len(core), sep="\t")


def main(arguments):
    is_flat = arguments[:1] == ["--flat"]
    cases, seen = [], set()
    for path in arguments[is_flat:]:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        refuse_others("a file", content, ["about", "cases"])
        for case in content["cases"]:
            try:
                check_case(case, seen)
            except (Wrong, KeyError) as error:
                sys.exit(f"{path}: {case.get('name')!r}: {error}")
        cases += content["cases"]
    if not cases:
        sys.exit("no cases")
    if is_flat:
        print_flat(cases)
    else:
        print(f"# {len(cases)} cases")


if __name__ == "__main__":
    main(sys.argv[1:])
