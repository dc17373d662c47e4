"""What Requesters wrote to a Worker, and which mails the Worker wants."""

from __future__ import annotations

from starlette.responses import Response

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.market.messaging import messages
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import NoSuchPage, Visit


async def inbox(visit: Visit) -> Response:
    """The messages, the latest first, page by page; and what comes by mail."""
    try:
        page = await visit.perform(messages.list_messages, next_token=visit.query.get("next_token") or None)
    except InvalidParameterValue:
        raise NoSuchPage() from None
    choices = await visit.perform(messages.get_mail_choices)
    if visit.wants_json:
        mails = {"messages": choices.messages, "news": choices.news}
        results = [
            {
                "message_id": message.message_id,
                "requester_id": message.requester_id,
                "requester_name": message.requester_name,
                "requester_email": message.requester_email,
                "subject": message.subject,
                "text": message.text,
                "sent_at": iso(message.sent_at),
            }
            for message in page.messages
        ]
        return visit.json(
            {"results": results, "num_results": len(results), "next_token": page.next_token, "mails": mails}
        )
    return visit.render("worker/messages.html", page=page, choices=choices)


async def choose(visit: Visit) -> Response:
    """Remember which mails the Worker wants."""
    wanted = {name: visit.form.get(name) in ("on", "true", "1") for name in ("messages", "news")}
    await visit.perform(messages.choose_mails, **wanted)
    if visit.wants_json:
        return visit.json(wanted)
    return visit.redirect("/messages", notice=visit.translate("Your choice is saved."))


async def ask_to_stop(visit: Visit) -> Response:
    """Where the link of a message leads: to one button. Looking changes nothing, for mail programs look at links."""
    query = visit.query
    return visit.render("worker/stop_mails.html", worker=query.get("worker"), key=query.get("key"), done=False)


async def stop(visit: Visit) -> Response:
    """No more messages by mail. The link's own key is the authority, so that mail programs can do it (RFC 8058)."""
    worker, key = (visit.query.get(name) or visit.form.get(name) for name in ("worker", "key"))
    await visit.perform(messages.stop_mails, worker_id=worker, key=key)
    if visit.wants_json:
        return visit.json({"messages": False})
    return visit.render("worker/stop_mails.html", worker=worker, key=key, done=True)


ROUTES: Routes = {
    "/messages": {"GET": Page(inbox)},
    "/messages/choices": {"POST": Page(choose)},
    "/messages/stop": {"GET": Page(ask_to_stop, open=True), "POST": Page(stop, open=True, guarded=False)},
}
