"""What review policies decide: the specification's examples, each bound, and a plain reference for everything else."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions import answers
from kempelen.core.rules import verdicts
from kempelen.core.rules.verdicts import KNOWN_ANSWERS, PLURALITY, Extension
from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.core.wire.shapes import ParameterMapEntry, PolicyParameter, ReviewPolicy

Parameters = Mapping[str, str | Sequence[str] | Mapping[str, Sequence[str]]]


def policy(name: str, parameters: Parameters) -> ReviewPolicy:
    """A policy as a request holds it: one value, several, or known answers by question."""
    return ReviewPolicy(policy_name=name, parameters=[_parameter(*each) for each in parameters.items()])


def _parameter(key: str, value: str | Sequence[str] | Mapping[str, Sequence[str]]) -> PolicyParameter:
    if isinstance(value, Mapping):
        entries = [ParameterMapEntry(key=question, values=list(known)) for question, known in value.items()]
        return PolicyParameter(key=key, map_entries=entries)
    return PolicyParameter(key=key, values=[value] if isinstance(value, str) else list(value))


def known(parameters: Parameters | None = None, **key: Sequence[str]) -> verdicts.KnownAnswers:
    return verdicts.known_answers(policy(KNOWN_ANSWERS, {"AnswerKey": key or {"q": ["red"]}} | dict(parameters or {})))


def plurality(questions: Sequence[str] = ("q",), threshold: int = 50, **parameters: str) -> verdicts.Plurality:
    given_parameters = {"QuestionIds": questions, "QuestionAgreementThreshold": str(threshold)} | parameters
    return verdicts.plurality(policy(PLURALITY, given_parameters), scores_known_answers=True)


def answer(**given_values: Sequence[str]) -> dict[str, frozenset[str] | None]:
    return {question: answers.as_set(values) for question, values in given_values.items()}


# ---------------------------------------------------------------------------------------------- known answers


@pytest.mark.parametrize(
    ("key", "given_values", "is_correct"),
    [
        (["red"], ["red"], True),
        (["red"], ["Red"], False),
        (["red"], ["red."], False),
        (["red"], ["  red\r\n"], True),
        ([" red "], ["red"], True),
        (["light red"], ["light  red"], False),
        (["red"], [], False),
        (["red"], [""], False),
        (["red", "blue"], ["blue", "red"], True),
        (["red", "blue"], ["blue|red"], True),
        (["red|blue"], ["blue", "red"], True),
        (["red", "blue"], ["red"], False),
        (["red"], ["red", "blue"], False),
        (["red"], ["red", "red"], True),
        ([], [], False),
        ([""], [""], False),
        ([], ["red"], False),
        (["é & <"], ["é & <"], True),
        (["x" * 300], ["x" * 300], True),
    ],
)
def test_a_known_answer_is_correct_when_the_sets_of_values_are_equal(key, given_values, is_correct):
    assert verdicts.score(known(q=key), answer(q=given_values)).correct == (("q", is_correct),)


def test_what_was_not_answered_and_what_cannot_be_compared_is_not_correct():
    assert verdicts.score(known(q=["red"]), {}).percent == 0
    assert verdicts.score(known(q=["red"]), {"q": None}).percent == 0
    assert verdicts.score(known(q=["red"]), answer(q=["red"], other=["?"])).percent == 100


@pytest.mark.parametrize(
    ("right", "of", "percent"), [(1, 1, 100), (2, 3, 66), (1, 3, 33), (3, 4, 75), (1, 7, 14), (199, 200, 99), (0, 9, 0)]
)
def test_the_known_answer_score_is_a_percentage_rounded_down(right, of, percent):
    key = {f"q{number}": ["yes"] for number in range(of)}
    given_answers = answer(**{f"q{number}": ["yes" if number < right else "no"] for number in range(of)})
    score = verdicts.score(known(**key), given_answers)
    assert score.percent == percent
    assert [question for question, _ in score.correct] == list(key)


@pytest.mark.parametrize(
    ("approve", "reject", "decisions"),
    [
        (None, None, {0: None, 100: None}),
        ("0", None, {0: "approve", 100: "approve"}),
        ("101", None, {0: None, 100: None}),
        ("50", "50", {49: "reject", 50: "approve"}),
        ("80", "50", {49: "reject", 50: None, 79: None, 80: "approve"}),
        (None, "0", {0: None, 100: None}),
        (None, "101", {0: "reject", 100: "reject"}),
        ("101", "101", {0: "reject", 100: "reject"}),
    ],
)
def test_scores_at_least_one_threshold_are_approved_and_less_than_the_other_rejected(approve, reject, decisions):
    thresholds = {"IfKnownAnswerScoreIsAtLeast": approve, "IfKnownAnswerScoreIsLessThan": reject}
    names = dict(zip(thresholds, ("Approve", "Reject"), strict=True))
    of_answers = known({names[name] + name: value for name, value in thresholds.items() if value is not None})
    assert {score: verdicts.decide(score, of_answers) for score in decisions} == decisions


def test_an_extension_has_its_documented_defaults():
    assert known().extension is None
    below = {"ExtendIfKnownAnswerScoreIsLessThan": "70"}
    assert known(below).extension == Extension(70, 5, 0)
    bounds = {"ExtendMaximumAssignments": "25", "ExtendMinimumTimeInSeconds": "31536000"}
    assert known(below | bounds).extension == Extension(70, 25, 31_536_000)
    assert known(bounds).extension is None


# ---------------------------------------------------------------------------------------------- plurality


@pytest.mark.parametrize(
    ("given_answers", "threshold", "agreed", "share"),
    [
        (["red", "red", "blue"], 50, "red", 66),
        (["red", "red", "blue"], 65, "red", 66),
        (["red", "red", "blue"], 66, None, 66),  # greater than, not at least
        (["red", "blue"], 0, None, 50),  # a tie
        (["red", "red", "blue", "blue", "green"], 10, None, 40),
        (["red", "red"], 99, "red", 100),
        (["red", "red"], 100, None, 100),
        (["red"], 50, "red", 100),
        (["a|b", "b|a", "a"], 50, "a|b", 66),
        (["", "", "red"], 50, "", 66),
        (["red", "Red", "red "], 50, "red", 66),
        (["x" * 256] * 2, 50, "x" * 256, 100),
        (["x" * 257] * 2, 0, None, 0),
        (["x" * 257] * 2 + ["red"], 33, None, 33),
        (["x" * 257] * 2 + ["red"], 32, "red", 33),
        ([], 0, None, 0),
    ],
)
def test_the_agreed_answer_is_the_most_frequent_one_above_the_threshold(given_answers, threshold, agreed, share):
    found = verdicts.agreement(plurality(threshold=threshold), [answer(q=[value]) for value in given_answers])
    (question,) = found.questions
    assert (None if question.answer is None else verdicts.shown_answer(question.answer)) == agreed
    assert question.share == share
    assert found.percent == (0 if agreed is None else 100)


@pytest.mark.parametrize("sheets", [[{}, {}], [answer(q=[""]), answer(q=["", " "])], [{}, answer(r=["red"])]])
def test_on_a_question_that_nobody_answered_nobody_agrees(sheets):
    found = verdicts.agreement(plurality(threshold=0), sheets)
    assert found.questions[0] == verdicts.AgreedQuestion("q", None, 0)
    assert found.percent == 0
    assert [worker.percent for worker in found.workers] == [None, None]


def test_who_leaves_out_what_others_answer_has_given_an_empty_answer():
    found = verdicts.agreement(plurality(), [{}, {}, answer(q=["red"])])
    assert found.questions[0] == verdicts.AgreedQuestion("q", frozenset(), 66)
    assert verdicts.agreement(plurality(), [{}, {}, {"q": None}]).questions[0].answer == frozenset()


def test_a_file_is_compared_with_nothing():
    assert verdicts.agreement(plurality(threshold=0), [{"q": None}, {"q": None}]).questions[0].answer is None


@pytest.mark.parametrize(("agreed", "of", "percent"), [(1, 1, 100), (2, 3, 66), (3, 4, 75), (0, 2, 0), (14, 15, 93)])
def test_the_hit_agreement_score_is_the_percentage_of_agreed_questions_rounded_down(agreed, of, percent):
    questions = [f"q{number}" for number in range(of)]
    workers = [
        answer(**{question: ["yes" if number < agreed else name] for number, question in enumerate(questions)})
        for name in ("a", "b")
    ]
    assert verdicts.agreement(plurality(questions), workers).percent == percent


def test_a_worker_is_scored_on_the_agreed_questions_alone():
    workers = [
        answer(a=["1"], b=["1"], c=["1"], d=["x"]),
        answer(a=["1"], b=["1"], c=["2"], d=["y"]),
        answer(a=["1"], b=["2"], c=["1"], d=["z"]),
        {"a": None},
    ]
    found = verdicts.agreement(plurality(("a", "b", "c", "d"), 49), workers)
    assert [question.answer is not None for question in found.questions] == [True, True, True, False]
    assert [(worker.correct, worker.incorrect, worker.percent) for worker in found.workers] == [
        (3, 0, 100),
        (2, 1, 66),
        (2, 1, 66),
        (0, 3, 0),
    ]


def test_without_an_agreed_question_a_worker_has_no_score_and_is_not_rejected():
    found = verdicts.agreement(plurality(), [answer(q=["red"]), answer(q=["blue"])])
    assert [(worker.correct, worker.incorrect, worker.percent) for worker in found.workers] == [(0, 0, None)] * 2
    assert verdicts.decide(None, plurality(RejectIfWorkerAgreementScoreIsLessThan="101")) is None
    assert verdicts.decide(None, plurality(ApproveIfWorkerAgreementScoreIsAtLeast="1")) is None
    assert verdicts.decide(None, plurality(ApproveIfWorkerAgreementScoreIsAtLeast="0")) == "approve"


# ---------------------------------------------------------------------------------------------- a plain reference

texts = st.sampled_from(["", "red", "blue", "a|b", "b|a", "a", " red", "x" * 256, "x" * 257])
sheets = st.dictionaries(st.sampled_from("pqr"), st.lists(texts, max_size=2) | st.none(), max_size=3)


def plain_set(given_values):
    """An answer's values, said once more: as a sorted list, which equals another if the sets are equal."""
    pieces = "|".join(given_values).split("|")
    return sorted({piece.strip(" ") for piece in pieces if piece.strip(" ")})


