"""Mails: what they say, by SMTP or in the outbox, and that nobody's words become a header."""

import email
import re
from email import policy
from urllib.parse import parse_qsl, urlsplit

import pytest

from kempelen.config import Config
from kempelen.core.money import Money
from kempelen.core.rules.verdicts import KNOWN_ANSWERS, PLURALITY
from kempelen.core.wire.event_documents import NotificationSpecification, document_id
from kempelen.delivery.failures import Undelivered
from kempelen.delivery.mail import Writer
from kempelen.market.foundation import deliveries
from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.foundation.clock import EPOCH
from kempelen.market.foundation.mail_contents import Letter
from kempelen.market.foundation.outbox import Delivery
from kempelen.market.messaging import contacts, messages, notifications
from kempelen.market.people import accounts, recovery, worker_blocks
from kempelen.market.work import assignments, bonuses
from tests.delivery.receivers import smtp_server
from tests.market.conftest import new_worker
from tests.market.test_review_policies import STRICT, known, plurality, submit
from tests.market.work import HOURS, new_hit, submitted_work
from tests.ports import free_port

SEVERE = {"RejectIfWorkerAgreementScoreIsLessThan": 50, "RejectReason": "The mug is red."}
URL = "https://turk.example.org"


def outbox(folder):
    """The mails in it, by their kind of subject."""
    mails = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return {mail["Subject"]: mail for mail in mails}


def said(mail):
    """A mail's text; on the wire its lines end in CRLF."""
    return mail.get_content().replace("\r\n", "\n")


def decided_work(market, requester, worker):
    assignment = submitted_work(market, requester, worker)
    market.perform(requester, assignments.reject_assignment, assignment_id=assignment, requester_feedback="No mug.")
    return assignment


def write(**members):
    given = {"address": "bob@example.org", "kind": "WorkerMessage", "happened_at": EPOCH, "worker_id": "A1"}
    given |= {"requester_name": "Alice", "requester_email": "alice@example.org", "subject": "Thanks", "text": "Bye."}
    delivery = Delivery(delivery_id="3D", kind="WorkerMessage", happened_at=EPOCH)
    return Writer(Config(url=URL)).write(delivery, Letter(**given | members))


def test_without_a_server_mails_are_files(market, alice, bob, new_sender, tmp_path):
    assignment = decided_work(market, alice, bob)
    market.perform(
        alice,
        bonuses.send_bonus,
        worker_id=bob,
        bonus_amount=Money.parse("1.50"),
        assignment_id=assignment,
        reason="For the try.\n\nReally.",
    )
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="secret")
    market.perform(
        alice, notifications.notify_workers, subject="Grüße", message_text="Kommt\nwieder.", worker_ids=[bob]
    )
    new_sender(url=URL).send_due()
    mails = outbox(tmp_path / "mail")
    assert set(mails) == {
        "Grüße",
        'A bonus of $1.50 for "Name the mug\'s colour"',
        "Alice has blocked you from their work",
        'Your work on "Name the mug\'s colour" was rejected',
    }
    for mail in mails.values():
        assert mail["To"] == "bob@example.org"
        assert mail["From"] == "Kempelen <no-reply@turk.example.org>"
        assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
        assert "secret" not in said(mail)
    message = mails["Grüße"]
    assert said(message).startswith("Kommt\nwieder.\n")
    assert message["Reply-To"] == "Alice <alice@example.org>"
    assert message["List-Unsubscribe"].startswith(f"<{URL}/messages/stop?worker={bob}&key=")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "For the try.\n\nReally." in said(mails['A bonus of $1.50 for "Name the mug\'s colour"'])
    rejection = said(mails['Your work on "Name the mug\'s colour" was rejected'])
    assert "Alice has rejected your work" in rejection
    assert "They say:\n\nNo mug.\n\nWhat you" in rejection
    assert not list((tmp_path / "mail").glob(".*")), "no drafts are left"


