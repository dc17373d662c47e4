"""Qualification types: made, read, listed, changed, deleted in their own time."""

import re

import msgspec
import pytest

from kempelen.core.money import Money
from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE, PERCENT_APPROVED
from kempelen.core.wire.errors import (
    InvalidParameterValue,
    InvalidQualificationTypeState,
    MissingParameters,
    ParameterTooLong,
    ParameterTooShort,
    PermissionDenied,
    QualificationTypeAlreadyExists,
    QualificationTypeDoesNotExist,
    ValueOutOfRange,
)
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation import ledger
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_changes, hit_creation, hit_types, hits
from kempelen.market.qualifications import (
    built_in_types,
    qualification_imports,
    qualification_requests,
    qualification_types,
    standings,
    type_searches,
)
from kempelen.store.open import open_database
from tests.market.qualifying import give, new_type, required, score
from tests.market.work import DAYS, HOURS, QUESTION, new_hit, pass_time

MASTER = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
NO_NAME = "Name was sent empty or with nothing that can be read: give it a text."
UNKNOWN = "3ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"


def read(market, caller, type_id):
    answer = market.perform(caller, qualification_types.get_qualification_type, qualification_type_id=type_id)
    return answer.qualification_type


def change(market, caller, type_id, **members):
    answer = market.perform(
        caller, qualification_types.update_qualification_type, qualification_type_id=type_id, **members
    )
    return answer.qualification_type


def delete(market, caller, type_id):
    market.perform(caller, qualification_types.delete_qualification_type, qualification_type_id=type_id)


def owned(market, caller):
    """The ids of the caller's types."""
    page = market.perform(
        caller,
        qualification_types.list_qualification_types,
        must_be_requestable=False,
        must_be_owned_by_caller=True,
        max_results=100,
    )
    return [each.qualification_type_id for each in page.qualification_types]


def names(market, caller, page_size=2, **members):
    """The names of the types listed, read page by page."""
    found, token = [], None
    while True:
        page = market.perform(
            caller, qualification_types.list_qualification_types, next_token=token, max_results=page_size, **members
        )
        assert page.num_results == len(page.qualification_types)
        if not page.qualification_types:
            assert page.next_token is None
            return found
        found += [each.name for each in page.qualification_types]
        token = page.next_token


def test_a_new_type_is_told_with_what_was_given_and_nothing_else(market, alice):
    made = read(market, alice, new_type(market, alice))
    assert (made.name, made.description, made.qualification_type_status) == ("Reads Dutch", "A test of it.", "Active")
    assert (made.is_requestable, made.auto_granted) == (True, False)
    assert made.creation_time == market.clock.now()
    assert (made.keywords, made.test, made.test_duration_in_seconds, made.answer_key) == (None, None, None, None)
    assert (made.retry_delay_in_seconds, made.auto_granted_value) == (None, None)


def test_an_automatic_type_tells_its_value(market, alice):
    type_id = new_type(market, alice, auto_granted=True, keywords="dutch", retry_delay_in_seconds=0)
    made = read(market, alice, type_id)
    assert (made.auto_granted_value, made.keywords, made.retry_delay_in_seconds) == (1, "dutch", 0)
    assert (
        read(market, alice, new_type(market, alice, "B", auto_granted=True, auto_granted_value=-7)).auto_granted_value
        == -7
    )
    assert read(market, alice, new_type(market, alice, "C", auto_granted_value=5)).auto_granted_value is None


def test_a_name_is_used_once_by_each_requester(market, alice, charlie_requester):
    new_type(market, alice)
    new_type(market, charlie_requester)
    with pytest.raises(QualificationTypeAlreadyExists) as refusal:
        new_type(market, alice, qualification_type_status="Inactive")
    assert refusal.value.message == (
        "You have already created a QualificationType with this name. A QualificationType's name must be unique among "
        "all of the QualificationTypes created by the same user."
    )
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.QualificationTypeAlreadyExists"


