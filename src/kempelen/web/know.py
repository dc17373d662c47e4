"""Knowing what became of work: the dashboard, and what was handed in on a day. Source: spec worker.md 4 and 7."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from kempelen.market import work
from kempelen.web.routing import Page, Routes
from kempelen.web.visits import NoSuchPage, Visit
from kempelen.web.worker_json import dashboard_json, handed_in_json

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)


async def dashboard(visit: Visit) -> Response:
    """What was done and earned, by day and one by one."""
    known = await visit.perform(work.get_dashboard)
    if visit.wants_json:
        return visit.json(dashboard_json(known))
    shown = visit.query.get("status")
    shown = shown if shown in ("Submitted", "Approved", "Rejected") else ""
    submitted = await visit.perform(
        work.list_submitted, status=shown or None, page_number=visit.query.number("page_number", 1)
    )
    return visit.render("worker/dashboard.html", known=known, submitted=submitted, shown=shown, day=None)


async def status_details(visit: Visit) -> Response:
    """What was handed in on one day (UTC)."""
    try:
        day = date.fromisoformat(visit.path["day"])
    except ValueError:
        raise NoSuchPage() from None
    if not FIRST_DAY <= day < LAST_DAY:
        raise NoSuchPage()
    page_number = visit.query.number("page_number", 1)
    submitted = await visit.perform(work.list_submitted, day=day, page_number=page_number)
    if visit.wants_json:
        return visit.json(
            {
                "results": [handed_in_json(one) for one in submitted.items],
                "page_number": submitted.page_number,
                "num_results": len(submitted.items),
                "total_num_results": submitted.total,
            }
        )
    return visit.render("worker/day.html", submitted=submitted, shown="", day=day)


ROUTES: Routes = {
    "/dashboard": {"GET": Page(dashboard)},
    "/status_details/{day}": {"GET": Page(status_details)},
}
