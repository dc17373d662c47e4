"""Gauges: the state of a marketplace at this moment, cheap enough to be read every few seconds.

Nothing here reads more rows than there are Requesters, or than a bound allows: no scan of HITs, work or Workers.
"""

from datetime import datetime

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire.operations import transaction
from kempelen.market import deadlines
from kempelen.market.foundation import deliveries
from kempelen.market.foundation.call import Call


class Gauges(msgspec.Struct, frozen=True):
    """Deadlines due and not performed, and since when; deliveries by status; money by kind of account."""

    due: int
    due_since: datetime | None
    deliveries: dict[str, int]
    money: dict[str, Money]


@transaction(reads=True)
def get_gauges(call: Call) -> Gauges:
    """How things stand; a read that waits for what is due would always find nothing due."""
    earliest = deadlines.next_due_at(call.db)
    return Gauges(
        due=deadlines.count_due(call),
        due_since=earliest if earliest is not None and earliest <= call.now else None,
        deliveries=deliveries.get_counts(call),
        money=_money(call),
    )


def _money(call: Call) -> dict[str, Money]:
    """All balances sum to zero, so what Workers have earned is what the Requesters' accounts leave."""
    rows = call.db.all(_MONEY)
    totals = {row["kind"]: int(row["total"]) for row in rows}
    return {kind: Money(total) for kind, total in {**totals, "earnings": -sum(totals.values())}.items()}


_MONEY = "SELECT kind, CAST(SUM(balance_micros) AS TEXT) AS total FROM account WHERE worker_id IS NULL GROUP BY kind"