@pytest.mark.parametrize(
    ("members", "error", "text"),
    [
        ({"name": ""}, ParameterTooShort, f"Your request parameter Name has a minimum length of 1. {NO_NAME}"),
        ({"name": " \u00a0"}, ParameterTooShort, f"Your request parameter Name has a minimum length of 1. {NO_NAME}"),
        (
            {"name": "Reads\nDutch"},
            InvalidParameterValue,
            'The value "Reads\\u000aDutch" is not valid for the parameter Name. It cannot have the character U+000A.',
        ),
        (
            {"description": "\x07"},
            InvalidParameterValue,
            'The value "\\u0007" is not valid for the parameter Description. It cannot have the character U+0007.',
        ),
        (
            {"keywords": "nl,\x1f"},
            InvalidParameterValue,
            'The value "nl,\\u001f" is not valid for the parameter Keywords. It cannot have the character U+001F.',
        ),
        ({"name": "n" * 201}, ParameterTooLong, "Your request parameter Name has a maximum length of 200."),
        (
            {"description": "d" * 2001},
            ParameterTooLong,
            "Your request parameter Description has a maximum length of 2000.",
        ),
        ({"keywords": "k" * 1001}, ParameterTooLong, "Your request parameter Keywords has a maximum length of 1000."),
        ({"test": "é" * 32_768}, ParameterTooLong, "Your request parameter Test has a maximum length of 65535."),
        (
            {"test": "<x/>", "answer_key": "k" * 65_536},
            ParameterTooLong,
            "Your request parameter AnswerKey has a maximum length of 65535.",
        ),
        (
            {"retry_delay_in_seconds": -1},
            ValueOutOfRange,
            "The value -1 is invalid for RetryDelayInSeconds. Valid values range from 0 to 2147483647.",
        ),
        (
            {"test": "<x/>", "test_duration_in_seconds": 0},
            ValueOutOfRange,
            "The value 0 is invalid for TestDurationInSeconds. Valid values range from 1 to 2147483647.",
        ),
        (
            {"test": "<x/>"},
            MissingParameters,
            "Your request is missing required parameters. Required parameters include TestDurationInSeconds.",
        ),
        (
            {"answer_key": "<x/>"},
            InvalidParameterValue,
            ('The value "<x/>" is not valid for the parameter AnswerKey. An AnswerKey can only be given with a Test.'),
        ),
    ],
)
def test_an_ill_made_type_is_refused_by_the_first_rule_it_breaks(market, alice, members, error, text):
    with pytest.raises(error) as refusal:
        new_type(market, alice, **members)
    assert refusal.value.message == text
    assert names(market, alice, must_be_requestable=True, must_be_owned_by_caller=True) == []


def test_everybody_reads_a_type_and_only_its_owner_changes_it(market, alice, charlie_requester):
    type_id = new_type(market, alice)
    assert read(market, charlie_requester, type_id).name == "Reads Dutch"
    for act in (change, delete):
        for foreign in (type_id, MASTER, APPROVED):
            with pytest.raises(PermissionDenied, match="This user is not authorized to perform"):
                act(market, charlie_requester, foreign)
        with pytest.raises(QualificationTypeDoesNotExist, match=rf"QualificationType \[{UNKNOWN}\] does not exist."):
            act(market, alice, UNKNOWN)
    with pytest.raises(QualificationTypeDoesNotExist):
        read(market, alice, UNKNOWN)


def test_only_what_is_given_changes(market, alice):
    type_id = new_type(market, alice, keywords="dutch")
    before = read(market, alice, type_id)
    assert change(market, alice, type_id) == before
    after = change(market, alice, type_id, description="Another.", retry_delay_in_seconds=60)
    assert (after.description, after.retry_delay_in_seconds, after.name) == ("Another.", 60, "Reads Dutch")
    assert (after.keywords, after.qualification_type_status) == ("dutch", "Active")
    assert change(market, alice, type_id, qualification_type_status="Inactive").description == "Another."
    assert names(market, alice, must_be_requestable=False, query="another") == ["Reads Dutch"]


def test_a_type_becomes_automatic_with_the_value_1_unless_one_is_given(market, alice):
    type_id = new_type(market, alice, auto_granted_value=9)
    assert change(market, alice, type_id, auto_granted=True).auto_granted_value == 1
    assert change(market, alice, type_id, auto_granted_value=3).auto_granted_value == 3
    assert change(market, alice, type_id, auto_granted=False).auto_granted_value is None


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"answer_key": "<x/>"}, "Required parameters include Test."),
        ({"test_duration_in_seconds": 60}, "Required parameters include Test."),
        ({"test": "<x/>"}, "Required parameters include TestDurationInSeconds."),
        ({"description": "d" * 2001}, "Your request parameter Description has a maximum length of 2000."),
        ({"description": ""}, "Description was sent empty or with nothing that can be read: give it a text."),
    ],
)
def test_an_ill_made_change_is_refused_before_it_matters_whose_type_it_is(market, alice, members, text):
    with pytest.raises((MissingParameters, ParameterTooLong, ParameterTooShort), match=text):
        change(market, alice, UNKNOWN, **members)


