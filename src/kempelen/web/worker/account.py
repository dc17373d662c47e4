"""A Worker's own account: who they are here, what they prefer, and the API tokens of their programs."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from kempelen import passwords
from kempelen.core.rules import countries
from kempelen.core.wire.refusals import InvalidField, WorkerRefusal
from kempelen.market import deletion
from kempelen.market.people import accounts, recovery
from kempelen.market.work import history
from kempelen.web.site import languages
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import Visit
from kempelen.web.worker.recovery import NoMailHere
from kempelen.web.worker.sign_in import TooManyTries


async def account(visit: Visit) -> Response:
    """The Worker's own account."""
    assert visit.visitor is not None
    if visit.wants_json:
        tokens = await visit.perform(accounts.list_worker_tokens)
        return visit.json(_account_json(visit.visitor, tokens))
    return await _page(visit)


async def set_preferences(visit: Visit) -> Response:
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
        if visit.wants_json:
            raise
        return await _page(visit, refusal=refusal, name=name, **chosen)
    if not visit.by_token:
        visit.language = languages.preferred(chosen["language"], visit.request.headers.get("accept-language", ""))
    return _done(visit, visit.translate("Saved."))


async def change_password(visit: Visit) -> Response:
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
            session_token=visit.cookie("session"),
            revokes_tokens=revokes_tokens,
        )
    except WorkerRefusal as refusal:
        if visit.wants_json:
            raise
        return await _page(visit, refusal=refusal, revoke_tokens="on" if revokes_tokens else "")
    notice = visit.translate("Your password is changed. You stay signed in here and nowhere else.")
    if revoked:
        notice += " " + _revoked_notice(visit, revoked)
    return _done(visit, notice)


async def change_email(visit: Visit) -> Response:
    """Ask for another e-mail address, which a mail to it confirms; for who knows the password."""
    visit.require_person()
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
    return visit.redirect(
        "/account",
        notice=visit.translate("We have sent a link to {email}. Your address changes when you use it.", email=email),
    )


async def end_sessions(visit: Visit) -> Response:
    """Sign one other browser out, or all of them."""
    visit.require_person()
    session_id = visit.form.get("session_id")
    ended = await visit.perform(accounts.end_sessions, session_id=session_id, except_token=visit.cookie("session"))
    notice = visit.translate_plural("{number} session was signed out.", "{number} sessions were signed out.", ended)
    return visit.redirect("/account", notice=notice)


async def add_token(visit: Visit) -> Response:
    """A new API token, shown only once."""
    name = visit.form.get("name") or "token"
    try:
        token = await visit.perform(accounts.add_worker_token, worker_id=visit.worker_id, name=name)
    except InvalidField as refusal:
        if visit.wants_json:
            raise
        return await _page(visit, refusal=InvalidField(field="token_name", reason=refusal.text, **refusal.facts))
    return visit.json({"token": token}, 201) if visit.wants_json else await _page(visit, token=token)


async def revoke_tokens(visit: Visit) -> Response:
    """One API token of the Worker counts no more, or all of them."""
    if token_id := visit.form.get("token_id"):
        revoked = await visit.perform(accounts.revoke_worker_token, token_id=token_id)
    else:
        revoked = await visit.perform(accounts.revoke_worker_tokens, worker_id=visit.worker_id)
    if visit.wants_json:
        return visit.json({"revoked": revoked})
    return visit.redirect("/account", notice=_revoked_notice(visit, revoked))


def _revoked_notice(visit: Visit, revoked: int) -> str:
    return visit.translate_plural("{number} API token was revoked.", "{number} API tokens were revoked.", revoked)


async def ask_to_delete(visit: Visit) -> Response:
    """What deleting the account means, and the form that does it."""
    return await _delete_page(visit)


async def delete(visit: Visit) -> Response:
    """The account and what it says of its Worker is gone."""
    try:
        await _check_password(visit, visit.form.get("password"), field="password")
    except WorkerRefusal as refusal:
        if visit.wants_json:
            raise
        return await _delete_page(visit, refusal)
    await visit.perform(deletion.delete_account)
    if visit.wants_json:
        return visit.json({"worker_id": visit.worker_id, "state": "Deleted"})
    await visit.sign_out()
    return visit.redirect(
        "/sign-in", notice=visit.translate("Your account is deleted, and what it said of you is gone.")
    )


