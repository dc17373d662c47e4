"""Permissions: a task uses a Worker's camera, microphone, location or full screen only as they let its Requester."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from kempelen.market import deletion
from kempelen.market.market import Market
from kempelen.market.work import permissions
from tests.market.work import new_hit
from tests.web.people import Person, Program, work_url
from tests.web.places import Place, accept, signed_in
from tests.web.test_task_hosts import question

LISTENS = """<!DOCTYPE html><title>Speak</title><form><input name="colour"></form><p id="told"></p><script>
const heard = (wanted) => navigator.mediaDevices.getUserMedia(wanted).then(() => "yes", (error) => error.name);
(async () => {
  const [voice, picture] = [await heard({audio: true}), await heard({video: true})];
  document.getElementById("told").textContent = `voice: ${voice}, picture: ${picture}`;
})();
</script>"""
REFUSED = "voice: NotAllowedError, picture: NotAllowedError"


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """Walls are tried in all of Chromium."""
    return whole_browser


def allow_of(page_text: str) -> str:
    found = re.search(r'<iframe[^>]* allow="([^"]*)"', page_text)
    assert found
    return unescape(found[1])


def test_only_what_the_worker_has_allowed_this_requester_is_given_to_the_task(
    market: Market, alice: str, bob: Person, charlie: Person
) -> None:
    accepted = bob.accept(market, alice)
    new_hit(market, alice)  # another of the group, so that there is a preview
    assert "/permissions" in bob.get(work_url(accepted)).text
    assert allow_of(bob.get(work_url(accepted)).text) == "autoplay; clipboard-write"
    fields = [("allowed", "microphone"), ("allowed", "usb; camera"), ("next", work_url(accepted))]
    page = bob.follow(bob.post(f"/requesters/{alice}/permissions", fields))
    assert allow_of(page.text) == "autoplay; clipboard-write; microphone"
    assert "Saved. The task was reloaded." in page.text
    assert allow_of(bob.get(f"/projects/{accepted.hit_group_id}/tasks").text) == ""
    bob.follow(bob.post(f"/requesters/{alice}/permissions", [("next", work_url(accepted))]))
    assert market.perform(bob.worker_id, permissions.list_allowed, requester_id=alice) == []


def test_a_task_that_names_what_needs_them_is_asked_about_before_it(market: Market, alice: str, bob: Person) -> None:
    asked = "This task seems to use a camera, a microphone, your location or the full screen."
    assert asked not in bob.get(work_url(bob.accept(market, alice))).text
    accepted = bob.accept(market, alice, question=question(LISTENS))
    assert asked in bob.get(work_url(accepted)).text
    bob.post(f"/requesters/{alice}/permissions", {"allowed": "microphone"})
    assert asked not in bob.get(work_url(accepted)).text


def test_permissions_are_said_by_people_of_requesters_there_are_and_go_with_who_leaves(
    market: Market, alice: str, bob: Person
) -> None:
    bob.get("/tasks")
    assert bob.post("/requesters/ANOBODY123456/permissions", {"allowed": "camera"}).status_code == 404
    program = Program(bob.app, bob.token(market))
    assert program.post(f"/requesters/{alice}/permissions", {"allowed": "camera"}).status_code == 406
    bob.post(f"/requesters/{alice}/permissions", {"allowed": "camera"})
    market.perform(bob.worker_id, deletion.delete_account)
    with market.database.reading() as db:
        assert db.all("SELECT * FROM task_permission") == []


@pytest.mark.slow
def test_what_the_browser_allows_the_site_is_given_to_the_tasks_of_one_requester(
    place: Place, context: BrowserContext
) -> None:
    context.grant_permissions(["microphone", "camera"], origin=place.url)
    page = signed_in(context, place)
    group_id = place.hit(LISTENS)
    page.goto(f"{place.url}/projects/{group_id}/tasks")
    expect(told(page)).to_have_text(REFUSED)
    accept(page, place, group_id)
    expect(told(page)).to_have_text(REFUSED)
    page.get_by_label("my microphone").check()
    page.get_by_role("button", name="Save").click()
    expect(told(page)).to_have_text("voice: yes, picture: NotAllowedError")


def told(page: Page) -> Locator:
    return page.frame_locator("#task").locator("#told")
