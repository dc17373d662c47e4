"""The market's clock and nothing else's: signatures, sessions and throttling use real time, the market uses this.

Market time never goes back, whatever the system's clock does, and stands in whole milliseconds.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells market time."""

    def now(self) -> datetime:
        """The present instant, UTC, in whole milliseconds; never earlier than one told before."""
        ...


class SystemClock:
    """Real time, but never before `floor` and never backwards: a clock set back is walked past, not followed."""

    def __init__(self, floor: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._last = floor or EPOCH
        self._steady = time.monotonic()

    def now(self) -> datetime:
        """Real time while that advances; otherwise the time that has really passed since the last instant told."""
        with self._lock:
            steady = time.monotonic()
            walked = self._last + timedelta(seconds=steady - self._steady)
            real = datetime.now(UTC)
            if real < self._last:
                real = walked
            told = EPOCH + ((real - EPOCH) // _MILLISECOND) * _MILLISECOND
            if told > self._last:
                self._last, self._steady = told, steady
            return self._last


class ManualClock:
    """A clock that stands still until it is advanced; for tests of programs, and ours."""

    def __init__(self, now: datetime = datetime(2026, 10, 1, 12, tzinfo=UTC)) -> None:
        self._lock = threading.Lock()
        self._now = now

    def now(self) -> datetime:
        """The instant the clock stands at."""
        return self._now

    def advance(self, *, seconds: float) -> datetime:
        """Move the clock forward; ValueError for a step back."""
        if seconds < 0:
            raise ValueError("Market time never goes back: seconds must not be negative.")
        with self._lock:
            self._now += timedelta(milliseconds=round(seconds * 1000))
            return self._now
