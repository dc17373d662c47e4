"""Writing to a Requester: the form, about a group or an assignment, and what was written.

Source: docs/mturk/worker.md 4 and 7.
"""

from __future__ import annotations

from starlette.responses import Response

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.messaging import contacts
from kempelen.market.messaging.contacts import Addressee
from kempelen.web.site.forms import Form
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import NoSuchPage, NotAsJSON, Visit

GROUP, ASSIGNMENT = "hit_type_message", "assignment_message"  # the original's names of the two forms


async def new_about_group(visit: Visit) -> Response:
    """The form to write about a group."""
    return await _new(visit, GROUP)


async def new_about_assignment(visit: Visit) -> Response:
    """The form to write about an assignment of one's own."""
    return await _new(visit, ASSIGNMENT)


async def about_group(visit: Visit) -> Response:
    """Send what was written about a group."""
    return await _send(visit, GROUP)


async def about_assignment(visit: Visit) -> Response:
    """Send what was written about an assignment."""
    return await _send(visit, ASSIGNMENT)


async def sent(visit: Visit) -> Response:
    """What the Worker wrote, the latest first."""
    try:
        page = await visit.perform(contacts.list_contacts, next_token=visit.query.get("next_token") or None)
    except InvalidParameterValue:
        raise NoSuchPage() from None
    if visit.wants_json:
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
            for one in page.contacts
        ]
        return visit.json({"results": results, "num_results": len(results), "next_token": page.next_token})
    return visit.render("worker/sent_messages.html", page=page)


async def _new(visit: Visit, name: str) -> Response:
    if visit.wants_json:
        raise NotAsJSON()
    return _form(visit, name, await _addressee(visit, name, visit.query))


async def _send(visit: Visit, name: str) -> Response:
    form = visit.form
    shows_address = form.get(f"{name}[shows_address]") in ("on", "true", "1")
    written = {"subject": form.get(f"{name}[subject]"), "text": form.get(f"{name}[message]")}
    try:
        contact_id = await visit.perform(
            contacts.contact_requester, **_about(name, form), **written, shows_address=shows_address
        )
    except InvalidField as refusal:
        if visit.wants_json:
            raise
        to = await _addressee(visit, name, form)
        return _form(visit, name, to, refusal=refusal, shows_address=shows_address, **written)
    if visit.wants_json:
        return visit.json({"message_id": contact_id, "state": "Sent"}, 201)
    return visit.redirect("/messages/sent", notice=visit.translate("Your message is sent."))


def _about(name: str, form: Form) -> dict[str, str]:
    if name == GROUP:
        return {"group_id": form.get(f"{GROUP}[hit_type_id]")}
    return {"assignment_id": form.get(f"{ASSIGNMENT}[assignment_id]")}


async def _addressee(visit: Visit, name: str, form: Form) -> Addressee:
    find = contacts.get_addressee_of_group if name == GROUP else contacts.get_addressee_of_assignment
    return await visit.perform(find, **_about(name, form))


def _form(
    visit: Visit,
    name: str,
    to: Addressee,
    *,
    refusal: InvalidField | None = None,
    subject: str = "",
    text: str = "",
    shows_address: bool = False,
) -> Response:
    return visit.render(
        "worker/contact.html",
        422 if refusal else 200,
        form=name,
        to=to,
        written={"subject": subject, "text": text, "shows_address": shows_address},
        field=refusal.field if refusal else "",
        problem=visit.refusal_text(refusal) if refusal else "",
        longest={"subject": contacts.MAX_SUBJECT, "message": contacts.MAX_TEXT},
    )


ROUTES: Routes = {
    "/contact_requester/hit_type_messages/new": {"GET": Page(new_about_group)},
    "/contact_requester/hit_type_messages": {"POST": Page(about_group)},
    "/contact_requester/assignment_messages/new": {"GET": Page(new_about_assignment)},
    "/contact_requester/assignment_messages": {"POST": Page(about_assignment)},
    "/messages/sent": {"GET": Page(sent)},
}
