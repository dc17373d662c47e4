"""Jobs of lanes, and how their results reach whoever waits for them."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, NamedTuple

from kempelen.store.transactions import Transaction, Writer


class Job:
    """A job and where its result goes: a future of threads, or one of an event loop."""

    __slots__ = ("begun", "function", "future", "loop", "since")

    def __init__(
        self,
        function: Callable[[Transaction, datetime], Any],
        future: "Future[Any] | asyncio.Future[Any]",
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.function = function
        self.future = future
        self.loop = loop
        self.since = time.monotonic()
        self.begun = False

    def begin(self) -> bool:
        """Whether anybody still wants it; from then on it cannot be cancelled any more."""
        if not self.begun:
            self.begun = True
            if isinstance(self.future, Future):
                return self.future.set_running_or_notify_cancel()
            return not self.future.cancelled()
        return True


class Outcome(NamedTuple):
    job: Job
    result: Any
    error: Exception | None


def outcome_of(job: Job, writer: Writer, now: datetime) -> Outcome:
    """Run one job; raises TransactionLost when the whole transaction is lost."""
    writer.savepoint()
    try:
        result = job.function(writer, now)
        writer.release()
    except BaseException as error:
        writer.rollback_to()
        return Outcome(job, None, _presentable(error))
    return Outcome(job, result, None)


def _presentable(error: BaseException) -> Exception:
    """An exception that a future can hold and that ends nobody's thread."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError(f"The operation ended with {error!r}.")
    wrapped.__cause__ = error
    return wrapped


def release(outcomes: Iterable[Outcome]) -> None:
    """Give the results out, waking each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.job.loop is None:
            _settle(outcome)
        else:
            by_loop.setdefault(outcome.job.loop, []).append(outcome)
    for loop, its_outcomes in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle_all, its_outcomes)


def _settle_all(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.job.future.done():  # whoever awaited it may have been cancelled
            _settle(outcome)


def _settle(outcome: Outcome) -> None:
    if outcome.error is None:
        outcome.job.future.set_result(outcome.result)
    else:
        outcome.job.future.set_exception(outcome.error)
