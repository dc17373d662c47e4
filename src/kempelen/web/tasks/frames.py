"""Frames: where a task is loaded from, and what its frame may do.

A page we serve (HTMLQuestion, or the form made of a QuestionForm) has an origin of its own, apart from the site's;
where there are no task hosts it has no origin at all. A Requester's own page (ExternalQuestion) is loaded from where it
is, but never from the very host name that the site is open under: browsers send cookies to each port of a name.
Source: docs/mturk/worker.md 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from kempelen.core.questions import questions
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.questions.questions import ASSIGNMENT_ID_NOT_AVAILABLE, ExternalQuestion
from kempelen.hosts import SiteHost, TaskHost, may_share_cookies
from kempelen.market.people import accounts
from kempelen.web.site.languages import TASK_FOLDER
from kempelen.web.site.visits import NoSuchPage, Visit, Web
from kempelen.web.tasks import tickets
from kempelen.web.tasks.tickets import Ticket, TicketRefused

# No allow-top-navigation: a task never takes the Worker's window away. Pop-ups leave the sandbox, since studies run in
# them; they are of another origin than the site and cannot reach it.
TOKENS_WITHOUT_ORIGIN = (
    "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads"
)
TOKENS = TOKENS_WITHOUT_ORIGIN + " allow-same-origin"
# What a task may use while it is worked on: sound by itself, and the clipboard to write to. Camera, microphone and such
# only as far as the Worker lets this Requester, because browsers ask once for all tasks of a site. A preview: nothing.
ALLOWED = ("autoplay", "clipboard-write")
NO_ORIGIN = "null"
_HTTP_HOST = re.compile(r"https?://([a-z0-9.-]+)(?=[:/?#]|\Z)", re.IGNORECASE)
_USES = re.compile(r"getUserMedia|getCurrentPosition|watchPosition|requestFullscreen", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the page puts into its iframe element, and from whom it will take an answer."""

    src: str
    height: int  # pixels; 0 fills what is left of the window
    sandbox: str
    allow: str
    answers_from: str  # the origin of our page in the frame that hands the answer over
    external: bool
    kind: str  # as the original's JSON calls it
    is_shown: bool = True  # else it would be sent the Worker's session, and our page says so in its place
    shown_at: str = ""  # for one that is not: this page under another name of the site, if there is a better one


def for_preview(visit: Visit, group_id: str, hit_id: str, question: str) -> Frame:
    """The frame of a HIT that was not accepted: it learns nothing of the Worker."""
    return _frame(visit, Ticket("preview", visit.worker_id, group_id, hit_id, credential=visit.credential), question)


def for_work(
    visit: Visit, group_id: str, hit_id: str, assignment_id: str, question: str, allowed: Iterable[str]
) -> Frame:
    """The frame of the Worker's own assignment, with what they let its Requester's tasks use."""
    return _frame(
        visit, Ticket("work", visit.worker_id, group_id, hit_id, assignment_id, visit.credential), question, allowed
    )


def seems_to_ask(question: str) -> bool:
    """Does a page that we serve name what asks for a camera, a microphone, the location or the full screen?"""
    return _USES.search(question) is not None


def for_test(visit: Visit, type_id: str, request_id: str, test: str) -> Frame:
    """The frame of a qualification test that the Worker is taking."""
    return _frame(visit, Ticket("test", visit.worker_id, type_id, request_id, request_id, visit.credential), test)


def opaque(host: SiteHost, hit_id: str, task_origin: str | None) -> bool:
    """Must this HIT's page do without an origin, because there is no host for it that the visitor could reach?"""
    return task_origin is None or not host.names_tasks or len(hit_id) > 63


def check_place(web: Web, host: SiteHost | TaskHost, ticket: Ticket) -> None:
    """A ticket is good on its HIT's own host; on the site's only where the HIT has none."""
    if isinstance(host, TaskHost):
        if host.hit_id != ticket.hit_id:
            raise TicketRefused()
    elif not opaque(host, ticket.hit_id, web.hosts.task_origin(ticket.hit_id)):
        raise NoSuchPage()


async def check_signed_in(web: Web, ticket: Ticket) -> None:
    """A ticket ends with the session or API token that it was issued to."""
    about = {"credential": ticket.credential, "at": web.now()}
    if not await web.market.perform_async(ticket.worker_id, accounts.get_is_signed_in, **about):
        raise TicketRefused()


def _frame(visit: Visit, ticket: Ticket, question: str, allowed: Iterable[str] = ()) -> Frame:
    read_question = questions.stored(question)
    allow = "; ".join([*ALLOWED, *allowed]) if ticket.mode == "work" else ""
    hosts = visit.web.hosts
    if isinstance(read_question, ExternalQuestion):
        # On plain http it stays at its own host or goes on to https. At another port of the site's host name its frame
        # would be sent the session's cookie.
        url = _upgraded(read_question.url) if hosts.secure else read_question.url
        visit.frame_sources = _stays_at(url, hosts.origin)
        # Its answers go to the site itself, not to a task host: no Requester's script ever runs on the site's origin,
        # so a message from there can only be our page's; and a study that runs in a window of its own ends where the
        # Worker is signed in and can finish. (turkSubmitTo is a bare origin, without a slash: docs/mturk/worker.md
        # 1.2.)
        return Frame(
            src=_with_parameters(url, ticket, submit_to=hosts.origin),
            height=read_question.frame_height,
            sandbox=TOKENS,
            allow=allow,
            answers_from=hosts.origin,
            external=True,
            kind="ExternalQuestion",
            is_shown=not may_share_cookies(visit.host.origin, url),
            shown_at="" if may_share_cookies(hosts.origin, url) else _at(hosts.origin, visit),
        )
    own = hosts.task_origin(ticket.hit_id)
    if opaque(visit.host, ticket.hit_id, own):
        own = None
    origin = own or visit.host.origin
    shown = quote(tickets.issue(visit.web.market.vault, ticket, visit.web.now()))
    page = f"{origin}{TASK_FOLDER}{visit.language.code}/{shown}"
    return Frame(
        src=_with_parameters(page, ticket, submit_to=origin),
        height=0 if isinstance(read_question, QuestionForm) else read_question.frame_height,
        sandbox=TOKENS if own else TOKENS_WITHOUT_ORIGIN,
        allow=allow,
        answers_from=own or NO_ORIGIN,
        external=False,
        kind="QuestionForm" if isinstance(read_question, QuestionForm) else "HTMLQuestion",
    )


def _upgraded(url: str) -> str:
    """The address on https, as browsers upgrade what a page on https loads; plain http would not be shown in it."""
    scheme, colon, rest = url.partition(":")
    if scheme.lower() != "http":
        return url
    authority, slash, path = rest.removeprefix("//").partition("/")
    return f"https{colon}//{authority.removesuffix(':80')}{slash}{path}"


def _stays_at(url: str, submit_to: str) -> str:
    """Sources of a policy: every port of a page's own host, where it submits, and https. Empty for an odd address."""
    found = _HTTP_HOST.match(url)
    return f"https: http://{found[1]}:* {submit_to}" if found else ""


def _at(origin: str, visit: Visit) -> str:
    """The page that is visited, at this origin of the site's."""
    url = visit.request.url
    return f"{origin}{url.path}" + (f"?{url.query}" if url.query else "")


def _with_parameters(url: str, ticket: Ticket, *, submit_to: str) -> str:
    return questions.frame_url(
        url,
        assignment_id=ticket.assignment_id or ASSIGNMENT_ID_NOT_AVAILABLE,
        hit_id=ticket.hit_id,
        worker_id=ticket.worker_id,
        submit_to=submit_to,
    )