def plain(sheet, question):
    """What a Worker gave, or "nothing to compare"."""
    if question in sheet and sheet[question] is None:
        return "nothing to compare"
    values = plain_set(sheet.get(question, []))
    return "nothing to compare" if max(map(len, values), default=0) > 256 else values


def as_answers(sheet):
    return {question: None if values is None else answers.as_set(values) for question, values in sheet.items()}


@given(sheet=sheets, key=st.dictionaries(st.sampled_from("pqr"), st.lists(texts, max_size=2), min_size=1))
def test_known_answers_are_scored_as_the_reference_does(sheet, key):
    right = [
        question
        for question, values in key.items()
        if plain_set(values) and sheet.get(question) is not None and plain_set(sheet[question]) == plain_set(values)
    ]
    score = verdicts.score(known(**key), as_answers(sheet))
    assert [question for question, is_right in score.correct if is_right] == right
    assert score.percent <= Fraction(100 * len(right), len(key)) < score.percent + 1


@pytest.mark.slow
@given(work=st.lists(sheets, max_size=6), threshold=st.integers(0, 100), questions=st.sampled_from(["p", "pq", "pqr"]))
def test_plurality_is_found_as_the_reference_does(work, threshold, questions):
    agreed = {}
    for question in questions:
        given_answers = [plain(sheet, question) for sheet in work]
        if not any(given_answers):
            continue
        votes = [[other for other in given_answers if other == one] for one in given_answers if isinstance(one, list)]
        most = max(map(len, votes), default=0)
        leading = {tuple(vote[0]) for vote in votes if len(vote) == most}
        if len(leading) == 1 and 100 * most // len(work) > threshold:
            agreed[question] = list(*leading)
    found = verdicts.agreement(plurality(list(questions), threshold), [as_answers(sheet) for sheet in work])
    assert {
        question.question_id: sorted(question.answer) for question in found.questions if question.answer is not None
    } == agreed
    assert found.percent <= Fraction(100 * len(agreed), len(questions)) < found.percent + 1
    for sheet, worker in zip(work, found.workers, strict=True):
        correct = sum(plain(sheet, question) == value for question, value in agreed.items())
        assert (worker.correct, worker.correct + worker.incorrect) == (correct, len(agreed))
        assert worker.percent is None if not agreed else worker.percent == int(Fraction(100 * correct, len(agreed)))


