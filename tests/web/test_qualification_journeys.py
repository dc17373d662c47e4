"""Qualifications in a real browser, with a Requester's boto3 program on the other side of the same server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from kempelen.core.questions import answers
from tests.clients.server import Keys, Server
from tests.clients.test_clock import advance
from tests.market.test_qualification_tests import KEY, TEST
from tests.web import forms
from tests.web.places import leave

pytestmark = pytest.mark.slow


class Person(NamedTuple):
    """A Worker who can sign in."""

    worker_id: str
    email: str
    password: str


class Place(NamedTuple):
    """A running server with a clock moved by hand, Alice's keys and program, and two Workers."""

    server: Server
    keys: Keys
    turk: Any
    bob: Person
    charlie: Person

    @property
    def url(self) -> str:
        return f"http://kempelen.localhost:{self.server.port}"

    def pass_time(self, seconds: int) -> None:
        answer = advance(self.server, self.keys, json.dumps({"seconds": seconds}).encode())
        assert answer.status == 200, answer

    def new_type(self, name: str, **members: Any) -> str:
        """The id of a new type of Alice's."""
        made = self.turk.create_qualification_type(
            Name=name, Description=f"{name}, in short.", QualificationTypeStatus="Active", **members
        )
        type_id: str = made["QualificationType"]["QualificationTypeId"]
        return type_id

    def new_test(self, name: str, seconds: int = 600, **members: Any) -> str:
        """The id of a new type with a scored test: a cup is worth 10, a hat -1."""
        return self.new_type(name, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=seconds, **members)

    def new_hit(self, title: str, *requirements: dict[str, Any], question: str = "") -> dict[str, Any]:
        """A HIT of Alice's."""
        hit: dict[str, Any] = self.turk.create_hit(
            Title=title,
            Description="A mug.",
            Reward="0.05",
            AssignmentDurationInSeconds=3600,
            LifetimeInSeconds=86_400,
            Question=question or forms.form(forms.question("mug", forms.text())),
            QualificationRequirements=list(requirements),
        )["HIT"]
        return hit


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Server(tmp_path_factory.mktemp("journeys") / "data", None, "--clock", "manual") as server:
        keys = server.add_requester("Mug-Lab", deposit="100.00")
        bob, charlie = (_add_worker(server, name) for name in ("bob", "charlie"))
        yield Place(server, keys, server.client(keys), bob, charlie)


def _add_worker(server: Server, name: str) -> Person:
    made = server.told("worker", "add", name, "--email", f"{name}@example.org")
    return Person(made["worker_id"], f"{name}@example.org", made["password"])


@pytest.fixture
def bobs(context: BrowserContext, place: Place) -> Page:
    """Bob's window, at the list of work."""
    return signed_in(context, place, place.bob)


def signed_in(context: BrowserContext, place: Place, person: Person) -> Page:
    page = context.new_page()
    page.goto(f"{place.url}/sign-in")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    return page


def begin(page: Page, place: Place, type_id: str) -> None:
    """Begin the test of a type, by its own page."""
    page.goto(f"{place.url}/qualifications/{type_id}")
    page.get_by_role("link", name="Take qualification test").first.click()
    page.get_by_role("button", name="Begin the test").click()
    page.wait_for_url("**/requests/*")


def tab_to(page: Page, words: str) -> None:
    """Press the tabulator until what has the focus, in the page or in its frame, says this."""
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = _focused(page.main_frame) or (_focused(page.frames[1]) if len(page.frames) > 1 else "")
        if words in focused:
            return
        seen.append(focused)
    raise AssertionError(f"the tabulator never came to {words!r}, only to {seen}")


def _focused(frame: Frame) -> str:
    said: str = frame.evaluate(
        """() => {
            const focused = document.activeElement;
            const silent = !focused || focused.tagName === "IFRAME" || focused === document.body;
            return silent ? "" : (focused.closest("label") ?? focused).textContent.trim();
        }"""
    )
    return said


