"""The task hosts: a Requester's page (HTMLQuestion) on an origin of its own, for whoever holds a ticket.

A QuestionForm is shown there too, as a page of ours: its pictures and links are the Requester's.

The page is served as it was given, but for what adapting.py changes in it. No cookie is read or set here, and nothing
of the site is served. Where there are no task hosts the site's own host serves the page without an origin
(`Content-Security-Policy: sandbox`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from kempelen.core.questions import questions
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.questions.questions import ExternalQuestion
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.hosts import SiteHost, TaskHost
from kempelen.market.hits import listings
from kempelen.market.qualifications import qualification_tests
from kempelen.market.work import submission, work
from kempelen.web.site import languages
from kempelen.web.site.languages import TASK_FOLDER, Language
from kempelen.web.site.visits import NoSuchPage, Web
from kempelen.web.tasks import frames, handover, question_form, tickets, uploads
from kempelen.web.tasks.adapting import adapted, handing_in
from kempelen.web.tasks.frames import TOKENS_WITHOUT_ORIGIN
from kempelen.web.tasks.handover import frame_ancestors
from kempelen.web.tasks.tickets import Ticket, TicketRefused


def routes(web: Web) -> list[Route]:
    """What a task host answers on."""
    return [
        Route("/stand-ins/{name}", web.stand_ins.serve, methods=["GET"]),
        *uploads.routes(web),
        *handover.routes(web),
        Route(TASK_FOLDER + "{language}/{ticket}", page(web), methods=["GET"]),
    ]


def page(web: Web) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that shows a task to the holder of a ticket, on its own host or, without origin, on the site's."""

    async def show(request: Request) -> Response:
        host = web.hosts.find(request.headers.get("host", ""))
        assert host is not None, "the server has let a host through that is none of ours"
        language = languages.of_task(request)
        try:
            ticket = tickets.read(web.market.vault, request.path_params["ticket"], web.now())
            frames.check_place(web, host, ticket)
            await frames.check_signed_in(web, ticket)
            question = questions.stored(await _question(web, ticket))
            if isinstance(question, ExternalQuestion):
                raise NoSuchPage()
        except WorkerRefusal as refusal:
            return _refused(web, host, language, refusal)
        if isinstance(question, QuestionForm):
            return await _form(web, host, question, ticket, language)
        return await asyncio.to_thread(_served, web, host, question.html, ticket, language)

    return show


def no_such_page(web: Web) -> Callable[[Request, HTTPException], Awaitable[Response]]:
    """The page for an address that is none here: a task went there, by a link or a form without its script."""

    async def show(request: Request, error: HTTPException) -> Response:
        host = web.hosts.find(request.headers.get("host", ""))
        assert host is not None, "the server has let a host through that is none of ours"
        return _refused(web, host, languages.of_task(request), NoTaskPage(), error.status_code)

    return show


async def _question(web: Web, ticket: Ticket) -> str:
    """The question this ticket's Worker may see, if that is still so."""
    if ticket.mode == "work":
        found = await web.market.perform_async(ticket.worker_id, work.get_work, assignment_id=ticket.assignment_id)
        if found.status != "Accepted":
            raise TicketRefused()
        return found.question
    if ticket.mode == "test":
        test = await web.market.perform_async(
            ticket.worker_id, qualification_tests.get_test, request_id=ticket.assignment_id
        )
        return test.test
    preview = await web.market.perform_async(
        ticket.worker_id, listings.get_preview, group_id=ticket.group_id, hit_id=ticket.hit_id
    )
    return preview.question


def _served(web: Web, host: SiteHost | TaskHost, html: str, ticket: Ticket, language: Language) -> Response:
    page = adapted(html, host.origin, web, language=language.code, stores=isinstance(host, TaskHost))
    if ticket.mode == "work":
        page = handing_in(page, host.origin, web)
    policy = frame_ancestors(web, host)
    if host.origin.startswith("https:"):
        policy = f"upgrade-insecure-requests; {policy}"  # browsers block plain http in the page, or let it be changed
    if isinstance(host, SiteHost):
        policy = f"sandbox {TOKENS_WITHOUT_ORIGIN}; {policy}"
    return HTMLResponse(page, headers=_HEADERS | {"Content-Security-Policy": policy})


async def _form(
    web: Web, host: SiteHost | TaskHost, form: QuestionForm, ticket: Ticket, language: Language
) -> Response:
    action, uploaded = host.origin + handover.PATHS[0], {}
    if form.takes_files and ticket.mode == "work":
        action = f"{host.origin}{uploads.PATH}?pass={quote(tickets.issue_pass(web.market.vault, ticket))}"
        uploaded = await web.market.perform_async(
            ticket.worker_id, submission.get_uploaded_files, assignment_id=ticket.assignment_id
        )
    html = question_form.render(
        web.rendering,
        form,
        language=language,
        action=action,
        assignment_id=ticket.assignment_id or None,
        origin=host.origin,
        parents=web.hosts.origins,
        uploaded=uploaded,
        max_upload_bytes=web.market.rules.max_upload_bytes,
    )
    own = f"'self' {host.origin}"  # both, for a frame without origin, to which 'self' is nobody
    policy = f"{question_form.policy(own)}; {frame_ancestors(web, host)}"
    if isinstance(host, SiteHost):
        policy = f"sandbox {TOKENS_WITHOUT_ORIGIN}; {policy}"
    return HTMLResponse(html, headers=_HEADERS | {"Content-Security-Policy": policy})


class NoTaskPage(WorkerRefusal):
    text = "The task has opened an address that does not exist. Go back, or open the task again: nothing was submitted."
    http_status = 404


def _refused(
    web: Web, host: SiteHost | TaskHost, language: Language, refusal: WorkerRefusal, status: int | None = None
) -> Response:
    html = web.rendering.page("task_refused.html", {"message": language.refusal(refusal)}, language)
    policy = f"default-src 'none'; style-src 'self'; {frame_ancestors(web, host)}"
    return HTMLResponse(html, status or refusal.http_status, headers=_HEADERS | {"Content-Security-Policy": policy})


_HEADERS = {
    # Pages of the same task see its full address as their referrer, which jsPsych reads; others see the origin.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Origin-Agent-Cluster": "?1",
    "Cache-Control": "no-store",
}
