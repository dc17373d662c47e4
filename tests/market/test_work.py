"""The Worker's side: accept, return, submit, and what is told when it cannot be."""

import msgspec
import pytest

from kempelen.core.money import Money
from kempelen.core.wire.refusals import (
    AccountClosed,
    DailyLimitReached,
    GroupDoesNotExist,
    HITAlreadyDone,
    InvalidField,
    NoMoreHITs,
    QueueFull,
    WorkDoesNotExist,
    WorkNotOpen,
)
from kempelen.market.hits import hits, listings
from kempelen.market.work import assignments, bonuses, history, work
from tests.market.work import (
    ANSWER,
    DAYS,
    HOURS,
    MINUTES,
    accepted_work,
    balance,
    earned,
    new_hit,
    pass_time,
    places,
    submit_answer,
    submitted_work,
    work_status,
)


def test_a_worker_does_each_hit_of_a_group_once(market, alice, bob):
    made = {new_hit(market, alice).hit_id for _ in range(3)}
    group = new_hit(market, alice).hit_group_id
    done = set()
    for _ in range(4):
        accepted = market.perform(bob, work.accept, group_id=group)
        market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
        done.add(accepted.hit_id)
    assert made < done
    assert len(done) == 4
    with pytest.raises(NoMoreHITs, match="There are no more of these HITs available."):
        market.perform(bob, work.accept, group_id=group)


def test_a_group_answers_to_its_own_id_and_to_its_types(market, alice, bob):
    hit = new_hit(market, alice)
    assert market.perform(bob, work.accept, group_id=hit.hit_type_id).hit_id == hit.hit_id
    with pytest.raises(GroupDoesNotExist):
        market.perform(bob, work.accept, group_id="3UNKNOWN")


def test_returned_work_frees_its_place_and_may_be_taken_again(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    assert places(market, alice, accepted.hit_id) == ("Assignable", 1, 0, 0)
    again = market.perform(bob, work.accept, group_id=accepted.hit_group_id, hit_id=accepted.hit_id)
    assert again.assignment_id != accepted.assignment_id
    with pytest.raises(WorkNotOpen, match="You have returned it."):
        market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)


def test_the_same_request_accepts_one_hit_however_often_it_comes(market, alice, bob, charlie):
    for _ in range(4):
        hit = new_hit(market, alice)
    asked = {"group_id": hit.hit_group_id, "request_token": "one click"}
    first = market.perform(bob, work.accept, **asked)
    assert market.perform(bob, work.accept, **asked) == first
    assert market.perform(charlie, work.accept, **asked).assignment_id != first.assignment_id
    other = market.perform(bob, work.accept, group_id=hit.hit_group_id, request_token="another click")
    unnamed = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    accepted = {one.assignment_id for one in (first, other, unnamed)}
    assert {one.assignment_id for one in market.perform(bob, work.list_queue)} == accepted
    assert len(accepted) == 3
    with pytest.raises(InvalidField, match="A request token has at most 64 characters"):
        market.perform(bob, work.accept, group_id=hit.hit_group_id, request_token="x" * 65)


def test_a_request_whose_hit_is_not_open_any_more_or_that_means_another_group_accepts_anew(market, alice, bob):
    group, other = new_hit(market, alice).hit_group_id, new_hit(market, alice, title="Another").hit_group_id
    first = market.perform(bob, work.accept, group_id=group, request_token="t")
    assert market.perform(bob, work.accept, group_id=other, request_token="t").hit_group_id == other
    market.perform(bob, work.return_assignment, assignment_id=first.assignment_id)
    second = market.perform(bob, work.accept, group_id=group, request_token="t")
    market.perform(bob, work.return_assignment, assignment_id=second.assignment_id)
    third = market.perform(bob, work.accept, group_id=group, request_token="t")
    assert len({one.assignment_id for one in (first, second, third)}) == 3


def test_returning_again_changes_nothing_and_what_has_ended_otherwise_says_why(market, alice, bob):
    accepted = accepted_work(market, alice, bob, assignment_duration_in_seconds=MINUTES)
    for _ in range(2):
        market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    assert places(market, alice, accepted.hit_id) == ("Assignable", 1, 0, 0)
    late = market.perform(bob, work.accept, group_id=accepted.hit_group_id)
    pass_time(market, MINUTES)
    with pytest.raises(WorkNotOpen, match=r"This HIT cannot be returned\. Its time ran out"):
        market.perform(bob, work.return_assignment, assignment_id=late.assignment_id)


def test_a_named_hit_that_the_worker_has_is_refused(market, alice, bob):
    accepted = accepted_work(market, alice, bob, max_assignments=5)
    with pytest.raises(HITAlreadyDone):
        market.perform(bob, work.accept, group_id=accepted.hit_group_id, hit_id=accepted.hit_id)
    other = new_hit(market, alice, title="Another group")
    with pytest.raises(NoMoreHITs):
        market.perform(bob, work.accept, group_id=accepted.hit_group_id, hit_id=other.hit_id)


