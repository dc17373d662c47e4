"""Page requests: random requests for every page of the site and of the task hosts, by visitors of every kind.

The routes come from the app itself, so a new page is part of this from its first day. A third of the requests goes
through all routes in all their methods; the others follow links and send forms that earlier pages showed, with
some of their fields changed. Names of fields are those in the templates and in the code of the pages.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx
from starlette.routing import Route

import kempelen.web
from kempelen import passwords
from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.messaging import notifications
from kempelen.market.people import accounts
from kempelen.market.work import assignments, work
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import site, tasks, web
from kempelen.web.site.settings import WebSettings
from tests.market.qualifying import give, new_type, required
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import ANSWER, DAYS, HOURS, MINUTES, new_hit, submit_answer
from tests.simulation.fuzz.history import SHOWN, Failure
from tests.web import forms, inprocess
from tests.web.people import PASSWORD, URL
from tests.web.places import external
from tests.web.test_uploads import upload

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ODD = (
    "", "0", "-1", "1", "2", "true", "on", "x" * 300, "9" * 40, "1e309", "NaN", "\0", "\ud7ff", "\u202e", "\ufffe",
    "%00", "%ff", "..", "../..", "'\"<b>", "a'; DROP TABLE worker; --", "🫖" * 20, "9999-12-31", "0001-01-01",
    "2026-10-01", "2026-13-45", "de", "Europe/Berlin", "US", "NY", "/projects", "//evil.example", "a\r\nb", "%", "_",
    "null",
    "bob@example.org", "nobody@example.org", "delete", "json", "Approved", "reward_asc", "A1", "3A", PASSWORD,
)  # fmt: skip
SPANS = (1, 30, 5 * MINUTES, 2 * HOURS, 2 * DAYS)
_FIELDS = re.compile(r"""(?:query|form|fields)\.get\("([^"]+)"|\bname="([\w\[\]-]+)\"""")
_ID = re.compile(r"\b(?:3|A|2)[A-Z0-9]{12,29}\b")
_TICKET = re.compile(r"\b(?:ticket|pass|next_token|key|invitation|token)=([\w.%-]+)")
_CSRF = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


@dataclass
class Visitor:
    """Somebody at a browser, or a program with a token; `token` is its own, and empty for people."""

    name: str
    client: httpx.Client
    worker_id: str = ""
    csrf: str = ""
    token: str = ""


@dataclass
class SentForm:
    """A form as a page showed it."""

    address: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class PageHistory:
    """One market with its site, and what is asked of it, drawn from one seed."""

    def __init__(self, seed: int, target: str) -> None:
        self.seed, self.step = seed, 0
        self.outcomes: dict[str, Counter[str]] = {}
        self.left: list[tuple[str, str]] = []  # routes and methods of the round that is going on
        self._random = Random(seed)
        self._last = ""
        self._uploads = tempfile.TemporaryDirectory()
        self._clock = ManualClock()
        self.database = open_database(target)
        self.database.migrate()
        rules = Rules(allow_http_external_questions=True, queue_limit=8)
        self.market = Market(
            self.database, vault=Vault(bytes(range(32))), clock=self._clock, random=Random(seed), rules=rules
        )
        settings = WebSettings(url=URL, uploads=Path(self._uploads.name))
        closing = asyncio.Event()
        closing.set()  # streams end at once
        self._app = web(self.market, settings, closing)
        apps = site(self.market, settings), tasks(self.market, settings)
        self.routes = [
            (where, route.path, set(route.methods or ())) for where, app in zip(("site", "task"), apps, strict=True)
            for route in app.routes if isinstance(route, Route)
        ]  # fmt: skip
        self._names = _names()
        self._ids: list[str] = []
        self._tickets: list[str] = []
        # By what they are alike in, so that what pages seldom show is used as often as the rest.
        self._links: dict[str, list[str]] = {}
        self._forms: dict[str, list[SentForm]] = {}
        for path in ("/", "/account", "/projects", "/tasks"):
            self._keep_link(path)
        self._workers = 0
        self._furnish()

    def play(self, steps: int) -> None:
        """So many requests more; fails at the first that is answered by a fault of ours."""
        for _ in range(steps):
            self.step += 1
            self._last = ""
            try:
                self._act()
            except Exception as error:
                again = f"python -m tests.simulation.fuzz --pages --seed {self.seed} --steps {self.step}"
                raise Failure(f"{error!r}\nafter {self._last}\nAgain: {again}") from error
        problems = checks.problems(self.database)
        if problems:
            raise Failure(
                f"{problems}\nAgain: python -m tests.simulation.fuzz --pages --seed {self.seed} --steps {steps}"
            )

    def close(self) -> None:
        """Let the market go."""
        for visitor in self._visitors:
            visitor.client.close()
        self.market.close()
        self._uploads.cleanup()

    # ------------------------------------------------------------------------------------------ what there is

    def _furnish(self) -> None:
        """A Requester with work of every kind, and visitors: two Workers, a stranger, two programs."""
        market = self.market
        alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
        market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("5000"))
        self._alice = alice
        type_id = new_type(market, alice, "Knows mugs", test=TEST, answer_key=KEY, test_duration_in_seconds=600)
        asked = new_type(market, alice, "Reads Dutch")
        granted = new_type(market, alice, "Agrees", auto_granted=True)
        with_file = forms.form(
            forms.question("photo", upload()), forms.question("why", forms.text()), date="2005-10-01"
        )
        hits = [
            new_hit(market, alice, max_assignments=40),
            new_hit(market, alice, max_assignments=40, title="A form", question=with_file),
            new_hit(market, alice, max_assignments=40, title="There", question=external("http://127.0.0.1:9/?a=b")),
            new_hit(market, alice, title="For few", qualification_requirements=[required(type_id, "Exists")]),
        ]
        for hit in hits:
            self._ids += [hit.hit_id, hit.hit_group_id, hit.hit_type_id]
        self._ids += [alice, type_id, asked, granted]
        self._visitors = [
            Visitor("Bob", inprocess.client(self._app, URL)),
            Visitor("Dora", inprocess.client(self._app, URL)),
            Visitor("nobody", inprocess.client(self._app, URL)),
            Visitor("program", inprocess.client(self._app, URL), token="?"),
            Visitor("stranger", inprocess.client(self._app, URL), token="kwt_unknown"),
        ]
        for visitor in self._visitors:
            if visitor.name in ("Bob", "Dora", "program"):
                self._settle(visitor)
        bob = self._visitors[0].worker_id
        give(market, alice, type_id, bob, 8)
        done = market.perform(bob, work.accept, group_id=hits[0].hit_group_id)
        market.perform(bob, submit_answer, assignment_id=done.assignment_id, answer=ANSWER)
        market.perform(alice, assignments.approve_assignment, assignment_id=done.assignment_id)
        market.perform(alice, notifications.notify_workers, subject="Hi", message_text="Bye", worker_ids=[bob])
        self._ids.append(done.assignment_id)

    def _settle(self, visitor: Visitor) -> None:
        """A new session or token for a visitor whose last has ended; a new Worker for who has deleted the account."""
        market = self.market
        known = {worker.worker_id: worker for worker in market.perform(OPERATOR, accounts.list_workers)}
        worker = known.get(visitor.worker_id)
        if worker is None or worker.status != "Active":
            self._workers += 1
            email = f"{visitor.name.lower()}{self._workers}@example.org"
            visitor.worker_id = market.perform(
                OPERATOR, accounts.add_worker, name=visitor.name, email=email,
                password_hash=passwords.hashed(PASSWORD),
            ).worker_id  # fmt: skip
        if visitor.token:
            visitor.token = market.perform(
                visitor.worker_id, accounts.add_worker_token, worker_id=visitor.worker_id, name="fuzz"
            )
            return
        session = market.perform(OPERATOR, accounts.start_session, worker_id=visitor.worker_id, at=datetime.now(UTC))
        visitor.client.cookies.clear()
        visitor.client.cookies.set("kempelen_session_8900", session.token, domain="kempelen.localhost", path="/")
        visitor.csrf = session.csrf

    # ------------------------------------------------------------------------------------------ what is asked

    def _act(self) -> None:
        chance = self._random.random()
        if chance < 0.02:
            seconds = self._random.choice(SPANS)
            self._last = f"{seconds} seconds"
            self._clock.advance(seconds=seconds)
            self.market.run_due()
        elif chance < 0.4:
            self._any_route()
        elif chance < 0.7 and self._forms:
            sent = self._random.choice(self._random.choice(list(self._forms.values()))[-10:])
            self._send(self._visitor(), sent.method, sent.address, self._changed(sent.fields))
        else:
            link = self._random.choice(self._random.choice(list(self._links.values()))[-10:])
            self._send(self._visitor(), "GET", link, None)

    def _any_route(self) -> None:
        """The next of all routes, in each of its methods and one other; after the last they begin again."""
        if not self.left:
            for where, path, own in self.routes:
                others = sorted(set(METHODS) - own)
                self.left += [(f"{where} {path}", method) for method in (*sorted(own), self._random.choice(others))]
            self._random.shuffle(self.left)
        route, method = self.left.pop()
        where, _, path = route.partition(" ")
        address = re.sub(r"\{\w+\}", lambda _: quote(self._value(), safe="") or "x", path)
        if self._random.random() < 0.6:
            address += "?" + urlencode(self._pairs(4), errors="surrogatepass")
        if where == "task":
            address = f"http://{self._value().lower() or 'x'}.localhost:8900{address}"
            if not re.fullmatch(r"http://[a-z0-9]{1,63}\.localhost:8900/.*", address):
                address = f"http://3x.localhost:8900{path.replace('{name}', 'x')}"
        elif path.startswith("//"):
            address = URL + address
        outcome = self._send(
            self._visitor(), method, address, self._pairs(6) if method not in ("GET", "HEAD") else None
        )
        self.outcomes.setdefault(f"{method} {path}", Counter())[outcome] += 1

    def _visitor(self) -> Visitor:
        return self._random.choice((*self._visitors[:2] * 3, *self._visitors[2:]))

    def _send(self, visitor: Visitor, method: str, address: str, pairs: list[tuple[str, str]] | None) -> str:
        """The class of the answer's status, as in `2xx`; AssertionError for a fault of ours."""
        random = self._random
        headers = {
            "accept": random.choice(("text/html", "text/html", "text/html", "application/json", "*/*")),
            "sec-fetch-site": random.choice(("none", "same-origin", "cross-site")),
            "accept-language": random.choice(("en", "de")),
        }
        if visitor.token:
            headers["authorization"] = f"Bearer {visitor.token}"
        content = b""
        if pairs is not None:
            content, headers["content-type"] = self._body(visitor, pairs)
            headers["origin"] = random.choice((URL, URL, URL, URL, "https://evil.example", "null"))
        self._last = f"{visitor.name}: {method} {address} {headers}\n{content[:SHOWN]!r}"
        answer = visitor.client.request(method, address, headers=headers, content=content)
        self._last += f"\n  -> {answer.status_code} {answer.text[:SHOWN]}"
        assert answer.status_code < 500, "a fault of ours"
        self._learn(visitor, answer)
        return f"{answer.status_code // 100}xx"

    def _body(self, visitor: Visitor, pairs: list[tuple[str, str]]) -> tuple[bytes, str]:
        """A form, mostly with the visitor's own token first, and its content type."""
        pairs = [pair for pair in pairs if pair[0] != "authenticity_token"]
        if self._random.random() < 0.93:
            pairs.insert(0, ("authenticity_token", visitor.csrf))
        if self._random.random() < 0.1:
            parts = [
                f'--cut\r\nContent-Disposition: form-data; name="{quote(name)}"{file}\r\n\r\n{value}\r\n'
                for name, value in pairs
                for file in [self._random.choice(("", '; filename="mug.png"'))]
            ]
            ending = self._random.choice(("--cut--\r\n", ""))
            return ("".join(parts) + ending).encode(errors="surrogatepass"), "multipart/form-data; boundary=cut"
        body = urlencode(pairs, errors="surrogatepass").encode()
        if self._random.random() < 0.03:
            return body, self._random.choice(("", "text/plain", "application/json"))
        return body, "application/x-www-form-urlencoded"

    def _pairs(self, most: int) -> list[tuple[str, str]]:
        count = self._random.randint(0, most)
        return [(self._random.choice(self._names), self._value()) for _ in range(count)]

    def _changed(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """A form's fields as somebody fills them, or as somebody else spoils them."""
        filled = [(name, value if self._random.random() < 0.75 else self._value()) for name, value in fields]
        if filled and self._random.random() < 0.1:
            filled.pop(self._random.randrange(len(filled)))
        return filled + (self._pairs(2) if self._random.random() < 0.1 else [])

    def _value(self) -> str:
        chance = self._random.random()
        if chance < 0.55:
            return self._random.choice(self._ids)
        if chance < 0.65 and self._tickets:
            return self._random.choice(self._tickets[-30:])
        return self._random.choice(ODD)

    # ------------------------------------------------------------------------------------------ what pages show

    def _learn(self, visitor: Visitor, answer: httpx.Response) -> None:
        has_ended = answer.status_code == 401 or "/sign-in" in answer.headers.get("location", "")
        if has_ended and visitor.name in ("Bob", "Dora", "program"):
            self._settle(visitor)
            return
        if token := _CSRF.search(answer.text):
            visitor.csrf = token[1]
        shown = answer.text + " " + answer.headers.get("location", "")
        for found in _ID.findall(shown):
            if found not in self._ids:
                self._ids.append(found)
        for ticket in _TICKET.findall(shown):
            if ticket not in self._tickets:
                self._tickets.append(ticket)
        if "location" in answer.headers:
            self._keep_link(urljoin(str(answer.url), answer.headers["location"]))
        if answer.headers.get("content-type", "").startswith("text/html"):
            page = _Page(str(answer.url))
            page.feed(answer.text)
            for link in page.links:
                self._keep_link(link)
            for sent in page.forms:
                names = " ".join(name for name, _ in sent.fields)
                self._forms.setdefault(f"{_shape(sent.address)} {names}", []).append(sent)

    def _keep_link(self, link: str) -> None:
        self._links.setdefault(_shape(link), []).append(link)


class _Page(HTMLParser):
    """The links and forms of a page that lead to our own hosts."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[SentForm] = []
        self._address = address
        self._is_in_form = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._is_in_form = True
            method = given.get("method", "get").upper()
            self.forms.append(SentForm(urljoin(self._address, given.get("action", "")), method))
        elif tag in ("input", "textarea", "select", "button") and given.get("name") and self._is_in_form:
            value = given.get("value", "on" if given.get("type") == "checkbox" else "")
            self.forms[-1].fields.append((given["name"], value))
        elif tag in ("a", "iframe", "script", "link", "img"):
            self._keep(given.get("href") or given.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_in_form = False
            sent = self.forms[-1]
            if not _is_ours(sent.address) or sent.method not in ("GET", "POST"):
                self.forms.pop()
            elif sent.method == "GET":
                self._keep(f"{sent.address.partition('?')[0]}?{urlencode(sent.fields)}")
                self.forms.pop()

    def _keep(self, link: str) -> None:
        try:
            address = urljoin(self._address, link)
        except ValueError:
            return
        if link and _is_ours(address):
            self.links.append(address)


def _is_ours(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and (parts.hostname or "").endswith(".localhost") and parts.port == 8900
    except ValueError:
        return False


def _shape(address: str) -> str:
    """An address without ids and values, the same for all that lead to the same page."""
    parts = urlsplit(address)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")})
    return _ID.sub("ID", parts.path) + "?" + "&".join(names)


def _names() -> list[str]:
    """Every name of a field or parameter that a page reads or a template shows."""
    folder = Path(kempelen.web.__file__).parent
    found: set[str] = set()
    for path in (*folder.glob("*.py"), *folder.glob("templates/**/*.html")):
        for groups in _FIELDS.findall(path.read_text(encoding="utf-8")):
            found |= set(filter(None, groups))
    return sorted(found)
