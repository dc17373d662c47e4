"""What is ours in a task speaks the Worker's language; what is the Requester's stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from starlette.types import ASGIApp

from kempelen.core.texts import LazyText, join_texts, lazy_plural
from kempelen.market.market import Market
from kempelen.web.site import scripts
from kempelen.web.site.assets import FOLDER
from kempelen.web.site.languages import available_languages
from tests.market.work import new_hit
from tests.web import forms
from tests.web.people import URL, Person, Program, at_host, frame_src, submit_url, work_url
from tests.web.places import Place
from tests.web.test_task_hosts import altered, fetch, question

GERMAN = "de-AT,de;q=0.9,en;q=0.5"
COLOURS = forms.choices("red=Rood", "blue=Blauw", least=1, most=2)
ASKED = forms.form(
    forms.question(
        "name", forms.text("<Length minLength='3'/>"), required="true", content="<Text>Geef de mok een naam</Text>"
    ),
    forms.question("colour", COLOURS, content="<Text>Kies kleuren</Text>"),
)
CROWD = """<!DOCTYPE html><html lang="nl"><meta charset="utf-8"><title>Mok</title>
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form><crowd-instructions link-text="Uitleg"><short-summary>Kies.</short-summary></crowd-instructions>
<crowd-input name="name" label="Naam" required></crowd-input>
<crowd-checkbox name="ok" required>Ik heb gekeken</crowd-checkbox></crowd-form></html>"""


def speaks(bob: Person, language: str) -> None:
    """Bob has chosen this language on his account's page."""
    assert bob.post("/account", {"name": "Bob", "language": language}).status_code == 303


# ---------------------------------------------------------------------------------------------- pages