def test_bob_takes_a_scored_test_and_then_accepts_the_hit_that_needed_it(bobs: Page, place: Place) -> None:
    type_id = place.new_test("Knows cups")
    hit = place.new_hit(
        "Name this cup",
        {"QualificationTypeId": type_id, "Comparator": "GreaterThanOrEqualTo", "IntegerValues": [8]},
    )
    bobs.reload()
    expect(bobs.get_by_role("button", name="Accept: Name this cup")).to_have_count(0)
    bobs.get_by_role("link", name="Take qualification test: Knows cups").click()
    expect(bobs.get_by_text("You have 10 minutes for it")).to_be_visible()
    bobs.get_by_role("button", name="Begin the test").click()
    expect(bobs.locator("count-down")).to_have_text(re.compile("9:[0-5]."))
    bobs.reload()
    task = bobs.frame_locator("#task")
    task.get_by_role("button", name="Submit").click()
    expect(task.get_by_role("alert").filter(has_text="Choose")).to_be_visible()
    task.get_by_label("A cup").check()
    task.get_by_role("button", name="Submit").click()
    bobs.wait_for_url(f"**/qualifications/{type_id}")
    expect(bobs.get_by_role("status").first).to_have_text("Test submitted. Your score is 10.")
    score = place.turk.get_qualification_score(QualificationTypeId=type_id, WorkerId=place.bob.worker_id)
    assert score["Qualification"]["IntegerValue"] == 10

    bobs.get_by_role("button", name="Accept: Name this cup").click()
    bobs.wait_for_url("**assignment_id=**")
    assert hit["HITId"] in bobs.url
    bobs.get_by_text("HIT details").click()
    expect(bobs.get_by_text("Knows cups is at least 8")).to_be_visible()


def test_a_test_is_taken_by_keyboard_alone(bobs: Page, place: Place) -> None:
    type_id = place.new_test("Types well")
    bobs.goto(f"{place.url}/qualifications")
    tab_to(bobs, "Types well")
    bobs.keyboard.press("Enter")
    bobs.wait_for_url(f"**/qualifications/{type_id}")
    tab_to(bobs, "Take qualification test")
    bobs.keyboard.press("Enter")
    bobs.wait_for_url("**/request")
    tab_to(bobs, "Begin the test")
    bobs.keyboard.press("Enter")
    bobs.wait_for_url("**/requests/*")
    bobs.frame_locator("#task").get_by_role("button", name="Submit").wait_for()
    tab_to(bobs, "A cup")
    bobs.keyboard.press("ArrowDown")  # to the hat
    tab_to(bobs, "Submit")
    bobs.keyboard.press("Enter")
    bobs.wait_for_url(f"**/qualifications/{type_id}")
    expect(bobs.get_by_text("Test submitted. Your score is -1.")).to_be_visible()


def test_a_test_whose_time_is_over_is_told_and_hands_nothing_in(bobs: Page, place: Place) -> None:
    type_id = place.new_test("Is quick", seconds=2, RetryDelayInSeconds=7200)
    begin(bobs, place, type_id)
    expect(bobs.get_by_role("heading", name="The time for this test is over.")).to_be_visible()
    bobs.frame_locator("#task").get_by_label("A cup").check()
    place.pass_time(2)
    bobs.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(bobs.get_by_role("alert").filter(has_text="Its time ran out.")).to_be_visible()
    bobs.get_by_role("link", name="See whether and when").click()
    expect(bobs.get_by_text("The time for your last test ran out")).to_be_visible()
    expect(bobs.get_by_text("You can request it again from:")).to_be_visible()
    expect(bobs.get_by_role("link", name="Take qualification test")).to_have_count(0)
    assert place.turk.list_qualification_requests(QualificationTypeId=type_id)["NumResults"] == 0
    place.pass_time(7198)
    bobs.reload()
    expect(bobs.get_by_role("link", name="Take qualification test")).to_be_visible()


