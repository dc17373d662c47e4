"""Qualifications: granted, revoked, read, listed, given up, imported by the operator."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE
from kempelen.core.wire.errors import (
    InvalidParameterValue,
    InvalidQualificationState,
    ParameterTooLong,
    PermissionDenied,
    QualificationDoesNotExist,
    QualificationTypeDoesNotExist,
)
from kempelen.core.wire.refusals import InvalidField, QualificationNotHeld
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.qualifications import qualifications, standings
from tests.market.conftest import new_worker
from tests.market.qualifying import give, new_type, score, take
from tests.market.work import HOURS, pass_time

MASTER = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
UNKNOWN = "3ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"
NOBODY = "A00000000000000"


def held(market, requester, type_id, worker):
    answer = market.perform(
        requester, qualifications.get_qualification_score, qualification_type_id=type_id, worker_id=worker
    )
    return answer.qualification


def holders(market, requester, type_id, **members):
    page = market.perform(
        requester, qualifications.list_workers_with_qualification_type, qualification_type_id=type_id, **members
    )
    return [(each.worker_id, each.integer_value, each.status) for each in page.qualifications]


def test_a_score_is_1_unless_it_is_given(market, alice, bob):
    type_id = new_type(market, alice)
    market.perform(
        alice,
        qualifications.associate_qualification_with_worker,
        qualification_type_id=type_id,
        worker_id=bob,
        send_notification=False,
    )
    found = held(market, alice, type_id, bob)
    assert (found.integer_value, found.status, found.locale_value) == (1, "Granted", None)
    give(market, alice, type_id, bob, -(2**31))
    assert score(market, alice, type_id, bob) == -(2**31)


def test_a_new_score_keeps_the_grant_time_and_a_new_grant_does_not(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 5)
    granted_at = market.clock.now()
    pass_time(market, 1 * HOURS)
    give(market, alice, type_id, bob, 6)
    assert (held(market, alice, type_id, bob).grant_time, score(market, alice, type_id, bob)) == (granted_at, 6)
    take(market, alice, type_id, bob)
    give(market, alice, type_id, bob, 6)
    assert held(market, alice, type_id, bob).grant_time == market.clock.now()


def test_a_revoked_score_is_kept_listed_and_seen_with_its_reason(market, alice, bob, charlie):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 5)
    give(market, alice, type_id, charlie, 6)
    take(market, alice, type_id, bob, "Too many mistakes.")
    assert holders(market, alice, type_id) == [(charlie, 6, "Granted")]
    assert holders(market, alice, type_id, status="Revoked") == [(bob, 5, "Revoked")]
    with pytest.raises(InvalidQualificationState) as refusal:
        held(market, alice, type_id, bob)
    assert refusal.value.message == "This operation can be called with a status of: Granted"
    with pytest.raises(InvalidQualificationState):
        take(market, alice, type_id, bob)
    standing = market.perform(bob, standings.get_standing, qualification_type_id=type_id)
    assert (standing.held, standing.revocation_reason) == ("Revoked", "Too many mistakes.")
    assert standing.value is None


def test_what_was_never_granted_does_not_exist(market, alice, charlie_requester, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob)
    other = new_type(market, alice, "Other")
    for requester, asked in ((alice, other), (alice, UNKNOWN), (alice, APPROVED), (charlie_requester, type_id)):
        with pytest.raises(QualificationDoesNotExist) as refusal:
            held(market, requester, asked, bob)
        assert refusal.value.message == "You requested a Qualification that does not exist."
    with pytest.raises(QualificationDoesNotExist):
        take(market, alice, other, bob)


def test_scores_are_of_registered_workers(market, alice):
    type_id = new_type(market, alice)
    for act in (give, take, held):
        with pytest.raises(InvalidParameterValue, match=f'"{NOBODY}" is not valid for the parameter WorkerId.'):
            act(market, alice, type_id, NOBODY)


def test_strangers_and_built_in_types_are_left_alone(market, alice, charlie_requester, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob)
    for act in (give, take):
        for asked in (type_id, MASTER, LOCALE):
            with pytest.raises(PermissionDenied):
                act(market, charlie_requester, asked, bob)
        with pytest.raises(QualificationTypeDoesNotExist):
            act(market, alice, UNKNOWN, bob)
    for asked in (type_id, MASTER):
        with pytest.raises(PermissionDenied):
            holders(market, charlie_requester, asked)
    with pytest.raises(QualificationTypeDoesNotExist):
        holders(market, alice, UNKNOWN)
    assert score(market, alice, type_id, bob) == 1


def test_a_reason_has_a_most(market, alice, bob):
    with pytest.raises(ParameterTooLong, match="Your request parameter Reason has a maximum length of 1024."):
        take(market, alice, UNKNOWN, bob, "r" * 1025)


def test_holders_are_listed_oldest_grant_first_page_by_page(market, alice):
    type_id = new_type(market, alice)
    workers = [new_worker(market, f"w{n}") for n in range(5)]
    for worker in workers:
        give(market, alice, type_id, worker)
        pass_time(market, 1)
    found, token = [], None
    while True:
        page = market.perform(
            alice,
            qualifications.list_workers_with_qualification_type,
            qualification_type_id=type_id,
            max_results=2,
            next_token=token,
        )
        if not page.qualifications:
            break
        found += [each.worker_id for each in page.qualifications]
        token = page.next_token
    assert (found, page.next_token, page.num_results) == (workers, None, 0)


def test_a_worker_gives_a_qualification_up_and_it_counts_as_revoked(market, alice, bob, charlie):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob)
    with pytest.raises(QualificationNotHeld):
        market.perform(charlie, qualifications.give_up, qualification_type_id=type_id)
    market.perform(bob, qualifications.give_up, qualification_type_id=type_id)
    assert holders(market, alice, type_id, status="Revoked") == [(bob, 1, "Revoked")]
    with pytest.raises(QualificationNotHeld):
        market.perform(bob, qualifications.give_up, qualification_type_id=type_id)
    market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=MASTER, worker_id=bob)
    with pytest.raises(QualificationNotHeld):
        market.perform(bob, qualifications.give_up, qualification_type_id=MASTER)


def test_associating_and_revoking_at_once_ends_in_one_of_the_two_states(market, alice, bob):
    type_id = new_type(market, alice)
    give(market, alice, type_id, bob, 1)

    def decide(n):
        if n % 2:
            give(market, alice, type_id, bob, n)
            return True
        try:
            take(market, alice, type_id, bob)
        except InvalidQualificationState:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decide, range(40)))
    assert all(results[1::2])
    ends = holders(market, alice, type_id) + holders(market, alice, type_id, status="Revoked")
    assert len(ends) == 1


# ---------------------------------------------------------------------------------------------- the operator


def test_the_operator_grants_what_is_a_matter_of_choice(market, alice, bob):
    type_id = new_type(market, alice)
    for asked in (MASTER, ADULT, type_id):
        market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=asked, worker_id=bob)
        (found,) = market.perform(OPERATOR, qualifications.list_holders, qualification_type_id=asked)
        assert (found.worker_id, found.integer_value, found.status) == (bob, 1, "Granted")
        market.perform(OPERATOR, qualifications.revoke_as_operator, qualification_type_id=asked, worker_id=bob)
        (found,) = market.perform(OPERATOR, qualifications.list_holders, qualification_type_id=asked)
        assert found.status == "Revoked"


@pytest.mark.parametrize(
    ("asked", "value", "text"),
    [
        (APPROVED, 1, "This value follows from the Worker's account and history."),
        (LOCALE, 1, "This value follows from the Worker's account and history."),
        (ADULT, 2, "Values of this type range from 0 to 1."),
        (UNKNOWN, 1, f"QualificationType [{UNKNOWN}] does not exist."),
    ],
)
def test_the_operator_is_told_what_cannot_be_granted(market, bob, asked, value, text):
    grant = {"qualification_type_id": asked, "worker_id": bob, "value": value}
    with pytest.raises(InvalidField) as refusal:
        market.perform(OPERATOR, qualifications.grant_as_operator, **grant)
    assert refusal.value.message == text


def test_the_operator_is_told_of_a_worker_that_there_is_not(market, bob):
    with pytest.raises(InvalidField, match=f"There is no Worker {NOBODY}."):
        market.perform(OPERATOR, qualifications.grant_as_operator, qualification_type_id=MASTER, worker_id=NOBODY)
    with pytest.raises(InvalidField, match=f"Worker {bob} does not hold {MASTER}."):
        market.perform(OPERATOR, qualifications.revoke_as_operator, qualification_type_id=MASTER, worker_id=bob)