def test_the_first_answer_counts(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer="<first/>")
    with pytest.raises(WorkNotOpen, match="the first answer counts"):
        market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer="<second/>")
    told = market.perform(alice, assignments.get_assignment, assignment_id=accepted.assignment_id).assignment
    assert told.answer == "<first/>"
    assert told.submit_time == market.clock.now()
    assert (told.auto_approval_time - told.submit_time).days == 30


def test_work_is_abandoned_when_its_time_is_over_and_not_a_moment_before(market, alice, bob):
    accepted = accepted_work(market, alice, bob, assignment_duration_in_seconds=10 * MINUTES)
    pass_time(market, 10 * MINUTES - 0.001)
    assert places(market, alice, accepted.hit_id) == ("Unassignable", 0, 1, 0)
    pass_time(market, 0.001)
    assert places(market, alice, accepted.hit_id) == ("Assignable", 1, 0, 0)
    with pytest.raises(WorkNotOpen, match="Its time ran out"):
        market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)


def test_returning_after_expiry_releases_the_hold(market, alice, bob):
    accepted = accepted_work(market, alice, bob, lifetime_in_seconds=60)
    pass_time(market, 60)
    assert balance(market, alice) == "999.94"
    market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    assert places(market, alice, accepted.hit_id) == ("Reviewable", 1, 0, 0)
    assert balance(market, alice) == "1000.00"


def test_an_expired_hit_is_not_accepted(market, alice, bob):
    hit = new_hit(market, alice, lifetime_in_seconds=60)
    pass_time(market, 60)
    with pytest.raises(NoMoreHITs):
        market.perform(bob, work.accept, group_id=hit.hit_group_id)


def test_no_delay_approves_at_once(market, alice, bob):
    assignment = submitted_work(market, alice, bob, auto_approval_delay_in_seconds=0)
    assert work_status(market, alice, assignment) == "Approved"
    assert earned(market, bob) == "0.05"


def test_silence_approves_after_the_delay(market, alice, bob):
    assignment = submitted_work(market, alice, bob, auto_approval_delay_in_seconds=3 * DAYS)
    pass_time(market, 3 * DAYS - 1)
    assert work_status(market, alice, assignment) == "Submitted"
    pass_time(market, 1)
    assert work_status(market, alice, assignment) == "Approved"
    assert (balance(market, alice), earned(market, bob)) == ("999.94", "0.05")
    (item,) = market.perform(bob, history.list_submitted).items
    assert item.auto_approved


def test_the_queue_has_an_end_and_a_return_makes_room(market, alice, bob):
    group = {new_hit(market, alice).hit_group_id for _ in range(26)}.pop()
    taken = [market.perform(bob, work.accept, group_id=group) for _ in range(25)]
    with pytest.raises(QueueFull, match=r"accepted the maximum number of HITs allowed at one time \(25\)"):
        market.perform(bob, work.accept, group_id=group)
    market.perform(bob, work.return_assignment, assignment_id=taken[0].assignment_id)
    assert market.perform(bob, work.accept, group_id=group)


def test_a_days_limit_counts_returned_work_and_ends_at_midnight(market, alice, bob):
    market.rules = msgspec.structs.replace(market.rules, daily_limit=2)
    group = new_hit(market, alice, lifetime_in_seconds=3 * DAYS).hit_group_id
    for _ in range(2):
        accepted = market.perform(bob, work.accept, group_id=group)
        market.perform(bob, work.return_assignment, assignment_id=accepted.assignment_id)
    with pytest.raises(DailyLimitReached, match="cannot work on any more HITs today"):
        market.perform(bob, work.accept, group_id=group)
    pass_time(market, 12 * HOURS)
    assert market.perform(bob, work.accept, group_id=group)


def test_a_closed_account_takes_no_work(market, alice, bob):
    hit = new_hit(market, alice)
    with market.database.writing() as db:
        db.run("UPDATE worker SET status = 'Suspended' WHERE worker_id = :bob", bob=bob)
    with pytest.raises(AccountClosed):
        market.perform(bob, work.accept, group_id=hit.hit_group_id)


def test_charlie_has_no_part_in_bobs_work(market, alice, bob, charlie):
    accepted = accepted_work(market, alice, bob)
    for function, members in (
        (work.get_work, {}),
        (work.return_assignment, {}),
        (submit_answer, {"answer": "<mine/>"}),
    ):
        with pytest.raises(WorkDoesNotExist):
            market.perform(charlie, function, assignment_id=accepted.assignment_id, **members)
    assert market.perform(charlie, work.list_queue) == []
    assert [item.assignment_id for item in market.perform(bob, work.list_queue)] == [accepted.assignment_id]


