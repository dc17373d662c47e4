"""Finding work: HIT groups, searched and sorted, one Requester's, and the preview of one.

Source: docs/mturk/worker.md 4.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec
from starlette.responses import RedirectResponse, Response, StreamingResponse

from kempelen.core.wire.refusals import DoesNotMeetRequirements, NoMoreHITs
from kempelen.market.hits import listings, saved_searches
from kempelen.market.hits.listing_queries import Wanted
from kempelen.market.hits.listings import RequesterProfile
from kempelen.market.work import work
from kempelen.store.database import instant
from kempelen.web.site import search_forms
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import NotSignedIn, Visit
from kempelen.web.tasks import frames
from kempelen.web.tasks.frames import Frame
from kempelen.web.worker.json_members import group_json, money_json, question_json


class Welcome(View):
    """What this place is, to somebody not signed in."""

    template = "worker/welcome.html"

    registration_open: bool

    def as_json(self) -> Any:
        """Programs need to sign in."""
        raise NotSignedIn()


class Projects(View):
    """HIT groups, searched, sorted and paged; of one Requester under how they decide and what the Worker has done."""

    template = "worker/projects.html"
    sorts: ClassVar = search_forms.SORTS
    new_within: ClassVar = search_forms.NEW_WITHIN
    done: ClassVar = search_forms.DONE
    page_sizes: ClassVar = listings.PAGE_SIZES

    found: listings.GroupPage
    now: datetime
    compact: bool
    wanted: Wanted
    asked: dict[str, str]
    sort: str
    last_page: int
    here: str
    profile: RequesterProfile | None
    saved: list[saved_searches.SavedSearch]

    def as_json(self) -> Any:
        """A page of the list in the original's members."""
        answer = {
            "results": [group_json(group) for group in self.found.groups],
            "page_number": self.found.page_number,
            "num_results": len(self.found.groups),
            "total_num_results": self.found.total,
        }
        return answer | ({"requester": _requester_json(self.profile)} if self.profile else {})


class Preview(View):
    """A group and, to those who meet what that needs, one of its HITs."""

    template = "worker/preview.html"

    group: listings.Group
    frame: Frame | None
    hit_id: str
    has_taken: bool

    def as_json(self) -> Any:
        """The group in the original's members, and where to load the HIT from."""
        shown = {"task_id": self.hit_id, "question": question_json(self.frame)} if self.frame else None
        return group_json(self.group) | {"preview": shown}


async def front(visit: Visit) -> View:
    """The list of HIT groups; to somebody not signed in, what this place is."""
    if visit.visitor is None:
        return Welcome(registration_open=visit.web.settings.registration_open)
    return await projects(visit)


async def projects(visit: Visit) -> View:
    """HIT groups, searched, sorted and paged by the original's parameters."""
    return await _groups(visit, None)


async def requester_projects(visit: Visit) -> View:
    """The same, of one Requester."""
    profile = await visit.perform(listings.get_requester_profile, requester_id=visit.path["requester_id"])
    return await _groups(visit, profile)


