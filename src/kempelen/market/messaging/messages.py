"""Messages: what Requesters write to Workers.

A message is sent by mail to Workers who want such mails, and is shown on the worker site to all its recipients. It does
not reveal a Worker's address: replies go from the Worker to the Requester. Source: docs/mturk/worker.md 7.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import MailLinkNotValid
from kempelen.market.foundation import events, pages
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases
from kempelen.store.database import instant

ON_ACCOUNT_DELETION = (erases("message_recipient", "DELETE FROM message_recipient WHERE worker_id = :caller"),)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as the Worker reads it."""

    message_id: str
    requester_id: str
    requester_name: str
    requester_email: str
    subject: str
    text: str
    sent_at: datetime


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of messages; the token continues it, None when there are no more."""

    messages: list[Message]
    next_token: str | None


class MailChoices(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails a Worker wants: Requesters' messages; news of their own work."""

    messages: bool
    news: bool


def send(call: Call, worker_ids: Sequence[str], *, subject: str, text: str) -> None:
    """The caller's message to these Workers."""
    message_id = call.new_id()
    call.db.run(
        """
        INSERT INTO message (message_id, requester_id, subject, message_text, sent_at)
        VALUES (:message_id, :caller, :subject, :text, :now)
        """,
        message_id=message_id,
        caller=call.caller,
        subject=subject,
        text=text,
        now=call.now,
    )
    for worker_id in worker_ids:
        call.db.run(
            """
            INSERT INTO message_recipient (worker_id, sent_at, message_id) VALUES (:worker_id, :now, :message_id)
            """,
            worker_id=worker_id,
            now=call.now,
            message_id=message_id,
        )
        events.append(call, "WorkerNotified", requester_id=call.caller, worker_id=worker_id, subject_id=message_id)


# ---------------------------------------------------------------------------------------------- the Worker's


@transaction(reads=True)
def list_messages(call: Call, *, next_token: str | None = None, page_size: int = 20) -> MessagePage:
    """The messages to the calling Worker, the latest first."""
    sent_at, before_id = pages.position_after(call, next_token, "messages") or (2**62, "")
    rows = call.db.all(
        """
        SELECT m.*, r.name, r.email FROM message_recipient t
          JOIN message m ON m.message_id = t.message_id
          JOIN requester r ON r.requester_id = m.requester_id
         WHERE t.worker_id = :caller AND (t.sent_at, t.message_id) < (:sent_at, :before_id)
         ORDER BY t.sent_at DESC, t.message_id DESC LIMIT :one_more
        """,
        caller=call.caller,
        sent_at=sent_at,
        before_id=before_id,
        one_more=page_size + 1,
    )
    shown = rows[:page_size]
    last = (shown[-1]["sent_at"], shown[-1]["message_id"]) if len(rows) > page_size else None
    return MessagePage(
        messages=[
            Message(
                message_id=row["message_id"],
                requester_id=row["requester_id"],
                requester_name=row["name"],
                requester_email=row["email"],
                subject=row["subject"],
                text=row["message_text"],
                sent_at=instant(row["sent_at"]),
            )
            for row in shown
        ],
        next_token=pages.token_after(call, last, "messages"),
    )


@transaction(reads=True)
def get_mail_choices(call: Call) -> MailChoices:
    """Which mails the calling Worker wants; all, unless they said otherwise."""
    row = call.db.one("SELECT mail_messages, mail_news FROM worker WHERE worker_id = :caller", caller=call.caller)
    assert row is not None
    return MailChoices(messages=bool(row["mail_messages"]), news=bool(row["mail_news"]))


def choose_mails(call: Call, *, messages: bool, news: bool) -> None:
    """Which mails the calling Worker wants from now on."""
    call.db.run(
        "UPDATE worker SET mail_messages = :messages, mail_news = :news WHERE worker_id = :caller",
        messages=messages,
        news=news,
        caller=call.caller,
    )


def stop_mails(call: Call, *, worker_id: str, key: str) -> None:
    """No more messages by mail, asked for by the link in one of them, by whoever can read that mail."""
    if not call.vault.is_signed("stop messages", worker_id.encode(), _bytes(key)):
        raise MailLinkNotValid()
    call.db.run("UPDATE worker SET mail_messages = 0 WHERE worker_id = :worker_id", worker_id=worker_id)


def _bytes(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        return b""
