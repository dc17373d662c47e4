"""Requirements: who may discover, preview and accept, by comparator, kind of type, guard and state of a Worker."""

import re
from random import Random

import msgspec
import pytest

from kempelen.core.money import Money
from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE, PERCENT_APPROVED
from kempelen.core.wire.refusals import (
    AccountClosed,
    BlockedByRequester,
    DoesNotMeetRequirements,
    GroupDoesNotExist,
    InvalidField,
    QueueFull,
)
from kempelen.core.wire.shapes import Locale
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hits, listing_queries, listings
from kempelen.market.people import accounts, worker_blocks
from kempelen.market.qualifications import built_in_types, qualifications
from kempelen.market.work import assignments, work
from kempelen.store.open import open_database
from tests.market.conftest import new_worker
from tests.market.qualifying import give, new_type, required, set_locale, take
from tests.market.test_qualification_requests import accept as accept_request
from tests.market.test_qualification_requests import ask, waiting
from tests.market.work import ANSWER, HOURS, accepted_work, new_hit, pass_time, submit_answer, submitted_work

MASTER = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
MASTERS_HERE = (MASTER, "2NDP2L92HECWY8NS8H3CK0CP5L9GHO", "21VZU98JHSTLZ5BPP4A9NOBJEK3DPG")  # and the old ones
GUARDS = ("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept")
US, INDIA = Locale(country="US"), Locale(country="IN")
CALIFORNIA, WASHINGTON = Locale(country="US", subdivision="CA"), Locale(country="US", subdivision="WA")
LESS, AT_MOST, MORE, AT_LEAST = "LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo"

# A comparator, what it compares with, and whether a value of 4, 5, 6 and none at all meets it.
WHOLE = [
    (LESS, (5,), (True, False, False, False)),
    (AT_MOST, (5,), (True, True, False, False)),
    (MORE, (5,), (False, False, True, False)),
    (AT_LEAST, (5,), (False, True, True, False)),
    ("EqualTo", (5,), (False, True, False, False)),
    ("NotEqualTo", (5,), (True, False, True, False)),
    ("In", (4, 6, 9), (True, False, True, False)),
    ("NotIn", (4, 6, 9), (False, True, False, False)),
    ("Exists", (), (True, True, True, False)),
    ("DoesNotExist", (), (False, False, False, True)),
]
COMPARED = [row for row in WHOLE if row[0] not in ("Exists", "DoesNotExist")]  # what everybody has can only be compared
# The table of docs/mturk/api.md 7.4: does a Worker of US-WA, US-CA, the US, India and of nowhere known meet it?
PLACES = (("US", "WA"), ("US", "CA"), ("US", None), ("IN", None), (None, None))
LOCALES = [
    ("EqualTo", (US,), (True, True, True, False, False)),
    ("EqualTo", (CALIFORNIA,), (False, True, False, False, False)),
    ("NotEqualTo", (US,), (False, False, False, True, False)),
    ("NotEqualTo", (CALIFORNIA,), (True, False, True, True, False)),
    ("In", (CALIFORNIA, INDIA), (False, True, False, True, False)),
    ("NotIn", (CALIFORNIA, INDIA), (True, False, True, False, False)),
    ("In", (US, CALIFORNIA), (True, True, True, False, False)),
]


def sees(market, worker, hit):
    """Is the group in the Worker's list? At its address it must then be too, and else look as if it did not exist."""
    listed = hit.hit_group_id in {
        group.hit_group_id for group in market.perform(worker, listings.list_groups, page_size=100).groups
    }
    for group_id in (hit.hit_group_id, hit.hit_type_id):
        for look in (listings.get_group, listings.get_preview, work.accept):
            if not listed:
                with pytest.raises(GroupDoesNotExist):
                    market.perform(worker, look, group_id=group_id)
    if listed:
        assert market.perform(worker, listings.get_group, group_id=hit.hit_type_id).hit_group_id == hit.hit_group_id
    return listed


def may(market, worker, act, hit):
    """May the Worker preview or accept? What they accept they give back."""
    try:
        done = market.perform(worker, act, group_id=hit.hit_group_id)
    except (DoesNotMeetRequirements, GroupDoesNotExist):
        return False
    if act is work.accept:
        market.perform(worker, work.return_assignment, assignment_id=done.assignment_id)
    return True