# ---------------------------------------------------------------------------------------------- lists


def test_types_are_listed_by_name_and_searched_by_all_words(market, alice, charlie_requester):
    new_type(market, alice, "Zulu", keywords="language")
    new_type(market, alice, "Dutch", description="Speaks the language")
    new_type(market, charlie_requester, "Frisian 100%", description="another language")
    everybody = {"must_be_requestable": True}
    assert names(market, alice, **everybody) == ["Dutch", "Frisian 100%", "Zulu"]
    assert names(market, alice, must_be_owned_by_caller=True, **everybody) == ["Dutch", "Zulu"]
    assert names(market, alice, query="LANGuage speaks", **everybody) == ["Dutch"]
    assert names(market, alice, query="dut", **everybody) == ["Dutch"]
    assert names(market, alice, query="100%", **everybody) == ["Frisian 100%"]
    assert names(market, alice, query="_", **everybody) == []
    own = {"must_be_owned_by_caller": True, **everybody}
    assert names(market, alice, query="language", **own) == ["Dutch", "Zulu"]
    assert names(market, alice, query="another", **own) == []
    assert names(market, alice, query="s p e a k l a g", **everybody) == [
        "Dutch"
    ]  # eight count, and the ninth does not
    assert names(market, alice, query="s p e a k l a g xylophone", **everybody) == ["Dutch"]


def test_a_type_that_is_gone_is_not_found_and_its_name_is_searched_anew(market, alice):
    first = new_type(market, alice, keywords="tulips")
    delete(market, alice, first)
    pass_time(market, 1 * HOURS)
    assert names(market, alice, must_be_requestable=False, must_be_owned_by_caller=True, query="tulips") == []
    new_type(market, alice, keywords="mills")
    for query, found in (("tulips", []), ("mills", ["Reads Dutch"]), ("dutch", ["Reads Dutch"])):
        assert names(market, alice, must_be_requestable=True, query=query) == found
    with market.database.reading() as db:
        assert len(db.all("SELECT 1 AS one FROM qualification_text WHERE name = 'Reads Dutch'")) == 1


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("page_size", [1, 2, 10])
def test_the_type_that_is_called_as_the_query_says_comes_first(market, alice, charlie_requester, own, page_size):
    for name in ("A longer mug test", "mug test", "Another", "mug test 2", "Mug Test"):
        new_type(market, alice, name, description="not the mug test" if name == "Another" else "d")
    new_type(market, charlie_requester, "mug test")
    others = ["A longer mug test", "Another", "Mug Test", "mug test 2"]
    asked = {"must_be_requestable": True, "must_be_owned_by_caller": own}
    exact = ["mug test"] if own else ["mug test", "mug test"]
    assert names(market, alice, page_size, query="mug test", **asked) == [*exact, *others]
    assert sorted(names(market, alice, page_size, query="mug", **asked)) == sorted([*exact, *others])
    assert names(market, alice, page_size, query="mug test 2", **asked) == ["mug test 2"]
    delete(market, alice, next(each for each in owned(market, alice) if read(market, alice, each).name == "mug test"))
    assert names(market, alice, page_size, query="mug test", **asked) == [*exact[1:], *others]


