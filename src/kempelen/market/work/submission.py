"""Submission: how a Worker's answer is checked, recorded, judged and paid.

A submission is the fields of the form that the Worker filled in. They are checked against the HIT's question here, so
whoever submits, by a page, by a program or in-process, is held to the same rules. A QuestionForm's patterns are decided
before the transaction, since a hostile one takes long. Source: docs/mturk/api.md 4.2 and 10 no. 35,
docs/mturk/worker.md 1.4.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from kempelen.core.questions import answers, form_answers
from kempelen.core.questions.form_answers import CheckedQuestion, Field, UploadedFile
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import AnswersNotReady, InvalidField, WorkDoesNotExist
from kempelen.market.foundation.call import Call
from kempelen.market.hits import slots, track_records, uploads
from kempelen.market.qualifications import qualifications
from kempelen.market.work import assignments, review_policies, work
from kempelen.store.database import Row

MAX_ANSWER = 4_000_000  # characters; far above what a form holds


class Answer(NamedTuple):
    """What is recorded: the XML, and the uploaded files that it names; None where the question takes none."""

    xml: str
    file_keys: Sequence[str] | None = None


def check_patterns(call: Call, *, assignment_id: str, fields: Sequence[Field]) -> Callable[[], CheckedQuestion]:
    """Read the question; what is returned reads its form and decides its patterns, outside any transaction."""
    return partial(form_answers.check, _own(call, assignment_id)["question"], fields)


@transaction(lane="assignment_id", prepare=check_patterns)
def submit(call: Call, *, assignment_id: str, fields: Sequence[Field], prepared: CheckedQuestion | None = None) -> bool:
    """Submit the answer that a form's fields make, before the assignment is due.

    False when just this answer was submitted before, as by a double click, a second window or a lost reply: nothing
    changes, and it is no error. AnswersNotReady when a QuestionForm's constraints find a fault, WorkNotOpen when the
    assignment has ended, WorkDoesNotExist when the caller has none of this id.
    """
    row = _own(call, assignment_id)
    form, checks = prepared or form_answers.check(row["question"], fields)
    files = get_uploaded_files(call, assignment_id=assignment_id) if form and form.takes_files else {}
    faults = form_answers.check_answers(form, fields, files, checks) if form else []
    if faults and row["status"] == "Accepted":
        raise AnswersNotReady((fault.number, fault.text) for fault in faults)
    answer = _answer(form, fields, files)
    if record_answer(call, assignment_id, answer):
        return True
    if _own(call, assignment_id)["submitted"] != answer.xml:
        raise work.why_not_open(call, assignment_id)
    return False


def record_answer(call: Call, assignment_id: str, answer: Answer) -> bool:
    """Record a checked answer, and all that follows from it; False when the assignment is not open.

    The HIT's policy for assignments judges it at once. With an auto-approval delay of 0, what that leaves undecided is
    approved in the same moment. Source: docs/mturk/api.md 4.2, A2, A6 and A7.
    """
    if len(answer.xml) > MAX_ANSWER:
        raise InvalidField(field="answer", reason="This answer is too large to be kept.")
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Submitted', answer = :answer, submitted_at = :now, ended_at = :now,
               auto_approve_at = :now + 1000 * (
                   SELECT t.auto_approval_delay_in_seconds FROM hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id
                    WHERE h.hit_id = assignment.hit_id)
         WHERE assignment_id = :assignment_id AND worker_id = :caller AND status = 'Accepted' AND due_at > :now
        RETURNING hit_id, requester_id, accepted_at, submitted_at, auto_approve_at
        """,
        answer=answer.xml,
        now=call.now,
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if row is None:
        return False
    if answer.file_keys is not None:
        uploads.settle(call, assignment_id, answer.file_keys)
    work.append_event(call, "AssignmentSubmitted", row, call.caller, assignment_id, moved=("Accepted", "Submitted"))
    hit = slots.change(call, row["hit_id"], pending=-1, submitted=1)
    qualifications.count_submitted(call, call.caller, row["requester_id"])
    track_records.count_worked(call, row)
    review_policies.judge(call, hit, assignment_id, answer.xml)
    if row["auto_approve_at"] <= row["submitted_at"]:
        assignments.approve_in_time(call.as_market(call.now), assignment_id)
    return True


@transaction(reads=True)
def get_uploaded_files(call: Call, *, assignment_id: str) -> dict[str, UploadedFile]:
    """The files that the caller has uploaded for an assignment, by QuestionIdentifier."""
    return {
        one.question_identifier: UploadedFile(one.file_key, one.size_in_bytes, one.file_name)
        for one in uploads.list_uploads(call, assignment_id=assignment_id)
    }


def _answer(form: QuestionForm | None, fields: Sequence[Field], files: dict[str, UploadedFile]) -> Answer:
    if form is None:
        return Answer(answers.to_xml(fields))
    keys = form_answers.file_keys(form, fields) if form.takes_files else None
    return Answer(form_answers.answer_xml(form, fields, files), keys)


def _own(call: Call, assignment_id: str) -> Row:
    """The caller's assignment: its question, its status and the answer submitted; WorkDoesNotExist without one."""
    row = call.db.one(
        """
        SELECT h.question, a.status, a.answer AS submitted FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.assignment_id = :assignment_id AND a.worker_id = :caller
        """,
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if row is None:
        raise WorkDoesNotExist()
    return row
