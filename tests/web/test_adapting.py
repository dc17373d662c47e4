"""What is changed in a Requester's page while it is served, and that all else is left as it is."""

from __future__ import annotations

import re

import pytest
from starlette.types import ASGIApp

from kempelen.market.market import Market
from kempelen.market.work import work
from kempelen.web.site.assets import FOLDER, Assets
from tests.web.people import Person, frame_src
from tests.web.test_task_hosts import fetch, task_of

SUBMIT = "/mturk/externalSubmit"
KEEPING = r'(?:<script src="ORIGIN/stand-ins/(?:hand-in|drafts)[^>]*></script>){2}'
KEPT_FIRST = re.compile(rf"^((?:<!-- x -->)?(?:<!doctype html>)?){KEEPING}", re.IGNORECASE)


class Served:
    """How a page is served, with its origin written as ORIGIN (with scheme) or //HOST, and without marks of content.

    Without the two scripts, too, that begin every page of somebody who works: they keep what is filled in.
    """

    def __init__(self, market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
        self.market, self.alice, self.bob, self.app = market, alice, bob, app
        self.assets = Assets(FOLDER / "stand-ins", "/stand-ins")

    def __call__(self, page: str) -> str:
        accepted, src = task_of(self.market, self.alice, self.bob, page)
        text = fetch(self.app, src).text
        host = f"//{accepted.hit_id.lower()}.localhost:8900"
        text = text.replace(f"http:{host}", "ORIGIN").replace(host, "//HOST")
        for name in (
            "externalHIT_v1.js",
            "crowd-html-elements.js",
            "crowd-html-elements.css",
            "submit-hosts.js",
            "storage.js",
        ):
            text = text.replace(self.assets.url(name), name)
        return KEPT_FIRST.sub(r"\1", text, count=1)


@pytest.fixture
def served(market: Market, alice: str, bob: Person, app: ASGIApp) -> Served:
    return Served(market, alice, bob, app)


EXTERNAL_HIT = (
    "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js",
    "http://s3.amazonaws.com/mturk-public/externalHIT_v1.js",
    "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js?v=12",
    "HTTPS://S3.amazonaws.com/mturk-public/externalHIT_v1.js",
    "https://s3-us-west-2.amazonaws.com/mturk-public/externalHIT_v1.js",
    "https://mturk-public.s3.amazonaws.com/externalHIT_v1.js",
)
CROWD = (
    "https://assets.crowd.aws/crowd-html-elements.js",
    "http://assets.crowd.aws/crowd-html-elements.js",
    "https://assets.crowd.aws/crowd-html-elements.js?x=1&y=2",
    "https://assets.crowd.aws/crowd-html-elements-v2.js",
    "https://assets.crowd.aws/crowd-html-elements-v2.js?x=1",
    "https://assets.crowd.aws/crowd-html-elements.min.js",
    "https://assets.crowd.aws/js/crowd-html-elements.js",
    "https://assets.crowd.aws/2019-10/dist/crowd-html-elements-v1.2.3.min.js",
    "https://assets.crowd.aws:443/crowd-html-elements.js",
    "HTTP://Assets.Crowd.AWS:80/Crowd-HTML-Elements.js",
)
SUBMIT_HOSTS = (
    "https://www.mturk.com/mturk/externalSubmit",
    "http://www.mturk.com/mturk/externalSubmit",
    "https://workersandbox.mturk.com/mturk/externalSubmit",
    "https://WORKERSANDBOX.mturk.com/mturk/externalSubmit",
    "https://worker.mturk.com/mturk/externalSubmit",
    "https://mturk.com/mturk/externalSubmit",
    "https://www.mturk.com:443/mturk/externalSubmit",
    "https://www.mturk.com//mturk/externalSubmit",
)


@pytest.mark.parametrize(
    ("addresses", "ours"),
    [
        (EXTERNAL_HIT, "ORIGINexternalHIT_v1.js"),
        (CROWD, "ORIGINcrowd-html-elements.js"),
        (SUBMIT_HOSTS, "ORIGIN" + SUBMIT),
    ],
)
def test_every_spelling_of_an_address_leads_to_ours(served: Served, addresses: tuple[str, ...], ours: str) -> None:
    shown = served("<form>" + "".join(f"<a href='{address}'></a>" for address in addresses) + "</form>")
    assert shown == "<form>" + f"<a href='{ours}'></a>" * len(addresses) + "</form>"
    escaped = (
        '<form></form><script>go("' + '","'.join(address.replace("/", "\\/") for address in addresses) + '")</script>'
    )
    assert served(escaped) == '<form></form><script>go("' + '","'.join([ours] * len(addresses)) + '")</script>'


def test_the_style_sheet_of_the_crowd_elements_is_ours_and_no_file_of_ours_is_checked_for_the_originals_content(
    served: Served,
) -> None:
    crowd = "https://assets.crowd.aws/"
    assert served(
        f"<!doctype html><link rel=stylesheet href={crowd}crowd-html-elements.css><link integrity=sha384-a "
        f"rel=stylesheet href=' //assets.crowd.aws/css/crowd-html-elements-v2.min.css?a' crossorigin>"
        f'<script src="{crowd}crowd-html-elements.js" integrity="sha384-b" crossorigin></script><form></form>'
    ) == (
        '<!doctype html><link rel=stylesheet href="ORIGINcrowd-html-elements.css"><link integrity="" rel=stylesheet '
        'href="ORIGINcrowd-html-elements.css" crossorigin><script src="ORIGINcrowd-html-elements.js" integrity="" '
        "crossorigin></script><form></form>"
    )


def test_an_address_without_scheme_stays_without_one(served: Served) -> None:
    page = """<form></form><script src="//assets.crowd.aws/crowd-html-elements.js"></script>
    <script>form.action = location.protocol + "//www.mturk.com/mturk/externalSubmit"</script>"""
    assert (
        served(page)
        == """<form></form><script src="//HOSTcrowd-html-elements.js"></script>
    <script>form.action = location.protocol + "//HOST/mturk/externalSubmit"</script>"""
    )


def test_a_path_as_action_is_left_unless_it_would_lead_elsewhere(served: Served) -> None:
    assert served(f"<form action='{SUBMIT}'></form>") == f"<form action='{SUBMIT}'></form>"
    assert served(f"<form action=/{SUBMIT}></form>") == f"<form action=ORIGIN{SUBMIT}></form>"
    base = "<base href='https://example.org/'>"
    start = '<script src="ORIGINsubmit-hosts.js"></script>'
    assert served(f'{base}<form action = "{SUBMIT}"></form>') == f'{start}{base}<form action = "ORIGIN{SUBMIT}"></form>'
    joined_by_script = f"{base}<form></form><script>action = host + '{SUBMIT}'</script>"
    assert served(joined_by_script) == start + joined_by_script


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        "<form></form><a href='https://www.mturk.com.example.org/mturk/externalSubmit'></a>",
        "<form></form><a href='https://example.org/mturk/externalSubmit'></a>",
        "<form></form><a href='https://assets.crowd.aws/crowd-html-elements.css'></a>",
        "<form></form><a href='https://assets.crowd.aws/crowd-html-elements.js.map'></a>",
        "<form></form><a href='https://assets.crowd.aws/crowd-html.js'></a>",
        "<form></form><a href='https://assets.crowd.aws/?/crowd-html-elements.js'></a>",
        "<form></form><a href='https://assets.crowd.aws.example.org/crowd-html-elements.js'></a>",
        "<form></form><script integrity='sha384-a'></script>",
        "<form><input name=a><button>Go</button></form><p>externalHIT_v1.js</p>",
        "<form><input name=a></form><script>addEventListener('x', () => document.forms[0].submit())</script>",
        "<!DOCTYPE html><title>T</title><crowd-form></crowd-form>",
    ],
)
def test_other_pages_are_left_as_they_are(served: Served, page: str) -> None:
    assert served(page) == page


