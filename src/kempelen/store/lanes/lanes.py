"""Lanes: many operations, one durable commit.

A lane is one thread with one write connection. Jobs queue at it. It begins a transaction, performs what is due, runs
the jobs that wait, each in a savepoint, commits once, and only then releases their results. Jobs that arrive during
the commit are the next batch. SQLite has one lane per process, PostgreSQL a few, chosen by a key.

A job is a function of its transaction and the batch's instant. Its exception undoes that job alone and is its result.
When the transaction as a whole is lost (a conflict, a lost connection) the batch runs again from its beginning, in
smaller parts; so a job may run more than once, but what it did is kept once. Each batch that writes leaves its id in
the table `lane`: when the answer to COMMIT is lost, the lane connects again and looks there.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import TypeVar
from zlib import crc32

from kempelen.store.database import Database
from kempelen.store.failures import DatabaseUnavailable, DueFailed, LanesClosed, OutcomeUnknown
from kempelen.store.lanes.jobs import Job
from kempelen.store.lanes.lane import Counters, Due, Lane
from kempelen.store.transactions import Transaction

__all__ = ["Counters", "DatabaseUnavailable", "DueFailed", "Lanes", "LanesClosed", "OutcomeUnknown"]

T = TypeVar("T")

TIMEOUT_SECONDS = 30.0  # seconds a job waits while the database is away or locked


class Lanes:
    """Where everything that writes goes through."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        due: Due,
        count: int = 4,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """`due(tx, now)` performs what is due and says whether there is more: then that is committed first."""
        count = 1 if database.kind == "sqlite" else count
        self._lanes = [Lane(database, clock, due, timeout) for _ in range(count)]
        self._open = True
        self._lock = threading.Lock()

    def submit(self, job: Callable[[Transaction, datetime], T], *, key: str = "") -> Future[T]:
        """Have a job run, by the lane of this key; the result comes once it is on disk.

        Raises LanesClosed. The future ends with the job's own exception; with DatabaseUnavailable (nothing was
        written) or OutcomeUnknown. Cancelling it prevents only a job that has not begun.
        """
        future: Future[T] = Future()
        self._queue(Job(job, future, None), key)
        return future

    async def run(self, job: Callable[[Transaction, datetime], T], *, key: str = "") -> T:
        """The same, awaited. An event loop is woken once per batch."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue(Job(job, future, loop), key)
        return await future

    def counters(self) -> Counters:
        """What has been done so far."""
        return Counters(*(sum(column) for column in zip(*(lane.counters() for lane in self._lanes), strict=True)))

    def close(self) -> None:
        """Finish what waits, take nothing new, and return when all is done."""
        with self._lock:
            if self._open:
                self._open = False
                for lane in self._lanes:
                    lane.queue.put(None)
        for lane in self._lanes:
            lane.thread.join()

    def _queue(self, job: "Job", key: str) -> None:
        lane = self._lanes[crc32(key.encode()) % len(self._lanes)]
        with self._lock:  # so that nothing comes after the end of the queue
            if not self._open:
                raise LanesClosed("The marketplace is shutting down.")
            lane.queue.put(job)
