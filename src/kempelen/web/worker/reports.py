"""Reporting a HIT to the operator, from its preview or while working on it. Source: docs/mturk/worker.md 4.3."""

from __future__ import annotations

from starlette.responses import Response

from kempelen.core.wire.refusals import InvalidField
from kempelen.market.messaging import reports
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import NotAsJSON, Visit


async def new_report(visit: Visit) -> Response:
    """The form to report a HIT."""
    if visit.wants_json:
        raise NotAsJSON()
    return await _form(visit)


async def report(visit: Visit) -> Response:
    """Record the report for the operator, and back to where the Worker came from."""
    group_id, hit_id = visit.path["group_id"], visit.path["hit_id"]
    entered = {"reason": visit.form.get("reason"), "text": visit.form.get("text")}
    try:
        await visit.perform(reports.report_hit, group_id=group_id, hit_id=hit_id, **entered)
    except InvalidField as refusal:
        if visit.wants_json:
            raise
        return await _form(visit, refusal=refusal, **entered)
    if visit.wants_json:
        return visit.json({"task_id": hit_id, "state": "Reported"})
    return visit.redirect(
        _back(visit), notice=visit.translate("Thank you: the operators of this marketplace will read it.")
    )


async def _form(visit: Visit, *, refusal: InvalidField | None = None, reason: str = "", text: str = "") -> Response:
    group_id, hit_id = visit.path["group_id"], visit.path["hit_id"]
    return visit.render(
        "worker/report.html",
        refusal.http_status if refusal else 200,
        group=await visit.perform(reports.get_reported, group_id=group_id, hit_id=hit_id),
        hit_id=hit_id,
        back=_back(visit),
        assignment_id=_assignment_id(visit),
        reason=reason,
        text=text,
        longest=reports.MAX_TEXT,
        field=refusal.field if refusal else "",
        problem=visit.refusal_text(refusal) if refusal else "",
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
    "/projects/{group_id}/tasks/{hit_id}/report": {"GET": Page(new_report), "POST": Page(report)},
}
