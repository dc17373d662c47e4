"""Every page, and every crowd element, for everybody: axe finds nothing, nothing is wider than the narrowest window.

What axe finds depends on a page's layout, which the width decides, and on its colours, which the scheme decides: so it
looks twice, at a wide and light page and at a narrow and dark one. In another language only the lengths of texts are
others, which a narrow window shows. `make screenshots` shows all four to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Error, Page
from starlette.routing import compile_path

from kempelen.web.app import ROUTES
from tests.web import crowd_gallery
from tests.web.gallery import NO_PAGES, VIEWS, House, View, furnished
from tests.web.places import requesters_server, running_site

pytestmark = pytest.mark.slow

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = (("light", 1280), ("dark", 360))
MOST_BYTES = 100_000
MOST_SHIFT = 0.02  # a tenth is called good; a time left that gets another digit moves what stands beside it


@pytest.fixture(scope="module")
def house(password_hash: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One furnished site for all pages."""
    uploads = tmp_path_factory.mktemp("uploads")
    with requesters_server() as study, running_site(study, password_hash, uploads) as place:
        yield furnished(place)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Page]:
    """One window for all pages."""
    context = watched(browser)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def samples(browser: Browser) -> Iterator[Page]:
    """One window for all crowd elements."""
    context = watched(browser)
    page = context.new_page()
    crowd_gallery.serve(page)
    yield page
    context.close()


def watched(browser: Browser) -> BrowserContext:
    """A window with axe in every page, in which nothing fades, so that a colour is what it will be."""
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(AXE_SCRIPT)
    return context


@pytest.fixture
def failures(window: Page) -> Iterator[list[str]]:
    """What went wrong in the scripts of the page."""
    told: list[str] = []

    def hear(error: Error) -> None:
        told.append(str(error))

    window.on("pageerror", hear)
    yield told
    window.remove_listener("pageerror", hear)


def faults_of(page: Page, looks: tuple[tuple[str, int], ...] = LOOKS) -> list[str]:
    """What axe finds on a page, look by look: each with where it is and what is wrong."""
    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        violations = page.evaluate(
            """async (tags) => {
                const options = { runOnly: { type: "tag", values: tags }, iframes: false, resultTypes: ["violations"] };
                const { violations } = await axe.run(document, options);
                return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
                    `${id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
            }""",
            TAGS,
        )
        found += [f"{scheme}, {width} px: {violation}" for violation in violations]
    return found


def sideways_scroll(page: Page, width: int = 320) -> int:
    """By how many pixels a page is wider than a window."""
    page.set_viewport_size({"width": width, "height": 700})
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def bytes_of(page: Page) -> int:
    """How large a page is, uncompressed, with its style sheets, scripts and pictures, without the task in its frame."""
    size: int = page.evaluate(
        """performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"))
            .filter(({ name, initiatorType }) => new URL(name).origin === origin && initiatorType !== "iframe")
            .reduce((size, { decodedBodySize }) => size + decodedBodySize, 0)"""
    )
    return size


def shifts(page: Page) -> float:
    """How far what was shown has moved since, by the browser's own measure."""
    moved: float = page.evaluate(
        """() => new Promise((told) => {
            const seen = [];
            const note = (entries) => seen.push(...entries.filter(({ hadRecentInput }) => !hadRecentInput));
            const watch = new PerformanceObserver((list) => note(list.getEntries()));
            watch.observe({ type: "layout-shift", buffered: true });
            requestAnimationFrame(() => requestAnimationFrame(() => {
                note(watch.takeRecords());
                told(seen.reduce((sum, { value }) => sum + value, 0));
            }));
        })"""
    )
    return moved


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_page_is_for_everybody(house: House, window: Page, failures: list[str], view: View) -> None:
    house.show(window, view)
    assert shifts(window) < MOST_SHIFT or view.moves
    assert faults_of(window, LOOKS if view.language == "en" else LOOKS[1:]) == []
    assert sideways_scroll(window) == 0
    assert 0 < bytes_of(window) < MOST_BYTES
    assert failures == []


@pytest.mark.parametrize("name", crowd_gallery.NAMES)
def test_a_crowd_element_is_for_everybody(samples: Page, name: str) -> None:
    crowd_gallery.show(samples, name)
    assert faults_of(samples) == []


def test_every_address_that_shows_a_page_is_in_the_gallery(house: House) -> None:
    shown = [view.path.format(**house.ids).partition("?")[0] for view in VIEWS]
    patterns = {path: compile_path(path)[0] for path, pages in ROUTES.items() if "GET" in pages}
    missing = {path for path, pattern in patterns.items() if not any(re.fullmatch(pattern, one) for one in shown)}
    assert missing == NO_PAGES
