"""Languages: every text is marked and translated, and each language writes numbers, money and time its own way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import BytesIO

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from kempelen.core.money import Money
from kempelen.core.wire.refusals import InvalidField, QueueFull, WorkNotOpen
from kempelen.market.market import Market
from kempelen.web.site import languages
from kempelen.web.site.languages import FOLDER, available_languages, preferred
from kempelen.web.site.rendering import EXTENSIONS
from kempelen.web.site.rendering import FOLDER as TEMPLATES
from tests.market.work import new_hit
from tests.web import messages
from tests.web.people import Person, Program

CATALOGS = sorted(path.stem for path in FOLDER.glob("*.po"))
READ_ALOUD = {"alt", "aria-label", "aria-description", "placeholder", "title"}
NOT_OURS = {"tasks/wrapped.html"}  # what the console put around a page, which scripts rely on
GERMAN = "de-AT,de;q=0.9,en;q=0.5"

# ---------------------------------------------------------------------------------------------- marked


class Texts(HTMLParser):
    """What a page says, as text or in an attribute that is shown or read aloud."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in READ_ALOUD]


def unmarked(template: str) -> list[str]:
    """Texts of a template that no catalog can know: in its HTML, or in what it computes."""
    tree = Environment(extensions=EXTENSIONS, autoescape=True).parse(template)
    html = "".join(node.data if isinstance(node, nodes.TemplateData) else "{}" for node in _shown(tree))
    words = [text.strip() for text in Texts(html).found if re.search(r"[^\W\d_]{2}", text)]
    return words + [text for text in _computed(tree) if re.search(r"[^\W\d_] [^\W\d_]|^[A-Z][a-z]+$", text)]


def _shown(node: nodes.Node) -> Iterator[nodes.Node]:
    for child in node.iter_child_nodes():
        if isinstance(node, nodes.Output):
            yield child
        else:
            yield from _shown(child)


