"""The sender: sends deliveries to the SQS queues, SNS topics and webhooks of Requesters, and by mail.

A thread of the server looks for destinations with waiting deliveries, claims them one by one and serves each in its own
thread: it sends the deliveries, oldest first, and records each outcome before the next. A claim is a lease, renewed
while its server runs: of several servers one sends, and after a `kill -9` another continues within seconds. What was
sent but not recorded is sent again under the same id: at least once, never lost silently. A destination that fails is
paused, longer each time, and no other destination waits for it. A single delivery that is refused for now, such as a
mail to a full mailbox, is paused alone. Nothing else in the program sends to the outside.
"""

import asyncio
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from kempelen.core.wire.errors import InternalFailure
from kempelen.delivery.channels import Channels, Undelivered
from kempelen.market.foundation import deliveries, webhook_secrets
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import Clock, SystemClock
from kempelen.market.foundation.outbox import Delivery, Destination
from kempelen.market.market import Market
from kempelen.market.messaging import notifications

LEASE = timedelta(seconds=10)
RENEW_EVERY = 2.5  # seconds
LOOK_EVERY = 0.5  # seconds
AT_ONCE = 8  # destinations
TESTS_AT_ONCE = 8
SERVED_IN_A_ROW = 50  # deliveries, before the destination goes back to the end of the queue
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 3600.0  # seconds, halved by chance
LONGEST_TROUBLE = 30.0  # seconds between looks, while the database is not there

log = structlog.get_logger("kempelen.delivery")


