"""An answer is in the Worker's browser before anything is sent: what forms hand in, and lost connections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.people import accounts
from kempelen.web.site.assets import FOLDER
from kempelen.web.site.modules import joined
from tests.market.work import new_hit
from tests.web import forms
from tests.web.places import MUG, Place, accept, leave, signed_in, wait_for

pytestmark = pytest.mark.slow

SCRIPT = joined(FOLDER / "stand-ins" / "hand-in" / "main.js")
SITE = "http://kempelen.localhost:8900"
TASK = "http://3abc.localhost:8900"
MINE = '<input type="hidden" name="assignmentId" value="3MINE"><input type="hidden" name="hitId" value="3H">'
BOXES = "<input type=checkbox name=on checked><input type=checkbox name=off>"
BOXES += "<select multiple name=many><option selected>x<option selected>y</select>"
HIDING = ("action", "submit", "getAttribute", "isConnected", "target", "method", "__proto__")
# By what is shown: the content of the form, what is done before it is submitted, and the fields it hands in.
HANDED_IN = {
    "fields in their order, of one name too": (
        "<input name=b value=1><input name=a value=2><input name=b value=3>",
        "",
        [["b", "1"], ["a", "2"], ["b", "3"]],
    ),
    "the button that was pressed": (
        "<button name=way value=left>Go</button><button name=way value=right>No</button>",
        "",
        [["way", "left"]],
    ),
    "what a box and a list of choices say": (
        BOXES,
        "",
        [["on", "on"], ["many", "x"], ["many", "y"]],
    ),
    "lines": ("<textarea name=lines>\none\ntwo</textarea>", "", [["lines", "one\r\ntwo"]]),
    "what a handler of formdata adds": (
        "<input name=a value=1>",
        "form.addEventListener('formdata', (event) => event.formData.append('late', 'here'))",
        [["a", "1"], ["late", "here"]],
    ),
    "what a handler of submit fills in": (
        "<input name=a>",
        "form.onsubmit = () => { form.a.value = 'filled' }",
        [["a", "filled"]],
    ),
    "a form whose fields hide its own names": (
        "".join(f"<input name={name} value=1>" for name in HIDING),
        "",
        [[name, "1"] for name in HIDING],
    ),
}


class Around:
    """A page that frames a task. It notes what the task tells it, and answers; `posts` are what the task posts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.posts: list[list[tuple[str, str]]] = []
        self.task = ""
        page.route("**/*", self._answer)

    def show(self, task: str, *, answers: bool = True) -> None:
        """Show a task of this content."""
        self.task, self.posts = task, []
        self.page.goto(SITE)
        self.page.evaluate(
            """([task, answers]) => { window.heard = []; addEventListener('message', (event) => {
                 if (typeof event.data !== 'string') return; // it is no answer
                 heard.push(event.data); if (answers) event.source.postMessage({taken: true}, event.origin); });
               const frame = document.createElement('iframe'); frame.src = task; frame.id = 'task';
               document.body.append(frame); return new Promise((done) => frame.onload = done) }""",
            [f"{TASK}/task?assignmentId=3MINE", answers],
        )

    def heard(self) -> list[list[str]]:
        """The fields of the one answer that the task has handed in."""
        self.page.wait_for_function("heard.length")
        self.page.wait_for_timeout(50)
        (message,) = self.page.evaluate("heard")
        told = json.loads(message)
        assert told["assignmentId"] == "3MINE"
        assert self.posts == []
        pairs: list[list[str]] = told["pairs"]
        return pairs

    def posted(self) -> list[tuple[str, str]]:
        """The fields that the task has posted instead; it has handed in nothing."""
        wait_for(self.page, lambda: bool(self.posts))
        (fields,) = self.posts
        return fields

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.method == "POST" or "externalSubmit" in request.url:
            self.posts.append(parse_qsl(urlsplit(request.url).query) + parse_qsl(request.post_data or ""))
        start = f'<!doctype html><script data-parents="http://localhost:8900 {SITE}">{SCRIPT}</script><body>'
        body = start + self.task if request.url.startswith(f"{TASK}/task?") else "<!doctype html><title>Site</title><p>"
        route.fulfill(body=body, content_type="text/html; charset=utf-8")


