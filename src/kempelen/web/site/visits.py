"""Visit: who is here, what they sent, and how they are answered. Every page function is given one and nothing else.

A visitor is identified by the session in a cookie, or by an API token in `Authorization: Bearer`. Forms that change
something carry the session's token (CSRF); a Bearer token needs none, because no other site can make a browser send it.
Errors caused by the Worker become a page or, for programs, `{"message": …, "code": …}`; all others propagate.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kempelen.core.wire.errors import RequestError
from kempelen.core.wire.refusals import InvalidField, WorkerRefusal
from kempelen.hosts import Hosts, SiteHost
from kempelen.market.foundation.clock import Clock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.passwords import PasswordPool
from kempelen.store.files import Files
from kempelen.store.vault import digest
from kempelen.web.site import forms, languages
from kempelen.web.site.alerts import Alerts
from kempelen.web.site.assets import Assets
from kempelen.web.site.cookies import Cookies
from kempelen.web.site.forms import Form
from kempelen.web.site.languages import Language
from kempelen.web.site.limits import Limiter
from kempelen.web.site.rendering import Rendering
from kempelen.web.site.settings import WebSettings
from kempelen.web.site.views import Done, NotAsJSON, View

Result = TypeVar("Result")
PageFunction = Callable[["Visit"], Awaitable[View | Done | Response]]

CSRF_FIELD = "authenticity_token"  # the original's name, which worker scripts send
_SESSION_SECONDS = 30 * 86_400


class NotSignedIn(WorkerRefusal):
    text = "Sign in first: this address needs a session, or an API token in the header Authorization: Bearer."
    http_status = 401


class TokenUnknown(WorkerRefusal):
    text = "This API token is not known here, or it was revoked. Make a new one on your account page."
    http_status = 401


class FormForged(WorkerRefusal):
    text = "This form is too old, or it was sent from another site. Nothing was changed. Go back, reload and try again."
    http_status = 403


class SealMissing(WorkerRefusal):
    text = (
        "Nothing was changed: the page was not complete yet, or this browser has lost a part of your session. "
        "Go back and try again. If that does not help, sign in again."
    )
    http_status = 403


class NoSuchPage(WorkerRefusal):
    text = "There is no page at this address."
    http_status = 404


@dataclass(frozen=True, slots=True)
class Web:
    """What all pages share."""

    market: Market
    settings: WebSettings
    hosts: Hosts
    assets: Assets
    stand_ins: Assets
    files: Files
    rendering: Rendering
    passwords: PasswordPool
    alerts: Alerts
    sign_ins_by_email: Limiter
    sign_ins_by_address: Limiter
    sign_ins_by_browser: Limiter  # that somebody has signed in by before
    resets_by_email: Limiter
    resets_by_address: Limiter
    real_clock: Clock

    def now(self) -> datetime:
        """Real time, in which sessions, tickets and invitations live."""
        return self.real_clock.now()


class Visit:
    """One request to the site, and its answer in the making."""

    def __init__(self, web: Web, request: Request, host: SiteHost) -> None:
        self.web = web
        self.request = request
        self.host = host
        self.form = Form()
        self.visitor: accounts.Visitor | None = None
        self.by_token = False
        self.frame_sources = ""  # where the page's frame may lead on plain http; empty: anywhere
        self.cookies = Cookies(request, web.hosts, web.market.vault)

    # ---------------------------------------------------------------------------- who is here, and what they sent

    async def enter(self) -> None:
        """Find out who is here; TokenUnknown for a Bearer token that is not good."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            self.by_token = True
            self.visitor = await self.perform(accounts.get_token_bearer, token=token.strip())
            if self.visitor is None:
                raise TokenUnknown()
        elif session := self.cookies.get("session"):
            self.visitor = await self.perform(accounts.get_session, token=session, at=self.web.now())
        if self.visitor is not None and not self.visitor.use_is_recorded:
            await self.perform(accounts.record_use, credential=self.visitor.credential, at=self.web.now())
        self.request.scope["signed_in"] = self.visitor is not None

    async def read_form(self, max_bytes: int, *, guarded: bool = True) -> None:
        """Read the body as a form and, where that is asked, let it pass only when it is this visitor's own."""
        form = await forms.read(self.request, max_bytes=max_bytes, max_fields=self.web.settings.max_form_fields)
        self.form = form
        if guarded and not self.by_token:
            self.check_csrf()

    @property
    def worker_id(self) -> str:
        """Who acts; nobody is an empty id."""
        return self.visitor.worker_id if self.visitor else ""

    @property
    def credential(self) -> str:
        """Which session or API token the visitor is here by; nobody's is empty."""
        return self.visitor.credential if self.visitor else ""

    def require_person(self) -> None:
        """NotAsJSON for a program."""
        if self.wants_json:
            raise NotAsJSON()

    @property
    def address(self) -> str:
        """The network address the request came from, as far as the server knows it."""
        return self.request.client.host if self.request.client else ""

    @property
    def path(self) -> dict[str, str]:
        """The variable parts of the address."""
        return self.request.path_params

    @property
    def query(self) -> Form:
        """The parameters behind the question mark."""
        return Form(self.request.query_params.multi_items())

    @cached_property
    def wants_json(self) -> bool:
        """Is this a program, or a page's script, rather than a person looking at pages?"""
        accept = self.request.headers.get("accept", "")
        asked = self.query.get("format") == "json" or self.request.url.path.endswith(".json")
        return self.by_token or asked or ("application/json" in accept and "text/html" not in accept)

    @property
    def acts_on_its_own(self) -> bool:
        """Did the visitor's own doing bring about this request, and not a link or pop-up of another site?"""
        headers = self.request.headers
        if self.visitor and self.visitor.seal_hash:  # the headers of browsers prove nothing of who caught the cookie
            return self._is_sealed(headers.get("x-csrf-token", ""))
        return self.by_token or (
            headers.get("sec-fetch-site") in ("same-origin", "none") and "sec-purpose" not in headers
        )

    @property
    def is_from_elsewhere(self) -> bool:
        """Did a link, form or script of another site bring about this page?"""
        return self.request.headers.get("sec-fetch-site") in ("cross-site", "same-site")

    @cached_property
    def csrf(self) -> str:
        """The token for this visitor's forms: the session's, or before signing in one bound to a cookie."""
        if self.visitor:
            return self.visitor.csrf
        seed = self.cookies.get("visit")
        if not seed:
            seed = secrets.token_urlsafe(24)
            self.cookies.set("visit", seed, None)
        return base64.urlsafe_b64encode(self.web.market.vault.sign("visit form", seed.encode())).decode()

    def _csrf_input(self) -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, self.csrf)

    def check_csrf(self, *, needs_seal: bool = True) -> None:
        """FormForged for a form that is not this visitor's own; SealMissing for one without its session's seal."""
        sent = self.form.get(CSRF_FIELD) or self.request.headers.get("x-csrf-token", "")
        origin = self.request.headers.get("origin")
        known = bool(self.visitor or self.cookies.get("visit"))
        if not known or not hmac.compare_digest(sent.partition(".")[0].encode(), self.csrf.encode()):
            raise FormForged()
        if needs_seal and self.visitor and self.visitor.seal_hash and not self._is_sealed(sent):
            raise SealMissing()
        if origin is not None and origin not in self.web.hosts.origins:
            raise FormForged()

    def _is_sealed(self, token: str) -> bool:
        """Does this token for forms end in the secret that the session was begun with? See static/seal.js."""
        assert self.visitor is not None
        return hmac.compare_digest(digest(token.partition(".")[2]), self.visitor.seal_hash or "")

    # ---------------------------------------------------------------------------- how they are spoken to

    @cached_property
    def language(self) -> Language:
        """The language of the visitor's account, else of their browser; programs with a token get the original's."""
        if self.by_token:
            return languages.available_languages()[languages.SOURCE]
        chosen = self.visitor.language if self.visitor else None
        return languages.preferred(chosen, self.request.headers.get("accept-language", ""))

    @cached_property
    def zone(self) -> tzinfo | None:
        """The time zone of the visitor's account, else the one their browser reports; None when neither is known."""
        chosen = self.visitor.time_zone if self.visitor else None
        return languages.zone(chosen) or languages.zone(self.cookies.get("zone"))

    def translate(self, text: str, **facts: Any) -> str:
        """A text of ours in the visitor's language, with its {facts}."""
        return self.language.translate(text, **facts)

    def translate_plural(self, one: str, many: str, number: int, **facts: Any) -> str:
        """The same of a number of things."""
        return self.language.translate_plural(one, many, number, **facts)

    # ---------------------------------------------------------------------------- acting

    async def perform(self, function: Callable[..., Result], **arguments: Any) -> Result:
        """Perform a function of the market as this visitor. Databases take no NUL in a text; nobody means one."""
        sound = {
            name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
            for name, value in arguments.items()
        }
        result: Result = await self.web.market.perform_async(self.worker_id, function, **sound)
        return result

    async def sign_in(self, worker_id: str) -> None:
        """Begin a session for a Worker whose password was right; this browser is known to them from now on."""
        session = await self.perform(
            accounts.start_session,
            worker_id=worker_id,
            at=self.web.now(),
            user_agent=self.request.headers.get("user-agent", ""),
            seal="" if self.web.hosts.secure else self.form.get("seal"),
        )
        if replaced := self.cookies.get("session"):
            await self.perform(accounts.end_session, token=replaced)
        self.cookies.set("session", session.token, _SESSION_SECONDS)
        self.cookies.remember_browser(worker_id)

    async def sign_out(self) -> None:
        """End the session, here and for every copy of its cookie."""
        if token := self.cookies.get("session"):
            await self.perform(accounts.end_session, token=token)
        self.cookies.drop("session")

    # ---------------------------------------------------------------------------- answering

    def answer(self, outcome: View | Done | Response) -> Response:
        """What a page function returned, as people or programs get it."""
        if isinstance(outcome, Response):
            return outcome
        if outcome.refusal and self.wants_json:
            return self.refused(outcome.refusal)
        if isinstance(outcome, View):
            return self._view(outcome)
        if self.wants_json and outcome.json is not None:
            return self._json(outcome.json, outcome.json_status)
        return self._redirect(outcome.to, outcome.notice)

    def _view(self, view: View) -> Response:
        if self.wants_json:
            return self._json(view.as_json(), view.json_status)
        problem = self.refusal_text(view.refusal) if view.refusal else ""
        return self._page(view.template, view.status, view=view, problem=problem, field=view.field, **view.values())

    def _page(self, template: str, status: int, **values: Any) -> Response:
        """A page; a notice left by the page before is shown on it once."""
        shared = {
            "visit": self,
            "visitor": self.visitor,
            "site_name": self.web.settings.name,
            "sandbox": self.web.market.rules.sandbox,
            "notice": self.cookies.take_notice(),
            "csrf_field": CSRF_FIELD,
            "csrf": self._csrf_input,
            "request_token": _request_token,
            "zone": self.zone,
            "zone_cookie": self.cookies.full_name("zone"),
        }
        return HTMLResponse(self.web.rendering.page(template, shared | values, self.language), status)

    def _json(self, answer: Any, status: int = 200) -> Response:
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    def _redirect(self, to: str, notice: str = "") -> Response:
        """On to another page of the site, which shows the notice; programs get JSON there, too."""
        if notice:
            self.cookies.leave_notice(notice)
        if self.wants_json:
            to += f"{'&' if '?' in to else '?'}format=json"
        return RedirectResponse(to, 303)

    def refused(self, refusal: RequestError) -> Response:
        """What a refusal looks like to this visitor."""
        if isinstance(refusal, NotSignedIn) and not self.wants_json:
            return self._redirect(f"/sign-in?{urlencode({'next': self._way_back()})}")
        if self.wants_json:
            answer = self._json(self._refusal_json(refusal), refusal.http_status)
        else:
            message = self.refusal_text(refusal)
            answer = self._page("refused.html", refusal.http_status, refusal=refusal, message=message)
        if refusal.http_status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    def _refusal_json(self, refusal: RequestError) -> dict[str, Any]:
        answer: dict[str, Any] = {"message": self.refusal_text(refusal), "code": refusal.code}
        return answer | {"field": refusal.field} if isinstance(refusal, InvalidField) else answer

    def refusal_text(self, refusal: RequestError) -> str:
        """Why something was refused, in the visitor's language."""
        return self.language.refusal(refusal)

    def finished(self, response: Response) -> Response:
        """The answer with its cookies, and with the headers that wall the site off."""
        self.cookies.add_to(response)
        headers = {"Content-Security-Policy": self._content_policy(), "X-Frame-Options": "DENY"} | _SECURITY_HEADERS
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    def _way_back(self) -> str:
        """Where to go on after signing in: here, when here can be asked for again."""
        url = self.request.url
        if self.request.method in ("GET", "HEAD") or url.path.endswith("/accept_random"):
            return url.path + (f"?{url.query}" if url.query else "")
        return "/tasks"

    def _content_policy(self) -> str:
        # Frames: a task goes where its Requester sends it, so only the scheme can be held. On https nothing is plain.
        frames = "https:" if self.web.hosts.secure else self.frame_sources or "http: https:"
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"form-action 'self'; frame-src {frames}; frame-ancestors 'none'; base-uri 'none'"
        )


def _request_token() -> str:
    """A name for what a form asks for: the same form sent twice asks once."""
    return secrets.token_urlsafe(12)


_SECURITY_HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def local_path(path: str) -> str:
    """An address of this site to go on to; anything that could lead elsewhere becomes the front page."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else "/"
