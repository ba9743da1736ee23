"""The package is what kv.h says: every function is used, every constant and error is there."""

from __future__ import annotations

import ast
import ctypes
import inspect
import logging
import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest

import kv
from conftest import ROOT
from kv import _abi, _flat
from kv.errors import Error

HEADER = (ROOT / "include" / "kv.h").read_text(encoding="utf-8")
SYMBOLS = (ROOT / "include" / "symbols.txt").read_text(encoding="utf-8").split()
generator = runpy.run_path(str(ROOT / "bindings" / "python" / "generate.py"))


def used_functions() -> set[str]:
    """Returns the names taken from `functions` in the package, declarations apart."""
    used = set()
    for file in Path(kv.__file__).parent.glob("*.py"):
        if file.name == "_abi.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == "functions":
                    used.add(node.attr)
    return used


def test_every_function_of_the_header_is_reachable() -> None:
    assert set(SYMBOLS) - used_functions() == set()
    assert len(SYMBOLS) > 40


def test_every_function_of_the_header_is_declared() -> None:
    declared = {name for name in vars(kv.library.functions) if name.startswith("kv_")}
    assert declared == set(SYMBOLS)


def test_the_declarations_are_those_of_the_header() -> None:
    assert Path(_abi.__file__).read_text(encoding="utf-8") == generator["generate"](HEADER)


def test_each_error_of_the_header_has_one_class() -> None:
    numbers = {value for name, value in vars(_abi).items() if name.startswith("KV_ERR_")}
    assert len(numbers) == len(re.findall(r"#define KV_ERR_", HEADER))
    assert numbers == {status for status in Error.by_status if status < 0}
    for status, kind in Error.by_status.items():
        assert kind.status == status
        assert getattr(kv, kind.__name__) is kind


def test_structures_have_the_sizes_that_a_compiler_computes() -> None:
    sizes = {"kv_error": 256, "kv_value": 56, "kv_entry": 80, "kv_put_options": 32}
    sizes.update({"kv_txn": 8, "kv_quota": 56, "kv_change_cursor": 8, "kv_lock": 16})
    sizes.update({"kv_reader": 8, "kv_writer": 8})
    sizes.update({"kv_copy_options": 40, "kv_copy_state": 96})
    sizes.update({"kv_metrics": 464, "kv_call_metrics": 248, "kv_usage": 32})
    sizes.update({"kv_log_record": 40, "kv_trace_call": 64})
    sizes.update({"kv_event": 88, "kv_watch_options": 24, "kv_scan_options": 72})
    assert {name: ctypes.sizeof(getattr(_abi, name)) for name in sizes} == sizes


def test_event_types_are_those_of_the_header() -> None:
    numbers = re.findall(r"#define KV_EVENT_(\w+) (\d+)\n", HEADER)
    assert {kind.name: str(kind.value) for kind in kv.EventType} == dict(numbers)


def test_the_outcomes_of_steps_are_those_of_the_header() -> None:
    numbers = dict(re.findall(r"#define KV_([A-Z_]+) (\d+)\n", HEADER))
    assert {status.name: str(status.value) for status in kv.Status} == {
        name: numbers[name] for name in ("OK", "NOT_FOUND", "CONFLICT")
    }


def test_idempotency_states_are_those_of_the_header() -> None:
    numbers = re.findall(r"#define KV_IDEMPOTENCY_(\w+) (\d+)\n", HEADER)
    assert {state.name: str(state.value) for state in kv.IdempotencyState} == dict(numbers)


def test_a_quota_has_the_fields_of_the_structure() -> None:
    structure = [name for name, *_ in _abi.kv_quota._fields_]
    assert [field.name for field in fields(kv.Quota)] == structure[2:]


def test_the_state_of_a_copy_has_the_fields_of_the_structure() -> None:
    structure = [name for name, *_ in _abi.kv_copy_state._fields_]
    assert [field.name for field in fields(kv.CopyState)][:-1] == structure[2:8]


def test_what_becomes_of_existing_entries_has_the_numbers_of_the_header() -> None:
    numbers = re.findall(r"#define KV_COPY_(\w+) (\d+)\n", HEADER)
    assert {existing.name: str(existing.value) for existing in kv.Existing} == dict(numbers)


def test_durabilities_are_those_of_the_header() -> None:
    numbers = re.findall(r"#define KV_DURABILITY_(\w+) (\d+)\n", HEADER)
    assert {durability.name: str(durability.value) for durability in kv.Durability} == dict(numbers)


SHARED = ["exists", "ttl", "increment", "append", "expire", "delete", "scan", "keys", "sizes"]


@pytest.mark.parametrize("name", SHARED)
def test_a_call_of_a_transaction_takes_and_returns_what_that_of_a_store_does(name: str) -> None:
    of_store, of_transaction = getattr(kv.Store, name), getattr(kv.Transaction, name)
    assert inspect.signature(of_transaction) == inspect.signature(of_store)


