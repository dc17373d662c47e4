"""Adapting: what is changed in a Requester's page while it is served; what the API returns never is.

Addresses that may be gone lead to ours: Amazon's two scripts and its submit hosts, however they are spelled. A page of
inputs alone gets the form that Mechanical Turk's console put around such pages. Forms that scripts build are seen to in
the browser (submit-hosts.js), and so is what is submitted (hand-in.js). All else is left as it is. Source: spec
worker.md 1.5; crowd-html.md 1.
"""

import re
from urllib.parse import urlsplit

from kempelen.core import questions
from kempelen.web.languages import SOURCE
from kempelen.web.visits import Web

_SUBMIT_PATH = "/mturk/externalSubmit"
_SLASH = r"\\?/"  # scripts may write it with a backslash
_ORIGIN = rf"(?P<scheme>https?:)?{_SLASH}{_SLASH}"
_QUERY = r"""(?:\?[^"'\s<>\\`]*)?"""
_EXTERNAL_HIT = re.compile(
    rf"{_ORIGIN}(?:s3[\w.-]*\.amazonaws\.com{_SLASH}mturk-public|mturk-public\.s3[\w.-]*\.amazonaws\.com)"
    rf"{_SLASH}externalHIT_v1\.js{_QUERY}",
    re.IGNORECASE,
)
_CROWD = re.compile(rf"{_ORIGIN}assets\.crowd\.aws{_SLASH}crowd-html-elements\.js{_QUERY}", re.IGNORECASE)
_SUBMIT = re.compile(
    rf"{_ORIGIN}(?:(?:www|workersandbox|worker)\.)?mturk\.com(?::\d+)?(?:{_SLASH})+mturk{_SLASH}externalSubmit\b",
    re.IGNORECASE,
)
# An action that is a path alone: two slashes make "mturk" a host, and a <base> leads even one elsewhere.
_ACTION = r"""(\baction\s*=\s*(?:["']\s*)?)(?:\\?/){%s,}mturk\\?/externalSubmit\b"""
_LED_ASTRAY = re.compile(_ACTION % 2, re.IGNORECASE)
_LED_ASTRAY_BY_BASE = re.compile(_ACTION % 1, re.IGNORECASE)
_BASE = re.compile(r"<base\b", re.IGNORECASE)
_MAY_POST_ELSEWHERE = re.compile(r"mturk\.com(?![\w.-])|<base\b|<script\b[^<>]*\bsrc\s*=", re.IGNORECASE)
_MAY_STORE = re.compile(r"(?:local|session)Storage|<script\b[^<>]*\bsrc\s*=", re.IGNORECASE)
_OURS = re.compile(r"<script\b[^<>]*/stand-ins/[^<>]*>", re.IGNORECASE)
_BARE_CROWD = re.compile(r"<crowd-form[\s>]", re.IGNORECASE)
_WHOLE_PAGE = re.compile(r"<(?:!doctype|html|head|body|title)\b", re.IGNORECASE)
_DOCTYPE = re.compile(r"\ufeff?(?:\s|<!--.*?-->)*<!doctype[^>]*>", re.IGNORECASE | re.DOTALL)


def adapted(html: str, origin: str, web: Web, *, language: str = SOURCE, stores: bool = True) -> str:
    """The page as it is served at this origin; `stores` when it may have a storage there, if its browser lets it.

    What is ours in it speaks the `language` of this code.
    """
    if questions.only_inputs(html):
        html = web.rendering.page("tasks/wrapped.html", {"content": html, "origin": origin})
    elif _BARE_CROWD.search(html) and not _WHOLE_PAGE.search(html):
        html = f'<!DOCTYPE html>\n<title>HIT</title>\n<meta charset="utf-8">\n{html}'
    html = _led(html, _EXTERNAL_HIT, origin, web.stand_ins.url("externalHIT_v1.js"))
    html = _led(html, _CROWD, origin, web.stand_ins.url("crowd-html-elements.js", language))
    html = _led(html, _SUBMIT, origin, _SUBMIT_PATH)
    astray = _LED_ASTRAY_BY_BASE if _BASE.search(html) else _LED_ASTRAY
    html = astray.sub(rf"\g<1>{origin}{_SUBMIT_PATH}", html)
    if _MAY_POST_ELSEWHERE.search(_OURS.sub("", html)):
        html = with_script(html, origin + web.stand_ins.url("submit-hosts.js"))
    if not stores or _MAY_STORE.search(_OURS.sub("", html)):
        html = with_script(html, origin + web.stand_ins.url("storage.js"))
    return html


def handing_in(html: str, origin: str, web: Web) -> str:
    """The page of somebody who works on it: what it submits, and what is filled in, the work page keeps."""
    parents = f' data-parents="{" ".join(web.hosts.origins)}"'
    for name in ("drafts.js", "hand-in.js"):
        html = with_script(html, origin + web.stand_ins.url(name), parents)
    return html


def with_script(html: str, address: str, attributes: str = "") -> str:
    """The page with a script that runs before anything of its own."""
    doctype = _DOCTYPE.match(html)
    start = doctype.end() if doctype else 0
    return f'{html[:start]}<script src="{address}"{attributes}></script>{html[start:]}'


def _led(html: str, pattern: re.Pattern[str], origin: str, path: str) -> str:
    """The page with an address of ours in place of each that is found.

    Without a scheme where the page wrote none, because its script may put one before it.
    """
    without_scheme = f"//{urlsplit(origin).netloc}"
    return pattern.sub(lambda found: (origin if found["scheme"] else without_scheme) + path, html)