def assert_guarded(market, worker, hit, guard, met):
    """Discovering, previewing and accepting are as open as the guard and its being met say."""
    assert sees(market, worker, hit) is (met or guard != "DiscoverPreviewAndAccept")
    assert may(market, worker, listings.get_preview, hit) is (met or guard == "Accept")
    assert may(market, worker, work.accept, hit) is met
    qualified = market.perform(worker, listings.list_groups, page_size=100, qualified=True).groups
    assert (hit.hit_group_id in {group.hit_group_id for group in qualified}) is met


def one_for_each_guard(market, alice, requirement):
    """A guard and a HIT that has it, three times."""
    return [
        (
            guard,
            new_hit(
                market,
                alice,
                title=guard,
                qualification_requirements=[msgspec.structs.replace(requirement, actions_guarded=guard)],
            ),
        )
        for guard in GUARDS
    ]


# ---------------------------------------------------------------------------------------------- the tables


@pytest.mark.parametrize(("comparator", "values", "met"), WHOLE)
def test_a_requesters_type_is_compared_with_the_granted_score(market, alice, bob, comparator, values, met):
    type_id = new_type(market, alice)
    made = one_for_each_guard(market, alice, required(type_id, comparator, *values))
    never, four, five, six, none = met[3], *met
    assert never is none
    for value, expected in ((None, never), (4, four), (5, five), (6, six), ("revoked", none)):
        if value == "revoked":
            take(market, alice, type_id, bob)
        elif value is not None:
            give(market, alice, type_id, bob, value)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("comparator", "values", "met"), LOCALES)
def test_a_locale_is_compared_as_the_specification_tells(market, alice, bob, comparator, values, met):
    made = one_for_each_guard(market, alice, required(LOCALE, comparator, *values))
    for (country, subdivision), expected in zip(PLACES, met, strict=True):
        market.perform(OPERATOR, set_locale, worker_id=bob, country=country, subdivision=subdivision)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


def granted_by_operator(market, worker, type_id, value):
    """The score that the operator gives, takes away ("revoked"), or has never given (None)."""
    if value == "revoked":
        market.perform(OPERATOR, qualifications.revoke_as_operator, qualification_type_id=type_id, worker_id=worker)
    elif value is not None:
        market.perform(
            OPERATOR, qualifications.grant_as_operator, qualification_type_id=type_id, worker_id=worker, value=value
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("type_id", "comparator", "met"),
    [(type_id, "Exists", (False, True, False)) for type_id in MASTERS_HERE]
    + [(MASTER, "DoesNotExist", (True, False, True))],
)
def test_masters_are_whom_the_operator_says(market, alice, bob, type_id, comparator, met):
    made = one_for_each_guard(market, alice, required(type_id, comparator))
    for value, expected in zip((None, 1, "revoked"), met, strict=True):
        granted_by_operator(market, bob, type_id, value)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


@pytest.mark.slow
def test_adults_are_whom_the_operator_says(market, alice, bob):
    made = one_for_each_guard(market, alice, required(ADULT, "EqualTo", 1))
    for value, expected in ((None, False), (1, True), (0, False), (1, True), ("revoked", False)):
        granted_by_operator(market, bob, ADULT, value)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("comparator", "values", "met"), WHOLE)
def test_a_premium_type_is_compared_with_the_score_that_the_operator_gave(market, alice, bob, comparator, values, met):
    price = Money.parse("0.05")
    add = {"name": "Owns a car", "description": "Has said so.", "price": price}
    type_id = market.perform(OPERATOR, built_in_types.add_built_in_type, **add).qualification_type_id
    made = one_for_each_guard(market, alice, required(type_id, comparator, *values))
    four, five, six, none = met
    for value, expected in ((None, none), (4, four), (5, five), (6, six), ("revoked", none)):
        granted_by_operator(market, bob, type_id, value)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("comparator", "values", "met"), COMPARED)