def test_a_test_that_meets_no_connection_says_so_and_loses_nothing(bobs: Page, place: Place) -> None:
    type_id = place.new_test("Keeps calm")
    begin(bobs, place, type_id)
    task = bobs.frame_locator("#task")
    task.get_by_label("A hat").check()
    bobs.context.set_offline(True)
    task.get_by_role("button", name="Submit").click()
    no_connection = bobs.get_by_role("alert").filter(has_text="Your answer could not be sent: there is no connection.")
    expect(no_connection).to_be_visible()
    expect(task.get_by_label("A hat")).to_be_checked()
    task.get_by_label("A cup").check()  # a better answer, while there is time
    task.get_by_role("button", name="Submit").click()
    expect(no_connection).to_be_visible()
    assert place.turk.list_workers_with_qualification_type(QualificationTypeId=type_id)["NumResults"] == 0
    bobs.context.set_offline(False)  # and now it is sent by itself
    bobs.wait_for_url(f"**/qualifications/{type_id}")
    expect(bobs.get_by_text("Test submitted. Your score is 10.")).to_be_visible()


def test_a_test_kept_from_a_lost_connection_is_handed_in_when_its_page_is_opened_again(
    bobs: Page, context: BrowserContext, place: Place
) -> None:
    type_id = place.new_test("Comes back")
    begin(bobs, place, type_id)
    address = bobs.url
    bobs.frame_locator("#task").get_by_label("A cup").check()
    context.set_offline(True)
    bobs.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(bobs.get_by_role("alert").filter(has_text="It is kept in this browser")).to_be_visible()
    leave(bobs)
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    again.wait_for_url(f"**/qualifications/{type_id}")
    expect(again.get_by_text("Test submitted. Your score is 10.")).to_be_visible()


def test_a_request_is_rejected_with_a_reason_that_bob_reads(bobs: Page, place: Place) -> None:
    type_id = place.new_type("Reads Frisian")
    bobs.goto(f"{place.url}/qualifications/{type_id}/request")
    bobs.get_by_role("button", name="Request this qualification").click()
    expect(bobs.get_by_text("Sent to the Requester, who decides.")).to_be_visible()
    bobs.get_by_role("link", name="Qualifications").first.click()
    bobs.get_by_role("link", name="Pending").click()
    expect(bobs.get_by_role("heading", name="Reads Frisian")).to_be_visible()
    (request,) = place.turk.list_qualification_requests(QualificationTypeId=type_id)["QualificationRequests"]
    assert request["WorkerId"] == place.bob.worker_id
    place.turk.reject_qualification_request(
        QualificationRequestId=request["QualificationRequestId"], Reason="We have <enough> people."
    )
    bobs.reload()
    expect(bobs.get_by_role("heading", name="Reads Frisian")).to_have_count(0)
    bobs.goto(f"{place.url}/qualifications/{type_id}")
    expect(bobs.get_by_text("Your last request was rejected:")).to_be_visible()
    expect(bobs.get_by_text("We have <enough> people.")).to_be_visible()


def test_a_qualification_is_granted_revoked_and_given_up(bobs: Page, place: Place) -> None:
    type_id = place.new_type("Is awake")
    place.new_hit("Wake up", {"QualificationTypeId": type_id, "Comparator": "Exists"})
    given = {"QualificationTypeId": type_id, "WorkerId": place.bob.worker_id}
    place.turk.associate_qualification_with_worker(**given, IntegerValue=7, SendNotification=False)
    bobs.reload()
    expect(bobs.get_by_role("button", name="Accept: Wake up")).to_be_visible()
    place.turk.disassociate_qualification_from_worker(**given, Reason="Fell asleep twice.")
    bobs.get_by_role("button", name="Accept: Wake up").click()
    expect(bobs.get_by_role("alert")).to_contain_text("you do not meet those Qualifications")
    expect(bobs.get_by_text("Is awake must be granted")).to_be_visible()
    bobs.goto(f"{place.url}/qualifications/assigned")
    expect(bobs.get_by_role("region", name="No longer yours").get_by_text("Fell asleep twice.")).to_be_visible()

    place.turk.associate_qualification_with_worker(**given, IntegerValue=8)
    bobs.goto(f"{place.url}/qualifications/{type_id}")
    expect(bobs.get_by_text("Your score: 8")).to_be_visible()
    bobs.get_by_text("Give up this qualification", exact=True).click()
    bobs.get_by_role("button", name="Give this qualification up").click()
    expect(bobs.get_by_text("You gave up this qualification:")).to_be_visible()
    revoked = place.turk.list_workers_with_qualification_type(QualificationTypeId=type_id, Status="Revoked")
    assert [each["WorkerId"] for each in revoked["Qualifications"]] == [place.bob.worker_id]


