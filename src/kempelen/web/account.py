"""A Worker's own account: who they are here, what they prefer, and the API tokens of their programs."""

from __future__ import annotations

from starlette.responses import Response

from kempelen.market import accounts
from kempelen.web.routing import Page, Routes
from kempelen.web.visits import Visit


async def account(visit: Visit) -> Response:
    """The Worker's own account."""
    return visit.render("worker/account.html", token="")


async def add_token(visit: Visit) -> Response:
    """A new API token, shown this once."""
    token = await visit.perform(
        accounts.add_worker_token, worker_id=visit.worker_id, name=visit.form.get("name") or "token"
    )
    return visit.json({"token": token}, 201) if visit.wants_json else visit.render("worker/account.html", token=token)


async def revoke_tokens(visit: Visit) -> Response:
    """All API tokens of the Worker count no more."""
    revoked = await visit.perform(accounts.revoke_worker_tokens, worker_id=visit.worker_id)
    if visit.wants_json:
        return visit.json({"revoked": revoked})
    notice = visit.say_many("{number} API token was revoked.", "{number} API tokens were revoked.", revoked)
    return visit.redirect("/account", notice=notice)


async def set_auto_accept(visit: Visit) -> Response:
    """Remember whether the next HIT of a group is to be accepted after each submission."""
    on = visit.form.get("auto_accept") in ("on", "true", "1")
    await visit.perform(accounts.set_auto_accept, on=on)
    if visit.wants_json:
        return visit.json({"auto_accept": on})
    if on:
        notice = visit.say("The next HIT of a group will be accepted after each one you submit.")
    else:
        notice = visit.say("No further HIT will be accepted after the one you submit.")
    return visit.redirect("/account", notice=notice)


ROUTES: Routes = {
    "/account": {"GET": Page(account)},
    "/account/auto_accept": {"POST": Page(set_auto_accept)},
    "/account/tokens": {"POST": Page(add_token)},
    "/account/tokens/revoke": {"POST": Page(revoke_tokens)},
}