def test_the_percentage_is_compared_as_the_record_makes_it(market, alice, bob, comparator, values, met):
    """4, 5 and 6 of a hundred decided were approved; before that it is 100, which nobody lacks."""
    beginner = {
        LESS: False,
        AT_MOST: False,
        MORE: True,
        AT_LEAST: True,
        "EqualTo": False,
        "NotEqualTo": True,
        "In": False,
        "NotIn": True,
    }[comparator]
    made = one_for_each_guard(market, alice, required(PERCENT_APPROVED, comparator, *values))
    for approved, expected in ((None, beginner), (4, met[0]), (5, met[1]), (6, met[2])):
        if approved is not None:
            with market.database.writing() as db:
                db.run("DELETE FROM worker_record")
                db.run(
                    """
                    INSERT INTO worker_record (worker_id, requester_id, submitted, approved, rejected)
                    VALUES (:bob, :alice, 101, :approved, :rejected)
                    """,
                    bob=bob,
                    alice=alice,
                    approved=approved,
                    rejected=100 - approved,
                )
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("comparator", "values", "met"), COMPARED)
def test_approvals_are_counted_as_they_are_made(market, alice, charlie_requester, bob, comparator, values, met):
    for n in range(4):
        requester = (alice, charlie_requester)[n % 2]
        submitted_work(market, requester, bob, title=f"before {n}", auto_approval_delay_in_seconds=0)
    made = one_for_each_guard(market, alice, required(APPROVED, comparator, *values))
    for n, expected in enumerate(met[:3]):
        if n:
            submitted_work(market, alice, bob, title=f"after {n}", auto_approval_delay_in_seconds=0)
        for guard, hit in made:
            assert_guarded(market, bob, hit, guard, expected)


def test_the_percentage_counts_from_the_hundredth_submission(market, alice, bob):
    hit = new_hit(
        market,
        alice,
        title="strict",
        qualification_requirements=[
            required(PERCENT_APPROVED, AT_LEAST, 95, actions_guarded="DiscoverPreviewAndAccept")
        ],
    )
    market.rules = msgspec.structs.replace(market.rules, queue_limit=1000)
    done = [submitted_work(market, alice, bob, title=f"T{n % 7}") for n in range(99)]
    for assignment_id in done[:6]:
        market.perform(alice, assignments.reject_assignment, assignment_id=assignment_id, requester_feedback="no")
    for assignment_id in done[6:]:
        market.perform(alice, assignments.approve_assignment, assignment_id=assignment_id)
    assert sees(market, bob, hit)  # 93 of 99, but not yet a hundred
    last = submitted_work(market, alice, bob, title="T")
    assert not sees(market, bob, hit)  # 93 of 99 decided: 93 %
    market.perform(alice, assignments.approve_assignment, assignment_id=last)
    assert not sees(market, bob, hit)  # 94 of 100
    market.perform(alice, assignments.approve_assignment, assignment_id=done[0], override_rejection=True)
    assert sees(market, bob, hit)  # 95 of 100


# ---------------------------------------------------------------------------------------------- together


def test_every_requirement_that_guards_an_action_must_be_met(market, alice, bob):
    first, second = new_type(market, alice, "A"), new_type(market, alice, "B")
    wanted = [
        required(first, AT_LEAST, 5, actions_guarded="DiscoverPreviewAndAccept"),
        required(first, LESS, 9, actions_guarded="DiscoverPreviewAndAccept"),
        required(second, "DoesNotExist", actions_guarded="PreviewAndAccept"),
        required(PERCENT_APPROVED, AT_LEAST, 95),
    ]
    hit = new_hit(market, alice, qualification_requirements=wanted)
    for value, is_seen in ((None, False), (4, False), (5, True), (8, True), (9, False)):
        if value is not None:
            give(market, alice, first, bob, value)
        assert sees(market, bob, hit) is is_seen
        assert may(market, bob, work.accept, hit) is is_seen
    give(market, alice, first, bob, 5)
    give(market, alice, second, bob)
    assert sees(market, bob, hit)
    assert not may(market, bob, listings.get_preview, hit)
    assert not may(market, bob, work.accept, hit)


def test_required_to_preview_is_the_old_name_of_a_guard(market, alice, bob):
    type_id = new_type(market, alice)
    old = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists", required_to_preview=True)])
    assert_guarded(market, bob, old, "PreviewAndAccept", False)
    (told,) = old.qualification_requirements
    assert (told.required_to_preview, told.actions_guarded) == (True, "PreviewAndAccept")


