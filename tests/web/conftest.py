"""A market with a site in front of it: Alice asks, Bob works, Charlie may do nothing that is Bob's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from starlette.types import ASGIApp

from kempelen import passwords
from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.web.people import PASSWORD, URL, Person
from tests.web.places import Place, requesters_server, running_site

CHROMIUM = "/usr/bin/chromium"
# Debian's build of the same browser without windows: a page of it costs a quarter. Where there is none, Chromium does.
WITHOUT_WINDOWS = shutil.which("chromium-headless-shell") or CHROMIUM
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
]  # fmt: skip


@pytest.fixture
def market() -> Iterator[Market]:
    """A market at a clock that stands still."""
    database = open_database(":memory:")
    database.migrate()
    market = Market(database, vault=Vault(bytes(range(32))), clock=ManualClock(), random=Random(0))
    yield market
    market.close()


@pytest.fixture
def alice(market: Market) -> str:
    """A Requester with 1000.00."""
    alice = market.perform(OPERATOR, accounts.add_requester, name="Mug Lab", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("1000.00"))
    return alice


@pytest.fixture
def app(market: Market) -> ASGIApp:
    """The site and the task hosts."""
    return web(market, WebSettings(url=URL))


@pytest.fixture(scope="session")
def password_hash() -> str:
    return passwords.hashed(PASSWORD)


@pytest.fixture
def bob(market: Market, app: ASGIApp, password_hash: str) -> Person:
    """A Worker, signed in."""
    return Person.registered(market, app, "Bob", password_hash)


@pytest.fixture
def charlie(market: Market, app: ASGIApp, password_hash: str) -> Person:
    """A stranger: another Worker, signed in."""
    return Person.registered(market, app, "Charlie", password_hash)


@pytest.fixture
def nobody(app: ASGIApp) -> Person:
    """Somebody who is not signed in."""
    return Person(app)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What leads browsers; on a busy machine what is expected comes late, and that is no failure."""
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A real browser, for slow tests."""
    browser = playwright.chromium.launch(executable_path=WITHOUT_WINDOWS, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as people have it, with all its windows and walls, for tests of those."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of that browser, without cookies."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def study() -> Iterator[str]:
    """The address of a Requester's own server, on another port."""
    with requesters_server() as address:
        yield address


@pytest.fixture
def place(study: str, password_hash: str, tmp_path: Path) -> Iterator[Place]:
    """A running site, for real browsers."""
    with running_site(study, password_hash, tmp_path / "uploads") as open_now:
        yield open_now
