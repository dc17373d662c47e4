"""The dashboard, and what was submitted on a day. Source: docs/mturk/worker.md 4 and 7."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.market.work import history
from kempelen.market.work.history import SubmittedWork
from kempelen.web.site import csv_files, plots
from kempelen.web.site.csv_files import Cell
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import View
from kempelen.web.site.visits import NoSuchPage, Visit
from kempelen.web.worker.json_members import dollars, iso_or_none, money_json

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)


class Dashboard(View):
    """What was done and earned, by day, by Requester and one by one."""

    template = "worker/dashboard.html"

    known: history.Dashboard
    submitted: history.SubmittedPage
    shown: str  # the one status that is listed, or all
    plot: plots.Plot | None
    day: date | None = None

    def as_json(self) -> Any:
        """The dashboard in the original's members, and a page of what was submitted; sums are dollars."""
        rejection_rate = None if self.known.approval_rate is None else 100 - self.known.approval_rate
        return {
            "availableEarnings": money_json(self.known.earned),
            "current_balance": dollars(self.known.earned),
            "earnings_to_date": {
                "approved": dollars(self.known.rewards),
                "bonuses": dollars(self.known.bonuses),
                "total": dollars(self.known.earned),
                "pending": dollars(self.known.awaited),
            },
            "hits_overview": {
                "approved": self.known.approved,
                "approvalRate": self.known.approval_rate,
                "pending": self.known.pending,
                "rejected": self.known.rejected,
                "rejection_rate": rejection_rate,
                "in_queue": self.known.in_queue,
            },
            "daily_hit_statistics_overview": [
                {
                    "date": day.date,
                    "submitted": day.submitted,
                    "approved": day.approved,
                    "rejected": day.rejected,
                    "pending": day.pending,
                    "earnings": dollars(day.earnings),
                }
                for day in self.known.days
            ],
            "requesters_overview": [
                {
                    "requester_id": one.requester_id,
                    "requester_name": one.requester_name,
                    "submitted": one.submitted,
                    "approved": one.approved,
                    "rejected": one.rejected,
                    "earnings": dollars(one.earnings),
                }
                for one in self.known.requesters
            ],
            "submitted": submitted_json(self.submitted),
        }


class Day(View):
    """What was submitted on one day (UTC)."""

    template = "worker/day.html"

    submitted: history.SubmittedPage
    day: date
    shown: str = ""

    def as_json(self) -> Any:
        """The original's `status_details`."""
        return submitted_json(self.submitted)


class Submission(View):
    """One piece of submitted work: what was answered, and what became of it."""

    template = "worker/submission.html"

    found: history.Submission
    one: SubmittedWork
    answered: list[tuple[str, str]]

    def as_json(self) -> Any:
        """The members of the list, with the answer."""
        return work_json(self.one) | {
            "accepted_at": iso(self.found.accepted_at),
            "submitted_at": iso(self.one.submitted_at),
            "answer": [{"name": name, "value": value} for name, value in self.answered],
        }


async def dashboard(visit: Visit) -> View:
    """The days, the Requesters, and a page of submitted work."""
    known = await visit.perform(history.get_dashboard)
    shown = visit.query.get("status")
    shown = shown if shown in ("Submitted", "Approved", "Rejected") else ""
    submitted = await visit.perform(
        history.list_submitted, status=shown or None, page_number=visit.query.number("page_number", 1)
    )
    earnings = {date.fromisoformat(day.date): day.earnings for day in known.days if day.earnings > Money.ZERO}
    plot = plots.of_days(earnings, visit.web.market.clock.now().date(), history.DAYS_SHOWN) if earnings else None
    return Dashboard(known=known, submitted=submitted, shown=shown, plot=plot)


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
    """All work ever submitted, as a table."""
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


async def submission(visit: Visit) -> View:
    """One piece of submitted work."""
    found = await visit.perform(history.get_submission, assignment_id=visit.path["assignment_id"])
    return Submission(found=found, one=found.work, answered=answers.readable(found.answer))


async def status_details(visit: Visit) -> View:
    """What was submitted on one day (UTC)."""
    try:
        day = date.fromisoformat(visit.path["day"])
    except ValueError:
        raise NoSuchPage() from None
    if day.isoformat() != visit.path["day"] or not FIRST_DAY <= day < LAST_DAY:
        raise NoSuchPage()
    page_number = visit.query.number("page_number", 1)
    return Day(submitted=await visit.perform(history.list_submitted, day=day, page_number=page_number), day=day)


def submitted_json(found: history.SubmittedPage) -> dict[str, Any]:
    """A page of submitted work, as the original's `status_details`."""
    return {
        "results": [work_json(one) for one in found.items],
        "page_number": found.page_number,
        "num_results": len(found.items),
        "total_num_results": found.total,
    }


def work_json(one: SubmittedWork) -> dict[str, Any]:
    """Submitted work in the members of the original's `status_details`, then ours."""
    return {
        "assignment_id": one.assignment_id,
        "hit_id": one.hit_id,
        "hit_set_id": one.hit_group_id,
        "requester_id": one.requester_id,
        "requester_name": one.requester_name,
        "reward": money_json(one.reward),
        "state": one.status,
        "title": one.title,
        "requester_feedback": one.requester_feedback,
        "submitted_at": iso(one.submitted_at),
        "decided_at": iso_or_none(one.decided_at),
        "auto_approve_at": iso(one.auto_approve_at),
        "auto_approved": one.auto_approved,
        "decided_by_policy": one.decided_by_policy,
        "bonuses": [
            {"amount": money_json(bonus.amount), "reason": bonus.reason, "granted_at": iso(bonus.granted_at)}
            for bonus in one.bonuses
        ],
    }


ROUTES: Routes = {
    "/dashboard": {"GET": Page(dashboard)},
    "/dashboard/days.csv": {"GET": Page(days_csv)},
    "/dashboard/requesters.csv": {"GET": Page(requesters_csv)},
    "/dashboard/work.csv": {"GET": Page(work_csv)},
    "/assignments/{assignment_id}": {"GET": Page(submission)},
    "/status_details/{day}": {"GET": Page(status_details)},
}