@pytest.mark.parametrize(
    ("policies", "compares"),
    [
        ({"assignment_review_policy": known(**STRICT)}, f"your answers with known ones ({KNOWN_ANSWERS})"),
        ({"hit_review_policy": plurality(**SEVERE)}, f"the answers of all Workers ({PLURALITY})"),
    ],
)
def test_a_rejection_by_a_standing_policy_says_so_and_which(
    market, alice, bob, charlie, new_sender, tmp_path, policies, compares
):
    dora = new_worker(market, "Dora")
    hit = new_hit(market, alice, max_assignments=3, **policies)
    for worker, colour in ((bob, "blue"), (charlie, "red"), (dora, "red")):
        submit(market, hit, worker, colour=colour)
    new_sender(url=URL).send_due()
    (mail,) = outbox(tmp_path / "mail").values()
    assert mail["To"] == "bob@example.org"
    assert said(mail).startswith(
        'A standing policy of Alice has rejected your work on "Name the mug\'s colour", so it is not paid.\n'
        f"It compares {compares}.\nThey say:\n\nThe mug is red.\n"
    )


def test_a_mail_sent_again_replaces_itself_and_has_the_same_id(market, alice, bob, new_sender, tmp_path):
    decided_work(market, alice, bob)
    sender = new_sender()
    (state,) = market.perform(OPERATOR, deliveries.list_deliveries)
    sender.send_due()
    market.perform(MARKET, back_to_waiting)
    sender.send_due()
    (mail,) = outbox(tmp_path / "mail").values()
    assert mail["Message-ID"].startswith(f"<{document_id(state.delivery_id)}@")


def back_to_waiting(call):
    """As if the sender had died between sending and recording."""
    call.db.run("UPDATE delivery SET status = 'Waiting', ended_at = NULL, due_at = 0")


def test_events_come_by_mail_to_who_asked_for_that(market, alice, new_sender, tmp_path):
    hit = new_hit(market, alice)
    wanted = NotificationSpecification(
        destination="lab@example.org", transport="Email", version="2006-05-05", event_types=["HITCreated"]
    )
    market.perform(alice, notifications.update_notification_settings, hit_type_id=hit.hit_type_id, notification=wanted)
    made = new_hit(market, alice)
    (state,) = market.perform(OPERATOR, deliveries.list_deliveries)
    new_sender().send_due()
    mail = outbox(tmp_path / "mail")["HITCreated for HIT type Name the mug's colour"]
    assert mail["To"] == "lab@example.org"
    assert mail["X-Event-Doc-Id"] == document_id(state.delivery_id)
    assert said(mail) == (
        f"HIT Group ID: {made.hit_group_id}\nEvent Type: HITCreated\nEvent Time: 2026-10-01T12:00:00Z\n"
        f"HIT ID: {made.hit_id}\nHIT Type ID: {hit.hit_type_id}\n"
    )


def test_an_smtp_server_gets_all_in_one_connection_and_refused_addresses_are_dead(
    market, alice, bob, charlie, new_sender, real_clock
):
    with smtp_server(port := free_port()) as inbox:
        inbox.refused["charlie@example.org"] = "550 No such user"
        for worker in (charlie, bob):
            decided_work(market, alice, worker)
        sender = new_sender(mail_host="127.0.0.1", mail_port=port, mail_tls="none")
        sender.send_due()
        assert [mail["To"] for mail in inbox.mails] == ["bob@example.org"]
    (dead,) = market.perform(OPERATOR, deliveries.list_deliveries)
    assert (dead.status, dead.last_error) == ("Dead", "The address is refused: 550 No such user")


def test_a_mail_server_that_is_down_is_tried_again(market, alice, bob, new_sender, real_clock):
    decided_work(market, alice, bob)
    sender = new_sender(mail_host="127.0.0.1", mail_port=(port := free_port()), mail_tls="none")
    sender.send_due()
    (waiting,) = market.perform(OPERATOR, deliveries.list_deliveries)
    assert (waiting.status, waiting.attempts) == ("Waiting", 1)
    real_clock.advance(seconds=10)
    with smtp_server(port) as inbox:
        sender.send_due()
        assert len(inbox.mails) == 1


