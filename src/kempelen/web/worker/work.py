"""Doing work: accepting a HIT, the work page, the queue, returning, skipping and submitting.

The addresses are the original's, because tasks, mails and Workers' scripts know them. Source: docs/mturk/worker.md 2
and 4.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from kempelen.core.wire.refusals import (
    BlockedByRequester,
    DoesNotMeetRequirements,
    GroupDoesNotExist,
    NoMoreHITs,
    WorkDoesNotExist,
    WorkerRefusal,
)
from kempelen.market.hits import listings
from kempelen.market.work import permissions, returns, submission, work
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import CSRF_FIELD, NoSuchPage, NotAsJSON, Visit, local_path
from kempelen.web.tasks import frames, handover
from kempelen.web.worker.worker_json import frame_of, seconds_left, work_json

GOING_ON = "auto_accept=true"


class AskedElsewhere(WorkerRefusal):
    text = "Nothing was accepted: a link elsewhere asked for it. Send a POST with the page's token, or an API token."
    http_status = 403


async def ask_to_accept(visit: Visit) -> Response:
    """A link to accept_random: acts when the Worker, not another site, brought it about; else shows a button."""
    if visit.request.method == "GET" and visit.acts_on_its_own and "ask" not in visit.query:
        return await accept(visit)
    if visit.wants_json:
        raise AskedElsewhere()
    group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
    return visit.render("worker/accept.html", group=group)


async def accept(visit: Visit) -> Response:
    """Accept one HIT of the group, and on to it; the same form again, by a double click, leads to the same HIT."""
    request_token = visit.form.get("request_token") or visit.query.get("request_token") or None
    try:
        accepted = await visit.perform(work.accept, group_id=visit.path["group_id"], request_token=request_token)
    except (BlockedByRequester, DoesNotMeetRequirements) as refusal:
        if visit.wants_json:
            raise
        group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
        return visit.render("worker/barred.html", refusal.http_status, group=group)
    to = handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id)
    if "auto_accept" in visit.query:
        to += f"&{urlencode({'auto_accept': visit.query.get('auto_accept')})}"
    return visit.redirect(to)


async def work_page(visit: Visit) -> Response:
    """The page to work on: the task in its frame, the time left, and the way to give it back."""
    if "assignment_id" not in visit.query:
        return visit.redirect(f"/projects/{visit.path['group_id']}/tasks")
    found = await visit.perform(work.get_work, assignment_id=visit.query.get("assignment_id"))
    if found.hit_id != visit.path["hit_id"]:
        raise WorkDoesNotExist()
    if visit.wants_json:
        return visit.json(work_json(visit, found))
    if found.status != "Accepted":
        return visit.render("worker/ended.html", found=found)
    assert visit.visitor is not None
    goes_on = visit.query.get("auto_accept") == "true"
    allowed = await visit.perform(permissions.list_allowed, requester_id=found.group.requester_id)
    return visit.render(
        "worker/work.html",
        found=found,
        group=found.group,
        frame=frame_of(visit, found, allowed),
        allowed=allowed,
        asks=not allowed and frames.seems_to_ask(found.question),
        seconds_left=seconds_left(found),
        auto_accept=visit.visitor.auto_accept or goes_on,
        submit_to=handover.submit_url(found.group.hit_group_id, found.hit_id) + ("?" + GOING_ON if goes_on else ""),
        return_to=handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
        skip_to=handover.task_url(found.group.hit_group_id, found.hit_id) + "/skip",
    )


async def set_permissions(visit: Visit) -> Response:
    """What the tasks of a Requester may use from now on, and back to the task, which is reloaded."""
    if visit.wants_json:
        raise NotAsJSON()
    allowed = [value for name, value in visit.form if name == "allowed"]
    await visit.perform(permissions.set_allowed, requester_id=visit.path["requester_id"], features=allowed)
    return visit.redirect(local_path(visit.form.get("next")), notice=visit.translate("Saved. The task was reloaded."))


async def return_work(visit: Visit) -> Response:
    """Give an assignment back. The original's form says so by `_method=delete`."""
    if visit.form.get("_method", "delete").lower() != "delete":
        raise NoSuchPage()
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    await visit.perform(work.return_assignment, assignment_id=assignment_id)
    if visit.wants_json:
        return visit.json({"assignment_id": assignment_id, "state": "Returned"})
    after = {"group": visit.path["group_id"], "returned": assignment_id}
    return visit.redirect(f"/tasks?{urlencode(after)}", notice=visit.translate("HIT returned."))


async def undo_return(visit: Visit) -> Response:
    """Undo a Return of some seconds ago, and on to the HIT."""
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    accepted = await visit.perform(returns.undo_return, assignment_id=assignment_id)
    if visit.wants_json:
        return visit.json({"assignment_id": assignment_id, "state": "Accepted"})
    to = handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id)
    return visit.redirect(to, notice=visit.translate("The Return was undone."))