@pytest.mark.parametrize(
    "page",
    [
        "<!-- x --><!doctype html><form></form><p>https://www.mturk.com",
        "<!doctype html><html><script defer src='https://example.org/study.js'></script><form></form>",
    ],
)
def test_where_a_script_may_aim_a_form_at_amazon_ours_runs_first(served: Served, page: str) -> None:
    start = page.index("html>") + 5
    scripts = re.escape('<script src="ORIGINsubmit-hosts.js"></script>')
    storage = re.escape('<script src="ORIGINstorage.js"></script>')
    assert re.fullmatch(f"{re.escape(page[:start])}(?:{storage})?{scripts}{re.escape(page[start:])}", served(page))


@pytest.mark.parametrize("script", ["localStorage.x = 1", "const {sessionStorage: kept} = window"])
def test_where_a_script_may_store_something_a_stand_in_is_at_hand(served: Served, script: str) -> None:
    page = f"<!doctype html><script>{script}</script><form></form>"
    assert served(page) == page.replace("<script>", '<script src="ORIGINstorage.js"></script><script>', 1)


WRAPPED = """<!DOCTYPE html>
<html>
<head>
<title>HIT</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<script type='text/javascript' src='ORIGINexternalHIT_v1.js'></script>
</head>
<body>
<form name='mturk_form' method='post' id='mturk_form' action='ORIGIN/mturk/externalSubmit'>\
<input type='hidden' value='' name='assignmentId' id='assignmentId'/>
%s
<p><input type='submit' id='submitButton' class='btn btn-primary' value='Submit'/></p>
</form>
<script>turkSetAssignmentID();</script>
</body>
</html>"""


