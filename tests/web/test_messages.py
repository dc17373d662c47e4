"""The page of messages: a Worker's own, hostile words and all, and the mails they choose."""

import pytest

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET
from kempelen.market.messaging import messages, notifications
from kempelen.market.work import assignments
from tests.market.work import submitted_work


def write_to(market, requester, worker, *, subject="Thanks", text="Please come back.", many=1):
    assignment = submitted_work(market, requester, worker.worker_id)
    market.perform(requester, assignments.approve_assignment, assignment_id=assignment)
    for number in range(many):
        market.clock.advance(seconds=1)
        market.perform(
            requester,
            notifications.notify_workers,
            subject=f"{subject} {number}" if many > 1 else subject,
            message_text=text,
            worker_ids=[worker.worker_id],
        )


def stop_link(market):
    (delivery,) = market.perform(MARKET, deliveries.list_deliveries)
    letter = market.perform(MARKET, mail_contents.get_letter, delivery_id=delivery.delivery_id)
    return f"/messages/stop?worker={letter.worker_id}&key={letter.stop_key}"


def test_a_worker_reads_their_own_messages_and_nobody_elses(market, alice, bob, charlie):
    write_to(market, alice, bob, text="Please come back,\nsoon.")
    page = bob.get("/messages").text
    assert "Please come back,\nsoon." in page
    assert "mailto:alice%40example.org?subject=Thanks" in page
    assert "Please come back" not in charlie.get("/messages").text
    (told,) = bob.json("/messages")["results"]
    assert (told["subject"], told["text"]) == ("Thanks", "Please come back,\nsoon.")
    assert bob.json("/messages")["next_token"] is None


def test_a_requesters_words_are_words(market, alice, bob):
    write_to(market, alice, bob, subject='"><script>alert(1)</script>', text="<img src=x onerror=alert(1)>")
    page = bob.get("/messages").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_many_messages_have_pages(market, alice, bob):
    write_to(market, alice, bob, many=25)
    first = bob.json("/messages")
    second = bob.json(f"/messages?next_token={first['next_token']}")
    found = [each["subject"] for page in (first, second) for each in page["results"]]
    assert found == [f"Thanks {number}" for number in reversed(range(25))]
    assert second["next_token"] is None
    assert "Older messages" in bob.get("/messages").text


def test_a_token_of_somebody_elses_page_leads_nowhere(market, alice, bob, charlie):
    write_to(market, alice, bob, many=25)
    token = bob.json("/messages")["next_token"]
    for wrong in (token, "p1:x", "x"):
        assert charlie.get(f"/messages?next_token={wrong}").status_code == 404
    with pytest.raises(InvalidParameterValue):
        market.perform(charlie.worker_id, messages.list_messages, next_token=token)


def test_the_choice_of_mails_is_kept_and_shown(market, bob):
    assert bob.get("/messages").text.count(" checked") == 2
    page = bob.follow(bob.post("/messages/choices", {"news": "on"}))
    assert "Your choice is saved." in page.text
    assert page.text.count(" checked") == 1
    choices = market.perform(bob.worker_id, messages.get_mail_choices)
    assert (choices.messages, choices.news) == (False, True)


def test_the_link_in_a_mail_asks_first_and_a_mail_program_stops_mails_by_it(market, alice, bob, app, charlie):
    write_to(market, alice, bob)
    link = stop_link(market)
    page = charlie.get(link)
    assert "No more e-mail" in page.text
    assert market.perform(bob.worker_id, messages.get_mail_choices).messages, "looking changes nothing"
    answer = charlie.client.post(link, content="List-Unsubscribe=One-Click", headers=FORM)
    assert answer.status_code == 200
    assert not market.perform(bob.worker_id, messages.get_mail_choices).messages


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_pages_button_stops_mails_and_a_wrong_key_does_not(market, alice, bob, charlie):
    write_to(market, alice, bob)
    _, _, query = stop_link(market).partition("?")
    given = dict(part.split("=") for part in query.split("&"))
    assert charlie.post("/messages/stop", given | {"key": "00" * 16}).status_code == 404
    assert charlie.post("/messages/stop", given | {"worker": charlie.worker_id}).status_code == 404
    assert "no more messages" in charlie.post("/messages/stop", given).text
    assert not market.perform(bob.worker_id, messages.get_mail_choices).messages


def test_nobody_reads_messages_without_signing_in(app, bob):
    bob.client.cookies.clear()
    assert bob.get("/messages").headers["location"].startswith("/sign-in")
