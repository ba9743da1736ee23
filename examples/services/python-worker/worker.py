"""A worker process that fetches pages, one job after the other.

    worker.py 'sqlite:jobs.db?changes=on'                      works until SIGTERM
    worker.py 'sqlite:jobs.db?changes=on' http://example.com   adds a job for each address

The location may be redis://HOST?prefix=NAME as well. Run as many workers as you like. They sleep
until something is in the queue: a watch wakes them, in a file by the change log, which changes=on
keeps.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import signal
import urllib.request
import uuid
from contextlib import suppress
from urllib.parse import urlsplit

import kv
from jobs import Job, Queue

log = logging.getLogger("worker")


def fetch(job: Job, effect: kv.Batch, timeout: float) -> None:
    """The work: replace it with your own. Its writes to the batch happen once for each job.

    A call to another system, as this one, may happen again after a crash: if it changes something
    there, send job.id along as the idempotency key.
    """
    with urllib.request.urlopen(job.body["url"], timeout=timeout) as response:
        content = response.read()
    effect.set("pages", job.body["url"], hashlib.sha256(content).hexdigest())
    effect.increment("bytes", urlsplit(job.body["url"]).netloc, len(content))


def run(queue: Queue, job: Job) -> None:
    """Runs a job that was reserved, and leaves it finished, or for another try."""
    if queue.is_done(job):
        queue.drop(job)
    elif job.tries > queue.tries:
        queue.fail(job, "the workers have died in it")
    else:
        try:
            with queue.store.batch() as effect:
                fetch(job, effect, queue.visibility / 2)
                queue.finish(job, effect)
            log.info("done %s", job.id)
        except (OSError, ValueError) as error:
            if isinstance(error, kv.Error):
                raise
            log.warning("try %d of %s has failed: %s", job.tries, job.id, error)
            queue.fail(job, str(error))


def work(queue: Queue, watch: kv.Watch[str]) -> None:
    """Runs jobs until the watch is closed."""
    with suppress(kv.ClosedError):
        while True:
            # The scan that follows sees all that was reported so far; only a new event wakes it.
            while watch.poll(0):
                pass
            found = queue.reserve()
            if not isinstance(found, Job):
                watch.poll(found)
                continue
            try:
                run(queue, found)
            except kv.ConflictError:
                log.warning("%s took too long, and was delivered again", found.id)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetches pages, by a queue in a store.")
    parser.add_argument("location")
    parser.add_argument("url", nargs="*", help="adds jobs instead of working")
    parser.add_argument("--visibility", type=float, default=30, help="seconds that a job may take")
    parser.add_argument("--tries", type=int, default=5, help="tries before a job is a dead letter")
    parser.add_argument("--backoff", type=float, default=1, help="seconds before the second try")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    with kv.open(given.location) as store:
        queue = Queue(store, given.visibility, given.tries, given.backoff)
        for url in given.url:
            queue.enqueue(str(uuid.uuid4()), {"url": url})
        if not given.url:
            with store.watch("queue") as watch:
                # A job in hand is finished; a worker that waits is woken.
                signal.signal(signal.SIGTERM, lambda *_: watch.close())
                signal.signal(signal.SIGINT, lambda *_: watch.close())
                log.info("waiting for jobs")
                work(queue, watch)


main()
