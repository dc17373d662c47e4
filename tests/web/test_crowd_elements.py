"""Crowd elements in a real browser: each template of the corpus is done by a person, and its answer is what is stored.

Every template is done twice: by mouse in the default format, and by keyboard alone with `flatten-objects`. Its deeds
and both answers stand beside it, in a file of the same name.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Frame, FrameLocator, Locator, Page, expect

from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import web
from kempelen.web.site.assets import FOLDER as STATIC
from kempelen.web.site.modules import joined
from kempelen.web.site.settings import WebSettings
from tests.market.work import new_hit
from tests.web import crowd_gallery
from tests.web.test_journeys import Place, signed_in
from tests.web.test_task_hosts import question
from tests.web.test_work_pages import answers_of

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parent / "crowd_corpus"
TEMPLATES = sorted(path.stem for path in CORPUS.glob("*.html"))
STAND_INS = joined(STATIC / "stand-ins" / "crowd-html-elements" / "main.js")
FOCUSED = """element => { let focused = document.activeElement;
    while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    return focused === element || focused?.getRootNode().host === element; }"""


@pytest.fixture(scope="module")
def place(password_hash: str) -> Iterator[Place]:
    """One site for all templates."""
    database = open_database(":memory:")
    database.migrate()
    market = Market(database, vault=Vault(bytes(range(32))), clock=ManualClock(), random=Random(0))
    alice = market.perform(OPERATOR, accounts.add_requester, name="Mug Lab", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("1000.00"))
    given = {"name": "Bob", "email": "bob@example.org", "password_hash": password_hash}
    bob = market.perform(OPERATOR, accounts.add_worker, **given).worker_id
    market.perform(bob, accounts.set_auto_accept, on=False)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://kempelen.localhost:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(web(market, WebSettings(url=url)), log_level="warning", lifespan="off"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        serving.start()
        yield Place(market, url, "", alice, bob)
        server.should_exit = True
        serving.join(10)
    market.close()


class Bench:
    """Bob's window, at one task after the other."""

    def __init__(self, place: Place, page: Page) -> None:
        self.place, self.page = place, page
        self.failures: list[str] = []
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.accepted: work.Accepted

    def put(self, html: str, host: str = "kempelen.localhost") -> None:
        """Accept a new HIT with this page, and wait until its elements are alive."""
        hit = new_hit(self.place.market, self.place.alice, question=question(html))
        self.accepted = self.place.market.perform(
            self.place.bob, work.accept, group_id=hit.hit_group_id, hit_id=hit.hit_id
        )
        self.page.goto(
            f"http://{host}:{self.place.port}/projects/{hit.hit_group_id}/tasks/{hit.hit_id}"
            f"?assignment_id={self.accepted.assignment_id}",
            wait_until="commit",
        )
        self.task.locator("crowd-form form").first.wait_for(state="attached")

    def preview(self, html: str) -> None:
        """Look at a new HIT with this page without accepting it."""
        hit = new_hit(self.place.market, self.place.alice, question=question(html), title="A preview")
        self.page.goto(f"{self.place.url}/projects/{hit.hit_group_id}/tasks")
        self.task.locator("crowd-form form").first.wait_for(state="attached")

    @property
    def task(self) -> FrameLocator:
        return self.page.frame_locator("#task")

    @property
    def frame(self) -> Frame:
        return self.page.frames[1]

    def answer(self) -> dict[str, str]:
        """What was handed in, once it is."""
        self.page.wait_for_url("**/tasks*", wait_until="commit")
        (answer,) = answers_of(self.place.market, self.place.alice, self.accepted.hit_id)
        assert len(dict(answer)) == len(answer), "no name comes twice"
        return dict(answer)

    def sent_nothing(self) -> bool:
        return answers_of(self.place.market, self.place.alice, self.accepted.hit_id) == []

    def find(self, role: str, name: str) -> Locator:
        if role == "text":
            return self.task.get_by_text(name)
        return self.task.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]

    def do(self, deeds: list[list[Any]]) -> None:
        """What the person does, deed by deed, as the files of the corpus write it."""
        for verb, *what in deeds:
            getattr(self, verb)(*what)

    def click(self, role: str, name: str) -> None:
        self.find(role, name).click(force=role == "checkbox" and "Cannot" in name)

    def fill(self, role: str, name: str, text: str) -> None:
        self.find(role, name).fill(text)
        self.page.keyboard.press("Tab")

    def choose(self, role: str, name: str, options: list[str]) -> None:
        self.find(role, name).select_option(options)

    def drag(self, role: str, name: str, start: float, end: float) -> None:
        box = self.find(role, name).locator(".scale").bounding_box() or self.find(role, name).bounding_box()
        assert box
        across, height = box["x"] + box["width"] * start, box["y"] + box["height"] / 2
        self.page.mouse.move(across, height)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * end, height, steps=3)
        self.page.mouse.up()

    def tab(self, role: str, name: str) -> None:
        """Press the Tab key until there."""
        there = self.find(role, name)
        if not self.page.evaluate("document.activeElement === document.getElementById('task')"):
            self.page.locator("#task").focus()
        for _ in range(40):
            self.page.keyboard.press("Tab")
            if there.evaluate(FOCUSED):
                return
        pytest.fail(f"the Tab key does not come to {role} {name!r}")

    def press(self, key: str) -> None:
        if not self.page.evaluate("document.activeElement === document.getElementById('task')"):
            self.page.locator("#task").focus()
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def focused(self, role: str, name: str) -> None:
        there = self.find(role, name)
        expect(there).to_be_visible()
        assert there.evaluate(FOCUSED), f"{role} {name!r} should have the focus"

    def sees(self, role: str, name: str) -> None:
        expect(self.find(role, name).first).to_be_visible()

    def misses(self, role: str, name: str) -> None:
        expect(self.find(role, name).filter(visible=True)).to_have_count(0)