@pytest.fixture(scope="module")
def around(browser: Browser) -> Iterator[Around]:
    context = browser.new_context()
    yield Around(context.new_page())
    context.close()


def form(content: str, attributes: str = "method=post", path: str = "/mturk/externalSubmit") -> str:
    return f"<form id=form action='{path}' {attributes}>{MINE}{content}<button>Go</button></form>"


def doing(script: str) -> str:
    return f"<script>{script}</script>"


PRESS = "document.querySelector('button').click()"


@pytest.mark.parametrize("what", HANDED_IN)
def test_a_form_hands_in_what_it_would_post(around: Around, what: str) -> None:
    content, prepare, pairs = HANDED_IN[what]
    around.show(form(content) + doing(f"const form = document.getElementById('form'); {prepare}; {PRESS}"))
    assert around.heard() == pairs


@pytest.mark.parametrize(
    "script",
    [
        "form.requestSubmit()",
        "form.submit()",
        "HTMLFormElement.prototype.submit.call(form)",
        "form.onsubmit = (event) => { event.preventDefault(); setTimeout(() => form.submit()) }; " + PRESS,
        "form.removeAttribute('action'); form.action = location.origin + '//mturk/externalSubmit'; form.submit()",
        "form.action = '/else'; const go = form.lastChild; go.formAction = '/mturk/externalSubmit'; go.click()",
        "form.method = 'get'; form.submit()",
        "form.enctype = 'multipart/form-data'; form.submit()",
        "form.target = '_top'; form.submit()",
    ],
)
def test_however_it_is_submitted(around: Around, script: str) -> None:
    around.show(form("<input name=a value=1>") + doing(script))
    assert around.heard() == [["a", "1"]]


def test_the_script_leaves_no_name_in_the_page(around: Around) -> None:
    names = "const handOver = 1, post = 2, tell = 3, fields = 4, own = 5, way = 6, submit = 7, mine = 8"
    around.show(form("<input name=a value=1>") + doing(f"{names}; document.forms[0].submit()"))
    assert around.heard() == [["a", "1"]]


def test_the_fields_of_the_address_come_first(around: Around) -> None:
    address = "/mturk/externalSubmit?assignmentId=3MINE&x=1"
    around.show(
        f"<form method=post action='{address}'><input name=a value=2></form>" + doing("document.forms[0].submit()")
    )
    assert around.heard() == [["x", "1"], ["a", "2"]]


def test_of_a_file_the_name_is_handed_in(around: Around) -> None:
    around.show(
        form("<input type=file name=photo><input type=file name=none>", "method=post enctype=multipart/form-data")
    )
    task = around.page.frame_locator("#task")
    task.locator("[name=photo]").set_input_files({"name": "mug.png", "mimeType": "image/png", "buffer": b"x"})
    task.get_by_role("button", name="Go").click()
    assert around.heard() == [["photo", "mug.png"], ["none", ""]]


@pytest.mark.parametrize(
    "script",
    [
        "form.addEventListener('submit', (event) => event.preventDefault()); " + PRESS,
        "addEventListener('submit', (event) => event.preventDefault()); " + PRESS,
        "document.addEventListener('submit', (event) => { event.preventDefault(); event.stopPropagation() }); " + PRESS,
        "form.remove(); form.submit()",
        "form.dispatchEvent(new SubmitEvent('submit', {bubbles: true, cancelable: true}))",
    ],
)
def test_what_the_page_prevents_is_not_handed_in(around: Around, script: str) -> None:
    around.show(form("<input name=a value=1>") + doing(script))
    around.page.wait_for_timeout(150)
    assert around.page.evaluate("heard") == []
    assert around.posts == []


