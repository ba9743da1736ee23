"""Tests the server with a rate limit: rate_limit.py ENGINE LOCATION COMMAND..."""

from __future__ import annotations

import time

import kv
from services import COMMAND, Service, at_once, request, run_cases, services


def command(location: str, capacity: int, per_second: float) -> list[str]:
    return [*COMMAND, location, "0", str(capacity), str(per_second)]


def eight_clients_of_two_processes_get_exactly_what_the_bucket_holds(location: str) -> None:
    with services(2, command(location, 50, 0.001)) as pair:
        ports = [service.port for service in pair]
        by_client = at_once(8, lambda n: [
            request(ports[(n + turn) % 2], "GET", "/") for turn in range(20)
        ])
        responses = [response for those in by_client for response in those]
        allowed = [it for it in responses if it.status == 200]
        refused = [it for it in responses if it.status == 429]
        assert (len(allowed), len(refused)) == (50, 110), (len(allowed), len(refused))
        left = sorted(int(it.headers["RateLimit-Remaining"]) for it in allowed)
        assert left == list(range(50)), left
        assert {it.headers["RateLimit-Limit"] for it in responses} == {"50"}
        for it in refused:
            assert it.headers["RateLimit-Remaining"] == "0"
            assert 900 < int(it.headers["Retry-After"]) <= 1000
            assert 49_900 < int(it.headers["RateLimit-Reset"]) <= 50_000
        other = request(ports[0], "GET", "/", source="127.0.0.2")
        assert other.status == 200 and other.headers["RateLimit-Remaining"] == "49"


def a_token_comes_back_after_its_time(location: str) -> None:
    with Service(command(location, 2, 0.5)) as service:
        port = service.port
        assert [request(port, "GET", "/").status for _ in range(2)] == [200, 200]
        refused = request(port, "GET", "/")
        assert refused.status == 429 and refused.headers["Retry-After"] in ("1", "2")
        time.sleep(int(refused.headers["Retry-After"]))
        assert request(port, "GET", "/").status == 200
        assert request(port, "GET", "/").status == 429


def a_restart_keeps_the_limit_and_a_full_bucket_leaves_no_entry(location: str) -> None:
    with Service(command(location, 1, 0.5)) as service:
        assert request(service.port, "GET", "/").status == 200
        service.stop()
    with Service(command(location, 1, 0.5)) as service, kv.open(location) as store:
        assert request(service.port, "GET", "/").status == 429
        assert store.count("buckets") == 1
        time.sleep(2)
        assert store.count("buckets") == 0


def a_number_of_a_clock_that_was_set_back_is_ignored(location: str) -> None:
    with Service(command(location, 2, 0.001)) as service, kv.open(location) as store:
        in_a_year = (time.time() + 365 * 86400) * 1_000_000
        store.set("buckets", "127.0.0.1", str(round(in_a_year)), 3600)
        statuses = [request(service.port, "GET", "/").status for _ in range(3)]
        assert statuses == [200, 200, 429], statuses


def an_error_is_status_503_and_the_service_goes_on(location: str) -> None:
    with Service(command(location, 2, 0.001)) as service, kv.open(location) as store:
        store.set("buckets", "127.0.0.1", "no number")
        assert request(service.port, "GET", "/").status == 503
        store.delete("buckets", "127.0.0.1")
        assert request(service.port, "GET", "/").status == 200


run_cases([
    eight_clients_of_two_processes_get_exactly_what_the_bucket_holds,
    a_token_comes_back_after_its_time,
    a_restart_keeps_the_limit_and_a_full_bucket_leaves_no_entry,
    a_number_of_a_clock_that_was_set_back_is_ignored,
    an_error_is_status_503_and_the_service_goes_on,
])
