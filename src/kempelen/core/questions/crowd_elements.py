"""Crowd elements: which of Amazon's elements the stand-ins define, and which do not exist here yet.

A page with one that does not exist cannot be done by any Worker, so no HIT and no layout is made of it. The script that
defines the elements has the same names (web/static/stand-ins/crowd-html-elements); a test compares them. Source:
docs/mturk/crowd-html.md 3, 4.
"""

import re

from kempelen.core.questions.html import tags

EXISTING = frozenset(
    ["crowd-alert", "crowd-badge", "crowd-button", "crowd-card", "crowd-checkbox", "crowd-classifier",
     "crowd-classifier-multi-select", "crowd-fab", "crowd-form", "crowd-icon", "crowd-icon-button",
     "crowd-image-classifier", "crowd-image-classifier-multi-select", "crowd-input", "crowd-instructions",
     "crowd-modal", "crowd-radio-button", "crowd-radio-group", "crowd-slider", "crowd-slider-label", "crowd-tab",
     "crowd-tabs", "crowd-text-area", "crowd-toast", "crowd-toggle-button", "iron-icon"]
)  # fmt: skip
MISSING = {
    "crowd-bounding-box": "drawing boxes on a picture",
    "crowd-cuboid": "drawing cuboids on a picture",
    "crowd-entity-annotation": "marking words in a text",
    "crowd-instance-segmentation": "painting the single things in a picture",
    "crowd-keypoint": "setting points on a picture",
    "crowd-line": "drawing lines on a picture",
    "crowd-polygon": "drawing outlines on a picture",
    "crowd-polyline": "drawing broken lines on a picture",
    "crowd-question-answer-generation": "writing questions and answers to a text",
    "crowd-rekognition-detect-moderation-labels": "labelling what a picture should not show",
    "crowd-semantic-segmentation": "painting the parts of a picture",
    "crowd-text-ranking": "ranking texts",
    "crowd-textract-analyze-document": "marking the fields of a document",
    "crowd-3d-point-cloud": "labelling points in space",
    "crowd-google-static-map": "showing a map",
}
_MAY_HOLD_ONE = re.compile(rf"<(?:{'|'.join(MISSING)})(?=[\s/>])", re.IGNORECASE)


def fault(html: str) -> str:
    """What is wrong with a page that has elements which do not exist here, and what to do; "" when it has none."""
    if not _MAY_HOLD_ONE.search(html):  # the common case, at little cost
        return ""
    found = dict.fromkeys(tag.name for tag in tags(html) if tag.name in MISSING and not tag.is_end)
    if not found:
        return ""
    named = ", ".join(f"{name} ({MISSING[name]})" for name in found)
    what = f"The element {named} does" if len(found) == 1 else f"The elements {named} do"
    return (
        f"{what} not exist on this marketplace yet, so no Worker could do the task. Ask in another way: with elements "
        "that exist (docs/crowd-elements.md), with HTML of your own, or by an ExternalQuestion, on a site of your own."
    )
