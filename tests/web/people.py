"""People at a browser, and programs with a token, as the site meets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from starlette.types import ASGIApp

from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from tests.market.work import new_hit
from tests.web import inprocess, worker_api

URL = "http://kempelen.localhost:8900"
PASSWORD = "a mug of strong tea"
TYPED = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FROM_ELSEWHERE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


class Person:
    """Somebody with a browser: keeps cookies, and fills forms with the token of the page they stand on."""

    worker_id = ""
    email = ""
    csrf = ""

    def __init__(self, app: ASGIApp, url: str = URL) -> None:
        self.app = app
        self.client = inprocess.client(app, url)

    @classmethod
    def registered(cls, market: Market, app: ASGIApp, name: str, password_hash: str) -> Person:
        """A Worker of this name who has signed in."""
        person = cls(app)
        person.email = f"{name.lower()}@example.org"
        made = market.perform(OPERATOR, accounts.add_worker, name=name, email=person.email, password_hash=password_hash)
        person.worker_id = made.worker_id
        session = market.perform(OPERATOR, accounts.start_session, worker_id=made.worker_id, at=datetime.now(UTC))
        person.client.cookies.set("kempelen_session_8900", session.token, domain="kempelen.localhost", path="/")
        person.csrf = session.csrf
        return person

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        page = self.client.get(path, headers={"accept": "text/html", **TYPED, **_written(headers)})
        token = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)
        self.csrf = unescape(token[1]) if token else self.csrf
        return page

    def json(self, path: str) -> Any:
        """What a program is told at this address."""
        answer = self.client.get(path, headers={"accept": "application/json", **TYPED})
        assert answer.status_code == 200, answer.text
        worker_api.check("GET", path, answer.json())
        return answer.json()

    def post(self, path: str, fields: Any = None, *, token: str | None = None, **headers: str) -> httpx.Response:
        """Send a form with this person's token first."""
        pairs = [("authenticity_token", self.csrf if token is None else token), *_pairs(fields)]
        content = urlencode(pairs)
        sent = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html", "origin": URL}
        return self.client.post(path, content=content, headers=sent | _written(headers))

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that a form has led to."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def accept(self, market: Market, requester: str, **members: Any) -> work.Accepted:
        """A new HIT, accepted."""
        hit = new_hit(market, requester, **members)
        return market.perform(self.worker_id, work.accept, group_id=hit.hit_group_id)

    def token(self, market: Market) -> str:
        """A new API token of this Worker's."""
        return market.perform(self.worker_id, accounts.add_worker_token, worker_id=self.worker_id, name="script")


class Program:
    """A program with a Worker's API token, and without cookies."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.client = inprocess.client(app, URL, follow_redirects=True)
        self.client.headers["authorization"] = f"Bearer {token}"

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, fields: Any = None) -> httpx.Response:
        content = urlencode(_pairs(fields))
        return self.client.post(path, content=content, headers={"content-type": "application/x-www-form-urlencoded"})


def work_url(accepted: work.Accepted) -> str:
    """Where an accepted assignment is worked on."""
    return f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}?assignment_id={accepted.assignment_id}"


def submit_url(accepted: work.Accepted) -> str:
    """Where its answer goes."""
    return f"/projects/{accepted.hit_group_id}/tasks/{accepted.hit_id}/submit"


def frame_src(page: httpx.Response) -> str:
    """The address of the task in a page."""
    found = re.search(r'<iframe[^>]* src="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


def at_host(app: ASGIApp, url: str) -> httpx.Client:
    """A client for the host of an address."""
    parts = urlsplit(url)
    return inprocess.client(app, f"{parts.scheme}://{parts.netloc}")


def _pairs(fields: Any) -> list[tuple[str, str]]:
    return list(fields.items()) if isinstance(fields, dict) else list(fields or [])


def _written(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
