"""Sample pages of every crowd element, for screenshots: `NAMES`, and `page(name)` as a Requester would send it.

`DEEDS` are scripts which bring a page into the state that is worth looking at: an open dialog, faults. Samples in
`PREVIEWED` are to be seen in preview.
"""

from __future__ import annotations

from pathlib import Path

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
