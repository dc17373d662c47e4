"""Qualifications: what a Worker holds and has asked for, a page for each type, asking for one, and taking its test.

A test is a Requester's content, so it is shown as every task is: in a frame of its own origin, whose answers our page
hands over. The addresses are the original's where it had one. Source: docs/mturk/worker.md 4 and 6.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

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
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import CSRF_FIELD, Visit
from kempelen.web.tasks import frames, handover
from kempelen.web.tasks.frames import Frame
from kempelen.web.worker.json_members import group_json, iso_or_none, question_json, seconds_until

LONGEST_SEARCH = 200


class NoSuchPartOfList(WorkerRefusal):
    text = "This part of the list cannot be found. Begin with its first page."
    http_status = 400


# ---------------------------------------------------------------------------------------------- lists


class Listing(View):
    """A page of a list of standings, and where in the list the visitor is."""

    member: ClassVar[str]  # of the JSON

    found: StandingPage
    here: str
    page_size: str
    begins: bool

    def as_json(self) -> Any:
        """The standings of this page."""
        return self._listed(self.found.items)

    def _listed(self, items: list[Standing]) -> dict[str, Any]:
        return {self.member: [_standing_json(each) for each in items], "next_page_token": self.found.next_token}


class Available(Listing):
    """The types that can be asked for."""

    template = "worker/qualifications.html"
    member = "qualifications"

    search: str


class Assigned(Listing):
    """What the Worker holds; before it what their account and record make, after it what was taken away."""

    template = "worker/qualifications_assigned.html"
    member = "assigned_qualifications"

    measured: list[Standing]
    revoked: list[Standing] | None

    def as_json(self) -> Any:
        """What the Worker holds, and on the last page what was taken away."""
        taken = None if self.revoked is None else [_standing_json(each) for each in self.revoked]
        return self._listed([*self.measured, *self.found.items]) | {"revoked_qualifications": taken}


class Pending(Listing):
    """What the Worker has asked for and what is not decided yet, tests being taken among it."""

    template = "worker/qualifications_pending.html"
    member = "pending_qualifications"


async def available(visit: Visit) -> View:
    """The types that can be asked for, searched."""
    search = visit.query.get("search")[:LONGEST_SEARCH]
    found = await _listed(visit, standings.list_available, search=search)
    return Available(found=found, search=search, **_place(visit))


async def assigned(visit: Visit) -> View:
    """What the Worker holds."""
    found = await _listed(visit, standings.list_held)
    begins, ends = "next_token" not in visit.query, found.next_token is None
    revoked = await visit.perform(standings.list_held, revoked=True, page_size=100) if ends else None
    return Assigned(
        found=found,
        measured=await visit.perform(standings.list_measured) if begins else [],
        revoked=revoked.items if revoked else None,
        **_place(visit),
    )


async def pending(visit: Visit) -> View:
    """What is not decided yet."""
    return Pending(found=await _listed(visit, standings.list_requested), **_place(visit))


async def _listed(visit: Visit, function: Callable[..., StandingPage], **arguments: Any) -> StandingPage:
    """One page of a list by `page_size` and `next_token`; NoSuchPartOfList when the token is none of this list's."""
    token = visit.query.get("next_token") or None
    try:
        return await visit.perform(
            function, next_token=token, page_size=visit.query.number("page_size", 20), **arguments
        )
    except InvalidParameterValue:
        raise NoSuchPartOfList() from None


def _place(visit: Visit) -> dict[str, Any]:
    return {
        "here": visit.request.url.path,
        "page_size": visit.query.get("page_size"),
        "begins": "next_token" not in visit.query,
    }


# ---------------------------------------------------------------------------------------------- one


class StandingView(View):
    """A type as the Worker stands to it."""

    standing: Standing

    @property
    def seconds_left(self) -> int:
        """How long a test that has begun goes on."""
        return seconds_until(self.standing.due_at or self.standing.now, self.standing.now)

    @property
    def is_later(self) -> bool:
        """Must the Worker wait before asking again?"""
        return self.standing.again_at is not None and self.standing.again_at > self.standing.now

    @property
    def test_url(self) -> str:
        """Where the test that has begun is taken."""
        return handover.test_url(self.standing.qualification_type_id, self.standing.request_id)

    def as_json(self) -> Any:
        """The standing in the original's members."""
        return _standing_json(self.standing)


class Qualification(StandingView):
    """A type: what it is and who made it, where the Worker stands, and the HITs that ask for it."""

    template = "worker/qualification.html"

    groups: list[listings.Group]
    now: datetime

    def as_json(self) -> Any:
        """The standing, and the groups."""
        return _standing_json(self.standing) | {"projects": [group_json(group) for group in self.groups]}


class AskToRequest(StandingView):
    """What will happen when the Worker asks for this qualification, and a button that does it."""

    template = "worker/qualification_request.html"


async def one(visit: Visit) -> View:
    """The page of a type."""
    return await _page(visit)


async def _page(visit: Visit, refusal: WorkerRefusal | None = None) -> View:
    standing = await _standing(visit)
    groups = await visit.perform(listings.list_asking, qualification_type_id=standing.qualification_type_id)
    return Qualification(standing=standing, groups=groups, now=standing.now, refusal=refusal)


async def ask_to_request(visit: Visit) -> View:
    """The page that asks for a qualification."""
    return AskToRequest(standing=await _standing(visit))


