"""The worker site: finding work, doing it, and knowing what it earned; one function a page, one table of addresses.

The addresses are the original's, because tasks, mails and Workers' scripts know them; so are the JSON shapes that
programs get at the same addresses. Source: spec worker.md 4.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from kempelen.core.errors import NoMoreHITs, WorkDoesNotExist, WorkerRefusal, WorkNotOpen
from kempelen.core.money import Money
from kempelen.market import accounts, listings, work
from kempelen.web import frames, handover
from kempelen.web.frames import Frame
from kempelen.web.rendering import iso
from kempelen.web.routing import Page, Routes
from kempelen.web.visits import CSRF_FIELD, NoSuchPage, Visit

SORTS = {
    "updated_desc": "newest first",
    "updated_asc": "oldest first",
    "reward_desc": "highest reward first",
    "reward_asc": "lowest reward first",
    "num_hits_desc": "most HITs first",
    "num_hits_asc": "fewest HITs first",
}

LONGEST_SEARCH = 200
LARGEST_FILTER = Money.parse("1000000.00")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)

# ---------------------------------------------------------------------------------------------- find


async def front(visit: Visit) -> Response:
    """The list of HIT groups; to somebody not signed in, what this place is."""
    if visit.visitor is None and not visit.wants_json:
        return visit.render("worker/welcome.html", registration_open=visit.web.settings.registration_open)
    return await projects(visit)


async def projects(visit: Visit) -> Response:
    """HIT groups, searched, sorted and paged by the original's parameters."""
    visit.require_visitor()
    return await _groups(visit, None)


async def requester_projects(visit: Visit) -> Response:
    """The same, of one Requester."""
    return await _groups(visit, visit.path["requester_id"])