# ---------------------------------------------------------------------------------------------- reading answers


def test_the_values_of_an_answer_are_read_from_its_xml():
    document = answers.document([
        ("free", [("FreeText", " café & bar ")]),
        ("empty", [("FreeText", "")]),
        ("chosen", [("SelectionIdentifier", "r"), ("SelectionIdentifier", "g")]),
        ("other", [("SelectionIdentifier", "r"), ("OtherSelectionText", "sea green")]),
        ("none", []),
        ("file", [("UploadedFileSizeInBytes", "3"), ("UploadedFileKey", "k")]),
    ])  # fmt: skip
    assert answers.values(document) == {
        "free": {"café & bar"},
        "empty": set(),
        "chosen": {"r", "g"},
        "other": {"r", "sea green"},
        "none": set(),
        "file": None,
    }


def test_the_fields_of_a_form_are_read_as_they_were_sent():
    document = answers.to_xml([("advice", "a"), ("advice", "b"), ("colour", "red\r\n"), ("assignmentId", "3A")])
    assert answers.values(document) == {"advice": {"a", "b"}, "colour": {"red"}}
    assert answers.values(answers.to_xml([])) == {}


# ---------------------------------------------------------------------------------------------- what is refused

KEY = {"AnswerKey": {"q": ["red"]}}
QUESTIONS = {"QuestionIds": ["q"], "QuestionAgreementThreshold": "50"}
EXTENDS = {"ExtendIfHITAgreementScoreIsLessThan": "90"}


