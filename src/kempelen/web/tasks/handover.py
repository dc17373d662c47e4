"""Handing an answer over: `/mturk/externalSubmit`, to which tasks post, and the Finish page.

externalSubmit changes nothing by itself and reads no cookie: whoever posts to it has proved nothing, since Requesters
know every AssignmentId. It answers a page of ours that holds the fields. In a frame, that page sends them to the work
page around it by postMessage. At top level (studies in their own window) it leads to a page of the site, with the
session, that has a Finish button. The work page and the Finish button submit, with the session's token. Only an API
token submits directly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from kempelen.core.money import Money
from kempelen.core.questions.questions import ASSIGNMENT_ID_NOT_AVAILABLE, FRAME_PARAMETERS
from kempelen.core.texts import translatable
from kempelen.core.wire.refusals import QualificationTestDoesNotExist, WorkDoesNotExist, WorkerRefusal
from kempelen.hosts import SiteHost, TaskHost
from kempelen.market.qualifications import qualification_tests
from kempelen.market.work import submission, work
from kempelen.web.site import forms, languages
from kempelen.web.site.forms import Form
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import NotSignedIn, Visit, Web

PATHS = ("/mturk/externalSubmit", "//mturk/externalSubmit")  # the second from turkSubmitTo with a final slash
NO_ASSIGNMENT = translatable(
    "There was a problem submitting your results for this HIT. The task did not say which assignment they are for."
)
PREVIEW = translatable("This is a preview. Accept the HIT before you submit your work.")


def routes(web: Web) -> list[Route]:
    """externalSubmit, on task hosts and on the site alike."""
    return [Route(path, _external_submit(web), methods=["GET", "POST"]) for path in PATHS]


def _external_submit(web: Web) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        host = web.hosts.find(request.headers.get("host", ""))
        assert host is not None, "the server has let a host through that is none of ours"
        if request.headers.get("authorization"):
            return await _submit_by_token(web, request)
        language = languages.of_task(request)
        shown = partial(page, web, host, request)
        try:
            fields = await _fields(request, web)
        except WorkerRefusal as refusal:
            return shown(refusal.http_status, problem=language.refusal(refusal))
        assignment_id = fields.get("assignmentId")
        if assignment_id == ASSIGNMENT_ID_NOT_AVAILABLE:
            return shown(200, problem=language.translate(PREVIEW))
        if not assignment_id:
            return shown(422, problem=language.translate(NO_ASSIGNMENT))
        return shown(200, assignment_id=assignment_id, fields=fields.without(FRAME_PARAMETERS).pairs)

    return answer


async def _submit_by_token(web: Web, request: Request) -> Response:
    """A program's own submission: the token says who it is, so there is nobody to ask."""
    visit = Visit(web, request, SiteHost(web.hosts.origin, names_tasks=False))
    try:
        await visit.enter()
        if visit.visitor is None:
            raise NotSignedIn()
        fields = await _fields(request, web)
        assignment_id = fields.get("assignmentId")
        state = await _submit_either(visit, assignment_id, fields)
    except WorkerRefusal as refusal:
        return visit.refused(refusal)
    return visit.answer(Done(to="/tasks", json={"assignment_id": assignment_id, "state": state}))


async def _submit_either(visit: Visit, assignment_id: str, form: Form) -> str:
    """Hand in what the id is of, an assignment or a test, and say in which state it is then.

    WorkDoesNotExist when the Worker has neither.
    """
    try:
        await visit.perform(submission.submit, assignment_id=assignment_id, fields=form.pairs)
        return "Submitted"
    except WorkDoesNotExist:
        try:
            test = await visit.perform(qualification_tests.submit_test, request_id=assignment_id, fields=form.pairs)
            return test.request
        except QualificationTestDoesNotExist:
            raise WorkDoesNotExist() from None


async def _fields(request: Request, web: Web) -> Form:
    """The fields of a task's form, those in the address first."""
    settings = web.settings
    sent = await forms.read(request, max_bytes=settings.max_answer_bytes, max_fields=settings.max_form_fields)
    return Form([*request.query_params.multi_items(), *sent])


