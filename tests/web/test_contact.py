"""Writing to a Requester on the site: the ways there, the form, and what was written."""

import pytest

from tests.market.work import new_hit, submitted_work
from tests.web.people import Program


@pytest.fixture
def group_id(market, alice):
    return new_hit(market, alice).hit_group_id


def form_of(page):
    """The form's own address, as the page links to it."""
    start = page.index("/contact_requester/")
    return page[start : page.index('"', start)]


def test_a_preview_leads_to_the_form_and_what_is_sent_stays(market, bob, group_id):
    page = bob.get(form_of(bob.get(f"/projects/{group_id}/tasks").text)).text
    assert "About the HITs “Name the mug&#39;s colour”." in page
    name = "hit_type_message"
    sent = bob.post(
        f"/contact_requester/{name}s",
        {f"{name}[hit_type_id]": group_id, f"{name}[subject]": "A <b>mug</b>", f"{name}[message]": "Is it\none?"},
    )
    page = bob.follow(sent).text
    assert "Your message is sent." in page
    assert "A &lt;b&gt;mug&lt;/b&gt;" in page
    assert "Your e-mail address was not shown." in page
    assert bob.json("/messages/sent")["results"][0]["text"] == "Is it\none?"


def test_work_that_was_submitted_leads_there_too(market, alice, bob, charlie):
    assignment = submitted_work(market, alice, bob.worker_id)
    address = form_of(bob.get(f"/assignments/{assignment}").text)
    assert assignment in bob.get(address).text
    assert charlie.get(address).status_code == 404
    name = "assignment_message"
    fields = {f"{name}[assignment_id]": assignment, f"{name}[subject]": "Why?", f"{name}[message]": "It was a mug."}
    assert charlie.post(f"/contact_requester/{name}s", fields).status_code == 404
    page = bob.follow(bob.post(f"/contact_requester/{name}s", fields | {f"{name}[shows_address]": "on"})).text
    assert "Your e-mail address was shown." in page
    assert charlie.json("/messages/sent")["results"] == []


def test_what_cannot_be_sent_is_said_beside_its_field_and_not_lost(bob, group_id):
    name = "hit_type_message"
    fields = {f"{name}[hit_type_id]": group_id, f"{name}[subject]": "", f"{name}[message]": "Long & kept"}
    answer = bob.post(f"/contact_requester/{name}s", fields)
    assert answer.status_code == 422
    assert 'id="subject-problem"' in answer.text
    assert "Long &amp; kept" in answer.text


def test_a_program_writes_too(market, bob, group_id):
    program = Program(bob.app, bob.token(market))
    name = "hit_type_message"
    fields = {f"{name}[hit_type_id]": group_id, f"{name}[subject]": "Mugs", f"{name}[message]": "Many?"}
    answer = program.post(f"/contact_requester/{name}s", fields)
    assert (answer.status_code, answer.json()["state"]) == (201, "Sent")
    refused = program.post(f"/contact_requester/{name}s", fields | {f"{name}[message]": ""})
    assert (refused.status_code, refused.json()["field"]) == (422, "message")