async def skip(visit: Visit) -> Response:
    """Return a HIT and accept another of its group; where there is no other, this one stays accepted."""
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    request_token = visit.form.get("request_token") or None
    try:
        accepted = await visit.perform(returns.skip, assignment_id=assignment_id, request_token=request_token)
    except NoMoreHITs:
        if visit.wants_json:
            raise
        here = handover.work_url(visit.path["group_id"], visit.path["hit_id"], assignment_id)
        notice = visit.translate("There is no other HIT of this group for you now. You still have this one.")
        return visit.redirect(here, notice=notice)
    return visit.redirect(handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id))


async def submit(visit: Visit) -> Response:
    """Hand in an answer, and on to the next HIT, the queue or the list.

    Our own two fields come first in the form, so a task may use their names for its answers. A browser goes on to the
    next HIT when the Worker has ticked the box; a program only when it asks by `?auto_accept=true`.
    """
    ours = () if visit.by_token else (CSRF_FIELD,)
    if assignment_id := visit.query.get("assignment_id"):
        fields = visit.form.without_first(*ours)
    else:
        assignment_id = visit.form.get("assignment_id") or visit.form.get("assignmentId")
        fields = visit.form.without_first(*ours, "assignment_id")
    if await visit.perform(submission.submit, assignment_id=assignment_id, fields=fields.pairs):
        to, notice = await _after_submitting(visit)
    else:
        to, notice = "/tasks", visit.translate("This answer was handed in before. It counts once.")
    if not visit.by_token:
        visit.leave_notice(notice)
    if visit.wants_json:
        return visit.json({"assignment_id": assignment_id, "state": "Submitted", "next_url": to, "message": notice})
    return visit.redirect(to)


async def _after_submitting(visit: Visit) -> tuple[str, str]:
    """Where to go after an answer was handed in, and what to say there."""
    assert visit.visitor is not None
    asks = visit.query.get("auto_accept") == "true"
    if not (asks or (visit.visitor.auto_accept and not visit.by_token)):
        to = "/tasks" if visit.by_token else f"/tasks?{urlencode({'group': visit.path['group_id']})}"
        return to, visit.translate("HIT submitted. The reward is yours once the Requester approves it.")
    try:
        following = await visit.perform(work.accept, group_id=visit.path["group_id"])
    except NoMoreHITs as none_left:
        return "/projects", visit.translate("HIT submitted. {why}", why=visit.refusal_text(none_left))
    except WorkerRefusal as refusal:
        return "/tasks", visit.translate("HIT submitted. {why}", why=visit.refusal_text(refusal))
    to = handover.work_url(following.hit_group_id, following.hit_id, following.assignment_id)
    if asks and not visit.by_token:
        to += "&" + GOING_ON
    return to, visit.translate("HIT submitted. This is the next one.")


async def queue(visit: Visit) -> Response:
    """What the Worker has accepted and not yet finished.

    After a submission or a Return it offers the next HIT of that `group`, and to undo the Return of `returned`.
    """
    accepted = await visit.perform(work.list_queue)
    limit = visit.web.market.rules.queue_limit
    if visit.wants_json:
        return visit.json({"tasks": [work_json(visit, one) for one in accepted], "queue_limit": limit})
    items = [
        {
            "work": one,
            "seconds_left": seconds_left(one),
            "url": handover.work_url(one.group.hit_group_id, one.hit_id, one.assignment_id),
        }
        for one in accepted
    ]
    returned = None
    if assignment_id := visit.query.get("returned"):
        returned = await visit.perform(returns.get_returned, assignment_id=assignment_id)
    return visit.render(
        "worker/queue.html", items=items, limit=limit, following=await _following(visit), returned=returned
    )


async def _following(visit: Visit) -> listings.Group | None:
    """The group of the HIT just submitted or returned, if the Worker can accept another of it."""
    group_id = visit.query.get("group")
    if not group_id:
        return None
    try:
        group = await visit.perform(listings.get_group, group_id=group_id)
    except GroupDoesNotExist:
        return None
    return group if group.open_hits and group.caller_meets_requirements and not group.is_blocked else None


ROUTES: Routes = {
    "/projects/{group_id}/tasks/accept_random": {"GET": Page(ask_to_accept), "POST": Page(accept)},
    "/projects/{group_id}/tasks/{hit_id}": {"GET": Page(work_page), "POST": Page(return_work)},
    "/projects/{group_id}/tasks/{hit_id}/undo_return": {"POST": Page(undo_return)},
    "/projects/{group_id}/tasks/{hit_id}/skip": {"POST": Page(skip)},
    "/projects/{group_id}/tasks/{hit_id}/submit": {"POST": Page(submit, takes_answers=True)},
    "/tasks": {"GET": Page(queue)},
    "/requesters/{requester_id}/permissions": {"POST": Page(set_permissions)},
    "/mturk/finish": {"POST": Page(handover.finish, open=True, guarded=False, takes_answers=True)},
}
