"""HITs: made, counted, extended, expired, reviewed, disposed."""

from datetime import UTC, datetime, timedelta

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import (
    HITAlreadyExists,
    HITDoesNotExist,
    HITHasAssignments,
    HITTooOldForExtension,
    InsufficientFunds,
    InvalidHITState,
    InvalidMaximumAssignmentsIncrease,
    InvalidParameterValue,
    ParameterValidationError,
    TokenAlreadyProcessed,
    ValueOutOfRange,
)
from kempelen.core.wire.shapes import EPOCH
from kempelen.market.hits import hit_changes, hit_creation, hit_types, hits, listings
from kempelen.market.work import assignments, work
from tests.market.conftest import new_worker
from tests.market.work import (
    ANSWER,
    DAYS,
    QUESTION,
    accepted_work,
    balance,
    hit_now,
    new_hit,
    pass_time,
    places,
    submit_answer,
    submitted_work,
)


def test_a_new_hit_is_open_and_its_whole_cost_is_held(market, alice):
    hit = new_hit(market, alice, max_assignments=3, keywords="mug, colour", requester_annotation="batch 1")
    assert places(market, alice, hit.hit_id) == ("Assignable", 3, 0, 0)
    assert hit.expiration - hit.creation_time == timedelta(days=1)
    assert hit.hit_group_id != hit.hit_type_id
    assert hit.qualification_requirements == []
    assert hit.auto_approval_delay_in_seconds == 2_592_000
    assert balance(market, alice) == "999.82"  # three times 0.05 and 0.01


def test_ten_assignments_cost_the_surcharge(market, alice):
    new_hit(market, alice, max_assignments=10, reward=Money.parse("0.10"))
    assert balance(market, alice) == "998.60"  # ten times 0.10 and 0.04


def test_equal_terms_are_one_hit_type(market, alice, charlie_requester):
    first, second = new_hit(market, alice), new_hit(market, alice, auto_approval_delay_in_seconds=2_592_000)
    other = new_hit(market, alice, keywords="mug")
    foreign = new_hit(market, charlie_requester)
    assert first.hit_type_id == second.hit_type_id
    assert first.hit_group_id == second.hit_group_id
    assert len({first.hit_type_id, other.hit_type_id, foreign.hit_type_id}) == 3


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (
            {"title": "  "},
            (
                "Your request parameter Title has a minimum length of 1. "
                "Title was sent empty or with nothing that can be read: give it a text."
            ),
        ),
        (
            {"title": "Ring\x07"},
            'The value "Ring\\u0007" is not valid for the parameter Title. It cannot have the character U+0007.',
        ),
        (
            {"description": "\x0b"},
            'The value "\\u000b" is not valid for the parameter Description. It cannot have the character U+000B.',
        ),
        (
            {"keywords": "a, \ufffe"},
            'The value "a, \\ufffe" is not valid for the parameter Keywords. It cannot have the character U+FFFE.',
        ),
    ],
)
def test_terms_that_nobody_could_read_are_refused(market, alice, members, text):
    with pytest.raises(ParameterValidationError) as refusal:
        new_hit(market, alice, **members)
    assert refusal.value.message == text
    assert new_hit(market, alice, title="Two\nlines", description=" ").title == "Two\nlines"


def test_a_hit_with_a_hit_type_has_its_terms(market, alice):
    hit_type_id = market.perform(
        alice,
        hit_types.create_hit_type,
        title="T",
        description="D",
        reward=Money.parse("1"),
        assignment_duration_in_seconds=60,
    ).hit_type_id
    hit = market.perform(
        alice, hit_creation.create_hit_with_hit_type, hit_type_id=hit_type_id, lifetime_in_seconds=60, question=QUESTION
    ).hit
    assert (hit.title, hit.reward, hit.hit_type_id) == ("T", Money.parse("1.00"), hit_type_id)


def test_funds_must_cover_every_place_and_a_refusal_leaves_nothing_behind(market, alice):
    with pytest.raises(InsufficientFunds):
        new_hit(market, alice, reward=Money.parse("400"), max_assignments=3)
    assert balance(market, alice) == "1000.00"
    assert market.perform(alice, hits.list_hits).hits == []


def test_a_used_token_names_the_first_hit_and_is_free_after_a_day(market, alice):
    first = new_hit(market, alice, unique_request_token="one")
    with pytest.raises(HITAlreadyExists) as refusal:
        new_hit(market, alice, unique_request_token="one", title="Another")
    assert refusal.value.message == f'The HIT with ID "{first.hit_id}" already exists.'
    pass_time(market, DAYS - 1)
    with pytest.raises(HITAlreadyExists):
        new_hit(market, alice, unique_request_token="one")
    pass_time(market, 1)
    assert new_hit(market, alice, unique_request_token="one").hit_id != first.hit_id