def test_types_are_read_in_the_order_of_names_and_the_texts_before_all_else():
    """The plan on SQLite: nothing is sorted, and who searches among everybody's types reads the narrow table alone."""
    database = open_database(":memory:")
    database.migrate()
    statements = {
        "of everybody": type_searches.OF_EVERYBODY,
        "of the caller": type_searches.OF_CALLER,
        "available": standings._AVAILABLE,
        "everybody's, called so": [type_searches.CALLED_OF_EVERYBODY],
        "the caller's, called so": [type_searches.CALLED_OF_CALLER],
    }
    with database.reading() as db:
        for name, by_words in statements.items():
            for words, sql in enumerate(by_words):
                assert len(re.findall("LIKE", sql)) == words
                values = dict.fromkeys(re.findall(r":([a-z_0-9]+)", sql), "")
                plan = [row["detail"] for row in db.all("EXPLAIN QUERY PLAN " + sql, **values)]
                if name == "of the caller":
                    assert plan[0].startswith("SEARCH t USING INDEX qualification_type_once_by_name (requester_id=? ")
                elif "called" in name:
                    assert not any("ORDER BY" in step for step in plan), plan
                    assert re.match(r"SEARCH t USING INDEX qualification_type_\w+ \(.*name=\?", plan[0]), plan
                else:
                    assert not any("ORDER BY" in step for step in plan[:2]), plan
                    assert plan[0].startswith(
                        "SEARCH s USING PRIMARY KEY ((name,qualification_type_id)>(?,?))"
                        if words
                        else "SEARCH t USING INDEX qualification_type_by_name ((name,qualification_type_id)>(?,?))"
                    ), plan
    database.close()


def test_a_word_of_any_length_is_searched(market, alice):
    new_type(market, alice, "Dutch")
    for word in ("x" * 70_000, "ä" * 70_000, "%" * 70_000):
        assert names(market, alice, must_be_requestable=False, query=word) == []


def test_built_in_types_are_listed_when_types_need_not_be_requestable(market, alice):
    new_type(market, alice, "Dutch")
    found = names(market, alice, must_be_requestable=False)
    assert found == sorted(found)
    assert {"Masters", "Worker_Locale", "Worker_Adult", "Worker_NumberHITsApproved", "Dutch"} < set(found)
    assert found.count("Masters") == 1  # that of the other world does not exist here
    assert names(market, alice, must_be_requestable=False, must_be_owned_by_caller=True) == ["Dutch"]
    for type_id in (ADULT, APPROVED, LOCALE, PERCENT_APPROVED, MASTER):
        assert not read(market, alice, type_id).is_requestable
    with pytest.raises(QualificationTypeDoesNotExist):
        read(market, alice, "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6")


def test_inactive_types_are_listed_to_their_owner(market, alice, charlie_requester):
    new_type(market, alice, "Dutch", qualification_type_status="Inactive")
    assert names(market, alice, must_be_requestable=True, must_be_owned_by_caller=True) == ["Dutch"]
    assert names(market, alice, must_be_requestable=True) == []
    assert "Dutch" in names(market, alice, must_be_requestable=False)
    assert "Dutch" not in names(market, charlie_requester, must_be_requestable=False)


def test_long_names_do_not_make_long_tokens(market, alice):
    long_names = [letter + "é" * 199 for letter in "abc"]
    for name in long_names:
        new_type(market, alice, name)
    assert names(market, alice, must_be_requestable=True) == long_names


# ---------------------------------------------------------------------------------------------- deletion


LISTS = [
    {"must_be_requestable": requestable, "must_be_owned_by_caller": own, "query": query}
    for requestable in (True, False)
    for own in (True, False)
    for query in (None, "dutch")
    if query or own  # else built-in types are listed, too
]


def test_a_type_that_no_hit_uses_is_gone_when_it_is_deleted_and_its_name_is_free(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 5)
    delete(market, alice, type_id)
    for act in (read, delete, change):
        with pytest.raises(QualificationTypeDoesNotExist):
            act(market, alice, type_id)
    for asked in LISTS:
        assert names(market, alice, **asked) == []
    again = new_type(market, alice)
    assert again != type_id
    for asked in LISTS:
        assert names(market, alice, **asked) == ["Reads Dutch"]


@pytest.mark.parametrize("status", ["Active", "Inactive"])
def test_a_deleted_type_that_hits_use_is_listed_to_nobody_and_keeps_its_name(market, alice, bob, status):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 5)
    hit = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists")])
    change(market, alice, type_id, qualification_type_status=status)
    delete(market, alice, type_id)
    for asked in LISTS:
        assert names(market, alice, **asked) == []
    assert read(market, alice, type_id).qualification_type_status == "Inactive"
    assert score(market, alice, type_id, bob) == 5
    with pytest.raises(InvalidQualificationTypeState) as refusal:
        delete(market, alice, type_id)
    assert refusal.value.message == "This operation can be called with a status of: Active,Inactive"
    with pytest.raises(InvalidQualificationTypeState):
        change(market, alice, type_id, description="d")
    with pytest.raises(InvalidQualificationTypeState):
        give(market, alice, type_id, bob)
    with pytest.raises(QualificationTypeAlreadyExists):
        new_type(market, alice)
    pass_time(market, 1 * DAYS)
    market.perform(alice, hit_changes.delete_hit, hit_id=hit.hit_id)
    with pytest.raises(QualificationTypeDoesNotExist):
        read(market, alice, type_id)
    assert new_type(market, alice) != type_id


