"""Reporting a HIT on the site: from its preview and from the work, and back."""

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.messaging import reports
from tests.market.work import new_hit
from tests.web.people import Program, work_url


def form_of(page):
    """The form's own address, as the page links to it."""
    (address,) = {part.partition('"')[0] for part in page.split('href="') if "/report" in part.partition('"')[0]}
    return address.replace("&amp;", "&")


def reported(market):
    return [(each.reason, each.text) for each in market.perform(OPERATOR, reports.list_reports)]


def test_a_preview_leads_to_the_form_and_back(market, alice, bob):
    hit = new_hit(market, alice)
    address = form_of(bob.get(f"/projects/{hit.hit_group_id}/tasks").text)
    assert "The Requester will not" in bob.get(address).text
    sent = bob.post(address, {"reason": "Broken", "text": "<b>Nothing</b> loads."})
    assert sent.headers["location"] == f"/projects/{hit.hit_group_id}/tasks"
    assert "will read it" in bob.follow(sent).text
    assert reported(market) == [("Broken", "<b>Nothing</b> loads.")]


def test_the_work_page_leads_there_and_back_to_the_work(market, alice, bob):
    accepted = bob.accept(market, alice)
    address = form_of(bob.get(work_url(accepted)).text)
    assert bob.get(address).status_code == 200
    fields = {"reason": "PersonalData", "assignment_id": accepted.assignment_id}
    assert bob.post(address.partition("?")[0], fields).headers["location"] == work_url(accepted)
    elsewhere = fields | {"assignment_id": "x&next=https://evil.example"}
    back = bob.post(address.partition("?")[0], elsewhere).headers["location"]
    assert back == f"/projects/{accepted.hit_group_id}/tasks"


def test_what_is_missing_is_said_beside_its_field(market, alice, bob):
    hit = new_hit(market, alice)
    answer = bob.post(f"/projects/{hit.hit_group_id}/tasks/{hit.hit_id}/report", {"reason": "Other", "text": " "})
    assert answer.status_code == 422
    assert 'id="text-problem"' in answer.text
    assert reported(market) == []


def test_a_program_reports_too(market, alice, bob):
    hit = new_hit(market, alice)
    program = Program(bob.app, bob.token(market))
    answer = program.post(f"/projects/{hit.hit_group_id}/tasks/{hit.hit_id}/report", {"reason": "AgainstRules"})
    assert answer.json() == {"task_id": hit.hit_id, "state": "Reported"}
    assert program.post(f"/projects/{hit.hit_group_id}/tasks/3NONE/report", {"reason": "Broken"}).status_code == 404
