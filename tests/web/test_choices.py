"""Workers choose compact lists and what alerts do; the choice goes with the account, and is deleted with it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kempelen.market import deletion
from kempelen.market.hits import saved_searches
from kempelen.market.market import Market
from kempelen.market.people import choices
from kempelen.market.work import work
from tests.market.work import HOURS, new_hit
from tests.web.people import Person
from tests.web.places import Place, signed_in

# Counts what a page plays and shows, and lets it do so at once.
WATCHED = """
  window.heard = []; window.shown = [];
  const Context = window.AudioContext;
  window.AudioContext = class extends Context {
    constructor(...given) { super(...given); heard.push(document.title); }
  };
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = async () => window.answer ?? "granted";
    constructor(title, options) { super(); shown.push([title, options.body]); }
  };
"""


def test_a_compact_list_is_remembered_and_unchosen(market: Market, alice: str, bob: Person) -> None:
    new_hit(market, alice)
    assert 'class="hit-line"' not in bob.get("/projects").text
    answer = bob.post("/account/lists", {"compact": "true", "next": "/projects?sort=reward_desc"})
    assert answer.headers["location"] == "/projects?sort=reward_desc"
    assert 'class="hit-line"' in bob.get("/projects").text
    bob.post("/account/lists", {"next": "https://elsewhere.example/"})
    assert 'class="hit-line"' not in bob.get("/projects").text


@pytest.mark.parametrize("compact", ["", "true"])
def test_a_list_says_how_long_work_has_been_there(market: Market, alice: str, bob: Person, compact: str) -> None:
    bob.post("/account/lists", {"compact": compact})
    new_hit(market, alice)
    market.clock.advance(seconds=3 * HOURS)
    page = bob.get("/projects").text
    assert re.search(r"<time datetime=[^>]+>3 hours ago</time>", page)
    assert "an hour<" not in page, "what is not known is left out"


def test_a_group_of_which_one_has_all_says_so_and_offers_nothing(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice, max_assignments=2)
    page = bob.get(f"/projects/{accepted.hit_group_id}/tasks").text
    assert "You have done all of these HITs, or have them in your queue." in page
    assert "accept_random" not in page
    market.perform(bob.worker_id, work.return_assignment, assignment_id=accepted.assignment_id)
    assert "accept_random" in bob.get(f"/projects/{accepted.hit_group_id}/tasks").text


def kept_choices(market: Market, bob: Person) -> tuple[int, ...]:
    with market.database.reading() as db:
        row = db.one("SELECT * FROM worker WHERE worker_id = :id", id=bob.worker_id)
    assert row is not None
    return row["alert_sound"], row["alert_notification"], row["alert_accept"]


def test_choices_for_alerts_are_kept_and_deleted_with_the_account(market: Market, bob: Person) -> None:
    bob.post("/account/alerts", {"sound": "on", "accept": "on"})
    assert kept_choices(market, bob) == (1, 0, 1)
    page = bob.get("/account").text
    assert re.search(r'name="sound" checked', page)
    assert not re.search(r'name="notification" checked', page)
    market.perform(bob.worker_id, deletion.delete_account)
    assert kept_choices(market, bob) == (0, 0, 0)


@pytest.mark.slow
def test_fifteen_groups_fit_a_screen_in_a_compact_list(place: Place, context: BrowserContext) -> None:
    for number in range(16):
        place.hit(title=f"Describe what happens in video {number} of a street market, in five sentences or more")
    place.market.perform(place.bob, choices.set_compact_lists, on=True)
    page = signed_in(context, place)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{place.url}/projects")
    bottoms = page.locator("article.hit-line").evaluate_all("all => all.map(e => e.getBoundingClientRect().bottom)")
    assert sum(bottom <= 800 for bottom in bottoms) >= 15
    expect(page.get_by_role("button", name="Accept: Describe what happens in video 3 of")).to_have_count(1)


def watched(place: Place, context: BrowserContext, **chosen: bool) -> Page:
    """A page of Bob's, who wants to hear of everything in these ways."""
    given: dict[str, Any] = {"sound": False, "notification": False, "accept": False, **chosen}
    place.market.perform(place.bob, choices.set_alert_choices, **given)
    place.market.perform(place.bob, saved_searches.save_search, name="All", query="", alerts=True)
    context.add_init_script(WATCHED)
    page = signed_in(context, place)
    page.goto(f"{place.url}/messages")
    expect(page.locator("#alerts[data-heard]")).to_be_attached()
    return page


def teapot(place: Place) -> str:
    place.market.clock.advance(seconds=1)
    return place.hit(title="A teapot")


@pytest.mark.slow
def test_two_windows_make_one_sound_and_one_notification(place: Place, context: BrowserContext) -> None:
    windows = [watched(place, context, sound=True, notification=True), context.new_page()]
    windows[1].goto(f"{place.url}/messages")
    expect(windows[1].locator("#alerts[data-heard]")).to_be_attached()
    teapot(place)
    for page in windows:
        expect(page.locator("#alerts article")).to_have_count(1)
    assert sum(len(page.evaluate("heard")) for page in windows) == 1
    shown = [one for page in windows for one in page.evaluate("shown")]
    assert shown == [["A teapot", "$0.05 · Mug Lab"]]


@pytest.mark.slow
def test_an_alert_does_nothing_that_was_not_chosen(place: Place, context: BrowserContext) -> None:
    page = watched(place, context)
    teapot(place)
    expect(page.locator("#alerts article")).to_have_count(1)
    assert page.evaluate("[heard, shown]") == [[], []]
    expect(page.locator("#alerts").get_by_role("button", name="Accept")).to_have_count(0)


@pytest.mark.slow
def test_an_alert_accepts_its_hit(place: Place, context: BrowserContext) -> None:
    page = watched(place, context, accept=True)
    group_id = teapot(place)
    page.get_by_role("button", name="Accept: A teapot").click()
    page.wait_for_url(f"**/projects/{group_id}/tasks/*")
    assert len(place.queue()) == 1


@pytest.mark.slow
def test_permission_for_notifications_is_asked_by_a_click_alone(place: Place, context: BrowserContext) -> None:
    context.add_init_script("window.answer = 'denied';" + WATCHED)
    page = signed_in(context, place)
    page.goto(f"{place.url}/account")
    box = page.get_by_label("show a desktop notification")
    box.click()
    expect(page.get_by_text("This browser does not allow notifications from this site.")).to_be_visible()
    expect(box).not_to_be_checked()
