"""Parts of values, templates, and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

import kv
from conftest import freed_values


@pytest.mark.parametrize(
    ("value", "separator", "parts"),
    [
        (b"a,b,,c", ",", [b"a", b"b", b"", b"c"]),
        (b"", ",", [b""]),
        (b"abc", ",", [b"abc"]),
        (b"a\0b\0", b"\0", [b"a", b"b", b""]),
        (b"a--b", "--", [b"a", b"b"]),
        ("grün".encode() + b"\xff", "", [b"g", b"r", "ü".encode(), b"n", b"\xff"]),
        (b"", "", []),
    ],
)
def test_split_cuts_at_the_separator(
    store: kv.Store, value: bytes, separator: kv.Data, parts: list[bytes]
) -> None:
    store.set("g", "k", value)
    found = store.text.split("g", "k", separator)
    assert found is not None and list(found) == parts


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (" a  b\tc\n", [b"a", b"b", b"c"]),
        ("", []),
        (" \n\t ", []),
        ("a\u00a0b\u3000c", [b"a", b"b", b"c"]),
        (b"\xff \0", [b"\xff", b"\0"]),
    ],
)
def test_fields_are_what_stands_between_white_space(
    store: kv.Store, value: kv.Data, parts: list[bytes]
) -> None:
    store.set("g", "k", value)
    found = store.text.fields("g", "k")
    assert found is not None and list(found) == parts


def test_an_absent_key_has_no_parts_at_all(store: kv.Store) -> None:
    assert store.text.split("g", "k", ",") is None
    assert store.text.fields("g", "k") is None
    for part in store.text.fields("g", "k") or ():
        raise AssertionError(part)


def test_parts_are_of_the_value_as_it_was_read(store: kv.Store) -> None:
    store.set("g", "k", ",".join(str(number) for number in range(10_000)))
    with store.text.split("g", "k", ",") or pytest.fail("absent") as parts:
        assert next(parts) == b"0"
        store.set("g", "k", "another")
        assert sum(1 for _ in parts) == 9_999
    large = b"x" * 1_000_000
    store.set("g", "k", b"small " + large)
    assert list(store.text.fields("g", "k") or ()) == [b"small", large]


def test_a_template_is_filled_in(store: kv.Store) -> None:
    store.set_many("g", {"name": "Ada <3", "roles": "admin,author", "größe": "5"})
    assert store.text.render("g", "Hello {{ name }}!") == "Hello Ada <3!"
    assert store.text.render("g", "{{ name|escape }}") == "Ada &lt;3"
    assert store.text.render("g", b"{{ group[\"gr\xc3\xb6\xc3\x9fe\"] }} \xe2\x82\xac") == "5 €"
    loop = "{% for role in roles|split(',') %}[{{ role }}]{% endfor %}"
    assert store.text.render("g", loop) == "[admin][author]"
    assert store.text.render("g", "{{ absent|default('-') }}") == "-"
    assert store.text.render("g", "") == ""


@pytest.mark.parametrize(
    "template", ["{{ name", "{% if %}", "line\n{{ absent }}", "{{ blob }}", "a\0b", "{{ f() }}"]
)
def test_templates_that_cannot_be_filled_in_are_refused(store: kv.Store, template: str) -> None:
    store.set("g", "blob", b"\xff")
    with pytest.raises(kv.InvalidArgumentError) as caught:
        store.text.render("g", template)
    assert caught.value.message


def test_a_template_from_a_stranger_ends(store: kv.Store) -> None:
    digits = ",".join("0123456789")
    store.set("g", "k", digits)
    nested = "{% for a in k|split(',') %}" * 8 + "x" + "{% endfor %}" * 8
    for template in (nested, "x" * 300_000):
        with pytest.raises(kv.TooLargeError):
            store.text.render("g", template)


def test_json_is_kept_byte_for_byte(store: kv.Store) -> None:
    text = '{ "big": 123456789012345678901234567890.50, "list": [1, {"a/b": null}], "s": "ü" }'
    store.json.set("g", "k", text)
    assert store.get("g", "k") == text.encode()
    assert store.json.get("g", "k") == text.encode()
    assert store.json.get("g", "k", "/big") == b"123456789012345678901234567890.50"
    assert store.json.get("g", "k", "/list/1/a~1b") == b"null"
    assert store.json.get("g", "k", b"/list") == b'[1, {"a/b": null}]'
    assert json.loads(store.json.get("g", "k", "/s") or b"") == "ü"
    assert store.json.get("g", "k", "/list/2") is None
    assert store.json.get("g", "k", "/none") is None
    assert store.json.get("g", "none") is None


def test_set_json_clears_an_expiry(store: kv.Store) -> None:
    store.set("g", "k", "1")
    store.json.set("g", "k", " [1] ")
    assert store.ttl("g", "k") == kv.NEVER
    assert store.json.get("g", "k") == b"[1]"


@pytest.mark.parametrize("wrong", ["", "{", "[1,]", "nul", "NaN", "1 2", b'"\xff"', "'a'", b"\0"])
def test_what_is_not_json_is_refused(store: kv.Store, wrong: kv.Data) -> None:
    store.set("g", "k", "old")
    with pytest.raises(kv.NotJsonError, match="line|byte"):
        store.json.set("g", "k", wrong)
    assert store.get("g", "k") == b"old"
    store.set("g", "k", wrong)
    with pytest.raises(kv.NotJsonError, match="line|byte"):
        store.json.get("g", "k")


def test_depth_has_a_limit(store: kv.Store) -> None:
    store.json.set("g", "k", "[" * 512 + "]" * 512)
    deeper = "[" * 513 + "]" * 513
    with pytest.raises(kv.TooLargeError):
        store.json.set("g", "k", deeper)
    store.set("g", "k", deeper)
    with pytest.raises(kv.TooLargeError):
        store.json.get("g", "k", "/0")


@pytest.mark.parametrize("pointer", ["name", "/a~2", "/~", "/a\0"])
def test_what_is_no_pointer_is_refused(store: kv.Store, pointer: str) -> None:
    store.json.set("g", "k", '{"name": 1}')
    with pytest.raises(kv.InvalidArgumentError):
        store.json.get("g", "k", pointer)


def test_other_types_and_closed_stores_are_refused(store: kv.Store) -> None:
    def calls(what: Any) -> list[Any]:
        return [
            lambda: store.text.split("g", "k", what),
            lambda: store.text.split("g", what, ","),
            lambda: store.text.fields(what, "k"),
            lambda: store.text.render("g", what),
            lambda: store.text.render(what, ""),
            lambda: store.json.set("g", "k", what),
            lambda: store.json.get("g", "k", what),
        ]

    for wrong in (None, 5, {"a": 1}):
        for call in calls(wrong):
            with pytest.raises(TypeError):
                call()
    store.close()
    for call in calls("1"):
        with pytest.raises(kv.InvalidHandleError):
            call()


def test_values_and_cursors_are_given_back(
    store: kv.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set("g", "k", "1")
    freed = freed_values(monkeypatch)
    store.text.render("g", "{{ k }}")
    store.json.get("g", "k")
    assert len(freed) == 2
    for _ in range(35_000):
        store.text.fields("g", "k")
        store.text.split("g", "k", " ")