@pytest.mark.parametrize(
    "page",
    [
        "<div id=list></div><script>list.innerHTML = rows.map(row => `<input name='${row}'>`).join('')</script>",
        "<input type=hidden name=a><script>document.body.append(document.createElement('select'))</script>",
        "<p>A & B</p><input name='a'><script>document.getElementById('mturk_form').onsubmit = check</script>",
        "<textarea rows=2\n name=text></textarea><iframe></iframe>",
        "<script>$('#submitButton').hide(); '<form>'; createElement('form')</script><select name='b'></select>",
    ],
)
def test_inputs_alone_get_the_form_of_the_console(served: Served, page: str) -> None:
    assert served(page) == WRAPPED % page


@pytest.mark.parametrize(
    "page",
    [
        "<script>document.body.append(document.createElement('form'))</script><input name=a>",
        "<script>fetch('/mturk/externalSubmit')</script><input name=a>",
        "<!-- <input name=a> --><script>const form = '<input name=a>'</script>",
        "<input id=a><script>submit(a)</script>",
    ],
)
def test_pages_that_make_their_own_form_or_ask_nothing_get_none(served: Served, page: str) -> None:
    assert served(page) == page


BUTTON = '<p><input type="submit" id="submitButton" class="btn btn-primary" value="Submit"></p>'


def test_one_submit_button_is_added_only_where_there_is_none(served: Served) -> None:
    own = '<p><input name=a></p><p><input type="submit" id="submitButton" value="Send it"></p>'
    assert served(own).count("submitButton") == 1
    assert "submitButton" not in served("<select name=a></select><button type='submit'>Send</button>")
    without = "<form action='edit'><input name=a></form><p>b"
    assert served(without) == without.replace("</form>", f"{BUTTON}</form>")
    unclosed = "<form><textarea name=a></textarea>"
    assert served(unclosed) == unclosed + BUTTON


def test_inputs_beside_a_form_that_leads_elsewhere_get_a_form_of_their_own(served: Served) -> None:
    page = "<body><form action='https://search.example/'><input name=q></form><input name=word></body>"
    before, after = page.split("</body>")
    shown = served(page)
    assert shown.startswith(before + "<form name='mturk_form'")
    assert shown.endswith("</form></body>" + after)
    assert "data-all-fields" in shown


def test_a_page_that_froze_the_server_is_served(served: Served) -> None:
    page = "<!-- -->" * 4000 + "<form><button>Go</button></form>"
    assert served(page) == page


def test_crowd_elements_without_a_page_around_them_get_one(served: Served) -> None:
    page = "<crowd-form><crowd-input name=a></crowd-input></crowd-form>"
    assert served(page) == f'<!DOCTYPE html>\n<title>HIT</title>\n<meta charset="utf-8">\n{page}'


def test_a_page_that_is_hard_to_read_is_still_served_at_once(served: Served) -> None:
    for piece in ("<script ", "<script src", "action= '", "https://s3.", "//", "<base", "<input ", "<!--"):
        page = "<form>" + piece * (36_000 // len(piece))
        assert "<form>" in served(page)


def test_a_page_begins_with_the_scripts_that_keep_what_is_filled_in_once_it_is_worked_on(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    page = "<!doctype html><title>T</title><form></form>"
    accepted, src = task_of(market, alice, bob, page)
    shown = fetch(app, src).text
    ours = r'<script src="http://\w+\.localhost:8900/stand-ins/%s\.js\?v=\w+" data-parents="[^"]+"></script>'
    expected = f"<!doctype html>{ours % 'hand-in'}{ours % 'drafts'}<title>T</title><form></form>"
    assert re.fullmatch(expected, shown)
    market.perform(bob.worker_id, work.return_assignment, assignment_id=accepted.assignment_id)
    preview = fetch(app, frame_src(bob.get(f"/projects/{accepted.hit_group_id}/tasks"))).text
    assert preview == page
