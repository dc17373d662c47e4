"""Qualification tests that a Worker is taking: what is asked, and the answers they submit.

Source: docs/mturk/api.md 4.3, docs/mturk/worker.md 6.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import msgspec

from kempelen.core.questions import form_answers, qualification_tests
from kempelen.core.questions.form_answers import CheckedQuestion, Field
from kempelen.core.rules import requirements
from kempelen.core.texts import translatable
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import (
    AnswersNotReady,
    InvalidField,
    QualificationTestDoesNotExist,
    QualificationTestNotOpen,
)
from kempelen.market.foundation.call import Call
from kempelen.market.qualifications import qualifications, standings
from kempelen.market.qualifications.qualification_requests import append_event
from kempelen.market.qualifications.standings import Standing
from kempelen.store.database import Row, instant

MAX_ANSWER = 1_000_000  # characters; far above what a form holds
_ENDED = {
    "Submitted": translatable("You have handed it in already, and the Requester has yet to decide."),
    "Granted": translatable("You have handed it in already."),
    "Rejected": translatable("Your request was rejected."),
    "Lapsed": translatable("Its time ran out."),
}


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """A test that a Worker is taking, or has taken when it is not `is_on` any more."""

    request_id: str
    qualification_type_id: str
    name: str
    description: str
    requester_name: str
    test: str
    started_at: datetime
    due_at: datetime
    now: datetime
    is_on: bool = True


@transaction(reads=True)
def get_test(call: Call, *, request_id: str, may_be_over: bool = False) -> Test:
    """A test that the calling Worker is taking; QualificationTestNotOpen says what became of one that is over."""
    row = test_row(call, request_id)
    is_on = row["status"] == "InTest" and instant(row["due_at"]) > call.now
    if not is_on and not may_be_over:
        raise QualificationTestNotOpen(because=_ENDED.get(row["status"], _ENDED["Lapsed"]))
    return Test(
        request_id=request_id,
        qualification_type_id=row["qualification_type_id"],
        name=row["name"],
        description=row["description"],
        requester_name=row["requester_name"],
        test=row["test"],
        started_at=instant(row["requested_at"]),
        due_at=instant(row["due_at"]),
        now=call.now,
        is_on=is_on,
    )


def check_patterns(
    call: Call,
    *,
    request_id: str,
    fields: Sequence[Field],
    of_type: str | None = None,  # noqa: ARG001  as submit_test
) -> Callable[[], CheckedQuestion]:
    """Read the test; what is returned reads its form and decides its patterns, outside any transaction."""
    return partial(form_answers.check, test_row(call, request_id)["test"], fields)


@transaction(lane="request_id", prepare=check_patterns)
def submit_test(
    call: Call,
    *,
    request_id: str,
    fields: Sequence[Field],
    of_type: str | None = None,
    prepared: CheckedQuestion | None = None,
) -> Standing:
    """Submit the answers that a form's fields make to a test (of this type), before its time is over.

    With an answer key the score is granted at once. The same answers again change nothing and are no error; other
    answers, or answers too late, are refused. AnswersNotReady when the test's own constraints find a fault.
    """
    row = test_row(call, request_id)
    if of_type not in (None, row["qualification_type_id"]):
        raise QualificationTestDoesNotExist()
    form, checks = prepared or form_answers.check(row["test"], fields)
    assert form is not None, "a test is a QuestionForm, or it would not have been accepted"
    faults = form_answers.check_answers(form, fields, checks=checks)
    answer = form_answers.answer_xml(form, fields)
    if row["submitted_at"] is not None and row["answer"] == answer:
        return standings.get_standing(call, qualification_type_id=row["qualification_type_id"])
    if faults and row["status"] == "InTest":
        raise AnswersNotReady((fault.number, fault.text) for fault in faults)
    return record_answers(call, row, answer)


def record_answers(call: Call, row: Row, answer: str) -> Standing:
    """Record checked answers (QuestionFormAnswers XML) to the test of a row, and score them if there is a key."""
    if len(answer) > MAX_ANSWER:
        raise InvalidField(field="answer", reason="This answer is too large to be kept.")
    value = None
    if row["answer_key"] is not None:
        score = qualification_tests.score(row["test"], row["answer_key"], answer)
        value = min(max(score, requirements.LOWEST), requirements.HIGHEST)
    submitted = call.db.run(
        """
        UPDATE qualification_request SET answer = :answer, submitted_at = :now, value = :value, status = :status,
               decided_at = CASE WHEN :status = 'Granted' THEN :now ELSE NULL END
         WHERE request_id = :request_id AND worker_id = :caller AND status = 'InTest' AND due_at > :now
        """,
        answer=answer,
        now=call.now,
        value=value,
        status="Submitted" if value is None else "Granted",
        request_id=row["request_id"],
        caller=call.caller,
    )
    if not submitted:
        raise QualificationTestNotOpen(because=_ENDED.get(row["status"], _ENDED["Lapsed"]))
    if value is None:
        append_event(call, "QualificationRequested", row, moved=("InTest", "Submitted"))
    else:
        append_event(call, "QualificationRequestGranted", row, moved=("InTest", "Granted"))
        qualifications.grant(call, row["qualification_type_id"], call.caller, value, is_new=True)
    return standings.get_standing(call, qualification_type_id=row["qualification_type_id"])


def test_row(call: Call, request_id: str) -> Row:
    """A request of the calling Worker's with its test; QualificationTestDoesNotExist when they have none of this id."""
    row = call.db.one(
        """
        SELECT r.*, x.test, x.answer_key, t.name, t.description, o.name AS requester_name
          FROM qualification_request r
          JOIN qualification_test x ON x.test_id = r.test_id
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
          JOIN requester o ON o.requester_id = r.requester_id
         WHERE r.request_id = :request_id AND r.worker_id = :caller
        """,
        request_id=request_id,
        caller=call.caller,
    )
    if row is None:
        raise QualificationTestDoesNotExist()
    return row