@pytest.mark.parametrize(
    ("task", "fields"),
    [
        (
            "<form method=post action='/mturk/externalSubmit'><input name=assignmentId value=3OTHER></form>",
            [("assignmentId", "3OTHER")],
        ),
        (
            f"<form method=post action='https://example.org/mturk/externalSubmit'>{MINE}<input name=a value=1></form>",
            [("assignmentId", "3MINE"), ("hitId", "3H"), ("a", "1")],
        ),
    ],
)
def test_what_is_not_this_task_s_answer_is_posted_as_it_is(
    around: Around, task: str, fields: list[tuple[str, str]]
) -> None:
    around.show(task + doing("document.forms[0].submit()"))
    assert around.posted() == fields
    assert around.page.evaluate("heard") == []


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "action=''",
        "action='#'",
        "action=edit method=get",
        "action='edit?x=1' method=post",
        "action='/search'",
        "action='https://example.org/collect' method=post",
        "action='http://[' method=post",
        "method=post action='/mturk/externalSubmit'",
        "method=post action='/mturk/externalSubmit' id=mturk_form",
    ],
)
@pytest.mark.parametrize("how", [PRESS, "document.forms[0].submit()", "document.forms[0].requestSubmit()"])
def test_a_form_without_its_assignment_is_handed_in_for_the_task_wherever_it_leads(
    around: Around, attributes: str, how: str
) -> None:
    empty = "<input type=hidden name=assignmentId value=''>"
    around.show(f"<form {attributes}>{empty}<input name=a value=1><button>Go</button></form>" + doing(how))
    assert around.heard() == [["a", "1"]]


def test_fields_outside_of_a_form_that_leads_nowhere_are_handed_in_with_it(around: Around) -> None:
    outside = (
        "<input name=b value=2><input type=checkbox name=c checked><input type=radio name=d>"
        "<select multiple name=e><option selected>x<option selected>y</select><textarea name=f>\none\ntwo</textarea>"
        "<input name=g disabled><button name=h>No</button><input type=file name=i>"
    )
    around.show(f"<form action=edit><input name=a value=1><button>Go</button></form>{outside}" + doing(PRESS))
    assert around.heard() == [["a", "1"], ["b", "2"], ["c", "on"], ["e", "x"], ["e", "y"], ["f", "one\r\ntwo"]]


def test_a_search_beside_the_fields_opens_a_window_of_its_own(around: Around) -> None:
    search = "<form action='https://search.example/'><input name=q value=mugs><button>Search</button></form>"
    rest = "<form action='/mturk/externalSubmit' method=post data-all-fields><button id=go>Submit</button></form>"
    around.show(f"{search}<input name=a value=1>{rest}")
    task = around.page.frame_locator("#task")
    around.page.context.route("https://search.example/**", lambda route: route.fulfill(body="found"))
    with around.page.context.expect_page() as opened:
        task.get_by_role("button", name="Search").click()
    opened.value.wait_for_url("https://search.example/?q=mugs")
    opened.value.close()
    task.get_by_role("button", name="Submit").click()
    assert around.heard() == [["a", "1"]]


SPOILT = (
    "let parent = document.body",
    "var URL = 1, FormData = 2, HTMLFormElement = 3, Map = 4, Object = 5",
    "class JSON {}; class Element {}; const setTimeout = null, Reflect = undefined",
    "delete Array.prototype.find; delete Array.prototype.map; Array.prototype.filter = () => { throw 1 }",
    "JSON.stringify = () => { throw new Error('no') }",
    "Array.prototype.toJSON = function () { return '[' + this.length + ']' }",
    "Object.prototype.toJSON = () => 'x'; Object.prototype.get = 1",
    "delete Array.prototype[Symbol.iterator]; String.prototype.replace = null",
)


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("how", [PRESS, "document.forms[0].submit()"])
def test_what_a_page_does_to_the_language_does_not_stop_its_answer(around: Around, spoilt: str, how: str) -> None:
    around.show(form("<input name=a value=1>") + doing(f"{spoilt};") + doing(how))
    assert around.heard() == [["a", "1"]]


def test_the_page_keeps_what_it_does_to_the_language(around: Around) -> None:
    script = "JSON.stringify = () => 'mine'; delete Array.prototype.find; Array.prototype.toJSON = () => 1;"
    around.show(form("<input name=a value=1>") + doing(script) + doing(PRESS))
    assert around.heard() == [["a", "1"]]
    (frame,) = [frame for frame in around.page.frames if "/task?" in frame.url]
    kept = "self.eval('[JSON.stringify(1), typeof [].find, typeof Array.prototype.toJSON].join()')"
    assert frame.evaluate(kept) == "mine,undefined,function"


