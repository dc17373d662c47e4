"""A running site for real browsers: Bob's window on it, and what a Requester puts there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import BrowserContext, Page

from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.market.work import new_hit
from tests.web.people import PASSWORD
from tests.web.test_task_hosts import question
from tests.web.test_work_pages import answers_of

MUG = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Mug</title>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head><body>
<form name="mturk_form" id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" id="assignmentId" value="">
<label>Colour <input name="colour"></label> <label>Why <textarea name="why"></textarea></label>
<label><input type="checkbox" name="chip" value="rim"> rim</label>
<label><input type="checkbox" name="chip" value="handle"> handle</label>
<input type="submit" id="submitButton" value="Submit"></form>
<script>turkSetAssignmentID()</script></body></html>"""
STUDY = """<!DOCTYPE html><title>Study</title><h1>Study</h1><script>
const given = new URLSearchParams(location.search);
document.write(`<form method="post" action="${given.get("turkSubmitTo")}/mturk/externalSubmit">
<input type="hidden" name="assignmentId" value="${given.get("assignmentId")}">
<input name="choice" aria-label="choice"><button>Done</button></form><p id="who">${given.get("workerId")}</p>`);
</script>"""

PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400"><rect width="640" height="400" fill="#cfd8cb"/>'
    '<path d="M220 90h200v170a60 60 0 0 1-60 60h-80a60 60 0 0 1-60-60z" fill="#1d5843"/>'
    '<path d="M420 130h30a50 50 0 0 1 0 100h-30" fill="none" stroke="#1d5843" stroke-width="22"/></svg>'
)


@dataclass
class Place:
    """A running site, and a Requester's own page on another port of this machine."""

    market: Market
    url: str
    study: str
    alice: str
    bob: str

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    def hit(self, page: str = MUG, frame_height: int = 0, **members: object) -> str:
        """The group of a new HIT with this page."""
        hit = new_hit(self.market, self.alice, question=question(page, frame_height), **members)
        return hit.hit_group_id

    def external_hit(self) -> str:
        """The group of a new HIT whose task is the Requester's own page."""
        return new_hit(self.market, self.alice, question=external(f"{self.study}/?round=2")).hit_group_id

    def one_at_a_time(self) -> None:
        self.market.perform(self.bob, accounts.set_auto_accept, on=False)

    def answers(self) -> list[list[tuple[str, str]]]:
        """All that was handed in, by HIT in the order of their ids."""
        with self.market.database.reading() as db:
            hits = [row["hit_id"] for row in db.all("SELECT hit_id FROM hit ORDER BY hit_id")]
        return [answer for hit_id in hits for answer in answers_of(self.market, self.alice, hit_id)]

    def queue(self) -> list[work.Work]:
        return self.market.perform(self.bob, work.list_queue)


def external(url: str) -> str:
    """The question that is the page at this address."""
    namespace = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd"
    return (
        f'<ExternalQuestion xmlns="{namespace}"><ExternalURL>{url}</ExternalURL>'
        "<FrameHeight>400</FrameHeight></ExternalQuestion>"
    )


@contextmanager
def requesters_server() -> Iterator[str]:
    """The address of a Requester's own server, on another port: a study, and the picture /mug.svg."""

    class Study(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = ("image/svg+xml", PICTURE) if self.path == "/mug.svg" else ("text/html", STUDY)
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Study)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def running_site(study: str, password_hash: str, uploads: Path) -> Iterator[Place]:
    """A site with Alice, who has money, and Bob, who works."""
    database = open_database(":memory:")
    database.migrate()
    market = Market(
        database,
        vault=Vault(bytes(range(32))),
        clock=ManualClock(),
        random=Random(0),
        rules=Rules(allow_http_external_questions=True),
    )
    alice = market.perform(OPERATOR, accounts.add_requester, name="Mug Lab", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("1000.00"))
    given = {"name": "Bob", "email": "bob@example.org", "password_hash": password_hash}
    bob = market.perform(OPERATOR, accounts.add_worker, **given).worker_id
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # whoever comes before the server has started waits
        url = f"http://kempelen.localhost:{listening.getsockname()[1]}"
        site = web(market, WebSettings(url=url, uploads=uploads, sends_mail=True))
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", lifespan="off"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        serving.start()
        yield Place(market, url, study, alice, bob)
        server.should_exit = True
        serving.join(10)
    market.close()


def signed_in(
    context: BrowserContext, place: Place, host: str = "kempelen.localhost", email: str = "bob@example.org"
) -> Page:
    """A window of Bob's, or of who has this address, who has signed in before, at the list of work."""
    site = f"http://{host}:{place.port}"
    known = place.market.perform(OPERATOR, accounts.get_sign_in, email=email)
    assert known is not None
    session = place.market.perform(OPERATOR, accounts.start_session, worker_id=known.worker_id, at=datetime.now(UTC))
    context.add_cookies(
        [
            {
                "name": f"kempelen_session_{place.port}",
                "value": session.token,
                "url": site,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    page = context.new_page()
    page.goto(f"{site}/projects")
    return page


def signing_in(context: BrowserContext, place: Place, host: str = "kempelen.localhost") -> Page:
    """A window in which Bob has just signed in, by the form."""
    page = context.new_page()
    page.goto(f"http://{host}:{place.port}/sign-in")
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    return page


def leave(page: Page) -> None:
    """Leave a page and close its window: once this returns, no script of the page runs any more.

    Closing alone lifts the window's emulation (such as being offline) a moment before its scripts end.
    """
    page.goto("about:blank")
    page.close()


def wait_for(page: Page, is_so: Callable[[], bool]) -> None:
    """Let the page go on until something outside it is so."""
    for _ in range(3000):
        if is_so():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it has not come to be so within half a minute")


def accept(page: Page, place: Place, group_id: str) -> None:
    """Accept a HIT of the group by its preview."""
    page.goto(f"http://{urlsplit(page.url).netloc}/projects/{group_id}/tasks")
    page.get_by_role("button", name="Accept this HIT").click()
    page.wait_for_url("**assignment_id=**")
