"""Tests the session service: sessions.py ENGINE LOCATION COMMAND..."""

from __future__ import annotations

import json
import threading
import time

import kv
from services import COMMAND, Response, Service, at_once, request, run_cases, services

PASSWORD = "correct horse"
COOKIE = "__Host-session"


def command(location: str, *options: str) -> list[str]:
    return [*COMMAND, "-listen", "127.0.0.1:0", *options, location]


def log_in(port: int, user: str, password: str = PASSWORD) -> Response:
    form = f"user={user}&password={password}".replace(" ", "+")
    kind = "application/x-www-form-urlencoded"
    return request(port, "POST", "/login", form, **{"Content-Type": kind, "User-Agent": "test"})


def cookie_of(response: Response) -> str:
    assert response.status == 204, response.status
    return response.headers["Set-Cookie"].split(";")[0]


def call(port: int, method: str, path: str, cookie: str) -> Response:
    return request(port, method, path, Cookie=cookie)


def is_live(port: int, cookie: str) -> bool:
    status = call(port, "GET", "/me", cookie).status
    assert status in (200, 401), status
    return status == 200


def a_session_begins_is_used_and_ends(location: str) -> None:
    with Service(command(location), SESSIONS_PASSWORD=PASSWORD) as service:
        port = service.port
        assert log_in(port, "ada", "wrong").status == 401
        assert request(port, "GET", "/me").status == 401
        begun = log_in(port, "ada")
        cookie = cookie_of(begun)
        attributes = begun.headers["Set-Cookie"].split("; ")[1:]
        assert set(attributes) == {
            "Path=/", "Max-Age=1800", "HttpOnly", "Secure", "SameSite=Lax"
        }, attributes
        me = call(port, "GET", "/me", cookie)
        assert me.status == 200 and me.headers["Cache-Control"] == "no-store"
        assert json.loads(me.body)["user"] == "ada" and json.loads(me.body)["agent"] == "test"
        assert not is_live(port, cookie[:-1])
        assert not is_live(port, f"{COOKIE}=%")
        with kv.open(location) as store:
            token = cookie.split(".")[1]
            everything = str([list(store.scan(group)) for group in store.groups()])
            assert "sessions of ada" in everything and token not in everything
        ended = call(port, "POST", "/logout", cookie)
        assert ended.status == 204 and "Max-Age=0" in ended.headers["Set-Cookie"]
        assert not is_live(port, cookie)
        service.stop()


def use_renews_a_session_and_without_it_the_session_ends(location: str) -> None:
    with Service(command(location), SESSIONS_PASSWORD=PASSWORD) as service:
        cookie = cookie_of(log_in(service.port, "ada"))
        with kv.open(location) as store:
            [key] = store.keys("sessions of ada")
            time.sleep(0.2)
            before = store.ttl("sessions of ada", key)
            assert is_live(service.port, cookie)
            after = store.ttl("sessions of ada", key)
            assert before is not None and after is not None and after > before
    with Service(command(location, "-ttl", "1s"), SESSIONS_PASSWORD=PASSWORD) as service:
        cookie = cookie_of(log_in(service.port, "bob"))
        time.sleep(1.1)
        assert not is_live(service.port, cookie)


def logins_at_once_in_two_processes_keep_the_limit(location: str) -> None:
    users = [f"user {number}" for number in range(8)]
    counts: set[int] = set()
    are_over = threading.Event()

    def count_until_they_are_over() -> None:
        with kv.open(location) as store:
            while not are_over.is_set():
                counts.update(store.count(f"sessions of {user}") for user in users)

    with services(2, command(location), SESSIONS_PASSWORD=PASSWORD) as pair:
        ports = [service.port for service in pair]
        counting = threading.Thread(target=count_until_they_are_over)
        counting.start()
        try:
            for user in users:
                begun = at_once(12, lambda n: cookie_of(log_in(ports[n % 2], user)))
                live = [is_live(ports[n % 2], cookie) for n, cookie in enumerate(begun)]
                assert live.count(True) == 5, live
        finally:
            are_over.set()
            counting.join()
        assert max(counts) == 5, counts


def at_the_limit_the_session_ends_that_was_unused_for_longest(location: str) -> None:
    with Service(command(location, "-max", "3"), SESSIONS_PASSWORD=PASSWORD) as service:
        port, cookies = service.port, []
        for _ in range(3):
            cookies.append(cookie_of(log_in(port, "ada")))
            time.sleep(0.005)  # Expiries are in milliseconds.
        assert is_live(port, cookies[0])
        cookies.append(cookie_of(log_in(port, "ada")))
        live = [is_live(port, cookie) for cookie in cookies]
        assert live == [True, False, True, True], live


def logout_everywhere_ends_all_sessions_of_a_user_although_they_are_in_use(location: str) -> None:
    with services(2, command(location), SESSIONS_PASSWORD=PASSWORD) as pair:
        ports = [service.port for service in pair]
        cookies = [cookie_of(log_in(ports[n % 2], "ada")) for n in range(5)]
        other = cookie_of(log_in(ports[0], "bob"))
        ended = threading.Event()

        def act(number: int) -> None:
            if number == 5:
                time.sleep(0.1)
                assert call(ports[0], "POST", "/logout-everywhere", cookies[0]).status == 204
                ended.set()
                return
            while not ended.is_set():
                is_live(ports[number % 2], cookies[number])

        at_once(6, act)
        assert not any(is_live(port, cookie) for port in ports for cookie in cookies)
        assert is_live(ports[1], other)
        with kv.open(location) as store:
            assert list(store.groups()) == ["sessions of bob"]
        for service in pair:
            service.stop()


run_cases([
    a_session_begins_is_used_and_ends,
    use_renews_a_session_and_without_it_the_session_ends,
    logins_at_once_in_two_processes_keep_the_limit,
    at_the_limit_the_session_ends_that_was_unused_for_longest,
    logout_everywhere_ends_all_sessions_of_a_user_although_they_are_in_use,
])
