#!/usr/bin/env python3
"""Prints the table of the suites: what passed, failed and was skipped on each engine, and why.

    tests/outside/table.py RESULTS KNOWN [TOTALS]

RESULTS is a directory with a file for each run, named after its suite: "NAME.json" is the output of
`go test -json`, where the engine is a part of each test's name, "NAME@ENGINE.xml" is JUnit's, and "NAME@ENGINE.cases" has
lines as the scripts here print them: `ok CASE`, `FAILED CASE`, `skipped CASE: REASON`.
KNOWN is a table like known.tsv here. TOTALS is a file that gets three numbers: passed, failed without
a reason, and skipped or failed with one.

It ends with 1 if a failure has no reason, if a reason has no failure, and if a run has no case.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as xml
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ENGINE = re.compile(r"(?<=/)(?:Backend_)?(?:kv-)?(file|memory|redis)(?=/|$)")

#: The last lines of a failure's output that are shown.
OUTPUT_LINES = 20


class Case(NamedTuple):
    suite: str
    engine: str
    #: With "*" in place of the engine.
    name: str
    #: passed, failed or skipped.
    outcome: str
    #: The suite's own, of a skip.
    reason: str
    #: The output of a failure.
    output: str = ""


class Known(NamedTuple):
    suite: str
    engines: str
    name: str
    reason: str

    def is_of(self, case: Case) -> bool:
        """Returns whether the line is about a case. A suite's version does not count."""
        engines = self.engines.split(",")
        suite = case.suite.split(" ")[0]
        return (self.suite, self.name) == (suite, case.name) and (
            "*" in engines or case.engine in engines
        )


def read_known(path: Path) -> list[Known]:
    lines = path.read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    for row in rows:
        if len(row) != 4:
            raise SystemExit(f"{path}: four columns with tabs between them are needed: {row}")
    return [Known(*row) for row in rows]


def read_go(path: Path) -> Iterator[Case]:
    """Returns the tests that have no tests within them, and the packages that failed without one."""
    outcomes: dict[str, str] = {}
    output: dict[str, str] = {}
    packages: dict[str, str] = {}
    for line in path.read_text().splitlines():
        event = json.loads(line) if line.startswith("{") else {"Action": "output", "Output": line}
        action, package = event["Action"], event.get("Package", "")
        if "Test" in event:
            test = f"{package}\t{event['Test']}"
            if action in ("pass", "fail", "skip"):
                outcomes[test] = {"pass": "passed", "fail": "failed", "skip": "skipped"}[action]
            elif action == "output":
                output[test] = output.get(test, "") + event["Output"]
        elif action in ("output", "build-output"):
            output[""] = output.get("", "") + event["Output"]
        elif action in ("fail", "build-fail"):
            packages[package or event.get("ImportPath", "").split(" ")[0]] = "failed"
    parents = {test.rsplit("/", count)[0] for test in outcomes for count in range(1, test.count("/") + 1)}
    failed = {test.split("\t")[0] for test, outcome in outcomes.items() if outcome == "failed"}
    for test, outcome in outcomes.items():
        inner = [it for it in outcomes if it.startswith(f"{test}/")] if test in parents else []
        fails_itself = outcome == "failed" and all(outcomes[it] != "failed" for it in inner)
        if inner and not fails_itself:
            continue
        name = test.split("\t")[1]
        engine = ENGINE.search(name)
        reason = re.findall(r"^\s+\S+\.go:\d+: (.*)$", output.get(test, ""), re.MULTILINE)
        yield Case(
            path.stem,
            engine.group(1) if engine else "-",
            ENGINE.sub("*", name, count=1),
            outcome,
            reason[-1] if reason and outcome == "skipped" else "",
            output.get(test, ""),
        )
    for package in packages:
        if package not in failed:
            # A package that does not build, or crashes, says so outside of its tests.
            yield Case(path.stem, "-", f"{package} as a whole", "failed", "", output.get("", ""))


