"""Help: how working here goes and whom to contact, at the original's addresses too. Source: docs/mturk/worker.md 4."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import View
from kempelen.web.site.visits import Visit


class Help(View):
    """How working here goes, and whom to ask."""

    template = "worker/help.html"


async def page(_visit: Visit) -> View:
    """The page of it."""
    return Help()


async def old_address(visit: Visit) -> Response:
    """The original's help, contact and status pages, which mails and Workers' notes link to."""
    part = {"/contact": "#contact", "/status/": "#status"}.get(visit.request.url.path, "")
    return RedirectResponse(f"/help{part}", 302)


ROUTES: Routes = {
    "/help": {"GET": Page(page, open=True)},
    "/contact": {"GET": Page(old_address, open=True)},
    "/status/": {"GET": Page(old_address, open=True)},
    "/smfw": {"GET": Page(old_address, open=True)},
    "/worker/help": {"GET": Page(old_address, open=True)},
}
