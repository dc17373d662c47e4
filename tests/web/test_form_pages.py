"""QuestionForms in a real browser: filled as a person would, checked there and again by the server, stored exactly."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, Route, expect

from kempelen.core.questions import answers
from kempelen.market.work import assignments, history
from tests.market.work import new_hit
from tests.web import forms, forms_corpus
from tests.web.forms_corpus import CASES, Choose, Deed, Upload, Write
from tests.web.places import Place, accept, signed_in

pytestmark = pytest.mark.slow

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"/>'


def opened(context: BrowserContext, place: Place, question: str, host: str = "kempelen.localhost") -> Page:
    """Bob's window on a HIT that asks this, accepted."""
    place.one_at_a_time()
    hit = new_hit(place.market, place.alice, question=question)
    page = signed_in(context, place, host)
    accept(page, place, hit.hit_group_id)
    return page


def do(question: Locator, deed: Deed | None) -> None:
    """Do as a person does, and undo first what was done before."""
    if isinstance(deed, Write):
        if deed.text is not None:
            question.get_by_role("textbox").fill(deed.text)
    elif isinstance(deed, Choose):
        choose(question, deed)
    elif isinstance(deed, Upload) and deed.size:
        file: Any = {"name": "mug.png", "mimeType": "image/png", "buffer": b"m" * deed.size}
        question.locator("input[type=file]").set_input_files(file)
        expect(question.locator("[data-kept]")).to_contain_text("is uploaded")


def choose(question: Locator, deed: Choose) -> None:
    select, labels = question.locator("select"), question.locator("label.choice")
    wanted = {place - 1 for place in deed.places}
    if select.count():
        value = "other" if deed.other is not None else str(deed.places[0]) if deed.places else ""
        if value or select.get_attribute("size") is None:
            select.select_option(value)
    else:
        if deed.other is not None:
            wanted.add(labels.count() - 1)
        for place in range(labels.count()):
            control = labels.nth(place).locator("input")
            if control.get_attribute("type") == "checkbox":
                control.set_checked(place in wanted)
            elif place in wanted:
                control.check()
    if deed.other is not None:
        question.get_by_label("Other, in your own words").fill(deed.other)


def stored(place: Place) -> list[str]:
    """The answers that were handed in, as their Requester reads them."""
    done = place.market.perform(place.bob, history.list_submitted).items
    return [
        place.market.perform(place.alice, assignments.get_assignment, assignment_id=one.assignment_id).assignment.answer
        for one in done
    ]


def questions_of(task: FrameLocator) -> dict[str, Locator]:
    return {name: task.locator(f"#q{number}") for number, name in enumerate(CASES, 1)}


def test_every_question_is_refused_told_mended_and_stored_to_the_byte(context: BrowserContext, place: Place) -> None:
    page = opened(context, place, forms_corpus.whole_form())
    task = page.frame_locator("#task")
    questions = questions_of(task)
    for name, case in CASES.items():
        do(questions[name], case.wrong or case.right)
    task.get_by_role("button", name="Submit").click()
    wrong = [name for name, case in CASES.items() if case.wrong is not None]
    expect(task.locator("#faults")).to_have_text(f"{len(wrong)} questions still need an answer.")
    told = {name: question.locator(".fault").text_content() for name, question in questions.items()}
    assert told == {name: case.said for name, case in CASES.items()}
    assert place.market.perform(place.bob, history.list_submitted).items == []
    for name, case in CASES.items():
        do(questions[name], case.right)
        expect(questions[name].locator(".fault")).to_have_text("")
    keys = [task.locator("[data-file-key]").first.input_value()]
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert stored(place) == [forms_corpus.whole_answer(keys)]


