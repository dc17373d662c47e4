"""Pictures of every page of the site and of every crowd element, wide and narrow, light and dark, to be looked at.

    python -m tests.web.screenshots [NAME…]        (`make screenshots`)

They come into the folder `screenshots/`, with an `index.html` that shows all of them; names of views or elements limit
it to those.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from html import escape
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from kempelen import passwords
from tests.web import crowd_gallery
from tests.web.conftest import ARGUMENTS, CHROMIUM
from tests.web.gallery import VIEWS, furnished
from tests.web.people import PASSWORD
from tests.web.places import requesters_server, running_site

FOLDER = Path("screenshots")
WIDTHS = {"wide": 1280, "narrow": 360}
SCHEMES = ("light", "dark")
LOOKS = tuple(product(WIDTHS, SCHEMES))


def main(names: list[str]) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shown = {
            "Pages": list(pages(browser, names)),
            "Crowd elements": list(elements(browser, names)),
        }
        browser.close()
    (FOLDER / "index.html").write_text(contact_sheet(shown), encoding="utf-8")
    print(f"{FOLDER / 'index.html'}: {sum(map(len, shown.values()))} pages, each {len(LOOKS)} times")


def pages(browser: Browser, names: list[str]) -> Iterator[str]:
    """Take all pictures of each page of the site; the name of each."""
    with (
        TemporaryDirectory() as uploads,
        requesters_server() as study,
        running_site(study, passwords.hashed(PASSWORD), Path(uploads)) as place,
    ):
        house, window = furnished(place), _window(browser)
        for view in VIEWS:
            if not names or view.name in names:
                _take(window, view.name, lambda view=view: house.show(window, view))
                yield view.name
        window.context.close()  # and with it the streams that the site would wait for


def elements(browser: Browser, names: list[str]) -> Iterator[str]:
    """The same of each crowd element."""
    window = _window(browser)
    crowd_gallery.serve(window)
    for name in crowd_gallery.NAMES:
        if not names or name in names:
            _take(window, f"crowd-{name}", lambda name=name: crowd_gallery.show(window, name))
            yield f"crowd-{name}"


def _window(browser: Browser) -> Page:
    return browser.new_context(reduced_motion="reduce").new_page()


def _take(window: Page, name: str, show: Callable[[], None]) -> None:
    """All pictures of what `show` opens. A picture has the whole page, which then is laid out as in its window."""
    for width, scheme in LOOKS:
        window.set_viewport_size({"width": WIDTHS[width], "height": 800})
        window.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if scheme == SCHEMES[0]:
            show()
            window.wait_for_timeout(200)  # for what scripts draw; alerts keep the network busy for good
        window.screenshot(path=FOLDER / f"{name}.{width}.{scheme}.png", full_page=True)


def contact_sheet(shown: dict[str, list[str]]) -> str:
    """A page with all pictures, each leading to itself in full size."""
    parts = []
    for heading, names in shown.items():
        parts.append(f"<h2>{escape(heading)}</h2>")
        for name in names:
            pictures = "".join(
                f'<a href="{name}.{width}.{scheme}.png"><img class="{width}" src="{name}.{width}.{scheme}.png"'
                f' alt="{escape(name)}, {width}, {scheme}" loading="lazy"></a>'
                for width, scheme in LOOKS
            )
            parts.append(f"<section><h3>{escape(name)}</h3>{pictures}</section>")
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Kempelen: every page</title>
<style>
body {{ margin: 1rem; font: 16px system-ui, sans-serif; background: #777; color: #fff; }}
section {{ break-inside: avoid; margin-block-end: 1.5rem; }}
h3 {{ margin: 0 0 .25rem; font-size: 1rem; }}
img {{ height: 22rem; object-fit: cover; object-position: top; margin-inline-end: .5rem; }}
img.wide {{ width: 35rem; }} img.narrow {{ width: 11rem; }}
</style>
<h1>Kempelen: every page</h1>
{"".join(parts)}
"""


if __name__ == "__main__":
    main(sys.argv[1:])
