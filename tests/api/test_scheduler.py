"""The scheduler: what is due is done by itself, nothing ends it but its stop, and what is old is cleared away."""

import threading
import time
from datetime import timedelta

import pytest

from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.hits import uploads
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.server.scheduler import LONGEST_SLEEP, Scheduler
from kempelen.store.files import Files
from tests.api.test_protocol import HIT
from tests.clients.hits import PHOTO_FORM
from tests.market.work import ANSWER, DAYS, HOURS, accepted_work, new_hit, submit_answer, submitted_work


@pytest.fixture
def scheduler(market, tmp_path):
    running = Scheduler(market, Files(tmp_path))
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


@pytest.mark.slow
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


def test_it_outlives_failures(market, alice, monkeypatch, tmp_path):
    failing, tried = threading.Event(), threading.Semaphore(0)
    failing.set()
    true_moment = market.next_due_at

    def next_due_at():
        tried.release()
        if failing.is_set():
            raise OSError("The disk is away.")
        return true_moment()

    monkeypatch.setattr(market, "next_due_at", next_due_at)
    monkeypatch.setattr("kempelen.server.scheduler.LONGEST_PAUSE", 0.01)
    scheduler = Scheduler(market, Files(tmp_path))
    new_hit(market, alice, lifetime_in_seconds=1 * HOURS)
    market.clock.advance(seconds=1 * HOURS)
    scheduler.start()
    for _ in range(3):
        assert tried.acquire(timeout=10)
    assert statuses(market) == {"Assignable"}
    failing.clear()
    eventually(lambda: statuses(market) == {"Reviewable"})
    scheduler.stop()


def test_it_stops_and_before_it_began_too(market, tmp_path):
    idle = Scheduler(market, Files(tmp_path))
    idle.stop()
    running = Scheduler(market, Files(tmp_path))
    running.start()
    assert "scheduler" in {thread.name for thread in threading.enumerate()}
    running.stop()
    assert "scheduler" not in {thread.name for thread in threading.enumerate()}


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


def test_files_that_nobody_may_read_any_more_are_deleted(market, alice, bob, scheduler, tmp_path):
    files, about = Files(tmp_path), {}
    kept = {}
    for name in ("stays", "goes", "never came"):
        accepted = accepted_work(market, alice, bob, question=PHOTO_FORM)
        about[name] = {"assignment_id": accepted.assignment_id}
        kept[name] = market.perform(bob, uploads.begin, **about[name], question_identifier="photo", file_name="mug.png")
        with files.begin(kept[name]) as draft:
            draft.write(b"a mug")
            draft.finish()
        if name != "never came":
            market.perform(bob, uploads.keep, **about[name], file_key=kept[name], size_in_bytes=5)
    market.perform(bob, work.return_assignment, **about["goes"])
    market.clock.advance(seconds=work.UNDO_SECONDS)
    scheduler.delete_files()
    assert [name for name, key in kept.items() if files.size(key) is not None] == ["stays", "never came"]
    market.perform(bob, submit_answer, **about["stays"], answer=ANSWER, file_keys=[kept["stays"]])
    market.clock.advance(seconds=uploads.IDLE_SECONDS)
    scheduler.start()
    eventually(lambda: files.size(kept["never came"]) is None)
    assert files.size(kept["stays"]) == 5
    eventually(lambda: market.perform(MARKET, uploads.list_to_delete, most=9) == [])
