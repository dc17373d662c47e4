"""What Requesters wrote to a Worker, and which mails the Worker wants."""

from __future__ import annotations

from typing import Any

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.market.messaging import messages
from kempelen.web.site.rendering import iso
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.views import Done, View
from kempelen.web.site.visits import NoSuchPage, Visit


class Inbox(View):
    """The messages, the latest first, page by page; and what comes by mail."""

    template = "worker/messages.html"

    page: messages.MessagePage
    choices: messages.MailChoices

    def as_json(self) -> Any:
        """The messages of this page, and the choices."""
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
            for message in self.page.messages
        ]
        return {
            "results": results,
            "num_results": len(results),
            "next_token": self.page.next_token,
            "mails": {"messages": self.choices.messages, "news": self.choices.news},
        }


async def inbox(visit: Visit) -> View:
    """A page of the messages."""
    try:
        page = await visit.perform(messages.list_messages, next_token=visit.query.get("next_token") or None)
    except InvalidParameterValue:
        raise NoSuchPage() from None
    return Inbox(page=page, choices=await visit.perform(messages.get_mail_choices))


async def choose(visit: Visit) -> Done:
    """Remember which mails the Worker wants."""
    wanted = {name: visit.form.get(name) in ("on", "true", "1") for name in ("messages", "news")}
    await visit.perform(messages.choose_mails, **wanted)
    return Done(to="/messages", notice=visit.translate("Your choice is saved."), json=wanted)


class StopMails(View):
    """One button that stops the mails, or that it was pressed."""

    template = "worker/stop_mails.html"

    worker: str
    key: str
    done: bool = False

    def as_json(self) -> Any:
        """What was stopped; there is nothing to say before."""
        return {"messages": False} if self.done else super().as_json()


async def ask_to_stop(visit: Visit) -> View:
    """Where the link of a message leads: to one button. Looking changes nothing, for mail programs look at links."""
    query = visit.query
    return StopMails(worker=query.get("worker"), key=query.get("key"))


async def stop(visit: Visit) -> View:
    """No more messages by mail. The link's own key is the authority, so that mail programs can do it (RFC 8058)."""
    worker, key = (visit.query.get(name) or visit.form.get(name) for name in ("worker", "key"))
    await visit.perform(messages.stop_mails, worker_id=worker, key=key)
    return StopMails(worker=worker, key=key, done=True)


ROUTES: Routes = {
    "/messages": {"GET": Page(inbox)},
    "/messages/choices": {"POST": Page(choose)},
    "/messages/stop": {"GET": Page(ask_to_stop, open=True), "POST": Page(stop, open=True, guarded=False)},
}