def test_charlie_sees_nothing_of_bobs_and_cannot_take_his_test(bobs: Page, place: Place, browser: Browser) -> None:
    type_id = place.new_test("Knows secrets")
    begin(bobs, place, type_id)
    address, frame = bobs.url, str(bobs.locator("#task").get_attribute("src"))
    context = browser.new_context()
    charlies = signed_in(context, place, place.charlie)
    charlies.goto(address)
    expect(charlies.get_by_role("alert")).to_contain_text("You have no such test.")
    charlies.goto(f"{place.url}/qualifications/{type_id}")
    expect(charlies.get_by_text("You do not have it.")).to_be_visible()
    expect(charlies.get_by_text("Go on with the test")).to_have_count(0)
    for path in ("/qualifications/assigned", "/qualifications/pending"):
        charlies.goto(place.url + path)
        expect(charlies.get_by_text("Knows secrets")).to_have_count(0)

    # Even with the address of Bob's frame, good for five minutes, nothing of it can be handed in as Charlie or as Bob.
    charlies.goto(frame)
    charlies.get_by_label("A cup").check()
    charlies.get_by_role("button", name="Submit").click()
    expect(charlies.get_by_role("alert")).to_contain_text("You have no such assignment.")
    context.close()
    bobs.reload()
    bobs.frame_locator("#task").get_by_label("A cup").check()
    bobs.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(bobs.get_by_text("Test submitted. Your score is 10.")).to_be_visible()


def test_a_question_form_is_previewed_filled_and_handed_in(bobs: Page, place: Place) -> None:
    question = forms.form(
        forms.overview("<Title>Mugs</Title>"),
        forms.question("colour", forms.choices("r=Red", "g=Green", most=2), content="<Text>Which colours?</Text>"),
        forms.question("why", forms.text(lines=3), content="<Text>Why so?</Text>", required="true"),
    )
    hit = place.new_hit("Fill this form", question=question)
    bobs.goto(f"{place.url}/projects/{hit['HITGroupId']}/tasks")
    task = bobs.frame_locator("#task")
    expect(task.get_by_text("This is a preview.")).to_be_visible()
    expect(task.get_by_label("Red")).to_be_disabled()
    bobs.get_by_role("button", name="Accept this HIT").click()
    bobs.wait_for_url("**assignment_id=**")
    task.get_by_role("button", name="Submit").click()
    expect(task.get_by_text("This question needs an answer.")).to_be_visible()
    task.get_by_label("Red").check()
    task.get_by_label("Green").check()
    task.get_by_role("textbox").fill("blå & <grün>\n🫖")
    task.get_by_role("button", name="Submit").click()
    expect(bobs.get_by_text("HIT submitted.")).to_be_visible()
    (handed_in,) = place.turk.list_assignments_for_hit(HITId=hit["HITId"])["Assignments"]
    assert answers.readable(handed_in["Answer"]) == [("colour", "r|g"), ("why", "blå & <grün>\r\n🫖")]


@pytest.mark.parametrize("width", [320, 3840])
def test_pages_about_qualifications_fit_narrow_and_wide_windows(browser: Browser, place: Place, width: int) -> None:
    name = f"A-very-long-name-of-a-type-{width}-" * 3
    type_id = place.new_test(name, Keywords="another_very_long_word_" * 8)
    hit = place.new_hit("Long " * 8, {"QualificationTypeId": type_id, "Comparator": "Exists",
                                      "ActionsGuarded": "PreviewAndAccept"})  # fmt: skip
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = signed_in(context, place, place.bob)
    page.goto(f"{place.url}/qualifications/{type_id}/request")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0, page.url
    page.get_by_role("button", name="Begin the test").click()
    page.wait_for_url("**/requests/*")
    for address in [page.url, f"{place.url}/qualifications", f"{place.url}/qualifications/{type_id}",
                    f"{place.url}/projects", f"{place.url}/projects/{hit['HITGroupId']}/tasks"]:  # fmt: skip
        page.goto(address)
        assert page.evaluate(overflow) <= 0, address
    context.close()
