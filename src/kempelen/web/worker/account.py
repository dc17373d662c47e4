"""A Worker's own account: who they are here, what they prefer, and the API tokens of their programs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from kempelen import passwords
from kempelen.core.rules import countries
from kempelen.core.wire.refusals import InvalidField, WorkerRefusal
from kempelen.market import deletion
from kempelen.market.people import accounts, recovery
from kempelen.market.work import history
from kempelen.web.site import languages
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import Visit
from kempelen.web.worker.json_members import iso_or_none
from kempelen.web.worker.recovery import NoMailHere
from kempelen.web.worker.sign_in import TooManyTries


class Entered(msgspec.Struct, kw_only=True):
    """What the forms of the page hold: the Worker's choices, or what was just entered."""

    name: str
    country: str
    subdivision: str
    language: str
    time_zone: str
    email: str = ""
    revoke_tokens: bool = False


class Account(View):
    """The Worker's own account."""

    template = "worker/account.html"
    shortest: ClassVar[int] = passwords.SHORTEST
    longest: ClassVar[int] = passwords.LONGEST
    languages: ClassVar[dict[str, str]] = languages.NAMES

    visitor: accounts.Visitor
    shown: Entered
    tokens: list[accounts.WorkerToken]
    sessions: list[Session]
    requested_email: str | None
    countries: dict[str, str]
    states: list[str]
    zones: list[str]
    token: str = ""

    def as_json(self) -> Any:
        """The account and its API tokens."""
        return {
            "worker_id": self.visitor.worker_id,
            "name": self.visitor.name,
            "email": self.visitor.email,
            "country": self.visitor.country,
            "subdivision": self.visitor.subdivision,
            "language": self.visitor.language,
            "time_zone": self.visitor.time_zone,
            "auto_accept": self.visitor.auto_accept,
            "tokens": [
                {
                    "token_id": token.token_id,
                    "name": token.name,
                    "created_at": iso(token.created_at),
                    "last_used_at": iso_or_none(token.last_used_at),
                }
                for token in self.tokens
            ],
        }


class AccountWithNewToken(Account):
    """The account with a new API token, which is shown only once."""

    json_status = 201

    def as_json(self) -> Any:
        """The token alone."""
        return {"token": self.token}


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    session_id: str
    browser: str
    last_used_at: datetime
    is_this: bool


async def account(visit: Visit) -> View:
    """The Worker's own account."""
    return await _page(visit)


async def set_preferences(visit: Visit) -> View | Done:
    """The Worker's name, place, language and time zone."""
    chosen = {name: visit.form.get(name) for name in ("country", "subdivision", "language", "time_zone")}
    if chosen["country"] != "US":
        chosen["subdivision"] = ""
    name = visit.form.get("name")
    try:
        if chosen["language"] and chosen["language"] not in languages.available_languages():
            raise InvalidField(field="language", reason="This language is not spoken here.")
        if chosen["time_zone"] and not languages.zone(chosen["time_zone"]):
            raise InvalidField(field="time_zone", reason="There is no time zone of this name.")
        await visit.perform(
            accounts.set_preferences, name=name, **{key: value or None for key, value in chosen.items()}
        )
    except InvalidField as refusal:
        return await _page(visit, refusal=refusal, name=name, **chosen)
    if not visit.by_token:
        visit.language = languages.preferred(chosen["language"], visit.request.headers.get("accept-language", ""))
    return _done(visit.translate("Saved."))


async def change_password(visit: Visit) -> View | Done:
    """A new password, for who knows the old one; everybody else who is signed in by it is signed out.

    API tokens go on, unless their Worker wants them revoked.
    """
    revokes_tokens = visit.form.get("revoke_tokens") in ("on", "true", "1")
    try:
        await _check_password(visit, visit.form.get("current_password"), field="current_password")
        password = visit.form.get("new_password")
        passwords.check(password, field="new_password")
        revoked = await visit.perform(
            accounts.change_password,
            password_hash=await visit.web.passwords.hashed(password),
            session_token=visit.cookies.get("session"),
            revokes_tokens=revokes_tokens,
        )
    except WorkerRefusal as refusal:
        return await _page(visit, refusal=refusal, revoke_tokens=revokes_tokens)
    notice = visit.translate("Your password is changed. You stay signed in here and nowhere else.")
    if revoked:
        notice += " " + _revoked_notice(visit, revoked)
    return _done(notice)


async def change_email(visit: Visit) -> View | Done:
    """Ask for another e-mail address, which a mail to it confirms; for who knows the password."""
    if not visit.web.settings.sends_mail:
        raise NoMailHere()
    email = visit.form.get("email")
    try:
        await _check_password(visit, visit.form.get("password"), field="email_password")
        if not visit.web.resets_by_email.admits(f"change {visit.worker_id}"):
            raise TooManyTries()
        await visit.perform(recovery.request_email_change, email=email, at=visit.web.now())
    except WorkerRefusal as refusal:
        return await _page(visit, refusal=refusal, email=email)
    return Done(
        to="/account",
        notice=visit.translate("We have sent a link to {email}. Your address changes when you use it.", email=email),
    )


async def end_sessions(visit: Visit) -> View | Done:
    """Sign one other browser out, or all of them."""
    session_id = visit.form.get("session_id")
    ended = await visit.perform(accounts.end_sessions, session_id=session_id, except_token=visit.cookies.get("session"))
    notice = visit.translate_plural("{number} session was signed out.", "{number} sessions were signed out.", ended)
    return Done(to="/account", notice=notice)


