"""Gauges: how a marketplace stands at this moment, cheap enough to be asked every few seconds.

Nothing here looks at more rows than there are Requesters, or than a bound says: no scan of HITs, work or Workers.
"""

from datetime import datetime

import msgspec

from kempelen.core.money import Money
from kempelen.market import deadlines
from kempelen.market.call import Call


class Gauges(msgspec.Struct, frozen=True):
    """What is due and not yet performed, since when, and the money in all accounts by their kind."""

    due: int
    due_since: datetime | None
    money: dict[str, Money]


def get_gauges(call: Call) -> Gauges:
    """How things stand; a read that waits for what is due would always find nothing due."""
    earliest = deadlines.next_due_at(call.db)
    return Gauges(
        due=deadlines.count_due(call),
        due_since=earliest if earliest is not None and earliest <= call.now else None,
        money=_money(call),
    )


def _money(call: Call) -> dict[str, Money]:
    """All balances sum to zero, so what Workers have earned is what the Requesters' accounts leave."""
    rows = call.db.all(
        "SELECT kind, CAST(SUM(balance_micros) AS TEXT) AS total FROM account WHERE worker_id IS NULL GROUP BY kind"
    )
    totals = {row["kind"]: int(row["total"]) for row in rows}
    return {kind: Money(total) for kind, total in {**totals, "earnings": -sum(totals.values())}.items()}
