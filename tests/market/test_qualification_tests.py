"""Qualification tests: taken against the clock, scored by their key or by their Requester."""

import re

import pytest

from kempelen.core.wire.errors import InvalidParameterValue, QualificationRequestDoesNotExist, XMLParseError
from kempelen.core.wire.refusals import (
    QualificationNotOffered,
    QualificationTestDoesNotExist,
    QualificationTestNotOpen,
    RetryNotAllowed,
    RetryTooEarly,
)
from kempelen.market.qualifications import qualification_tests, qualification_types
from tests.market.qualifying import give, new_type, score
from tests.market.test_qualification_requests import accept, ask, standing, waiting
from tests.market.work import HOURS, MINUTES, pass_time, submit_test_answer

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
TEST = (
    f'<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd"><Question>'
    "<QuestionIdentifier>mug</QuestionIdentifier><IsRequired>true</IsRequired>"
    "<QuestionContent><Text>Which is a mug?</Text></QuestionContent><AnswerSpecification><SelectionAnswer>"
    "<StyleSuggestion>radiobutton</StyleSuggestion><Selections>"
    "<Selection><SelectionIdentifier>cup</SelectionIdentifier><Text>A cup</Text></Selection>"
    "<Selection><SelectionIdentifier>hat</SelectionIdentifier><Text>A hat</Text></Selection>"
    "</Selections></SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
FILE = (
    "<FileUploadAnswer><MaxFileSizeInBytes>9</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>"
    "</FileUploadAnswer>"
)
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd"><Question><QuestionIdentifier>mug</QuestionIdentifier>'
    "<AnswerOption><SelectionIdentifier>cup</SelectionIdentifier><AnswerScore>10</AnswerScore></AnswerOption>"
    "<DefaultScore>-1</DefaultScore></Question></AnswerKey>"
)


def answered(selection):
    return (
        f'<QuestionFormAnswers xmlns="{SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
        f"<QuestionIdentifier>mug</QuestionIdentifier><SelectionIdentifier>{selection}</SelectionIdentifier>"
        "</Answer></QuestionFormAnswers>"
    )


def new_test(market, requester, **members):
    return new_type(market, requester, test=TEST, test_duration_in_seconds=10 * MINUTES, **members)


def hand_in(market, worker, request_id, selection="cup"):
    return market.perform(worker, submit_test_answer, request_id=request_id, answer=answered(selection))


def test_a_test_is_told_to_its_owner_alone(market, alice, charlie_requester):
    type_id = new_test(market, alice, answer_key=KEY)

    def told(requester):
        read = qualification_types.get_qualification_type
        found = market.perform(requester, read, qualification_type_id=type_id).qualification_type
        return found.test, found.answer_key, found.test_duration_in_seconds

    assert told(alice) == (TEST, KEY, 600)
    assert told(charlie_requester) == (None, None, 600)


def test_a_test_cannot_ask_for_a_file(market, alice):
    asking = re.sub("<SelectionAnswer>.*</SelectionAnswer>", FILE, TEST).replace("2017-11-06", "2005-10-01")
    with pytest.raises(InvalidParameterValue, match="A qualification test cannot ask for a file."):
        new_type(market, alice, test=asking, test_duration_in_seconds=60)


@pytest.mark.parametrize(("selection", "value"), [("cup", 10), ("hat", -1)])
def test_a_key_scores_and_grants_at_once(market, alice, bob, selection, value):
    type_id = new_test(market, alice, answer_key=KEY)
    begun = ask(market, bob, type_id)
    assert begun.request == "InTest"
    test = market.perform(bob, qualification_tests.get_test, request_id=begun.request_id)
    assert (test.test, (test.due_at - test.started_at).total_seconds()) == (TEST, 600)
    assert waiting(market, alice) == []
    ended = hand_in(market, bob, begun.request_id, selection)
    assert (ended.held, ended.value, ended.request) == ("Granted", value, "Granted")
    assert score(market, alice, type_id, bob) == value
    assert waiting(market, alice) == []


def test_without_a_key_the_requester_reads_the_answers_and_decides(market, alice, bob):
    type_id = new_test(market, alice)
    begun = ask(market, bob, type_id)
    pass_time(market, 60)
    assert hand_in(market, bob, begun.request_id).request == "Submitted"
    (request,) = waiting(market, alice, qualification_type_id=type_id)
    assert (request.test, request.answer) == (TEST, answered("cup"))
    assert request.submit_time == market.clock.now()
    accept(market, alice, request.qualification_request_id, integer_value=5)
    assert score(market, alice, type_id, bob) == 5


def test_going_on_with_a_test_neither_begins_it_anew_nor_counts_twice(market, alice, bob):
    type_id = new_test(market, alice, answer_key=KEY)
    first = ask(market, bob, type_id)
    pass_time(market, 60)
    again = ask(market, bob, type_id)
    assert (again.request_id, again.due_at) == (first.request_id, first.due_at)


