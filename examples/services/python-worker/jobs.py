"""A queue of jobs in a store, which any number of processes use at once.

A job is an entry of the group "queue", and its key begins with the time at which it is due. To
reserve a job is to move it to the key of a later time, the end of its visibility timeout: a worker
that dies leaves it there, and it is due again. To try again later is such a move as well. Each move
is a batch on condition that the entry is still the one that was read, so of two workers one gets
the job, and the other one takes the next.

A job is delivered at least once. Its effect happens once: the batch that has the effect also ends
the job and writes a record under its id, on condition that there is none.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Any, Optional, Union

import kv

RECORD_TTL = 7 * 86400  # A job that comes again after a week runs again.


@dataclass(frozen=True)
class Job:
    id: str
    body: Any
    tries: int
    key: str
    version: int


def key_of(due: float, id: str) -> str:
    """Returns a key, whose order is that of time."""
    return f"{round(due * 1000):015d}-{id}"


class Queue:
    def __init__(self, store: kv.Store, visibility: float, tries: int, backoff: float) -> None:
        self.store = store
        self.visibility, self.tries, self.backoff = visibility, tries, backoff

    def enqueue(self, id: str, body: Any, delay: float = 0) -> None:
        """Adds a job. One with the same id may be added again: the effect still happens once."""
        fields = {"id": id, "body": body, "tries": 0}
        self.store.set("queue", key_of(time.time() + delay, id), json.dumps(fields))

    def reserve(self) -> Union[Job, float, None]:
        """Returns a job that is due, else the seconds until one is, or None if there is none."""
        while True:
            now = time.time()
            first = list(self.store.scan("queue", limit=1))
            if not first:
                return None
            due = int(first[0].key[:15]) / 1000
            if due > now:
                return due - now
            fields = json.loads(first[0].value)
            fields["tries"] += 1
            try:
                return self._move(first[0].key, first[0].version, fields, now + self.visibility)
            except kv.ConflictError:
                continue  # Another worker was faster.

    def finish(self, job: Job, effect: kv.Batch) -> None:
        """Commits a batch with the effect of a job, and ends the job.

        A kv.ConflictError means that nothing was written: the visibility timeout has ended and the
        job was delivered again, or the effect has happened before.
        """
        effect.set("done", job.id, b"", if_absent=True, ttl=RECORD_TTL)
        self._end(job, effect)
        effect.commit()

    def is_done(self, job: Job) -> bool:
        return self.store.exists("done", job.id)

    def drop(self, job: Job) -> None:
        """Ends a job without an effect."""
        with self.store.batch() as batch:
            self._end(job, batch)

    def fail(self, job: Job, error: str) -> None:
        """Lets a job run again, after twice the time each try; the last try makes it a dead letter."""
        fields = {"id": job.id, "body": job.body, "tries": job.tries, "error": error}
        if job.tries < self.tries:
            wait = self.backoff * 2 ** (job.tries - 1) * random.uniform(0.5, 1)
            self._move(job.key, job.version, fields, time.time() + wait)
            return
        with self.store.batch() as batch:
            self._end(job, batch)
            batch.set("dead", job.id, json.dumps(fields))

    def _move(self, key: str, version: int, fields: dict[str, Any], due: float) -> Job:
        to = key_of(due, fields["id"])
        with self.store.batch() as batch:
            batch.check("queue", key, version)
            batch.delete("queue", key)
            moved = batch.set("queue", to, json.dumps(fields))
            batch.commit()
            version = batch.result(moved).version
        return Job(fields["id"], fields["body"], fields["tries"], to, version)

    def _end(self, job: Job, batch: kv.Batch) -> None:
        batch.check("queue", job.key, job.version)
        batch.delete("queue", job.key)