def test_a_form_works_without_an_origin_too(context: BrowserContext, place: Place) -> None:
    asked = forms.form(
        forms.question("note", forms.text(), required="true"),
        forms.question("photo", forms_corpus.upload(2, 1000), required="true"),
        date="2005-10-01",
    )
    page = opened(context, place, asked, host="127.0.0.1")
    task = page.frame_locator("#task")
    assert page.locator("#task").get_attribute("data-answers-from") == "null"
    task.get_by_role("button", name="Submit").click()
    expect(task.get_by_role("alert").last).to_have_text("This question needs a file.")
    task.get_by_role("textbox").fill("It is mine.")
    do(task.locator("#q2"), Upload(5))
    key = task.locator("[data-file-key]").input_value()
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert f"<UploadedFileKey>{key}</UploadedFileKey>" in stored(place)[0]


@pytest.mark.parametrize("host", ["kempelen.localhost", "127.0.0.1"])
def test_answers_stay_in_the_frame_while_they_are_handed_over_as_a_post_would(
    context: BrowserContext, place: Place, host: str
) -> None:
    asked = forms.form(
        forms.question("colours", forms.choices("r=Red", "g=Green", most=2), required="true"),
        forms.question("why", forms.text(lines=3), required="true"),
    )
    page = opened(context, place, asked, host=host)
    task = page.frame_locator("#task")
    task.get_by_label("Red").check()
    task.get_by_label("Green").check()
    task.get_by_role("textbox").fill("blå & <grün>\n🫖")
    context.set_offline(True)
    task.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="there is no connection")).to_be_visible()
    expect(task.get_by_role("textbox")).to_have_value("blå & <grün>\n🫖")
    expect(task.locator("#faults")).to_have_text("Your answers are handed over.")
    context.set_offline(False)
    page.wait_for_url("**/tasks*")
    assert [answers.readable(answer) for answer in stored(place)] == [
        [("colours", "r|g"), ("why", "blå & <grün>\r\n🫖")]
    ]


def test_without_javascript_an_answer_goes_on_by_hand(browser: Browser, place: Place) -> None:
    context = browser.new_context(java_script_enabled=False)
    asked = forms.form(
        forms.question("note", forms.text(forms.regex("^[a-z ]+$", "Small letters."))),
        forms.question("photo", forms_corpus.upload(2, 1000), required="true"),
        date="2005-10-01",
    )
    page = opened(context, place, asked)
    task = page.frame_locator("#task")
    task.get_by_role("textbox").fill("IT IS MINE")
    file: Any = {"name": "mug.png", "mimeType": "image/png", "buffer": b"a mug"}
    task.locator("input[type=file]").set_input_files(file)
    task.get_by_role("button", name="Submit").click()
    refused = finished_by_hand(context, task)
    expect(refused.get_by_text("Question 1: Small letters.")).to_be_visible()
    refused.close()
    page.reload()
    expect(task.get_by_text("mug.png is uploaded (5 bytes).")).to_be_visible()
    task.get_by_role("textbox").fill("it is mine")
    task.get_by_role("button", name="Submit").click()
    finished_by_hand(context, task).wait_for_url("**/tasks*")
    (answer,) = stored(place)
    assert "<FreeText>it is mine</FreeText>" in answer
    assert "<UploadedFileSizeInBytes>5</UploadedFileSizeInBytes>" in answer
    context.close()


def finished_by_hand(context: BrowserContext, task: FrameLocator) -> Page:
    """From the frame on in a window of its own, to the Finish button, which is pressed."""
    with context.expect_page() as opened_now:
        task.get_by_role("button", name="Continue").click()
    window = opened_now.value
    window.wait_for_load_state()
    if not window.get_by_role("button", name="Continue").count():
        window.reload()  # it was read before Playwright had turned off the scripts of a window that opens by itself
    window.get_by_role("button", name="Continue").click()
    window.get_by_role("button", name="Finish").click()
    return window


