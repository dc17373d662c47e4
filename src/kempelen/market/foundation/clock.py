"""The market's clock. Signatures, sessions and throttling use real time; the market uses this.

Market time never goes back and is in whole milliseconds. It does not follow a system clock that jumps: `SystemTime`
compares the system clock with the monotonic clock and continues by the latter until the operator accepts the jump or
the system clock is corrected. So no deadline is performed early.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

_MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Market time."""

    def now(self) -> datetime:
        """The present instant, UTC, in whole milliseconds; never earlier than one returned before."""
        ...


class ClockJump(msgspec.Struct, frozen=True):
    """The system clock shows a time that it cannot have come to; what is believed instead."""

    shown: datetime
    believed: datetime


class SystemTime:
    """The time of this machine as far as it is believed; one for the whole process is `SYSTEM_TIME`."""

    def __init__(
        self,
        *,
        real: Callable[[], datetime] | None = None,
        steady: Callable[[], float] | None = None,
        boot_id: str | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._real, self._steady = real or _real_now, steady or _steady_now
        self.boot_id = _boot_id() if boot_id is None else boot_id
        self.most_jump: timedelta | None = MOST_JUMP  # None: every jump is believed
        self._from = self._real(), self._steady()
        self._most_off: timedelta | None = None

    def now(self) -> datetime:
        """What the system clock shows, or the time that has really passed since it was last believed."""
        return self._look().believed

    @property
    def clock_jump(self) -> ClockJump | None:
        """What is wrong with the system clock; None while it is believed, also where it was set back."""
        found = self._look()
        return found if found.shown > found.believed else None

    @property
    def steady(self) -> float:
        """The seconds that this machine has run, its sleep included; no setting of the time changes them."""
        return self._steady()

    def accept(self) -> datetime:
        """Believe what the system clock shows now."""
        with self._lock:
            self._from, self._most_off = (self._real(), self._steady()), None
            return self._from[0]

    def continue_from(self, at: datetime, *, most_off: timedelta | None = None) -> None:
        """It is this time now, by what is known from before; what the system clock shows is compared with it.

        With `most_off` the machine may have been off for so long after that, and the system clock may not be set yet.
        """
        with self._lock:
            self._from, self._most_off = (at, self._steady()), most_off

    def _look(self) -> ClockJump:
        with self._lock:
            steady, real = self._steady(), self._real()
            expected = self._from[0] + timedelta(seconds=steady - self._from[1])
            if self.most_jump is not None and not -self.most_jump <= real - expected <= (
                self._most_off or self.most_jump
            ):
                return ClockJump(shown=real, believed=expected)
            self._from, self._most_off = (real, steady), None
            return ClockJump(shown=real, believed=real)


def _real_now() -> datetime:
    return datetime.now(UTC)


def _steady_now() -> float:
    """The sleep of a laptop is no jump: these clocks count it, on Linux and elsewhere."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    """What names this start of the machine; empty where the system has no such name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


MOST_JUMP = timedelta(minutes=15)
SYSTEM_TIME = SystemTime()


class SystemClock:
    """Real time, but never before `floor` and never backwards: a clock set back is walked past, not followed."""

    def __init__(self, floor: datetime | None = None, *, system_time: SystemTime = SYSTEM_TIME) -> None:
        self._lock = threading.Lock()
        self.system_time = system_time
        self._last = floor or EPOCH
        self._steady = time.monotonic()

    def now(self) -> datetime:
        """Real time while that advances; otherwise the time that has really passed since the last instant returned."""
        with self._lock:
            steady = time.monotonic()
            walked = self._last + timedelta(seconds=steady - self._steady)
            real = self.system_time.now()
            if real < self._last:
                real = walked
            read = EPOCH + ((real - EPOCH) // _MILLISECOND) * _MILLISECOND
            if read > self._last:
                self._last, self._steady = read, steady
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
