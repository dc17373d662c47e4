"""Qualifications: what a Worker holds and has asked for, a page for each type, asking for one, and taking its test.

A test is a Requester's content, so it is shown as every task is: in a frame of its own origin, whose answers our page
hands over. The addresses are the original's where it had one. Source: docs/mturk/worker.md 4 and 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.core.wire.refusals import (
    QualificationAlreadyRequested,
    QualificationNotOffered,
    QualificationTestDoesNotExist,
    QualificationTestNotOpen,
    RetryNotAllowed,
    RetryTooEarly,
    WorkerRefusal,
)
from kempelen.market.hits import listings
from kempelen.market.qualifications import qualification_requests, qualification_tests, qualifications, standings
from kempelen.market.qualifications.standings import Standing, StandingPage
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import CSRF_FIELD, Visit
from kempelen.web.tasks import frames, handover
from kempelen.web.worker.worker_json import group_json, seconds_until, standing_json, test_json

LONGEST_SEARCH = 200


class NoSuchPartOfList(WorkerRefusal):
    text = "This part of the list cannot be found. Begin with its first page."
    http_status = 400


# ---------------------------------------------------------------------------------------------- lists


async def available(visit: Visit) -> Response:
    """The types that can be asked for, searched."""
    search = visit.query.get("search")[:LONGEST_SEARCH]
    found = await _listed(visit, standings.list_available, search=search)
    if visit.wants_json:
        return _list_json(visit, "qualifications", found.items, found)
    return visit.render("worker/qualifications.html", found=found, search=search, **_place(visit))


async def assigned(visit: Visit) -> Response:
    """What the Worker holds; before it what their account and record make, after it what was taken away."""
    found = await _listed(visit, standings.list_held)
    begins, ends = "next_token" not in visit.query, found.next_token is None
    measured = await visit.perform(standings.list_measured) if begins else []
    revoked = await visit.perform(standings.list_held, revoked=True, page_size=100) if ends else None
    if visit.wants_json:
        taken = [standing_json(each) for each in revoked.items] if revoked else None
        held = [*measured, *found.items]
        return _list_json(visit, "assigned_qualifications", held, found, revoked_qualifications=taken)
    return visit.render(
        "worker/qualifications_assigned.html",
        found=found,
        measured=measured,
        revoked=revoked.items if revoked else [],
        **_place(visit),
    )


async def pending(visit: Visit) -> Response:
    """What the Worker has asked for and what is not decided yet, tests being taken among it."""
    found = await _listed(visit, standings.list_requested)
    if visit.wants_json:
        return _list_json(visit, "pending_qualifications", found.items, found)
    return visit.render("worker/qualifications_pending.html", found=found, **_place(visit))


async def _listed(visit: Visit, function: Callable[..., StandingPage], **arguments: Any) -> StandingPage:
    """One page of a list by `page_size` and `next_token`; NoSuchPartOfList when the token is none of this list's."""
    token = visit.query.get("next_token") or None
    try:
        return await visit.perform(
            function, next_token=token, page_size=visit.query.number("page_size", 20), **arguments
        )
    except InvalidParameterValue:
        raise NoSuchPartOfList() from None


def _list_json(visit: Visit, name: str, items: list[Standing], found: StandingPage, **more: Any) -> Response:
    return visit.json({name: [standing_json(each) for each in items], "next_page_token": found.next_token} | more)


def _place(visit: Visit) -> dict[str, Any]:
    """Where in a list the visitor is, for its links on."""
    return {
        "here": visit.request.url.path,
        "page_size": visit.query.get("page_size"),
        "begins": "next_token" not in visit.query,
    }


# ---------------------------------------------------------------------------------------------- one


async def one(visit: Visit) -> Response:
    """A type: what it is and who made it, where the Worker stands, and the HITs that ask for it."""
    standing = await _standing(visit)
    if not visit.wants_json:
        return await _page(visit, standing)
    groups = [group_json(group) for group in await _groups(visit, standing)]
    return visit.json(standing_json(standing) | {"projects": groups})


async def _page(visit: Visit, standing: Standing, refusal: WorkerRefusal | None = None) -> Response:
    groups = await _groups(visit, standing)
    return visit.render(
        "worker/qualification.html",
        refusal.http_status if refusal else 200,
        standing=standing,
        groups=groups,
        now=standing.now,
        problem=visit.refusal_text(refusal) if refusal else "",
        **_times(standing),
    )


async def _groups(visit: Visit, standing: Standing) -> list[listings.Group]:
    return await visit.perform(listings.list_asking, qualification_type_id=standing.qualification_type_id)


async def ask_to_request(visit: Visit) -> Response:
    """What will happen when the Worker asks for this qualification, and a button that does it."""
    standing = await _standing(visit)
    if visit.wants_json:
        return visit.json(standing_json(standing))
    return visit.render("worker/qualification_request.html", standing=standing, **_times(standing))


