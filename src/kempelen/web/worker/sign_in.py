"""Signing in and out, and registering."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import unquote, urlsplit

from kempelen import passwords
from kempelen.core.wire.refusals import SignInFailed, WorkerRefusal
from kempelen.market.people import accounts
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import Visit, local_path


class TooManyTries(WorkerRefusal):
    text = "Too many tries. Wait a quarter of an hour, then try again."
    http_status = 429


class RegistrationClosed(WorkerRefusal):
    text = "You need an invitation to register here. Ask the people who run this marketplace for one."
    http_status = 403


class SignIn(View):
    """The form to sign in."""

    template = "worker/sign_in.html"

    next: str
    email: str
    again: bool
    registration_open: bool
    better_address: str


class SignOut(View):
    """The button that signs out."""

    template = "worker/sign_out.html"


class Register(View):
    """The form to register."""

    template = "worker/register.html"
    shortest: ClassVar[int] = passwords.SHORTEST
    longest: ClassVar[int] = passwords.LONGEST

    invitation: str
    email: str
    name: str = ""


async def ask_to_sign_in(visit: Visit) -> View | Done:
    """The form to sign in; somebody signed in already goes on."""
    to = local_path(visit.query.get("next", "/projects"))
    again = "again" in visit.query
    if visit.visitor is not None and not again:
        return Done(to=to)
    return _sign_in_page(visit, to, again=again)


async def sign_in(visit: Visit) -> View | Done:
    """Begin a session, if the password is right. A wrong one and an unknown address look and last the same.

    The tries of a browser that this Worker has signed in by before are counted apart, so nobody else uses them up.
    """
    to = local_path(visit.form.get("next", "/projects"))
    email = visit.form.get("email").strip().lower()
    again = visit.form.get("again") == "true"
    if visit.visitor is not None and visit.visitor.email == email and not again:  # the second click of two
        return Done(to=_asking(to))
    visit.check_csrf(needs_seal=False)
    known = await visit.perform(accounts.get_sign_in, email=email)
    browser = visit.cookies.known_browser(known.worker_id) if known else None
    if known and browser:
        tries, who, is_admitted = visit.web.sign_ins_by_browser, f"{known.worker_id} {browser}", True
    else:
        tries, who = visit.web.sign_ins_by_email, email
        is_admitted = visit.web.sign_ins_by_address.admits(visit.address)
    try:
        if not (is_admitted and tries.admits(who)):
            raise TooManyTries()
        right = await visit.web.passwords.matches(known.password_hash if known else None, visit.form.get("password"))
        if known is None or not right:
            raise SignInFailed()
        tries.reset(who)
        await visit.sign_in(known.worker_id)
    except WorkerRefusal as refusal:
        return _sign_in_page(visit, to, refusal=refusal, email=email, again=again)
    return Done(to=_asking(to))


def _sign_in_page(
    visit: Visit, to: str, *, refusal: WorkerRefusal | None = None, email: str = "", again: bool = False
) -> View:
    hosts = visit.web.hosts
    return SignIn(
        next=to,
        email=email,
        again=again,
        registration_open=visit.web.settings.registration_open,
        better_address=hosts.origin if hosts.on_one_machine and visit.host.origin != hosts.origin else "",
        refusal=refusal,
    )


def _asking(to: str) -> str:
    """An address that accepts a HIT asks first: whoever wrote the link to sign in must not decide on it."""
    parts = urlsplit(to)
    if "accept_random" not in unquote(parts.path):
        return to
    return f"{parts.path}?{parts.query}&ask" if parts.query else f"{parts.path}?ask"


async def ask_to_sign_out(_visit: Visit) -> View:
    """A link here shows a button: only a form signs out."""
    return SignOut()


async def sign_out(visit: Visit) -> View | Done:
    """End the session."""
    await visit.sign_out()
    return Done(to="/sign-in", notice=visit.translate("You are signed out."))


async def ask_to_register(visit: Visit) -> View | Done:
    """The form to register, for those invited or, where registration is open, for all."""
    invitation = visit.query.get("invitation")
    return Register(invitation=invitation, email=await _invited(visit, invitation))


async def register(visit: Visit) -> View | Done:
    """A new Worker, signed in."""
    invitation = visit.form.get("invitation")
    name, email, password = (visit.form.get(field) for field in ("name", "email", "password"))
    if visit.visitor is not None and visit.visitor.email == email.strip().lower():  # the second click of two
        return Done(to="/projects")
    visit.check_csrf()
    email = await _invited(visit, invitation) or email
    try:
        if not visit.web.sign_ins_by_address.admits(visit.address):
            raise TooManyTries()
        passwords.check(password, field="password")
        made = await visit.perform(
            accounts.register_worker,
            name=name,
            email=email,
            password_hash=await visit.web.passwords.hashed(password),
            invitation=invitation or None,
            at=visit.web.now(),
        )
    except WorkerRefusal as refusal:
        return Register(invitation=invitation, email=email, name=name, refusal=refusal)
    await visit.sign_in(made.worker_id)
    notice = visit.translate(
        "Welcome, {name}. Your Worker id is {worker_id}.", name=made.name, worker_id=made.worker_id
    )
    return Done(to="/projects", notice=notice)


async def _invited(visit: Visit, invitation: str) -> str:
    """The address an invitation is for; RegistrationClosed without a good one where one is needed."""
    invited: str | None = None
    if invitation:
        invited = await visit.perform(accounts.get_invitation, token=invitation, at=visit.web.now())
    if not invited and not visit.web.settings.registration_open:
        raise RegistrationClosed()
    return invited or ""


ROUTES: Routes = {
    "/sign-in": {"GET": Page(ask_to_sign_in, open=True), "POST": Page(sign_in, open=True, guarded=False)},
    "/signout": {"GET": Page(ask_to_sign_out), "POST": Page(sign_out)},
    "/register": {"GET": Page(ask_to_register, open=True), "POST": Page(register, open=True, guarded=False)},
}
