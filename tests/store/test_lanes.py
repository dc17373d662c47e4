"""Lanes: many jobs in one durable commit, each on its own."""

from __future__ import annotations

import asyncio
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from kempelen.store.database import Conflict, ConstraintViolated, Database, DatabaseError, Transaction
from kempelen.store.lanes import lane
from kempelen.store.lanes.lanes import DueFailed, Lanes, LanesClosed
from tests.awaited import awaited
from tests.store.marks import START, Job, add_mark, lanes_on, marking, marks


class Gate:
    """A job that keeps its lane busy until it is opened, so that others queue behind it."""

    def __init__(self, lanes: Lanes, key: str = "") -> None:
        self.open = threading.Event()
        self._inside = threading.Event()
        self.passed = lanes.submit(self._wait, key=key)
        assert self._inside.wait(10)

    def _wait(self, tx: Transaction, now: datetime) -> None:
        self._inside.set()
        self.open.wait(10)


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads take turns as often as they can, so that races are met."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch ends early because its work has taken long, as it does on a busy machine."""
    monkeypatch.setattr(lane, "WORK_SECONDS", {"sqlite": 60.0, "postgresql": 60.0})


def failing(job: Job, error: BaseException) -> Job:
    def then_fail(tx: Transaction, now: datetime) -> None:
        job(tx, now)
        raise error

    return then_fail


def test_a_job_answers_and_stays(database: Database) -> None:
    with lanes_on(database) as lanes:
        assert lanes.submit(marking("a")).result(10) == "a"
    assert marks(database) == ["a"]


def test_an_answer_comes_only_after_the_commit(durable: Database) -> None:
    seen: list[list[str]] = []

    def look(future: Future[Any]) -> None:  # called by the lane itself, the moment the answer is there
        seen.append(marks(durable))

    with lanes_on(durable) as lanes:
        for name in ("a", "b", "c"):
            future = lanes.submit(marking(name))
            future.add_done_callback(look)
            future.result(10)
    assert seen == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_what_queues_meanwhile_shares_a_commit(database: Database, whole_batches: None) -> None:
    names = [f"{number:03}" for number in range(200)]
    with lanes_on(database, count=1) as lanes:
        gate = Gate(lanes)
        futures = [lanes.submit(marking(name)) for name in names]
        assert lanes.counters().waiting == 201
        gate.open.set()
        assert [future.result(10) for future in futures] == names
        assert lanes.counters().jobs == 201
        assert lanes.counters().batches < 30
        assert lanes.counters().waiting == 0
    assert marks(database) == names


def test_jobs_run_in_the_order_they_came(database: Database) -> None:
    order: list[int] = []
    with lanes_on(database, count=1) as lanes:
        gate = Gate(lanes)
        futures = [lanes.submit(lambda tx, now, number=number: order.append(number)) for number in range(50)]
        gate.open.set()
        for future in futures:
            future.result(10)
    assert order == list(range(50))


def test_one_failing_job_leaves_the_others_alone(database: Database) -> None:
    with lanes_on(database, count=1) as lanes:
        gate = Gate(lanes)
        before = lanes.submit(marking("a"))
        failed = lanes.submit(failing(marking("b"), LookupError("no such thing")))
        twice = lanes.submit(marking("a"))
        below = lanes.submit(lambda tx, now: add_mark(tx, "c", amount=-1))
        after = lanes.submit(marking("d"))
        gate.open.set()
        assert (before.result(10), after.result(10)) == ("a", "d")
        with pytest.raises(LookupError, match="no such thing"):
            failed.result(10)
        for future in (twice, below):
            with pytest.raises(ConstraintViolated):
                future.result(10)
    assert marks(database) == ["a", "d"]


def test_a_job_cannot_hide_that_its_statement_failed(database: Database) -> None:
    def hide(tx: Transaction, now: datetime) -> str:
        add_mark(tx, "b")
        try:
            add_mark(tx, "a")
        except DatabaseError:
            return "all is well"
        raise AssertionError

    with lanes_on(database) as lanes:
        lanes.submit(marking("a")).result(10)
        with pytest.raises(ConstraintViolated):
            lanes.submit(hide).result(10)
        lanes.submit(marking("c")).result(10)
    assert marks(database) == ["a", "c"]


@pytest.mark.parametrize("error", [StopIteration("enough"), SystemExit(3), KeyboardInterrupt()])
def test_no_exception_ends_a_lane(database: Database, error: BaseException) -> None:
    with lanes_on(database) as lanes:
        with pytest.raises(RuntimeError, match=type(error).__name__):
            lanes.submit(failing(marking("a"), error)).result(10)
        with pytest.raises(RuntimeError, match=type(error).__name__):
            awaited(lanes.run(failing(marking("a"), error)))
        assert lanes.submit(marking("b")).result(10) == "b"
    assert marks(database) == ["b"]


