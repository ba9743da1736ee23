"""The behaviour cases that all languages run; tests/behaviour/README.md describes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kv
from behaviour_calls import CALLS, open_store
from behaviour_compare import Difference, compare
from behaviour_locks import LOCK_CALLS
from behaviour_more import MORE_CALLS
from behaviour_run import Run
from behaviour_streams import STREAM_CALLS
from behaviour_transactions import TRANSACTION_CALLS
from behaviour_typed import TYPED_CALLS, RefusedError
from conftest import ROOT
from kv import _abi

FOLDER = ROOT / "tests" / "behaviour"
ENGINES = ("memory", "sqlite", "log")
CORE_CALLS = {**CALLS, **TRANSACTION_CALLS, **MORE_CALLS, **LOCK_CALLS, **STREAM_CALLS}
ALL_CALLS = {**CORE_CALLS, **TYPED_CALLS}

#: The name of each status, such as "too_large" of KV_ERR_TOO_LARGE.
STATUSES = {
    number: name[len("KV_ERR_") :].lower()
    for name, number in vars(_abi).items()
    if name.startswith("KV_ERR_")
}


def read(*files: Path) -> list[dict[str, Any]]:
    """Returns the cases of files."""
    cases = [case for file in files for case in json.loads(file.read_text("utf-8"))["cases"]]
    for case in cases:
        assert set(case) <= {"name", "api", "engines", "options", "calls"}, case["name"]
        assert case.get("api", "core") in ("core", "typed"), case["name"]
    return cases


def runs(cases: list[dict[str, Any]]) -> list[Any]:
    """Returns each case with each of its engines, under the name of the run."""
    return [
        pytest.param(case, engine, id=f"{case['name']} ({engine})")
        for case in cases
        for engine in case.get("engines", ENGINES)
    ]


CASES = read(*sorted((FOLDER / "cases").glob("*.json")))
CONTROLS = read(FOLDER / "planted.json")
have_run: set[tuple[str, str]] = set()


def make(run: Run, call: dict[str, Any]) -> dict[str, Any]:
    """Makes a call and returns its result; an exception of the package is a status."""
    arguments = {
        (f"{name}_" if name in ("if", "as", "from") else name): written
        for name, written in call.items()
        if name not in ("call", "expect")
    }
    try:
        if call["call"] == "open":
            returned = open_store(run, **arguments)
        else:
            store = run.stores[arguments.pop("store", "main")]
            returned = ALL_CALLS[call["call"]](run, store, **arguments)
    except kv.DecodeError:
        return {"status": "decode"}
    except RefusedError:
        return {"status": "hook"}
    except kv.ConflictError as error:
        return {"status": "conflict", "version": error.version, "failed": error.step}
    except kv.Error as error:
        return {"status": STATUSES[error.status]}
    return {"status": "ok", **returned}


def make_all(case: dict[str, Any], engine: str, directory: Path) -> int:
    """Makes the calls of a case up to the first difference, which is raised with its number."""
    run = Run(engine, directory)
    try:
        run.open("main", case.get("options", ""))
        for number, call in enumerate(case["calls"], 1):
            try:
                compare(call, make(run, call), run.version)
            except Difference as difference:
                difference.number = number  # type: ignore[attr-defined]
                raise
    finally:
        run.end()
    return len(case["calls"])


@pytest.mark.parametrize(("case", "engine"), runs(CASES))
def test_behaviour(case: dict[str, Any], engine: str, tmp_path: Path) -> None:
    have_run.add((case["name"], engine))
    make_all(case, engine, tmp_path)


@pytest.mark.parametrize(("case", "engine"), runs(CONTROLS))
def test_a_control_fails_at_its_last_call(
    case: dict[str, Any], engine: str, tmp_path: Path
) -> None:
    with pytest.raises(Difference) as caught:
        make_all(case, engine, tmp_path)
    assert caught.value.number == len(case["calls"])  # type: ignore[attr-defined]


def test_all_cases_have_run(capsys: pytest.CaptureFixture[str]) -> None:
    every = {(case["name"], engine) for case in CASES for engine in case.get("engines", ENGINES)}
    assert have_run == every and every
    assert len({case["name"] for case in CASES}) == len(CASES)
    with capsys.disabled():
        print(f"\n# {len(have_run)} runs of {len(CASES)} cases")


@pytest.mark.parametrize(
    "call",
    [
        {"call": "get_all", "key": "k"},
        {"call": "get", "key": "k", "colour": "blue"},
        {"call": "set", "key": "k", "value": "v", "expect": {"colour": "blue"}},
        {"call": "set", "key": "k", "value": {"octal": "7"}},
        {"call": "put", "key": "k", "value": "v", "if": "maybe"},
        {"call": "put", "key": "k", "value": "v", "durability": "maybe"},
        {"call": "expire", "key": "k", "ttl": 5, "flags": ["zz"]},
        {"call": "batch", "steps": [{"step": "set", "key": "k", "value": "v", "save": "x"}]},
    ],
)
def test_what_the_runner_does_not_know_is_an_error(call: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)) as caught:
        make_all({"calls": [call]}, "memory", tmp_path)
    assert not isinstance(caught.value, kv.Error)