def test_requirements_as_they_are_told_back_can_be_given_again(market, alice, bob):
    type_id = new_type(market, alice)
    guards = [{"actions_guarded": guard} for guard in GUARDS]
    guards += [{"required_to_preview": True}, {"required_to_preview": False}, {}]
    for number, guard in enumerate(guards):
        first = new_hit(
            market, alice, title=f"{number}", qualification_requirements=[required(type_id, "Exists", **guard)]
        )
        told = market.perform(alice, hits.get_hit, hit_id=first.hit_id).hit.qualification_requirements
        again = new_hit(market, alice, title=f"{number}", qualification_requirements=told)
        assert again.qualification_requirements == told
        assert again.hit_type_id == first.hit_type_id


def test_requirements_are_told_back_with_what_was_left_out(market, alice):
    hit = new_hit(
        market,
        alice,
        qualification_requirements=[
            required(PERCENT_APPROVED, AT_LEAST, 95),
            required(LOCALE, "EqualTo", US, required_to_preview=False),
        ],
    )
    for told in (hit, market.perform(alice, hits.get_hit, hit_id=hit.hit_id).hit):
        assert told.qualification_requirements == [
            required(PERCENT_APPROVED, AT_LEAST, 95, required_to_preview=False, actions_guarded="Accept"),
            required(LOCALE, "EqualTo", US, required_to_preview=False, actions_guarded="Accept"),
        ]


def test_requirements_are_part_of_a_hit_type_as_a_set(market, alice):
    first, second = required(PERCENT_APPROVED, AT_LEAST, 95), required(LOCALE, "EqualTo", US)

    def type_of(*wanted):
        return new_hit(market, alice, qualification_requirements=list(wanted)).hit_type_id

    assert type_of(first, second) == type_of(second, first)
    assert type_of(first) == type_of(msgspec.structs.replace(first, actions_guarded="Accept"))
    kinds = {type_of(), type_of(first), type_of(second), type_of(first, second)}
    assert len(kinds | {type_of(msgspec.structs.replace(first, actions_guarded=GUARDS[2]))}) == 5


def test_a_foreign_type_may_be_required(market, alice, charlie_requester, bob):
    type_id = new_type(market, charlie_requester)
    hit = new_hit(market, alice, qualification_requirements=[required(type_id, "Exists")])
    assert_guarded(market, bob, hit, "Accept", False)
    give(market, charlie_requester, type_id, bob)
    assert_guarded(market, bob, hit, "Accept", True)


def test_accepted_work_goes_on_when_the_qualification_is_taken(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob)
    wanted = [required(type_id, "Exists", actions_guarded="DiscoverPreviewAndAccept")]
    accepted = accepted_work(market, alice, bob, qualification_requirements=wanted)
    take(market, alice, type_id, bob)
    assert market.perform(bob, work.get_work, assignment_id=accepted.assignment_id).status == "Accepted"
    assert len(market.perform(bob, work.list_queue)) == 1
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)


def test_the_first_of_several_reasons_is_told(market, alice, bob):
    hit = new_hit(market, alice, qualification_requirements=[required(MASTER, "Exists")])
    market.rules = msgspec.structs.replace(market.rules, queue_limit=0)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="r")
    accept = {"group_id": hit.hit_group_id}
    with pytest.raises(AccountClosed):
        market.perform("A0NOBODY", work.accept, **accept)
    with pytest.raises(BlockedByRequester):
        market.perform(bob, work.accept, **accept)
    market.perform(alice, worker_blocks.delete_worker_block, worker_id=bob)
    with pytest.raises(DoesNotMeetRequirements):
        market.perform(bob, work.accept, **accept)
    market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=MASTER, worker_id=bob)
    with pytest.raises(QueueFull):
        market.perform(bob, work.accept, **accept)


# ---------------------------------------------------------------------------------------------- explained