async def add_token(visit: Visit) -> View | Done:
    """A new API token, shown only once."""
    name = visit.form.get("name") or "token"
    try:
        token = await visit.perform(accounts.add_worker_token, worker_id=visit.worker_id, name=name)
    except InvalidField as refusal:
        return await _page(visit, refusal=InvalidField(field="token_name", reason=refusal.text, **refusal.facts))
    return await _page(visit, token=token)


async def revoke_tokens(visit: Visit) -> View | Done:
    """One API token of the Worker counts no more, or all of them."""
    if token_id := visit.form.get("token_id"):
        revoked = await visit.perform(accounts.revoke_worker_token, token_id=token_id)
    else:
        revoked = await visit.perform(accounts.revoke_worker_tokens, worker_id=visit.worker_id)
    return Done(to="/account", notice=_revoked_notice(visit, revoked), json={"revoked": revoked})


def _revoked_notice(visit: Visit, revoked: int) -> str:
    return visit.translate_plural("{number} API token was revoked.", "{number} API tokens were revoked.", revoked)


async def ask_to_delete(visit: Visit) -> View | Done:
    """What deleting the account means, and the form that does it."""
    return await _delete_page(visit)


async def delete(visit: Visit) -> View | Done:
    """The account and what it says of its Worker is gone."""
    try:
        await _check_password(visit, visit.form.get("password"), field="password")
    except WorkerRefusal as refusal:
        return await _delete_page(visit, refusal)
    await visit.perform(deletion.delete_account)
    if not visit.by_token:
        await visit.sign_out()
    return Done(
        to="/sign-in",
        notice=visit.translate("Your account is deleted, and what it said of you is gone."),
        json={"worker_id": visit.worker_id, "state": "Deleted"},
    )


class DeleteAccount(View):
    """What deleting the account means, and the form that does it."""

    template = "worker/delete_account.html"

    known: history.Dashboard


async def _delete_page(visit: Visit, refusal: WorkerRefusal | None = None) -> View:
    return DeleteAccount(known=await visit.perform(history.get_dashboard), refusal=refusal)


async def _check_password(visit: Visit, password: str, *, field: str) -> None:
    """Refuse who does not know the account's password; tries are counted apart from those of people outside."""
    if not visit.web.sign_ins_by_browser.admits(f"{visit.worker_id} signed in"):
        raise TooManyTries()
    known = await visit.perform(accounts.get_own_sign_in)
    if not await visit.web.passwords.matches(known.password_hash, password):
        raise InvalidField(field=field, reason="This is not your password.")


async def _page(
    visit: Visit, *, refusal: WorkerRefusal | None = None, token: str = "", **entered: str | bool
) -> Account:
    assert visit.visitor is not None
    visitor = visit.visitor
    shown = {
        "name": visitor.name,
        "country": visitor.country or "",
        "subdivision": visitor.subdivision or "",
        "language": visitor.language or "",
        "time_zone": visitor.time_zone or "",
    }
    kind = AccountWithNewToken if token else Account
    return kind(
        visitor=visitor,
        shown=msgspec.convert(shown | entered, Entered),
        tokens=await visit.perform(accounts.list_worker_tokens),
        sessions=[
            Session(
                session_id=each.session_id,
                browser=browser_name(each.user_agent),
                last_used_at=each.last_used_at,
                is_this=visitor.credential == f"session-{each.session_id}",
            )
            for each in await visit.perform(accounts.list_sessions, at=visit.web.now())
        ],
        requested_email=await visit.perform(recovery.get_requested_email, at=visit.web.now()),
        countries=visit.language.countries(),
        states=sorted(countries.US_SUBDIVISIONS),
        zones=sorted(languages.zone_names()),
        token=token,
        refusal=refusal,
    )


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_name(user_agent: str) -> str:
    """What a browser calls itself, in two words: `Firefox, Windows`; its first word where we do not know it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or re.split("[/ ]", user_agent, maxsplit=1)[0][:30]


def _done(notice: str) -> Done:
    return Done(to="/account", notice=notice, json={"message": notice})


async def set_auto_accept(visit: Visit) -> View | Done:
    """Remember whether the next HIT of a group is to be accepted after each submission."""
    on = visit.form.get("auto_accept") in ("on", "true", "1")
    await visit.perform(accounts.set_auto_accept, on=on)
    if on:
        notice = visit.translate("The next HIT of a group will be accepted after each one you submit.")
    else:
        notice = visit.translate("No further HIT will be accepted after the one you submit.")
    return Done(to="/account", notice=notice, json={"auto_accept": on})


ROUTES: Routes = {
    "/account": {"GET": Page(account), "POST": Page(set_preferences)},
    "/account/password": {"POST": Page(change_password)},
    "/account/email": {"POST": Page(change_email, people_only=True)},
    "/account/sessions/end": {"POST": Page(end_sessions, people_only=True)},
    "/account/delete": {"GET": Page(ask_to_delete), "POST": Page(delete)},
    "/account/auto_accept": {"POST": Page(set_auto_accept)},
    "/account/tokens": {"POST": Page(add_token)},
    "/account/tokens/revoke": {"POST": Page(revoke_tokens)},
}
