"""The options of kv.open: typed, documented, and the same as those of the library."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import kv
from conftest import ROOT, run_python
from kv.location_options import OPTIONS, Options
from kv.locations import with_options

#: The kinds of stores, in the order of their tables in docs/services.md.
KINDS = ["sqlite", "log", "memory", "redis"]
#: Parts of a location of a Redis, which only a services file has as options.
PARTS = {"addr", "username", "password", "db", "cluster", "sentinel", "tls"}


def tables() -> list[list[tuple[str, str, str]]]:
    """Returns name, type and default of the options in docs/services.md, of each kind of store."""
    text = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
    found: list[list[tuple[str, str, str]]] = []
    for line in text.splitlines():
        row = re.match(r"\| `(\w+)`(?: \*)? \| (.*?) \| (.*?) \| ", line)
        if line.startswith("| key | takes"):
            found.append([])
        elif row and found:
            name, takes, default = row.groups()
            found[-1].append((name, takes, default.strip("`")))
    return found


def kind_of(takes: str) -> str:
    kinds = {"True or False": "switch", "a whole number": "whole number", "a text": "text"}
    if takes.startswith("seconds"):
        return "duration"
    if takes.startswith("bytes"):
        return "size"
    return kinds.get(takes, takes.replace('"', "`"))


def test_the_options_are_those_of_the_library() -> None:
    library = tables()
    assert len(library) == 4
    for kind, rows in zip(KINDS, library):
        expected = {row for row in rows if row[0] not in PARTS}
        ours = {
            (it.name, kind_of(it.takes), it.default or "none")
            for it in OPTIONS
            if kind in it.kinds.split()
        }
        assert ours == expected


def test_the_header_knows_each_option() -> None:
    header = (ROOT / "include" / "kv.h").read_text(encoding="utf-8")
    chapter = header[header.index("@defgroup opening") : header.index("kv_status kv_open(")]
    listed = set(re.findall(r"^ \* \| (\w+)(?: \*)? +\| \S* +\| ", chapter, flags=re.MULTILINE))
    assert {option.name for option in OPTIONS} == listed - {"option"}


def test_help_shows_each_option_with_its_type_and_unit() -> None:
    ended = run_python("import kv; help(kv.open)")
    assert ended.stderr == ""
    for option in OPTIONS:
        assert f"        {option.name}: {option.takes}" in ended.stdout
    parameters = inspect.signature(kv.open).parameters
    assert list(parameters) == ["location", *(option.name for option in OPTIONS)]
    assert list(Options.__annotations__) == list(parameters)[1:]
    assert "busy_timeout: Time = kv.DEFAULT" in str(inspect.signature(kv.open))


@pytest.mark.parametrize(
    ("location", "options", "expected"),
    [
        ("app.db", {"durability": "full"}, "sqlite:app.db?durability=full"),
        (b"a?b%c.db", {"create": False}, "sqlite:a%3Fb%25c.db?create=off"),
        (Path("memory:"), {"create": True}, "sqlite:memory:?create=on"),
        ("sqlite:app.db", {"busy_timeout": 0.25}, "sqlite:app.db?busy_timeout=250ms"),
        ("sqlite:a.db?create=on", {"wal_limit": 4096}, "sqlite:a.db?create=on&wal_limit=4096"),
        (":memory:", {"default_ttl": timedelta(hours=1)}, "memory:?default_ttl=3600000ms"),
        ("memory:x", {"max_bytes": "1MiB", "evict": "lru"}, "memory:x?max_bytes=1MiB&evict=lru"),
        ("log:folder", {"sync_every": "10ms"}, "log:folder?sync_every=10ms"),
        ("redis://host", {"prefix": "a&b=c"}, "redis://host?prefix=a%26b%3Dc"),
        ("redis://host", {"tls_ca": Path("/a b/ca.pem")}, "redis://host?tls_ca=/a b/ca.pem"),
        ("app.db", {"durability": kv.DEFAULT}, "sqlite:app.db"),
        ("1a:b", {"create": True}, "sqlite:1a:b?create=on"),
    ],
)
def test_options_are_written_as_a_location_has_them(
    location: Any, options: dict[str, Any], expected: str
) -> None:
    assert with_options(location, options) == expected


def test_options_have_their_effect(tmp_path: Path) -> None:
    path = tmp_path / "what? 100%&=#.db"
    with kv.open(path, default_ttl=3600, changes=True, max_entries=2, evict="lru") as store:
        store.set_many("g", {"a": "1", "b": "2"})
        store.set("g", "c", "3")
        left = store.ttl("g", "c")
        assert left is not None and timedelta(0) < left <= timedelta(hours=1)
        assert store.count_all() == 2 and store.change_log.oldest() >= 0
        assert store.maintenance.stats().max_entries == 2
    assert path.exists()
    with kv.open(path, read_only=True) as store, pytest.raises(kv.ReadOnlyError):
        store.set("g", "k", "v")
    with pytest.raises(FileNotFoundError) as caught:
        kv.open(tmp_path / "none.db", create=False)
    assert caught.value.filename == str(tmp_path / "none.db")
    with kv.open("memory:", max_bytes="10B") as store, pytest.raises(kv.FullError):
        store.set("g", "k", "v" * 100)
    with kv.open(f"log:{tmp_path / 'log'}", durability="full", sync_every=0.5) as store:
        store.set("g", "k", "v")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"durabilty": "full"}, TypeError, "no option 'durabilty'; did you mean 'durability'"),
        ({"busy_timout": 5}, TypeError, "did you mean 'busy_timeout'"),
        ({"qqq": 1}, TypeError, r"no option 'qqq'; help\(kv\.open\) lists them"),
        ({"create": "yes"}, TypeError, "create must be True or False, not str"),
        ({"create": 1}, TypeError, "create must be True or False, not int"),
        ({"max_entries": "5"}, TypeError, "max_entries must be a whole number, not str"),
        ({"max_entries": True}, TypeError, "max_entries must be a whole number, not bool"),
        ({"max_bytes": 1.5}, TypeError, "max_bytes must be bytes, or a text"),
        ({"busy_timeout": None}, TypeError, "busy_timeout must be a datetime.timedelta or seconds"),
        ({"durability": 5}, TypeError, "durability must be"),
        ({"durability": "ful"}, kv.InvalidArgumentError, "normal or full"),
        ({"busy_timeout": "5"}, kv.InvalidArgumentError, "needs a unit"),
        ({"busy_timeout": -1}, kv.InvalidArgumentError, "must not be negative"),
        ({"max_bytes": -1}, kv.InvalidArgumentError, "max_bytes"),
        ({"max_bytes": 2**80}, kv.InvalidArgumentError, "max_bytes"),
        ({"prefix": "a"}, kv.InvalidArgumentError, "no option of a store in a file; it is one of a R"),
        ({"sync_every": 1}, kv.InvalidArgumentError, "it is one of a log"),
        ({"evict": "lru\0"}, kv.InvalidArgumentError, "none or lru"),
    ],
)
def test_options_that_are_wrong_are_refused(
    path: Path, options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    for opened in (kv.open, kv.Store):
        with pytest.raises(kind, match=words):
            opened(path, **options)
    assert not path.exists()


def test_an_option_of_a_scheme_that_is_not_known_is_for_the_library() -> None:
    with pytest.raises(kv.InvalidArgumentError, match="unknown scheme"):
        kv.open("postgres:app", durability="full")
