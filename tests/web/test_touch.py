"""A Worker with a phone: everything by finger, in a window of 360 px."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.web.people import PASSWORD
from tests.web.places import Place

pytestmark = pytest.mark.slow

TASK = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Mugs</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script></head><body><crowd-form>
<crowd-classifier name="kind" header="What is it?" categories="['A mug', 'A hat', 'A spoon']">
<classification-target>It has a handle.</classification-target>
<full-instructions header="How to choose">Whatever one drinks from is a mug.</full-instructions></crowd-classifier>
<p><crowd-toggle-button name="clean">It is clean</crowd-toggle-button></p>
<p><crowd-slider name="size" min="0" max="10" aria-label="Size"></crowd-slider></p>
<p><crowd-checkbox name="chip" value="rim">The rim is chipped</crowd-checkbox></p>
<crowd-text-area name="why" label="Why"></crowd-text-area></crowd-form></body></html>"""


def swipe(page: Page, scale: Locator, start: float, end: float) -> None:
    """Put a finger down on something, draw it along, and lift it."""
    box = scale.bounding_box()
    assert box
    finger = page.context.new_cdp_session(page)
    height = box["y"] + box["height"] / 2
    for kind, share in (("touchStart", start), ("touchMove", (start + end) / 2), ("touchMove", end)):
        point = {"x": box["x"] + box["width"] * share, "y": height}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    page.wait_for_timeout(200)  # a finger lifted in full flight would fling the page, and the next tap only stop that
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def do_the_task(page: Page, task: FrameLocator) -> None:
    task.get_by_role("button", name="Instructions").tap()
    expect(task.get_by_text("Whatever one drinks from")).to_be_visible()
    task.get_by_role("button", name="Close").tap()
    task.get_by_role("radio", name="A mug").tap()
    task.get_by_role("switch", name="It is clean").tap()
    size = task.get_by_role("slider", name="Size")
    size.scroll_into_view_if_needed()
    swipe(page, size.locator(".scale"), 0.1, 1.0)
    task.get_by_role("checkbox", name="The rim is chipped").tap()
    task.get_by_label("Why").tap()
    page.keyboard.insert_text("A handle.")
    task.get_by_role("button", name="Submit").tap()


def test_from_signing_in_to_the_dashboard_by_touch(browser: Browser, place: Place) -> None:
    place.one_at_a_time()
    place.hit(TASK, title="What is it?", description="Look at it.")
    place.hit(title="Not for me")
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(place.url + "/sign-in")
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").tap()

    expect(page.get_by_label("Order")).to_be_hidden()
    page.get_by_text("Filters", exact=True).tap()
    page.get_by_label("Order").select_option("highest reward first")
    page.get_by_label("Only HITs I qualify for").tap()
    page.get_by_label("Search", exact=True).fill("look")
    page.get_by_role("button", name="Search", exact=True).tap()
    expect(page.get_by_text("1 HIT group", exact=True)).to_be_visible()
    expect(page.get_by_label("Order")).to_be_visible()  # a filter in use is not folded away
    page.get_by_role("link", name="What is it?", exact=True).tap()
    task = page.frame_locator("#task")
    expect(task.get_by_role("button", name="Submit")).to_be_disabled()
    page.get_by_role("button", name="Accept this HIT").tap()
    page.wait_for_url("**assignment_id=**")
    do_the_task(page, task)
    page.wait_for_url("**/tasks*")
    (answer,) = place.answers()
    (told,) = json.loads(dict(answer)["taskAnswers"])
    assert told == {
        "kind": {"label": "A mug"}, "clean": {"on": True}, "size": 10, "chip": {"rim": True}, "why": "A handle.",
    }  # fmt: skip

    page.get_by_role("link", name="Find work").first.tap()
    page.get_by_role("button", name="Accept: Not for me").tap()
    page.get_by_role("button", name="Return").tap()
    expect(page.get_by_text("HIT returned.")).to_be_visible()
    assert place.queue() == []
    page.get_by_role("link", name="Dashboard").tap()
    expect(page.get_by_role("article").filter(has_text="What is it?")).to_contain_text("Pending")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_text("Keyboard shortcuts")).to_be_hidden()
    context.close()
