"""Pages of the console's kinds, published and done in a real browser: each answer is what a plain form would send.

The other browser window has the same contents in a form of their own, on a server that writes down what it is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Frame, Page

from kempelen.core.questions import questions
from kempelen.core.questions.questions import HTMLQuestion
from kempelen.core.wire.shapes import HITLayoutParameter
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts, hits
from kempelen.market.people import accounts
from kempelen.market.work import work
from tests.market.work import new_hit
from tests.web import console_templates
from tests.web.console_templates import Template
from tests.web.places import Place, running_site, signed_in
from tests.web.test_task_hosts import question
from tests.web.test_work_pages import answers_of

pytestmark = pytest.mark.slow

MEBIBYTE = 1024 * 1024
TEMPLATES = {template.name: template for template in console_templates.templates()}
BUTTON = "input[type=submit], button:not([type=button])"


class Reference:
    """A plain form, and what a browser sends by it."""

    def __init__(self, page: Page, address: str, shown: dict[str, str], sent: list[list[tuple[str, str]]]) -> None:
        self.page, self.address, self.shown, self.sent = page, address, shown, sent

    def answer(self, template: Template) -> dict[str, str]:
        """The fields, those of one name joined as an answer joins them."""
        contents = console_templates.filled(template.contents)
        self.shown["/"] = f"<!DOCTYPE html><form method=post>{contents}<input type=submit></form>"
        self.page.goto(self.address)
        do(self.page.main_frame, template)
        self.page.get_by_text("Sent").wait_for()
        joined: dict[str, str] = {}
        for name, value in self.sent.pop():
            if name:
                joined[name] = f"{joined[name]}|{value}" if name in joined else value
        return joined


def do(frame: Frame, template: Template) -> None:
    """What a person does in the page."""
    for deed, selector, text in template.deeds:
        control = frame.locator(selector)
        if deed == "fill":
            control.fill(text)
        elif deed == "check":
            control.check()
        else:
            control.select_option(text)
    frame.locator(BUTTON).click()


@pytest.fixture(scope="module")
def reference(browser: Browser) -> Iterator[Reference]:
    shown: dict[str, str] = {}
    sent: list[list[tuple[str, str]]] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(shown.get(self.path, ""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent.append(parse_qsl(body, keep_blank_values=True))
            self._answer("<!DOCTYPE html>Sent")

        def _answer(self, page: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    yield Reference(page, f"http://127.0.0.1:{server.server_port}/", shown, sent)
    page.close()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def place(password_hash: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One site for all pages."""
    uploads: Path = tmp_path_factory.mktemp("uploads")
    with running_site("", password_hash, uploads) as place:
        place.market.perform(place.bob, accounts.set_auto_accept, on=False)
        yield place


@pytest.fixture(scope="module")
def window(browser: Browser, place: Place) -> Iterator[Page]:
    context = browser.new_context()
    yield signed_in(context, place)
    context.close()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_of_the_console_is_answered_as_a_plain_form(
    place: Place, window: Page, reference: Reference, name: str
) -> None:
    template = TEMPLATES[name]
    by_layout = published_as_layout(place, template, template.page)
    by_question = new_hit(place.market, place.alice, question=question(console_templates.filled(template.page)))
    assert (served(place, by_layout), by_question.hit_layout_id) == (console_templates.filled(template.page), None)
    expected = reference.answer(template)
    assert expected
    hit = by_layout if list(TEMPLATES).index(name) % 2 else by_question
    assert answer(place, window, hit, template) == expected


@pytest.mark.parametrize("frame", ["no form, whole page", "console's form", "form with a path of its own"])
def test_so_is_one_of_a_megabyte(place: Place, window: Page, reference: Reference, frame: str) -> None:
    contents, deeds = console_templates.CONTENTS["tagging"]
    around = console_templates.FRAMES[frame]
    template = Template(frame, around.replace("{contents}", contents), contents, deeds)
    data = "<script>const data = [" + '"<b> ${none[0]} </b> <p>",' * 19_000 + "]</script>"
    pictures = f"<img src='data:image/png;base64,{'A' * 200_000}' hidden>"
    rows = "<p hidden>One of the many rows of a long page &amp; its text</p>" * 6_000
    page = template.page.replace(template.contents, rows + pictures + template.contents + data)
    assert MEBIBYTE < len(page) < 1.3 * MEBIBYTE
    hit = published_as_layout(place, template, page)
    assert answer(place, window, hit, template) == reference.answer(template)


def published_as_layout(place: Place, template: Template, page: str) -> hits.HIT:
    added = {"requester_id": place.alice, "name": template.name[:100], "html": page}
    layout = place.market.perform(OPERATOR, hit_layouts.add_hit_layout, **added)
    assert sorted(layout.variables) == sorted(template.variables)
    values = [HITLayoutParameter(name=name, value=value) for name, value in template.variables.items()]
    given = {"hit_layout_id": layout.hit_layout_id, "hit_layout_parameters": values}
    return new_hit(place.market, place.alice, question=None, **given)


def served(place: Place, hit: hits.HIT) -> str:
    """The page of a HIT."""
    read = questions.stored(hit.question)
    assert isinstance(read, HTMLQuestion)
    return read.html


def answer(place: Place, window: Page, hit: hits.HIT, template: Template) -> dict[str, str]:
    """What is stored when Bob has done a HIT."""
    accepted = place.market.perform(place.bob, work.accept, group_id=hit.hit_group_id, hit_id=hit.hit_id)
    path = f"/projects/{hit.hit_group_id}/tasks/{hit.hit_id}?assignment_id={accepted.assignment_id}"
    window.goto(place.url + path)
    frame = window.frame(name="task") or window.frames[1]
    frame.wait_for_load_state()
    do(frame, template)
    window.wait_for_url("**/tasks*", wait_until="commit")
    (stored,) = answers_of(place.market, place.alice, hit.hit_id)
    assert len(dict(stored)) == len(stored)
    return dict(stored)
