"""One lane: a thread with a write connection and a queue; see lanes.py."""

import contextlib
import itertools
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from queue import SimpleQueue
from typing import NamedTuple

from kempelen.store.database import Database
from kempelen.store.failures import (
    Abandoned,
    CommitUnknown,
    Conflict,
    DatabaseError,
    DatabaseUnavailable,
    Disconnected,
    DueFailed,
    OutcomeUnknown,
    TransactionLost,
)
from kempelen.store.lanes.jobs import Job, Outcome, outcome_of, release
from kempelen.store.transactions import Transaction, Writer

Due = Callable[[Transaction, datetime], bool]

# After so much work a batch commits: a few milliseconds (PostgreSQL: a job is round trips), or where commits are slow
# several times what the last one took. Otherwise those who wait would wait for the disk more than for each other.
WORK_SECONDS = {"sqlite": 0.005, "postgresql": 0.02}
WORK_PER_COMMIT = 4
WORK_SECONDS_AT_MOST = 0.05
_PAUSE_AT_MOST = 1.0

_log = logging.getLogger("kempelen.store")


class Counters(NamedTuple):
    """What lanes have done since they began, and how many jobs wait now."""

    batches: int
    jobs: int
    runs_again: int
    waiting: int


class Lane:
    """One thread, one write connection, one queue."""

    def __init__(self, database: Database, clock: Callable[[], datetime], due: Due, timeout: float) -> None:
        self.queue: SimpleQueue[Job | None] = SimpleQueue()  # None ends it
        self._database = database
        self._clock = clock
        self._due = due
        self._timeout = timeout
        self._work_seconds = WORK_SECONDS[database.kind]
        self._commit_seconds = 0.0  # that the last one took
        self._row = LaneRow()
        self._writer: Writer | None = None
        self._now: datetime | None = None
        self._waiting: deque[Job] = deque()  # taken from the queue
        self._begun: list[Job] = []  # of this attempt
        self._at_most = 1
        self._troubles = 0  # one after the other
        self._trouble_since = 0.0
        self._taking = True
        self._batches = self._jobs = self._runs_again = 0
        self.thread = threading.Thread(target=self._live, name=f"lane {self._row.lane_id}", daemon=True)
        self.thread.start()

    def counters(self) -> Counters:
        waiting = self.queue.qsize() + len(self._waiting) + len(self._begun)
        return Counters(self._batches, self._jobs, self._runs_again, waiting)

    def _live(self) -> None:
        while self._jobs_wait():
            self._begun = []
            try:
                outcomes = self._attempt()
            except (TransactionLost, DatabaseUnavailable) as trouble:
                self._overcome(trouble)
            except OutcomeUnknown as unknown:
                self._give_up(self._begun, OutcomeUnknown, str(unknown), unknown)
            except BaseException as fault:
                self._fail(fault)
            else:
                self._succeed(outcomes)
        self._leave()

    # Jobs in.

    def _jobs_wait(self) -> bool:
        """Wait for a job; False when there will be none any more."""
        if not self._waiting and self._taking:
            self._take(self.queue.get())
        self._take_all()
        return bool(self._waiting)

    def _take_all(self) -> None:
        while not self.queue.empty():
            self._take(self.queue.get())

    def _take(self, job: Job | None) -> None:
        if job is None:
            self._taking = False
        else:
            self._waiting.append(job)

    # One attempt at a batch.

    def _attempt(self) -> list[Outcome]:
        writer = self._connected()
        writer.begin()
        now = self._instant()
        while self._due(writer, now):
            self._commit(writer, now)
            writer = self._connected()
            writer.begin()
        outcomes = self._run_jobs(writer, now)
        self._commit(writer, now)
        return outcomes

    def _run_jobs(self, writer: Writer, now: datetime) -> list[Outcome]:
        """Run what waits, until there is nothing more or it is enough for one commit."""
        outcomes = []
        work_seconds = max(self._work_seconds, min(WORK_PER_COMMIT * self._commit_seconds, WORK_SECONDS_AT_MOST))
        until = time.perf_counter() + work_seconds
        while len(self._begun) < self._at_most and (self._waiting or not self.queue.empty()):
            if not self._waiting:
                self._take_all()
                continue
            job = self._waiting.popleft()
            if job.begin():
                self._begun.append(job)
                outcomes.append(outcome_of(job, writer, now))
                if time.perf_counter() > until:
                    break
        return outcomes

    def _commit(self, writer: Writer, now: datetime) -> None:
        """Commits; raises TransactionLost when that failed, OutcomeUnknown when nobody can know."""
        wrote = writer.wrote
        begun = time.perf_counter()
        try:
            if wrote:
                self._row.write(writer, now)
            writer.commit()
            self._commit_seconds = time.perf_counter() - begun
        except CommitUnknown as lost:
            self._disconnect()
            if not wrote or not self._happened(now):
                raise Disconnected(f"The commit did not happen: {lost}") from lost
        except TransactionLost:
            raise
        except DatabaseError as refusal:
            raise Abandoned(str(refusal)) from refusal

    def _happened(self, now: datetime) -> bool:
        """Whether the last batch written is committed; OutcomeUnknown when the database cannot be asked."""
        until = time.monotonic() + self._timeout
        for times in itertools.count(1):
            try:
                writer = self._connected()
                writer.begin()
                happened = self._row.is_committed(writer, now)
                writer.commit()
            except DatabaseError as error:
                self._disconnect()
                if time.monotonic() > until:
                    raise OutcomeUnknown(
                        f"The database was lost while it committed: this was done, or it was not. {error}"
                    ) from error
                time.sleep(_pause(times))
            else:
                return happened
        raise AssertionError("there is always another time")

    def _instant(self) -> datetime:
        now = self._clock()
        if self._now is None or now > self._now:
            self._now = now
        return self._now

    def _connected(self) -> Writer:
        if self._writer is None:
            self._writer = self._database.writer(self._row.name)
        return self._writer

    def _disconnect(self) -> None:
        if self._writer is not None:
            self._writer.rollback()
            self._writer.close()
            self._writer = None

    # How an attempt ended.

    def _succeed(self, outcomes: list[Outcome]) -> None:
        self._batches += 1
        self._jobs += len(outcomes)
        self._troubles = 0
        if self._writer is not None:
            self._at_most = min(2 * self._at_most, self._writer.jobs_at_most)
        self._begun = []
        release(outcomes)

    def _overcome(self, trouble: DatabaseError) -> None:
        """Nothing was done: put the jobs back, and try again after a pause with half as many."""
        begun, self._begun = self._begun, []
        self._runs_again += 1
        if begun:
            self._at_most = max(1, len(begun) // 2)
        if isinstance(trouble, Conflict) and self._writer is not None:
            self._writer.rollback()
        else:
            self._disconnect()
        if isinstance(trouble, Abandoned) and len(begun) == 1:
            self._give_up(begun, Abandoned, str(trouble), trouble)
        else:
            self._waiting.extendleft(reversed(begun))
        self._troubles += 1
        if self._troubles == 1:
            self._trouble_since = time.monotonic()
        self._give_up_late(trouble)
        if self._waiting:
            time.sleep(_pause(self._troubles))

    def _give_up_late(self, trouble: DatabaseError) -> None:
        """Answer the jobs that have waited for the whole timeout."""
        timeout_began = time.monotonic() - self._timeout
        if self._trouble_since < timeout_began:
            late = [job for job in self._waiting if job.since < timeout_began]
            self._waiting = deque(job for job in self._waiting if job.since >= timeout_began)
            text = f"The database has not been available for {self._timeout:.0f} seconds; nothing was done. {trouble}"
            self._give_up(late, DatabaseUnavailable, text, trouble)

    def _fail(self, fault: BaseException) -> None:
        """What is due cannot be performed, and nobody may act as if it were: all who wait hear of it."""
        self._disconnect()
        jobs = [*self._begun, *self._waiting]
        self._waiting.clear()
        _log.error("A lane could not perform what is due.", exc_info=fault)
        self._give_up(jobs, DueFailed, f"What is due could not be performed; nothing was done. {fault!r}", fault)

    def _give_up(self, jobs: list[Job], kind: type[DatabaseError], text: str, cause: BaseException) -> None:
        outcomes = []
        for job in jobs:
            if job.begin():
                error = kind(text)
                error.__cause__ = cause
                outcomes.append(Outcome(job, None, error))
        self._begun = []
        release(outcomes)

    def _leave(self) -> None:
        """The end: tidy our row away."""
        with contextlib.suppress(DatabaseError):
            if self._row.number:
                writer = self._connected()
                writer.begin()
                self._row.close(writer)
                writer.commit()
        self._disconnect()


class LaneRow:
    """A lane's row in the table `lane`: the last batch it has committed."""

    def __init__(self) -> None:
        self.lane_id = secrets.token_hex(8)
        self.name = f"kempelen lane {self.lane_id}"
        self.number = 0  # of the last batch written, committed or not
        self._at: datetime | None = None

    def write(self, tx: Transaction, now: datetime) -> None:
        """Leave the id of a new batch in its transaction."""
        self.number += 1
        self._at = now
        tx.run(
            """
            INSERT INTO lane (lane_id, batch_id, batch_at) VALUES (:lane_id, :batch_id, :now)
            ON CONFLICT (lane_id) DO UPDATE SET batch_id = excluded.batch_id, batch_at = excluded.batch_at
            """,
            lane_id=self.lane_id,
            batch_id=str(self.number),
            now=now,
        )

    def is_committed(self, tx: Transaction, now: datetime) -> bool:
        """Whether the last batch written is committed.

        Written so that it waits for a transaction that is still about to commit, also when that is the lane's first.
        """
        row = tx.one(
            """
            INSERT INTO lane (lane_id, batch_id, batch_at) VALUES (:lane_id, 'none', :now)
            ON CONFLICT (lane_id) DO UPDATE SET batch_id = lane.batch_id
            RETURNING batch_id
            """,
            lane_id=self.lane_id,
            now=now,
        )
        assert row is not None
        return bool(row["batch_id"] == str(self.number))

    def close(self, tx: Transaction) -> None:
        """Replace the row by the one of all closed lanes, which only remembers how late it was."""
        tx.run(
            """
            INSERT INTO lane (lane_id, batch_id, batch_at) VALUES ('closed', 'none', :at)
            ON CONFLICT (lane_id) DO UPDATE SET batch_at = excluded.batch_at WHERE excluded.batch_at > lane.batch_at
            """,
            at=self._at,
        )
        tx.run("DELETE FROM lane WHERE lane_id = :lane_id", lane_id=self.lane_id)


def _pause(times: int) -> float:
    """Seconds to wait before trying again, when it has failed so many times; never the same for two."""
    chance = secrets.randbelow(1000) / 1000
    return (0.5 + chance) * min(0.005 * 2.0 ** min(times, 10), _PAUSE_AT_MOST)
