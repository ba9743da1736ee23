"""Starts services for tests, sends them requests, and reports cases.

A test program is called with the name of an engine, a location in which NAME stands for the case,
so that each case has a store of its own, and the command of its service.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional, TypeVar

ENGINE, LOCATION, COMMAND = sys.argv[1], sys.argv[2], sys.argv[3:]
T = TypeVar("T")
PATIENCE = 60.0  # Seconds for what must happen, on a machine that does much else.


class Service:
    """A process that is ended with its block, and must not end by itself."""

    def __init__(self, command: Sequence[str], **variables: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            list(command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **variables}, stdin=subprocess.DEVNULL,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def says(self, pattern: str) -> re.Match[str]:
        """Returns the match of a line that the service prints, as soon as it does."""
        def matching() -> Optional[re.Match[str]]:
            assert self.process.poll() is None, f"it has ended: {self.lines}"
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)

        return until(matching, f"a line with {pattern}")

    @property
    def port(self) -> int:
        return int(self.says(r"127\.0\.0\.1:(\d+)")[1])

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> None:
        """Asks it to end, which it must do without a failure."""
        self.send(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.lines

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()


class Response:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read().decode()


def request(port: int, method: str, path: str, body: str = "", source: str = "127.0.0.1",
            **headers: str) -> Response:
    with contextlib.closing(http.client.HTTPConnection(
        "127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0)
    )) as connection:
        connection.request(method, path, body or None, {"Connection": "close", **headers})
        return Response(connection.getresponse())


def at_once(count: int, action: Callable[[int], T]) -> list[T]:
    """Returns the results of calls that begin at the same moment, in threads of their own."""
    start = threading.Barrier(count)

    def call(number: int) -> T:
        start.wait()
        return action(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(call, range(count)))


def until(found: Callable[[], Optional[T]], what: str) -> T:
    """Returns what a function returns, as soon as that is true."""
    end = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < end, f"there is not {what}"
        time.sleep(0.01)
    return result


def run_cases(cases: Sequence[Callable[[str], None]]) -> None:
    """Calls each case with the location of a store that is its own."""
    failed = 0
    for case in cases:
        name = f"{case.__name__.replace('_', ' ')}, on {ENGINE}"
        try:
            case(LOCATION.replace("NAME", case.__name__))
            print("ok", name, flush=True)
        except Exception:
            failed += 1
            traceback.print_exc()
            print("FAILED", name, flush=True)
    sys.exit(failed > 0)


@contextlib.contextmanager
def services(count: int, command: Sequence[str], **variables: str) -> Iterator[list[Service]]:
    """Yields processes of one command."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Service(command, **variables)) for _ in range(count)]
