"""Verdicts: what a review policy decides, from its parameters and the answers alone: known answers, plurality.

A review policy is a Requester's standing decision on submitted work, given with the HIT and never changed. An answer is
the set of its values (`answers.values`). All numbers are whole, and a score is rounded down before anything is decided
by it, so that a report shows why. Source: docs/mturk/api.md 8; docs/mturk/questions.md 10.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from kempelen.core.questions.answers import Values, as_set
from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.core.wire.names import wire_name
from kempelen.core.wire.shapes import MAX_SHOWN, PolicyParameter, ReviewPolicy

KNOWN_ANSWERS = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"

MAX_BYTES = 65_535  # of a whole policy, as of any other AnswerKey
MAX_QUESTIONS = 15
MAX_COMPARED = 256  # characters; a longer value is compared with nothing by SimplePlurality
MAX_REASON = 1_024
MAX_THRESHOLD = 101  # one more than any score
EXTENDED_TO = (2, 25)
EXTENDED_BY_SECONDS = (60, 31_536_000)
_QUESTION_IDS = "QuestionIds"
_BOOLEANS = {"T": True, "TRUE": True, "F": False, "FALSE": False}

Answers = Mapping[str, Values | None]  # by question; None where something is given that cannot be compared
Decision = Literal["approve", "reject"]


class Extension(Struct, frozen=True):
    """One more assignment below this score, up to so many in all, with so much life left for them."""

    below: int
    most: int
    seconds: int


class KnownAnswers(Struct, frozen=True, kw_only=True):
    """ScoreMyKnownAnswers: decides on one submission by the questions whose answers are known."""

    key: tuple[tuple[str, Values], ...]
    approve_from: int | None
    approve_reason: str
    reject_below: int | None
    reject_reason: str
    extension: Extension | None


class Plurality(Struct, frozen=True, kw_only=True):
    """SimplePlurality: decides on all submissions of a HIT by what most of them say."""

    question_ids: tuple[str, ...]
    threshold: int
    disregard_rejected: bool
    disregard_below: int | None
    extension: Extension | None
    approve_from: int | None
    reject_below: int | None
    reject_reason: str


class Score(Struct, frozen=True):
    """Which known questions were answered correctly, in the key's order, and their percentage."""

    correct: tuple[tuple[str, bool], ...]
    percent: int


class AgreedQuestion(Struct, frozen=True):
    """What most Workers answered, if enough of them did, and the percentage who gave the most frequent answer."""

    question_id: str
    answer: Values | None
    share: int


class WorkerAgreement(Struct, frozen=True):
    """On how many of the agreed questions a Worker agreed; the percentage is None where there are none."""

    correct: int
    incorrect: int
    percent: int | None


class Agreement(Struct, frozen=True):
    """How far the Workers of a HIT agree: by question, in all, and each Worker, in the order they were given."""

    questions: tuple[AgreedQuestion, ...]
    percent: int
    workers: tuple[WorkerAgreement, ...]


# ---------------------------------------------------------------------------------------------- deciding


