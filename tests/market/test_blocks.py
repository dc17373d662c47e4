"""Blocks: whom a Requester keeps off, and what that does and does not stop."""

import msgspec
import pytest

from kempelen.core.wire.errors import InvalidParameterValue, InvalidWorker, ParameterTooLong, TooManyWorkerBlocks
from kempelen.core.wire.refusals import BlockedByRequester
from kempelen.market.hits import listings
from kempelen.market.people import worker_blocks
from kempelen.market.work import work
from tests.market.conftest import new_worker
from tests.market.work import ANSWER, accepted_work, new_hit, pass_time, submit_answer


def blocked(market, requester):
    page = market.perform(requester, worker_blocks.list_worker_blocks, max_results=100)
    return [(block.worker_id, block.reason) for block in page.worker_blocks]


def test_a_blocked_worker_sees_and_previews_and_accepts_nothing_of_the_requester(market, alice, bob, charlie):
    hit = new_hit(market, alice)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="spam")
    assert market.perform(bob, listings.list_groups).total == 1
    assert market.perform(bob, listings.get_preview, group_id=hit.hit_group_id).hit_id == hit.hit_id
    with pytest.raises(BlockedByRequester, match="prevent you from working") as refusal:
        market.perform(bob, work.accept, group_id=hit.hit_group_id)
    assert refusal.value.http_status == 422
    assert market.perform(bob, listings.list_groups, qualified=True).total == 0
    assert market.perform(charlie, listings.list_groups, qualified=True).total == 1
    market.perform(alice, worker_blocks.delete_worker_block, worker_id=bob)
    market.perform(bob, work.accept, group_id=hit.hit_group_id)


def test_work_accepted_before_a_block_may_be_finished(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="")
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)


def test_a_block_is_of_one_requester_alone(market, alice, charlie_requester, bob):
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="spam")
    hit = new_hit(market, charlie_requester)
    market.perform(bob, work.accept, group_id=hit.hit_group_id)
    assert blocked(market, charlie_requester) == []
    market.perform(charlie_requester, worker_blocks.delete_worker_block, worker_id=bob)
    assert blocked(market, alice) == [(bob, "spam")]


def test_blocking_twice_changes_only_the_reason_and_unblocking_twice_nothing(market, alice, bob):
    for reason in ("first", "second"):
        market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason=reason)
    assert blocked(market, alice) == [(bob, "second")]
    for _ in range(2):
        market.perform(alice, worker_blocks.delete_worker_block, worker_id=bob, reason="forgiven")
    assert blocked(market, alice) == []


def test_blocks_are_listed_latest_first_page_by_page(market, alice):
    workers = [new_worker(market, f"w{n}") for n in range(5)]
    for worker in workers:
        market.perform(alice, worker_blocks.create_worker_block, worker_id=worker, reason="r")
        pass_time(market, 1)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=workers[0], reason="again")
    found, token = [], None
    while page := market.perform(alice, worker_blocks.list_worker_blocks, max_results=2, next_token=token):
        assert page.num_results == len(page.worker_blocks)
        if not page.worker_blocks:
            break
        found += [block.worker_id for block in page.worker_blocks]
        token = page.next_token
    assert page.next_token is None
    assert found == workers[::-1]


def test_only_registered_workers_can_be_blocked(market, alice):
    unknown = "A00000000000000"
    with pytest.raises(InvalidParameterValue) as refusal:
        market.perform(alice, worker_blocks.create_worker_block, worker_id=unknown, reason="r")
    assert refusal.value.message == f'The value "{unknown}" is not valid for the parameter WorkerId.'
    with pytest.raises(InvalidWorker) as refusal:
        market.perform(alice, worker_blocks.delete_worker_block, worker_id=unknown)
    assert (refusal.value.message, refusal.value.suffixed) == ("WorkerId is invalid.", False)
    with pytest.raises(ParameterTooLong, match="Your request parameter Reason has a maximum length of 4096."):
        market.perform(alice, worker_blocks.create_worker_block, worker_id=unknown, reason="r" * 4097)


def test_a_requester_has_a_most_of_blocks(market, alice, bob, charlie):
    market.rules = msgspec.structs.replace(market.rules, max_worker_blocks=1)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="r")
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="again")
    with pytest.raises(TooManyWorkerBlocks) as refusal:
        market.perform(alice, worker_blocks.create_worker_block, worker_id=charlie, reason="r")
    assert refusal.value.message == "You have reached the maximum number of blocked Workers."
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.InvalidParameterValue"
    assert refusal.value.wire_type == "RequestError"