def test_a_question_form_speaks_the_language_its_worker_has_chosen(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    speaks(bob, "de")
    accepted = bob.accept(market, alice, question=ASKED)
    page = fetch(app, frame_src(bob.get(work_url(accepted))), **{"accept-language": "en"}).text
    assert '<html lang="de">' in page
    for ours in (
        "Frage 1",
        "Pflicht",
        "Mindestens 3 Zeichen.",
        "Wählen Sie mindestens eins",
        "Absenden",
        "question-form.de.js",
    ):
        assert ours in page
    for theirs in ('lang="">Rood</span>', 'lang="" id="q1-content">\n<p class="plain">Geef de mok een naam</p>'):
        assert theirs in page  # in a language that we do not know
    assert "Question" not in re.sub(r"question-form[\w.-]*|questions?\b", "", page)


def test_a_form_that_is_not_ready_is_refused_in_the_language_and_to_programs_in_english(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    speaks(bob, "de")
    accepted = bob.accept(market, alice, question=ASKED)
    wrong = {"assignment_id": accepted.assignment_id, "answer-1": "ab"}
    told = bob.post(submit_url(accepted), wrong, accept="application/json").json()["message"]
    assert told == (
        "Einige Antworten fehlen oder sind nicht gültig. Frage 1: Schreiben Sie mindestens 3 Zeichen. Jetzt sind es 2. "
        "Frage 2: Wählen Sie mindestens eins."
    )
    program = Program(app, bob.token(market))
    assert (
        "Write at least 3 characters. There are 2 now." in program.post(submit_url(accepted), wrong).json()["message"]
    )


def test_a_requesters_own_words_are_never_translated(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    speaks(bob, "de")
    errors = forms.text(forms.regex("^x+$", "This question needs an answer."))
    accepted = bob.accept(market, alice, question=forms.form(forms.question("q", errors, name="Other")))
    wrong = {"assignment_id": accepted.assignment_id, "answer-1": "y"}
    told = bob.post(submit_url(accepted), wrong, accept="application/json").json()["message"]
    assert told.endswith("Frage 1: This question needs an answer.")


def test_a_page_of_a_requester_gets_our_elements_in_the_language(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    for language, script in (("de", "crowd-html-elements.de.js"), ("en", "crowd-html-elements.js")):
        speaks(bob, language)
        accepted = bob.accept(market, alice, question=question(CROWD))
        src = frame_src(bob.get(work_url(accepted)))
        found = re.search(r'src="([^"]+/stand-ins/crowd[^"]+)"', fetch(app, src).text)
        assert found
        assert f"/stand-ins/{script}?v=" in found[1]
        loaded = fetch(app, found[1])
        assert loaded.headers["content-type"].startswith("text/javascript")
        assert ("Bitte füllen Sie dies aus." in loaded.text) == (language == "de")


def test_what_a_task_leads_to_speaks_the_same_language(market: Market, alice: str, bob: Person, app: ASGIApp) -> None:
    speaks(bob, "de")
    accepted = bob.accept(market, alice, question=question(CROWD))
    src = frame_src(bob.get(work_url(accepted)))
    host = f"http://{accepted.hit_id.lower()}.localhost:8900"
    sent = {"assignmentId": accepted.assignment_id}
    handing = at_host(app, host).post("/mturk/externalSubmit", data=sent, headers={"referer": src})
    assert '<html lang="de">' in handing.text
    elsewhere = at_host(app, host).post(
        "/mturk/externalSubmit", data=sent, headers={"referer": f"{URL}/?language=de", "accept-language": "en"}
    )
    assert '<html lang="en">' in elsewhere.text
    over = fetch(app, altered(src))
    assert (over.status_code, '<html lang="de">' in over.text) == (403, True)


@pytest.mark.parametrize("language", ["xx", "%20", "..de", "<b>", "de%00", "DE"])
def test_a_language_that_is_none_is_the_browsers(
    market: Market, alice: str, bob: Person, app: ASGIApp, language: str
) -> None:
    accepted = bob.accept(market, alice, question=ASKED)
    src = frame_src(bob.get(work_url(accepted))).replace("/task/en/", f"/task/{language}/")
    page = fetch(app, src, **{"accept-language": GERMAN})
    assert (page.status_code, '<html lang="de">' in page.text) == (200, True)


# ---------------------------------------------------------------------------------------------- words


def test_words_are_said_anew_with_all_their_facts() -> None:
    german = available_languages()["de"]
    many = [lazy_plural("{number} byte", "{number} bytes", number) for number in (1, 1500)]
    assert many == ["1 byte", "1,500 bytes"]
    assert [german.translate_text(words) for words in many] == ["1 Byte", "1.500 Bytes"]
    assert german.translate_text(join_texts([words.sentence() for words in many])) == "1 Byte. 1.500 Bytes."
    assert german.translate_text("Other") == "Other"  # nobody has marked it
    assert german.translate_text(LazyText("Other", {})) == "Anderes"


def test_a_script_is_translated_only_in_its_translate_calls() -> None:
    script = (
        'translate("Other"); x = "Other"; translatePlural("{number} byte", "{number} bytes", n); '
        'translate("No \\"list\\"", { it });'
    )
    assert list(scripts.texts(script)) == ["Other", 'No "list"', ("{number} byte", "{number} bytes")]
    assert scripts.translated(script, available_languages()["de"]) == (
        'translate("Anderes"); x = "Other"; translatePlural("{number} Byte", "{number} Bytes", n); '
        'translate("No \\"list\\"", { it });'
    )


# ---------------------------------------------------------------------------------------------- nothing is left out

_TOKEN = re.compile(
    r"""(?://[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)""", re.DOTALL
)
_TRANSLATED_OR_INTERNAL = re.compile(
    r'\btranslate(?:Plural)?\(\s*$|\btranslatePlural\(\s*"(?:[^"\\\n]|\\.)*",\s*$'
    r"|\bnew Error\($|\bclass(?:Name)?(?::| =) $"
)
_NO_WORDS = {"Accept", "Enter", "Key"}  # a header, and names of keys
RECORDED = {"externalHIT_v1.js"}  # says what the original's script said, which pages may look for


def untranslated(script: str) -> Iterator[str]:
    """Texts of a script that are for people and are not said: words beside words, or one word like a heading."""
    for token in _TOKEN.finditer(script):
        if not token["text"]:
            continue
        before, text = (
            script[max(0, token.start() - 200) : token.start()],
            re.sub(r"\$\{[^{}]*\}", "", token["text"][1:-1]),
        )
        if _TRANSLATED_OR_INTERNAL.search(before):
            continue
        is_style_or_drawing = re.search(r"[{;]\s|^\.[a-z]|<\w+ ", text)
        if not is_style_or_drawing and text not in _NO_WORDS and _WORDS.search(text):
            yield text


_WORDS = re.compile(r"[^\W\d_]{2} [^\W\d_]{2}|^[A-Z][a-z]+[.:…]? ?$|[^\W\d_]{2} $|^ [^\W\d_]{2}")


@pytest.mark.parametrize("path", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")))
def test_every_text_of_a_script_is_translated(path: str) -> None:
    if Path(path).name not in RECORDED:
        assert list(untranslated((FOLDER / path).read_text())) == []


@pytest.mark.parametrize(
    "script",
    ['tell("Please choose");', "tell(`${count} answers`);", 'x = a ? translate("One") : "Other";', "f('Choose one.')"],
)
def test_a_text_that_is_not_translated_is_found(script: str) -> None:
    assert list(untranslated(script)) != []


@pytest.mark.parametrize(
    "script",
    [
        'tell(translate("Please choose"));',
        'translatePlural("One thing", "Many things", n)',
        "// Not a text",
        'on("keydown", "Enter")',
    ],
)
def test_translated_and_internal_texts_are_no_fault(script: str) -> None:
    assert list(untranslated(script)) == []


# ---------------------------------------------------------------------------------------------- in a browser


@pytest.mark.slow
@pytest.mark.parametrize("host", ["kempelen.localhost", "127.0.0.1"])
def test_a_worker_meets_one_language_from_the_list_to_the_last_answer(
    context: BrowserContext, place: Place, host: str
) -> None:
    """On a host of the task's own, and in a frame without an origin."""
    context.set_extra_http_headers({"Accept-Language": GERMAN})
    place.one_at_a_time()
    page = context.new_page()
    page.goto(f"http://{host}:{place.port}/sign-in")
    page.locator("[name=email]").fill("bob@example.org")
    page.locator("[name=password]").fill("a mug of strong tea")
    page.locator("form button").first.click()
    page.wait_for_url("**/projects")
    task = page.frame_locator("#task")

    hit = new_hit(place.market, place.alice, question=ASKED)
    page.goto(f"http://{host}:{place.port}/projects/{hit.hit_group_id}/tasks")
    page.get_by_role("button", name="Diesen HIT annehmen").click()
    page.wait_for_url("**assignment_id=**")
    task.get_by_role("button", name="Absenden").click()
    expect(task.get_by_text("Diese Frage braucht eine Antwort.")).to_be_visible()
    expect(task.get_by_text("2 Fragen sind noch zu beantworten.")).to_be_visible()
    expect(task.get_by_text("Geef de mok een naam")).to_be_visible()
    task.get_by_role("textbox").fill("Mok")
    task.get_by_text("Rood").click()
    expect(task.get_by_text("– 1 gewählt")).to_be_visible()
    task.get_by_role("button", name="Absenden").click()
    page.wait_for_url("**/tasks*")

    page.goto(f"http://{host}:{place.port}/projects/{place.hit(CROWD)}/tasks")
    page.get_by_role("button", name="Diesen HIT annehmen").click()
    page.wait_for_url("**assignment_id=**")
    task.get_by_role("button", name="Absenden").click()
    expect(task.get_by_text("Bitte füllen Sie dies aus.")).to_be_visible()
    expect(task.get_by_text("Bitte setzen Sie hier ein Häkchen, um fortzufahren.")).to_be_visible()
    expect(task.get_by_text("Uitleg")).to_be_visible()
