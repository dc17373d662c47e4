"""Doing work: accepting a HIT, the work page, the queue, returning, skipping and submitting.

The addresses are the original's, because tasks, mails and Workers' scripts know them. Source: docs/mturk/worker.md 2
and 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec

from kempelen.core.wire.refusals import (
    BlockedByRequester,
    DoesNotMeetRequirements,
    GroupDoesNotExist,
    NoMoreHITs,
    WorkDoesNotExist,
    WorkerRefusal,
    WorkNotOpen,
)
from kempelen.market.hits import listings
from kempelen.market.work import permissions, returns, submission, work
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import CSRF_FIELD, NoSuchPage, Visit, local_path
from kempelen.web.tasks import frames, handover
from kempelen.web.tasks.frames import Frame
from kempelen.web.worker.json_members import group_json, question_json, seconds_until

GOING_ON = "auto_accept=true"


class AskedElsewhere(WorkerRefusal):
    text = "Nothing was accepted: a link elsewhere asked for it. Send a POST with the page's token, or an API token."
    http_status = 403


class AskToAccept(View):
    """The button that accepts a HIT of a group, for somebody whom a link elsewhere has led here."""

    template = "worker/accept.html"

    group: listings.Group

    def as_json(self) -> Any:
        """A program's link accepts nothing."""
        raise AskedElsewhere()


class Barred(View):
    """Why this Worker cannot accept a HIT of this group."""

    template = "worker/barred.html"

    group: listings.Group


class WorkPage(View):
    """The page to work on: the task in its frame, the time left, and the way to return it."""

    template = "worker/work.html"

    found: work.Work
    group: listings.Group
    frame: Frame
    allowed: list[str]
    asks: bool
    seconds_left: int
    auto_accept: bool
    submit_to: str
    return_to: str
    skip_to: str

    def as_json(self) -> Any:
        """The assignment in the members of the original's queue."""
        return _work_json(self.found, self.frame)


class Ended(View):
    """That an assignment is no longer open, and why."""

    template = "worker/ended.html"

    found: work.Work

    def as_json(self) -> Any:
        """The same, as an error."""
        raise WorkNotOpen(because=work.ENDED[self.found.status])


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted assignment in the queue."""

    work: work.Work
    seconds_left: int
    url: str
    frame: Frame


class Queue(View):
    """What the Worker has accepted and not yet finished."""

    template = "worker/queue.html"

    items: list[QueueItem]
    limit: int
    following: listings.Group | None  # of which another HIT is offered
    returned: returns.Returned | None  # whose Return can be undone

    def as_json(self) -> Any:
        """The original's queue."""
        return {"tasks": [_work_json(item.work, item.frame) for item in self.items], "queue_limit": self.limit}


async def ask_to_accept(visit: Visit) -> View | Done:
    """A link to accept_random: acts when the Worker, not another site, brought it about; else shows a button."""
    if visit.request.method == "GET" and visit.acts_on_its_own and "ask" not in visit.query:
        return await accept(visit)
    return AskToAccept(group=await visit.perform(listings.get_group, group_id=visit.path["group_id"]))


async def accept(visit: Visit) -> View | Done:
    """Accept one HIT of the group, and on to it; the same form again, by a double click, leads to the same HIT."""
    request_token = visit.form.get("request_token") or visit.query.get("request_token") or None
    try:
        accepted = await visit.perform(work.accept, group_id=visit.path["group_id"], request_token=request_token)
    except (BlockedByRequester, DoesNotMeetRequirements) as refusal:
        group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
        return Barred(group=group, refusal=refusal)
    to = handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id)
    if "auto_accept" in visit.query:
        to += f"&{urlencode({'auto_accept': visit.query.get('auto_accept')})}"
    return Done(to=to)


async def work_page(visit: Visit) -> View | Done:
    """The page to work on an assignment of one's own."""
    if "assignment_id" not in visit.query:
        return Done(to=f"/projects/{visit.path['group_id']}/tasks")
    found = await visit.perform(work.get_work, assignment_id=visit.query.get("assignment_id"))
    if found.hit_id != visit.path["hit_id"]:
        raise WorkDoesNotExist()
    if found.status != "Accepted":
        return Ended(found=found)
    assert visit.visitor is not None
    goes_on = visit.query.get("auto_accept") == "true"
    allowed = await visit.perform(permissions.list_allowed, requester_id=found.group.requester_id)
    return WorkPage(
        found=found,
        group=found.group,
        frame=_frame(visit, found, allowed),
        allowed=allowed,
        asks=not allowed and frames.seems_to_ask(found.question),
        seconds_left=seconds_until(found.due_at, found.now),
        auto_accept=visit.visitor.auto_accept or goes_on,
        submit_to=handover.submit_url(found.group.hit_group_id, found.hit_id) + ("?" + GOING_ON if goes_on else ""),
        return_to=handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
        skip_to=handover.task_url(found.group.hit_group_id, found.hit_id) + "/skip",
    )


