"""A forgotten password, and another e-mail address: asking for a mail, and the pages its links lead to.

What is answered is the same whether or not anybody has an address. Where the site sends no mail, the pages say how to
reach the operator, who has `kempelen worker password` and `kempelen worker email`.
"""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlencode

from kempelen import passwords
from kempelen.core.wire.refusals import InvalidField, WorkerRefusal
from kempelen.market.foundation.mail_contents import CONFIRM_EMAIL, UNDO_EMAIL
from kempelen.market.people import recovery
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import Visit
from kempelen.web.worker.sign_in import TooManyTries


class NoMailHere(WorkerRefusal):
    text = "This site sends no e-mail. Ask the people who run it to do this for you."
    http_status = 409


class ForgotPassword(View):
    """The form that asks for a mail with a link, or how to reach the operator."""

    template = "worker/forgot_password.html"

    email: str = ""


class ResetPassword(View):
    """The form for a new password."""

    template = "worker/reset_password.html"
    shortest: ClassVar[int] = passwords.SHORTEST
    longest: ClassVar[int] = passwords.LONGEST

    token: str
    email: str


class ConfirmEmail(View):
    """The button that confirms a new e-mail address."""

    template = "worker/confirm_email.html"

    token: str
    old_email: str
    new_email: str


class UndoEmail(View):
    """The button that cancels or undoes a change of the e-mail address."""

    template = "worker/undo_email.html"

    token: str
    old_email: str
    new_email: str
    confirmed: bool


async def ask_for_address(_visit: Visit) -> View:
    """The form that asks for a mail."""
    return ForgotPassword()


async def send_reset(visit: Visit) -> View | Done:
    """A mail with a link, if somebody has this address; at most three an hour. The answer is always the same."""
    if not visit.web.settings.sends_mail:
        return ForgotPassword(refusal=NoMailHere())
    email = visit.form.get("email").strip().lower()
    if not visit.web.resets_by_address.admits(visit.address):
        return ForgotPassword(refusal=TooManyTries(), email=email)
    if visit.web.resets_by_email.admits(email):
        await visit.perform(recovery.request_password_reset, email=email, at=visit.web.now())
    sent = visit.translate(
        "If this address belongs to an account, we have sent it a mail with a link. It is good for one hour."
    )
    return Done(to="/sign-in", notice=sent)


async def ask_for_password(visit: Visit) -> View | Done:
    """The form for a new password, for who holds a link from a mail."""
    return await _reset_page(visit, visit.query.get("token"))


async def reset(visit: Visit) -> View | Done:
    """Set the new password. Every session ends; this browser is known from now on."""
    token, password = visit.form.get("token"), visit.form.get("new_password")
    revokes_tokens = visit.form.get("revoke_tokens") in ("on", "true", "1")
    await visit.perform(recovery.get_password_reset, token=token, at=visit.web.now())
    try:
        passwords.check(password, field="new_password")
    except InvalidField as refusal:
        return await _reset_page(visit, token, refusal)
    worker_id = await visit.perform(
        recovery.reset_password,
        token=token,
        password_hash=await visit.web.passwords.hashed(password),
        revokes_tokens=revokes_tokens,
        at=visit.web.now(),
    )
    visit.cookies.remember_browser(worker_id)
    done = visit.translate("Your password is changed, and every session is signed out. Sign in with the new password.")
    return Done(to="/sign-in", notice=done)


async def ask_to_confirm(visit: Visit) -> View | Done:
    """The button that confirms a new e-mail address."""
    token = visit.query.get("token")
    old, new, _ = await visit.perform(recovery.get_email_change, token=token, purpose=CONFIRM_EMAIL, at=visit.web.now())
    return ConfirmEmail(token=token, old_email=old, new_email=new)


async def confirm(visit: Visit) -> View | Done:
    """The new address counts."""
    email = await visit.perform(recovery.confirm_email_change, token=visit.form.get("token"), at=visit.web.now())
    return _done(visit, visit.translate("Your e-mail address is now {email}.", email=email))


async def ask_to_undo(visit: Visit) -> View | Done:
    """The button that cancels or undoes a change of the e-mail address."""
    token = visit.query.get("token")
    old, new, confirmed = await visit.perform(
        recovery.get_email_change, token=token, purpose=UNDO_EMAIL, at=visit.web.now()
    )
    return UndoEmail(token=token, old_email=old, new_email=new, confirmed=confirmed)


async def undo(visit: Visit) -> View | Done:
    """The old address stays or counts again; in the second case its holder chooses a new password next."""
    token = await visit.perform(recovery.undo_email_change, token=visit.form.get("token"), at=visit.web.now())
    if token is None:
        return _done(visit, visit.translate("The change of your e-mail address is cancelled."))
    restored = visit.translate(
        "Your old e-mail address is back, and every session is signed out. Choose a new password."
    )
    return Done(to=f"/reset-password?{urlencode({'token': token})}", notice=restored)


async def _reset_page(visit: Visit, token: str, refusal: InvalidField | None = None) -> View:
    email = await visit.perform(recovery.get_password_reset, token=token, at=visit.web.now())
    return ResetPassword(token=token, email=email, refusal=refusal)


def _done(visit: Visit, notice: str) -> Done:
    return Done(to="/account" if visit.visitor else "/sign-in", notice=notice)


ROUTES: Routes = {
    "/forgot-password": {
        "GET": Page(ask_for_address, open=True),
        "POST": Page(send_reset, open=True, people_only=True),
    },
    "/reset-password": {
        "GET": Page(ask_for_password, open=True, people_only=True),
        "POST": Page(reset, open=True, people_only=True),
    },
    "/confirm-email": {
        "GET": Page(ask_to_confirm, open=True, people_only=True),
        "POST": Page(confirm, open=True, people_only=True),
    },
    "/undo-email": {
        "GET": Page(ask_to_undo, open=True, people_only=True),
        "POST": Page(undo, open=True, people_only=True),
    },
}