def test_each_rule_is_told_with_the_workers_own_value(market, alice, bob):
    type_id = new_type(market, alice)
    market.perform(OPERATOR, set_locale, worker_id=bob, country="US", subdivision="WA")
    hit = new_hit(
        market,
        alice,
        qualification_requirements=[
            required(type_id, "In", 3, 4),
            required(LOCALE, "NotIn", CALIFORNIA, INDIA),
            required(PERCENT_APPROVED, AT_LEAST, 95, actions_guarded="PreviewAndAccept"),
            required(MASTER, "DoesNotExist"),
        ],
    )
    group = market.perform(bob, listings.get_group, group_id=hit.hit_group_id)
    told = [(each.rule, each.value_in_words, each.met, each.action) for each in group.project_requirements]
    assert told == [
        ("Reads Dutch is one of 3, 4", "", False, "AcceptHit"),
        ("Location is none of US-CA, IN", "US-WA", True, "AcceptHit"),
        ("HIT approval rate (%) is at least 95", "100", True, "PreviewHit"),
        ("Masters must not be granted", "", True, "AcceptHit"),
    ]
    assert (group.caller_meets_requirements, group.caller_meets_preview_requirements) == (False, True)
    assert [each.is_requestable for each in group.project_requirements] == [True, False, False, False]
    with pytest.raises(DoesNotMeetRequirements) as refusal:
        market.perform(bob, work.accept, group_id=hit.hit_group_id)
    assert refusal.value.message == (
        "This Requester has specified Qualifications for this HIT, and you do not meet those Qualifications. "
        "Needed: Reads Dutch is one of 3, 4 (yours: none)."
    )
    assert market.perform(bob, listings.list_groups).groups == [group]


def test_what_can_be_asked_for_is_offered_when_nothing_else_is_missing(market, alice, bob):
    dutch, hourly = new_type(market, alice), new_type(market, alice, "Is awake", retry_delay_in_seconds=1 * HOURS)
    wants_dutch, wants_awake = required(dutch, "Exists"), required(hourly, AT_LEAST, 5)

    def offered(*wanted):
        hit = new_hit(market, alice, qualification_requirements=list(wanted))
        group = market.perform(bob, listings.get_group, group_id=hit.hit_group_id)
        return [(each.name, each.request, each.may_request) for each in group.to_request]

    assert offered(wants_dutch) == [("Reads Dutch", "", True)]
    assert offered(wants_dutch, wants_awake) == [("Reads Dutch", "", True), ("Is awake", "", True)]
    assert offered(wants_dutch, required(MASTER, "Exists")) == []
    assert offered(required(MASTER, "DoesNotExist")) == []
    ask(market, bob, dutch)
    assert offered(wants_dutch) == [("Reads Dutch", "Submitted", False)]
    give(market, alice, dutch, bob)
    assert offered(wants_dutch) == []
    assert offered(required(dutch, "DoesNotExist")) == []
    ask(market, bob, hourly)
    accept_request(market, alice, waiting(market, alice, qualification_type_id=hourly)[0].qualification_request_id)
    assert offered(wants_awake) == [("Is awake", "Granted", False)]
    pass_time(market, 1 * HOURS)
    assert offered(wants_awake) == [("Is awake", "Granted", True)]


def test_the_groups_that_ask_for_a_qualification_are_those_the_worker_may_discover(market, alice, bob):
    dutch, other = new_type(market, alice), new_type(market, alice, "Other")

    def asking(title, *wanted, **members):
        return new_hit(market, alice, title=title, qualification_requirements=list(wanted), **members).hit_group_id

    first = asking("first", required(dutch, "Exists"))
    pass_time(market, 1)
    second = asking("second", required(other, "Exists"), required(dutch, AT_LEAST, 5, actions_guarded=GUARDS[1]))
    asking("hidden", required(dutch, AT_LEAST, 5, actions_guarded=GUARDS[2]))
    asking("other", required(other, "Exists"))
    asking("over", required(dutch, "Exists"), lifetime_in_seconds=30)
    pass_time(market, 30)

    def found():
        groups = market.perform(bob, listings.list_asking, qualification_type_id=dutch)
        return [(group.hit_group_id, group.caller_meets_requirements) for group in groups]

    assert found() == [(second, False), (first, False)]
    give(market, alice, dutch, bob, 5)
    assert [(group_id, may) for group_id, may in found() if group_id in (first, second)] == [
        (second, False),
        (first, True),
    ]
    assert len(found()) == 3


