"""Tests the cache: cache.py ENGINE LOCATION COMMAND..."""

from __future__ import annotations

import signal
import threading
import time

import kv
from origin import Origin
from services import (
    COMMAND, ENGINE, Response, Service, at_once, request, run_cases, services, until,
)

LONG = 600_000


def command(location: str, origin: Origin, fresh_ms: int = LONG) -> list[str]:
    return [*COMMAND, location, origin.url, "0", str(fresh_ms), str(LONG)]


def get(port: int, path: str = "/page") -> Response:
    return request(port, "GET", path)


def twenty_misses_at_once_in_two_processes_ask_the_origin_once(location: str) -> None:
    with Origin() as origin, services(2, command(location, origin)) as pair:
        ports = [service.port for service in pair]
        origin.pages["/page"] = "first"
        origin.hold("/page")
        threading.Timer(0.5, origin.release, ["/page"]).start()
        responses = at_once(20, lambda n: get(ports[n % 2]))
        assert {(it.status, it.body) for it in responses} == {(200, "first")}
        assert origin.asked["/page"] == 1, origin.asked
        assert {get(port).headers["X-Cache"] for port in ports} == {"hit"}
        assert get(ports[0]).headers["Content-Type"] == "text/plain"
        for service in pair:
            service.stop()


def each_of_many_pages_is_loaded_once_by_a_quick_origin(location: str) -> None:
    with Origin() as origin, services(3, command(location, origin)) as three:
        ports = [service.port for service in three]
        paths = [f"/{number}" for number in range(60)]

        def get_all(number: int) -> set[int]:
            return {get(ports[number % 3], path).status for path in paths}

        assert at_once(6, get_all) == [{200}] * 6
        assert origin.asked == dict.fromkeys(paths, 1), origin.asked


def a_purge_in_one_process_reaches_the_memory_of_the_other(location: str) -> None:
    with Origin() as origin, services(2, command(location, origin)) as pair:
        ports = [service.port for service in pair]
        origin.pages["/page"] = "old"
        for port in ports * 3:
            assert get(port).body == "old"
        origin.pages["/page"] = "new"
        assert get(ports[1]).body == "old"
        assert request(ports[0], "DELETE", "/page").status == 204
        assert get(ports[0]).body == "new"
        until(lambda: get(ports[1]).body == "new", "the new page in the other process")
        assert origin.asked["/page"] == 2, origin.asked


def a_stale_page_is_served_while_one_process_loads_it_again(location: str) -> None:
    with Origin() as origin, services(2, command(location, origin, fresh_ms=2000)) as pair:
        ports = [service.port for service in pair]
        origin.pages["/page"] = "old"
        assert get(ports[0]).headers["X-Cache"] == "miss"
        time.sleep(2.1)
        origin.pages["/page"] = "new"
        origin.hold("/page")
        responses = at_once(20, lambda n: get(ports[n % 2]))
        assert {(it.body, it.headers["X-Cache"]) for it in responses} == {("old", "stale")}
        origin.is_asked("/page", 2)
        assert origin.asked["/page"] == 2, origin.asked
        origin.release("/page")
        for port in ports:
            until(lambda: get(port).body == "new", "the new page")


def a_stale_page_survives_an_origin_that_fails_and_a_missing_one_is_tried_again(
    location: str,
) -> None:
    with Origin() as origin, Service(command(location, origin, fresh_ms=1)) as service:
        port = service.port
        origin.pages = {"/page": "old", "/other": "other"}
        assert get(port).body == "old"
        origin.broken = {"/page", "/other"}
        time.sleep(0.01)
        assert [get(port).body for _ in range(3)] == ["old"] * 3
        origin.is_asked("/page", 2)
        service.says("cannot refresh /page")
        assert get(port, "/other").status == 502
        origin.broken = set()
        other = get(port, "/other")
        assert (other.status, other.body) == (200, "other")


def a_page_that_was_loaded_before_a_purge_is_not_stored_after_it(location: str) -> None:
    with Origin() as origin, services(2, command(location, origin)) as pair:
        ports = [service.port for service in pair]
        origin.pages["/page"] = "old"
        origin.hold("/page")
        threading.Thread(target=get, args=[ports[0]]).start()
        origin.is_asked("/page")
        origin.pages["/page"] = "new"
        assert request(ports[1], "DELETE", "/page").status == 204
        origin.release("/page")
        until(lambda: get(ports[0]).body == "new", "the new page")
        assert get(ports[1]).body == "new"
        with kv.open(location) as store:
            assert (store.get("cache:pages", "/page") or b"").endswith(b"\nnew")


def the_lease_of_a_process_that_was_killed_ends(location: str) -> None:
    with Origin() as origin, services(2, command(location, origin)) as pair:
        ports = [service.port for service in pair]
        origin.pages["/page"] = "page"
        origin.hold("/page")

        def break_off() -> None:
            try:
                get(ports[0])
            except OSError:
                pass

        threading.Thread(target=break_off).start()
        origin.is_asked("/page")
        pair[0].send(signal.SIGKILL)
        origin.release("/page")
        assert get(ports[1]).body == "page"
        assert origin.asked["/page"] == 2


def a_sigterm_lets_a_request_finish(location: str) -> None:
    with Origin() as origin, Service(command(location, origin)) as service:
        origin.pages["/page"] = "page"
        origin.hold("/page")
        bodies: list[str] = []
        port = service.port
        caller = threading.Thread(target=lambda: bodies.append(get(port).body))
        caller.start()
        origin.is_asked("/page")
        service.send(signal.SIGTERM)
        time.sleep(0.3)
        origin.release("/page")
        caller.join()
        assert service.process.wait(60) == 0 and bodies == ["page"], service.lines


def a_full_store_evicts_the_pages_that_were_unused_for_longest(location: str) -> None:
    limited = location.replace("max_entries=1000", "max_entries=20")
    with Origin() as origin, Service(command(limited, origin)) as service:
        port = service.port
        for number in range(50):
            assert get(port, f"/{number}").status == 200
        with kv.open(limited) as store:
            assert 10 < store.count("cache:pages") <= 20
            assert store.exists("cache:pages", "/49") and not store.exists("cache:pages", "/0")


cases = [
    twenty_misses_at_once_in_two_processes_ask_the_origin_once,
    each_of_many_pages_is_loaded_once_by_a_quick_origin,
    a_purge_in_one_process_reaches_the_memory_of_the_other,
    a_stale_page_is_served_while_one_process_loads_it_again,
    a_stale_page_survives_an_origin_that_fails_and_a_missing_one_is_tried_again,
    a_page_that_was_loaded_before_a_purge_is_not_stored_after_it,
    the_lease_of_a_process_that_was_killed_ends,
    a_sigterm_lets_a_request_finish,
]
if ENGINE == "a file":
    cases.append(a_full_store_evicts_the_pages_that_were_unused_for_longest)
run_cases(cases)
