"""Handing an answer over: `/mturk/externalSubmit`, to which every task posts, and the Finish page.

externalSubmit changes nothing by itself and reads no cookie: whoever posts to it has proved nothing, since Requesters
know every AssignmentId. It answers a page of ours that holds the fields. In a frame, that page hands them to the work
page around it by postMessage; at top level (studies in a window of their own) it goes on, from the site and so with
the session, to a page with a Finish button. The work page and the Finish button submit, with the session's token.
Only an API token submits directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from kempelen.core.questions import answers, question_forms
from kempelen.core.questions.question_forms import QuestionForm, UploadedFile
from kempelen.core.questions.questions import ASSIGNMENT_ID_NOT_AVAILABLE, FRAME_PARAMETERS
from kempelen.core.texts import translatable
from kempelen.core.wire.errors import (
    AnswersNotReady,
    QualificationTestDoesNotExist,
    WorkDoesNotExist,
    WorkerRefusal,
    WorkNotOpen,
)
from kempelen.hosts import SiteHost, TaskHost
from kempelen.market.hits import uploads
from kempelen.market.qualifications import qualification_requests
from kempelen.market.work import history, work
from kempelen.web.site import forms, languages
from kempelen.web.site.forms import Form
from kempelen.web.site.visits import NotSignedIn, Visit, Web
from kempelen.web.tasks import frames

PATHS = ("/mturk/externalSubmit", "//mturk/externalSubmit")  # the second from turkSubmitTo with a final slash
NO_ASSIGNMENT = translatable(
    "There was a problem submitting your results for this HIT. The task did not say which assignment they are for."
)
PREVIEW = translatable("This is a preview. Accept the HIT before you submit your work.")


def routes(web: Web) -> list[Route]:
    """externalSubmit, on task hosts and on the site alike."""
    return [Route(path, _external_submit(web), methods=["GET", "POST"]) for path in PATHS]


def answer_xml(form: Form) -> str:
    """A task's form as an answer: all but the names that are the marketplace's. Source: spec worker.md 1.4."""
    return answers.to_xml(form.without(FRAME_PARAMETERS).pairs)


class Answer(NamedTuple):
    """What is handed in: the XML, and the uploaded files it names; None where the question takes none."""

    xml: str
    file_keys: list[str] | None = None


async def submit(visit: Visit, assignment_id: str, form: Form) -> bool:
    """Hand in the answer that a form makes; False when just this answer was handed in before.

    A double click, a second window or a reply that was lost sends the same again: nothing changes, and it is no error.
    """
    answer = await answer_to(visit, assignment_id, form)
    try:
        await visit.perform(work.submit, assignment_id=assignment_id, answer=answer.xml, file_keys=answer.file_keys)
        return True
    except WorkNotOpen:
        if not await _was_handed_in(visit, assignment_id, answer):
            raise
        return False


async def _was_handed_in(visit: Visit, assignment_id: str, answer: Answer) -> bool:
    try:
        return (await visit.perform(history.get_submission, assignment_id=assignment_id)).answer == answer.xml
    except WorkDoesNotExist:
        return False


async def answer_to(visit: Visit, assignment_id: str, form: Form) -> Answer:
    """The answer that a form makes to the question of an assignment; AnswersNotReady when a QuestionForm's is none."""
    found = await visit.perform(work.get_work, assignment_id=assignment_id)
    question = frames.read(found.question) if "QuestionForm" in found.question else None
    if not isinstance(question, QuestionForm):
        return Answer(answer_xml(form))
    files = await uploads_of(visit.web, visit.worker_id, assignment_id) if question.takes_files else {}
    # Beside the event loop: a form's patterns are its Requester's.
    faults = await asyncio.to_thread(question_forms.check_answers, question, form.pairs, files)
    if faults and found.status == "Accepted":
        raise AnswersNotReady((fault.number, fault.text) for fault in faults)
    keys = question_forms.file_keys(question, form.pairs) if question.takes_files else None
    return Answer(question_forms.answer_xml(question, form.pairs, files), keys)


