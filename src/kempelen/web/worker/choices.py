"""Choices that a Worker makes on the site: compact lists, and what alerts do."""

from __future__ import annotations

from kempelen.market.people import choices
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done
from kempelen.web.site.visits import Visit, local_path


async def set_compact_lists(visit: Visit) -> Done:
    """Remember how lists of HIT groups are shown, and back to the list."""
    await visit.perform(choices.set_compact_lists, on=_is_ticked(visit, "compact"))
    return Done(to=local_path(visit.form.get("next") or "/projects"))


async def set_alert_choices(visit: Visit) -> Done:
    """Remember what alerts do besides standing on the page."""
    chosen = {name: _is_ticked(visit, name) for name in ("sound", "notification", "accept")}
    await visit.perform(choices.set_alert_choices, **chosen)
    return Done(to="/account#alerts-title", notice=visit.translate("Saved."))


def _is_ticked(visit: Visit, name: str) -> bool:
    return visit.form.get(name) in ("on", "true", "1")


ROUTES: Routes = {
    "/account/lists": {"POST": Page(set_compact_lists, people_only=True)},
    "/account/alerts": {"POST": Page(set_alert_choices, people_only=True)},
}
