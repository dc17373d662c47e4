"""What a Worker earned, month by month: for tax offices and for themselves."""

from __future__ import annotations

from typing import Any

from kempelen.core.money import Money
from kempelen.market.work import history
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import View
from kempelen.web.site.visits import Visit
from kempelen.web.worker.json_members import dollars


class Earnings(View):
    """The months with their rewards and bonuses, the latest first, and what they add up to."""

    template = "worker/earnings.html"

    months: list[history.Month]
    total: Money

    def as_json(self) -> Any:
        """The months; sums are dollars."""
        months = [
            {
                "month": f"{one.month:%Y-%m}",
                "approved": one.approved,
                "rewards": dollars(one.rewards),
                "bonuses": dollars(one.bonuses),
                "total": dollars(one.total),
            }
            for one in self.months
        ]
        return {"results": months, "total": dollars(self.total)}


async def earnings(visit: Visit) -> View:
    """Earnings by month (UTC), by when they were approved or granted."""
    months = await visit.perform(history.list_months)
    return Earnings(months=months, total=Money(sum(one.total.micros for one in months)))


ROUTES: Routes = {"/dashboard/months": {"GET": Page(earnings)}}
