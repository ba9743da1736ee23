"""Sessions that end by themselves, stay ended, and are found by user.

Beside the group of all sessions each user has a group with the ids of that user's: an index, so
that to list or end them costs what one user has, however many sessions there are. A session and its
place in the index are written together, with one ttl: neither is ever there alone.

A refresh is the dangerous call. It reads a session and writes it back; if the user logs out in
between, a plain write would bring the session back to life. A transaction commits only if what it
has read is still so; otherwise `update` makes it again, of what is there now.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta

import kv

OTHERS = 500
HOUR = timedelta(hours=1)


class Sessions:
    def __init__(self, store: kv.Store) -> None:
        self.store = store

    def begin(self, name: str, user: str, ttl: timedelta) -> str:
        """Begins a session; an id that is in use is not taken over."""
        with self.store.batch() as batch:
            batch.set("sessions", name, user, ttl=ttl, if_absent=True)
            batch.set(index_of(user), name, b"", ttl=ttl, if_absent=True)
            try:
                batch.commit()
            except kv.ConflictError:
                return "taken"
        return "ok"

    def refresh(self, name: str, ttl: timedelta) -> str:
        """Lets a live session last for a time from now."""

        def change(transaction: kv.Transaction) -> str:
            user = transaction.get_str("sessions", name)
            if user is None:
                return "ended already"
            transaction.set("sessions", name, user, ttl=ttl)
            transaction.set(index_of(user), name, b"", ttl=ttl)
            return "ok"

        return self.store.update(change)

    def end(self, name: str) -> str:
        def change(transaction: kv.Transaction) -> str:
            user = transaction.get_str("sessions", name)
            if user is None:
                return "ended already"
            transaction.delete("sessions", name)
            transaction.delete(index_of(user), name)
            return "ok"

        return self.store.update(change)

    def of(self, user: str) -> list[str]:
        return list(self.store.keys(index_of(user)))

    def end_all(self, user: str) -> list[str]:
        """Ends the sessions of a user, all at once, and returns them."""
        names = self.of(user)
        with self.store.batch() as batch:
            for name in names:
                batch.delete("sessions", name)
                batch.delete(index_of(user), name)
            batch.commit()
        return names


def index_of(user: str) -> str:
    """Returns the group of a user's ids."""
    return f"sessions of {user}"


def main(path: str) -> None:
    with kv.open(path) as store:
        sessions = Sessions(store)
        for number in range(OTHERS):
            sessions.begin(f"o{number}", f"user {number}", HOUR)
        print("begin phone:", sessions.begin("phone", "ada", HOUR))
        print("begin laptop:", sessions.begin("laptop", "ada", HOUR))
        print("begin phone, of another:", sessions.begin("phone", "mallory", HOUR))
        moment = timedelta(milliseconds=20)
        print("begin kiosk, for a moment:", sessions.begin("kiosk", "ada", moment))
        while store.exists("sessions", "kiosk"):
            time.sleep(0.001)
        print("refresh kiosk:", sessions.refresh("kiosk", HOUR))
        print("refresh phone:", sessions.refresh("phone", 2 * HOUR))
        print("sessions of ada:", *sessions.of("ada"))

        print("begin tablet:", sessions.begin("tablet", "ada", HOUR))
        print("end laptop:", sessions.end("laptop"))
        print("late refresh of laptop:", sessions.refresh("laptop", HOUR))
        print("logged out everywhere, ada:", *sessions.end_all("ada"))
        print("late refresh of phone:", sessions.refresh("phone", HOUR))
        print("sessions of ada:", *sessions.of("ada"))
        print(f"the {OTHERS} others: {store.count('sessions')}")


main(sys.argv[1] if len(sys.argv) > 1 else "sessions.db")
