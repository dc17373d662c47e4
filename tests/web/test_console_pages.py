"""Pages as the console's templates were, without a form or with one that leads nowhere: no answer is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.places import Place, accept, signed_in

pytestmark = pytest.mark.slow

NAMED = "<p>Word <input type=text name=word value=tea></p>"
PAGES = {
    "fields alone": f"{NAMED}<p><textarea name=why>black</textarea></p>",
    "fields and a button of their own": f"{NAMED}<input type=submit id=submitButton value=Submit>",
    "a form to a path": f"<form action=edit name=mturk_form>{NAMED}<input type=submit name=submit value=Submit></form>",
    "a form to nowhere": f"<form action='#' method=post>{NAMED}<button>Submit</button></form>",
    "a form without anything": f"<form>{NAMED}<button>Submit</button></form>",
    "a form without a button": f"<form action='' method=post>{NAMED}</form>",
    "a form to another host": f"<form action='https://it.example/x' method=post>{NAMED}<button>Submit</button></form>",
    "the console's script missing": (
        "<form method=post id=mturk_form action='https://www.mturk.com/mturk/externalSubmit'>"
        f"<input type=hidden id=assignmentId name=assignmentId value=''>{NAMED}<button>Submit</button></form>"
        "<script>turkSetAssignmentID();</script>"
    ),
    "a search beside fields": (
        "<form action='https://search.example/' method=get><input name=q><button>Search</button></form>" + NAMED
    ),
    "fields outside the form": f"<form action=x><button>Submit</button></form>{NAMED}",
    "crowd elements and a spoilt page": (
        "<script src='https://assets.crowd.aws/crowd-html-elements.js'></script>"
        "<crowd-form answer-format='flatten-objects'>"
        "<crowd-input name=word value=tea label=Word></crowd-input></crowd-form>"
        "<script>let parent = 1; delete Array.prototype.find; JSON.stringify = () => { throw 1 };"
        "Array.prototype.toJSON = () => 1</script>"
    ),
    "crowd elements after a spoilt page": (
        "<script>var URL = 1, JSON = 2, FormData = 3, MutationObserver = 4, Object = 5; let Reflect = 6, parent = 7;"
        "delete Array.prototype.map; delete Array.prototype[Symbol.iterator]; Array.prototype.toJSON = () => 1"
        "</script><script src='https://assets.crowd.aws/crowd-html-elements.js'></script>"
        "<crowd-form answer-format='flatten-objects'>"
        "<crowd-input name=word value=tea label=Word></crowd-input></crowd-form>"
    ),
    "an address put together in a spoilt page": (
        f"<form id=mturk_form method=post>{NAMED}<input type=hidden name=assignmentId id=a>"
        "<button>Submit</button></form>"
        "<script>var given = new URLSearchParams(location.search); a.value = given.get('assignmentId');"
        "var URL = 1; delete RegExp.prototype.test; let host = 'https://www.mturk.com';"
        "mturk_form.action = host + '/mturk/externalSubmit'</script>"
    ),
}


WITH_ORIGIN, WITHOUT = "kempelen.localhost", "127.0.0.1"


@pytest.mark.parametrize(
    ("kind", "host"),
    [*((kind, WITH_ORIGIN) for kind in PAGES), ("fields alone", WITHOUT), ("a form to a path", WITHOUT)],
)
def test_what_the_worker_submits_is_handed_in_whatever_its_form_leads_to(
    context: BrowserContext, place: Place, kind: str, host: str
) -> None:
    place.one_at_a_time()
    page = signed_in(context, place, host)
    accept(page, place, place.hit(PAGES[kind]))
    task = page.frame_locator("#task")
    expect(task.get_by_role("button", name="Submit")).to_have_count(1)
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    (answer,) = place.answers()
    assert ("word", "tea") in answer
    assert {name for name, _ in answer} <= {"word", "why", "submit"}


def test_the_enter_key_submits_too(context: BrowserContext, place: Place) -> None:
    place.one_at_a_time()
    page = signed_in(context, place)
    accept(page, place, place.hit(PAGES["a form to a path"]))
    page.frame_locator("#task").get_by_role("textbox").press("Enter")
    page.wait_for_url("**/tasks*")
    assert ("word", "tea") in place.answers()[0]


@pytest.mark.parametrize("script", ["location = '/edit'", "location = 'https://elsewhere.example/'"])
def test_a_task_that_goes_somewhere_else_loses_nothing_and_its_worker_is_told(
    context: BrowserContext, place: Place, script: str
) -> None:
    place.one_at_a_time()
    context.route("https://elsewhere.example/", lambda route: route.fulfill(body="Elsewhere"))
    page = signed_in(context, place)
    accept(
        page,
        place,
        place.hit(f'<form action=x><input name=word><button>Submit</button></form><a onclick="{script}">Go</a>'),
    )
    task = page.frame_locator("#task")
    notice = page.get_by_role("alert").filter(has_text="The task has gone to another page")
    task.get_by_role("textbox").fill("an hour's work")
    expect_kept(page, "an hour's work")
    expect(notice).to_be_hidden()
    task.get_by_text("Go").click()
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Open the task again").click()
    expect(task.get_by_role("textbox")).to_have_value("an hour's work")
    expect(notice).to_be_hidden()
    task.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/tasks*")
    assert place.answers() == [[("word", "an hour's work")]]


def test_an_address_that_does_not_exist_says_so_in_words(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    accept(page, place, place.hit("<form><input name=a><button>Go</button></form><a href='/gone'>Away</a>"))
    page.frame_locator("#task").get_by_text("Away").click()
    expect(page.frame_locator("#task").get_by_role("alert")).to_contain_text("an address that does not exist")


def test_an_answer_that_names_another_hit_is_refused_at_once(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    other = "<input type=hidden name=assignmentId value=3SOMEBODYELSE>"
    accept(
        page, place, place.hit(f"<form method=post action='/mturk/externalSubmit'>{other}<button>Send</button></form>")
    )
    task = page.frame_locator("#task")
    task.get_by_role("button", name="Send").click()
    expect(task.get_by_role("alert")).to_contain_text("This answer names another HIT")
    task.get_by_role("button", name="Back to the task").click()
    expect(task.get_by_role("button", name="Send")).to_be_visible()
    assert len(place.queue()) == 1


def test_a_flood_of_messages_leaves_the_page_usable(context: BrowserContext, place: Place) -> None:
    page = signed_in(context, place)
    send = "for (let n = 0; n < 500; n++) parent.postMessage('{' + 'x'.repeat(9999), '*')"
    flood = f"<script>const go = () => {{ {send}; setTimeout(go) }}; go()</script>"
    accept(page, place, place.hit(f"<form><input name=a><button>Go</button></form>{flood}"))
    expect(page.get_by_role("alert").filter(has_text="it sent too many messages")).to_be_visible()
    page.get_by_role("button", name="Return").click()
    page.wait_for_url("**/tasks*")
    assert place.queue() == []


def expect_kept(page: Page, text: str) -> None:
    page.wait_for_function("text => Object.values(sessionStorage).join().includes(text)", arg=text)
