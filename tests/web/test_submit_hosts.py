"""Forms that scripts build or aim at Amazon's submit hosts, in a real browser: they post to the page's own host."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import BrowserContext, Request, Route

from kempelen.web.site.assets import FOLDER
from kempelen.web.site.modules import joined

pytestmark = pytest.mark.slow

SCRIPT = joined(FOLDER / "stand-ins" / "submit-hosts" / "main.js")
HOME = "http://3abc.localhost:8900"
BUILT = """const form = document.createElement("form"); form.method = "post"; form.innerHTML = "<input name=a value=1>";
document.body.append(form); """
DEEDS = {
    "an action set as a property": BUILT + "form.action = 'https://www.mturk.com/mturk/externalSubmit'; form.submit()",
    "an action set as an attribute": BUILT
    + "form.setAttribute('ACTION', 'https://www.mturk.com/mturk/externalSubmit?assignmentId=A'); form.submit()",
    "a host and a path put together": BUILT
    + "const host = 'https://www.mturk.com'; form.action = host + '/mturk/externalSubmit'; form.requestSubmit()",
    "markup with an action": "document.body.innerHTML = `<form method=post action='https://www.${'mturk'}.com/mturk/"
    "externalSubmit'><input name=a value=1><button>Go</button></form>`; document.querySelector('button').click()",
    "a button with an action": "document.body.innerHTML = `<form method=post><input name=a value=1><button formaction="
    "'https://www.${'mturk'}.com/mturk/externalSubmit'>Go</button></form>`; document.querySelector('button').click()",
    "a final slash too many": BUILT + "form.action = '//mturk/externalSubmit'; form.submit()",
    "the other scheme": BUILT + "form.action = 'https://' + location.host + '/mturk/externalSubmit'; form.submit()",
    "a path in a page with a base": "document.head.innerHTML = '<base href=\"https://example.org/x/\">';"
    + BUILT
    + "form.action = '/mturk/externalSubmit'; form.submit()",
    "an action set while it is submitted": BUILT
    + "form.onsubmit = () => { form.action = 'https://www.mturk.com/mturk/externalSubmit' }; form.requestSubmit()",
}
SPOILT = "String.prototype.split = null; delete RegExp.prototype.test; window.URL = 1; window.String = 2; "
DEEDS |= {f"{name}, in a page that spoils the language": SPOILT + DEEDS[name] for name in list(DEEDS)[:2]}
OTHERS = {
    "another host": BUILT + "form.action = 'https://example.org/mturk/externalSubmit'; form.submit()",
    "another page of Amazon's": BUILT + "form.action = 'https://www.mturk.com/worker'; form.submit()",
}


def posted(context: BrowserContext, deed: str) -> Request:
    """What a page sends whose script does this."""
    page = context.new_page()

    def answer(route: Route) -> None:
        mine = route.request.url == f"{HOME}/task"
        route.fulfill(body=f"<script>{SCRIPT}</script><body>" if mine else "sent", content_type="text/html")

    page.route("**/*", answer)
    page.goto(f"{HOME}/task")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.evaluate(f"() => {{ {deed} }}")
    request: Request = sent.value
    page.close()
    return request


@pytest.mark.parametrize("deed", DEEDS)
def test_a_form_aimed_at_amazon_posts_to_the_page_s_own_host(context: BrowserContext, deed: str) -> None:
    request = posted(context, DEEDS[deed])
    query = "?assignmentId=A" if "assignmentId" in DEEDS[deed] else ""
    assert request.url == f"{HOME}/mturk/externalSubmit{query}"
    assert parse_qsl(request.post_data or "") == [("a", "1")]


@pytest.mark.parametrize("deed", OTHERS)
def test_other_forms_are_left_alone(context: BrowserContext, deed: str) -> None:
    assert posted(context, OTHERS[deed]).url in OTHERS[deed]