@pytest.fixture(scope="module")
def local(browser: Browser) -> Iterator[Page]:
    """A window for pages that need no site."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


@pytest.fixture(scope="module")
def window(browser: Browser, place: Place) -> Iterator[Bench]:
    context = browser.new_context()
    yield Bench(place, signed_in(context, place))
    context.close()


@pytest.fixture
def bench(window: Bench) -> Iterator[Bench]:
    window.failures.clear()
    yield window
    for item in window.place.queue():
        window.place.market.perform(window.place.bob, work.return_assignment, assignment_id=item.assignment_id)
    assert window.failures == []


def template(name: str) -> tuple[str, dict[str, Any]]:
    page = (CORPUS / f"{name}.html").read_text(encoding="utf-8")
    return page, json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_done_by_mouse_the_answer_is_one_object(bench: Bench, name: str) -> None:
    page, expected = template(name)
    bench.put(page)
    bench.do(expected["mouse"])
    answer = bench.answer()
    assert list(answer) == ["taskAnswers"]
    (told,) = json.loads(answer["taskAnswers"])
    assert told == expected["answer"]
    assert (
        json.dumps([expected["answer"]], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        == answer["taskAnswers"]
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_done_by_keyboard_the_answer_is_flattened(bench: Bench, name: str) -> None:
    page, expected = template(name)
    bench.put(page.replace("<crowd-form", '<crowd-form answer-format="flatten-objects"', 1))
    bench.do(expected["keyboard"])
    assert bench.answer() == expected["flattened"]


# ---------------------------------------------------------------------------------------------- the form


HEAD = '<!DOCTYPE html><script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'


def form(content: str, attributes: str = "") -> str:
    return f"{HEAD}<crowd-form {attributes}>{content}</crowd-form>"


def submitted(bench: Bench) -> Any:
    """The object that was handed in, after a click on Submit."""
    bench.click("button", "Submit")
    (told,) = json.loads(bench.answer()["taskAnswers"])
    return told


def test_a_form_without_a_button_gets_one_that_scripts_find(bench: Bench) -> None:
    bench.put(form("<input type=hidden name=a value=1>"))
    assert bench.frame.evaluate("document.querySelector('crowd-form > form').method") == "post"
    assert bench.frame.evaluate("document.querySelector('crowd-form').form.action").endswith("/mturk/externalSubmit")
    button = bench.frame.locator("[data-testid=crowd-submit]")
    assert button.get_attribute("variant") == "primary"
    bench.frame.evaluate("document.querySelector('[data-testid=crowd-submit]').click()")
    assert json.loads(bench.answer()["taskAnswers"]) == [{"a": "1"}]


def test_in_preview_nothing_can_be_submitted(bench: Bench) -> None:
    bench.preview(form("<crowd-input name=a></crowd-input><button>Native</button>"))
    bench.sees("text", "This is a preview. You must ACCEPT the HIT")
    expect(bench.find("button", "Submit")).to_be_disabled()
    bench.click("button", "Native")
    bench.frame.evaluate("document.querySelector('crowd-form').submit()")
    bench.frame.evaluate("document.querySelector('crowd-form').form.requestSubmit()")
    bench.frame.evaluate("document.querySelector('crowd-button').click()")
    bench.page.wait_for_timeout(200)
    assert "/task/" in bench.frame.url


@pytest.mark.parametrize(
    "deed",
    [
        "document.querySelector('crowd-form').submit()",
        "document.querySelector('crowd-form').form.submit()",
        "document.querySelector('crowd-form').form.requestSubmit()",
        "document.querySelector('#native').click()",
        "document.querySelector('crowd-button').click()",
        "for (let i = 0; i < 3; i++) document.querySelector('crowd-button').click()",
    ],
)
def test_every_way_to_submit_checks_asks_and_sends_once(bench: Bench, deed: str) -> None:
    bench.put(form("<crowd-input name=a required></crowd-input><button id=native>Native</button><input name=asked>"))
    asked = "() => { document.querySelector('crowd-form').onsubmit = () => { self.native.form.asked.value += 'x' } }"
    bench.frame.evaluate(asked)
    bench.frame.evaluate(deed)
    bench.sees("text", "Please fill this in.")
    assert bench.sent_nothing()
    bench.frame.evaluate("document.querySelector('crowd-input').value = 'now'")
    bench.frame.evaluate(deed)
    assert json.loads(bench.answer()["taskAnswers"]) == [{"a": "now", "asked": "x"}]


def test_a_page_that_has_stopped_a_submission_may_go_on_with_it_by_itself(bench: Bench) -> None:
    page = form("<crowd-input name=code label=Code></crowd-input>") + """<script>
        document.querySelector("crowd-form").onsubmit = (event) => {
          event.preventDefault();
          const right = document.querySelector("crowd-input").value === "7";
          setTimeout(() => right && document.querySelector("crowd-form").submit(), 20);
        };</script>"""  # fmt: skip
    bench.put(page)
    bench.fill("textbox", "Code", "6")
    bench.click("button", "Submit")
    bench.page.wait_for_timeout(100)
    assert bench.sent_nothing()
    bench.fill("textbox", "Code", "7")
    assert submitted(bench) == {"code": "7"}


def test_outside_the_marketplace_the_answer_is_shown(bench: Bench) -> None:
    bench.put(form("<crowd-input name=a value=b></crowd-input>"))
    bench.page.goto(bench.frame.url.split("?")[0])
    bench.page.get_by_role("button", name="Submit").click()
    expect(bench.page.get_by_role("status")).to_have_text('taskAnswers = [{"a":"b"}]')


MISSING = (
    "bounding-box", "polygon", "polyline", "line", "keypoint", "semantic-segmentation", "instance-segmentation",
    "cuboid", "entity-annotation", "rekognition-detect-moderation-labels", "textract-analyze-document",
    "text-ranking", "question-answer-generation",
)  # fmt: skip


def test_an_element_without_a_stand_in_is_named_and_stops_the_submission(bench: Bench) -> None:
    tags = (f"<crowd-{name} name=a src=x labels=\"['b']\"><p>Inside {name}</p></crowd-{name}>" for name in MISSING)
    bench.put(form(f"<script>document.write({json.dumps(''.join(tags))})</script>"))  # as markup it would be refused
    for name in MISSING:
        bench.sees("text", f"This marketplace cannot show “crowd-{name}” yet")
        bench.sees("text", f"Inside {name}")
    for name in reversed(MISSING):
        bench.click("button", "Submit")
        told = bench.task.locator("#errors-box")
        expect(told).to_contain_text("This cannot be submitted here, because a part of the task is missing:")
        expect(told).to_contain_text(f"(crowd-{name})")
        bench.frame.evaluate("name => document.querySelector(`crowd-${name}`).remove()", name)
    assert bench.sent_nothing()
    assert submitted(bench) == {}


def test_an_unknown_crowd_element_is_named_and_stops_the_submission(bench: Bench) -> None:
    bench.put(form("<crowd-teapot name=a></crowd-teapot>"))
    bench.sees("text", "this marketplace does not know “crowd-teapot”.")
    bench.click("button", "Submit")
    bench.sees("text", "a part of the task is missing: crowd-teapot.")
    bench.frame.evaluate("customElements.define('crowd-teapot', class extends HTMLElement { value = { lid: 'on' } })")
    assert submitted(bench) == {"a": {"lid": "on"}}


NESTED = {
    "short-instructions left open": (
        "<short-instructions>\n<full-instructions header='All'>Read all</full-instructions>"
    ),
    "short-instructions left open, with text": (
        "<short-instructions>Look <full-instructions header='All'>Read all</full-instructions>"
    ),
    "short-instructions closed by itself": (
        "<short-instructions/><full-instructions header='All'>Read all</full-instructions><p>Look</p>"
    ),
    "regions in another element": (
        "<div class=help><short-instructions>Look</short-instructions>"
        "<full-instructions header='All'>Read all</full-instructions></div>"
    ),
    "regions in a paragraph left open": (
        "<p><short-instructions>Look</short-instructions><full-instructions header='All'>Read all</full-instructions>"
    ),
    "everything left open": "<full-instructions header='All'>Read all<short-instructions>Look",
}


@pytest.mark.parametrize("regions", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("element", ["crowd-classifier", "crowd-image-classifier-multi-select"])
def test_instructions_can_be_read_however_they_are_nested(local: Page, element: str, regions: str) -> None:
    widget = f"<{element} name=kind categories=\"['A', 'B']\" header=Choose>"
    for page in (
        f"<classification-target>Mug</classification-target>{regions}</{element}>",
        f"<classification-target>Mug {regions}</{element}>",
    ):
        show(local, f"<crowd-form>{widget}{page}</crowd-form>")
        assert_instructions_can_be_read(local, short="Look" in regions)


@pytest.mark.parametrize("place", ["before", "after"])
def test_instructions_beside_their_classifier_can_be_read(local: Page, place: str) -> None:
    regions = (
        "<short-instructions>Look</short-instructions><full-instructions header='All'>Read all</full-instructions>"
        "<classification-target>Mug</classification-target>"
    )
    widget = "<crowd-classifier name=kind categories=\"['A', 'B']\" header=Choose></crowd-classifier>"
    inside = regions + widget if place == "before" else widget + regions
    show(local, f"<crowd-form>{inside}</crowd-form>")
    assert_instructions_can_be_read(local, short=True)
    assert local.locator("crowd-classifier > [slot]:not(crowd-category)").count() == 3


def test_instructions_of_no_element_are_shown_where_they_stand(local: Page) -> None:
    show(
        local,
        "<crowd-form><full-instructions>Read all</full-instructions><crowd-input name=word></crowd-input></crowd-form>",
    )
    expect(local.get_by_text("Read all")).to_be_visible()


@pytest.mark.parametrize("page", ["{0}{1}{2}", "<div>{0}</div><p>{1}{2}", "{2}{1}{0}"])
def test_sheets_left_open_or_nested_are_found_by_the_instructions(local: Page, page: str) -> None:
    page = page.format(
        "<short-summary>The summary",
        "<positive-example>The first<positive-example>The second",
        "<negative-example>The third",
    )
    show(local, f"<crowd-instructions>{page}</crowd-instructions>")
    local.get_by_role("button", name="Click for instructions").click()
    expect(local.get_by_text("The summary")).to_be_visible()
    local.get_by_role("tab", name="Examples").click()
    for text in ("The first", "The second", "The third"):
        expect(local.get_by_text(text)).to_be_visible()
    expect(local.get_by_text("The summary")).to_be_hidden()


def test_tabs_left_open_are_tabs_of_their_own(local: Page) -> None:
    inner = "<crowd-tabs><crowd-tab header=X>The inner<crowd-tab header=Y>The last</crowd-tabs>"
    show(local, f"<crowd-tabs><crowd-tab header=A>The first<crowd-tab header=B>The second {inner}</crowd-tabs>")
    expect(local.get_by_text("The first")).to_be_visible()
    expect(local.get_by_text("The second")).to_be_hidden()
    local.get_by_role("tab", name="B").click()
    for text, is_seen in (("The first", False), ("The second", True), ("The inner", True), ("The last", False)):
        expect(local.get_by_text(text)).to_be_visible(visible=is_seen)
    local.get_by_role("tab", name="Y").click()
    expect(local.get_by_text("The last")).to_be_visible()


def show(page: Page, html: str) -> None:
    """A page with the elements, in a new document."""
    page.goto("about:blank")
    page.set_content(f"<!DOCTYPE html><script>{STAND_INS}</script>{html}")


def assert_instructions_can_be_read(page: Page, *, short: bool) -> None:
    """The short ones in a pane, if there are any; the others behind a button; and what is asked about."""
    expect(page.get_by_text("Read all")).to_be_hidden()
    expect(page.get_by_text("Mug")).to_be_visible()
    expect(page.locator(".short")).to_be_visible(visible=short)
    if short:
        expect(page.get_by_text("Look")).to_be_visible()
    page.get_by_role("button", name="Instructions").click()
    expect(page.get_by_role("dialog", name="All")).to_be_visible()
    expect(page.get_by_text("Read all")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(
    "element",
    ["crowd-classifier", "crowd-classifier-multi-select", "crowd-image-classifier",
     "crowd-image-classifier-multi-select"],
)  # fmt: skip
def test_pages_find_the_inner_parts_of_classifiers_by_the_originals_names(local: Page, element: str) -> None:
    show(
        local,
        f"<crowd-form><{element} name=kind categories=\"['A', 'B']\" header=Choose>"
        "<classification-target>Mug</classification-target><short-instructions>Look</short-instructions>"
        f"<full-instructions>Read all</full-instructions></{element}></crowd-form><script>"
        "document.addEventListener('all-crowd-elements-ready', () => {"
        f"const root = document.querySelector('{element}').shadowRoot;"
        "const place = root.querySelector('.annotation-area .category-picker-wrapper');"
        "place.insertAdjacentHTML('afterend', '<p>Below</p>');"
        "root.querySelector('.awsui-app-layout__navigation').style.inlineSize = '123px';"
        "root.querySelector('.awsui-modal-dialog').style.maxInlineSize = '321px'; })</script>",
    )
    below, last = local.get_by_text("Below").bounding_box(), local.get_by_text("B", exact=True).bounding_box()
    assert below
    assert last
    assert below["y"] > last["y"]
    assert abs(below["x"] - last["x"]) < 100
    (pane,) = local.locator(".short").all()
    assert (pane.bounding_box() or {})["width"] == 123
    local.get_by_role("button", name="Instructions").click()
    assert (local.get_by_role("dialog").bounding_box() or {})["width"] == 321


def test_without_an_origin_crowd_elements_work_too(bench: Bench) -> None:
    page = bench.page
    other = signed_in(page.context, bench.place, "127.0.0.1")
    bench.page = other
    page_html, expected = template("classifier")
    bench.put(page_html, "127.0.0.1")
    bench.do(expected["mouse"])
    answer = bench.answer()
    bench.page = page
    other.close()
    assert json.loads(answer["taskAnswers"]) == [expected["answer"]]


# ---------------------------------------------------------------------------------------------- the fields


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("<crowd-input name=a label=A required></crowd-input>", "  ", "Please fill this in."),
        ("<crowd-input name=a label=A required error-message='Say something.'></crowd-input>", "", "Say something."),
        ("<crowd-input name=a label=A min-length=3></crowd-input>", "ab", "at least 3 characters. There are 2 now."),
        ("<crowd-input name=a label=A type=email></crowd-input>", "nobody", "@"),
        (
            "<crowd-input name=a label=A pattern='[0-9]+' error-message='Digits, please.'></crowd-input>",
            "x",
            "Digits, please.",
        ),
        ("<crowd-text-area name=a label=A required></crowd-text-area>", "", "Please fill this in."),
        (
            "<crowd-text-area name=a label=A min-length=5></crowd-text-area>",
            "abc",
            "at least 5 characters. There are 3 now.",
        ),
    ],
)
def test_a_text_that_is_not_ready_is_told_beside_it_in_words(bench: Bench, field: str, typed: str, says: str) -> None:
    bench.put(form(field))
    box = bench.task.get_by_role("textbox")
    box.fill(typed)
    bench.click("button", "Submit")
    expect(bench.task.get_by_role("alert").filter(has_text=says)).to_be_visible()
    assert box.get_attribute("aria-invalid") == "true"
    assert box.evaluate(FOCUSED)
    assert bench.sent_nothing()
    box.fill("12345@example.org" if "email" in field else "123456")
    expect(bench.task.get_by_role("alert").filter(has_text=says)).to_have_count(0)
    assert submitted(bench) in ({"a": "123456"}, {"a": "12345@example.org"})


def test_texts_are_held_to_their_length_and_letters(bench: Bench) -> None:
    bench.put(
        form(
            "<crowd-input name=a label=Short max-length=3 value=12345></crowd-input>"
            "<crowd-input name=b label=Digits auto-validate allowed-pattern='[0-9]'></crowd-input>"
            "<crowd-text-area name=c label=Count max-length=4 char-counter></crowd-text-area>"
        )
    )
    for label, text in {"Short": "x", "Digits": "1a2b", "Count": "abcdef"}.items():
        bench.find("textbox", label).click()
        bench.page.keyboard.press("End")
        bench.page.keyboard.type(text)
    bench.sees("text", "4 of 4 characters")
    assert submitted(bench) == {"a": "123", "b": "12", "c": "abcd"}


def test_a_native_control_that_is_not_ready_stops_the_submission(bench: Bench) -> None:
    bench.put(
        form("<label>N <input name=n required></label><label>E <input name=e type=email value=x disabled></label>")
    )
    bench.click("button", "Submit")
    bench.sees("text", "1 question still needs an answer.")
    bench.focused("textbox", "N")
    bench.find("textbox", "N").fill("1")
    assert submitted(bench) == {"n": "1"}


def test_files_travel_by_name(bench: Bench) -> None:
    bench.put(form("<crowd-input name=a type=file label=File></crowd-input><input type=file name=b aria-label=Other>"))
    file = {"name": "mug.png", "mimeType": "image/png", "buffer": b"x"}
    bench.task.get_by_label("File").set_input_files([file])  # type: ignore[list-item]
    assert submitted(bench) == {"a": "mug.png", "b": ""}


def test_scripts_read_values_by_both_names_and_hear_changes(bench: Bench) -> None:
    classifier = "<crowd-classifier name=a categories=\"['x','y']\"></crowd-classifier>"
    bench.put(
        form(
            f"{classifier}<crowd-checkbox name=b>B</crowd-checkbox>"
            "<crowd-slider name=c value=3 aria-label=C></crowd-slider><crowd-input name=d label=D></crowd-input>"
        )
    )
    bench.frame.evaluate(
        "window.heard = []; document.addEventListener('change', ({ target }) => heard.push(target.localName))"
    )
    bench.click("radio", "y")
    bench.click("checkbox", "B")
    bench.find("slider", "C").press("ArrowUp")
    bench.fill("textbox", "D", "d")
    read = (
        "selector => { const e = document.querySelector(selector); return [e.value, e._submittableValue, e.checked]; }"
    )
    assert bench.frame.evaluate(read, "crowd-classifier") == [{"label": "y"}, {"label": "y"}, None]
    assert bench.frame.evaluate(read, "crowd-checkbox") == ["on", {"on": True}, True]
    assert bench.frame.evaluate(read, "crowd-slider") == [4, 4, None]
    assert bench.frame.evaluate(read, "crowd-input") == ["d", "d", None]
    assert bench.frame.evaluate("heard") == ["crowd-category", "crowd-checkbox", "crowd-slider", "crowd-input"]
    assert bench.frame.evaluate("document.querySelector('crowd-slider').getAttribute('aria-valuenow')") == "4"
    assert bench.frame.evaluate("document.querySelector('crowd-checkbox').getAttribute('aria-checked')") == "true"
    assert bench.frame.evaluate("document.querySelector('[data-testid=y]').getAttribute('aria-checked')") == "true"


def test_number_keys_can_be_switched_off(bench: Bench) -> None:
    bench.put(form("<crowd-classifier name=a categories=\"['x','y']\"></crowd-classifier>"))
    bench.click("button", "Shortcuts")
    bench.find("checkbox", "Number keys choose").uncheck()
    bench.click("button", "Close")
    bench.press("2")
    expect(bench.find("radio", "y")).not_to_be_checked()
    bench.click("button", "Shortcuts")
    bench.find("checkbox", "Number keys choose").check()
    bench.press("Escape")
    bench.press("2")
    assert submitted(bench) == {"a": {"label": "y"}}


@pytest.mark.parametrize(
    ("categories", "says"),
    [
        ("['a'", "was expected at the end"),
        ("${categories}", "A value was expected at character 1, where “${categories” stands"),
        ("", "There is nothing to choose from"),
        ("[]", "There is nothing to choose from"),
    ],
)
def test_categories_that_cannot_be_read_are_told_and_stop_the_submission(
    bench: Bench, categories: str, says: str
) -> None:
    bench.put(form(f'<crowd-classifier name=a categories="{categories}"></crowd-classifier>'))
    bench.click("button", "Submit")
    bench.sees("text", says)
    bench.sees("text", "Please return the HIT.")
    assert bench.sent_nothing()


LENIENT: list[tuple[str, Any]] = [
    ("""["a", 'b',]""", ["a", "b"]),
    ("{a: 1, 'b': [true, false, null], \"c\": {}}", {"a": 1, "b": [True, False, None], "c": {}}),
    ("// first\n[1, /* two */ +2, -.5, 1e3, 0x1F] // end", [1, 2, -0.5, 1000, 31]),
    (
        r"""['it\'s', "\u00fc\x41\n", 'a\
b', "\q"]""",
        ["it's", "üA\n", "ab", "q"],
    ),
    ("{$a_1: 'x', 2: 'y', data-label: 'z'}", {"$a_1": "x", "2": "y", "data-label": "z"}),
    ("  \u00a0[ ]", []),
    ("[1 2]", None),
    ("[1, , 2]", None),
    ("{a 1}", None),
    ("{1, 2}", None),
    ("['a] ", None),
    ("[undefined]", None),
    ("['\\u12']", None),
    ("[alert(1)]", None),
    ("[1] x", None),
]


def test_attributes_are_read_leniently_and_never_run(bench: Bench) -> None:
    bench.put(form("<crowd-classifier name=a categories='[]'></crowd-classifier>"))
    read = """text => { const made = document.createElement("crowd-classifier"); made.setAttribute("categories", text);
        return made.categories; }"""
    for text, value in LENIENT:
        found = bench.frame.evaluate(read, text)
        assert found == value, text


# ---------------------------------------------------------------------------------------------- the gallery


def test_the_gallery_shows_every_element_and_each_fits_the_narrowest_window(browser: Browser) -> None:
    script = joined(STATIC / "stand-ins" / "crowd-html-elements" / "main.js")
    context = browser.new_context(viewport={"width": 320, "height": 560})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    seen: set[str] = set()
    crowd_gallery.serve(page)
    for name in crowd_gallery.NAMES:
        crowd_gallery.show(page, name)
        seen |= set(page.evaluate("[...document.querySelectorAll('*')].map((element) => element.localName)"))
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    context.close()
    assert failures == []
    elements = set(re.findall(r'"((?:crowd|iron)-[\w-]+)": Crowd', script))
    assert elements - seen == set()
    assert len(elements) > 20