def test_a_refused_call_does_not_use_its_token(market, alice):
    with pytest.raises(InsufficientFunds):
        new_hit(market, alice, reward=Money.parse("5000"), unique_request_token="one")
    assert new_hit(market, alice, unique_request_token="one").hit_status == "Assignable"


def test_the_last_place_makes_a_hit_unassignable_and_the_last_answer_reviewable(market, alice, bob, charlie):
    hit = new_hit(market, alice, max_assignments=2)
    first = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    assert places(market, alice, hit.hit_id) == ("Assignable", 1, 1, 0)
    second = market.perform(charlie, work.accept, group_id=hit.hit_group_id)
    assert places(market, alice, hit.hit_id) == ("Unassignable", 0, 2, 0)
    market.perform(bob, submit_answer, assignment_id=first.assignment_id, answer=ANSWER)
    assert places(market, alice, hit.hit_id) == ("Unassignable", 0, 1, 0)
    market.perform(charlie, work.return_assignment, assignment_id=second.assignment_id)
    assert places(market, alice, hit.hit_id) == ("Assignable", 1, 0, 0)
    second = market.perform(charlie, work.accept, group_id=hit.hit_group_id)
    market.perform(charlie, submit_answer, assignment_id=second.assignment_id, answer=ANSWER)
    assert places(market, alice, hit.hit_id) == ("Reviewable", 0, 0, 0)
    market.perform(alice, assignments.reject_assignment, assignment_id=first.assignment_id, requester_feedback="")
    assert places(market, alice, hit.hit_id) == ("Reviewable", 0, 0, 1)


def test_expiry_releases_open_places_and_keeps_their_number(market, alice):
    hit = new_hit(market, alice, max_assignments=3)
    pass_time(market, 1 * DAYS)
    assert places(market, alice, hit.hit_id) == ("Reviewable", 3, 0, 0)
    assert balance(market, alice) == "1000.00"


def test_accepted_work_may_be_finished_after_the_hit_expired(market, alice, bob):
    accepted = accepted_work(market, alice, bob, max_assignments=2, lifetime_in_seconds=60)
    pass_time(market, 60)
    assert places(market, alice, accepted.hit_id) == ("Unassignable", 1, 1, 0)
    assert balance(market, alice) == "999.94"
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    assert places(market, alice, accepted.hit_id) == ("Reviewable", 1, 0, 0)


def test_expiring_at_once_and_again_is_silent(market, alice):
    hit = new_hit(market, alice)
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=EPOCH)
    assert hit_now(market, alice, hit.hit_id).expiration == market.clock.now()
    assert places(market, alice, hit.hit_id) == ("Reviewable", 1, 0, 0)
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=EPOCH)


def test_extending_an_expired_hit_opens_and_holds_it_again(market, alice):
    hit = new_hit(market, alice, max_assignments=2)
    pass_time(market, 2 * DAYS)
    until = market.clock.now() + timedelta(hours=1)
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=until)
    assert places(market, alice, hit.hit_id) == ("Assignable", 2, 0, 0)
    assert balance(market, alice) == "999.88"
    with pytest.raises(TokenAlreadyProcessed) as refusal:
        market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=until)
    assert refusal.value.message == (
        f'The idempotency token "{hit.hit_id}{until:%a %b %d %H:%M:%S} UTC {until:%Y}" has already been processed.'
    )


@pytest.mark.parametrize(("increment", "allowed"), [(59, False), (60, True), (31_536_000, True), (31_536_001, False)])
def test_an_extension_is_60_seconds_to_365_days(market, alice, increment, allowed):
    hit = new_hit(market, alice)
    change = {"hit_id": hit.hit_id, "expire_at": hit.expiration + timedelta(seconds=increment)}
    if allowed:
        market.perform(alice, hit_changes.update_expiration_for_hit, **change)
        assert hit_now(market, alice, hit.hit_id).expiration == change["expire_at"]
    else:
        with pytest.raises(ValueOutOfRange, match=f"The value {increment} is invalid for ExpirationIncrementInSeconds"):
            market.perform(alice, hit_changes.update_expiration_for_hit, **change)


def test_a_future_expiration_never_shortens(market, alice):
    hit = new_hit(market, alice)
    with pytest.raises(ValueOutOfRange, match="The value -3600 is invalid"):
        market.perform(
            alice,
            hit_changes.update_expiration_for_hit,
            hit_id=hit.hit_id,
            expire_at=hit.expiration - timedelta(hours=1),
        )


