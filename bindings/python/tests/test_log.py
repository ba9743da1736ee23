"""The log of the library, as records of Python's logging."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

import kv


class Kept(logging.Handler):
    """Keeps the records, and what a test has it do with each."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Any] = []
        self.and_then: Callable[[logging.LogRecord], object] = lambda record: None

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.and_then(record)

    def topics(self) -> list[str]:
        return [record.topic for record in self.records]


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of its own with all levels, which is not the log yet."""
    made = logging.Logger("kv test", logging.DEBUG)
    yield made
    kv.set_log(None)


@pytest.fixture
def kept(logger: logging.Logger) -> Kept:
    handler = Kept()
    logger.addHandler(handler)
    return handler


def open_and_close(path: Path, **options: Any) -> None:
    """A close waits until the records before it were passed on."""
    with kv.open(path, **options) as store:
        store.set("g", "k", "v")


def test_a_record_has_topic_store_level_and_time(
    logger: logging.Logger, kept: Kept, path: Path
) -> None:
    kv.set_log(logger)
    before = time.time() - 0.001
    open_and_close(path)
    kv.set_log(None)
    assert kept.topics() == ["open", "close"]
    opened = kept.records[0]
    assert (opened.name, opened.levelno, opened.levelname) == ("kv test", logging.INFO, "INFO")
    assert opened.store == str(path) and opened.getMessage().startswith("opened in ")
    assert before <= opened.created <= time.time() and opened.threadName == "kv-logger"
    assert abs(opened.msecs - opened.created % 1 * 1000) < 0.01
    now = logging.makeLogRecord({})
    later = (now.created - opened.created) * 1000
    assert now.relativeCreated - opened.relativeCreated == pytest.approx(later, abs=1)
    text = logging.Formatter("%(levelname)s %(topic)s %(store)s %(message)s").format(opened)
    assert text == f"INFO open {path} {opened.getMessage()}"


def test_the_time_is_that_of_the_event_and_not_of_the_handler(
    logger: logging.Logger, kept: Kept, path: Path
) -> None:
    kept.and_then = lambda record: time.sleep(0.3)
    kv.set_log(logger)
    open_and_close(path)
    kv.set_log(None)
    first, second = kept.records
    assert second.created - first.created < 0.25


def wait_longer_than(store: kv.Store, wait: float) -> None:
    """Makes a call that waits for a lock which another has."""
    with pytest.raises(kv.LockHeldError):
        store.lock("job", lease=60, wait=wait)


@pytest.mark.parametrize(
    ("level", "topics"),
    [
        (logging.NOTSET, {"open", "close", "purge", "slow"}),
        (logging.DEBUG, {"open", "close", "purge", "slow"}),
        ("DEBUG", {"open", "close", "purge", "slow"}),
        (logging.INFO, {"open", "close", "slow"}),
        (logging.INFO + 1, {"slow"}),
        ("WARNING", {"slow"}),
        (logging.ERROR, set()),
    ],
)
def test_a_level_has_all_records_from_it_on(
    logger: logging.Logger, kept: Kept, path: Path, level: Any, topics: set[str]
) -> None:
    kv.set_log(logger, level=level)
    with kv.open(path, slow="1ms", purge_interval=0.01) as store, store.lock("job", lease=60):
        store.set("g", "k", "v", ttl=0.001)
        wait_longer_than(store, 0.002)
        deadline = time.monotonic() + 60
        while not store.metrics().purges and time.monotonic() < deadline:
            time.sleep(0.001)
    kv.set_log(None)
    # A write may be slow for other reasons.
    assert set(kept.topics()) - {"checkpoint", "stall"} == topics
    for record in kept.records:
        if record.topic == "slow":
            assert record.levelno == logging.WARNING
    if "slow" in topics:
        assert any("lock" in record.getMessage() for record in kept.records)


def test_the_levels_of_logger_and_handler_hold_as_well(
    logger: logging.Logger, kept: Kept, path: Path
) -> None:
    kv.set_log(logger, level=logging.DEBUG)
    logger.setLevel(logging.ERROR)
    open_and_close(path)
    logger.setLevel(logging.DEBUG)
    kept.setLevel(logging.ERROR)
    open_and_close(path)
    assert kept.records == []


@pytest.mark.parametrize(
    ("logger", "level", "kind"),
    [
        ("kv", logging.INFO, TypeError),
        (logging, logging.INFO, TypeError),
        (print, logging.INFO, TypeError),
        (logging.getLogger("kv"), None, TypeError),
        (logging.getLogger("kv"), 20.0, TypeError),
        (logging.getLogger("kv"), True, TypeError),
        (logging.getLogger("kv"), logging.CRITICAL, kv.InvalidArgumentError),
        (logging.getLogger("kv"), "VERBOSE", kv.InvalidArgumentError),
        (logging.getLogger("kv"), "info", kv.InvalidArgumentError),
    ],
)
def test_what_is_no_logger_or_level_is_refused(
    logger: Any, level: Any, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"^(logger|level) "):
        kv.set_log(logger, level=level)


def test_a_refusal_keeps_the_log_that_is_set(
    logger: logging.Logger, kept: Kept, path: Path
) -> None:
    kv.set_log(logger)
    with pytest.raises(kv.InvalidArgumentError):
        kv.set_log(logging.getLogger("kv"), level=99)
    open_and_close(path)
    assert kept.topics() == ["open", "close"]


def test_another_logger_takes_over_and_the_first_is_let_go(
    logger: logging.Logger, kept: Kept, path: Path
) -> None:
    kv.set_log(logger)
    open_and_close(path)
    other, handler = logging.Logger("other"), Kept()
    other.addHandler(handler)
    kv.set_log(other)
    assert [it.target for it in kv.log.registered.values()] == [other]
    open_and_close(path)
    kv.set_log(None)
    assert kv.log.registered == {}
    open_and_close(path)
    assert kept.topics() == handler.topics() == ["open", "close"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_a_handler_raises_is_reported_as_logging_does(
    logger: logging.Logger,
    kept: Kept,
    path: Path,
    capfd: pytest.CaptureFixture[str],
    kind: type[BaseException],
) -> None:
    def fail(record: logging.LogRecord) -> None:
        raise kind("of the handler")

    kept.and_then = fail
    kv.set_log(logger)
    open_and_close(path)
    kv.set_log(None)
    assert kept.topics() == ["open", "close"]
    said = capfd.readouterr().err
    assert said.count("--- Logging error ---") == 2 and f"{kind.__name__}: of the handler" in said


def test_no_errors_are_reported_if_logging_is_to_report_none(
    logger: logging.Logger,
    kept: Kept,
    path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    kept.and_then = lambda record: 1 // 0
    kv.set_log(logger)
    open_and_close(path)
    assert kept.topics() == ["open", "close"] and capfd.readouterr().err == ""


def test_a_handler_may_use_stores_but_not_set_the_log(
    logger: logging.Logger, kept: Kept, path: Path, tmp_path: Path
) -> None:
    refused: list[BaseException] = []

    def use(record: logging.LogRecord) -> None:
        open_and_close(tmp_path / "of the handler.db")
        for own in (logger, None):
            try:
                kv.set_log(own)
            except kv.BusyError as error:
                refused.append(error)

    kept.and_then = use
    kv.set_log(logger)
    open_and_close(path)
    assert kept.topics() == ["open", "close"] and len(refused) == 4
    assert "the log is set by its own function" in str(refused[0])
    kv.set_log(None)


def test_a_slow_handler_delays_no_call_and_lost_records_are_counted(
    logger: logging.Logger, kept: Kept
) -> None:
    arrived, waits = threading.Event(), threading.Event()

    def wait(record: logging.LogRecord) -> None:
        arrived.set()
        waits.wait(60)

    kept.and_then = wait
    kv.set_log(logger, level="WARNING")
    with kv.open("memory:", slow="1ms") as store, store.lock("job", lease=600):
        wait_longer_than(store, 0.001)
        assert arrived.wait(60)
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(lambda _: wait_longer_than(store, 0.001), range(1100)))
        assert store.call_metrics(kv.CallKind.LOCK).calls == 1102 and len(kept.records) <= 1
        waits.set()
    kv.set_log(None)
    lost = [record for record in kept.records if record.topic == "log"]
    slow = [record for record in kept.records if record.topic == "slow"]
    assert len(lost) == 1 and "records were dropped" in lost[0].getMessage()
    number = int(lost[0].getMessage().split()[0])
    assert lost[0].levelno == logging.WARNING and len(slow) == 1 + 1024 and number >= 1100 - 1024


def test_threads_set_the_log_at_once(logger: logging.Logger, kept: Kept, path: Path) -> None:
    def run(own: Optional[logging.Logger]) -> None:
        for _ in range(50):
            kv.set_log(own)

    threads = [threading.Thread(target=run, args=(it,)) for it in (logger, None, logger)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    kv.set_log(logger)
    assert len(kv.log.registered) == 1
    open_and_close(path)
    assert kept.topics() == ["open", "close"]


@pytest.fixture
def redis_port(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis with a password."""
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed; scripts/setup.sh test installs it"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--requirepass", "hunter2", "--save", "", "--port", str(port)]
    with subprocess.Popen([program, *options], cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        deadline = time.monotonic() + 60
        while not can_connect(port):
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.01)
        yield port
        server.terminate()


def can_connect(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_no_password_key_or_value_is_in_a_record(
    logger: logging.Logger, kept: Kept, redis_port: int
) -> None:
    kv.set_log(logger, level="DEBUG")
    address = f"127.0.0.1:{redis_port}/0"
    with kv.open(f"redis://:hunter2@{address}", slow="1ms", prefix="own") as store:
        store.set("g", "secret key", "secret value")
        with store.lock("job", lease=60):
            wait_longer_than(store, 0.05)
        text = store.metrics_text()
    for secret in ("hunter3", "hunter2"):
        # The first is wrong, the second is for a server that is not there.
        place = address if secret == "hunter3" else "127.0.0.1:1/0"
        with pytest.raises(kv.Error) as caught:
            kv.open(f"redis://ada:{secret}@{place}", connect_timeout="100ms")
        assert "hunter" not in str(caught.value)
    kv.set_log(None)
    assert {"open", "close", "slow"} <= set(kept.topics())
    opened = kept.records[0]
    assert opened.store and f'store="{opened.store}"' in text
    for record in kept.records:
        assert "hunter" not in str(vars(record)) and "secret" not in str(vars(record))
    assert "hunter" not in text and "secret" not in text
