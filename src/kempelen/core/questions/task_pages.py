"""Task pages: whether a Requester's page can be submitted, and what it needs for that from whoever serves it.

Mechanical Turk's console put a form of its own around the pages of its templates, and a Submit button where there was
none, so many pages have fields alone, or a form that leads nowhere. Source: docs/mturk/worker.md 1.5,
docs/mturk/console.md 2.2.
"""

import re
from typing import Literal, NamedTuple

from kempelen.core.questions import html
from kempelen.core.questions.html import Tag

Addition = Literal["form around", "form after", "button"]
"""What is added to a page: a form with all its content in it; a form after its content, which submits the fields that
are in no form; a Submit button in its last form."""

_FORM_ELEMENTS = ("form", "crowd-form", "crowd-entity-annotation")
_NESTED_PAGES = ("iframe", "frame", "object", "embed")
_FIELDS = ("input", "select", "textarea")
_STOCK_SCRIPT = re.compile(  # neither makes a form of its own
    r"(?:[^?#]*/)?(?:crowd-html-elements[\w.-]*|externalHIT_v1)\.js\s*(?:[?#]|\Z)", re.IGNORECASE
)
_BUILDS_FORMS = re.compile(r"form|submit|import", re.IGNORECASE)
_MAKES_ITS_FORM = re.compile(r"<form\b|createElement\(\s*[\"'`]form|externalSubmit|crowd-form", re.IGNORECASE)
_KNOWS_THE_WRAPPER = re.compile(r"mturk_form|submitButton")
_MAKES_FIELDS = re.compile(
    r"<(?:input|select|textarea)\b|createElement\(\s*[\"'`](?:input|select|textarea)", re.IGNORECASE
)
_SUBMITS = re.compile(r"submit", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_AMAZON = re.compile(r"\s*(?:https?:)?//(?:[\w-]+\.)?mturk\.com(?=[:/])", re.IGNORECASE)


def may_be_submitted(page: str, *, in_a_form: bool = False) -> bool:
    """Whether a Worker could submit something of a page; with `in_a_form`, only an element that is a form counts."""
    for tag in html.tags(page):
        if tag.is_end:
            continue
        if tag.name in _FORM_ELEMENTS:
            return True
        if not in_a_form and (
            tag.name in _NESTED_PAGES
            or (tag.name in _FIELDS and not _is_hidden(tag))
            or (tag.name == "script" and _may_build_a_form(tag, page))
        ):
            return True
    return False


def _may_build_a_form(script: Tag, page: str) -> bool:
    source = script.get("src")
    if source:
        return not _STOCK_SCRIPT.match(source.strip())
    text = page[script.end : script.text_end]
    return bool(_BUILDS_FORMS.search(text) or _MAKES_FIELDS.search(text))


class TaskPage(NamedTuple):
    """What counts in a page: its tags, and the text of its scripts."""

    tags: list[Tag]
    scripts: list[str]
    fields_inside: bool  # a form has a field with a name
    fields_outside: bool  # a field with a name stands in no form
    has_button: bool  # a form has a Submit button

    @property
    def addition(self) -> Addition | None:
        """What must be added before a Worker can submit the page; None where it has all it needs."""
        if self._has("crowd-form", "crowd-entity-annotation"):
            return None
        forms = self._starts("form")
        if not forms:
            return "form around" if (self.fields_outside or self._makes_fields) and not self._makes_its_form else None
        if self.fields_outside and all(map(_leads_elsewhere, forms)):
            return "form after"
        is_complete = self.has_button or any(map(_SUBMITS.search, self.scripts))
        return None if is_complete or not self.fields_inside else "button"

    @property
    def has_submit_input(self) -> bool:
        """Whether the page brings the Submit button that the console would add."""
        return any(
            tag.name in ("input", "button") and (tag.get("type") or "").strip().lower() == "submit"
            for tag in self.tags
            if not tag.is_end
        )

    def _has(self, *names: str) -> bool:
        return any(tag.name in names and not tag.is_end for tag in self.tags)

    def _starts(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name and not tag.is_end]

    @property
    def _makes_fields(self) -> bool:
        """Whether scripts make fields, and cannot make a form for them: markup of theirs in our form could not."""
        scripts = "\n".join(self.scripts)
        may_make_forms = _BUILDS_FORMS.search(scripts) and not _KNOWS_THE_WRAPPER.search(scripts)
        return bool(_MAKES_FIELDS.search(scripts)) and not may_make_forms

    @property
    def _makes_its_form(self) -> bool:
        scripts = "\n".join(self.scripts)
        return bool(_MAKES_ITS_FORM.search(scripts)) and not _KNOWS_THE_WRAPPER.search(scripts)


def read(page: str) -> TaskPage:
    """Read a page, in time linear in its length."""
    tags: list[Tag] = []
    scripts: list[str] = []
    in_form = has_button = False
    fields_inside = fields_outside = False
    for tag in html.tags(page):
        tags.append(tag)
        if tag.name == "form":
            in_form = not tag.is_end
        elif tag.name == "script" and not tag.is_end and not tag.get("src"):
            scripts.append(page[tag.end : tag.text_end])
        elif _is_submit_button(tag):
            has_button = has_button or in_form or "form" in tag.attributes
        elif tag.name in _FIELDS and not tag.is_end and tag.get("name") and not _is_hidden(tag):
            if in_form or "form" in tag.attributes:
                fields_inside = True
            else:
                fields_outside = True
    return TaskPage(tags, scripts, fields_inside, fields_outside, has_button)


def _is_hidden(tag: Tag) -> bool:
    return tag.name == "input" and (tag.get("type") or "").strip().lower() == "hidden"


def _is_submit_button(tag: Tag) -> bool:
    if tag.is_end:
        return False
    kind = (tag.get("type") or "").strip().lower()
    return (tag.name == "input" and kind in ("submit", "image")) or (
        tag.name == "button" and kind not in ("button", "reset")
    )


def _leads_elsewhere(form: Tag) -> bool:
    """Whether a form leads to another site, or into a window of its own, and not to a submit address of Amazon's."""
    if (form.get("target") or "").strip().lower() == "_blank":
        return True
    action = form.get("action") or ""
    return bool(_ELSEWHERE.match(action)) and not _AMAZON.match(action)
