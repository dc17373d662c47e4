"""A Return can be undone for some seconds, and a HIT can be skipped for another of its group."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from kempelen.checks.checks import problems
from kempelen.core.wire.errors import RequestError
from kempelen.core.wire.refusals import (
    BlockedByRequester,
    NoMoreHITs,
    QueueFull,
    ReturnNotUndone,
    WorkDoesNotExist,
    WorkNotOpen,
)
from kempelen.market.foundation import events
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_changes, listings, uploads
from kempelen.market.market import Market
from kempelen.market.people import worker_blocks
from kempelen.market.work import returns, submission, work
from tests.market.work import accepted_work, hit_now, new_hit, pass_time, places


def returned(market: Market, requester: str, worker: str, **members: object) -> work.Accepted:
    accepted = accepted_work(market, requester, worker, **members)
    market.perform(worker, work.return_assignment, assignment_id=accepted.assignment_id)
    return accepted


def undo(market: Market, worker: str, accepted: work.Accepted) -> work.Accepted:
    return market.perform(worker, returns.undo_return, assignment_id=accepted.assignment_id)


def test_an_undone_return_leaves_everything_as_it_was(market: Market, alice: str, bob: str) -> None:
    accepted = accepted_work(market, alice, bob, max_assignments=2)
    before = places(market, alice, accepted.hit_id)
    market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    pass_time(market, 14)
    assert undo(market, bob, accepted) == accepted, "the same assignment, due when it was"
    assert places(market, alice, accepted.hit_id) == before
    assert undo(market, bob, accepted) == accepted, "once more changes nothing"
    assert [one.status for one in market.perform(bob, work.list_queue)] == ["Accepted"]
    history = market.perform(OPERATOR, events.list_events, assignment_id=accepted.assignment_id)
    assert [(one.kind, one.from_status) for one in history] == [
        ("AssignmentAccepted", ""),
        ("AssignmentReturned", "Accepted"),
        ("AssignmentAccepted", "Returned"),
    ]
    assert problems(market.database) == []
    assert market.perform(bob, submission.submit, assignment_id=accepted.assignment_id, fields=[("colour", "blue")])
    assert problems(market.database) == []


def test_a_return_is_final_after_some_seconds(market: Market, alice: str, bob: str) -> None:
    accepted = returned(market, alice, bob)
    assert market.perform(bob, returns.get_returned, assignment_id=accepted.assignment_id) is not None
    pass_time(market, work.UNDO_SECONDS)
    assert market.perform(bob, returns.get_returned, assignment_id=accepted.assignment_id) is None
    with pytest.raises(ReturnNotUndone, match="15 seconds"):
        undo(market, bob, accepted)
    assert market.perform(bob, work.list_queue) == []


def test_a_return_is_final_once_its_time_is_over(market: Market, alice: str, bob: str) -> None:
    accepted = accepted_work(market, alice, bob, assignment_duration_in_seconds=30)
    pass_time(market, 25)
    market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    pass_time(market, 6)
    with pytest.raises(ReturnNotUndone, match="time for it is over"):
        undo(market, bob, accepted)


def test_a_return_is_final_when_somebody_else_has_taken_the_hit(
    market: Market, alice: str, bob: str, charlie: str
) -> None:
    accepted = returned(market, alice, bob)
    market.perform(charlie, work.accept, group_id=accepted.hit_group_id)
    with pytest.raises(ReturnNotUndone, match="no longer available"):
        undo(market, bob, accepted)
    assert problems(market.database) == []


def test_a_return_is_final_when_the_hit_has_ended_or_the_worker_is_blocked(
    market: Market, alice: str, bob: str
) -> None:
    ended, barred = returned(market, alice, bob), returned(market, alice, bob, title="Another")
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=ended.hit_id, expire_at=market.clock.now())
    with pytest.raises(ReturnNotUndone):
        undo(market, bob, ended)
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="No.")
    with pytest.raises(BlockedByRequester):
        undo(market, bob, barred)


def test_only_a_worker_undoes_their_own_return_and_only_a_return(
    market: Market, alice: str, bob: str, charlie: str
) -> None:
    accepted = returned(market, alice, bob)
    with pytest.raises(WorkDoesNotExist):
        undo(market, charlie, accepted)
    submitted = accepted_work(market, alice, bob)
    market.perform(bob, submission.submit, assignment_id=submitted.assignment_id, fields=[("colour", "blue")])
    with pytest.raises(ReturnNotUndone):
        undo(market, bob, submitted)


def test_a_full_queue_takes_no_return_back(market: Market, alice: str, bob: str) -> None:
    accepted = returned(market, alice, bob)
    for number in range(market.rules.queue_limit):
        accepted_work(market, alice, bob, title=f"Task {number}")
    with pytest.raises(QueueFull):
        undo(market, bob, accepted)


def test_files_are_kept_as_long_as_a_return_can_be_undone(market: Market, alice: str, bob: str) -> None:
    accepted = accepted_work(market, alice, bob)
    about = {"assignment_id": accepted.assignment_id}
    key = market.perform(bob, uploads.begin, **about, question_identifier="photo", file_name="mug.png", max_bytes=9)
    market.perform(bob, uploads.keep, **about, file_key=key, size_in_bytes=3)
    market.perform(bob, work.return_assignment, **about)
    assert market.perform(bob, uploads.list_uploads, **about) == []
    undo(market, bob, accepted)
    assert [one.file_key for one in market.perform(bob, uploads.list_uploads, **about)] == [key]


def test_a_skipped_hit_is_returned_for_another_of_its_group(market: Market, alice: str, bob: str) -> None:
    first, second = new_hit(market, alice), new_hit(market, alice)
    accepted = market.perform(bob, work.accept, group_id=first.hit_group_id)
    other = second.hit_id if accepted.hit_id == first.hit_id else first.hit_id
    token = {"request_token": "one-click"}
    following = market.perform(bob, returns.skip, assignment_id=accepted.assignment_id, **token)
    assert following.hit_id == other
    assert market.perform(bob, returns.skip, assignment_id=accepted.assignment_id, **token) == following, "two clicks"
    assert hit_now(market, alice, accepted.hit_id).number_of_assignments_pending == 0
    with pytest.raises(WorkNotOpen):
        market.perform(bob, submission.submit, assignment_id=accepted.assignment_id, fields=[])
    assert problems(market.database) == []


def test_the_last_hit_of_a_group_is_not_lost_by_skipping_it(market: Market, alice: str, bob: str) -> None:
    accepted = accepted_work(market, alice, bob)
    with pytest.raises(NoMoreHITs):
        market.perform(bob, returns.skip, assignment_id=accepted.assignment_id)
    assert [one.assignment_id for one in market.perform(bob, work.list_queue)] == [accepted.assignment_id]


def test_skipping_previews_leads_through_the_group_and_round(market: Market, alice: str, bob: str) -> None:
    hits = {new_hit(market, alice).hit_id for _ in range(3)}
    group_id = hit_now(market, alice, min(hits)).hit_group_id
    seen = [market.perform(bob, listings.get_preview, group_id=group_id).hit_id]
    for _ in range(3):
        seen.append(market.perform(bob, listings.get_preview, group_id=group_id, after=seen[-1]).hit_id)
    assert set(seen[:3]) == hits
    assert seen[3] == seen[0]


@pytest.mark.slow
def test_of_an_undo_and_another_acceptance_at_once_exactly_one_succeeds(
    market: Market, alice: str, bob: str, charlie: str
) -> None:
    for number in range(20):
        accepted = returned(market, alice, bob, title=f"Task {number}")
        with ThreadPoolExecutor(2) as racing:
            tries = [
                racing.submit(market.perform, bob, returns.undo_return, assignment_id=accepted.assignment_id),
                racing.submit(market.perform, charlie, work.accept, group_id=accepted.hit_group_id),
            ]
        won = [one.exception() is None for one in tries]
        assert sorted(won) == [False, True]
        worker = (bob, charlie)[won.index(True)]
        with contextlib.suppress(RequestError):
            held = market.perform(worker, work.list_queue)
            market.perform(worker, work.return_assignment, assignment_id=held[0].assignment_id)
        pass_time(market, work.UNDO_SECONDS)
    assert problems(market.database) == []