SENT = {
    "fetch, urlencoded": """fetch(TO, {method: "POST", body: new URLSearchParams({a: "1"})})
        .then((it) => said(it.status))""",
    "fetch, multipart": 'let data = new FormData(); data.append("a", "1"); fetch(TO, {method: "POST", body: data})',
    "fetch, a request": 'fetch(new Request(TO, {method: "POST", body: "a=1"})).then((it) => said(it.status))',
    "fetch, in the address": 'fetch(TO + "?a=1")',
    "a beacon": 'navigator.sendBeacon(TO, new URLSearchParams({assignmentId: "3MINE", a: "1"}))',
    "XMLHttpRequest": """let sent = new XMLHttpRequest(); sent.onload = () => said(sent.status); sent.open("POST", TO);
        sent.send("assignmentId=3MINE&a=1")""",
}


@pytest.mark.parametrize("address", [f"{TASK}/mturk/externalSubmit", "https://www.mturk.com/mturk/externalSubmit"])
@pytest.mark.parametrize("script", SENT.values(), ids=SENT)
def test_an_answer_that_a_script_sends_is_handed_in(around: Around, script: str, address: str) -> None:
    around.show(doing(f"const TO = '{address}'; const said = (status) => document.title = status; {script}"))
    assert around.heard() == [["a", "1"]]
    if "said" in script:
        (frame,) = [frame for frame in around.page.frames if "/task?" in frame.url]
        frame.wait_for_function("document.title === '200'")


def test_an_answer_of_another_assignment_and_other_requests_go_where_they_lead(around: Around) -> None:
    script = f"""fetch("{TASK}/mturk/externalSubmit", {{method: "POST", body: "assignmentId=3OTHER&a=1"}})
            .catch(() => 0);
        fetch("{TASK}/other", {{method: "POST", body: "a=2"}}).catch(() => 0).then(() => document.title = "done")"""
    around.show(doing(script))
    (frame,) = [frame for frame in around.page.frames if "/task?" in frame.url]
    frame.wait_for_function("document.title === 'done'")
    assert around.page.evaluate("heard.length") == 0


def test_dialogs_one_after_the_other_come_to_an_end(around: Around) -> None:
    seen: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    around.page.on("dialog", dismiss)
    around.show(form("<input name=a value=1>") + doing("for (let n = 0; n < 50; n++) alert(n); " + PRESS))
    assert around.heard() == [["a", "1"]]
    assert seen == ["0", "1", "2", "3", "4"]
    around.page.remove_listener("dialog", dismiss)


def test_an_answer_that_nobody_takes_is_posted_after_some_tries(around: Around) -> None:
    around.show(form("<textarea name=a>\none\ntwo</textarea>") + doing("form.submit()"), answers=False)
    assert around.posted() == [("assignmentId", "3MINE"), ("a", "one\r\ntwo")]
    assert len(around.page.evaluate("heard")) > 1


# ---------------------------------------------------------------------------------------------- with the site