@pytest.mark.parametrize("step", ["address", "mail"])
def test_what_is_refused_for_now_waits_alone(market, alice, bob, charlie, new_sender, real_clock, step):
    with smtp_server(port := free_port()) as inbox:
        refused = inbox.refused if step == "address" else inbox.refused_mails
        refused["charlie@example.org"] = "451 Come back later"
        sender = new_sender(mail_host="127.0.0.1", mail_port=port, mail_tls="none")
        for worker in (charlie, bob, charlie, bob):
            decided_work(market, alice, worker)
            sender.send_due()
        assert [mail["To"] for mail in inbox.mails] == ["bob@example.org"] * 2
        waiting = market.perform(OPERATOR, deliveries.list_deliveries)
        assert [(each.status, each.attempts) for each in waiting] == [("Waiting", 1)] * 2
        assert all(real_clock.now() < each.due_at for each in waiting)
        refused.clear()
        real_clock.advance(seconds=10)
        sender.send_due()
        assert len(inbox.mails) == 4


def test_what_is_refused_for_now_for_a_day_is_dead_and_nothing_else_is(
    market, alice, bob, charlie, new_sender, real_clock
):
    with smtp_server(port := free_port()) as inbox:
        inbox.refused["charlie@example.org"] = "452 The box is full"
        decided_work(market, alice, charlie)
        sender = new_sender(mail_host="127.0.0.1", mail_port=port, mail_tls="none")
        for _ in range(26):
            sender.send_due()
            real_clock.advance(seconds=HOURS)
        decided_work(market, alice, bob)
        sender.send_due()
        assert [mail["To"] for mail in inbox.mails] == ["bob@example.org"]
    (dead,) = market.perform(OPERATOR, deliveries.list_deliveries)
    assert (dead.status, dead.last_error) == ("Dead", "The address is refused: 452 The box is full")


def test_a_server_that_goes_away_is_no_refusal_of_one_mail(market, alice, bob, charlie, new_sender, real_clock):
    with smtp_server(port := free_port()) as inbox:
        inbox.refused["bob@example.org"] = inbox.refused["charlie@example.org"] = "421 Closing"
        for worker in (bob, charlie):
            decided_work(market, alice, worker)
        sender = new_sender(mail_host="127.0.0.1", mail_port=port, mail_tls="none")
        sender.send_due()
        waiting = market.perform(OPERATOR, deliveries.list_deliveries)
        assert sorted(each.attempts for each in waiting) == [0, 1], "one attempt told enough"
        inbox.refused.clear()
        real_clock.advance(seconds=10)
        sender.send_due()
        assert len(inbox.mails) == 2


def test_an_address_that_the_server_cannot_write_stops_nobody_else(market, alice, bob, new_sender):
    dora = market.perform(
        OPERATOR, accounts.add_worker, name="Dora", email="dora@grüße.example.org", password_hash="-"
    ).worker_id
    with smtp_server(port := free_port(), utf8=False) as inbox:
        for worker in (dora, bob):
            decided_work(market, alice, worker)
        new_sender(mail_host="127.0.0.1", mail_port=port, mail_tls="none").send_due()
        assert [mail["To"] for mail in inbox.mails] == ["bob@example.org"]
    (dead,) = market.perform(OPERATOR, deliveries.list_deliveries)
    assert (dead.status, "SMTPUTF8" in dead.last_error) == ("Dead", True)


def test_no_password_goes_over_a_connection_that_is_not_secure(market, alice, bob, new_sender):
    decided_work(market, alice, bob)
    with smtp_server(port := free_port()) as inbox:
        new_sender(mail_host="127.0.0.1", mail_port=port, mail_user="u", mail_password="p").send_due()
        assert inbox.mails == []
    (state,) = market.perform(OPERATOR, deliveries.list_deliveries)
    assert "STARTTLS" in state.last_error