def test_more_assignments_reopen_a_hit_that_has_not_expired(market, alice, bob):
    submitted = submitted_work(market, alice, bob)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=submitted).hit.hit_id
    assert places(market, alice, hit_id)[0] == "Reviewable"
    market.perform(
        alice, hit_changes.create_additional_assignments_for_hit, hit_id=hit_id, number_of_additional_assignments=2
    )
    assert places(market, alice, hit_id) == ("Assignable", 2, 0, 0)
    assert balance(market, alice) == "999.82"


def test_more_assignments_for_an_expired_hit_only_count(market, alice):
    hit = new_hit(market, alice)
    pass_time(market, 2 * DAYS)
    market.perform(
        alice, hit_changes.create_additional_assignments_for_hit, hit_id=hit.hit_id, number_of_additional_assignments=2
    )
    assert places(market, alice, hit.hit_id) == ("Reviewable", 3, 0, 0)
    assert balance(market, alice) == "1000.00"


def test_a_small_hit_never_grows_to_ten(market, alice):
    small, large = new_hit(market, alice, max_assignments=9), new_hit(market, alice, max_assignments=10)
    with pytest.raises(InvalidMaximumAssignmentsIncrease):
        market.perform(
            alice,
            hit_changes.create_additional_assignments_for_hit,
            hit_id=small.hit_id,
            number_of_additional_assignments=1,
        )
    market.perform(
        alice,
        hit_changes.create_additional_assignments_for_hit,
        hit_id=large.hit_id,
        number_of_additional_assignments=1,
    )
    assert hit_now(market, alice, large.hit_id).max_assignments == 11


def test_a_token_extends_once(market, alice):
    hit = new_hit(market, alice)
    extension = {
        "hit_id": hit.hit_id,
        "number_of_additional_assignments": 1,
        "unique_request_token": "more",
    }
    market.perform(alice, hit_changes.create_additional_assignments_for_hit, **extension)
    with pytest.raises(TokenAlreadyProcessed):
        market.perform(alice, hit_changes.create_additional_assignments_for_hit, **extension)
    assert hit_now(market, alice, hit.hit_id).max_assignments == 2


def test_review_status_goes_both_ways_and_says_why_not(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    market.perform(alice, hit_changes.update_hit_review_status, hit_id=hit_id)
    assert places(market, alice, hit_id)[0] == "Reviewing"
    with pytest.raises(InvalidHITState) as refusal:
        market.perform(alice, hit_changes.update_hit_review_status, hit_id=hit_id)
    assert refusal.value.message == (
        "This HIT is currently in the state 'Reviewing'.  This operation can be called with a status of: Reviewable"
    )
    assert [hit.hit_id for hit in market.perform(alice, hits.list_reviewable_hits, status="Reviewing").hits] == [hit_id]
    market.perform(alice, hit_changes.update_hit_review_status, hit_id=hit_id, revert=True)
    assert [hit.hit_id for hit in market.perform(alice, hits.list_reviewable_hits).hits] == [hit_id]


def test_a_hit_nobody_worked_on_takes_another_type_and_its_hold(market, alice):
    hit = new_hit(market, alice, max_assignments=2)
    dear = new_hit(market, alice, reward=Money.parse("1.00"))
    assert balance(market, alice) == "998.68"
    market.perform(alice, hit_changes.update_hit_type_of_hit, hit_id=hit.hit_id, hit_type_id=dear.hit_type_id)
    changed = hit_now(market, alice, hit.hit_id)
    assert (changed.reward, changed.hit_group_id) == (Money.parse("1.00"), dear.hit_group_id)
    assert balance(market, alice) == "996.40"
    assert market.perform(alice, listings.get_group, group_id=dear.hit_group_id).open_hits == 2
    assert market.perform(alice, listings.get_group, group_id=hit.hit_group_id).open_hits == 0


def test_a_hit_somebody_works_on_keeps_its_type(market, alice, bob):
    accepted = accepted_work(market, alice, bob, max_assignments=2)
    other = new_hit(market, alice, title="Other")
    with pytest.raises(HITHasAssignments):
        market.perform(alice, hit_changes.update_hit_type_of_hit, hit_id=accepted.hit_id, hit_type_id=other.hit_type_id)


def test_only_a_decided_hit_is_deleted_and_only_once(market, alice, bob):
    open_hit = new_hit(market, alice)
    with pytest.raises(InvalidHITState, match="state 'Assignable'.  .* of: Reviewing, Reviewable"):
        market.perform(alice, hit_changes.delete_hit, hit_id=open_hit.hit_id)
    assignment = submitted_work(market, alice, bob, title="Another")
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    with pytest.raises(InvalidHITState, match="state 'Reviewable'"):
        market.perform(alice, hit_changes.delete_hit, hit_id=hit_id)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment)
    market.perform(alice, hit_changes.delete_hit, hit_id=hit_id)
    assert places(market, alice, hit_id)[0] == "Disposed"
    assert [hit.hit_id for hit in market.perform(alice, hits.list_hits).hits] == [open_hit.hit_id]
    with pytest.raises(InvalidHITState, match="state 'Disposed'"):
        market.perform(alice, hit_changes.delete_hit, hit_id=hit_id)