CROWD = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form answer-format="flatten-objects"><crowd-text-area name="colour" label="Colour"></crowd-text-area>
</crowd-form>"""
QUESTIONS = forms.form(forms.question("colour", forms.text()))


@pytest.mark.parametrize(
    ("kind", "host"),
    [("plain", "kempelen.localhost"), ("crowd", "127.0.0.1"), ("questions", "kempelen.localhost")],
)
def test_an_answer_submitted_without_a_connection_is_kept_and_sent_when_there_is_one(
    context: BrowserContext, place: Place, kind: str, host: str
) -> None:
    place.one_at_a_time()
    if kind == "questions":
        group_id = new_hit(place.market, place.alice, question=QUESTIONS).hit_group_id
    else:
        group_id = place.hit(MUG if kind == "plain" else CROWD)
    page = signed_in(context, place, host)
    accept(page, place, group_id)
    address = page.url
    box = page.frame_locator("#task").get_by_role("textbox").first
    box.fill("typed for an hour")
    context.set_offline(True)
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="kept in this browser")).to_be_visible()
    expect(box).to_have_value("typed for an hour")
    leave(page)
    context.set_offline(False)
    assert place.answers() == []
    again = context.new_page()
    again.goto(address)
    again.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "typed for an hour")


@pytest.mark.parametrize("path", ["same page", "queue"])
def test_an_answer_is_never_sent_as_another_worker_and_waits_for_its_own(
    context: BrowserContext, place: Place, password_hash: str, path: str
) -> None:
    place.one_at_a_time()
    given = {"name": "Charlie", "email": "charlie@example.org", "password_hash": password_hash}
    place.market.perform(OPERATOR, accounts.add_worker, **given)
    page = signed_in(context, place)
    accept(page, place, place.hit())
    queue = context.new_page()
    if path == "queue":
        page.route("**/submit", lambda route: route.abort())
    else:
        become(context, place, "charlie@example.org")
    page.frame_locator("#task").get_by_label("Colour").fill("red")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    if path == "queue":
        expect(page.get_by_role("alert").filter(has_text="kept in this browser")).to_be_visible()
        queue.route("**/submit", lambda route: route.abort())
        queue.goto(place.url + "/tasks")
        expect(queue.locator("#unsent")).to_contain_text("goes on trying")
        page.close()
        become(context, place, "charlie@example.org")
        queue.unroute("**/submit")
        queue.evaluate("dispatchEvent(new Event('online'))")
        expect(queue.locator("#unsent")).to_contain_text(f"once Worker {place.bob} signs in again")
        queue.close()
    else:
        told = page.get_by_role("alert").filter(has_text=f"kept here as yours, Worker {place.bob}")
        expect(told).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(told).to_be_visible()
    assert len(place.queue()) == 1
    become(context, place, "bob@example.org").get_by_text("has been handed in now").wait_for()
    assert place.answers()[0][0] == ("colour", "red")


def become(context: BrowserContext, place: Place, email: str) -> Page:
    """Be somebody else in all windows of this browser; a new window of theirs."""
    context.clear_cookies()
    return signed_in(context, place, email=email)


def test_an_answer_that_is_too_large_can_be_shortened_and_sent(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit())
    box = page.frame_locator("#task").get_by_label("Colour")
    box.evaluate("box => { box.value = '<'.repeat(1_100_000) }")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").filter(has_text="too large to be kept")).to_be_visible()
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="too large to be kept")).to_be_visible()
    page.get_by_text("What you answered").click()
    expect(page.locator("#kept-answer")).to_contain_text("<<<<")
    box.fill("short")
    page.frame_locator("#task").get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert place.answers()[0][0] == ("colour", "short")


def test_the_page_that_hands_over_tells_why_an_answer_was_refused_and_leads_back(
    context: BrowserContext, place: Place
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.external_hit())
    page.route(
        "**/submit",
        lambda route: route.fulfill(status=413, json={"message": "This is too much.", "code": "FormTooLarge"}),
    )
    task = page.frame_locator("#task")
    task.get_by_label("choice").fill("left")
    task.get_by_role("button", name="Done").click()
    expect(task.get_by_role("alert")).to_contain_text("This is too much.")
    task.get_by_role("button", name="Back to the task").click()
    expect(task.get_by_role("heading", name="Study")).to_be_visible()
    page.unroute("**/submit")
    task.get_by_label("choice").fill("right")
    task.get_by_role("button", name="Done").click()
    page.wait_for_url("**/tasks*")
    assert place.answers() == [[("choice", "right")]]


def test_where_a_requester_s_own_page_would_lose_an_answer_the_worker_is_warned(
    context: BrowserContext, place: Place
) -> None:
    page = signed_in(context, place)
    accept(page, place, place.external_hit())
    expect(page.frame_locator("#task").get_by_role("button", name="Done")).to_be_visible()
    warning = page.get_by_role("alert").filter(has_text="There is no connection to this site just now.")
    expect(warning).to_be_hidden()
    context.set_offline(True)
    expect(warning).to_be_visible()
    context.set_offline(False)
    expect(warning).to_be_hidden()


NAMES = ("dataset", "querySelectorAll", "elements", "parentNode", "append", "submit", "getAttribute", "action")
FIELDS = "".join(f'<input type="text" name="{name}" value="mug">' for name in NAMES)
PRESS_SUBMIT = "document.querySelector('[type=submit], crowd-button, button').click()"


@pytest.mark.parametrize("kind", ["plain", "crowd", "external"])
def test_a_field_may_have_any_name(context: BrowserContext, place: Place, kind: str) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    if kind == "external":
        group_id = place.external_hit()
    elif kind == "plain":
        group_id = place.hit(MUG.replace('<input name="colour">', FIELDS))
    else:
        group_id = place.hit(CROWD.replace("<crowd-text-area", FIELDS + "<crowd-text-area"))
    accept(page, place, group_id)
    task = page.frame_locator("#task")
    expect(task.locator("[type=submit], crowd-button, button").first).to_be_visible()
    if kind == "external":
        task.locator("form").evaluate("(form, fields) => form.insertAdjacentHTML('beforeend', fields)", FIELDS)
    task.locator("html").evaluate(f"() => {PRESS_SUBMIT}")
    page.wait_for_url("**/tasks*")
    (answer,) = place.answers()
    assert {(name, "mug") for name in NAMES} <= set(answer)


TICKED = """<!DOCTYPE html><form method="post" action="/mturk/externalSubmit">
<script>document.write(`<input type="hidden" name="assignmentId" value="${new URLSearchParams(location.search)
  .get("assignmentId")}">`)</script>