@pytest.mark.parametrize(
    ("parameters", "value", "reason"),
    [
        ({}, KNOWN_ANSWERS, "The parameter AnswerKey is missing."),
        ({"AnswerKey": {}}, "AnswerKey", "Give the known answers in MapEntries, one for each QuestionIdentifier."),
        ({"AnswerKey": "red"}, "AnswerKey", "Give the known answers in MapEntries, one for each QuestionIdentifier."),
        ({"AnswerKey": {"": ["red"]}}, "", "Each QuestionIdentifier can be given once, and must not be empty."),
        (KEY | {"ApproveReason": []}, "ApproveReason", "Give one value, in Values."),
        (KEY | {"ApproveReason": ["a", "b"]}, "ApproveReason", "Give one value, in Values."),
        (KEY | {"ApproveReason": {"a": ["b"]}}, "ApproveReason", "Give one value, in Values."),
        (KEY | {"RejectReason": "ä" * 1025}, "ä" * 1000, "RejectReason has a maximum length of 1024."),
    ]
    + [
        (KEY | {name: value}, value, f"{name} must be a whole number from {low} to {high}.")
        for name, low, high in (
            ("ApproveIfKnownAnswerScoreIsAtLeast", 0, 101),
            ("RejectIfKnownAnswerScoreIsLessThan", 0, 101),
            ("ExtendIfKnownAnswerScoreIsLessThan", 0, 101),
            ("ExtendMaximumAssignments", 2, 25),
            ("ExtendMinimumTimeInSeconds", 60, 31_536_000),
        )
        for value in (str(low - 1), str(high + 1), "", "many", "1.5", "²", "+5", "1_0", "1 0")
    ]
    + [
        (
            KEY | {"ApproveIfKnownAnswerScoreIsAtLeast": "50", "RejectIfKnownAnswerScoreIsLessThan": "51"},
            "51",
            (
                "RejectIfKnownAnswerScoreIsLessThan must not be greater than ApproveIfKnownAnswerScoreIsAtLeast: "
                "no score can be both."
            ),
        ),
        (
            KEY | {"QuestionIds": ["q"]},
            "QuestionIds",
            (
                "ScoreMyKnownAnswers/2011-09-01 takes the parameters AnswerKey, ApproveIfKnownAnswerScoreIsAtLeast, "
                "RejectIfKnownAnswerScoreIsLessThan, ApproveReason, RejectReason, ExtendIfKnownAnswerScoreIsLessThan, "
                "ExtendMaximumAssignments, ExtendMinimumTimeInSeconds."
            ),
        ),
    ],
)
def test_known_answers_that_cannot_be_carried_out_are_refused_in_words(parameters, value, reason):
    refuses(lambda: verdicts.known_answers(policy(KNOWN_ANSWERS, parameters)), "AssignmentReviewPolicy", value, reason)


