"""The dashboard, and what was submitted on a day. Source: docs/mturk/worker.md 4 and 7."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date

from starlette.responses import Response

from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.market.work import history
from kempelen.market.work.history import SubmittedWork
from kempelen.web.site import csv_files, plots
from kempelen.web.site.csv_files import Cell
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import NoSuchPage, Visit
from kempelen.web.worker.worker_json import dashboard_json, handed_in_json, submitted_json

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)


async def dashboard(visit: Visit) -> Response:
    """What was done and earned, by day, by Requester and one by one."""
    known = await visit.perform(history.get_dashboard)
    shown = visit.query.get("status")
    shown = shown if shown in ("Submitted", "Approved", "Rejected") else ""
    submitted = await visit.perform(
        history.list_submitted, status=shown or None, page_number=visit.query.number("page_number", 1)
    )
    if visit.wants_json:
        return visit.json(dashboard_json(known, submitted))
    earnings = {date.fromisoformat(day.date): day.earnings for day in known.days if day.earnings > Money.ZERO}
    plot = plots.of_days(earnings, visit.web.market.clock.now().date(), history.DAYS_SHOWN) if earnings else None
    return visit.render("worker/dashboard.html", known=known, submitted=submitted, shown=shown, day=None, plot=plot)


async def days_csv(visit: Visit) -> Response:
    """The days of the dashboard, as a table."""
    known = await visit.perform(history.get_dashboard)
    header = ("date", "submitted", "approved", "rejected", "pending", "earnings")
    rows = [
        (day.date, day.submitted, day.approved, day.rejected, day.pending, str(day.earnings))
        for day in reversed(known.days)
    ]
    return csv_files.answer("days", header, _at_once(rows))


async def requesters_csv(visit: Visit) -> Response:
    """The Requesters of the dashboard, as a table."""
    known = await visit.perform(history.get_dashboard)
    header = ("requester_id", "requester_name", "submitted", "approved", "rejected", "earnings")
    rows = [
        (one.requester_id, one.requester_name, one.submitted, one.approved, one.rejected, str(one.earnings))
        for one in known.requesters
    ]
    return csv_files.answer("requesters", header, _at_once(rows))


async def work_csv(visit: Visit) -> Response:
    """All that was ever handed in, as a table."""
    header = (
        "assignment_id", "hit_id", "title", "requester_id", "requester_name", "status", "reward", "bonuses",
        "submitted_at", "decided_at", "requester_feedback", "bonus_reasons",
    )  # fmt: skip
    return csv_files.answer("work", header, _all_work(visit))


async def _all_work(visit: Visit) -> AsyncIterator[list[list[Cell]]]:
    last: SubmittedWork | None = None
    while some := await visit.perform(history.list_all_submitted, after=last):
        yield [_work_row(one) for one in some]
        last = some[-1]


def _work_row(one: SubmittedWork) -> list[Cell]:
    bonuses = Money(sum(bonus.amount.micros for bonus in one.bonuses))
    decided = iso(one.decided_at) if one.decided_at else ""
    return [
        one.assignment_id, one.hit_id, one.title, one.requester_id, one.requester_name, one.status, str(one.reward),
        str(bonuses), iso(one.submitted_at), decided, one.requester_feedback,
        "; ".join(bonus.reason for bonus in one.bonuses),
    ]  # fmt: skip


async def _at_once(rows: Iterable[Sequence[Cell]]) -> AsyncIterator[Iterable[Sequence[Cell]]]:
    yield rows


async def submission(visit: Visit) -> Response:
    """One piece of submitted work: what was answered, and what became of it."""
    found = await visit.perform(history.get_submission, assignment_id=visit.path["assignment_id"])
    answered = answers.readable(found.answer)
    if visit.wants_json:
        answer = handed_in_json(found.work) | {
            "accepted_at": iso(found.accepted_at),
            "submitted_at": iso(found.work.submitted_at),
            "answer": [{"name": name, "value": value} for name, value in answered],
        }
        return visit.json(answer)
    return visit.render("worker/submission.html", found=found, one=found.work, answered=answered)


async def status_details(visit: Visit) -> Response:
    """What was handed in on one day (UTC)."""
    try:
        day = date.fromisoformat(visit.path["day"])
    except ValueError:
        raise NoSuchPage() from None
    if day.isoformat() != visit.path["day"] or not FIRST_DAY <= day < LAST_DAY:
        raise NoSuchPage()
    page_number = visit.query.number("page_number", 1)
    submitted = await visit.perform(history.list_submitted, day=day, page_number=page_number)
    if visit.wants_json:
        return visit.json(submitted_json(submitted))
    return visit.render("worker/day.html", submitted=submitted, shown="", day=day)


ROUTES: Routes = {
    "/dashboard": {"GET": Page(dashboard)},
    "/dashboard/days.csv": {"GET": Page(days_csv)},
    "/dashboard/requesters.csv": {"GET": Page(requesters_csv)},
    "/dashboard/work.csv": {"GET": Page(work_csv)},
    "/assignments/{assignment_id}": {"GET": Page(submission)},
    "/status_details/{day}": {"GET": Page(status_details)},
}