def test_a_conflict_inside_a_job_runs_the_whole_batch_again(database: Database, whole_batches: None) -> None:
    runs: list[str] = []

    def first(tx: Transaction, now: datetime) -> None:
        runs.append("first")
        add_mark(tx, "first")

    def second(tx: Transaction, now: datetime) -> None:
        runs.append("second")
        add_mark(tx, "second")
        if runs.count("second") <= 2:
            tx._failed = Conflict("somebody was in the way")  # type: ignore[attr-defined]
            raise ValueError("which is what the job makes of it")

    with lanes_on(database, count=1) as lanes:
        lanes.submit(marking("zero")).result(10)  # from here on two fit a batch
        gate = Gate(lanes)
        futures = [lanes.submit(first), lanes.submit(second)]
        gate.open.set()
        for future in futures:
            future.result(10)
        assert lanes.counters().runs_again == 2
    assert marks(database) == ["first", "second", "zero"]
    assert runs.count("second") == 3


def test_what_is_due_is_done_before_any_job(database: Database) -> None:
    left = [3]

    def due(tx: Transaction, now: datetime) -> bool:
        if left[0]:
            left[0] -= 1
            add_mark(tx, f"due {left[0]}", made_at=now)
        return left[0] > 0

    def count(tx: Transaction, now: datetime) -> int:
        return len(tx.all("SELECT mark_id FROM mark"))

    with lanes_on(database, due=due) as lanes:
        assert lanes.submit(count).result(10) == 3


def test_more_that_is_due_is_committed_before_the_rest(durable: Database) -> None:
    seen: list[list[str]] = []

    def due(tx: Transaction, now: datetime) -> bool:
        seen.append(marks(durable))
        if len(seen) <= 3:
            add_mark(tx, f"due {len(seen)}")
        return len(seen) < 3

    with lanes_on(durable, due=due) as lanes:
        lanes.submit(marking("job")).result(10)
    assert seen == [[], ["due 1"], ["due 1", "due 2"]]


def test_nobody_acts_when_what_is_due_cannot_be_done(database: Database) -> None:
    broken = [True]

    def due(tx: Transaction, now: datetime) -> bool:
        add_mark(tx, "due")
        assert not broken[0], "a fault of ours"
        return False

    with lanes_on(database, due=due) as lanes:
        with pytest.raises(DueFailed, match="a fault of ours"):
            lanes.submit(marking("a")).result(10)
        assert marks(database) == []
        broken[0] = False
        assert lanes.submit(marking("b")).result(10) == "b"
    assert marks(database) == ["b", "due"]


def test_a_batch_has_one_instant_and_a_lane_never_goes_back(database: Database) -> None:
    ticks = [START + timedelta(seconds=seconds) for seconds in (5, 3, 9, 9, 1)]
    told: list[datetime] = []

    def clock() -> datetime:
        told.append(ticks[len(told)])
        return told[-1]

    def instant_of(tx: Transaction, now: datetime) -> datetime:
        time.sleep(0.001)
        return now

    with lanes_on(database, count=1, clock=clock) as lanes:
        instants = [lanes.submit(instant_of).result(10) for _ in ticks]
    assert [(instant - START).seconds for instant in instants] == [5, 5, 9, 9, 9]


def test_the_clock_is_asked_once_for_a_batch(database: Database, whole_batches: None) -> None:
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(1)
        return START + timedelta(seconds=len(asked))

    with lanes_on(database, count=1, clock=clock) as lanes:
        for _ in range(6):  # batches grow
            lanes.submit(lambda tx, now: None).result(10)
        gate = Gate(lanes)
        futures = [lanes.submit(lambda tx, now: now) for _ in range(20)]
        gate.open.set()
        instants = {future.result(10) for future in futures}
        assert len(asked) == lanes.counters().batches
    assert len(instants) < 3


def test_closing_finishes_what_waits_and_takes_no_more(database: Database) -> None:
    names = [f"{number:03}" for number in range(100)]
    lanes = Lanes(database, clock=lambda: START, due=lambda tx, now: False)
    gate = Gate(lanes)
    futures = [lanes.submit(marking(name), key=name) for name in names]
    threading.Timer(0.05, gate.open.set).start()
    lanes.close()
    assert all(future.done() for future in futures)
    assert marks(database) == names
    with pytest.raises(LanesClosed):
        lanes.submit(marking("late"))
    lanes.close()


def test_nothing_is_lost_when_closing_races_with_submitting(database: Database, hurried: None) -> None:
    taken: list[Future[Any]] = []
    for attempt in range(20):
        lanes = Lanes(database, clock=lambda: START, due=lambda tx, now: False, count=1)
        threads = [threading.Thread(target=submit_until_closed, args=(lanes, f"{attempt} {n}", taken)) for n in (1, 2)]
        for thread in threads:
            thread.start()
        time.sleep(0.002)
        lanes.close()
        for thread in threads:
            thread.join()
    assert marks(database) == sorted(future.result(0) for future in taken)


def submit_until_closed(lanes: Lanes, name: str, taken: list[Future[Any]]) -> None:
    for number in itertools.count():
        try:
            future = lanes.submit(marking(f"{name} {number:05}"))
        except LanesClosed:
            return
        taken.append(future)
        if number % 3 == 0:
            future.result(10)  # so that the lane has nothing left to do now and then