<label>Colour <input name="colour" value="red"></label>
<label><input type="checkbox" name="chip" value="rim"> rim</label>
<label>Kind <select name="kind"><option>mug<option>cup</select></label>
<label>Secret <input type="password" name="secret"></label>
<label>Set <input name="set" value="a"></label><button>Submit</button></form>
<script>document.forms[0].elements.set.value = "by the page"</script>"""


def test_what_is_half_done_survives_a_reload_and_is_forgotten_with_the_answer(
    context: BrowserContext, place: Place
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit(TICKED))
    task = page.frame_locator("#task")
    for label in ("Colour", "Secret", "Set"):
        task.get_by_label(label).fill("half typed")
    task.get_by_label("rim").check()
    task.get_by_label("Kind").select_option("cup")
    expect_draft(page, "half typed", "cup")
    page.reload()
    expect(task.get_by_label("Colour")).to_have_value("half typed")
    expect(task.get_by_label("rim")).to_be_checked()
    expect(task.get_by_label("Kind")).to_have_value("cup")
    expect(task.get_by_label("Secret")).to_have_value("")
    expect(task.get_by_label("Set")).to_have_value("by the page")
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert page.evaluate("sessionStorage.length") == 0
    assert ("colour", "half typed") in place.answers()[0]


WHOLE_CROWD = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form>
<crowd-input name="a" label="Name"></crowd-input><crowd-checkbox name="b">Sure</crowd-checkbox>
<crowd-slider name="c" min="0" max="10"></crowd-slider>
<crowd-classifier name="d" header="Kind" categories="['Mug', 'Cup']"></crowd-classifier></crowd-form>"""


@pytest.mark.parametrize("kind", ["crowd", "questions"])
def test_what_is_half_done_in_our_own_elements_survives_a_reload(
    context: BrowserContext, place: Place, kind: str
) -> None:
    page = signed_in(context, place, "127.0.0.1")
    asked = forms.form(
        forms.question("colours", forms.choices("r=Red", "g=Green", most=2)), forms.question("why", forms.text(lines=3))
    )
    if kind == "crowd":
        group_id = place.hit(WHOLE_CROWD)
    else:
        group_id = new_hit(place.market, place.alice, question=asked).hit_group_id
    accept(page, place, group_id)
    task = page.frame_locator("#task")
    task.get_by_role("textbox").first.fill("half typed")
    task.get_by_role("checkbox").first.click()
    if kind == "crowd":
        task.get_by_role("slider").press("ArrowRight")
        task.get_by_role("radio", name="Cup").click()
    expect_draft(page, "half typed", "true" if kind == "questions" else "Cup")
    page.reload()
    expect(task.get_by_role("textbox").first).to_have_value("half typed")
    expect(task.get_by_role("checkbox").first).to_be_checked()
    if kind == "crowd":
        expect(task.get_by_role("slider")).to_have_attribute("aria-valuenow", "1")
        expect(task.get_by_role("radio", name="Cup")).to_be_checked()
    else:
        expect(task.get_by_text("– 1 chosen")).to_be_visible()


def expect_draft(page: Page, *parts: str) -> None:
    """Wait until the work page has kept all of these."""
    page.wait_for_function(
        "parts => parts.every((part) => Object.values(sessionStorage).join().includes(part))", arg=list(parts)
    )