async def _groups(visit: Visit, requester_id: str | None) -> Response:
    query = visit.query
    search, sort = query.get("filters[search_term]")[:LONGEST_SEARCH], query.get("sort")
    sort = sort if sort in SORTS else "updated_desc"
    min_reward = query.get("filters[min_reward]")
    found = await visit.perform(
        listings.list_groups,
        search=search,
        sort=sort,
        min_reward=_money(min_reward),
        requester_id=requester_id,
        page_size=_number(query.get("page_size"), 20),
        page_number=_number(query.get("page_number"), 1),
    )
    if visit.wants_json:
        return visit.json(
            {
                "results": [group_json(group) for group in found.groups],
                "page_number": found.page_number,
                "num_results": len(found.groups),
                "total_num_results": found.total,
            }
        )
    asked = {
        "filters[search_term]": search,
        "filters[min_reward]": min_reward,
        "sort": sort if sort != "updated_desc" else "",
        "page_size": found.page_size if found.page_size != 20 else "",
    }
    return visit.render(
        "worker/projects.html",
        found=found,
        asked=asked,
        search=search,
        min_reward=min_reward,
        sort=sort,
        sorts=SORTS,
        page_sizes=listings.PAGE_SIZES,
        last_page=max(1, -(-found.total // found.page_size)),
        here=visit.request.url.path,
        of_requester=requester_id is not None,
    )


async def preview(visit: Visit) -> Response:
    """A group and one of its HITs as anybody may look at it."""
    group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
    frame: Frame | None = None
    try:
        found = await visit.perform(listings.get_preview, group_id=group.hit_group_id)
        frame = frames.for_preview(visit, group.hit_group_id, found.hit_id, found.question)
    except NoMoreHITs:
        pass  # the page says so itself
    if visit.wants_json:
        return visit.json(group_json(group))
    return visit.render("worker/preview.html", group=group, frame=frame)


async def old_preview(visit: Visit) -> Response:
    """The address printed by many clients, `/mturk/preview?groupId=…`: on to the group, or to the list."""
    group_id = visit.query.get("groupId")
    return RedirectResponse(f"/projects/{group_id}/tasks" if group_id.isalnum() else "/projects", 302)


async def old_list(_visit: Visit) -> Response:
    """`/mturk/findhits` and its like."""
    return RedirectResponse("/projects", 302)


# ---------------------------------------------------------------------------------------------- work


async def ask_to_accept(visit: Visit) -> Response:
    """A link to accept_random: acts when the Worker, not another site, brought it about; else shows a button."""
    if visit.request.method == "GET" and visit.acts_on_its_own and "ask" not in visit.query:
        return await accept(visit)
    group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
    return visit.render("worker/accept.html", group=group)


async def accept(visit: Visit) -> Response:
    """Accept one HIT of the group, and on to it."""
    accepted = await visit.perform(work.accept, group_id=visit.path["group_id"])
    to = handover.work_url(accepted.hit_group_id, accepted.hit_id, accepted.assignment_id)
    carried = {name: visit.query.get(name) for name in ("auto_accept", "format") if name in visit.query}
    if visit.wants_json:
        carried["format"] = "json"
    return visit.redirect(to + "".join(f"&{urlencode({name: value})}" for name, value in carried.items()))


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
    return visit.render(
        "worker/work.html",
        found=found,
        group=found.group,
        frame=_frame(visit, found),
        seconds_left=_seconds_left(found),
        auto_accept=visit.visitor.auto_accept or visit.query.get("auto_accept") == "true",
        submit_to=handover.submit_url(found.group.hit_group_id, found.hit_id),
        return_to=handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
    )


async def return_work(visit: Visit) -> Response:
    """Give an assignment back. The original's form says so by `_method=delete`."""
    if visit.form.get("_method", "delete").lower() != "delete":
        raise NoSuchPage()
    assignment_id = visit.query.get("assignment_id") or visit.form.get("assignment_id")
    await visit.perform(work.return_assignment, assignment_id=assignment_id)
    if visit.wants_json:
        return visit.json({"assignment_id": assignment_id, "state": "Returned"})
    return visit.redirect("/tasks", notice="HIT returned. Its place is free for others.")


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
    answer = await handover.answer_to(visit, assignment_id, fields)
    await visit.perform(work.submit, assignment_id=assignment_id, answer=answer)
    to, notice = await _after_submitting(visit)
    if not visit.by_token:
        visit.leave_notice(notice)
    if visit.wants_json:
        return visit.json({"assignment_id": assignment_id, "state": "Submitted", "next_url": to, "message": notice})
    return visit.redirect(to)


async def _after_submitting(visit: Visit) -> tuple[str, str]:
    """Where to go after an answer was handed in, and what to say there."""
    assert visit.visitor is not None
    goes_on = visit.query.get("auto_accept") == "true" or (visit.visitor.auto_accept and not visit.by_token)
    if not goes_on:
        return "/tasks", "HIT submitted. The reward is yours once the Requester approves it."
    try:
        following = await visit.perform(work.accept, group_id=visit.path["group_id"])
    except NoMoreHITs as none_left:
        return "/projects", f"HIT submitted. {none_left.message}"
    except WorkerRefusal as refusal:
        return "/tasks", f"HIT submitted. {refusal.message}"
    to = handover.work_url(following.hit_group_id, following.hit_id, following.assignment_id)
    return to, "HIT submitted. This is the next one."


# ---------------------------------------------------------------------------------------------- know


async def queue(visit: Visit) -> Response:
    """What the Worker has accepted and not yet finished."""
    accepted = await visit.perform(work.list_queue)
    if visit.wants_json:
        return visit.json({"tasks": [work_json(visit, one) for one in accepted]})
    items = [
        {
            "work": one,
            "seconds_left": _seconds_left(one),
            "url": handover.work_url(one.group.hit_group_id, one.hit_id, one.assignment_id),
        }
        for one in accepted
    ]
    return visit.render("worker/queue.html", items=items, limit=visit.web.market.rules.queue_limit)


async def dashboard(visit: Visit) -> Response:
    """What was done and earned, by day and one by one."""
    known = await visit.perform(work.get_dashboard)
    if visit.wants_json:
        return visit.json(dashboard_json(known))
    shown = visit.query.get("status")
    shown = shown if shown in ("Submitted", "Approved", "Rejected") else ""
    submitted = await visit.perform(
        work.list_submitted, status=shown or None, page_number=_number(visit.query.get("page_number"), 1)
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
    page_number = _number(visit.query.get("page_number"), 1)
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


async def set_auto_accept(visit: Visit) -> Response:
    """Remember whether the next HIT of a group is to be accepted after each submission."""
    on = visit.form.get("auto_accept") in ("on", "true", "1")
    await visit.perform(accounts.set_auto_accept, on=on)
    if visit.wants_json:
        return visit.json({"auto_accept": on})
    said = "The next HIT of a group will be accepted" if on else "No further HIT will be accepted"
    return visit.redirect("/account", notice=f"{said} after each one you submit.")


# ---------------------------------------------------------------------------------------------- JSON shapes


def group_json(group: listings.Group) -> dict[str, Any]:
    """A HIT group in the original's members. No group asks for Qualifications yet, so everybody meets them."""
    return {
        "hit_set_id": group.hit_group_id,
        "title": group.title,
        "description": group.description,
        "requester_id": group.requester_id,
        "requester_name": group.requester_name,
        "requester_url": f"/requesters/{group.requester_id}/projects",
        "assignable_hits_count": group.open_hits,
        "assignment_duration_in_seconds": group.assignment_duration_in_seconds,
        "caller_meets_preview_requirements": True,
        "caller_meets_requirements": True,
        "creation_time": iso(group.created_at),
        "last_updated_time": iso(group.updated_at),
        "latest_expiration_time": iso(group.latest_expires_at),
        "monetary_reward": _money_json(group.reward),
        "project_requirements": [],
        "accept_project_task_url": f"/projects/{group.hit_group_id}/tasks/accept_random",
        "project_tasks_url": f"/projects/{group.hit_group_id}/tasks",
    }


def work_json(visit: Visit, found: work.Work) -> dict[str, Any]:
    """An assignment in the members of the original's queue; WorkNotOpen when it is not open any more."""
    if found.status != "Accepted":
        raise WorkNotOpen(because=f"It is {found.status}.")
    frame = _frame(visit, found)
    project = group_json(found.group)
    project["hit_requirements"] = project.pop("project_requirements")
    return {
        "task_id": found.hit_id,
        "assignment_id": found.assignment_id,
        "accepted_at": iso(found.accepted_at),
        "deadline": iso(found.due_at),
        "time_to_deadline_in_seconds": _seconds_left(found),
        "state": "Assigned",
        "task_url": handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
        "expired_task_action_url": f"/projects/{found.group.hit_group_id}/tasks",
        "project": project,
        "question": {
            "type": frame.kind,
            "value": frame.src,
            "attributes": {"FrameHeight": str(frame.height), "FrameSourceAttribute": "src"},
        },
    }


def dashboard_json(known: work.Dashboard) -> dict[str, Any]:
    """The dashboard in the original's members; sums are dollars."""
    rejection_rate = None if known.approval_rate is None else 100 - known.approval_rate
    return {
        "availableEarnings": _money_json(known.earned),
        "current_balance": _dollars(known.earned),
        "earnings_to_date": {
            "approved": _dollars(known.rewards),
            "bonuses": _dollars(known.bonuses),
            "total": _dollars(known.earned),
        },
        "hits_overview": {
            "approved": known.approved,
            "approvalRate": known.approval_rate,
            "pending": known.pending,
            "rejected": known.rejected,
            "rejection_rate": rejection_rate,
        },
        "daily_hit_statistics_overview": [
            {
                "date": day.date,
                "submitted": day.submitted,
                "approved": day.approved,
                "rejected": day.rejected,
                "pending": day.pending,
                "earnings": _dollars(day.earnings),
            }
            for day in known.days
        ],
    }


def handed_in_json(one: work.HandedIn) -> dict[str, Any]:
    """Submitted work in the members of the original's `status_details`."""
    return {
        "assignment_id": one.assignment_id,
        "hit_id": one.hit_id,
        "requester_id": one.requester_id,
        "requester_name": one.requester_name,
        "reward": _money_json(one.reward),
        "state": one.status,
        "title": one.title,
        "requester_feedback": one.requester_feedback,
    }


def _money_json(amount: Money) -> dict[str, Any]:
    return {"amount_in_dollars": _dollars(amount), "currency_code": "USD"}


def _dollars(amount: Money) -> float:
    return amount.micros / 1_000_000  # JSON's numbers, as the original had them; nothing is computed from it


# ---------------------------------------------------------------------------------------------- small parts


def _frame(visit: Visit, found: work.Work) -> Frame:
    return frames.for_work(visit, found.group.hit_group_id, found.hit_id, found.assignment_id, found.question)


def _seconds_left(found: work.Work) -> int:
    return max(0, int((found.due_at - found.now).total_seconds()))


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _money(text: str) -> Money:
    """A reward to filter by; what cannot be read filters nothing."""
    try:
        return min(Money.parse(text.strip().removeprefix("$")), LARGEST_FILTER)
    except ValueError:
        return Money.ZERO


ROUTES: Routes = {
    "/": {"GET": Page(front, open=True)},
    "/projects": {"GET": Page(projects)},
    "/requesters/{requester_id}/projects": {"GET": Page(requester_projects)},
    "/projects/{group_id}/tasks": {"GET": Page(preview)},
    "/projects/{group_id}/tasks/accept_random": {"GET": Page(ask_to_accept), "POST": Page(accept)},
    "/projects/{group_id}/tasks/{hit_id}": {"GET": Page(work_page), "POST": Page(return_work)},
    "/projects/{group_id}/tasks/{hit_id}/submit": {"POST": Page(submit, takes_answers=True)},
    "/tasks": {"GET": Page(queue)},
    "/dashboard": {"GET": Page(dashboard)},
    "/status_details/{day}": {"GET": Page(status_details)},
    "/account/auto_accept": {"POST": Page(set_auto_accept)},
    "/mturk/preview": {"GET": Page(old_preview, open=True)},
    "/mturk/findhits": {"GET": Page(old_list, open=True)},
    "/mturk/findquals": {"GET": Page(old_list, open=True)},
    "/mturk/finish": {"POST": Page(handover.finish, open=True, guarded=False, takes_answers=True)},
}
