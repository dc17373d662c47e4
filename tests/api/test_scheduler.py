"""The scheduler: what is due is done by itself, nothing ends it but its stop, and what is old is cleared away."""

import threading
import time
from datetime import timedelta

import pytest

from kempelen.market import accounts
from kempelen.market.call import OPERATOR
from kempelen.market.clock import SystemClock
from kempelen.scheduler import LONGEST_SLEEP, Scheduler
from tests.api.test_protocol import HIT
from tests.market.work import DAYS, HOURS, new_hit, submitted_work


@pytest.fixture
def scheduler(market):
    running = Scheduler(market)
    yield running
    running.stop()


def eventually(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def statuses(market):
    """What the rows say, without asking the market, which would perform what is due itself."""
    with market.database.reading() as db:
        return {row["status"] for row in db.all("SELECT status FROM hit")}


def test_what_falls_due_is_done_by_itself(market, alice, scheduler):
    new_hit(market, alice, lifetime_in_seconds=1 * HOURS)
    scheduler.start()
    time.sleep(0.05)
    assert statuses(market) == {"Assignable"}
    market.clock.advance(seconds=1 * HOURS)
    eventually(lambda: statuses(market) == {"Reviewable"})


def test_it_sleeps_until_the_next_deadline_or_a_second(market, alice, scheduler):
    assert scheduler.perform_due() == LONGEST_SLEEP
    new_hit(market, alice, lifetime_in_seconds=1 * HOURS)
    assert scheduler.perform_due() == LONGEST_SLEEP
    market.clock.advance(seconds=1 * HOURS - 0.25)
    assert scheduler.perform_due() == pytest.approx(0.25)
    market.clock.advance(seconds=0.25)
    assert scheduler.perform_due() == LONGEST_SLEEP
    assert statuses(market) == {"Reviewable"}


def test_it_outlives_failures(market, alice, monkeypatch):
    failing, tried = threading.Event(), threading.Semaphore(0)
    failing.set()
    true_moment = market.next_due_at

    def next_due_at():
        tried.release()
        if failing.is_set():
            raise OSError("The disk is away.")
        return true_moment()

    monkeypatch.setattr(market, "next_due_at", next_due_at)
    monkeypatch.setattr("kempelen.scheduler.LONGEST_PAUSE", 0.01)
    scheduler = Scheduler(market)
    new_hit(market, alice, lifetime_in_seconds=1 * HOURS)
    market.clock.advance(seconds=1 * HOURS)
    scheduler.start()
    for _ in range(3):
        assert tried.acquire(timeout=10)
    assert statuses(market) == {"Assignable"}
    failing.clear()
    eventually(lambda: statuses(market) == {"Reviewable"})
    scheduler.stop()


def test_it_stops_at_once_and_before_it_began_too(market):
    idle = Scheduler(market)
    idle.stop()
    running = Scheduler(market)
    running.start()
    before = time.monotonic()
    running.stop()
    assert time.monotonic() - before < LONGEST_SLEEP / 2


def test_what_counts_no_more_is_cleared_away(market, alice, bob, program, scheduler):
    now = SystemClock().now()
    program.send("CreateHIT", HIT | {"UniqueRequestToken": "one"}, **{"amz-sdk-invocation-id": "one"})
    submitted_work(market, alice, bob)
    market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=now - timedelta(days=31))
    market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=now)
    market.perform(OPERATOR, accounts.invite_worker, email="a@example.org", at=now - timedelta(days=15))
    scheduler.clear()
    assert _counts(market) == {"answer": 1, "request_token": 1, "session": 1, "invitation": 0}
    market.clock.advance(seconds=1 * DAYS)
    scheduler.clear()
    assert _counts(market) == {"answer": 0, "request_token": 0, "session": 1, "invitation": 0}


def _counts(market):
    with market.database.reading() as db:
        return {
            table: db.one(f"SELECT COUNT(*) AS many FROM {table}")["many"]
            for table in ("answer", "request_token", "session", "invitation")
        }
