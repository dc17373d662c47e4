"""Adapting: what is changed in a Requester's page while it is served; what the API returns never is.

Addresses that may be gone lead to ours: Amazon's two scripts and its submit hosts, however they are spelled. A page
that a Worker could not submit as it is gets what the console put around such pages (core/questions/task_pages.py).
Forms that scripts build are seen to in the browser (submit-hosts.js), and so is what is submitted (hand-in.js). All
else is left as it is. Pages are hostile: everything here costs time linear in the page's length. Source:
docs/mturk/worker.md 1.5; docs/mturk/crowd-html.md 1.
"""

import re
from urllib.parse import urlsplit

from kempelen.core.questions import html, task_pages
from kempelen.core.questions.html import Tag
from kempelen.web.site.languages import SOURCE
from kempelen.web.site.visits import Web

_SUBMIT_PATH = "/mturk/externalSubmit"
_SLASH = r"\\?/"  # scripts may write it with a backslash
_ORIGIN = rf"(?P<scheme>https?:)?{_SLASH}{_SLASH}"
_QUERY = r"""(?:\?[^"'\s<>\\`]*)?"""
_EXTERNAL_HIT = re.compile(
    rf"{_ORIGIN}(?:s3[\w.-]*\.amazonaws\.com{_SLASH}mturk-public|mturk-public\.s3[\w.-]*\.amazonaws\.com)"
    rf"{_SLASH}externalHIT_v1\.js{_QUERY}",
    re.IGNORECASE,
)
_CROWD_FOLDER = rf"{_ORIGIN}assets\.crowd\.aws(?::\d+)?{_SLASH}(?:[\w.-]++{_SLASH})*+"
_CROWD = re.compile(  # of any version, packed or not
    rf"{_CROWD_FOLDER}crowd-html-elements[\w.-]*\.js(?![\w.-]){_QUERY}", re.IGNORECASE
)
_CROWD_STYLES = re.compile(rf"{_CROWD_FOLDER}crowd-html-elements[\w.-]*\.css(?![\w.-])", re.IGNORECASE)
_SUBMIT = re.compile(
    rf"{_ORIGIN}(?:(?:www|workersandbox|worker)\.)?mturk\.com(?::\d+)?(?:{_SLASH})+mturk{_SLASH}externalSubmit\b",
    re.IGNORECASE,
)
# An action that is a path alone: two slashes make "mturk" a host, and a <base> leads even one elsewhere.
_ACTION = r"""(\baction\s*=\s*(?:["']\s*)?)(?:\\?/){%s,}mturk\\?/externalSubmit\b"""
_LEADS_ELSEWHERE = re.compile(_ACTION % 2, re.IGNORECASE)
_CHANGED_BY_BASE = re.compile(_ACTION % 1, re.IGNORECASE)
_NAMES_AMAZON = re.compile(r"mturk\.com(?![\w.-])", re.IGNORECASE)
_STORES = re.compile(r"(?:local|session)Storage")
_WHOLE_PAGE = frozenset({"html", "head", "body", "title"})


def adapted(page: str, origin: str, web: Web, *, language: str = SOURCE, stores: bool = True) -> str:
    """The page as it is served at this origin; `stores` when it may have a storage there, if its browser lets it.

    What is ours in it speaks the `language` of this code.
    """
    page = _completed(page, origin, web)
    page = _led(page, _EXTERNAL_HIT, origin, web.stand_ins.url("externalHIT_v1.js"))
    page = _led(page, _CROWD, origin, web.stand_ins.url("crowd-html-elements.js", language))
    page = _led(page, _SUBMIT, origin, _SUBMIT_PATH)
    starts = [tag for tag in html.tags(page) if not tag.is_end]
    page = _with_our_files(page, starts, origin + web.stand_ins.url("crowd-html-elements.css"))
    has_base = any(tag.name == "base" for tag in starts)
    loads_scripts = any(map(_loads_a_script_of_the_page, starts))
    misled = _CHANGED_BY_BASE if has_base else _LEADS_ELSEWHERE
    page = misled.sub(rf"\g<1>{origin}{_SUBMIT_PATH}", page)
    if has_base or loads_scripts or _NAMES_AMAZON.search(page):
        page = with_script(page, origin + web.stand_ins.url("submit-hosts.js"))
    if not stores or loads_scripts or _STORES.search(page):
        page = with_script(page, origin + web.stand_ins.url("storage.js"))
    return page


def _with_our_files(page: str, starts: list[Tag], styles: str) -> str:
    """The page with our style sheet for the original's, and without a check that our files are not altered ones."""
    pieces, at = [], 0
    for tag in starts:
        href, integrity = tag.attributes.get("href"), tag.attributes.get("integrity")
        new = {integrity: ""} if integrity and _is_ours(tag) else {}
        if tag.name == "link" and href and _CROWD_STYLES.match(href.value.strip()):
            new = {href: styles} | ({integrity: ""} if integrity else {})
        for attribute in sorted(new, key=lambda each: each.start):
            pieces += [page[at : attribute.start], f'"{new[attribute]}"']
            at = attribute.end
    return "".join([*pieces, page[at:]])


def _is_ours(tag: Tag) -> bool:
    return tag.name == "script" and "/stand-ins/" in (tag.get("src") or "")


def _completed(page: str, origin: str, web: Web) -> str:
    """The page with what a Worker needs to submit it."""
    read = task_pages.read(page)
    addition = read.addition
    if addition == "form around":
        values = {"content": page, "origin": origin, "button": not read.has_submit_input}
        return web.rendering.page("tasks/wrapped.html", values)
    if addition == "form after":
        after = web.rendering.page("tasks/form_after.html", {"origin": origin, "button": True})
        return _inserted(page, after, _last(read.tags, "body", default=len(page)))
    if addition == "button":
        return _inserted(page, _BUTTON, _last(read.tags, "form", default=len(page)))
    starts = {tag.name for tag in read.tags if not tag.is_end}
    if "crowd-form" in starts and not starts & _WHOLE_PAGE and not html.content_start(page):
        return f'<!DOCTYPE html>\n<title>HIT</title>\n<meta charset="utf-8">\n{page}'
    return page


_BUTTON = '<p><input type="submit" id="submitButton" class="btn btn-primary" value="Submit"></p>'


def _last(tags: list[Tag], name: str, *, default: int) -> int:
    """Where the last end tag of this name stands."""
    return max((tag.start for tag in tags if tag.is_end and tag.name == name), default=default)


def _inserted(page: str, text: str, at: int) -> str:
    return page[:at] + text + page[at:]


def _loads_a_script_of_the_page(tag: Tag) -> bool:
    return tag.name == "script" and "src" in tag.attributes and not _is_ours(tag)


def handing_in(page: str, origin: str, web: Web) -> str:
    """The page of somebody who works on it: what it submits, and what is filled in, the work page keeps."""
    parents = f' data-parents="{" ".join(web.hosts.origins)}"'
    for name in ("drafts.js", "hand-in.js"):
        page = with_script(page, origin + web.stand_ins.url(name), parents)
    return page


def with_script(page: str, address: str, attributes: str = "") -> str:
    """The page with a script that runs before anything of its own."""
    return _inserted(page, f'<script src="{address}"{attributes}></script>', html.content_start(page))


def _led(page: str, pattern: re.Pattern[str], origin: str, path: str) -> str:
    """The page with an address of ours in place of each that is found.

    Without a scheme where the page wrote none, because its script may put one before it.
    """
    without_scheme = f"//{urlsplit(origin).netloc}"
    return pattern.sub(lambda found: (origin if found["scheme"] else without_scheme) + path, page)