def test_alice_who_knows_every_id_cannot_act_as_bob(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    with pytest.raises(WorkDoesNotExist):
        market.perform(alice, submit_answer, assignment_id=accepted.assignment_id, answer="<forged/>")


def test_the_dashboard_and_the_history_tell_everything(market, alice, bob):
    paid, refused, waiting = (submitted_work(market, alice, bob, title=title) for title in "ABC")
    market.perform(alice, assignments.approve_assignment, assignment_id=paid)
    market.perform(alice, assignments.reject_assignment, assignment_id=refused, requester_feedback="Not a mug.")
    market.perform(
        alice,
        bonuses.send_bonus,
        worker_id=bob,
        assignment_id=paid,
        bonus_amount=Money.parse("0.25"),
        reason="Fast",
    )
    dashboard = market.perform(bob, history.get_dashboard)
    assert (dashboard.approved, dashboard.rejected, dashboard.pending) == (1, 1, 1)
    assert dashboard.approval_rate == 50
    assert [str(money) for money in (dashboard.rewards, dashboard.bonuses, dashboard.earned)] == [
        "0.05",
        "0.25",
        "0.30",
    ]
    (day,) = dashboard.days
    assert (day.submitted, day.approved, day.rejected, day.pending, str(day.earnings)) == (3, 1, 1, 1, "0.30")
    told = {item.assignment_id: item for item in market.perform(bob, history.list_submitted).items}
    assert told[refused].requester_feedback == "Not a mug."
    assert [bonus.reason for bonus in told[paid].bonuses] == ["Fast"]
    assert told[waiting].status == "Submitted"
    today, other = market.clock.now().date(), replace_year(market.clock.now().date())
    assert market.perform(bob, history.list_submitted, status="Rejected", day=today).total == 1
    assert market.perform(bob, history.list_submitted, day=other).total == 0


def replace_year(day):
    return day.replace(year=day.year - 1)


def test_groups_are_searched_sorted_and_counted(market, alice, charlie_requester, bob):
    new_hit(market, alice, title="Blue mugs", reward=Money.parse("0.10"))
    pass_time(market, 1)
    new_hit(market, alice, title="Red mugs", reward=Money.parse("0.30"))
    new_hit(market, alice, title="Red mugs", reward=Money.parse("0.30"))
    pass_time(market, 1)
    new_hit(market, charlie_requester, title="100% cups_", keywords="tea", reward=Money.parse("0.20"))

    def found(**members):
        page = market.perform(bob, listings.list_groups, **members)
        return [group.title for group in page.groups], page.total

    assert found() == (["100% cups_", "Red mugs", "Blue mugs"], 3)
    assert found(sort="reward_desc")[0] == ["Red mugs", "100% cups_", "Blue mugs"]
    assert found(sort="num_hits_desc")[0][0] == "Red mugs"
    assert found(search="MUGS red") == (["Red mugs"], 1)
    assert found(search="charlie")[0] == ["100% cups_"]
    assert found(search="100%")[0] == ["100% cups_"]
    assert found(search="s_")[0] == ["100% cups_"]
    assert found(search="%%") == ([], 0)
    assert found(search="%" * 70_000) == ([], 0)
    assert found(min_reward=Money.parse("0.20"))[1] == 2
    assert found(requester_id=alice)[1] == 2
    assert found(page_size=10, page_number=2) == ([], 3)


def test_a_group_without_open_hits_is_not_listed_but_found_by_its_address(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    assert market.perform(bob, listings.list_groups).groups == []
    assert market.perform(bob, listings.get_group, group_id=accepted.hit_group_id).open_hits == 0
    with pytest.raises(NoMoreHITs):
        market.perform(bob, listings.get_preview, group_id=accepted.hit_group_id)


def test_a_preview_shows_an_open_hit(market, alice, bob):
    hit = new_hit(market, alice)
    preview = market.perform(bob, listings.get_preview, group_id=hit.hit_type_id)
    assert (preview.hit_id, preview.question) == (hit.hit_id, hit.question)
    assert market.perform(alice, hits.get_hit, hit_id=hit.hit_id).hit.number_of_assignments_pending == 0


def test_a_preview_that_was_begun_stays_when_somebody_takes_its_hit(market, alice, bob, charlie):
    hit = new_hit(market, alice)
    accepted = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    begun = {"group_id": hit.hit_group_id, "hit_id": hit.hit_id}
    assert market.perform(charlie, listings.get_preview, **begun).question == hit.question
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    with pytest.raises(NoMoreHITs):
        market.perform(charlie, listings.get_preview, **begun)