def test_a_disposed_hit_is_readable_for_its_retention_and_then_unknown(market, alice):
    hit = new_hit(market, alice)
    pass_time(market, 1 * DAYS)
    market.perform(alice, hit_changes.delete_hit, hit_id=hit.hit_id)
    pass_time(market, 120 * DAYS - 1)
    assert places(market, alice, hit.hit_id)[0] == "Disposed"
    pass_time(market, 1)
    with pytest.raises(HITDoesNotExist, match=f"Hit {hit.hit_id} does not exist."):
        hit_now(market, alice, hit.hit_id)


def test_pages_end_with_an_empty_one_and_no_token_repeats(market, alice):
    made = []
    for number in range(5):
        made.append(new_hit(market, alice, title=f"Number {number}").hit_id)
        pass_time(market, 1)
    seen, token, tokens = [], None, []
    while True:
        page = market.perform(alice, hits.list_hits, max_results=2, next_token=token)
        assert page.num_results == len(page.hits)
        seen += [hit.hit_id for hit in page.hits]
        token = page.next_token
        if token is None:
            break
        tokens.append(token)
    assert seen == made[::-1]
    assert page.hits == []
    assert len(set(tokens)) == len(tokens) == 3


def test_a_token_is_good_for_its_own_list_and_owner_only(market, alice, charlie_requester):
    new_hit(market, alice)
    token = market.perform(alice, hits.list_hits).next_token
    assert token.startswith("p1:")
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    for caller, function, bad in (
        (charlie_requester, hits.list_hits, token),
        (alice, hits.list_reviewable_hits, token),
        (alice, hits.list_hits, altered),
        (alice, hits.list_hits, "p1:nonsense"),
        (alice, hits.list_hits, "é"),
    ):
        with pytest.raises(InvalidParameterValue, match="is not valid for the parameter NextToken"):
            market.perform(caller, function, next_token=bad)


@pytest.mark.parametrize("operation", [hits.get_hit, hit_changes.delete_hit, hit_changes.update_hit_review_status])
def test_a_stranger_finds_no_such_hit(market, alice, charlie_requester, operation):
    hit = new_hit(market, alice)
    with pytest.raises(HITDoesNotExist):
        market.perform(charlie_requester, operation, hit_id=hit.hit_id)
    assert places(market, alice, hit.hit_id) == ("Assignable", 1, 0, 0)


def test_a_stranger_changes_nothing(market, alice, charlie_requester):
    hit, own = new_hit(market, alice), new_hit(market, charlie_requester)
    with pytest.raises(HITDoesNotExist):
        market.perform(charlie_requester, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=EPOCH)
    with pytest.raises(HITDoesNotExist):
        market.perform(
            charlie_requester,
            hit_changes.create_additional_assignments_for_hit,
            hit_id=hit.hit_id,
            number_of_additional_assignments=1,
        )
    with pytest.raises(InvalidParameterValue):
        market.perform(
            charlie_requester, hit_changes.update_hit_type_of_hit, hit_id=own.hit_id, hit_type_id=hit.hit_type_id
        )
    with pytest.raises(InvalidParameterValue):
        market.perform(charlie_requester, hits.list_reviewable_hits, hit_type_id=hit.hit_type_id)
    assert market.perform(charlie_requester, hits.list_hits).hits == [own]


def test_every_worker_gets_a_place_of_their_own(market, alice):
    hit = new_hit(market, alice, max_assignments=3)
    taken = {
        market.perform(new_worker(market, name), work.accept, group_id=hit.hit_group_id).assignment_id
        for name in ("Dora", "Emil", "Finn")
    }
    assert len(taken) == 3
    assert places(market, alice, hit.hit_id) == ("Unassignable", 0, 3, 0)


def test_a_hit_from_before_the_fee_change_cannot_grow(market, alice):
    hit = new_hit(market, alice)
    with market.database.writing() as db:
        db.run("UPDATE hit SET created_at = :old", old=datetime(2015, 7, 21, tzinfo=UTC))
    with pytest.raises(HITTooOldForExtension):
        market.perform(
            alice,
            hit_changes.create_additional_assignments_for_hit,
            hit_id=hit.hit_id,
            number_of_additional_assignments=1,
        )


def test_a_hit_dearer_than_any_account_can_hold_is_refused(market, alice):
    with pytest.raises(InsufficientFunds):
        new_hit(market, alice, reward=Money.parse("10000"), max_assignments=1_000_000_000)