async def _delete_page(visit: Visit, refusal: WorkerRefusal | None = None) -> Response:
    known = await visit.perform(history.get_dashboard)
    problem = visit.refusal_text(refusal) if refusal else ""
    return visit.render(
        "worker/delete_account.html", refusal.http_status if refusal else 200, known=known, problem=problem
    )


async def _check_password(visit: Visit, password: str, *, field: str) -> None:
    """Refuse who does not know the account's password; tries are counted apart from those of people outside."""
    if not visit.web.sign_ins_by_browser.admits(f"{visit.worker_id} signed in"):
        raise TooManyTries()
    known = await visit.perform(accounts.get_own_sign_in)
    if not await visit.web.passwords.matches(known.password_hash, password):
        raise InvalidField(field=field, reason="This is not your password.")


async def _page(visit: Visit, *, refusal: WorkerRefusal | None = None, token: str = "", **entered: str) -> Response:
    assert visit.visitor is not None
    visitor = visit.visitor
    shown = {
        "name": visitor.name,
        "country": visitor.country or "",
        "subdivision": visitor.subdivision or "",
        "language": visitor.language or "",
        "time_zone": visitor.time_zone or "",
        "email": "",
        "revoke_tokens": "",
    } | entered
    sessions = await visit.perform(accounts.list_sessions, at=visit.web.now())
    return visit.render(
        "worker/account.html",
        refusal.http_status if refusal else 200,
        token=token,
        shown=shown,
        tokens=await visit.perform(accounts.list_worker_tokens),
        sessions=[_session(visit, each) for each in sessions],
        requested_email=await visit.perform(recovery.get_requested_email, at=visit.web.now()),
        languages=languages.NAMES,
        countries=visit.language.countries(),
        states=sorted(countries.US_SUBDIVISIONS),
        zones=sorted(languages.zone_names()),
        shortest=passwords.SHORTEST,
        longest=passwords.LONGEST,
        problem=visit.refusal_text(refusal) if refusal else "",
        field=refusal.field if isinstance(refusal, InvalidField) else "",
    )


def _session(visit: Visit, session: accounts.SessionState) -> dict[str, Any]:
    assert visit.visitor is not None
    return {
        "session_id": session.session_id,
        "browser": browser_name(session.user_agent),
        "last_used_at": session.last_used_at,
        "is_this": visit.visitor.credential == f"session-{session.session_id}",
    }


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_name(user_agent: str) -> str:
    """What a browser calls itself, in two words: `Firefox, Windows`; its first word where we do not know it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or re.split("[/ ]", user_agent, maxsplit=1)[0][:30]


def _done(visit: Visit, notice: str) -> Response:
    return visit.json({"message": notice}) if visit.wants_json else visit.redirect("/account", notice=notice)


def _account_json(visitor: accounts.Visitor, tokens: list[accounts.WorkerToken]) -> dict[str, Any]:
    return {
        "worker_id": visitor.worker_id,
        "name": visitor.name,
        "email": visitor.email,
        "country": visitor.country,
        "subdivision": visitor.subdivision,
        "language": visitor.language,
        "time_zone": visitor.time_zone,
        "auto_accept": visitor.auto_accept,
        "tokens": [
            {
                "token_id": token.token_id,
                "name": token.name,
                "created_at": iso(token.created_at),
                "last_used_at": iso(token.last_used_at) if token.last_used_at else None,
            }
            for token in tokens
        ],
    }


async def set_auto_accept(visit: Visit) -> Response:
    """Remember whether the next HIT of a group is to be accepted after each submission."""
    on = visit.form.get("auto_accept") in ("on", "true", "1")
    await visit.perform(accounts.set_auto_accept, on=on)
    if visit.wants_json:
        return visit.json({"auto_accept": on})
    if on:
        notice = visit.translate("The next HIT of a group will be accepted after each one you submit.")
    else:
        notice = visit.translate("No further HIT will be accepted after the one you submit.")
    return visit.redirect("/account", notice=notice)


ROUTES: Routes = {
    "/account": {"GET": Page(account), "POST": Page(set_preferences)},
    "/account/password": {"POST": Page(change_password)},
    "/account/email": {"POST": Page(change_email)},
    "/account/sessions/end": {"POST": Page(end_sessions)},
    "/account/delete": {"GET": Page(ask_to_delete), "POST": Page(delete)},
    "/account/auto_accept": {"POST": Page(set_auto_accept)},
    "/account/tokens": {"POST": Page(add_token)},
    "/account/tokens/revoke": {"POST": Page(revoke_tokens)},
}