def score(policy: KnownAnswers, answers: Answers) -> Score:
    """How many of the known answers a Worker has given. An empty answer is never correct, not even to an empty key."""
    correct = tuple((question, bool(known) and answers.get(question) == known) for question, known in policy.key)
    return Score(correct, 100 * sum(right for _, right in correct) // len(correct))


def agreement(policy: Plurality, answers: Sequence[Answers]) -> Agreement:
    """How far these Workers agree on the policy's questions.

    Whoever chose or wrote nothing has given an empty answer, which is one like any other as long as somebody has
    answered the question. An answer that cannot be compared is none, but its Worker counts: two who agree among ten are
    no majority.
    """
    questions = tuple(_agreed(question_id, policy.threshold, answers) for question_id in policy.question_ids)
    agreed = [question for question in questions if question.answer is not None]
    return Agreement(
        questions,
        100 * len(agreed) // len(questions),
        tuple(_worker_agreement(agreed, of_worker) for of_worker in answers),
    )


def decide(percent: int | None, policy: KnownAnswers | Plurality) -> Decision | None:
    """Whether work of this score is approved, rejected or left to the Requester.

    A threshold to approve of 0 is always reached. Without a score nobody is rejected.
    """
    if policy.approve_from is not None and (percent or 0) >= policy.approve_from:
        return "approve"
    if policy.reject_below is not None and percent is not None and percent < policy.reject_below:
        return "reject"
    return None


def shown_answer(answer: Values) -> str:
    """An answer as one text, its values joined by `|` in alphabetical order."""
    return "|".join(sorted(answer))


def _comparable(answers: Answers, question_id: str) -> Values | None:
    answer = answers.get(question_id, frozenset())
    return None if answer is None or any(len(value) > MAX_COMPARED for value in answer) else answer


def _agreed(question_id: str, threshold: int, answers: Sequence[Answers]) -> AgreedQuestion:
    """The most frequent answer, if it is more frequent than any other and its share is greater than the threshold.

    On a question that nobody answered, perhaps because there is no such question, nobody agrees.
    """
    comparable = [_comparable(of_worker, question_id) for of_worker in answers]
    frequencies = Counter(answer for answer in comparable if answer is not None).most_common(2)
    is_answered = any(of_worker.get(question_id, frozenset()) != frozenset() for of_worker in answers)
    if not frequencies or not is_answered:
        return AgreedQuestion(question_id, None, 0)
    first, *others = frequencies
    share = 100 * first[1] // len(answers)
    is_first_alone = all(other[1] < first[1] for other in others)
    return AgreedQuestion(question_id, first[0] if is_first_alone and share > threshold else None, share)


def _worker_agreement(agreed: Sequence[AgreedQuestion], answers: Answers) -> WorkerAgreement:
    correct = sum(_comparable(answers, question.question_id) == question.answer for question in agreed)
    return WorkerAgreement(correct, len(agreed) - correct, 100 * correct // len(agreed) if agreed else None)


# ---------------------------------------------------------------------------------------------- reading


def normalized(policy: ReviewPolicy) -> ReviewPolicy:
    """The policy with each QuestionIdentifier a value of its own: one text may name several, separated by commas."""
    parameters = [
        msgspec.structs.replace(
            parameter, values=[part.strip() for value in parameter.values for part in value.split(",")]
        )
        if parameter.key == _QUESTION_IDS and parameter.values
        else parameter
        for parameter in policy.parameters or []
    ]
    return msgspec.structs.replace(policy, parameters=parameters)


def check_questions(policy: KnownAnswers | Plurality, asked: Container[str]) -> None:
    """Refuse a policy about a question that is not among those a QuestionForm asks."""
    if isinstance(policy, KnownAnswers):
        member, named = "assignment_review_policy", [question for question, _ in policy.key]
    else:
        member, named = "hit_review_policy", list(policy.question_ids)
    for question_id in named:
        if question_id not in asked:
            raise InvalidParameterValue(
                value=question_id[:MAX_SHOWN],
                name=member,
                reason="The QuestionForm has no question of this QuestionIdentifier.",
            )


def known_answers(policy: ReviewPolicy) -> KnownAnswers:
    """The policy given for assignments; InvalidParameterValue says what is wrong with it."""
    given = _Given("assignment_review_policy", policy, KNOWN_ANSWERS)
    key = given.answer_key("answer_key")
    approve_from, reject_below = given.thresholds(
        "approve_if_known_answer_score_is_at_least", "reject_if_known_answer_score_is_less_than"
    )
    approve_reason, reject_reason = given.text("approve_reason"), given.text("reject_reason")
    extend_below = given.number("extend_if_known_answer_score_is_less_than", 0, MAX_THRESHOLD)
    most = given.number("extend_maximum_assignments", *EXTENDED_TO)
    seconds = given.number("extend_minimum_time_in_seconds", *EXTENDED_BY_SECONDS)
    given.check_nothing_else()
    return KnownAnswers(
        key=key,
        approve_from=approve_from,
        approve_reason=approve_reason,
        reject_below=reject_below,
        reject_reason=reject_reason,
        extension=None if extend_below is None else Extension(extend_below, most or 5, seconds or 0),
    )


def plurality(policy: ReviewPolicy, *, scores_known_answers: bool) -> Plurality:
    """The policy given for a HIT; InvalidParameterValue says what is wrong with it.

    `scores_known_answers` says whether the HIT has the other policy too, whose scores this one can look at.
    """
    given = _Given("hit_review_policy", policy, PLURALITY)
    question_ids = given.question_ids("question_ids")
    threshold = given.required_number("question_agreement_threshold", 0, 100)
    disregard_rejected = given.is_true("disregard_assignment_if_rejected")
    disregard_below = given.number("disregard_assignment_if_known_answer_score_is_less_than", 0, MAX_THRESHOLD)
    if disregard_below is not None and not scores_known_answers:
        raise given.refusal(disregard_below, f"Known answers are scored by {KNOWN_ANSWERS}: give that policy too.")
    approve_from, reject_below = given.thresholds(
        "approve_if_worker_agreement_score_is_at_least", "reject_if_worker_agreement_score_is_less_than"
    )
    reject_reason = given.text("reject_reason")
    extend_below = given.number("extend_if_hit_agreement_score_is_less_than", 1, 100)
    extension_number = given.number if extend_below is None else given.required_number
    most = extension_number("extend_maximum_assignments", *EXTENDED_TO)
    seconds = given.number("extend_minimum_time_in_seconds", *EXTENDED_BY_SECONDS)
    given.check_nothing_else()
    return Plurality(
        question_ids=question_ids,
        threshold=threshold,
        disregard_rejected=disregard_rejected,
        disregard_below=disregard_below,
        extension=None if extend_below is None else Extension(extend_below, most or 0, seconds or 0),
        approve_from=approve_from,
        reject_below=reject_below,
        reject_reason=reject_reason,
    )


class _Given:
    """The parameters of a policy, asked for by our names; what nobody has asked for must not be there."""

    def __init__(self, member: str, policy: ReviewPolicy, name: str) -> None:
        self._member, self._name = member, name
        if policy.policy_name != name:
            raise self.refusal(policy.policy_name, f"Use {name}.")
        if len(msgspec.json.encode(policy)) > MAX_BYTES:
            raise self.refusal(name, f"A policy can have at most {MAX_BYTES} bytes.")
        self._asked: list[str] = []
        self._parameters: dict[str | None, PolicyParameter] = {}
        for parameter in policy.parameters or []:
            if parameter.key in self._parameters:
                raise self.refusal(parameter.key, "Each parameter can be given once.")
            self._parameters[parameter.key] = parameter

    def refusal(self, value: object, reason: str) -> InvalidParameterValue:
        """This value is not valid for the policy."""
        shown = "null" if value is None else str(value)[:MAX_SHOWN]
        return InvalidParameterValue(value=shown, name=self._member, reason=reason)

    def check_nothing_else(self) -> None:
        """Refuse what this policy does not take."""
        for key in self._parameters:
            if key not in self._asked:
                raise self.refusal(key, f"{self._name} takes the parameters {', '.join(self._asked)}.")

    def number(self, name: str, low: int, high: int) -> int | None:
        """A whole number within these bounds; None when it is not given."""
        value = self._single(name)
        if value is None:
            return None
        digits = value.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(high)) and low <= int(digits) <= high):
            raise self.refusal(value, f"{wire_name(name)} must be a whole number from {low} to {high}.")
        return int(digits)

    def required_number(self, name: str, low: int, high: int) -> int:
        """The same of one that must be given."""
        number = self.number(name, low, high)
        if number is None:
            raise self._missing(name)
        return number

    def thresholds(self, approve_name: str, reject_name: str) -> tuple[int | None, int | None]:
        """From which score on work is approved, and below which it is rejected; no score may be both."""
        approve_from = self.number(approve_name, 0, MAX_THRESHOLD)
        reject_below = self.number(reject_name, 0, MAX_THRESHOLD)
        if approve_from is not None and reject_below is not None and approve_from < reject_below:
            reason = (
                f"{wire_name(reject_name)} must not be greater than {wire_name(approve_name)}: no score can be both."
            )
            raise self.refusal(reject_below, reason)
        return approve_from, reject_below

    def text(self, name: str) -> str:
        """The reason that a Worker reads; empty when none is given."""
        value = self._single(name) or ""
        if len(value) > MAX_REASON:
            raise self.refusal(value, f"{wire_name(name)} has a maximum length of {MAX_REASON}.")
        return value

    def is_true(self, name: str) -> bool:
        """T or true is true, F or false is false, in any case; and what is not given is false."""
        value = self._single(name)
        if value is None:
            return False
        known = _BOOLEANS.get(value.strip().upper())
        if known is None:
            raise self.refusal(value, f"{wire_name(name)} must be T or F.")
        return known

    def question_ids(self, name: str) -> tuple[str, ...]:
        """Up to fifteen questions, each once."""
        parameter = self._required(name)
        values = parameter.values or []
        if parameter.map_entries or not 1 <= len(values) <= MAX_QUESTIONS:
            raise self.refusal(parameter.key, f"Give 1 to {MAX_QUESTIONS} QuestionIdentifiers, in Values.")
        for number, value in enumerate(values):
            self._check_question(value, values[:number])
        return tuple(values)

    def answer_key(self, name: str) -> tuple[tuple[str, Values], ...]:
        """The correct values by question."""
        parameter = self._required(name)
        if parameter.values or not parameter.map_entries:
            raise self.refusal(parameter.key, "Give the known answers in MapEntries, one for each QuestionIdentifier.")
        known: dict[str, Values] = {}
        for entry in parameter.map_entries:
            question_id = self._check_question(entry.key, known)
            if entry.values is None:
                raise self.refusal(question_id, "Give all its correct values, in Values.")
            known[question_id] = as_set(entry.values)
        return tuple(known.items())

    def _check_question(self, question_id: str | None, earlier: Container[str]) -> str:
        if not question_id or question_id in earlier:
            raise self.refusal(question_id, "Each QuestionIdentifier can be given once, and must not be empty.")
        return question_id

    def _single(self, name: str) -> str | None:
        """The value of a parameter that has one; None when it is not given."""
        parameter = self._get(name)
        if parameter is None:
            return None
        if parameter.map_entries or len(parameter.values or []) != 1:
            raise self.refusal(parameter.key, "Give one value, in Values.")
        return (parameter.values or [])[0]

    def _required(self, name: str) -> PolicyParameter:
        parameter = self._get(name)
        if parameter is None:
            raise self._missing(name)
        return parameter

    def _get(self, name: str) -> PolicyParameter | None:
        key = wire_name(name)
        self._asked.append(key)
        return self._parameters.get(key)

    def _missing(self, name: str) -> InvalidParameterValue:
        return self.refusal(self._name, f"The parameter {wire_name(name)} is missing.")