@pytest.mark.parametrize(
    "words", ["Hi\nBcc: eve@example.org", "Hi\r\n\r\nBody", "Hi\x00\x1b\u202e\u2028Bcc: x", "ü" * 200]
)
def test_nobodys_words_become_a_header(words):
    mail = email.message_from_bytes(write(subject=words, requester_name=words).as_bytes(), policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"].replace(" ", "") == "".join(c for c in words if c.isprintable()).replace(" ", "")
    assert said(mail).startswith("Bye.\n")


def test_the_link_that_stops_messages_comes_as_it_is(market, alice, bob, new_sender):
    decided_work(market, alice, bob)
    with smtp_server(port := free_port()) as inbox:
        market.perform(alice, notifications.notify_workers, subject="Hi", message_text="Come.", worker_ids=[bob])
        new_sender(url=URL, mail_host="127.0.0.1", mail_port=port, mail_tls="none").send_due()
        (raw,) = (raw for raw in inbox.raw if b"List-Unsubscribe" in raw)
    head, _, _ = raw.partition(b"\r\n\r\n")
    found = re.search(rb"\r\nList-Unsubscribe: <(https://turk\.example\.org/messages/stop\?[!-;=?-~]+)>\r\n", head)
    assert found, head
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    link = found[1].decode()
    assert link in said(email.message_from_bytes(raw, policy=policy.default))
    given = dict(parse_qsl(urlsplit(link).query))
    market.perform("", messages.stop_mails, worker_id=given["worker"], key=given["key"])
    assert not market.perform(bob, messages.get_mail_choices).messages


def test_mails_about_an_account_carry_the_links_to_its_pages(market, bob, new_sender, tmp_path):
    at = EPOCH
    market.perform(bob, messages.choose_mails, messages=False, news=False)
    market.perform(OPERATOR, recovery.request_password_reset, email="bob@example.org", at=at)
    market.perform(bob, recovery.request_email_change, email="bob@home.example", at=at)
    new_sender(url=URL).send_due()
    mails = outbox(tmp_path / "mail")
    links = {}
    for subject, address, path in (
        ("Reset your password", "bob@example.org", "/reset-password"),
        ("Confirm your new e-mail address", "bob@home.example", "/confirm-email"),
        ("Your e-mail address is about to change", "bob@example.org", "/undo-email"),
    ):
        mail = mails.pop(subject)
        assert mail["To"] == address
        assert mail["List-Unsubscribe"] is None
        (links[path],) = re.findall(rf"^{URL}{path}\?token=(\S+)$", said(mail), re.MULTILINE)
    assert mails == {}
    undo = links.pop("/undo-email")
    assert market.perform(OPERATOR, recovery.get_password_reset, token=links["/reset-password"], at=at)
    market.perform(OPERATOR, recovery.confirm_email_change, token=links["/confirm-email"], at=at)
    assert market.perform(OPERATOR, recovery.undo_email_change, token=undo, at=at)


def test_a_link_that_is_over_before_its_mail_goes_out_is_not_sent(market, bob, new_sender, tmp_path):
    market.perform(OPERATOR, recovery.request_password_reset, email="bob@example.org", at=EPOCH)
    market.perform(OPERATOR, accounts.set_password, worker_id=bob, password_hash="-")
    new_sender(url=URL).send_due()
    assert outbox(tmp_path / "mail") == {}


def test_what_a_worker_writes_comes_with_their_id_and_with_their_address_only_if_they_want(
    market, alice, bob, new_sender, tmp_path
):
    assignment = decided_work(market, alice, bob)
    new_sender(url=URL).send_due()
    for subject, shows_address in (("Shown", True), ("Not\r\nBcc: all@example.org", False)):
        words = {"subject": subject, "text": "It was a mug.", "shows_address": shows_address}
        market.perform(bob, contacts.contact_requester, assignment_id=assignment, **words)
    new_sender(url=URL).send_due()
    mails = outbox(tmp_path / "mail")
    shown, hidden = mails["Shown"], mails["Not Bcc: all@example.org"]
    for mail in (shown, hidden):
        assert mail["To"] == "alice@example.org"
        assert bob in said(mail)
        assert assignment in said(mail)
        assert "It was a mug." in said(mail)
    assert shown["Reply-To"] == "bob@example.org"
    assert hidden["Reply-To"] is None
    assert b"bob@example.org" not in hidden.as_bytes()


def test_an_address_that_is_none_is_never_tried_again():
    for address in ("bob", "bob@example.org\nBcc: eve@example.org", ""):
        with pytest.raises(Undelivered) as refusal:
            write(address=address)
        assert refusal.value.final


def test_the_sender_may_be_named_by_a_setting():
    delivery = Delivery(delivery_id="3D", kind="WorkerBlocked", happened_at=EPOCH)
    letter = Letter(address="bob@example.org", kind="WorkerBlocked", happened_at=EPOCH)
    for given, told in (("a@b.example", "Lab <a@b.example>"), ("Boss <a@b.example>", "Boss <a@b.example>")):
        config = Config(url=URL, site_name="Lab", mail_from=given)
        assert Writer(config).write(delivery, letter)["From"] == told
