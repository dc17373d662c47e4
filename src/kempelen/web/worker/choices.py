"""Choices that a Worker makes on the site: compact lists, and what alerts do."""

from __future__ import annotations

from starlette.responses import Response

from kempelen.market.people import choices
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import Visit, local_path


async def set_compact_lists(visit: Visit) -> Response:
    """Remember how lists of HIT groups are shown, and back to the list."""
    visit.require_person()
    await visit.perform(choices.set_compact_lists, on=_is_ticked(visit, "compact"))
    return visit.redirect(local_path(visit.form.get("next") or "/projects"))


async def set_alert_choices(visit: Visit) -> Response:
    """Remember what alerts do besides standing on the page."""
    visit.require_person()
    chosen = {name: _is_ticked(visit, name) for name in ("sound", "notification", "accept")}
    await visit.perform(choices.set_alert_choices, **chosen)
    return visit.redirect("/account#alerts-title", notice=visit.translate("Saved."))


def _is_ticked(visit: Visit, name: str) -> bool:
    return visit.form.get(name) in ("on", "true", "1")


ROUTES: Routes = {
    "/account/lists": {"POST": Page(set_compact_lists)},
    "/account/alerts": {"POST": Page(set_alert_choices)},
}