def test_a_closed_lane_remembers_only_how_late_it_was(database: Database) -> None:
    for seconds in (10, 30, 20):
        at = START + timedelta(seconds=seconds)
        with lanes_on(database, clock=lambda at=at: at) as lanes:
            for key in ("a", "b", "c", "d", "e"):
                lanes.submit(marking(f"{seconds}{key}"), key=key).result(10)
    with database.reading() as db:
        rows = db.all("SELECT lane_id, batch_at FROM lane")
    assert rows == [{"lane_id": "closed", "batch_at": int((START + timedelta(seconds=30)).timestamp() * 1000)}]


def test_a_batch_that_writes_nothing_leaves_no_trace(database: Database) -> None:
    with lanes_on(database) as lanes:
        assert lanes.submit(lambda tx, now: tx.all("SELECT * FROM mark")).result(10) == []
        assert lanes.submit(lambda tx, now: tx.run("UPDATE mark SET amount = 1")).result(10) == 0
        with database.reading() as db:
            assert db.all("SELECT * FROM lane") == []
        lanes.submit(marking("a")).result(10)
        with database.reading() as db:
            assert len(db.all("SELECT * FROM lane")) == 1


def test_a_future_can_be_cancelled_until_it_begins(database: Database) -> None:
    with lanes_on(database, count=1) as lanes:
        gate = Gate(lanes)
        futures = [lanes.submit(marking(name)) for name in "abc"]
        assert futures[1].cancel()
        assert not gate.passed.cancel()
        gate.open.set()
        futures[2].result(10)
    assert marks(database) == ["a", "c"]


def test_jobs_are_awaited_too(database: Database) -> None:
    async def many() -> list[str]:
        return await asyncio.gather(*(lanes.run(marking(f"{number:02}"), key=str(number)) for number in range(60)))

    with lanes_on(database) as lanes:
        names = awaited(many())
    assert names == [f"{number:02}" for number in range(60)] == marks(database)


def test_an_event_loop_is_woken_once_for_a_batch(database: Database, whole_batches: None) -> None:
    async def many() -> int:
        loop = asyncio.get_running_loop()
        woken: list[Any] = []
        wake = loop.call_soon_threadsafe

        def counting(callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            woken.append(callback)
            return wake(callback, *args, **kwargs)

        loop.call_soon_threadsafe = counting  # type: ignore[method-assign]
        gate = Gate(lanes)
        tasks = [asyncio.create_task(lanes.run(marking(f"{number:03}"))) for number in range(100)]
        await asyncio.sleep(0.01)
        before = lanes.counters().batches
        gate.open.set()
        await asyncio.gather(*tasks)
        assert len(woken) <= lanes.counters().batches - before
        return len(woken)

    with lanes_on(database, count=1) as lanes:
        assert awaited(many()) < 20


def test_cancelled_awaiters_break_nothing(database: Database) -> None:
    async def many() -> None:
        gate = Gate(lanes)
        tasks = [asyncio.create_task(lanes.run(marking(f"{number:03}"))) for number in range(50)]
        await asyncio.sleep(0.01)
        for task in tasks[:25]:
            task.cancel()
        running = asyncio.create_task(lanes.run(lambda tx, now: time.sleep(0.05)))
        gate.open.set()
        await asyncio.sleep(0.02)
        running.cancel()  # it may be running at this very moment
        done = await asyncio.gather(*tasks, running, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in done[:25])
        assert done[25:50] == [f"{number:03}" for number in range(25, 50)]
        assert await lanes.run(marking("last")) == "last"

    with lanes_on(database, count=1) as lanes:
        awaited(many())
    assert [name for name in marks(database) if name >= "025"] == [
        *(f"{number:03}" for number in range(25, 50)),
        "last",
    ]


def test_a_loop_that_has_gone_harms_nobody(database: Database) -> None:
    async def leave() -> Gate:
        gate = Gate(lanes)
        asyncio.get_running_loop().call_soon(asyncio.create_task(lanes.run(marking("left"))).cancel)
        waiting.append(asyncio.create_task(lanes.run(marking("waits"))))
        await asyncio.sleep(0.01)
        return gate

    def begin_and_go() -> Gate:
        loop = asyncio.new_event_loop()
        gate = loop.run_until_complete(leave())
        waiting.pop().cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        return gate

    waiting: list[asyncio.Task[Any]] = []
    with lanes_on(database, count=1) as lanes, ThreadPoolExecutor(1) as beside:  # a browser may have a loop in ours
        gate = beside.submit(begin_and_go).result()
        gate.open.set()
        assert lanes.submit(marking("after")).result(10) == "after"


def test_several_event_loops_share_the_lanes(database: Database) -> None:
    def work(thread: int) -> None:
        async def many() -> None:
            await asyncio.gather(*(lanes.run(marking(f"{thread}{number:02}")) for number in range(25)))

        awaited(many())

    with lanes_on(database) as lanes:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(marks(database)) == 100


def test_reading_goes_on_beside_a_lane(durable: Database) -> None:
    with lanes_on(durable) as lanes:
        lanes.submit(marking("a")).result(10)
        gate = Gate(lanes)
        assert marks(durable) == ["a"]
        gate.open.set()