async def submit_test(
    visit: Visit, request_id: str, form: Form, *, type_id: str | None = None
) -> qualification_requests.Standing:
    """Hand in the answers that a form makes to a qualification test (of that type); AnswersNotReady when they are none.

    The same answers again, after a reply that was lost, change nothing and are no error.
    """
    test = await visit.perform(qualification_requests.get_test, request_id=request_id, may_be_over=True)
    if type_id not in (None, test.qualification_type_id):
        raise QualificationTestDoesNotExist()
    question = frames.read(test.test)
    assert isinstance(question, QuestionForm), "a test is a QuestionForm, or it would not have been taken"
    # Beside the event loop: a form's patterns are its Requester's.
    faults = await asyncio.to_thread(question_forms.check_answers, question, form.pairs)
    answer = question_forms.answer_xml(question, form.pairs)
    if await visit.perform(qualification_requests.was_handed_in, request_id=request_id, answer=answer):
        return await visit.perform(
            qualification_requests.get_standing, qualification_type_id=test.qualification_type_id
        )
    if faults and test.is_on:
        raise AnswersNotReady((fault.number, fault.text) for fault in faults)
    return await visit.perform(qualification_requests.submit_test, request_id=request_id, answer=answer)


async def uploads_of(web: Web, worker_id: str, assignment_id: str) -> dict[str, UploadedFile]:
    """The files that a Worker has uploaded for an assignment, by QuestionIdentifier."""
    found = await web.market.perform_async(worker_id, uploads.list_uploads, assignment_id=assignment_id)
    return {one.question_identifier: UploadedFile(one.file_key, one.size_in_bytes, one.file_name) for one in found}


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
    return visit.json({"assignment_id": assignment_id, "state": state})


async def _submit_either(visit: Visit, assignment_id: str, form: Form) -> str:
    """Hand in what the id is of, an assignment or a test, and say in which state it is then.

    WorkDoesNotExist when the Worker has neither.
    """
    try:
        await submit(visit, assignment_id, form)
        return "Submitted"
    except WorkDoesNotExist:
        try:
            return (await submit_test(visit, assignment_id, form)).request
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


async def finish(visit: Visit) -> Response:
    """The page that ends work done in a window of its own: it shows whose work it is, and submits when told to."""
    assignment_id = visit.form.get("assignmentId")
    finishing: dict[str, Any] = {"assignment_id": assignment_id, "fields": visit.form.without(FRAME_PARAMETERS).pairs}
    if visit.visitor is None:
        return visit.render("worker/finish.html", 401, submit_to="", **finishing)
    try:
        found = await visit.perform(work.get_work, assignment_id=assignment_id)
    except WorkDoesNotExist:
        return await _finish_test(visit, finishing)
    submit_to = submit_url(found.group.hit_group_id, found.hit_id)
    return visit.render(
        "worker/finish.html", title=found.group.title, reward=found.group.reward, submit_to=submit_to, **finishing
    )


async def _finish_test(visit: Visit, finishing: dict[str, Any]) -> Response:
    """The same for a qualification test; WorkDoesNotExist when the Worker has no such test either."""
    try:
        test = await visit.perform(qualification_requests.get_test, request_id=finishing["assignment_id"])
    except QualificationTestDoesNotExist:
        raise WorkDoesNotExist() from None
    submit_to = test_submit_url(test.qualification_type_id, test.request_id)
    return visit.render("worker/finish.html", title=test.name, reward=None, submit_to=submit_to, **finishing)


def submit_url(group_id: str, hit_id: str) -> str:
    return f"/projects/{group_id}/tasks/{hit_id}/submit"


def work_url(group_id: str, hit_id: str, assignment_id: str) -> str:
    return f"/projects/{group_id}/tasks/{hit_id}?{urlencode({'assignment_id': assignment_id})}"


def test_url(type_id: str, request_id: str) -> str:
    return f"/qualifications/{type_id}/requests/{request_id}"


def test_submit_url(type_id: str, request_id: str) -> str:
    return f"{test_url(type_id, request_id)}/submit"