def test_deletion_takes_as_long_as_the_operator_has_set(market, alice):
    market.rules = msgspec.structs.replace(market.rules, type_deletion_seconds=2 * HOURS)
    type_id = new_type(market, alice)
    delete(market, alice, type_id)
    assert names(market, alice, must_be_requestable=False, must_be_owned_by_caller=True) == []
    with pytest.raises(QualificationTypeAlreadyExists):
        new_type(market, alice)
    pass_time(market, 2 * HOURS)
    assert new_type(market, alice) != type_id


def test_a_type_is_not_gone_before_its_last_hit_is(market, alice, charlie_requester):
    type_id = new_type(market, alice)
    wanted = [required(type_id, "Exists")]
    own = new_hit(market, alice, qualification_requirements=wanted, lifetime_in_seconds=3 * DAYS)
    foreign = new_hit(market, charlie_requester, qualification_requirements=wanted, lifetime_in_seconds=4 * DAYS)
    delete(market, alice, type_id)
    pass_time(market, 4 * DAYS)
    assert read(market, alice, type_id).qualification_type_status == "Inactive"
    market.perform(alice, hit_changes.delete_hit, hit_id=own.hit_id)
    pass_time(market, 1)
    assert read(market, alice, type_id).qualification_type_status == "Inactive"
    market.perform(charlie_requester, hit_changes.delete_hit, hit_id=foreign.hit_id)
    pass_time(market, 1)
    with pytest.raises(QualificationTypeDoesNotExist):
        read(market, alice, type_id)


def test_a_type_is_gone_when_its_last_hit_has_got_another_type(market, alice):
    type_id = new_type(market, alice)
    hit = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists")], lifetime_in_seconds=3 * DAYS)
    other = new_hit(market, alice, title="Another")
    delete(market, alice, type_id)
    pass_time(market, 2 * DAYS)
    market.perform(alice, hit_changes.update_hit_type_of_hit, hit_id=hit.hit_id, hit_type_id=other.hit_type_id)
    pass_time(market, 1)
    with pytest.raises(QualificationTypeDoesNotExist):
        read(market, alice, type_id)


def test_nothing_new_can_use_a_type_that_is_inactive_or_being_deleted(market, alice):
    inactive, going = new_type(market, alice, "Inactive"), new_type(market, alice, "Going")
    terms = {"title": "T", "description": "D", "reward": Money.parse("1"), "assignment_duration_in_seconds": 60}
    made = {
        type_id: market.perform(
            alice, hit_types.create_hit_type, qualification_requirements=[required(type_id, "Exists")], **terms
        ).hit_type_id
        for type_id in (inactive, going)
    }
    plain = new_hit(market, alice)
    new_hit(market, alice, title="In use", qualification_requirements=[required(going, "Exists")])
    change(market, alice, inactive, qualification_type_status="Inactive")
    delete(market, alice, going)
    for type_id in made:
        wanted = [required(type_id, "Exists")]
        with pytest.raises(InvalidQualificationTypeState) as refusal:
            market.perform(alice, hit_types.create_hit_type, qualification_requirements=wanted, **terms)
        assert refusal.value.message == "This operation can be called with a status of: Active"
        with pytest.raises(InvalidQualificationTypeState):
            new_hit(market, alice, qualification_requirements=wanted)
    of_type = {"lifetime_in_seconds": 60, "question": QUESTION}
    with pytest.raises(InvalidQualificationTypeState):
        market.perform(alice, hit_creation.create_hit_with_hit_type, hit_type_id=made[inactive], **of_type)
    with pytest.raises(InvalidParameterValue, match=f'"{made[going]}" is not valid for the parameter HITTypeId.'):
        market.perform(alice, hit_creation.create_hit_with_hit_type, hit_type_id=made[going], **of_type)
    with pytest.raises(InvalidParameterValue):
        market.perform(alice, hit_changes.update_hit_type_of_hit, hit_id=plain.hit_id, hit_type_id=made[going])


