"""Review policies: a Requester's standing decisions on the work of a HIT, carried out and reported here.

A policy for assignments scores each submission by known answers, once, in the transaction that submits it. A policy for
the HIT compares all submissions whenever the HIT becomes Reviewable. Both may approve, reject and extend, by the same
functions as the Requester's own calls, and record what they found and did. An earlier decision stays; the Requester can
override a rejection. `core/rules/verdicts.py` decides. Source: docs/mturk/api.md 8.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from kempelen.core.questions import answers
from kempelen.core.rules import verdicts
from kempelen.core.rules.verdicts import Answers, Decision, Extension, Plurality
from kempelen.core.wire.errors import InsufficientFunds, InvalidAssignmentState, InvalidMaximumAssignmentsIncrease
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    EntityId,
    MaxResults,
    NextToken,
    ReviewActionStatus,
    ReviewPolicy,
    ReviewPolicyLevel,
    Structure,
)
from kempelen.market.foundation import pages
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_changes, hits, slots
from kempelen.market.work import assignments
from kempelen.store.database import Row, instant

ALREADY_APPROVED = "Already approved"
NOT_UNDECIDED = "Assignment was in an invalid state for this operation."
ENDED = "The Requester has ended this HIT."

_DECISIONS: dict[Decision, tuple[Callable[..., bool], str]] = {
    "approve": (assignments.approve, "Approved"),
    "reject": (assignments.reject, "Rejected"),
}


class ReviewResultDetail(Structure, frozen=True, kw_only=True):
    """One thing that a review found. Source: docs/mturk/api.md 3.14."""

    action_id: EntityId
    subject_id: EntityId
    subject_type: str
    question_id: EntityId | None  # as the Requester named it, whatever its form
    key: str
    value: str


class ReviewActionDetail(Structure, frozen=True, kw_only=True):
    """One thing that a policy did. Source: docs/mturk/api.md 3.15."""

    action_id: EntityId
    action_name: str
    target_id: EntityId
    target_type: str
    status: ReviewActionStatus
    complete_time: datetime
    result: str
    error_code: str | None


class ReviewReport(Structure, frozen=True, kw_only=True):
    """What the policy of one level found and did; lists not asked for are absent. Source: docs/mturk/api.md 3.13."""

    review_results: list[ReviewResultDetail] | None
    review_actions: list[ReviewActionDetail] | None


class ReviewPolicyResults(Structure, frozen=True, kw_only=True):
    """A page of what the policies of a HIT found and did; the token continues it."""

    hit_id: EntityId
    assignment_review_policy: ReviewPolicy | None
    hit_review_policy: ReviewPolicy | None
    assignment_review_report: ReviewReport | None
    hit_review_report: ReviewReport | None
    next_token: NextToken | None


# ---------------------------------------------------------------------------------------------- report


@operation(reads=True)
def list_review_policy_results_for_hit(
    call: Call,
    *,
    hit_id: EntityId,
    policy_levels: list[ReviewPolicyLevel] | None = None,
    retrieve_actions: bool = True,
    retrieve_results: bool = True,
    next_token: NextToken | None = None,
    max_results: MaxResults = 100,
) -> ReviewPolicyResults:
    """What the review policies of a HIT found and did, of these levels (none named: both), in the order of time.

    A page counts results and actions of both levels together. A HIT without a policy has its HITId only.
    Source: API reference, ListReviewPolicyResultsForHIT; docs/mturk/api.md 2.26.
    """
    hit = hits.own(call, hit_id)
    levels = set(policy_levels or ("Assignment", "HIT"))
    list_of = ("ListReviewPolicyResultsForHIT", hit_id, sorted(levels), retrieve_actions, retrieve_results)
    after, _ = pages.position_after(call, next_token, *list_of) or (0, "")
    asked = [table for table, wanted in ((_ACTIONS, retrieve_actions), (_RESULTS, retrieve_results)) if wanted]
    rows = [
        row
        for sql in asked
        for row in call.db.all(
            sql,
            hit_id=hit_id,
            first="Assignment" if "Assignment" in levels else "",
            second="HIT" if "HIT" in levels else "",
            after=after,
            max_results=max_results,
        )
    ]
    page = sorted(rows, key=lambda row: int(row["number"]))[:max_results]

    def report(level: str) -> ReviewReport:
        mine = [row for row in page if row["level"] == level]
        return ReviewReport(
            review_results=[_result(row) for row in mine if "finding" in row] if retrieve_results else None,
            review_actions=[_action(row) for row in mine if "name" in row] if retrieve_actions else None,
        )

    of_assignments = hit["assignment_review_policy"] if "Assignment" in levels else None
    of_hit = hit["hit_review_policy"] if "HIT" in levels else None
    return ReviewPolicyResults(
        hit_id=hit_id,
        assignment_review_policy=ReviewPolicy(policy_name=verdicts.KNOWN_ANSWERS) if of_assignments else None,
        hit_review_policy=ReviewPolicy(policy_name=verdicts.PLURALITY) if of_hit else None,
        assignment_review_report=report("Assignment") if of_assignments else None,
        hit_review_report=report("HIT") if of_hit else None,
        next_token=pages.token_after(call, (page[-1]["number"], "") if page else None, *list_of),
    )


_ACTIONS = """
    SELECT * FROM review_action
     WHERE hit_id = :hit_id AND level IN (:first, :second) AND number > :after
     ORDER BY number LIMIT :max_results