def page(
    web: Web,
    host: SiteHost | TaskHost,
    request: Request,
    status: int,
    *,
    problem: str = "",
    assignment_id: str = "",
    fields: Sequence[forms.Pair] = (),
) -> Response:
    """The page that hands these fields over, or says why there is nothing to hand over."""
    on_site = isinstance(host, SiteHost)
    values = {
        "problem": problem,
        "assignment_id": assignment_id,
        "fields": fields,
        # From the site on to the Finish page, where the session is; from a task host first to the site.
        "goes_on_to": "/mturk/finish" if on_site else web.hosts.origin + PATHS[0],
        "parents": " ".join(web.hosts.origins),
        # Without script, a frame is left for a window of its own, where the session is.
        "is_framed": request.headers.get("sec-fetch-dest") != "document",
    }
    own = f"'self' {host.origin}"  # both, for a frame without origin, to which 'self' is nobody
    policy = (
        f"default-src 'none'; script-src {own}; style-src {own}; form-action {own} {web.hosts.origin}; "
        f"base-uri 'none'; {frame_ancestors(web, host)}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(web.rendering.page("handover.html", values, languages.of_task(request)), status, headers)


def frame_ancestors(web: Web, host: SiteHost | TaskHost) -> str:
    """Only the site may frame what is served here. (A policy cannot name an IPv6 address: there 'self' is it.)"""
    named = [origin for origin in web.hosts.origins if "[" not in origin]
    return " ".join(["frame-ancestors", *(["'self'"] if isinstance(host, SiteHost) else []), *named])


class Finish(View):
    """The end of work done in a window of its own: whose work it is, what is submitted, and the button."""

    template = "worker/finish.html"

    assignment_id: str
    fields: Sequence[forms.Pair]
    submit_to: str = ""  # empty to somebody who has to sign in first
    title: str = ""
    reward: Money | None = None

    @property
    def status(self) -> int:
        """401 until the Worker has signed in."""
        return 200 if self.submit_to else NotSignedIn.http_status


async def finish(visit: Visit) -> View:
    """The page that ends work done in a window of its own."""
    assignment_id, fields = visit.form.get("assignmentId"), visit.form.without(FRAME_PARAMETERS).pairs
    if visit.visitor is None:
        return Finish(assignment_id=assignment_id, fields=fields)
    try:
        found = await visit.perform(work.get_work, assignment_id=assignment_id)
    except WorkDoesNotExist:
        test = await _test(visit, assignment_id)
        submit_to = test_submit_url(test.qualification_type_id, test.request_id)
        return Finish(assignment_id=assignment_id, fields=fields, submit_to=submit_to, title=test.name)
    return Finish(
        assignment_id=assignment_id,
        fields=fields,
        submit_to=submit_url(found.group.hit_group_id, found.hit_id),
        title=found.group.title,
        reward=found.group.reward,
    )


async def _test(visit: Visit, request_id: str) -> qualification_tests.Test:
    """A qualification test of the Worker's; WorkDoesNotExist when they have no such test either."""
    try:
        return await visit.perform(qualification_tests.get_test, request_id=request_id)
    except QualificationTestDoesNotExist:
        raise WorkDoesNotExist() from None


def task_url(group_id: str, hit_id: str) -> str:
    return f"/projects/{group_id}/tasks/{hit_id}"


def submit_url(group_id: str, hit_id: str) -> str:
    return f"{task_url(group_id, hit_id)}/submit"


def work_url(group_id: str, hit_id: str, assignment_id: str) -> str:
    return f"{task_url(group_id, hit_id)}?{urlencode({'assignment_id': assignment_id})}"


def test_url(type_id: str, request_id: str) -> str:
    return f"/qualifications/{type_id}/requests/{request_id}"


def test_submit_url(type_id: str, request_id: str) -> str:
    return f"{test_url(type_id, request_id)}/submit"
