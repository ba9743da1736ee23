"""Tests the worker: worker.py ENGINE LOCATION COMMAND..."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

import kv
from origin import Origin
from services import COMMAND, Service, run_cases, services, until

sys.path.insert(0, os.path.dirname(COMMAND[-1]))
from jobs import Queue  # noqa: E402


def command(location: str, visibility: float = 30, tries: int = 3) -> list[str]:
    limits = ["--visibility", str(visibility), "--tries", str(tries), "--backoff", "0.05"]
    return [*COMMAND, *limits, location]


def enqueue(store: kv.Store, origin: Origin, path: str, id: str = "") -> None:
    Queue(store, 30, 3, 1).enqueue(id or path, {"url": origin.url + path})


def has_done(store: kv.Store, count: int) -> None:
    """Waits until so many jobs are done, and nothing is left."""
    until(lambda: store.count("done") == count, f"{count} jobs that are done")
    until(lambda: store.count("queue") == 0, "an empty queue")


def bytes_of(store: kv.Store, origin: Origin) -> int:
    return int(store.get("bytes", origin.address) or 0)


def three_workers_of_which_one_is_killed_lose_no_job_and_make_each_effect_once(
    location: str,
) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages = {f"/{n}": "x" * (n + 1) for n in range(60)}
        origin.pages["/held"] = "x" * 10_000
        origin.hold("/held")
        enqueue(store, origin, "/held")
        with Service(command(location, visibility=4)) as killed:
            origin.is_asked("/held")
            for path in origin.pages.keys() - {"/held"}:
                enqueue(store, origin, path)
            with services(2, command(location, visibility=4)) as pair:
                killed.send(signal.SIGKILL)
                origin.release("/held")
                has_done(store, 61)
                for service in pair:
                    service.stop()
        assert origin.asked["/held"] == 2, origin.asked
        assert bytes_of(store, origin) == sum(map(len, origin.pages.values()))
        assert store.count("pages") == 61 and store.count("dead") == 0


def a_worker_that_stands_still_too_long_makes_no_second_effect(location: str) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages["/held"] = "x" * 100
        origin.hold("/held")
        enqueue(store, origin, "/held")
        with Service(command(location, visibility=2)) as late:
            origin.is_asked("/held")
            late.send(signal.SIGSTOP)
            origin.release("/held")
            with Service(command(location, visibility=2)):
                has_done(store, 1)
            late.send(signal.SIGCONT)
            late.says("took too long")
            late.stop()
        assert bytes_of(store, origin) == 100 and store.count("queue") == 0


def a_job_that_fails_is_tried_again_and_then_is_a_dead_letter(location: str) -> None:
    with Origin() as origin, kv.open(location) as store, Service(command(location)):
        origin.pages = {"/good": "good"}
        origin.broken = {"/bad"}
        enqueue(store, origin, "/bad")
        enqueue(store, origin, "/good")
        until(lambda: store.count("dead") == 1, "a dead letter")
        has_done(store, 1)
        letter = json.loads(store.get("dead", "/bad") or b"")
        assert letter["tries"] == 3 and "500" in letter["error"], letter
        assert origin.asked["/bad"] == 3 and origin.asked["/good"] == 1


def a_job_that_is_added_twice_has_one_effect(location: str) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages["/page"] = "x" * 7
        origin.hold("/page")
        for _ in range(2):
            enqueue(store, origin, "/page", id="order 1")
            time.sleep(0.002)  # At another key.
        with services(2, command(location, visibility=4)):
            origin.is_asked("/page", 2)
            origin.release("/page")
            has_done(store, 1)
            enqueue(store, origin, "/page", id="order 1")
            until(lambda: store.count("queue") == 0, "an empty queue")
        assert origin.asked["/page"] == 2 and bytes_of(store, origin) == 7


def a_job_in_which_its_worker_stood_still_is_a_dead_letter_and_has_no_effect(location: str) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages["/held"] = "held"
        origin.hold("/held")
        enqueue(store, origin, "/held")
        with Service(command(location, visibility=2, tries=1)) as late:
            origin.is_asked("/held")
            late.send(signal.SIGSTOP)
            origin.release("/held")
            with Service(command(location, visibility=2, tries=1)):
                until(lambda: store.count("dead") == 1, "a dead letter")
            late.send(signal.SIGCONT)
            late.says("took too long")
            late.stop()
        assert store.count("done") == 0 and bytes_of(store, origin) == 0
        assert store.count("queue") == 0 and store.count("dead") == 1


def a_sigterm_lets_the_job_in_hand_finish(location: str) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages = {"/held": "held"}
        origin.hold("/held")
        enqueue(store, origin, "/held")
        with Service(command(location)) as service:
            origin.is_asked("/held")
            enqueue(store, origin, "/later")
            service.send(signal.SIGTERM)
            time.sleep(0.3)
            assert service.process.poll() is None, "it has not waited for its job"
            origin.release("/held")
            assert service.process.wait(60) == 0, service.lines
        assert store.exists("done", "/held") and store.count("queue") == 1
        assert origin.asked["/later"] == 0


def a_worker_that_sleeps_is_woken_by_another_process(location: str) -> None:
    with Origin() as origin, kv.open(location) as store:
        origin.pages = {"/page": "page"}
        with Service(command(location)) as service:
            service.says("waiting")
            time.sleep(0.5)
            # It has no time-out to wake it: nothing is in the queue.
            with Service([*command(location), origin.url + "/page"]) as adding:
                assert adding.process.wait(60) == 0
            has_done(store, 1)
            service.stop()


run_cases([
    three_workers_of_which_one_is_killed_lose_no_job_and_make_each_effect_once,
    a_worker_that_stands_still_too_long_makes_no_second_effect,
    a_job_that_fails_is_tried_again_and_then_is_a_dead_letter,
    a_job_that_is_added_twice_has_one_effect,
    a_job_in_which_its_worker_stood_still_is_a_dead_letter_and_has_no_effect,
    a_sigterm_lets_the_job_in_hand_finish,
    a_worker_that_sleeps_is_woken_by_another_process,
])
