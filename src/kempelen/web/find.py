"""Finding work: HIT groups, searched and sorted, one Requester's, and the preview of one. Source: spec worker.md 4."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from kempelen.core.errors import DoesNotMeetRequirements, NoMoreHITs
from kempelen.core.money import Money
from kempelen.core.words import told
from kempelen.market import listings
from kempelen.web import frames
from kempelen.web.frames import Frame
from kempelen.web.routing import Page, Routes
from kempelen.web.visits import Visit
from kempelen.web.worker_json import group_json

SORTS = {
    "updated_desc": told("newest first"),
    "updated_asc": told("oldest first"),
    "reward_desc": told("highest reward first"),
    "reward_asc": told("lowest reward first"),
    "num_hits_desc": told("most HITs first"),
    "num_hits_asc": told("fewest HITs first"),
}

LONGEST_SEARCH = 200
LARGEST_FILTER = Money.parse("1000000.00")


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
    qualified, masters = (query.get(f"filters[{name}]") in ("true", "on", "1") for name in ("qualified", "masters"))
    found = await visit.perform(
        listings.list_groups,
        search=search,
        sort=sort,
        min_reward=_money(min_reward),
        requester_id=requester_id,
        qualified=qualified,
        masters=masters,
        page_size=query.number("page_size", 20),
        page_number=query.number("page_number", 1),
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
        "filters[qualified]": "true" if qualified else "",
        "filters[masters]": "true" if masters else "",
        "sort": sort if sort != "updated_desc" else "",
        "page_size": found.page_size if found.page_size != 20 else "",
    }
    return visit.render(
        "worker/projects.html",
        found=found,
        asked=asked,
        search=search,
        min_reward=min_reward,
        qualified=qualified,
        masters=masters,
        sort=sort,
        sorts=SORTS,
        page_sizes=listings.PAGE_SIZES,
        last_page=max(1, -(-found.total // found.page_size)),
        here=visit.request.url.path,
        of_requester=requester_id is not None,
    )


async def preview(visit: Visit) -> Response:
    """A group and, to those who meet what that needs, one of its HITs as anybody may look at it."""
    group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
    frame: Frame | None = None
    try:
        found = await visit.perform(listings.get_preview, group_id=group.hit_group_id)
        frame = frames.for_preview(visit, group.hit_group_id, found.hit_id, found.question)
    except (NoMoreHITs, DoesNotMeetRequirements):
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
    "/mturk/preview": {"GET": Page(old_preview, open=True)},
    "/mturk/findhits": {"GET": Page(old_list, open=True)},
    "/mturk/findquals": {"GET": Page(old_list, open=True)},
}