def test_a_file_is_told_replaced_removed_and_tried_again(context: BrowserContext, place: Place) -> None:
    asked = forms.form(forms.question("photo", forms_corpus.upload(2, 1000), required="true"), date="2005-10-01")
    page = opened(context, place, asked)
    task = page.frame_locator("#task")
    question, chooser = task.locator("#q1"), task.locator("input[type=file]")
    fault = question.locator(".fault")

    def give(name: str, size: int) -> None:
        file: Any = {"name": name, "mimeType": "image/png", "buffer": b"m" * size}
        chooser.set_input_files(file)

    give("large.png", 1001)
    expect(fault).to_have_text("Choose a file of 2 bytes to 1 kB. This one has 1 kB.")
    give("mug.png", 5)
    expect(question.get_by_text("mug.png is uploaded (5 bytes).")).to_be_visible()
    expect(fault).to_have_text("")
    give("cup <b>.png", 7)
    expect(question.get_by_text("cup <b>.png is uploaded (7 bytes).")).to_be_visible()
    question.get_by_role("button", name="Remove this file").click()
    expect(question.get_by_text("is uploaded")).to_be_hidden()
    task.get_by_role("button", name="Submit").click()
    expect(fault).to_have_text("This question needs a file.")
    context.route("**/task/files*", lambda route: route.abort())
    give("mug.png", 5)
    expect(fault).to_have_text("The file could not be sent: there is no connection. Choose it again.")
    context.unroute("**/task/files*")
    context.route("**/task/files*", hold)
    give("slow.png", 6)
    expect(question.get_by_role("progressbar")).to_be_visible()
    task.get_by_role("button", name="Submit").click()
    expect(fault).to_have_text("The file is still being sent. Wait until it has arrived.")
    question.get_by_role("button", name="Cancel").click()
    expect(question.get_by_role("progressbar")).to_be_hidden()
    expect(fault).to_have_text("This question needs a file.")
    context.unroute("**/task/files*")
    give("slow.png", 6)
    expect(question.get_by_text("slow.png is uploaded (6 bytes).")).to_be_visible()
    page.reload()
    expect(question.get_by_text("slow.png is uploaded (6 bytes).")).to_be_visible()
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert "<UploadedFileSizeInBytes>6</UploadedFileSizeInBytes>" in stored(place)[0]


def hold(_: Route) -> None:
    """A request that gets no answer."""


def test_what_is_pasted_is_never_cut(context: BrowserContext, place: Place) -> None:
    page = opened(context, place, forms.form(forms.question("q", forms.text('<Length maxLength="3"/>'))))
    task = page.frame_locator("#task")
    task.get_by_role("textbox").focus()
    page.keyboard.insert_text("a long answer")
    expect(task.get_by_role("textbox")).to_have_value("a long answer")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_form_fits_and_every_control_has_a_name(browser: Browser, place: Place, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.route(forms.PICTURE, lambda route: route.fulfill(body=PICTURE, content_type="image/svg+xml"))
    page = opened(context, place, forms_corpus.whole_form().replace("<Title>Mugs</Title>", forms.CONTENT))
    src = page.locator("#task").get_attribute("src")
    assert src is not None
    page.goto(src)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#faults")).to_contain_text("still need an answer")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    tree = context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    controls = {"textbox", "radio", "checkbox", "combobox", "listbox", "button", "link", "group", "image"}
    nameless = [
        node
        for node in tree
        if not node["ignored"] and node["role"]["value"] in controls and not node.get("name", {}).get("value")
    ]
    assert nameless == []
    assert page.locator("h1").count() == 1
    context.close()


def test_a_preview_shows_everything_and_takes_nothing(context: BrowserContext, place: Place) -> None:
    hit = new_hit(place.market, place.alice, question=forms_corpus.whole_form())
    page = signed_in(context, place)
    page.goto(f"{place.url}/projects/{hit.hit_group_id}/tasks")
    task = page.frame_locator("#task")
    expect(task.get_by_text("This is a preview.")).to_be_visible()
    controls = task.locator("input:not([type=hidden]), select, textarea, button")
    assert controls.count() > 100
    assert task.locator("fieldset.all").evaluate("all => [...all.elements].every((each) => each.matches(':disabled'))")
