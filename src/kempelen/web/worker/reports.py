"""Reporting a HIT to the operator, from its preview or while working on it. Source: docs/mturk/worker.md 4.3."""

from __future__ import annotations

from typing import Any, ClassVar

from kempelen.core.wire.refusals import InvalidField
from kempelen.market.hits import listings
from kempelen.market.messaging import reports
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import Visit


class Report(View):
    """The form to report a HIT, with what was entered."""

    template = "worker/report.html"
    longest: ClassVar[int] = reports.MAX_TEXT

    group: listings.Group
    hit_id: str
    back: str
    assignment_id: str
    reason: str = ""
    text: str = ""


async def new_report(visit: Visit) -> View:
    """The form to report a HIT."""
    return await _form(visit)


async def report(visit: Visit) -> View | Done:
    """Record the report for the operator, and back to where the Worker came from."""
    group_id, hit_id = visit.path["group_id"], visit.path["hit_id"]
    entered = {"reason": visit.form.get("reason"), "text": visit.form.get("text")}
    try:
        await visit.perform(reports.report_hit, group_id=group_id, hit_id=hit_id, **entered)
    except InvalidField as refusal:
        return await _form(visit, refusal=refusal, **entered)
    return Done(
        to=_back(visit),
        notice=visit.translate("Thank you: the operators of this marketplace will read it."),
        json={"task_id": hit_id, "state": "Reported"},
    )


async def _form(visit: Visit, **entered: Any) -> Report:
    group_id, hit_id = visit.path["group_id"], visit.path["hit_id"]
    return Report(
        group=await visit.perform(reports.get_reported, group_id=group_id, hit_id=hit_id),
        hit_id=hit_id,
        back=_back(visit),
        assignment_id=_assignment_id(visit),
        **entered,
    )


def _assignment_id(visit: Visit) -> str:
    """The assignment the Worker came from, which leads back to it; no other sign could be in one."""
    given = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    return given if given.isascii() and given.isalnum() else ""


def _back(visit: Visit) -> str:
    preview = f"/projects/{visit.path['group_id']}/tasks"
    assignment_id = _assignment_id(visit)
    return f"{preview}/{visit.path['hit_id']}?assignment_id={assignment_id}" if assignment_id else preview


ROUTES: Routes = {
    "/projects/{group_id}/tasks/{hit_id}/report": {"GET": Page(new_report, people_only=True), "POST": Page(report)},
}
