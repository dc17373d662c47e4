"""Asking for a qualification: granted at once, decided by its Requester, asked again, refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE, PERCENT_APPROVED
from kempelen.core.wire.errors import (
    InvalidQualificationRequestState,
    ParameterTooLong,
    PermissionDenied,
    QualificationRequestDoesNotExist,
    QualificationTypeDoesNotExist,
)
from kempelen.core.wire.refusals import (
    AccountClosed,
    QualificationAlreadyRequested,
    QualificationNotOffered,
    RetryNotAllowed,
    RetryTooEarly,
)
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.qualifications import qualification_requests, qualification_types, qualifications, standings
from tests.market.conftest import new_worker
from tests.market.qualifying import give, new_type, score, set_locale, take
from tests.market.work import DAYS, HOURS, pass_time, submitted_work

UNKNOWN = "3ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"


def ask(market, worker, type_id):
    return market.perform(worker, qualification_requests.request, qualification_type_id=type_id)


def standing(market, worker, type_id):
    return market.perform(worker, standings.get_standing, qualification_type_id=type_id)


def waiting(market, requester, **members):
    page = market.perform(requester, qualification_requests.list_qualification_requests, **members)
    return page.qualification_requests


def accept(market, requester, request_id, **members):
    market.perform(
        requester,
        qualification_requests.accept_qualification_request,
        qualification_request_id=request_id,
        **members,
    )


def reject(market, requester, request_id, **members):
    market.perform(
        requester,
        qualification_requests.reject_qualification_request,
        qualification_request_id=request_id,
        **members,
    )


def test_a_request_waits_until_its_requester_grants_it(market, alice, bob):
    type_id = new_type(market, alice)
    assert ask(market, bob, type_id).request == "Submitted"
    (request,) = waiting(market, alice)
    assert (request.qualification_type_id, request.worker_id) == (type_id, bob)
    assert (request.submit_time, request.test, request.answer) == (market.clock.now(), None, None)
    pass_time(market, 60)
    accept(market, alice, request.qualification_request_id, integer_value=80)
    assert waiting(market, alice) == []
    assert score(market, alice, type_id, bob) == 80
    found = standing(market, bob, type_id)
    assert (found.held, found.value, found.request, found.granted_at) == ("Granted", 80, "Granted", market.clock.now())


def test_a_grant_without_a_value_is_1_and_replaces_what_there_was_anew(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 7)
    ask(market, bob, type_id)
    pass_time(market, 1 * HOURS)
    (request,) = waiting(market, alice)  # granting without being asked leaves the request waiting
    accept(market, alice, request.qualification_request_id)
    found = standing(market, bob, type_id)
    assert (found.value, found.granted_at) == (1, market.clock.now())


def test_a_rejected_request_says_why_and_leaves_the_score(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 7)
    ask(market, bob, type_id)
    (request,) = waiting(market, alice)
    reject(market, alice, request.qualification_request_id, reason="Not yet.")
    found = standing(market, bob, type_id)
    assert (found.request, found.rejection_reason, found.value) == ("Rejected", "Not yet.", 7)
    assert waiting(market, alice) == []


@pytest.mark.parametrize("first", [accept, reject])
@pytest.mark.parametrize("then", [accept, reject])
def test_a_decision_is_made_once(market, alice, bob, first, then):
    ask(market, bob, new_type(market, alice))
    (request,) = waiting(market, alice)
    first(market, alice, request.qualification_request_id)
    with pytest.raises(InvalidQualificationRequestState) as refusal:
        then(market, alice, request.qualification_request_id)
    assert refusal.value.message == "This operation can be called with a status of: Submitted"


@pytest.mark.parametrize("decide", [accept, reject])
def test_only_the_owner_decides_and_only_what_there_is(market, alice, charlie_requester, bob, decide):
    ask(market, bob, new_type(market, alice))
    (request,) = waiting(market, alice)
    with pytest.raises(PermissionDenied):
        decide(market, charlie_requester, request.qualification_request_id)
    with pytest.raises(QualificationRequestDoesNotExist) as refusal:
        decide(market, alice, "no such request")
    assert refusal.value.message == "QualificationRequest no such request does not exist."
    assert len(waiting(market, alice)) == 1
    with pytest.raises(ParameterTooLong, match="Your request parameter Reason has a maximum length of 1024."):
        reject(market, alice, "no such request", reason="r" * 1025)


def test_accepting_and_rejecting_at_once_is_one_decision(market, alice):
    type_id = new_type(market, alice)
    workers = [new_worker(market, f"w{n}") for n in range(10)]
    for worker in workers:
        ask(market, worker, type_id)
    requests = waiting(market, alice, max_results=100)

    def decide(job):
        act, request = job
        try:
            act(market, alice, request.qualification_request_id)
        except InvalidQualificationRequestState:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        decided = sum(pool.map(decide, [(act, request) for request in requests for act in (accept, reject)]))
    assert decided == len(requests)
    ends = [standing(market, worker, type_id) for worker in workers]
    assert all((end.request, end.held) in (("Granted", "Granted"), ("Rejected", "")) for end in ends)


def test_an_automatic_type_is_granted_at_once_and_leaves_no_request(market, alice, bob):
    type_id = new_type(market, alice, auto_granted=True, auto_granted_value=3)
    assert ask(market, bob, type_id).value == 3
    assert waiting(market, alice) == []
    assert score(market, alice, type_id, bob) == 3


# ---------------------------------------------------------------------------------------------- again


def test_without_a_retry_delay_there_is_one_request_ever(market, alice, bob):
    type_id = new_type(market, alice)
    ask(market, bob, type_id)
    with pytest.raises(QualificationAlreadyRequested):
        ask(market, bob, type_id)
    (request,) = waiting(market, alice)
    reject(market, alice, request.qualification_request_id)
    pass_time(market, 400 * DAYS)
    with pytest.raises(RetryNotAllowed) as refusal:
        ask(market, bob, type_id)
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.QualificationTypeDoesNotAllowRetake"
    found = standing(market, bob, type_id)
    assert (found.may_request, found.why_not, found.again_at) == (False, refusal.value.message, None)


def test_a_retry_delay_counts_from_the_last_request(market, alice, bob):
    type_id = new_type(market, alice, retry_delay_in_seconds=1 * HOURS)
    asked_at = market.clock.now()
    ask(market, bob, type_id)
    pass_time(market, 60)
    reject(market, alice, waiting(market, alice)[0].qualification_request_id)
    pass_time(market, 1 * HOURS - 61)
    with pytest.raises(RetryTooEarly, match="You can request it again from 2026-10-01 13:00:00 UTC.") as refusal:
        ask(market, bob, type_id)
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.QualificationTypeRetryDelayNotElapsed"
    assert standing(market, bob, type_id).again_at == asked_at + timedelta(hours=1)
    pass_time(market, 1)
    assert standing(market, bob, type_id).may_request
    assert ask(market, bob, type_id).request == "Submitted"


def test_the_delay_that_counts_is_the_present_one(market, alice, bob):
    type_id = new_type(market, alice, auto_granted=True)
    ask(market, bob, type_id)
    take(market, alice, type_id, bob)
    with pytest.raises(RetryNotAllowed):
        ask(market, bob, type_id)
    market.perform(
        alice, qualification_types.update_qualification_type, qualification_type_id=type_id, retry_delay_in_seconds=0
    )
    assert ask(market, bob, type_id).held == "Granted"


def test_a_pending_request_is_not_asked_twice_even_after_the_delay(market, alice, bob):
    type_id = new_type(market, alice, retry_delay_in_seconds=0)
    ask(market, bob, type_id)
    pass_time(market, 60)
    with pytest.raises(QualificationAlreadyRequested):
        ask(market, bob, type_id)
    assert len(waiting(market, alice)) == 1


def test_what_is_not_offered_cannot_be_asked_for(market, alice, bob):
    inactive = new_type(market, alice, "Inactive", qualification_type_status="Inactive")
    going = new_type(market, alice, "Going")
    market.perform(alice, qualification_types.delete_qualification_type, qualification_type_id=going)
    for type_id in (inactive, going, APPROVED, UNKNOWN):
        with pytest.raises(QualificationNotOffered):
            ask(market, bob, type_id)


def test_nobody_without_an_open_account_asks(market, alice, charlie_requester):
    with pytest.raises(AccountClosed):
        ask(market, charlie_requester, new_type(market, alice))


# ---------------------------------------------------------------------------------------------- lists


def test_requests_are_listed_oldest_first_of_one_type_or_all(market, alice, charlie_requester):
    dutch, other = new_type(market, alice), new_type(market, alice, "Other")
    foreign = new_type(market, charlie_requester)
    workers = [new_worker(market, f"w{n}") for n in range(4)]
    for worker, type_id in zip(workers, (dutch, other, dutch, foreign), strict=True):
        ask(market, worker, type_id)
        pass_time(market, 1)
    page = market.perform(alice, qualification_requests.list_qualification_requests, max_results=2)
    assert [each.worker_id for each in page.qualification_requests] == workers[:2]
    assert [each.worker_id for each in waiting(market, alice, next_token=page.next_token)] == workers[2:3]
    assert [each.worker_id for each in waiting(market, alice, qualification_type_id=dutch)] == workers[0:3:2]
    for type_id in (foreign, LOCALE):
        with pytest.raises(PermissionDenied):
            waiting(market, alice, qualification_type_id=type_id)
    with pytest.raises(QualificationTypeDoesNotExist):
        waiting(market, alice, qualification_type_id=UNKNOWN)


def test_a_worker_sees_what_they_hold_have_asked_for_and_may_ask_for(market, alice, bob, charlie):
    held, asked = new_type(market, alice, "A held"), new_type(market, alice, "B asked")
    new_type(market, alice, "C free", keywords="dutch")
    new_type(market, alice, "D inactive", qualification_type_status="Inactive")
    give(market, alice, held, bob, 4)
    ask(market, bob, asked)

    def names(worker, function, **members):
        return [each.name for each in market.perform(worker, function, **members).items]

    assert names(bob, standings.list_held) == ["A held"]
    assert names(bob, standings.list_held, revoked=True) == []
    assert names(bob, standings.list_requested) == ["B asked"]
    assert names(bob, standings.list_available) == ["A held", "B asked", "C free"]
    assert names(bob, standings.list_available, search="DUTCH") == ["C free"]
    assert names(charlie, standings.list_held) == []
    may = {each.name: each.may_request for each in market.perform(bob, standings.list_available).items}
    assert may == {"A held": True, "B asked": False, "C free": True}


def test_what_was_taken_from_a_worker_is_listed_apart_with_the_reason(market, alice, bob, charlie):
    kept, taken = new_type(market, alice, "A kept"), new_type(market, alice, "B taken")
    for type_id in (kept, taken):
        give(market, alice, type_id, bob, 4)
        give(market, alice, type_id, charlie, 4)
    take(market, alice, taken, bob, "Asleep.")
    held, revoked = (market.perform(bob, standings.list_held, revoked=revoked).items for revoked in (False, True))
    assert [(each.name, each.value) for each in held] == [("A kept", 4)]
    assert [(each.name, each.value, each.revocation_reason) for each in revoked] == [("B taken", None, "Asleep.")]
    assert len(market.perform(charlie, standings.list_held).items) == 2


def test_long_lists_of_a_worker_come_in_pages(market, alice, bob):
    for n in range(23):
        new_type(market, alice, f"Type {n:02}")
    first = market.perform(bob, standings.list_available)
    rest = market.perform(bob, standings.list_available, next_token=first.next_token)
    assert [each.name for each in (*first.items, *rest.items)] == [f"Type {n:02}" for n in range(23)]
    assert rest.next_token is None


def test_a_worker_sees_what_their_account_and_history_make(market, alice, bob):
    market.perform(OPERATOR, set_locale, worker_id=bob, country="US", subdivision="WA")
    submitted_work(market, alice, bob, auto_approval_delay_in_seconds=0)
    market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=ADULT, worker_id=bob)
    found = {each.qualification_type_id: each for each in market.perform(bob, standings.list_measured)}
    assert {type_id: each.value_in_words for type_id, each in found.items()} == {
        PERCENT_APPROVED: "100",
        APPROVED: "1",
        ADULT: "1",
        LOCALE: "US-WA",
    }
    assert not any(each.may_request for each in found.values())
