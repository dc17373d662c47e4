"""Answers to QuestionForms when the page did not check them: the server says the same, and stores the same bytes."""

from __future__ import annotations

import pytest

from kempelen.market.hits import uploads
from kempelen.market.market import Market
from kempelen.market.work import assignments, work
from tests.web import forms, forms_corpus
from tests.web.forms_corpus import CASES
from tests.web.people import Person, submit_url


def answer_of(market: Market, alice: str, accepted: work.Accepted) -> str:
    return market.perform(alice, assignments.get_assignment, assignment_id=accepted.assignment_id).assignment.answer


def test_the_server_says_what_the_page_says(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice, question=forms_corpus.whole_form())
    about = {"assignment_id": accepted.assignment_id}
    asked = forms_corpus.identifier("a file")
    key = market.perform(bob.worker_id, uploads.begin, **about, question_identifier=asked, file_name="mug.png")
    market.perform(bob.worker_id, uploads.keep, **about, file_key=key, size_in_bytes=900)

    bad = {name: case.wrong or case.right for name, case in CASES.items()}
    refused = bob.post(
        submit_url(accepted), [*about.items(), *forms_corpus.fields(bad, [key])], accept="application/json"
    )
    assert refused.status_code == 422
    assert refused.json()["message"] == "Some answers are missing or not valid. " + " ".join(
        f"Question {number}: {case.said}" for number, case in enumerate(CASES.values(), 1) if case.wrong is not None
    )
    good = {name: case.right for name, case in CASES.items()}
    taken = bob.post(submit_url(accepted), [*about.items(), *forms_corpus.fields(good, [key])])
    assert taken.status_code == 303
    assert answer_of(market, alice, accepted) == forms_corpus.whole_answer([key])


OFFERED = "This choice is not one of those offered."


@pytest.mark.parametrize(
    ("answer", "fields", "told"),
    [
        (forms.choices("r=Red"), [("answer-1", "2")], OFFERED),
        (forms.choices("r=Red"), [("answer-1", "r")], OFFERED),
        (forms.choices("r=Red"), [("answer-1", "01")], OFFERED),
        (forms.choices("r=Red"), [("answer-1", "other")], OFFERED),
        (forms.choices("r=Red", "b=Blue"), [("answer-1", "1"), ("answer-1", "2")], "Choose one."),
        (forms.choices("r=Red"), [("answer-1", "")], "Choose one."),
        (forms.choices("r=Red", least=2, most=2, other=""), [("answer-1", "1"), ("answer-1", "1")], "Choose 2."),
        (forms.choices("r=Red", other=""), [("answer-1", "other")], "Please say what the other is."),
        (forms.choices("r=Red"), [("answer-1-other", "teal")], "Choose one."),
        (forms.text("<Length minLength='1'/>"), [("answer-2", "mug")], "This question needs an answer."),
        (forms.text("<IsNumeric/>"), [("answer-1", "\u0663")], "Write a number."),
        (forms.text("<IsNumeric/>"), [("answer-1", "1e5")], "Write a number."),
        (forms.text("<IsNumeric/>"), [("answer-1", "NaN")], "Write a number."),
        (forms.text("<IsNumeric/>"), [("answer-1", "9" * 100_000 + "!")], "Write a number."),
        (forms.text("<IsNumeric maxValue='5'/>"), [("answer-1", "9" * 100_000)], "Write a number, 5 or less."),
    ],
)
def test_fields_that_no_page_sends_are_refused(
    market: Market, alice: str, bob: Person, answer: str, fields: list[tuple[str, str]], told: str
) -> None:
    accepted = bob.accept(market, alice, question=forms.form(forms.question("q", answer)))
    sent = [("assignment_id", accepted.assignment_id), *fields]
    refused = bob.post(submit_url(accepted), sent, accept="application/json")
    assert (refused.status_code, refused.json()["message"]) == (
        422, f"Some answers are missing or not valid. Question 1: {told}"
    )  # fmt: skip
    assert market.perform(bob.worker_id, work.get_work, assignment_id=accepted.assignment_id).status == "Accepted"


def test_fields_of_no_question_are_no_answers(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice, question=forms.form(forms.question("q", forms.text())))
    sent = {"assignment_id": accepted.assignment_id, "answer-1": "a", "answer-2": "b", "q": "c", "": "d"}
    assert bob.post(submit_url(accepted), sent).status_code == 303
    answer = answer_of(market, alice, accepted).partition(">")[2].partition(">")[2]
    assert answer == (
        "<Answer><QuestionIdentifier>q</QuestionIdentifier><FreeText>a</FreeText></Answer></QuestionFormAnswers>"
    )


@pytest.mark.slow
def test_the_largest_form_is_shown_and_answered(market: Market, alice: str, bob: Person) -> None:
    """As many questions as 65,535 bytes hold, each with a pattern that would take for ever."""
    asked = forms.question("{}", forms.text(forms.regex("^(a+)+$")), content="<Text>?</Text>")
    count = (65_535 - len(forms.form())) // (len(asked) + 2)
    accepted = bob.accept(market, alice, question=forms.form(*(asked.format(n) for n in range(count))))
    sent = [("assignment_id", accepted.assignment_id), *((f"answer-{n}", "a" * 500 + "!") for n in range(1, count + 1))]
    assert bob.post(submit_url(accepted), sent).status_code == 303
    assert answer_of(market, alice, accepted).count("<Answer>") == count > 200
