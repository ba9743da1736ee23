"""Sessions that end by themselves, and stay ended.

A refresh is the dangerous call: it reads a session and writes it back with a new time. If the user
logs out in between, a plain set would bring the session back to life. So every write says what it
expects: a new session that its key is absent, a refresh that the session is still there, a change
that it is still the one that was read. The condition is checked in the transaction that writes, so
there is no moment between the two. Expired sessions count as absent at once, whether or not they
have been purged.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta

import kv

GROUP = "sessions"
MINUTE = timedelta(minutes=1)


def begin_session(store: kv.Store, name: str, user: str, ttl: timedelta) -> bool:
    """Begins a session; an id that is in use is not taken over."""
    try:
        store.put(GROUP, name, user, if_absent=True, ttl=ttl)
    except kv.Conflict:
        return False
    return True


def refresh_session(store: kv.Store, name: str, ttl: timedelta) -> bool:
    """Gives a live session more time; its data is neither read nor written back."""
    return store.expire(GROUP, name, ttl)


def change_session(store: kv.Store, name: str, version: int, data: str) -> bool:
    """Replaces the data of the session that was read, keeping the time it has left."""
    try:
        store.put(GROUP, name, data, if_version=version, keep_ttl=True)
    except kv.Conflict:
        return False
    return True


def show_session(store: kv.Store, name: str) -> int:
    """Prints a session and returns its version, 0 if there is none."""
    session = store.get_entry(GROUP, name)
    if session is None:
        print(f"{name}: none")
        return 0
    print(f"{name}: {session.value.decode()}")
    return session.version


def main(path: str) -> None:
    with kv.open(path) as store:
        print("begin s1:", "ok" if begin_session(store, "s1", "ada", MINUTE) else "taken")
        again = begin_session(store, "s1", "mallory", MINUTE)
        print("begin s1 again:", "ok" if again else "taken")
        version = show_session(store, "s1")
        print("refresh:", "ok" if refresh_session(store, "s1", 2 * MINUTE) else "ended")
        changed = change_session(store, "s1", version, "ada, cart of 3")
        print("change:", "ok" if changed else "stale")
        changed = change_session(store, "s1", version, "ada, cart of 1")
        print("change from what was read before:", "ok" if changed else "stale")
        version = show_session(store, "s1")

        # The user logs out while another request is still at work on the session.
        print("end:", "ok" if store.delete(GROUP, "s1") else "ended already")
        print("late refresh:", "ok" if refresh_session(store, "s1", 2 * MINUTE) else "ended")
        changed = change_session(store, "s1", version, "ada")
        print("late change:", "ok" if changed else "stale")
        show_session(store, "s1")

        begin_session(store, "s2", "grace", timedelta(milliseconds=20))
        time.sleep(0.04)
        refreshed = refresh_session(store, "s2", MINUTE)
        print("refresh of an expired one:", "ok" if refreshed else "ended")
        show_session(store, "s2")


main(sys.argv[1] if len(sys.argv) > 1 else "sessions.db")
