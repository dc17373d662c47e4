"""Clock readings: what servers have seen of their clocks, so that a jump is noticed after a restart, too.

A server stores its market time beside the reading of the machine's monotonic clock. Whoever opens the marketplace later
during the same boot computes from this what time it must be. After a reboot nothing says how long the machine was off:
a pause within the operator's limit is believed, so that late deadlines are performed; a longer one, or a time that was
doubted before, is not. Source: docs/operations.md "The clock".
"""

from datetime import datetime, timedelta

from kempelen.market.foundation.clock import SystemTime
from kempelen.store.database import Transaction, instant, ms

ACCEPTED = "clock_accepted"  # the setting: what the system clock showed when the operator said that it is right
_KEPT = timedelta(days=90)  # of machines that are gone


def keep(db: Transaction, now: datetime, system_time: SystemTime) -> None:
    """Write down what this machine's clocks show at this moment of the market."""
    clock_jump = system_time.clock_jump
    db.run(
        """
        INSERT INTO clock_reading (boot_id, market_at, steady_ms, doubted_at)
        VALUES (:boot_id, :now, :steady_ms, :doubted_at)
        ON CONFLICT (boot_id) DO UPDATE
           SET market_at = excluded.market_at, steady_ms = excluded.steady_ms, doubted_at = excluded.doubted_at
        """,
        boot_id=system_time.boot_id,
        now=now,
        steady_ms=round(system_time.steady * 1000),
        doubted_at=None if clock_jump is None else clock_jump.shown,
    )
    db.run("DELETE FROM clock_reading WHERE market_at < :least", least=now - _KEPT)


def compare(db: Transaction, system_time: SystemTime, *, most_off: timedelta | None) -> None:
    """Let the system clock be doubted if it shows what it cannot have come to since it was last read.

    `most_off` is for how long a marketplace may have been off before that is doubted; None for any time.
    """
    row = db.one(
        "SELECT market_at, steady_ms FROM clock_reading WHERE boot_id = :boot_id AND boot_id <> ''",
        boot_id=system_time.boot_id,
    )
    if row is not None:
        passed = timedelta(milliseconds=system_time.steady * 1000 - row["steady_ms"])
        _expect(system_time, instant(row["market_at"]) + passed)
        return
    last = db.one("SELECT market_at, doubted_at FROM clock_reading ORDER BY market_at DESC, boot_id LIMIT 1")
    if last is None:
        return
    shown, market_at = system_time.now(), instant(last["market_at"])
    is_too_long = most_off is not None and shown - market_at > most_off
    if is_too_long or (last["doubted_at"] is not None and ms(shown) >= last["doubted_at"]):
        _expect(system_time, market_at)
    elif shown < market_at:  # a machine without a clock of its own, before it has asked others
        system_time.continue_from(market_at, most_off=most_off)


def _expect(system_time: SystemTime, at: datetime) -> None:
    """A market time ahead of the system clock is no jump: `SystemClock` goes on from there by itself."""
    if system_time.most_jump is not None and system_time.now() - at > system_time.most_jump:
        system_time.continue_from(at)


def accept(db: Transaction, shown: datetime) -> None:
    """The operator says that the system clock is right, which shows this; servers whose clocks agree hear of it."""
    db.run(
        """
        INSERT INTO setting (name, value) VALUES (:name, :value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        name=ACCEPTED,
        value=str(ms(shown)),
    )


def is_accepted(db: Transaction, system_time: SystemTime) -> bool:
    """Whether the operator has said that what the system clock shows is right, now or not long ago."""
    clock_jump = system_time.clock_jump
    row = db.one("SELECT value FROM setting WHERE name = :name", name=ACCEPTED)
    if clock_jump is None or row is None or system_time.most_jump is None:
        return False
    return timedelta(0) <= clock_jump.shown - instant(int(row["value"])) <= system_time.most_jump