async def _groups(visit: Visit, profile: RequesterProfile | None) -> View:
    query = visit.query
    asked, sort = search_forms.wanted(query, profile.requester_id if profile else None), search_forms.sort(query)
    found = await visit.perform(
        listings.list_groups,
        **msgspec.structs.asdict(asked),
        sort=sort,
        page_size=query.number("page_size", search_forms.USUAL_SIZE),
        page_number=query.number("page_number", 1),
    )
    return Projects(
        found=found,
        now=found.now,
        compact=visit.visitor is not None and visit.visitor.compact_lists,
        wanted=asked,
        asked=search_forms.parameters(asked, sort, found.page_size),
        sort=sort,
        last_page=min(listings.MAX_PAGE, max(1, -(-found.total // found.page_size))),
        here=visit.request.url.path,
        profile=profile,
        saved=await visit.perform(saved_searches.list_searches),
    )


async def save_search(visit: Visit) -> Done:
    """Save the search of the list under a name, with alerts for what it finds."""
    asked, sort = search_forms.wanted(visit.form), search_forms.sort(visit.form)
    kept = search_forms.parameters(asked, sort, visit.form.number("page_size", search_forms.USUAL_SIZE))
    query = urlencode({name: value for name, value in kept.items() if value})
    name = visit.form.get("name") or asked.search or visit.translate("All new HITs")
    search_id = await visit.perform(
        saved_searches.save_search, name=name, query=query, alerts="alerts" in visit.form or visit.by_token
    )
    return Done(
        to=f"/projects?{query}",
        notice=visit.translate("Search saved. It is listed above the results."),
        json={"search_id": search_id, "name": name, "query": query},
        json_status=201,
    )


async def delete_search(visit: Visit) -> Done:
    """Forget a saved search."""
    search_id = visit.form.get("search_id")
    await visit.perform(saved_searches.delete_search, search_id=search_id)
    return Done(
        to="/projects",
        notice=visit.translate("Search deleted."),
        json={"search_id": search_id, "state": "Deleted"},
    )


async def searches(visit: Visit) -> Done:
    """The Worker's saved searches, for programs; people find them above the list."""
    results = [
        {
            "search_id": one.search_id,
            "name": one.name,
            "query": one.query,
            "alerts": one.alerts,
            "projects_url": f"/projects?{one.query}",
        }
        for one in await visit.perform(saved_searches.list_searches)
    ]
    return Done(to="/projects", json={"results": results})


async def alerts(visit: Visit) -> Response:
    """A stream of events: what the Worker's saved searches find from now on, or since what was last heard.

    A browser that comes again by itself says that in a header, a page that follows on another in the address.
    """
    last = visit.request.headers.get("last-event-id") or visit.query.get("since")
    since = instant(int(last)) if last.isascii() and last.isdigit() and len(last) < 15 else None
    visit.web.alerts.check_room(visit.worker_id)
    since = since or await visit.web.alerts.newest()  # before the answer begins: who reads that, misses nothing after
    events = visit.web.alerts.stream(visit.worker_id, since)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def preview(visit: Visit) -> View:
    """A group and, to those who meet what that needs, one of its HITs as anybody may look at it."""
    group = await visit.perform(listings.get_group, group_id=visit.path["group_id"])
    frame: Frame | None = None
    hit_id = ""
    try:
        found = await visit.perform(listings.get_preview, group_id=group.hit_group_id, after=visit.query.get("after"))
        hit_id = found.hit_id
        frame = frames.for_preview(visit, group.hit_group_id, found.hit_id, found.question)
    except (NoMoreHITs, DoesNotMeetRequirements):
        pass  # the page says so itself
    has_taken = not frame and await _has_taken(visit, group)
    return Preview(group=group, frame=frame, hit_id=hit_id, has_taken=has_taken)


async def _has_taken(visit: Visit, group: listings.Group) -> bool:
    """Has the Worker done HITs of this group, or do they hold some?"""
    if group.taken or group.done:
        return True
    return any(one.group.hit_group_id == group.hit_group_id for one in await visit.perform(work.list_queue))


async def old_preview(visit: Visit) -> Response:
    """The address printed by many clients, `/mturk/preview?groupId=…`: on to the group, or to the list."""
    group_id = visit.query.get("groupId")
    return RedirectResponse(f"/projects/{group_id}/tasks" if group_id.isalnum() else "/projects", 302)


async def old_list(_visit: Visit) -> Response:
    """`/mturk/findhits` and its like."""
    return RedirectResponse("/projects", 302)


def _requester_json(profile: RequesterProfile) -> dict[str, Any]:
    """How a Requester decides, and what the Worker has done for them and earned."""
    return {
        "requester_id": profile.requester_id,
        "requester_name": profile.name,
        "since": iso(profile.since),
        "approved": profile.approved,
        "rejected": profile.rejected,
        "approval_rate": profile.approval_rate,
        "time_to_decide_in_seconds": profile.seconds_to_decide,
        "submitted_by_caller": profile.my_submitted,
        "approved_of_caller": profile.my_approved,
        "rejected_of_caller": profile.my_rejected,
        "earned_by_caller": money_json(profile.my_earnings),
    }


ROUTES: Routes = {
    "/": {"GET": Page(front, open=True)},
    "/projects": {"GET": Page(projects)},
    "/requesters/{requester_id}/projects": {"GET": Page(requester_projects)},
    "/projects/{group_id}/tasks": {"GET": Page(preview)},
    "/searches": {"GET": Page(searches), "POST": Page(save_search)},
    "/searches/delete": {"POST": Page(delete_search)},
    "/searches/events": {"GET": Page(alerts)},
    "/mturk/preview": {"GET": Page(old_preview, open=True)},
    "/mturk/findhits": {"GET": Page(old_list, open=True)},
    "/mturk/findquals": {"GET": Page(old_list, open=True)},
}