def read_junit(path: Path) -> Iterator[Case]:
    suite, engine = path.stem.rsplit("@", 1)
    for case in xml.parse(path).getroot().iter("testcase"):
        skip = case.find("skipped")
        outcome, reason, output = "passed", "", ""
        failures = [*case.iter("failure"), *case.iter("error")]
        if failures:
            outcome, output = "failed", failures[0].text or failures[0].get("message") or ""
        elif skip is not None:
            outcome, reason = "skipped", skip.get("message", "")
        # The module's directory is no part of a case's name.
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        yield Case(suite, engine, re.sub(r"^.*?(?=test_\w+\.)", "", name), outcome, reason, output)


def read_lines(path: Path) -> Iterator[Case]:
    suite, engine = path.stem.rsplit("@", 1)
    outcomes = {"ok": "passed", "FAILED": "failed", "skipped": "skipped"}
    for line in path.read_text().splitlines():
        word, _, name = line.partition(" ")
        if word in outcomes:
            reason = name.partition(": ")[2] if word == "skipped" else ""
            name = name.removesuffix(f": {reason}")
            yield Case(suite, engine, name, outcomes[word], reason)


READERS = {".json": read_go, ".xml": read_junit, ".cases": read_lines}


def read(results: Path) -> tuple[list[Case], list[str]]:
    """Returns all cases, and a sentence for each run that has none."""
    cases: list[Case] = []
    empty = []
    for path in sorted(results.iterdir(), key=lambda it: it.name.lower()):
        found = list(READERS[path.suffix](path))
        if not found:
            empty.append(f"{path.stem}: no case was run")
        cases += found
    return cases, empty if cases else ["no suite was run"]


def rows(cases: Iterable[Case]) -> Iterator[tuple[str, ...]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for case in cases:
        row = counts.setdefault((case.suite, case.engine), dict.fromkeys(("passed", "failed", "skipped"), 0))
        row[case.outcome] += 1
    for (suite, engine), row in counts.items():
        yield suite, engine, *map(str, row.values())


def reasons(cases: Iterable[Case], known: list[Known]) -> tuple[list[str], list[str], int]:
    """Returns a line for each reason, one for each fault, and the number of cases with a reason."""
    explained: dict[str, list[str]] = {}
    faults = []
    used = set()
    for case in cases:
        if case.outcome == "passed":
            continue
        line = next((it for it in known if it.is_of(case)), None)
        reason = line.reason if line else case.reason
        if line:
            used.add(line)
        if reason:
            what = f"{case.suite}: {case.name} {case.outcome}: {reason}"
            explained.setdefault(what, []).append(case.engine)
        else:
            fault = f"{case.suite}, {case.engine}: {case.name} {case.outcome} without a known reason"
            faults.append("\n    ".join([fault, *case.output.splitlines()[-OUTPUT_LINES:]]))
    faults += [f"{it.suite}: {it.name} does not fail; remove its line" for it in known if it not in used]
    lines = [f"{what} ({', '.join(engines)})" for what, engines in explained.items()]
    return lines, faults, sum(map(len, explained.values()))


def main(arguments: list[str]) -> int:
    results, known, *totals = map(Path, arguments)
    cases, faults = read(results)
    lines, more, with_reason = reasons(cases, read_known(known))
    faults += more
    table = [("suite", "engine", "passed", "failed", "skipped"), *rows(cases)]
    widths = [max(map(len, column)) for column in zip(*table)]
    for suite, engine, *numbers in table:
        counts = "  ".join(number.rjust(width) for number, width in zip(numbers, widths[2:]))
        print(f"{suite.ljust(widths[0])}  {engine.ljust(widths[1])}  {counts}")
    for line in lines:
        print(line)
    for fault in faults:
        print(f"FAILED {fault}")
    for path in totals:
        passed = sum(case.outcome == "passed" for case in cases)
        path.write_text(f"{passed} {len(faults)} {with_reason}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