def test_a_group_tells_whether_its_requester_keeps_the_worker_off(market, alice, bob, charlie):
    hit = new_hit(market, alice)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="r")
    for worker, is_blocked in ((bob, True), (charlie, False)):
        group = market.perform(worker, listings.get_group, group_id=hit.hit_group_id)
        assert group.is_blocked is is_blocked
        assert market.perform(worker, listings.list_groups).groups == [group]


def test_who_is_no_worker_holds_nothing(market, alice, charlie_requester):
    hidden = new_hit(
        market,
        alice,
        title="hidden",
        qualification_requirements=[required(PERCENT_APPROVED, AT_LEAST, 0, actions_guarded=GUARDS[2])],
    )
    shown = new_hit(
        market, alice, qualification_requirements=[required(MASTER, "DoesNotExist", actions_guarded=GUARDS[2])]
    )
    for visitor in (charlie_requester, ""):
        assert [each.hit_group_id for each in market.perform(visitor, listings.list_groups).groups] == [
            shown.hit_group_id
        ]
        with pytest.raises(GroupDoesNotExist):
            market.perform(visitor, listings.get_group, group_id=hidden.hit_group_id)


def test_masters_work_can_be_asked_for_alone(market, alice, bob):
    new_hit(market, alice)
    wanted = new_hit(market, alice, title="m", qualification_requirements=[required(MASTER, "Exists")])
    found = market.perform(bob, listings.list_groups, masters=True)
    assert ([each.hit_group_id for each in found.groups], found.total) == ([wanted.hit_group_id], 1)


def test_a_workers_place_is_one_that_there_is(market, bob):
    others = {"name": "Bob", "language": None, "time_zone": None}
    for country, subdivision in (("XX", None), ("us", None), ("DE", "BY"), ("US", "XX"), (None, "WA")):
        with pytest.raises(InvalidField):
            market.perform(bob, accounts.set_preferences, country=country, subdivision=subdivision, **others)


# ---------------------------------------------------------------------------------------------- at random


def plainly_meets(requirement, value):
    """What the specification says, word for word; a value is a number, a (country, state), or None."""
    if requirement.comparator in ("Exists", "DoesNotExist"):
        return (value is not None) == (requirement.comparator == "Exists")
    if value is None:
        return False
    if requirement.locale_values:
        matches = any(
            locale.country == value[0] and locale.subdivision in (None, value[1])
            for locale in requirement.locale_values
        )
        return matches == (requirement.comparator in ("EqualTo", "In"))
    wanted = requirement.integer_values
    return {
        LESS: value < wanted[0],
        AT_MOST: value <= wanted[0],
        MORE: value > wanted[0],
        AT_LEAST: value >= wanted[0],
        "EqualTo": value == wanted[0],
        "NotEqualTo": value != wanted[0],
        "In": value in wanted,
        "NotIn": value not in wanted,
    }[requirement.comparator]