"""
_RESULTS = """
    SELECT * FROM review_result
     WHERE hit_id = :hit_id AND level IN (:first, :second) AND number > :after
     ORDER BY number LIMIT :max_results
"""


def _result(row: Row) -> ReviewResultDetail:
    return ReviewResultDetail(
        action_id=row["action_id"],
        subject_id=row["assignment_id"] or row["hit_id"],
        subject_type="Assignment" if row["assignment_id"] else "HIT",
        question_id=row["question_id"],
        key=row["finding"],
        value=row["value"],
    )


def _action(row: Row) -> ReviewActionDetail:
    return ReviewActionDetail(
        action_id=row["action_id"],
        action_name=row["name"],
        target_id=row["assignment_id"] or row["hit_id"],
        target_type="Assignment" if row["assignment_id"] else "HIT",
        status=row["status"],
        complete_time=instant(row["completed_at"]),
        result=row["result"],
        error_code=row["error_code"],
    )


# ---------------------------------------------------------------------------------------------- carry out


def judge(call: Call, hit: Row, assignment_id: str, answer: str) -> None:
    """Let the policy for assignments, if this HIT has one, decide on work that was submitted just now."""
    if hit["assignment_review_policy"] is None:
        return
    policy = verdicts.known_answers(_given(hit["assignment_review_policy"]))
    score = verdicts.score(policy, answers.values(answer))
    run = _Run(call.as_policy(), hit["hit_id"], "Assignment", verdicts.KNOWN_ANSWERS)
    right = sum(is_right for _, is_right in score.correct)
    reviewed = _counted(len(score.correct), "known answer")
    run.reviewed(f"Reviewed {reviewed}; {right}/{len(score.correct)} correct", assignment_id=assignment_id)
    for question_id, is_right in score.correct:
        run.found("KnownAnswerCorrect", int(is_right), question_id=question_id, assignment_id=assignment_id)
    run.found("KnownAnswerScore", score.percent, assignment_id=assignment_id)
    decision = verdicts.decide(score.percent, policy)
    if decision is not None:
        run.decide(decision, assignment_id, policy.approve_reason if decision == "approve" else policy.reject_reason)
    if policy.extension is not None and score.percent < policy.extension.below:
        run.extend(policy.extension)


@slots.when_reviewable
def compare(call: Call, hit_id: str) -> None:
    """Run the policy of a HIT that this call made Reviewable, unless it is open again: then there is more to come."""
    hit = call.db.one("SELECT * FROM hit WHERE hit_id = :hit_id", hit_id=hit_id)
    assert hit is not None
    if hit["status"] == "Reviewable":
        _compare(call.as_policy(), hit)


def _compare(call: Call, hit: Row) -> None:
    """The policy for the HIT: what do its Workers agree on, and who with them?"""
    policy = verdicts.plurality(_given(hit["hit_review_policy"]), scores_known_answers=True)
    work = _considered(call, hit, policy)
    agreement = verdicts.agreement(policy, [given for _, given in work])
    run = _Run(call, hit["hit_id"], "HIT", verdicts.PLURALITY)
    agreed = sum(question.answer is not None for question in agreement.questions)
    run.reviewed(f"Reviewed {_counted(len(work), 'assignment')}; {agreed}/{len(agreement.questions)} questions agreed")
    for question in agreement.questions:
        run.found("AgreedAnswerFound", int(question.answer is not None), question_id=question.question_id)
        if question.answer is not None:
            run.found("AgreedAnswer", verdicts.shown_answer(question.answer), question_id=question.question_id)
        run.found("AnswerAgreementScore", question.share, question_id=question.question_id)
    run.found("HitAgreementScore", agreement.percent)
    for (assignment_id, _), worker in zip(work, agreement.workers, strict=True):
        if worker.percent is not None:
            run.found("WorkerAgreementScore", worker.percent, assignment_id=assignment_id)
        run.found("PluralityAnswersCorrect", worker.correct, assignment_id=assignment_id)
        run.found("PluralityAnswersIncorrect", worker.incorrect, assignment_id=assignment_id)
    if policy.extension is not None and agreement.percent < policy.extension.below and run.extend(policy.extension):
        return
    for (assignment_id, _), worker in zip(work, agreement.workers, strict=True):
        decision = verdicts.decide(worker.percent, policy)
        if decision is not None:
            run.decide(decision, assignment_id, policy.reject_reason if decision == "reject" else "")


def _considered(call: Call, hit: Row, policy: Plurality) -> Sequence[tuple[str, Answers]]:
    """The submitted work that the policy does not disregard, the first submitted first, and its answers."""
    rows = call.db.all(
        """
        SELECT assignment_id, status, answer FROM assignment
         WHERE hit_id = :hit_id AND submitted_at IS NOT NULL
         ORDER BY submitted_at, assignment_id
        """,
        hit_id=hit["hit_id"],
    )
    work = [
        (str(row["assignment_id"]), answers.values(row["answer"]))
        for row in rows
        if not (policy.disregard_rejected and row["status"] == "Rejected")
    ]
    if policy.disregard_below is None:
        return work
    known = verdicts.known_answers(_given(hit["assignment_review_policy"]))
    return [each for each in work if verdicts.score(known, each[1]).percent >= policy.disregard_below]


def _given(policy: str) -> ReviewPolicy:
    return msgspec.json.decode(policy, type=ReviewPolicy)


def _counted(count: int, noun: str) -> str:
    return f"one {noun}" if count == 1 else f"{count} {noun}s"


class _Run:
    """One run of a policy, written down as it goes, after all that policies of this HIT have found and done before.

    Whoever runs one has moved the HIT's places in the same transaction, so no other process numbers at the same time.
    """

    def __init__(self, call: Call, hit_id: str, level: ReviewPolicyLevel, policy_name: str) -> None:
        self._call, self._hit_id, self._level, self._policy_name = call, hit_id, level, policy_name
        self._review_id = ""
        last = call.db.one(
            """
            SELECT MAX(number) AS number FROM (
                SELECT MAX(number) AS number FROM review_action WHERE hit_id = :hit_id
                UNION ALL SELECT MAX(number) AS number FROM review_result WHERE hit_id = :hit_id) AS numbers
            """,
            hit_id=hit_id,
        )
        self._number = int(last["number"] or 0) if last else 0

    def reviewed(self, result: str, *, assignment_id: str | None = None) -> None:
        """The policy has looked at the work; what it found is found by this."""
        self._review_id = self._write("review", assignment_id, result)

    def found(
        self, finding: str, value: int | str, *, question_id: str | None = None, assignment_id: str | None = None
    ) -> None:
        """One result of the review."""
        self._call.db.run(
            """
            INSERT INTO review_result (hit_id, number, level, action_id, assignment_id, question_id, finding, value)
            VALUES (:hit_id, :number, :level, :action_id, :assignment_id, :question_id, :finding, :value)
            """,
            hit_id=self._hit_id,
            number=self._next(),
            level=self._level,
            action_id=self._review_id,
            assignment_id=assignment_id,
            question_id=question_id,
            finding=finding,
            value=str(value),
        )

    def decide(self, decision: Decision, assignment_id: str, reason: str) -> None:
        """Approve or reject, unless it is decided already."""
        carry_out, result = _DECISIONS[decision]
        if carry_out(self._call, assignment_id, feedback=reason, policy=self._policy_name):
            self._write(decision, assignment_id, result, acted=True)
            return
        now = self._call.db.one("SELECT status FROM assignment WHERE assignment_id = :id", id=assignment_id)
        assert now is not None
        if decision == "approve" and now["status"] == "Approved":
            self._write(decision, assignment_id, ALREADY_APPROVED)
        else:
            self._write(decision, assignment_id, NOT_UNDECIDED, failed_with=InvalidAssignmentState.turk_error_code)

    def extend(self, extension: Extension) -> bool:
        """One more assignment, by the rules for any; False when there is none.

        There is none beyond the policy's bound, nor when the Requester has ended the HIT: then they are heard last.
        """
        call = self._call
        hit = call.db.one("SELECT * FROM hit WHERE hit_id = :hit_id", hit_id=self._hit_id)
        assert hit is not None
        lasting_until = call.later(seconds=extension.seconds) if extension.seconds else None
        if hit["max_assignments"] >= extension.most:
            self._write("extend", None, f"Not extended: there are {_counted(hit['max_assignments'], 'assignment')}")
            return False
        if hit["ended"]:
            self._write("extend", None, ENDED, status="Cancelled")
            return False
        try:
            hit_changes.extend(call, hit, 1, lasting_until=lasting_until)
        except (InsufficientFunds, InvalidMaximumAssignmentsIncrease) as refusal:
            self._write("extend", None, refusal.message, failed_with=refusal.turk_error_code)
            return False
        self._write("extend", None, "Extended by 1", acted=True)
        return True

    def _write(
        self,
        name: str,
        assignment_id: str | None,
        result: str,
        *,
        acted: bool = False,
        status: ReviewActionStatus = "Succeeded",
        failed_with: str | None = None,
    ) -> str:
        action_id = self._call.new_id()
        self._call.db.run(
            """
            INSERT INTO review_action (action_id, hit_id, number, level, name, assignment_id, status, acted,
                                       completed_at, result, error_code)
            VALUES (:action_id, :hit_id, :number, :level, :name, :assignment_id, :status, :acted, :now, :result,
                    :error_code)
            """,
            action_id=action_id,
            hit_id=self._hit_id,
            number=self._next(),
            level=self._level,
            name=name,
            assignment_id=assignment_id,
            status="Failed" if failed_with else status,
            acted=acted,
            now=self._call.now,
            result=result,
            error_code=failed_with,
        )
        return action_id

    def _next(self) -> int:
        self._number += 1
        return self._number