def test_deleting_a_type_rejects_who_has_asked_for_it(market, alice, bob):
    type_id = new_type(market, alice)
    market.perform(bob, qualification_requests.request, qualification_type_id=type_id)
    delete(market, alice, type_id)
    standing = market.perform(bob, standings.get_standing, qualification_type_id=type_id)
    assert (standing.request, standing.rejection_reason) == ("Rejected", "This Qualification no longer exists.")
    assert market.perform(alice, qualification_requests.list_qualification_requests).qualification_requests == []


# ---------------------------------------------------------------------------------------------- hits of a type


def test_the_hits_that_require_a_type_are_listed_newest_first(market, alice, charlie_requester):
    type_id, other = new_type(market, alice), new_type(market, alice, "Other")
    made = []
    for title in "abc":
        wanted = [required(type_id, "Exists"), required(type_id, "LessThan", 5)]
        made.append(new_hit(market, alice, title=title, qualification_requirements=wanted).hit_id)
        pass_time(market, 1)
    new_hit(market, alice)
    new_hit(market, alice, qualification_requirements=[required(other, "Exists")])
    new_hit(market, charlie_requester, qualification_requirements=[required(type_id, "Exists")])
    first = market.perform(alice, hits.list_hits_for_qualification_type, qualification_type_id=type_id, max_results=2)
    assert [hit.hit_id for hit in first.hits] == made[:0:-1]
    rest = market.perform(
        alice, hits.list_hits_for_qualification_type, qualification_type_id=type_id, next_token=first.next_token
    )
    assert [hit.hit_id for hit in rest.hits] == made[:1]
    assert market.perform(alice, hits.list_hits_for_qualification_type, qualification_type_id=LOCALE).hits == []
    with pytest.raises(QualificationTypeDoesNotExist):
        market.perform(alice, hits.list_hits_for_qualification_type, qualification_type_id=UNKNOWN)


# ---------------------------------------------------------------------------------------------- fees


@pytest.mark.parametrize(
    ("comparator", "reward", "max_assignments", "fee"),
    [("Exists", "0.10", 1, "0.03"), ("Exists", "1.00", 10, "0.45"), ("DoesNotExist", "0.10", 1, "0.02")],
)
def test_requiring_masters_costs_a_twentieth_more(market, alice, comparator, reward, max_assignments, fee):
    new_hit(
        market,
        alice,
        reward=Money.parse(reward),
        max_assignments=max_assignments,
        qualification_requirements=[required(MASTER, comparator)],
    )
    held = market.perform(OPERATOR, _on_hold, requester_id=alice)
    assert held == (Money.parse(reward) + Money.parse(fee)) * max_assignments


def test_a_premium_type_costs_its_price_for_each_assignment(market, alice):
    premium = market.perform(
        OPERATOR,
        built_in_types.add_built_in_type,
        name="Owns a car",
        description="Has said so.",
        price=Money.parse("0.50"),
    )
    wanted = [required(premium.qualification_type_id, "EqualTo", 1)]
    new_hit(market, alice, reward=Money.parse("0.10"), max_assignments=2, qualification_requirements=wanted)
    assert market.perform(OPERATOR, _on_hold, requester_id=alice) == Money.parse("1.24")
    listed = market.perform(OPERATOR, qualification_imports.list_types)
    assert {each.name: each.price for each in listed}["Owns a car"] == Money.parse("0.50")


@pytest.mark.parametrize("name", ["", "  ", "Owns\na car", "n" * 201])
def test_a_premium_type_has_a_name_that_can_be_read(market, name):
    with pytest.raises(InvalidField, match="A name has 1 to 200 printable characters"):
        market.perform(
            OPERATOR,
            built_in_types.add_built_in_type,
            name=name,
            description="Has said so.",
            price=Money.parse("0.50"),
        )


def _on_hold(call, *, requester_id):
    return ledger.balance(call, requester_id, "hold")


def test_an_empty_test_and_an_empty_answer_key_are_none(market, alice):
    """As programs send them that send every member. Source: docs/mturk/questions.md 2."""
    made = new_type(market, alice, "Cups", test="", answer_key="")
    found = market.perform(
        alice, qualification_types.get_qualification_type, qualification_type_id=made
    ).qualification_type
    assert (found.test, found.answer_key) == (None, None)
