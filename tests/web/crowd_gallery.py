"""Sample pages of every crowd element: `NAMES`, and `page(name)` as a Requester would send it.

`show` opens one in a browser, once `serve` has the browser find them all. `DEEDS` are scripts which bring a page into
the state that is worth looking at: an open dialog, faults. Samples in `PREVIEWED` are to be seen in preview.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route

from kempelen.web.site.assets import FOLDER as STATIC
from kempelen.web.site.modules import joined

FOLDER = Path(__file__).parent / "crowd_gallery"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))
PREVIEWED = {"form-preview"}
_SUBMIT = "document.querySelector('crowd-form').submit()"
DEEDS = {
    "checkbox": _SUBMIT,
    "classifier": "document.querySelector('[data-testid=Joy]').click()",
    "classifier-faulty": _SUBMIT,
    "classifier-instructions": "document.querySelector('crowd-classifier').askInstructions.click()",
    "classifier-multi-select": "for (const label of ['Tea', 'Mornings'])"
    " document.querySelector(`[data-testid=${label}]`).click()",
    "classifier-shortcuts": "document.querySelector('crowd-classifier').askShortcuts.click()",
    "image-classifier": "document.querySelector('crowd-image-classifier').askComment.click()",
    "input": _SUBMIT,
    "instructions": "document.querySelector('crowd-instructions').open()",
    "instructions-examples": "document.querySelector('crowd-instructions').open();"
    "document.querySelector('crowd-instructions').list.lastChild.click()",
    "missing": _SUBMIT,
    "modal": "document.querySelector('crowd-modal').open()",
    "text-area": _SUBMIT,
}


def page(name: str) -> str:
    """A sample as a whole page, which can be light and dark."""
    content = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark; background: Canvas; color: CanvasText; }}</style>
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
</head>
<body>
<main>
<h1>{name}</h1>
<crowd-form>
{content}</crowd-form>
</main>
</body>
</html>
"""


def serve(window: Page) -> None:
    """Let this window find the samples, and the script of the elements, at any address."""
    script = joined(STATIC / "stand-ins" / "crowd-html-elements" / "main.js")

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2].partition("?")[0]
        if name in NAMES:
            route.fulfill(body=page(name), content_type="text/html; charset=utf-8")
        elif name == "crowd-html-elements.js":
            route.fulfill(body=script, content_type="text/javascript")
        elif name == "crowd-icons.js":
            route.fulfill(path=STATIC / "stand-ins" / name)
        else:
            route.fulfill(status=404)

    window.route("**/*", answer)


def show(window: Page, name: str) -> None:
    """Open one sample, in the state that is worth looking at."""
    mode = "ASSIGNMENT_ID_NOT_AVAILABLE" if name in PREVIEWED else "A1"
    window.goto(f"http://3abc.localhost/{name}?assignmentId={mode}")
    window.evaluate(f"() => {{ {DEEDS.get(name, '')} }}")
