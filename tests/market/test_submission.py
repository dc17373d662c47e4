"""Submissions are held to their question's rules whoever submits, and each answer counts once."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from kempelen.core.questions import answers, form_answers, javascript_patterns
from kempelen.core.wire.refusals import AnswersNotReady, QualificationTestDoesNotExist, WorkDoesNotExist, WorkNotOpen
from kempelen.market.market import Market
from kempelen.market.qualifications import qualification_requests, qualification_tests
from kempelen.market.work import history, submission, work
from tests.market.qualifying import new_type
from tests.market.work import HOURS, accepted_work, pass_time
from tests.web import forms

FORM = forms.form(forms.question("plate", forms.text(forms.regex("^[A-Z]{2}[0-9]+$", "No plate.")), required="true"))


def taken(market: Market, requester: str, worker: str, **members: str) -> str:
    return accepted_work(market, requester, worker, **members).assignment_id


def answer_of(market: Market, worker: str, assignment_id: str) -> str:
    return market.perform(worker, history.get_submission, assignment_id=assignment_id).answer


def test_the_fields_of_a_page_become_the_answer(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    fields = [("assignmentId", assignment_id), ("colour", "blue"), ("colour", "red")]
    assert market.perform(bob, submission.submit, assignment_id=assignment_id, fields=fields)
    assert answer_of(market, bob, assignment_id) == answers.to_xml([("colour", "blue"), ("colour", "red")])


def test_the_same_answer_again_changes_nothing_and_another_is_refused(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    submit = partial(market.perform, bob, submission.submit, assignment_id=assignment_id)
    assert submit(fields=[("colour", "blue")])
    assert not submit(fields=[("colour", "blue")])
    with pytest.raises(WorkNotOpen):
        submit(fields=[("colour", "red")])
    assert answer_of(market, bob, assignment_id) == answers.to_xml([("colour", "blue")])


def test_an_answer_after_the_time_or_by_another_worker_is_refused(
    market: Market, alice: str, bob: str, charlie: str
) -> None:
    assignment_id = taken(market, alice, bob)
    with pytest.raises(WorkDoesNotExist):
        market.perform(charlie, submission.submit, assignment_id=assignment_id, fields=[("colour", "blue")])
    pass_time(market, 1 * HOURS)
    with pytest.raises(WorkNotOpen):
        market.perform(bob, submission.submit, assignment_id=assignment_id, fields=[("colour", "blue")])


def test_a_form_is_checked_whoever_submits(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob, question=FORM)
    for wrong in ("", "not a plate"):
        with pytest.raises(AnswersNotReady):
            market.perform(bob, submission.submit, assignment_id=assignment_id, fields=[("answer-1", wrong)])
    assert market.perform(bob, work.get_work, assignment_id=assignment_id).status == "Accepted"
    assert market.perform(bob, submission.submit, assignment_id=assignment_id, fields=[("answer-1", "BP123")])
    assert "<FreeText>BP123</FreeText>" in answer_of(market, bob, assignment_id)


def test_a_form_is_checked_inside_a_transaction_too(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob, question=FORM)

    def from_another_function(call) -> None:
        submission.submit(call, assignment_id=assignment_id, fields=[("answer-1", "not a plate")])

    with pytest.raises(AnswersNotReady):
        market.perform(bob, from_another_function)


def test_patterns_are_decided_before_the_transaction(
    market: Market, alice: str, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment_id = taken(market, alice, bob, question=FORM)
    decided_in = []
    found = javascript_patterns.found

    def watched(*given: object, **options: object) -> bool:
        decided_in.append(threading.current_thread())
        return found(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(form_answers.javascript_patterns, "found", watched)
    assert market.perform(bob, submission.submit, assignment_id=assignment_id, fields=[("answer-1", "BP123")])
    assert decided_in == [threading.current_thread()], "a lane has a thread of its own"


def test_a_test_is_checked_scored_once_and_must_be_of_its_type(market: Market, alice: str, bob: str) -> None:
    type_id = new_type(market, alice, test=FORM, test_duration_in_seconds=600)
    begun = market.perform(bob, qualification_requests.request, qualification_type_id=type_id)
    submit = partial(market.perform, bob, qualification_tests.submit_test, request_id=begun.request_id)
    with pytest.raises(AnswersNotReady):
        submit(fields=[("answer-1", "not a plate")])
    with pytest.raises(QualificationTestDoesNotExist):
        submit(fields=[("answer-1", "BP123")], of_type="3ANOTHER")
    assert submit(fields=[("answer-1", "BP123")], of_type=type_id).request == "Submitted"
    assert submit(fields=[("answer-1", "BP123")], of_type=type_id).request == "Submitted", "once more is no error"
