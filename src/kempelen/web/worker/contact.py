"""Writing to a Requester: the form, about a group or an assignment, and what was written.

Source: docs/mturk/worker.md 4 and 7.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.messaging import contacts
from kempelen.market.messaging.contacts import Addressee
from kempelen.web.site.forms import Form
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import NoSuchPage, Visit

GROUP, ASSIGNMENT = "hit_type_message", "assignment_message"  # the original's names of the two forms


class Written(msgspec.Struct, kw_only=True):
    """What the Worker has written so far."""

    subject: str = ""
    text: str = ""
    shows_address: bool = False


class Contact(View):
    """The form to write to a Requester."""

    template = "worker/contact.html"
    longest: ClassVar[dict[str, int]] = {"subject": contacts.MAX_SUBJECT, "message": contacts.MAX_TEXT}

    form: str
    to: Addressee
    written: Written


class Sent(View):
    """What the Worker wrote, the latest first."""

    template = "worker/sent_messages.html"

    page: contacts.ContactPage

    def as_json(self) -> Any:
        """The messages of this page."""
        results = [
            {
                "message_id": one.contact_id,
                "requester_id": one.requester_id,
                "requester_name": one.requester_name,
                "title": one.title,
                "assignment_id": one.assignment_id,
                "subject": one.subject,
                "text": one.text,
                "shows_address": one.shows_address,
                "sent_at": iso(one.sent_at),
            }
            for one in self.page.contacts
        ]
        return {"results": results, "num_results": len(results), "next_token": self.page.next_token}


async def new_about_group(visit: Visit) -> View:
    """The form to write about a group."""
    return await _form(visit, GROUP, visit.query, Written())


async def new_about_assignment(visit: Visit) -> View:
    """The form to write about an assignment of one's own."""
    return await _form(visit, ASSIGNMENT, visit.query, Written())


async def about_group(visit: Visit) -> View | Done:
    """Send what was written about a group."""
    return await _send(visit, GROUP)


async def about_assignment(visit: Visit) -> View | Done:
    """Send what was written about an assignment."""
    return await _send(visit, ASSIGNMENT)


async def sent(visit: Visit) -> View:
    """A page of what the Worker wrote."""
    try:
        page = await visit.perform(contacts.list_contacts, next_token=visit.query.get("next_token") or None)
    except InvalidParameterValue:
        raise NoSuchPage() from None
    return Sent(page=page)


async def _send(visit: Visit, name: str) -> View | Done:
    form = visit.form
    written = Written(
        subject=form.get(f"{name}[subject]"),
        text=form.get(f"{name}[message]"),
        shows_address=form.get(f"{name}[shows_address]") in ("on", "true", "1"),
    )
    try:
        contact_id = await visit.perform(
            contacts.contact_requester, **_about(name, form), **msgspec.structs.asdict(written)
        )
    except InvalidField as refusal:
        return await _form(visit, name, form, written, refusal)
    return Done(
        to="/messages/sent",
        notice=visit.translate("Your message is sent."),
        json={"message_id": contact_id, "state": "Sent"},
        json_status=201,
    )


async def _form(visit: Visit, name: str, given: Form, written: Written, refusal: InvalidField | None = None) -> View:
    find = contacts.get_addressee_of_group if name == GROUP else contacts.get_addressee_of_assignment
    to = await visit.perform(find, **_about(name, given))
    return Contact(form=name, to=to, written=written, refusal=refusal)


def _about(name: str, form: Form) -> dict[str, str]:
    if name == GROUP:
        return {"group_id": form.get(f"{GROUP}[hit_type_id]")}
    return {"assignment_id": form.get(f"{ASSIGNMENT}[assignment_id]")}


ROUTES: Routes = {
    "/contact_requester/hit_type_messages/new": {"GET": Page(new_about_group, people_only=True)},
    "/contact_requester/hit_type_messages": {"POST": Page(about_group)},
    "/contact_requester/assignment_messages/new": {"GET": Page(new_about_assignment, people_only=True)},
    "/contact_requester/assignment_messages": {"POST": Page(about_assignment)},
    "/messages/sent": {"GET": Page(sent)},
}