@pytest.mark.parametrize(
    ("parameters", "value", "reason"),
    [
        ({}, PLURALITY, "The parameter QuestionIds is missing."),
        ({"QuestionIds": ["q"]}, PLURALITY, "The parameter QuestionAgreementThreshold is missing."),
        ({"QuestionIds": []}, "QuestionIds", "Give 1 to 15 QuestionIdentifiers, in Values."),
        ({"QuestionIds": list("abcdefghijklmnop")}, "QuestionIds", "Give 1 to 15 QuestionIdentifiers, in Values."),
        ({"QuestionIds": {"q": []}}, "QuestionIds", "Give 1 to 15 QuestionIdentifiers, in Values."),
        ({"QuestionIds": ["q", "q"]}, "q", "Each QuestionIdentifier can be given once, and must not be empty."),
        ({"QuestionIds": [""]}, "", "Each QuestionIdentifier can be given once, and must not be empty."),
        *(
            (
                QUESTIONS | {"DisregardAssignmentIfRejected": value},
                value,
                "DisregardAssignmentIfRejected must be T or F.",
            )
            for value in ("", "yes", "1", "truth")
        ),
        (QUESTIONS | EXTENDS, PLURALITY, "The parameter ExtendMaximumAssignments is missing."),
        (
            QUESTIONS | {"DisregardAssignmentIfKnownAnswerScoreIsLessThan": "5"},
            "5",
            "Known answers are scored by ScoreMyKnownAnswers/2011-09-01: give that policy too.",
        ),
        (
            QUESTIONS | {"ApproveIfWorkerAgreementScoreIsAtLeast": "0", "RejectIfWorkerAgreementScoreIsLessThan": "1"},
            "1",
            (
                "RejectIfWorkerAgreementScoreIsLessThan must not be greater than "
                "ApproveIfWorkerAgreementScoreIsAtLeast: no score can be both."
            ),
        ),
        (
            QUESTIONS | {"ApproveReason": "Thank you!"},
            "ApproveReason",
            (
                "SimplePlurality/2011-09-01 takes the parameters QuestionIds, QuestionAgreementThreshold, "
                "DisregardAssignmentIfRejected, DisregardAssignmentIfKnownAnswerScoreIsLessThan, "
                "ApproveIfWorkerAgreementScoreIsAtLeast, RejectIfWorkerAgreementScoreIsLessThan, RejectReason, "
                "ExtendIfHITAgreementScoreIsLessThan, ExtendMaximumAssignments, ExtendMinimumTimeInSeconds."
            ),
        ),
    ]
    + [
        (QUESTIONS | {name: value}, value, f"{name} must be a whole number from {low} to {high}.")
        for name, low, high in (
            ("QuestionAgreementThreshold", 0, 100),
            ("DisregardAssignmentIfKnownAnswerScoreIsLessThan", 0, 101),
            ("ExtendIfHITAgreementScoreIsLessThan", 1, 100),
            ("ExtendMaximumAssignments", 2, 25),
            ("ExtendMinimumTimeInSeconds", 60, 31_536_000),
            ("ApproveIfWorkerAgreementScoreIsAtLeast", 0, 101),
            ("RejectIfWorkerAgreementScoreIsLessThan", 0, 101),
        )
        for value in (str(low - 1), str(high + 1), "half")
    ],
)
def test_a_plurality_that_cannot_be_carried_out_is_refused_in_words(parameters, value, reason):
    refuses(
        lambda: verdicts.plurality(policy(PLURALITY, parameters), scores_known_answers=False),
        "HITReviewPolicy",
        value,
        reason,
    )


@pytest.mark.parametrize(
    ("value", "is_true"),
    [("T", True), ("t", True), ("True", True), ("TRUE", True), (" true ", True), ("F", False), ("f", False),
     ("false", False), ("False", False)],
)  # fmt: skip
def test_a_boolean_is_a_letter_or_a_word_in_any_case(value, is_true):
    assert plurality(DisregardAssignmentIfRejected=value).disregard_rejected is is_true