async def request(visit: Visit) -> Response:
    """Ask for it: on to its test, or to its page, which says what has become of it."""
    type_id = visit.path["type_id"]
    try:
        standing = await visit.perform(qualification_requests.request, qualification_type_id=type_id)
    except (QualificationAlreadyRequested, QualificationNotOffered, RetryNotAllowed, RetryTooEarly) as refusal:
        if visit.wants_json:
            raise
        return await _page(visit, await _standing(visit), refusal)
    if visit.wants_json:
        return visit.json(standing_json(standing))
    if standing.request == "InTest":
        return visit.redirect(handover.test_url(type_id, standing.request_id))
    return visit.redirect(f"/qualifications/{type_id}", notice=_outcome(visit, standing))


async def give_up(visit: Visit) -> Response:
    """Let go of a qualification."""
    type_id = visit.path["type_id"]
    await visit.perform(qualifications.give_up, qualification_type_id=type_id)
    if visit.wants_json:
        return visit.json(standing_json(await _standing(visit)))
    return visit.redirect(f"/qualifications/{type_id}", notice=visit.translate("You have given up this Qualification."))


async def _standing(visit: Visit) -> Standing:
    return await visit.perform(standings.get_standing, qualification_type_id=visit.path["type_id"])


def _times(standing: Standing) -> dict[str, Any]:
    """How long a test that has begun goes on, and how long until the Worker may ask again."""
    due_at, again_at = standing.due_at or standing.now, standing.again_at or standing.now
    return {
        "seconds_left": seconds_until(due_at, standing.now),
        "is_later": again_at > standing.now,
        "test_url": handover.test_url(standing.qualification_type_id, standing.request_id),
    }


def _outcome(visit: Visit, standing: Standing, *, of_test: bool = False) -> str:
    """What has become of a request, or of a test that was submitted: its score, which may be too low for some HITs."""
    if standing.request != "Granted":
        return visit.translate("Sent to the Requester, who decides. You will see here what comes of it.")
    if of_test:
        return visit.translate("Test submitted. Your score is {value}.", value=standing.value_in_words)
    return visit.translate("Granted. Your score is {value}.", value=standing.value_in_words)


# ---------------------------------------------------------------------------------------------- the test


async def take_test(visit: Visit) -> Response:
    """The page to take a test on, with the time left; of one that is over, on to what has become of it."""
    type_id, request_id = visit.path["type_id"], visit.path["request_id"]
    try:
        test = await _test(visit)
    except QualificationTestNotOpen:
        if visit.wants_json:
            raise
        return visit.redirect(f"/qualifications/{type_id}")
    frame = frames.for_test(visit, type_id, request_id, test.test)
    if visit.wants_json:
        return visit.json(test_json(test, frame))
    return visit.render(
        "worker/test.html",
        test=test,
        frame=frame,
        seconds_left=seconds_until(test.due_at, test.now),
        submit_to=handover.test_submit_url(type_id, request_id),
    )


async def submit_test(visit: Visit) -> Response:
    """Submit a test, and on to the page with its outcome. Our own two fields come first in the form."""
    fields = visit.form.without_first(*(() if visit.by_token else (CSRF_FIELD,)), "assignment_id")
    type_id = visit.path["type_id"]
    standing = await visit.perform(
        qualification_tests.submit_test, request_id=visit.path["request_id"], fields=fields.pairs, of_type=type_id
    )
    to, notice = f"/qualifications/{type_id}", _outcome(visit, standing, of_test=True)
    if not visit.by_token:
        visit.leave_notice(notice)
    if visit.wants_json:
        return visit.json(standing_json(standing) | {"next_url": to, "message": notice})
    return visit.redirect(to)


async def _test(visit: Visit) -> qualification_tests.Test:
    """The test at this address, if it is the Worker's and still on."""
    test = await visit.perform(qualification_tests.get_test, request_id=visit.path["request_id"])
    if test.qualification_type_id != visit.path["type_id"]:
        raise QualificationTestDoesNotExist()
    return test


ROUTES: Routes = {
    "/qualifications": {"GET": Page(available)},
    "/qualifications.json": {"GET": Page(available)},
    "/qualifications/assigned": {"GET": Page(assigned)},
    "/qualifications/assigned.json": {"GET": Page(assigned)},
    "/qualifications/pending": {"GET": Page(pending)},
    "/qualifications/pending.json": {"GET": Page(pending)},
    "/qualifications/{type_id}": {"GET": Page(one)},
    "/qualifications/{type_id}/request": {"GET": Page(ask_to_request), "POST": Page(request)},
    "/qualifications/{type_id}/give_up": {"POST": Page(give_up)},
    "/qualifications/{type_id}/requests/{request_id}": {"GET": Page(take_test)},
    "/qualifications/{type_id}/requests/{request_id}/submit": {"POST": Page(submit_test, takes_answers=True)},
}