def some_requirement(chance, types):
    """Any well-made requirement, of few different values so that many are met."""
    guard = chance.choice(GUARDS)
    if chance.random() < 0.3:
        comparator = chance.choice(["EqualTo", "NotEqualTo", "In", "NotIn"])
        count = chance.randint(1, 3) if comparator in ("In", "NotIn") else 1
        places = [chance.choice([US, INDIA, CALIFORNIA, WASHINGTON]) for _ in range(count)]
        return required(LOCALE, comparator, *places, actions_guarded=guard)
    type_id = chance.choice(types)
    comparator, values, _ = chance.choice(COMPARED if type_id == APPROVED else WHOLE)
    return required(type_id, comparator, *(chance.randint(0, 4) for _ in values), actions_guarded=guard)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_lists_pages_and_acceptance_agree_with_a_plain_reading_of_the_rules(market, alice, seed):
    chance = Random(seed)
    types = [new_type(market, alice, f"T{n}") for n in range(3)] + [APPROVED]
    made = [
        new_hit(
            market,
            alice,
            title=f"{n}",
            qualification_requirements=[some_requirement(chance, types) for _ in range(chance.randint(0, 4))],
        )
        for n in range(40)
    ]
    for n in range(6):
        worker = new_worker(market, f"w{n}")
        place = chance.choice(PLACES)
        market.perform(OPERATOR, set_locale, worker_id=worker, country=place[0], subdivision=place[1])
        values = {type_id: chance.choice([None, 0, 1, 2, 3, 4]) for type_id in types[:3]}
        values |= {APPROVED: chance.randint(0, 3), LOCALE: place if place[0] else None}
        for type_id in types[:3]:
            if values[type_id] is not None:
                give(market, alice, type_id, worker, values[type_id])
        for k in range(values[APPROVED]):
            submitted_work(market, alice, worker, title=f"w{k}", auto_approval_delay_in_seconds=0)
        found = market.perform(worker, listings.list_groups, page_size=100)
        listed = {group.hit_group_id: group for group in found.groups}
        qualified = market.perform(worker, listings.list_groups, page_size=100, qualified=True)
        acceptable = {group.hit_group_id for group in qualified.groups}
        assert (found.total, qualified.total) == (len(listed), len(acceptable))
        for hit in made:
            wanted = hit.qualification_requirements
            met = [plainly_meets(each, values.get(each.qualification_type_id)) for each in wanted]
            guards = [each.actions_guarded for each in wanted]
            hidden = any(not ok and guard == GUARDS[2] for ok, guard in zip(met, guards, strict=True))
            assert (hit.hit_group_id in listed) is not hidden, (values, wanted)
            assert (hit.hit_group_id in acceptable) is all(met), (values, wanted)
            assert may(market, worker, work.accept, hit) is all(met), (values, wanted)
            assert may(market, worker, listings.get_preview, hit) is all(
                ok or guard == "Accept" for ok, guard in zip(met, guards, strict=True)
            )
            if not hidden:
                told = listed[hit.hit_group_id].project_requirements
                assert [each.met for each in told] == met


# ---------------------------------------------------------------------------------------------- fast


SEARCHES = {
    "everything": {},
    "a reward": {"min_reward": Money.parse("900.00")},
    "masters": {"masters": True},
    "what is new": {"new_within_hours": 1},
    "what was done": {"done": True},
    "what was not done": {"done": False},
    "qualified": {"qualified": True},
    "a requester": {"requester_id": "A1NOBODY"},
    "words": {"search": "a mug"},
    "words and more": {"search": "a mug", "qualified": True, "masters": True},
}


@pytest.mark.parametrize("search", SEARCHES)
def test_a_list_is_found_in_an_index_alone_and_a_workers_values_are_read_once(search):
    """The plan on SQLite: groups are read only once it is known which, and nothing inside is run again for each."""
    wanted = listing_queries.Wanted(**SEARCHES[search])
    database = open_database(":memory:")
    database.migrate()
    with database.reading() as db:
        for sort in listing_queries._ORDERS:
            found, read = _looked_at(_plan(db, listing_queries.page_of(wanted, sort)))
            assert re.search(rf"INDEX {index_of(wanted, sort)}\b", found), (sort, found)
            assert read == "SEARCH g USING INDEX sqlite_autoindex_hit_group_1 (hit_group_id=?)"
        (counted,) = _looked_at(_plan(db, listing_queries.count_of(wanted)))
        assert re.search("INDEX (hit_group_|sqlite_autoindex_hit_group_1)", counted)
    database.close()


def index_of(wanted, sort):
    if wanted.words:
        return "hit_group_text_covering"
    if wanted.requester_id:
        return "hit_group_by_requester"
    if wanted.done:
        return "sqlite_autoindex_hit_group_1"
    return {"reward": "hit_group_by_reward", "num": "hit_group_by_size"}.get(sort.split("_")[0], "hit_group_by_update")


def _looked_at(plan):
    assert not any("CORRELATED" in step or re.match(r"SCAN (b|a|q|k)\b", step) for step in plan), plan
    return [step for step in plan if re.match(r"(SEARCH|SCAN) g ", step)]


def _plan(db, sql):
    values = {name: "" if name.startswith("word_") else 0 for name in re.findall(r":([a-z_0-9]+)", sql)}
    return [row["detail"] for row in db.all("EXPLAIN QUERY PLAN " + sql, **values)]