def test_statistics_have_the_fields_of_the_structure() -> None:
    structure = [name for name, *_ in _abi.kv_stats._fields_]
    assert [field.name for field in fields(kv.Statistics)] == structure[1:]


def test_usage_and_metrics_have_the_fields_of_the_structures() -> None:
    for kind, name in ((kv.Usage, "kv_usage"), (kv.Metrics, "kv_metrics")):
        structure = [field for field, *_ in getattr(_abi, name)._fields_]
        assert [field.name for field in fields(kind)] == structure[2:], name
    structure = [name for name, *_ in _abi.kv_call_metrics._fields_]
    assert [field.name for field in fields(kv.CallMetrics)] == structure[1:]


def test_kinds_of_calls_are_those_of_the_header() -> None:
    numbers = dict(re.findall(r"#define KV_CALL_(\w+) (\d+)\n", HEADER))
    assert int(numbers.pop("KINDS")) == len(kv.CallKind)
    assert {kind.name: str(kind.value) for kind in kv.CallKind} == numbers


def test_levels_of_the_log_are_those_of_the_header() -> None:
    numbers = dict(re.findall(r"#define KV_LOG_([A-Z]+) (\d+)\n", HEADER))
    assert int(numbers.pop("OFF")) == 0
    ours = {logging.getLevelName(level): number for number, level in kv.log.LEVELS.items()}
    ours["WARN"] = ours.pop("WARNING")
    assert {name: str(number) for name, number in ours.items()} == numbers


def test_bounds_of_buckets_are_those_of_the_header() -> None:
    text = " ".join(HEADER.replace(" * ", " ").split())
    bounds = kv.CallMetrics.BOUNDS_NS
    assert "up to 100, 200, 500 ns, 1, 2, 5 us and so on to 1, 2, 5, 10 s, and longer" in text
    assert bounds[:6] == (100, 200, 500, 1000, 2000, 5000) and bounds[-1] == 10 * 10**9
    assert len(bounds) + 1 == _abi.KV_DURATION_BUCKETS
    listed = re.search(r"by the number of their batches: ([\d, upto]+), and more", text)
    assert listed
    numbers = tuple(map(int, re.findall(r"\d+", listed[1])))
    assert numbers == kv.Metrics.GROUP_BOUNDS and len(numbers) + 1 == _abi.KV_GROUP_BUCKETS


def test_the_flat_form_has_the_sizes_and_numbers_the_header_states() -> None:
    assert f"A step of a batch is {_flat.STEP.size} bytes" in HEADER
    assert f"An entry is {_flat.ENTRY.size} bytes" in HEADER
    assert f"An event is {_flat.EVENT.size} bytes" in HEADER
    listed = re.search(r"u32 step: (.*?) - u32", HEADER, flags=re.DOTALL)
    assert listed
    # Some of them say in brackets what their fields are.
    names = re.sub(r"\(.*?\)", "", re.sub(r"[\s*]+", " ", listed[1]))
    found = re.findall(r"(\d+) ([a-z ]+?) ?(?:,|$)", names.strip())
    assert {name.upper().replace(" ", "_"): int(number) for number, name in found} == {
        step.name: step.value for step in _flat.Step
    }


def test_versions_agree() -> None:
    assert kv.version() == kv.__version__
    assert kv.version_number() == _abi.KV_VERSION_NUMBER
    assert kv.abi_version() == _abi.KV_ABI_VERSION


def test_strerror_knows_each_status_and_any_other_number() -> None:
    assert kv.strerror(_abi.KV_OK) != kv.strerror(_abi.KV_ERR_BUSY)
    assert kv.strerror(12345) == kv.strerror(-(2**31))


def test_a_structure_without_members_declares_nothing() -> None:
    assert "kv_opaque" not in generator["generate"]("typedef struct kv_opaque kv_opaque;")


def test_constants_are_numbers_of_any_form() -> None:
    text = "#define KV_A 5\n#define KV_B (-5)\n#define KV_C (5 << 40)\n"
    names: dict[str, object] = {"Final": object}
    exec(generator["constants"](text), names)
    assert (names["KV_A"], names["KV_B"], names["KV_C"]) == (5, -5, 5 * 2**40)


@pytest.mark.parametrize(
    "text",
    [
        "#define KV_NUMBER (1 + 2)\n",
        "#define KV_NAME \"text\"\n",
        "typedef union kv_u { int32_t a; } kv_u;",
        "typedef struct kv_s { int32_t a : 3; } kv_s;",
        "kv_status kv_f(double x);",
        "kv_status kv_f(uint8_t **x);",
        "kv_status kv_f(struct kv_unknown x);",
        "typedef struct kv_opaque kv_opaque; int32_t kv_f(kv_opaque *x);",
        "typedef struct kv_opaque kv_other;",
        "static int x;",
        "typedef int32_t kv_status; kv_status kv_f(int32_t x)",
    ],
)
def test_the_generator_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(generator["NotUnderstood"]):
        generator["generate"](text)