class Sender:
    """Started with the server, stopped before its market is closed."""

    def __init__(self, market: Market, channels: Channels, *, real_clock: Clock | None = None) -> None:
        self._market = market
        self._channels = channels
        self._real_clock = real_clock or SystemClock()
        self._holder = secrets.token_hex(8)
        self._stopping = threading.Event()
        self._served = threading.Semaphore(AT_ONCE)
        self._serving: set[str] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery")
        self._tests = ThreadPoolExecutor(TESTS_AT_ONCE, thread_name_prefix="delivery-test")
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin; what waited while nobody was there goes out at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being sent now; the rest waits for the next start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(cancel_futures=True)
        self._tests.shutdown(cancel_futures=True)

    def send_due(self) -> None:
        """Send all that may be sent at this moment, here, and return when that is done."""
        while (destination := self.claim()) is not None:
            self._send_waiting(destination)
            self._release(destination)

    def claim(self) -> Destination | None:
        """Take a destination with something to send, which nobody else has; None when there is none."""
        now = self._real_clock.now()
        if not self._perform(deliveries.get_anything_to_send, at=now):
            return None
        return self._market.perform(MARKET, deliveries.claim, holder=self._holder, at=now, until=now + LEASE)

    def renew(self) -> None:
        """Keep what was claimed for another while."""
        self._perform(deliveries.renew, holder=self._holder, until=self._real_clock.now() + LEASE)

    async def send_test(self, requester_id: str, arguments: dict[str, Any]) -> None:
        """Send the test that a Requester asks for, before they are answered; InternalFailure when it does not arrive.

        Source: docs/mturk/api.md 2.34.
        """
        where, what = await self._market.perform_async(requester_id, notifications.prepare_test, **arguments)
        if where.channel == "Webhook":
            signers = await self._market.perform_async(
                MARKET, webhook_secrets.signing_secrets, requester_id=requester_id, at=self._real_clock.now()
            )
            where = msgspec.structs.replace(where, secrets=signers)
        try:
            await asyncio.get_running_loop().run_in_executor(self._tests, self._send_one, where, what)
        except Undelivered as error:
            log.warning("A test event could not be sent", requester_id=requester_id, error=str(error))
            raise InternalFailure() from None

    # ---------------------------------------------------------------------------- who has what

    def _run(self) -> None:
        renew_at, failures = time.monotonic() + RENEW_EVERY, 0
        while not self._stopping.is_set():
            try:
                if self._serving and time.monotonic() >= renew_at:
                    self.renew()
                    renew_at = time.monotonic() + RENEW_EVERY
                while not self._stopping.is_set() and self._serve_next():
                    pass
                pause, failures = LOOK_EVERY, 0
            except Exception:
                failures += 1
                pause = min(2.0**failures / 4, LONGEST_TROUBLE)
                log.exception("Nothing can be sent", again_in_seconds=pause)
            self._stopping.wait(pause)

    def _serve_next(self) -> bool:
        """Claim a destination and have it served; False when there is none, or nobody free to serve it."""
        if not self._served.acquire(blocking=False):
            return False
        destination = None
        try:
            destination = self.claim()
        finally:
            if destination is None:
                self._served.release()
        if destination is None:
            return False
        self._serving.add(destination.destination_id)
        self._pool.submit(self._serve, destination)
        return True

    def _serve(self, destination: Destination) -> None:
        try:
            self._send_waiting(destination)
            self._release(destination)
        except Exception:
            log.exception(
                "A destination could not be served", channel=destination.channel, destination=destination.address
            )
        finally:
            self._serving.discard(destination.destination_id)
            self._served.release()

    def _release(self, destination: Destination) -> None:
        self._perform(
            deliveries.release,
            destination_id=destination.destination_id,
            holder=self._holder,
            at=self._real_clock.now(),
        )

    # ---------------------------------------------------------------------------- sending

    def _send_waiting(self, destination: Destination) -> None:
        """Send what waits at a destination, until it fails, or others should have their turn."""
        waiting = self._perform(
            deliveries.list_waiting,
            destination_id=destination.destination_id,
            at=self._real_clock.now(),
            most=SERVED_IN_A_ROW,
        )
        with self._channels.opened(destination) as send:
            for delivery in waiting:
                if self._stopping.is_set():
                    return
                try:
                    send(delivery)
                except Undelivered as error:
                    self._record_failure(destination, delivery, error)
                    if not error.alone:
                        return
                else:
                    self._perform(deliveries.record_sent, delivery_id=delivery.delivery_id, at=self._real_clock.now())

    def _send_one(self, where: Destination, what: Delivery) -> None:
        with self._channels.opened(where) as send:
            send(what)

    def _record_failure(self, destination: Destination, delivery: Delivery, error: Undelivered) -> None:
        now = self._real_clock.now()
        again_at = None if error.final else now + _pause(delivery.attempts)
        destination_again_at = None if error.alone else now + _pause(destination.failures)
        log.warning(
            "A delivery failed",
            delivery_id=delivery.delivery_id,
            kind=delivery.kind,
            channel=destination.channel,
            requester_id=delivery.requester_id,
            error=str(error),
            again_at="never" if again_at is None else again_at.isoformat(timespec="seconds"),
        )
        self._perform(
            deliveries.record_failure,
            delivery_id=delivery.delivery_id,
            error=str(error),
            at=now,
            again_at=again_at,
            destination_again_at=destination_again_at,
        )
        if not error.alone:
            self._spread_failure(destination, str(error), now)

    def _spread_failure(self, destination: Destination, error: str, at: datetime) -> None:
        """To all that waits there, a part at a time; what a stop leaves over, the next failure finds."""
        while not self._stopping.is_set() and self._perform(
            deliveries.spread_failure, destination_id=destination.destination_id, error=error, at=at
        ):
            pass

    def _perform(self, function: Callable[..., Any], **arguments: Any) -> Any:
        return self._market.perform(MARKET, function, **arguments)


def _pause(failures: int) -> timedelta:
    """How long to wait after so many failures before and one more: twice as long each time, and not all at once."""
    longest = min(FIRST_PAUSE * 2.0 ** min(failures, 20), LONGEST_PAUSE)
    return timedelta(seconds=longest * random.uniform(0.5, 1))
