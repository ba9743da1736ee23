#!/usr/bin/env python3
"""Runs the marked blocks of a document in a folder, as a reader would who types them.

    transcript.py README FOLDER [--env NAME=VALUE]... [--replace FROM=TO]...

CONTRIBUTING.md, "First hours", describes the marks of a README; a page of docs/ has `<!-- run -->`
and `<!-- file: NAME -->` in their place. Each command is a line of the output:
`ok README:LINE: COMMAND` or `FAILED ...`, with the reason on the standard error. The commands after
one that failed are not run.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

COMMAND_SECONDS_MAX = 300
# A block to run, or with a name a file.
MARK = re.compile(r"<!-- (?:first hour|run|file)\b")
MARK_FORMS = re.compile(r"<!-- (?:(?:first hour|run)|(?:first hour|file): ([\w./-]+)) -->")
# Runs one command in the state that the last one has left: variables, functions and directory.
SHELL = r"""
. "$TRANSCRIPT_STATE/variables" 2>/dev/null
cd "$(cat "$TRANSCRIPT_STATE/directory")" || exit
exec 2>&1
eval "$TRANSCRIPT_COMMAND" </dev/null
TRANSCRIPT_STATUS=$?
{ declare -p | grep -Ev '^declare -[a-zA-Z]*r|^declare -- BASH|TRANSCRIPT_'; declare -f; } \
    >"$TRANSCRIPT_STATE/variables"
pwd >"$TRANSCRIPT_STATE/directory"
exit "$TRANSCRIPT_STATUS"
"""


@dataclass
class Step:
    """A command with the output that the README shows, or None if it shows none."""

    line: int
    command: str
    output: "list[str] | None" = None


@dataclass
class Block:
    """A marked block: the file that it is, or its steps."""

    line: int
    file: str = ""
    text: str = ""
    steps: "list[Step]" = field(default_factory=list)


class MarkError(Exception):
    """A mark that marks nothing."""


def blocks_of(text: str) -> "list[Block]":
    """Returns the marked blocks of a document."""
    lines = text.split("\n")
    blocks = []
    for at, line in enumerate(lines):
        if not MARK.match(line):
            continue
        mark = MARK_FORMS.fullmatch(line)
        opening = lines[at + 1] if at + 1 < len(lines) else ""
        if not mark or not opening.startswith("```"):
            raise MarkError(f"line {at + 1}: no mark with a block below it: {line}")
        if "```" not in lines[at + 2 :]:
            raise MarkError(f"line {at + 1}: the block has no end")
        body = lines[at + 2 : lines.index("```", at + 2)]
        block = Block(at + 1, file=mark.group(1) or "", text="\n".join(body) + "\n")
        if not block.file:
            block.steps = steps_of(opening[3:], body, at + 3)
        elif Path(block.file).is_absolute() or ".." in Path(block.file).parts:
            raise MarkError(f"line {at + 1}: the file is not below the folder: {block.file}")
        blocks.append(block)
    return blocks


def steps_of(language: str, body: "list[str]", first: int) -> "list[Step]":
    """Returns the commands of a block: an sh block is one, a console block has one per prompt."""
    if language == "sh":
        return [Step(first, "set -e\n" + "\n".join(body) + "\nset +e")]
    if language != "console":
        raise MarkError(f"line {first}: a block to run is sh or console, not {language!r}")
    steps: "list[Step]" = []
    for number, line in enumerate(body, first):
        if line.startswith("$ "):
            steps.append(Step(number, line[2:], []))
        elif not steps:
            raise MarkError(f"line {number}: output without a command")
        elif line.startswith("> "):
            steps[-1].command += "\n" + line[2:]
        else:
            steps[-1].output.append(line)
    return steps


def matches(expected: "list[str]", printed: "list[str]") -> bool:
    """Answers whether lines are as expected: `...` is a number, or alone in a line any lines."""
    if not expected:
        return not printed
    if expected[0].strip() == "...":
        return any(matches(expected[1:], printed[at:]) for at in range(len(printed) + 1))
    pattern = "[0-9]+".join(re.escape(part) for part in expected[0].split("..."))
    if not printed or not re.fullmatch(pattern, printed[0]):
        return False
    return matches(expected[1:], printed[1:])


def run(step: Step, state: Path, environment: "dict[str, str]") -> str:
    """Runs a command. Returns the reason why it is not as the README shows it, or nothing."""
    variables = {"TRANSCRIPT_STATE": str(state), "TRANSCRIPT_COMMAND": step.command}
    shell = subprocess.Popen(
        ["bash", "--norc", "-c", SHELL],
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = shell.communicate(timeout=COMMAND_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        printed, _ = shell.communicate()
        return f"{printed}it did not end within {COMMAND_SECONDS_MAX} s"
    if shell.returncode != 0:
        return f"{printed}it ended with status {shell.returncode}"
    if step.output is not None and not matches(step.output, printed.splitlines()):
        return f"it printed\n{printed}instead of\n" + "\n".join(step.output)
    return ""


def arguments() -> argparse.Namespace:
    """Returns the arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("readme", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--replace", action="append", default=[], metavar="FROM=TO")
    return parser.parse_args()


def main() -> int:
    """Runs the README's blocks in their order."""
    given = arguments()
    text = given.readme.read_text(encoding="utf-8")
    # The longest first: one name of a place may begin another.
    pairs = sorted((pair.split("=", 1) for pair in given.replace), key=lambda pair: -len(pair[0]))
    name = given.readme
    try:
        blocks = blocks_of(text)
    except MarkError as error:
        print(f"FAILED {name}: {error}")
        return 1
    if not blocks:
        print(f"skip {name}: no block has a mark")
        return 0
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    environment.update(pair.split("=", 1) for pair in given.env)

    def replaced(part: str) -> str:
        for place, path in pairs:
            part = part.replace(place, path)
        return part

    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        (state / "directory").write_text(str(given.folder.resolve()))
        for block in blocks:
            if block.file:
                file = given.folder / block.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(replaced(block.text), encoding="utf-8")
            for step in block.steps:
                shown = next(it for it in step.command.split("\n") if it != "set -e")
                step.command = replaced(step.command)
                reason = run(step, state, environment)
                if reason:
                    print(f"FAILED {name}:{step.line}: {shown}")
                    print(f"{name}:{step.line}: {step.command}\n{reason}", file=sys.stderr)
                    return 1
                print(f"ok {name}:{step.line}: {shown}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