async def request(visit: Visit) -> View | Done:
    """Ask for it: on to its test, or to its page, which says what has become of it."""
    type_id = visit.path["type_id"]
    try:
        standing = await visit.perform(qualification_requests.request, qualification_type_id=type_id)
    except (QualificationAlreadyRequested, QualificationNotOffered, RetryNotAllowed, RetryTooEarly) as refusal:
        return await _page(visit, refusal)
    if standing.request == "InTest":
        return Done(to=handover.test_url(type_id, standing.request_id), json=_standing_json(standing))
    return Done(to=f"/qualifications/{type_id}", notice=_outcome(visit, standing), json=_standing_json(standing))


async def give_up(visit: Visit) -> Done:
    """Let go of a qualification."""
    type_id = visit.path["type_id"]
    await visit.perform(qualifications.give_up, qualification_type_id=type_id)
    return Done(
        to=f"/qualifications/{type_id}",
        notice=visit.translate("You have given up this Qualification."),
        json=_standing_json(await _standing(visit)),
    )


async def _standing(visit: Visit) -> Standing:
    return await visit.perform(standings.get_standing, qualification_type_id=visit.path["type_id"])


def _outcome(visit: Visit, standing: Standing, *, of_test: bool = False) -> str:
    """What has become of a request, or of a test that was submitted: its score, which may be too low for some HITs."""
    if standing.request != "Granted":
        return visit.translate("Sent to the Requester, who decides. You will see here what comes of it.")
    if of_test:
        return visit.translate("Test submitted. Your score is {value}.", value=standing.value_in_words)
    return visit.translate("Granted. Your score is {value}.", value=standing.value_in_words)


# ---------------------------------------------------------------------------------------------- the test


class TakeTest(View):
    """The page to take a test on, with the time left."""

    template = "worker/test.html"

    test: qualification_tests.Test
    frame: Frame
    seconds_left: int
    submit_to: str

    def as_json(self) -> Any:
        """The test in the members of the queue."""
        return {
            "qualification_type_id": self.test.qualification_type_id,
            "request_id": self.test.request_id,
            "name": self.test.name,
            "state": "InTest",
            "started_at": iso(self.test.started_at),
            "deadline": iso(self.test.due_at),
            "time_to_deadline_in_seconds": self.seconds_left,
            "submit_url": self.submit_to,
            "question": question_json(self.frame),
        }


async def take_test(visit: Visit) -> View | Done:
    """The page of a test; of one that is over, on to what has become of it."""
    type_id, request_id = visit.path["type_id"], visit.path["request_id"]
    try:
        test = await _test(visit)
    except QualificationTestNotOpen as refusal:
        return Done(to=f"/qualifications/{type_id}", refusal=refusal)
    return TakeTest(
        test=test,
        frame=frames.for_test(visit, type_id, request_id, test.test),
        seconds_left=seconds_until(test.due_at, test.now),
        submit_to=handover.test_submit_url(type_id, request_id),
    )


async def submit_test(visit: Visit) -> Done:
    """Submit a test, and on to the page with its outcome. Our own two fields come first in the form."""
    fields = visit.form.without_first(*(() if visit.by_token else (CSRF_FIELD,)), "assignment_id")
    type_id = visit.path["type_id"]
    standing = await visit.perform(
        qualification_tests.submit_test, request_id=visit.path["request_id"], fields=fields.pairs, of_type=type_id
    )
    to, notice = f"/qualifications/{type_id}", _outcome(visit, standing, of_test=True)
    if not visit.by_token:
        visit.cookies.leave_notice(notice)
    return Done(to=to, json=_standing_json(standing) | {"next_url": to, "message": notice})


async def _test(visit: Visit) -> qualification_tests.Test:
    """The test at this address, if it is the Worker's and still on."""
    test = await visit.perform(qualification_tests.get_test, request_id=visit.path["request_id"])
    if test.qualification_type_id != visit.path["type_id"]:
        raise QualificationTestDoesNotExist()
    return test


def _standing_json(standing: Standing) -> dict[str, Any]:
    """A qualification type as the Worker stands to it: the original's members, then ours about the last request."""
    address = f"/qualifications/{standing.qualification_type_id}"
    return {
        "qualification_type_id": standing.qualification_type_id,
        "name": standing.name,
        "description": standing.description,
        "keywords": standing.keywords,
        "creator_name": standing.requester_name or None,
        "creator_url": f"/requesters/{standing.requester_id}/projects" if standing.requester_id else None,
        "is_system_qualification": not standing.requester_id,
        "is_requestable": standing.is_requestable,
        "has_test": standing.has_test,
        "value": standing.value_in_words if standing.value is None else standing.value,
        "grant_time": iso_or_none(standing.granted_at),
        "can_retake_test_or_rerequest": standing.may_request,
        "earliest_retriable_time": iso_or_none(standing.again_at),
        "request_qualification_url": f"{address}/request",
        "retake_test_url": f"{address}/request" if standing.has_test else None,
        "state": standing.held or None,
        "revocation_time": iso_or_none(standing.revoked_at),
        "revocation_reason": standing.revocation_reason or None,
        "request": _request_json(standing) if standing.request else None,
    }


def _request_json(standing: Standing) -> dict[str, Any]:
    taking = standing.request == "InTest"
    return {
        "request_id": standing.request_id,
        "state": standing.request,
        "request_time": iso_or_none(standing.requested_at),
        "decision_time": iso_or_none(standing.decided_at),
        "rejection_reason": standing.rejection_reason or None,
        "deadline": iso_or_none(standing.due_at),
        "test_url": handover.test_url(standing.qualification_type_id, standing.request_id) if taking else None,
    }


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