async def set_permissions(visit: Visit) -> Done:
    """What the tasks of a Requester may use from now on, and back to the task, which is reloaded."""
    allowed = [value for name, value in visit.form if name == "allowed"]
    await visit.perform(permissions.set_allowed, requester_id=visit.path["requester_id"], features=allowed)
    return Done(to=local_path(visit.form.get("next")), notice=visit.translate("Saved. The task was reloaded."))


async def return_work(visit: Visit) -> Done:
    """Give an assignment back. The original's form says so by `_method=delete`."""
    if visit.form.get("_method", "delete").lower() != "delete":
        raise NoSuchPage()
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    await visit.perform(work.return_assignment, assignment_id=assignment_id)
    after = {"group": visit.path["group_id"], "returned": assignment_id}
    return Done(
        to=f"/tasks?{urlencode(after)}",
        notice=visit.translate("HIT returned."),
        json={"assignment_id": assignment_id, "state": "Returned"},
    )


async def undo_return(visit: Visit) -> Done:
    """Undo a Return of some seconds ago, and on to the HIT."""
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    accepted = await visit.perform(returns.undo_return, assignment_id=assignment_id)
    return Done(
        to=handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id),
        notice=visit.translate("The Return was undone."),
        json={"assignment_id": assignment_id, "state": "Accepted"},
    )


async def skip(visit: Visit) -> Done:
    """Return a HIT and accept another of its group; where there is no other, this one stays accepted."""
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    request_token = visit.form.get("request_token") or None
    try:
        accepted = await visit.perform(returns.skip, assignment_id=assignment_id, request_token=request_token)
    except NoMoreHITs as refusal:
        here = handover.work_url(visit.path["group_id"], visit.path["hit_id"], assignment_id)
        notice = visit.translate("There is no other HIT of this group for you now. You still have this one.")
        return Done(to=here, notice=notice, refusal=refusal)
    return Done(to=handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id))


async def submit(visit: Visit) -> Done:
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
        visit.cookies.leave_notice(notice)
    return Done(
        to=to,
        json={"assignment_id": assignment_id, "state": "Submitted", "next_url": to, "message": notice},
    )


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


async def queue(visit: Visit) -> View:
    """What the Worker has accepted and not yet finished.

    After a submission or a Return it offers the next HIT of that `group`, and to undo the Return of `returned`.
    """
    items = [
        QueueItem(
            work=one,
            seconds_left=seconds_until(one.due_at, one.now),
            url=handover.work_url(one.group.hit_group_id, one.hit_id, one.assignment_id),
            frame=_frame(visit, one),
        )
        for one in await visit.perform(work.list_queue)
    ]
    returned = None
    if assignment_id := visit.query.get("returned"):
        returned = await visit.perform(returns.get_returned, assignment_id=assignment_id)
    return Queue(
        items=items,
        limit=visit.web.market.rules.queue_limit,
        following=await _following(visit),
        returned=returned,
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


def _frame(visit: Visit, found: work.Work, allowed: Iterable[str] = ()) -> Frame:
    return frames.for_work(visit, found.group.hit_group_id, found.hit_id, found.assignment_id, found.question, allowed)


def _work_json(found: work.Work, frame: Frame) -> dict[str, Any]:
    """An open assignment in the members of the original's queue."""
    project = group_json(found.group)
    project["hit_requirements"] = project.pop("project_requirements")
    return {
        "task_id": found.hit_id,
        "assignment_id": found.assignment_id,
        "accepted_at": iso(found.accepted_at),
        "deadline": iso(found.due_at),
        "time_to_deadline_in_seconds": seconds_until(found.due_at, found.now),
        "state": "Assigned",
        "task_url": handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
        "expired_task_action_url": f"/projects/{found.group.hit_group_id}/tasks",
        "project": project,
        "question": question_json(frame),
    }


ROUTES: Routes = {
    "/projects/{group_id}/tasks/accept_random": {"GET": Page(ask_to_accept), "POST": Page(accept)},
    "/projects/{group_id}/tasks/{hit_id}": {"GET": Page(work_page), "POST": Page(return_work)},
    "/projects/{group_id}/tasks/{hit_id}/undo_return": {"POST": Page(undo_return)},
    "/projects/{group_id}/tasks/{hit_id}/skip": {"POST": Page(skip)},
    "/projects/{group_id}/tasks/{hit_id}/submit": {"POST": Page(submit, takes_answers=True)},
    "/tasks": {"GET": Page(queue)},
    "/requesters/{requester_id}/permissions": {"POST": Page(set_permissions, people_only=True)},
    "/mturk/finish": {"POST": Page(handover.finish, open=True, guarded=False, takes_answers=True)},
}
