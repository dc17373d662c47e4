"""The scheduler: performs each deadline when it is due, and deletes what is no longer needed, files too.

It is a thread of the server. Being late changes nothing that happens, because every deadline is performed as of the
moment it was due. Of several processes any may be the one that performs.
"""

import threading
import time

import structlog

from kempelen.market.foundation import deliveries, request_tokens
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import Clock, ManualClock, SystemClock
from kempelen.market.hits import uploads
from kempelen.market.market import Market
from kempelen.market.people import accounts, recovery
from kempelen.store.files import Files

LONGEST_SLEEP = 1.0  # seconds; a deadline made meanwhile waits no longer than that
LONGEST_PAUSE = 30.0  # seconds, after failures one upon another
CLEARING_EVERY = 600.0  # seconds of real time
DELETING_EVERY = 5.0  # seconds of real time
DELETED_AT_ONCE = 100
CLOCK_KEPT_EVERY = 60.0  # seconds of real time
ACCEPTED_WITHIN = 5.0  # seconds of real time

log = structlog.get_logger("kempelen.scheduler")


class Scheduler:
    """Started with the server, stopped before its market is closed."""

    def __init__(self, market: Market, files: Files, *, real_clock: Clock | None = None) -> None:
        self._market = market
        self._files = files
        self._real_clock = real_clock or SystemClock()
        self._is_manual = isinstance(market.clock, ManualClock)
        self._is_doubtful = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin; what fell due while nobody was there is done at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done now."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        clear_at = delete_at = look_at = keep_at = time.monotonic()
        failures = 0
        while not self._stopping.is_set():
            try:
                if time.monotonic() >= look_at:
                    was_doubtful, is_doubtful = self._is_doubtful, self.look_at_clock()
                    look_at = time.monotonic() + (ACCEPTED_WITHIN if is_doubtful else LONGEST_SLEEP)
                    if time.monotonic() >= keep_at or was_doubtful != is_doubtful:
                        self.keep_clock()
                        keep_at = time.monotonic() + CLOCK_KEPT_EVERY
                pause = self.perform_due()
                if time.monotonic() >= delete_at:
                    self.delete_files()
                    delete_at = time.monotonic() + DELETING_EVERY
                if time.monotonic() >= clear_at:
                    self.clear()
                    clear_at = time.monotonic() + CLEARING_EVERY
                failures = 0
            except Exception:
                failures += 1
                pause = min(2.0**failures / 4, LONGEST_PAUSE)
                log.exception("What is due could not be performed", again_in_seconds=pause)
            self._stopping.wait(pause)

    def look_at_clock(self) -> bool:
        """Say in the log when the system clock is doubted, and when it is believed again; is it doubted now?"""
        clock_jump = self._market.clock_jump()
        if clock_jump is not None and not self._is_doubtful:
            log.error(
                "The system clock has jumped; market time does not follow it. Set it right, or if it is right: "
                "kempelen clock accept",
                shown=f"{clock_jump.shown:%Y-%m-%d %H:%M:%S}",
                market_time=f"{clock_jump.believed:%Y-%m-%d %H:%M:%S}",
            )
        elif clock_jump is None and self._is_doubtful:
            log.warning("The system clock is believed again; market time follows it")
        self._is_doubtful = clock_jump is not None
        return self._is_doubtful

    def keep_clock(self) -> None:
        """Write down where the clocks stand, for who opens this marketplace next, unless they are moved by hand."""
        if not self._is_manual:
            self._market.keep_clock()

    def perform_due(self) -> float:
        """Perform what is due now; how many seconds to sleep until there may be more."""
        due_at = self._market.next_due_at()
        if due_at is not None and due_at <= self._market.clock.now():
            self._market.run_due()
            due_at = self._market.next_due_at()
        if due_at is None:
            return LONGEST_SLEEP
        return min(max((due_at - self._market.clock.now()).total_seconds(), 0.01), LONGEST_SLEEP)

    def delete_files(self) -> None:
        """Delete the uploaded files that nobody may read any more: first the file, then its row."""
        while file_keys := self._market.perform(MARKET, uploads.list_to_delete, most=DELETED_AT_ONCE):
            for file_key in file_keys:
                self._files.delete(file_key)
            self._market.perform(MARKET, uploads.delete_old, file_keys=file_keys)

    def clear(self) -> None:
        """Drop the answers, tokens, sessions, invitations and deliveries that count no more."""
        while not self._stopping.is_set() and self._market.perform(MARKET, request_tokens.delete_old):
            pass  # each takes its turn among the requests
        now = self._real_clock.now()
        while not self._stopping.is_set() and self._market.perform(MARKET, deliveries.delete_old, at=now):
            pass
        self._market.perform(MARKET, accounts.delete_ended, at=now)
        self._market.perform(MARKET, recovery.delete_ended, at=now)