def test_an_extension_by_plurality_needs_no_minimum_time():
    assert plurality(**EXTENDS, ExtendMaximumAssignments="5").extension == Extension(90, 5, 0)


def test_question_ids_are_values_of_their_own_or_stand_in_one_text_with_commas():
    def read(*question_ids: str) -> tuple[str, ...]:
        asked = verdicts.normalized(policy(PLURALITY, QUESTIONS | {"QuestionIds": question_ids}))
        return verdicts.plurality(asked, scores_known_answers=False).question_ids

    assert read("kind", "size") == read("kind,size") == read(" kind ,  size ") == ("kind", "size")
    assert read("a,b", "c") == ("a", "b", "c")
    for doubtful, value in (("a,,b", ""), ("a,", ""), (",", ""), ("a, a", "a")):
        refuses(lambda doubtful=doubtful: read(doubtful), "HITReviewPolicy", value,
                "Each QuestionIdentifier can be given once, and must not be empty.")  # fmt: skip
    refuses(lambda: read(",".join("abcdefghijklmnop")), "HITReviewPolicy", "QuestionIds",
            "Give 1 to 15 QuestionIdentifiers, in Values.")  # fmt: skip
    unsplit = policy(PLURALITY, QUESTIONS | {"RejectReason": "One, two."})
    assert verdicts.normalized(unsplit) == unsplit


def test_a_policy_is_about_questions_that_are_asked():
    reason = "The QuestionForm has no question of this QuestionIdentifier."
    verdicts.check_questions(plurality(("kind", "size")), {"kind", "size", "more"})
    verdicts.check_questions(known(kind=["cat"]), {"kind", "size"})
    refuses(lambda: verdicts.check_questions(plurality(("kind", "sise")), {"kind", "size"}), "HITReviewPolicy", "sise",
            reason)  # fmt: skip
    refuses(lambda: verdicts.check_questions(known(kind=["cat"], Size=["big"]), {"kind", "size"}),
            "AssignmentReviewPolicy", "Size", reason)  # fmt: skip


def test_a_policy_at_the_wrong_level_a_parameter_twice_or_without_a_key_and_too_much_are_refused():
    for name in (PLURALITY, "ScoreYourKnownAnswers/2011-09-01", ""):
        refuses(lambda name=name: verdicts.known_answers(policy(name, KEY)), "AssignmentReviewPolicy", name,
                f"Use {KNOWN_ANSWERS}.")  # fmt: skip
    refuses(lambda: verdicts.plurality(policy(KNOWN_ANSWERS, {}), scores_known_answers=True), "HITReviewPolicy",
            KNOWN_ANSWERS, f"Use {PLURALITY}.")  # fmt: skip
    reason = PolicyParameter(key="ApproveReason", values=["Thank you!"])
    twice = ReviewPolicy(policy_name=KNOWN_ANSWERS, parameters=[reason, reason])
    refuses(lambda: verdicts.known_answers(twice), "AssignmentReviewPolicy", "ApproveReason",
            "Each parameter can be given once.")  # fmt: skip
    nameless = ReviewPolicy(
        policy_name=KNOWN_ANSWERS, parameters=[*(policy("", KEY).parameters or []), PolicyParameter()]
    )
    refuses(lambda: verdicts.known_answers(nameless), "AssignmentReviewPolicy", "null",
            f"{KNOWN_ANSWERS} takes the parameters AnswerKey, ")  # fmt: skip
    valueless = [PolicyParameter(key="AnswerKey", map_entries=[ParameterMapEntry(key="q")])]
    refuses(lambda: verdicts.known_answers(ReviewPolicy(policy_name=KNOWN_ANSWERS, parameters=valueless)),
            "AssignmentReviewPolicy", "q", "Give all its correct values, in Values.")  # fmt: skip
    much = {"AnswerKey": {f"q{number}": ["red"] for number in range(3_000)}}
    refuses(lambda: verdicts.known_answers(policy(KNOWN_ANSWERS, much)), "AssignmentReviewPolicy", KNOWN_ANSWERS,
            "A policy can have at most 65535 bytes.")  # fmt: skip


def refuses(read, member, value, reason):
    with pytest.raises(InvalidParameterValue) as refusal:
        read()
    assert refusal.value.message.startswith(f'The value "{value}" is not valid for the parameter {member}. {reason}')
