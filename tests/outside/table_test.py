"""The table ends with 1 for every failure without a reason, and counts each case once."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TABLE = Path(__file__).with_name("table.py")


def go(*events: tuple[str, str]) -> str:
    """Returns the output of `go test -json` with outcomes of tests; "" is the package."""
    lines = []
    for test, action in events:
        lines.append({"Action": action, "Package": "p", **({"Test": test} if test else {})})
    return "\n".join(map(json.dumps, lines))


class TableTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.results = Path(directory.name, "results")
        self.results.mkdir()
        self.known = Path(directory.name, "known.tsv")
        self.totals = Path(directory.name, "totals")

    def run_table(self, known: str = "", **files: str) -> tuple[int, str, str]:
        for name, text in files.items():
            stem, ending = name.rsplit("_", 1)
            self.results.joinpath(f"{stem.replace('__', '@')}.{ending}").write_text(text)
        self.known.write_text(known)
        command = [sys.executable, str(TABLE), str(self.results), str(self.known), str(self.totals)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(run.stderr, "")
        return run.returncode, run.stdout, self.totals.read_text().strip()

    def test_tests_within_a_test_are_counted_and_not_the_test(self) -> None:
        results = go(("T/kv-file", "pass"), ("T/redis/a", "pass"), ("T/redis/b", "pass"),
                     ("T/redis", "pass"), ("T", "pass"), ("", "pass"))  # fmt: skip
        status, table, totals = self.run_table(suite_json=results)
        self.assertEqual((status, totals), (0, "3 0 0"))
        self.assertRegex(table, r"suite +file +1 +0 +0\nsuite +redis +2 +0 +0\n")

    def test_a_failure_without_a_reason_fails(self) -> None:
        status, table, totals = self.run_table(suite_json=go(("T/file", "fail"), ("T", "fail"), ("", "fail")))
        self.assertEqual((status, totals), (1, "0 1 0"))
        self.assertIn("FAILED suite, file: T/* failed without a known reason", table)

    def test_a_failure_shows_its_output(self) -> None:
        output = {"Action": "output", "Package": "p", "Test": "T/file", "Output": "    a.go:1: wrong\n"}
        results = f"{json.dumps(output)}\n{go(('T/file', 'fail'), ('T', 'fail'), ('', 'fail'))}"
        self.assertIn("known reason\n        a.go:1: wrong\n", self.run_table(suite_json=results)[1])

    def test_a_failure_outside_of_the_tests_within_fails(self) -> None:
        status, table, _ = self.run_table(suite_json=go(("T/file", "pass"), ("T", "fail"), ("", "fail")))
        self.assertEqual(status, 1)
        self.assertIn("FAILED suite, -: T failed", table)

    def test_a_package_that_does_not_build_or_crashes_fails(self) -> None:
        for results in go(("", "fail")), go(("T/file", "pass"), ("", "fail")):
            status, table, _ = self.run_table(suite_json=results)
            self.assertEqual(status, 1)
            self.assertIn("FAILED suite, -: p as a whole failed", table)

    def test_a_known_failure_is_explained_on_its_engines_alone(self) -> None:
        results = go(("T/file", "fail"), ("T/redis", "fail"), ("T", "fail"), ("", "fail"))
        status, table, totals = self.run_table("suite\tfile\tT/*\tby design\n", suite_json=results)
        self.assertEqual((status, totals), (1, "0 1 1"))
        self.assertIn("suite: T/* failed: by design (file)", table)
        status, table, totals = self.run_table("suite\t*\tT/*\tby design\n", suite_json=results)
        self.assertEqual((status, totals), (0, "0 0 2"))

    def test_a_reason_without_a_failure_fails(self) -> None:
        status, table, _ = self.run_table("suite\t*\tT/*\tby design\n", suite_json=go(("T/file", "pass")))
        self.assertEqual(status, 1)
        self.assertIn("FAILED suite: T/* does not fail; remove its line", table)

    def test_a_run_without_a_case_fails(self) -> None:
        status, table, _ = self.run_table(a_json=go(("T/file", "pass")), b_json=go(("", "pass")))
        self.assertEqual(status, 1)
        self.assertIn("FAILED b: no case was run", table)
        self.assertEqual(self.run_table()[0], 1)

    def test_junit_has_its_engine_in_the_files_name(self) -> None:
        results = """<testsuites><testsuite>
            <testcase classname="suites.test_a.TestB" name="test_c"/>
            <testcase classname="suites.test_a.TestB" name="test_d"><failure message="m"/></testcase>
            <testcase classname="suites.test_a.TestB" name="test_e"><error message="m"/></testcase>
            <testcase classname="suites.test_a" name="test_f"><skipped message="why"/></testcase>
            </testsuite></testsuites>"""
        status, table, totals = self.run_table("suite\tmemory\ttest_a.TestB.test_d\tbecause\n", suite__memory_xml=results)
        self.assertEqual((status, totals), (1, "1 1 2"))
        self.assertRegex(table, r"suite +memory +1 +2 +1\n")
        self.assertIn("suite: test_a.TestB.test_d failed: because (memory)", table)
        self.assertIn("suite: test_a.test_f skipped: why (memory)", table)
        self.assertIn("FAILED suite, memory: test_a.TestB.test_e failed without a known reason\n    m", table)

    def test_lines_of_a_script_are_cases(self) -> None:
        lines = "== go\nok a b (5 ms)\nFAILED c\n    why\nskipped d: no server\n1 passed, 1 failed, 1 skipped\n"
        status, table, totals = self.run_table(suite__postgres_cases=lines)
        self.assertEqual((status, totals), (1, "1 1 1"))
        self.assertIn("suite: d skipped: no server (postgres)", table)
        self.assertIn("FAILED suite, postgres: c failed", table)


if __name__ == "__main__":
    unittest.main()