def _computed(node: nodes.Node) -> Iterator[str]:
    """Constants that may be shown: not what is compared with, not a key, not what is translated."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in messages.KEYWORDS:
        node = nodes.List([*(pair.value for pair in node.kwargs)])
    if isinstance(node, nodes.Compare | nodes.Extends | nodes.Include):
        return
    if isinstance(node, nodes.Pair):
        yield from _computed(node.value)
        return
    if isinstance(node, nodes.Tuple | nodes.List) and len(node.items) == 2 and isinstance(node.items[0], nodes.Const):
        node = nodes.List(node.items[1:])  # a value and what it is called
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _computed(child)


@pytest.mark.parametrize("path", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")))
def test_every_text_of_a_template_is_marked_for_translation(path: str) -> None:
    if path not in NOT_OURS:
        assert unmarked((TEMPLATES / path).read_text()) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello {{ name }}</p>",
        '<a aria-label="Close {{ it }}">×</a>',
        '{{ "Hello you" if a else "" }}',
        '{{ _("Hello %(name)s", name="Dear sir") }}',
        '{% for x, y in (("a", "All"),) %}{{ y }}{% endfor %}',
        '{% set x = {"Approved": "Well done"} %}',
        "{% trans %}Good{% endtrans %} day",
    ],
)
def test_an_unmarked_text_is_seen(template: str) -> None:
    assert unmarked(template) != []


@pytest.mark.parametrize(
    "template",
    [
        '<p class="large thing">{{ _("Hello you") }} · {{ name }}</p>',
        '{% if a == "Approved" %}<img alt="">{% endif %}{% include "worker/a b.html" %}',
        '{% for x, y in (("All", _("All")),) %}{{ y }}{% endfor %}',
        "{% trans name=name %}Hello <b>{{ name }}</b>{% endtrans %}",
    ],
)
def test_what_is_marked_is_no_fault(template: str) -> None:
    assert unmarked(template) == []


# ---------------------------------------------------------------------------------------------- translated


@pytest.mark.parametrize("code", CATALOGS)
def test_a_catalog_holds_just_the_texts_there_are(code: str) -> None:
    catalog = read_po(BytesIO((FOLDER / f"{code}.po").read_bytes()), locale=code)
    assert [message.id for message in catalog if message.id] == [
        message.id
        for message in read_po(BytesIO(messages.written(messages.updated(catalog))), locale=code)
        if message.id
    ], "run: make messages"


@pytest.mark.parametrize("code", CATALOGS)
def test_a_catalog_translates_every_text_with_all_its_facts(code: str) -> None:
    catalog = read_po(BytesIO((FOLDER / f"{code}.po").read_bytes()), locale=code)
    assert [message.id for message in catalog if message.id and (message.fuzzy or not all(texts(message)[1]))] == []
    for message in catalog:
        originals, translations = texts(message)
        if message.id:
            for translation in translations:
                assert facts(translation) <= facts(" ".join(originals)), translation
            assert facts(translations[-1]) == facts(originals[-1]), translations


def texts(message: Message) -> tuple[list[str], list[str]]:
    """The originals and the translations of a message: one each, or two where there are one and many."""
    return tuple([pair] if isinstance(pair, str) else list(pair) for pair in (message.id, message.string))  # type: ignore[return-value]


def facts(text: str) -> set[str]:
    """The places for facts in a text, and its elements."""
    return set(re.findall(r"%\(\w+\)s|\{[^}]+\}|<[^>]+>", text))


# ---------------------------------------------------------------------------------------------- available_languages


def test_the_first_language_a_browser_asks_for_and_the_site_speaks_is_spoken() -> None:
    known = {"fr,de;q=0.5": "de", "en;q=0.4,de;q=0.6": "de", "de;q=0,en": "en", "de;q=x": "de", "q=,;,de": "de"}
    known |= {"": "en", "fr": "en", "*": "en", "de": "de", "de-CH": "de"}
    assert {header: preferred(None, header).code for header in known} == known


def test_a_language_that_was_chosen_goes_before_the_browsers() -> None:
    assert preferred("en", "de").code == "en"
    assert preferred("xx", "de").code == "de"


def test_each_language_writes_numbers_money_and_time_its_own_way() -> None:
    english, german = available_languages()["en"], available_languages()["de"]
    amount, at = Money(1_234_505_000), datetime(2026, 9, 1, 14, 5, tzinfo=UTC)
    assert (english.dollars(amount), german.dollars(amount)) == ("$1,234.505", "1.234,505\xa0$")
    assert (english.dollars(Money.parse("0.05")), german.dollars(Money.ZERO)) == ("$0.05", "0,00\xa0$")
    assert (english.count(12345), german.count(12345)) == ("12,345", "12.345")
    assert (english.percent(98.46), german.percent(100)) == ("98.5%", "100\xa0%")
    assert (english.span(5400), german.span(5400)) == ("1 hour 30 minutes", "1 Stunde 30 Minuten")
    assert (english.span(0), english.span(86_400 * 30)) == ("0 seconds", "30 days")
    assert [english.left(seconds) for seconds in (0, 61, 3_723)] == ["0:00", "1:01", "1:02:03"]
    assert (english.left(97_200), german.left(180_000)) == ("1 day 3 hr", "2 Tage 2 Std.")
    assert english.instant(at, UTC) == "Sep 1, 2026, 2:05\u202fPM"
    assert german.instant(at, languages.zone("Europe/Berlin") or UTC) == "01.09.2026, 16:05"
    assert (english.day(date(2026, 9, 1)), german.day(date(2026, 9, 1))) == ("Tue, Sep 1, 2026", "Di., 1. Sept. 2026")


def test_a_zone_that_is_none_counts_as_unknown() -> None:
    assert [languages.zone(name) for name in (None, "", "../etc/passwd", "Europe/Nowhere", "posix/UTC")] == [None] * 5


def test_a_refusal_is_told_in_the_language_with_its_facts() -> None:
    german = available_languages()["de"]
    assert "gleichzeitig erlaubt sind (25)" in german.refusal(QueueFull(limit=25))
    assert german.refusal(
        InvalidField(field="name", reason="A name has 1 to {longest} printable characters.", longest=9)
    ) == ("Ein Name hat 1 bis 9 druckbare Zeichen.")
    assert german.refusal(WorkNotOpen(because="You have returned it.")).endswith("Sie haben ihn zurückgegeben.")
    assert german.refusal(InvalidField(field="name", reason="What no catalog knows.")) == "What no catalog knows."


def test_pages_are_in_the_language_of_the_browser(market: Market, alice: str, bob: Person) -> None:
    new_hit(market, alice)
    page = bob.get("/projects", accept_language=GERMAN)
    assert '<html lang="de"' in page.text
    assert "Arbeit finden" in page.text
    assert "0,05\xa0$" in page.text
    assert "Find work" in bob.get("/projects").text


def test_refusals_are_in_the_language_of_the_browser_and_for_programs_in_the_originals(
    market: Market, alice: str, bob: Person, nobody: Person
) -> None:
    wrong = bob.get("/projects/3NONE/tasks", accept_language=GERMAN)
    assert (wrong.status_code, "Diese Adresse ist ungültig" in wrong.text) == (404, True)
    program = Program(bob.app, bob.token(market))
    program.client.headers["accept-language"] = GERMAN
    assert "address is not valid" in program.get("/projects/3NONE/tasks").json()["message"]
    nobody.get("/sign-in")
    refused = nobody.post("/sign-in", {"email": "x@example.org", "password": "y"}, accept_language=GERMAN)
    assert "Die E-Mail-Adresse oder das Passwort stimmt nicht." in refused.text


def test_times_are_in_the_zone_that_the_browser_has_told(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    del accepted
    assert "data-local" in bob.get("/tasks").text
    bob.client.cookies.set("kempelen_zone_8900", "Asia/Tokyo", domain="kempelen.localhost", path="/")
    page = bob.get("/tasks").text
    assert "data-local" not in page
    assert (
        languages.available_languages()["en"].instant(market.clock.now(), languages.zone("Asia/Tokyo") or UTC) in page
    )
