"""A Worker in a real browser: the whole way from signing in to being paid, and what must not happen on it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import saved_searches
from kempelen.market.people import accounts
from kempelen.market.work import assignments, history, work
from tests.market.work import new_hit
from tests.web.places import MUG, Place, accept, leave, signed_in, signing_in, wait_for

pytestmark = pytest.mark.slow


def test_from_signing_in_to_being_paid(context: BrowserContext, place: Place) -> None:
    for _ in range(3):
        group_id = place.hit()
    page = signing_in(context, place)
    page.get_by_role("link", name="Name the mug's colour", exact=True).click()
    preview = page.frame_locator("#task")
    expect(preview.get_by_role("button")).to_be_disabled()
    expect(preview.get_by_role("button")).to_have_value("You must ACCEPT the HIT before you can submit the results.")
    accept(page, place, group_id)

    task = page.frame_locator("#task")
    expect(page.locator("count-down")).to_have_text(re.compile("59:[0-5]."))
    page.reload()
    task.get_by_label("Colour").fill("blå & <grün> | 🫖")
    task.get_by_label("Why").fill("two\nlines")
    task.get_by_label("rim").check()
    task.get_by_label("handle").check()
    first = page.url
    task.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("status").first).to_contain_text("This is the next one.")
    assert page.url != first
    assert place.answers() == [[("colour", "blå & <grün> | 🫖"), ("why", "two\r\nlines"), ("chip", "rim|handle")]]
    with page.expect_response("**/account/auto_accept"):
        page.get_by_label("Auto-accept next HIT").uncheck()
    task.get_by_label("Colour").fill("red")
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert len(place.answers()) == 2

    accept(page, place, group_id)
    page.get_by_role("button", name="Return").click()
    expect(page.get_by_text("HIT returned.")).to_be_visible()
    assert place.queue() == []

    for row in place.market.perform(place.bob, history.list_submitted).items:
        place.market.perform(
            place.alice, assignments.approve_assignment, assignment_id=row.assignment_id, requester_feedback="Thanks!"
        )
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_text("$0.10", exact=True).first).to_be_visible()
    expect(page.get_by_text("Thanks!")).to_have_count(2)


def test_an_external_page_works_in_the_frame_and_posts_back(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.external_hit())
    task = page.frame_locator("#task")
    expect(task.locator("#who")).to_have_text(place.bob)
    assert page.locator("#task").bounding_box()["height"] >= 400  # type: ignore[index]
    task.get_by_label("choice").fill("left")
    task.get_by_role("button", name="Done").click()
    page.wait_for_url("**/tasks*")
    assert place.answers() == [[("choice", "left")]]


def test_an_external_page_in_a_window_of_its_own_ends_at_the_finish_button(
    context: BrowserContext, place: Place
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.external_hit())
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open it in a new window").click()
    window = opened.value
    window.get_by_label("choice").fill("right")
    window.get_by_role("button", name="Done").click()
    expect(window.get_by_text("Finish this HIT")).to_be_visible()
    assert len(place.queue()) == 1
    window.get_by_role("button", name="Finish").click()
    window.wait_for_url("**/tasks*")
    assert place.answers() == [[("choice", "right")]]


def test_a_page_served_by_us_ends_at_the_finish_button_too(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit())
    src = page.locator("#task").get_attribute("src")
    assert src
    window = context.new_page()
    window.goto(src)
    window.get_by_label("Colour").fill("green")
    window.get_by_role("button", name="Submit").click()
    window.get_by_role("button", name="Finish").click()
    window.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "green")


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        "Map.prototype.set = String = Reflect.ownKeys = null; delete Map.prototype.get; Object.prototype.get = 1; ",
        "delete Array.prototype[Symbol.iterator]; Object.prototype.set = 1; var Proxy = 1, Object = 2; ",
    ],
)
def test_without_an_origin_a_task_still_stores_and_submits(context: BrowserContext, place: Place, spoilt: str) -> None:
    place.one_at_a_time()
    storing = MUG.replace(
        "<script>turkSetAssignmentID",
        f"<script>{spoilt}"
        "localStorage.setItem('a', 1); localStorage.b = 'two'; document.forms[0].colour.value = "
        "[localStorage.getItem('a'), localStorage.b, localStorage.length, 'b' in localStorage, self.origin]; "
        "turkSetAssignmentID",
    )
    page = signed_in(context, place, "127.0.0.1")
    accept(page, place, place.hit(storing))
    task = page.frame_locator("#task")
    expect(task.get_by_label("Colour")).to_have_value("1,two,2,true,null")
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "1,two,2,true,null")


@pytest.mark.parametrize("host", ["kempelen.localhost", "127.0.0.1"])
def test_a_task_cannot_reach_the_site_around_it(context: BrowserContext, place: Place, host: str) -> None:
    hostile = """<!DOCTYPE html><form></form><script>
    const told = {};
    const attempt = (name, act) => { try { told[name] = String(act()); } catch (error) { told[name] = error.name; } };
    attempt("parent", () => parent.document.title);
    attempt("cookie", () => document.cookie);
    attempt("set", () => { document.cookie = "kempelen_session=x; domain=localhost; path=/"; return document.cookie; });
    attempt("top", () => { top.location = "about:blank"; return "went"; });
    told.done = true;
    document.title = JSON.stringify(told);
    </script>"""
    page = signed_in(context, place, host)
    accept(page, place, place.hit(hostile))
    frame = page.frames[1]
    frame.wait_for_function("document.title.includes('done')")
    told = frame.evaluate("JSON.parse(document.title)")
    assert told["parent"] == "SecurityError"
    assert told["cookie"] in ("", "SecurityError")
    assert told["set"] in ("", "SecurityError")
    assert told["top"] == "SecurityError"
    assert "assignment_id" in page.url
    page.goto(f"http://{host}:{place.port}/tasks")
    expect(page.get_by_role("heading", name="Your queue")).to_be_visible()


def test_a_task_can_hand_in_nothing_but_its_own_answer(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    other = new_hit(place.market, place.alice, title="Another")
    mine = place.market.perform(place.bob, work.accept, group_id=other.hit_group_id)
    hostile = f"""<!DOCTYPE html><form></form><script>
    for (const message of [{{assignmentId: "{mine.assignment_id}", answer: {{}}}}, {{answer: {{}}}}, 7, null, []])
      {{ parent.postMessage(JSON.stringify(message), "*"); parent.postMessage(message, "*"); }}
    parent.postMessage("not json", "*");
    const window_of_another_origin = document.createElement("iframe");
    window_of_another_origin.src = "data:text/html,<script>top.postMessage(JSON.stringify({{assignmentId: '" +
      new URLSearchParams(location.search).get("assignmentId") + "', answer: {{forged: 1}}}}), '*')<\\/script>";
    document.body.append(window_of_another_origin);
    window_of_another_origin.onload = () => setTimeout(() => document.title = "done", 300);
    </script>"""
    page = signed_in(context, place)
    accept(page, place, place.hit(hostile))
    page.frames[1].wait_for_function("document.title == 'done'")
    assert place.answers() == []
    assert len(place.queue()) == 2


def test_an_answer_handed_over_twice_is_handed_in_once(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    twice = """<script>document.forms[0].onsubmit = () => {
        const assignmentId = turkGetParam("assignmentId");
        for (const colour of [1, 2]) parent.postMessage(JSON.stringify({ assignmentId, answer: { colour } }), "*");
        return false;
    }</script></body>"""
    double = MUG.replace("</body>", twice)
    page = signed_in(context, place)
    accept(page, place, place.hit(double))
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.url.endswith("/submit") else None)
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert len(posts) == 1
    assert place.answers() == [[("colour", "1")]]


def test_an_answer_that_cannot_be_sent_is_kept_and_sent_again(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit())
    lost: list[str] = []

    def cut(route: Route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) == 1 else route.continue_()

    page.route("**/submit", cut)
    page.frame_locator("#task").get_by_label("Colour").fill("red")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="could not be sent")).to_be_visible()
    page.context.clear_cookies()  # and signed out meanwhile, too
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert").filter(has_text="signed out")).to_be_visible()
    signed_in(context, place).close()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "red")


def test_an_unsent_answer_survives_the_page_and_is_sent_when_it_is_opened_again(
    context: BrowserContext, place: Place
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit())
    address = page.url
    page.route("**/submit", lambda route: route.abort())
    page.frame_locator("#task").get_by_label("Colour").fill("red")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="kept in this browser")).to_be_visible()
    leave(page)
    assert place.answers() == []
    again = context.new_page()
    again.goto(address)
    again.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "red")


def test_an_unsent_answer_is_sent_from_the_queue_too_and_only_as_its_worker(
    context: BrowserContext, place: Place, password_hash: str
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit())
    page.route("**/submit", lambda route: route.abort())
    page.frame_locator("#task").get_by_label("Colour").fill("red")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="kept in this browser")).to_be_visible()
    leave(page)
    context.route("**/submit", lambda route: route.abort())  # else any page after signing in may send it first
    given = {"name": "Charlie", "email": "charlie@example.org", "password_hash": password_hash}
    place.market.perform(OPERATOR, accounts.add_worker, **given)
    context.clear_cookies()
    signed_in(context, place, email="charlie@example.org").goto(place.url + "/tasks")
    assert len(place.queue()) == 1
    context.clear_cookies()
    home = signed_in(context, place)
    home.goto(place.url + "/tasks")
    expect(home.get_by_text("There is an answer that could not be sent yet.")).to_be_visible()
    context.unroute("**/submit")
    home.evaluate("dispatchEvent(new Event('online'))")
    expect(home.get_by_text("has been handed in now")).to_be_visible()
    assert place.answers()[0][0] == ("colour", "red")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("where", ["list", "preview"])
def test_clicks_on_accept_while_it_is_on_its_way_accept_one_hit(
    browser: Browser, place: Place, javascript: bool, where: str
) -> None:
    context = browser.new_context(java_script_enabled=javascript)
    page = signed_in(context, place)
    for _ in range(4):
        group_id = place.hit()
    page.goto(f"{place.url}/projects" + (f"/{group_id}/tasks" if where == "preview" else ""))
    posts: list[Route] = []

    def hold(route: Route) -> None:
        posts.append(route)

    page.route("**/accept_random", hold)
    button = page.get_by_role("main").get_by_role("button", name=re.compile("^Accept"))
    box = button.bounding_box()
    assert box
    for click in range(3):
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        if click == 0 or not javascript:
            wait_for(page, lambda sent=click + 1: len(posts) == sent)
    for post in posts:
        post.continue_()
    page.wait_for_url("**assignment_id=**")
    assert len(place.queue()) == 1
    assert len(posts) == 1 or not javascript
    context.close()


def test_a_box_unticked_counts_whatever_the_address_said(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    for _ in range(3):
        group_id = place.hit()
    page = signed_in(context, place)
    accept(page, place, group_id)
    page.goto(page.url + "&auto_accept=true")
    task = page.frame_locator("#task")
    task.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("status").first).to_contain_text("This is the next one.")
    page.get_by_label("Auto-accept next HIT").uncheck()
    page.reload()
    expect(page.get_by_label("Auto-accept next HIT")).not_to_be_checked()
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert len(place.answers()) == 2


def test_accepting_into_other_windows_accepts_one_hit_for_each(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    for _ in range(4):
        place.hit()
    page.reload()
    button = page.get_by_role("button", name="Accept: Name the mug's colour")
    for number in (1, 2):
        with context.expect_page() as opened:
            button.click(modifiers=["Control"])
        opened.value.wait_for_url("**assignment_id=**")
        expect(page.locator("form[data-once='']")).to_have_count(1)
        assert len(place.queue()) == number


def test_keys_lead_through_the_site_and_the_page_lists_them(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    group_id = place.hit()
    page.get_by_text("Keyboard shortcuts").click()
    expect(page.locator("#keys").get_by_text("Alt+Shift+Q")).to_be_visible()
    page.keyboard.press("Alt+Shift+KeyQ")
    page.wait_for_url("**/tasks*")
    page.keyboard.press("Alt+Shift+KeyF")
    page.wait_for_url("**/projects")
    page.keyboard.press("Alt+Shift+KeyS")
    expect(page.get_by_label("Search")).to_be_focused()
    page.goto(f"{place.url}/projects/{group_id}/tasks")
    page.keyboard.press("Alt+Shift+KeyG")
    page.wait_for_url("**assignment_id=**")
    page.keyboard.press("Alt+Shift+KeyX")
    expect(page.get_by_label("Auto-accept next HIT")).not_to_be_checked()
    page.keyboard.press("Alt+Shift+KeyW")
    assert page.evaluate("document.activeElement.id") == "task"
    page.get_by_label("Auto-accept next HIT").focus()
    page.keyboard.press("Alt+Shift+KeyR")
    expect(page.get_by_text("HIT returned.")).to_be_visible()


def test_keys_are_those_on_which_the_letter_is_printed(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    press = "(key) => dispatchEvent(new KeyboardEvent('keydown', {altKey: true, shiftKey: true, ...key}))"
    page.evaluate(press, {"key": "Q", "code": "KeyA"})  # as in France
    page.wait_for_url("**/tasks*")
    page.evaluate(press, {"key": "Ï", "code": "KeyF"})  # as Option writes on a Mac
    page.wait_for_url("**/projects")


def test_a_kept_search_tells_of_new_hits_on_any_page(place: Place, context: BrowserContext) -> None:
    page = signed_in(context, place)
    page.get_by_text("Save search").click()
    page.get_by_label("Name", exact=True).fill("All work")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Search saved.")).to_be_visible()
    page.goto(place.url + "/dashboard")
    expect(page.locator("#alerts[data-heard]")).to_be_attached()
    place.market.clock.advance(seconds=1)
    place.hit(title="A teapot")
    card = page.locator("#alerts").get_by_role("article")
    expect(card).to_contain_text("A teapot")
    expect(page).to_have_title("(1) Dashboard – Kempelen")
    card.get_by_role("link", name="A teapot").click()
    expect(page.get_by_role("heading", name="A teapot")).to_be_visible()


def test_what_comes_while_a_worker_goes_from_page_to_page_is_told_on_the_next(
    place: Place, context: BrowserContext
) -> None:
    page = signed_in(context, place)
    place.market.perform(place.bob, saved_searches.save_search, name="All", query="", alerts=True)
    page.goto(place.url + "/dashboard")
    expect(page.locator("#alerts[data-heard]")).to_be_attached()
    page.goto("about:blank")
    place.market.clock.advance(seconds=1)
    place.hit(title="A teapot")
    page.goto(place.url + "/tasks")
    expect(page.locator("#alerts").get_by_role("article")).to_contain_text("A teapot")


def test_five_minutes_and_one_minute_before_the_end_are_told_in_sight_for_a_while(
    context: BrowserContext, place: Place
) -> None:
    page = signed_in(context, place)
    group_id = place.hit(assignment_duration_in_seconds=600)
    accepted = place.market.perform(place.bob, work.accept, group_id=group_id)
    for passed, text in ((297, "5 minutes are left."), (240, "One minute is left.")):
        place.market.clock.advance(seconds=passed)
        page.goto(f"{place.url}/projects/{group_id}/tasks/{accepted.hit_id}?assignment_id={accepted.assignment_id}")
        told = page.locator("#time-told")
        expect(told).to_have_text(text)
        expect(told).to_have_css("opacity", "1")
        expect(told).to_be_in_viewport(ratio=1)


def test_when_the_time_is_over_the_page_says_so(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    group_id = place.hit(assignment_duration_in_seconds=30)
    place.market.perform(place.bob, work.accept, group_id=group_id)
    place.market.clock.advance(seconds=28)
    (item,) = place.queue()
    page.goto(f"{place.url}/projects/{group_id}/tasks/{item.hit_id}?assignment_id={item.assignment_id}")
    expect(page.get_by_role("heading", name="The time for this HIT is over.")).to_be_visible()
    place.market.clock.advance(seconds=2)
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="Its time ran out before it was submitted")).to_be_visible()


def test_all_but_the_task_works_without_javascript(browser: Browser, place: Place) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context, place)
    place.hit()
    page.reload()
    page.get_by_label("Search").fill("mug")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name="Accept: Name the mug's colour").click()
    assert len(place.queue()) == 1
    page.get_by_role("button", name="Return").click()
    expect(page.get_by_text("HIT returned.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 3840])
def test_pages_fit_narrow_and_wide_windows(browser: Browser, place: Place, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = signed_in(context, place)
    group_id = place.hit(title="A-very-long-word-" * 6, description="another_very_long_word_" * 8)
    accept(page, place, group_id)
    paths = ["/projects", f"/projects/{group_id}/tasks", "/tasks", "/dashboard", "/account", "/nothing", "/"]
    for address in [page.url, *(place.url + path for path in paths)]:
        page.goto(address)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, address
    context.close()