def test_a_test_lapses_when_its_time_is_over_and_that_was_the_try(market, alice, bob, charlie):
    type_id = new_test(market, alice, answer_key=KEY, retry_delay_in_seconds=1 * HOURS)
    begun, in_time = ask(market, bob, type_id), ask(market, charlie, type_id)
    pass_time(market, 10 * MINUTES - 1)
    assert hand_in(market, charlie, in_time.request_id).held == "Granted"
    pass_time(market, 1)
    assert standing(market, bob, type_id).request == "Lapsed"
    for act in (hand_in, lambda m, w, r: m.perform(w, qualification_tests.get_test, request_id=r)):
        with pytest.raises(QualificationTestNotOpen, match="Its time ran out."):
            act(market, bob, begun.request_id)
    with pytest.raises(QualificationRequestDoesNotExist):
        accept(market, alice, begun.request_id)
    with pytest.raises(RetryTooEarly):
        ask(market, bob, type_id)
    pass_time(market, 50 * MINUTES)
    assert ask(market, bob, type_id).request == "InTest"


def test_a_lapsed_test_without_a_retry_delay_was_the_only_try(market, alice, bob):
    type_id = new_test(market, alice)
    ask(market, bob, type_id)
    pass_time(market, 10 * MINUTES)
    with pytest.raises(RetryNotAllowed):
        ask(market, bob, type_id)


def test_a_test_is_handed_in_once(market, alice, bob):
    begun = ask(market, bob, new_test(market, alice))
    hand_in(market, bob, begun.request_id)
    with pytest.raises(QualificationTestNotOpen, match="the Requester has yet to decide"):
        hand_in(market, bob, begun.request_id, "hat")
    assert waiting(market, alice)[0].answer == answered("cup")


def test_a_stranger_neither_reads_nor_hands_in_a_test(market, alice, bob, charlie):
    begun = ask(market, bob, new_test(market, alice))
    for stranger in (charlie, alice):
        with pytest.raises(QualificationTestDoesNotExist):
            market.perform(stranger, qualification_tests.get_test, request_id=begun.request_id)
        with pytest.raises(QualificationTestDoesNotExist):
            hand_in(market, stranger, begun.request_id)


def test_who_has_begun_a_test_finishes_that_one(market, alice, bob, charlie):
    type_id = new_test(market, alice, answer_key=KEY)
    begun = ask(market, bob, type_id)
    market.perform(
        alice,
        qualification_types.update_qualification_type,
        qualification_type_id=type_id,
        test=TEST.replace("A cup", "A big cup"),
        test_duration_in_seconds=60,
    )
    told = market.perform(alice, qualification_types.get_qualification_type, qualification_type_id=type_id)
    assert told.qualification_type.answer_key is None  # a test without a key takes the old key away
    assert market.perform(bob, qualification_tests.get_test, request_id=begun.request_id).test == TEST
    assert hand_in(market, bob, begun.request_id).value == 10
    new = ask(market, charlie, type_id)
    assert "A big cup" in market.perform(charlie, qualification_tests.get_test, request_id=new.request_id).test
    assert hand_in(market, charlie, new.request_id).request == "Submitted"


def test_retaking_a_test_keeps_the_old_score_until_the_new_one(market, alice, bob):
    type_id = new_test(market, alice, answer_key=KEY, retry_delay_in_seconds=0)
    give(market, alice, type_id, bob, 3)
    begun = ask(market, bob, type_id)
    assert standing(market, bob, type_id).value == 3
    assert hand_in(market, bob, begun.request_id).value == 10


def test_a_type_deleted_during_its_test_takes_no_answers(market, alice, bob):
    type_id = new_test(market, alice, answer_key=KEY)
    begun = ask(market, bob, type_id)
    market.perform(alice, qualification_types.delete_qualification_type, qualification_type_id=type_id)
    with pytest.raises(QualificationTestNotOpen, match="Your request was rejected."):
        hand_in(market, bob, begun.request_id)
    with pytest.raises(QualificationNotOffered):
        ask(market, bob, type_id)


def test_a_test_and_automatic_granting_exclude_each_other(market, alice):
    automatic = {"auto_granted": True}
    with pytest.raises(InvalidParameterValue) as refusal:
        new_test(market, alice, **automatic)
    assert refusal.value.message.startswith('The value "true" is not valid for the parameter AutoGranted. ')
    change = qualification_types.update_qualification_type
    test = {"test": TEST, "test_duration_in_seconds": 60}
    for type_id, members in (
        (new_test(market, alice), automatic),
        (new_type(market, alice, "B"), automatic | test),
        (new_type(market, alice, "C", auto_granted=True), test),
    ):
        with pytest.raises(InvalidParameterValue) as refusal:
            market.perform(alice, change, qualification_type_id=type_id, **members)
        assert refusal.value.message == 'The value "true" is not valid for the parameter AutoGranted.'
    market.perform(alice, change, qualification_type_id=type_id, auto_granted=False, **test)


@pytest.mark.parametrize(
    "members",
    [
        {"test": "<QuestionForm>"},
        {"test": f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"/>'},
        {"test": TEST, "answer_key": "<AnswerKey/>"},
        {"test": TEST, "answer_key": KEY.replace("cup", "pot")},
        {"test": TEST, "answer_key": KEY.replace("10", "1.5")},
    ],
)
def test_a_test_is_a_question_form_and_its_key_can_score_it(market, alice, members):
    with pytest.raises(XMLParseError, match="There was an error parsing the XML question or answer data"):
        new_type(market, alice, test_duration_in_seconds=60, **members)
    type_id = new_type(market, alice)
    with pytest.raises(XMLParseError):
        market.perform(
            alice,
            qualification_types.update_qualification_type,
            qualification_type_id=type_id,
            test_duration_in_seconds=60,
            **members,
        )
