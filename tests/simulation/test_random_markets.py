"""Random Requesters, Workers and time on the real market: after each step the books balance and nothing is amiss.

hypothesis draws the steps and, when one fails, prints the shortest history that does. What is played is the same in
every run: a few histories in `make check`, many in `make test`. To look for what those do not find, play so many
others, different ones each time:

    KEMPELEN_SIMULATION=5000 .venv/bin/pytest tests/simulation -k many
"""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.core.wire.errors import (
    AssignmentDoesNotExist,
    HITAlreadyExists,
    HITDoesNotExist,
    HITHasAssignments,
    InsufficientFunds,
    InvalidAssignmentState,
    InvalidHITState,
    InvalidMaximumAssignmentsIncrease,
    InvalidParameterValue,
    InvalidQualificationTypeState,
    MissingParameters,
    NoNotificationYet,
    QualificationTypeDoesNotExist,
    RequestError,
    TokenAlreadyProcessed,
    ValueOutOfRange,
)
from kempelen.core.wire.event_documents import EVENT_TYPES, EventType, NotificationSpecification
from kempelen.core.wire.operations import access_of
from kempelen.core.wire.refusals import (
    AccountClosed,
    BlockedByRequester,
    DailyLimitReached,
    DoesNotMeetRequirements,
    HITAlreadyDone,
    HITNotReturnable,
    NoMoreHITs,
    QueueFull,
    ReturnNotUndone,
    WorkDoesNotExist,
    WorkNotOpen,
)
from kempelen.core.wire.shapes import QualificationRequirement, ReviewPolicy
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_changes, hit_creation, hit_types, hits
from kempelen.market.messaging import notifications
from kempelen.market.people import accounts
from kempelen.market.work import assignments, bonuses, history, returns, review_policies, work
from kempelen.store.database import instant
from tests import databases
from tests.market.test_review_policies import known, plurality
from tests.market.work import DAYS, HOURS, MINUTES, QUESTION, submit_answer
from tests.simulation.qualifying import GOING, Qualifying
from tests.simulation.recount import Row, problems
from tests.simulation.town import RULES, Town

UNDO_REFUSALS = (
    AccountClosed,
    BlockedByRequester,
    DoesNotMeetRequirements,
    HITAlreadyDone,
    QueueFull,
    ReturnNotUndone,
    WorkDoesNotExist,
)
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/lab"
DAY_MS = 1000 * DAYS
RETAINED_MS = RULES.retention_days * DAY_MS
MOST = 1_000_000_000

Policies = tuple[ReviewPolicy | None, ReviewPolicy | None]
STRICT = known({"colour": "red", "handle": "yes"}, ApproveIfKnownAnswerScoreIsAtLeast=100, ApproveReason="Thank you!",
               RejectIfKnownAnswerScoreIsLessThan=50, ExtendIfKnownAnswerScoreIsLessThan=50)  # fmt: skip
ASKING = known(
    ExtendIfKnownAnswerScoreIsLessThan=100, ExtendMaximumAssignments=12, ExtendMinimumTimeInSeconds=2 * HOURS
)
AGREEING = plurality(
    ("colour", "handle"), DisregardAssignmentIfRejected="T", ApproveIfWorkerAgreementScoreIsAtLeast=100
)
DIVIDING = plurality(
    ExtendIfHITAgreementScoreIsLessThan=100,
    ExtendMaximumAssignments=4,
    ExtendMinimumTimeInSeconds=HOURS,
    ApproveIfWorkerAgreementScoreIsAtLeast=50,
    RejectIfWorkerAgreementScoreIsLessThan=50,
    RejectReason="Others see another colour.",
)
policies = st.sampled_from(
    [
        (None, None),
        (None, None),
        (STRICT, None),
        (ASKING, None),
        (None, AGREEING),
        (None, DIVIDING),
        (STRICT, AGREEING),
        (ASKING, DIVIDING),
    ]
)
colours = st.sampled_from(["red", "red", "blue", ""])
people = st.integers(0, 2)
which = st.integers(0, 19)  # of the rows there are; see RandomMarket.pick
seldom = st.integers(0, 9).map(lambda number: number == 9)
tokens = st.none() | st.none() | st.sampled_from(["one", "two"])
rewards = st.sampled_from(["0", "0.01", "0.05", "0.07", "0.50", "2.00"]).map(Money.parse)
spans = st.sampled_from([1, MINUTES, HOURS, HOURS, 23 * HOURS, DAYS, DAYS, 30 * DAYS, 121 * DAYS])


class RandomMarket(Qualifying, RuleBasedStateMachine):
    """What anybody may try at any moment, each with what must come of it."""

    # ------------------------------------------------------------------------------------------ the frame

    @initialize(first=policies, second=policies)
    def begin(self, first: Policies, second: Policies) -> None:
        self.town = Town(self.fresh_target())
        self.town.settle()
        self.rows = self.before = self.town.rows()
        self.used: dict[tuple[str, ...], int] = {}  # tokens, and when they were used
        self.types: dict[tuple[Any, ...], str] = {}
        self.give_everybody_something_to_do(first, second)

    def give_everybody_something_to_do(self, first: Policies, second: Policies) -> None:
        """HITs of two Requesters, with these policies; one assignment accepted, one submitted."""
        self.create_hit_type(0, "Cups", Money.parse("0.50"), HOURS, 30 * DAYS)
        self.create_hit_type(1, "Mugs", Money.parse("0.05"), 3 * DAYS, HOURS)
        for which_type, places, given in ((0, 2, first), (1, 3, second)):
            self.create_hit(which_type, False, False, places, 30 * DAYS, None, given)
        self.accept(0, 0, True)
        self.accept(1, 1, True)
        self.submit(0, False, "red")
        self.give_everybody_something_to_ask_for()

    def teardown(self) -> None:
        """The same steps again, on another database: the same outcomes, and the same rows byte for byte."""
        if not hasattr(self, "town"):
            return
        again = Town(":memory:")
        try:
            again.play_again(self.town.steps)
            assert [step.outcome for step in again.steps] == [step.outcome for step in self.town.steps]
            assert again.dump() == self.town.dump()
        finally:
            again.close()
            self.town.close()

    def fresh_target(self) -> str:
        """An empty database to play on."""
        return ":memory:"

    @invariant()
    def nothing_is_amiss(self) -> None:
        """The recount of the rows, the way to them from the rows before, and the market's own check."""
        assert problems(self.before, self.rows, self.town.now()) == []
        assert checks.problems(self.town.database) == []

    @invariant()
    def requesters_read_what_the_rows_say(self) -> None:
        """Balances, statuses and the three counts of docs/mturk/api.md 4.1, for everybody's own HITs alone."""
        for requester in self.town.requesters:
            balance = self.town.market.perform(requester, accounts.get_account_balance).available_balance
            assert balance.micros == self.available(requester)
            listed = self.town.market.perform(requester, hits.list_hits, max_results=100)
            mine = {hit["hit_id"]: hit for hit in self.rows["hit"] if hit["requester_id"] == requester}
            assert {hit.hit_id for hit in listed.hits} == {
                hit_id for hit_id, hit in mine.items() if hit["status"] != "Disposed"
            }
            for hit in listed.hits:
                counts = self.work_of(hit.hit_id)
                told = (
                    hit.number_of_assignments_available,
                    hit.number_of_assignments_pending,
                    hit.number_of_assignments_completed,
                )
                assert hit.hit_status == mine[hit.hit_id]["status"]
                assert told == (
                    hit.max_assignments - sum(counts.values()),
                    counts["Accepted"],
                    counts["Approved"] + counts["Rejected"],
                )

    def attempt(self, expected: type[RequestError] | None, caller: str, function: Callable[..., Any], **arguments: Any):
        """It is done, or refused as expected; then not a row has changed. Answers what was answered, if it was done."""
        answer, refusal = self.answer_or_refusal(caller, function, arguments)
        if refusal is not None:
            assert type(refusal) is expected, f"refused with {refusal!r}, expected {expected}"
            assert self.town.rows() == self.rows, "a refusal has changed something"
            return None
        assert expected is None, f"done, though {expected} was to be expected"
        self.look()
        assert self.before == self.rows or not access_of(function).reads, "looking has changed something"
        return answer

    def answer_or_refusal(
        self, caller: str, function: Callable[..., Any], arguments: dict[str, Any]
    ) -> tuple[Any, RequestError | None]:
        try:
            return self.town.perform(caller, function, **arguments), None
        except RequestError as refusal:
            return None, refusal

    def look(self) -> None:
        self.before, self.rows = self.rows, self.town.rows()

    # ------------------------------------------------------------------------------------------ what the rows say

    def pick(self, table: str, number: int, *fitting: str) -> Row:
        """A row; mostly one whose status fits what is to be done, if there is one."""
        rows = self.rows[table]
        fit = [row for row in rows if row["status"] in fitting] if fitting and number % 5 else rows
        return (fit or rows)[number % len(fit or rows)]

    def row(self, table: str, row_id: str) -> Row:
        return next(row for row in self.rows[table] if row[f"{table}_id"] == row_id)

    def work_of(self, hit_id: str) -> dict[str, int]:
        """How many assignments of a HIT are in each status that takes a place."""
        taking = ("Accepted", "Submitted", "Approved", "Rejected")
        mine = [row["status"] for row in self.rows["assignment"] if row["hit_id"] == hit_id]
        return {status: mine.count(status) for status in taking}

    def available(self, requester: str) -> int:
        """Deposits less all that was spent and all that is held."""
        own = {
            row["kind"]: row["balance_micros"]
            for row in self.rows["account"]
            if row["requester_id"] == requester and row["worker_id"] is None
        }
        earned = sum(
            row["balance_micros"]
            for row in self.rows["account"]
            if row["requester_id"] == requester and row["worker_id"] is not None
        )
        return -own["outside"] - own["hold"] - own["fees"] - earned

    def may_see(self, requester: str, hit: Row) -> bool:
        gone = hit["disposed_at"] is not None and hit["disposed_at"] <= self.town.now() - RETAINED_MS
        return hit["requester_id"] == requester and not gone

    def is_used(self, *token: str | None) -> bool:
        """Has this token been used within 24 hours? One that is not there never has."""
        return None not in token and self.used.get(token, -DAY_MS) > self.town.now() - DAY_MS

    def use(self, *token: str | None) -> None:
        if None not in token:
            self.used[token] = self.town.now()

    def asker(self, owner: str, is_stranger: bool) -> str:
        """Who asks: the owner, or now and then somebody else."""
        others = [requester for requester in self.town.requesters if requester != owner]
        return others[0] if is_stranger else owner

    # ------------------------------------------------------------------------------------------ Requesters ask

    @rule(
        person=people,
        title=st.sampled_from(["Cups", "Mugs"]),
        reward=rewards,
        duration=st.sampled_from([30, HOURS, 3 * DAYS]),
        delay=st.sampled_from([0, HOURS, 30 * DAYS]),
    )
    def create_hit_type(self, person: int, title: str, reward: Money, duration: int, delay: int) -> None:
        requester = self.town.requesters[person]
        made = self.attempt(
            None,
            requester,
            hit_types.create_hit_type,
            title=title,
            description="One question.",
            reward=reward,
            assignment_duration_in_seconds=duration,
            auto_approval_delay_in_seconds=delay,
        )
        same = self.types.setdefault((requester, title, reward, duration, delay), made.hit_type_id)
        assert made.hit_type_id == same

    @rule(
        type_number=which,
        is_stranger=seldom,
        by_terms=st.booleans(),
        places=st.sampled_from([1, 1, 2, 3, 9, 10]),
        lifetime=st.sampled_from([30, HOURS, DAYS, DAYS, 30 * DAYS, 365 * DAYS]),
        token=tokens,
        policies=policies,
    )
    def create_hit(
        self,
        type_number: int,
        is_stranger: bool,
        by_terms: bool,
        places: int,
        lifetime: int,
        token: str | None,
        policies: Policies,
    ) -> None:
        """By the id of its type, or by the same terms again; now and then with review policies."""
        hit_type = self.pick("hit_type", type_number)
        hit_type_id = hit_type["hit_type_id"]
        requester = self.asker(hit_type["requester_id"], is_stranger and not by_terms)
        share = hit_type["reward_micros"] + fee(hit_type["reward_micros"], places)
        expected: type[RequestError] | None = None
        if by_terms and self.is_any(hit_type, "Disposed"):
            expected = QualificationTypeDoesNotExist
        elif requester != hit_type["requester_id"] or (not by_terms and self.is_any(hit_type, *GOING)):
            expected = InvalidParameterValue
        elif self.is_used(requester, "CreateHIT", token):
            expected = HITAlreadyExists
        elif self.is_any(hit_type, "Inactive", *GOING):
            expected = InvalidQualificationTypeState
        elif share * places > self.available(requester):
            expected = InsufficientFunds
        made = self.attempt(
            expected,
            requester,
            hit_creation.create_hit if by_terms else hit_creation.create_hit_with_hit_type,
            **(terms(hit_type) if by_terms else {"hit_type_id": hit_type_id}),
            lifetime_in_seconds=lifetime,
            max_assignments=places,
            question=QUESTION,
            unique_request_token=token,
            assignment_review_policy=policies[0],
            hit_review_policy=policies[1],
        )
        if made is not None:
            self.use(requester, "CreateHIT", token)
            assert made.hit.hit_type_id == hit_type_id
            assert self.row("hit", made.hit.hit_id)["fee_micros"] == fee(hit_type["reward_micros"], places)

    @rule(number=which, is_stranger=seldom, count=st.sampled_from([1, 1, 2, 8, MOST]), token=tokens)
    def create_additional_assignments(self, number: int, is_stranger: bool, count: int, token: str | None) -> None:
        hit = self.pick("hit", number)
        hit_id = hit["hit_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        share = hit["reward_micros"] + hit["fee_micros"]
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = HITDoesNotExist
        elif self.is_used(requester, "CreateAdditionalAssignmentsForHIT", token):
            expected = TokenAlreadyProcessed
        elif hit["status"] == "Disposed":
            expected = InvalidHITState
        elif hit["max_assignments"] < 10 <= hit["max_assignments"] + count:
            expected = InvalidMaximumAssignmentsIncrease
        elif hit["max_assignments"] + count > MOST:
            expected = ValueOutOfRange
        elif not hit["expired"] and share * count > self.available(requester):
            expected = InsufficientFunds
        self.attempt(
            expected,
            requester,
            hit_changes.create_additional_assignments_for_hit,
            hit_id=hit_id,
            number_of_additional_assignments=count,
            unique_request_token=token,
        )
        if expected is None:
            self.use(requester, "CreateAdditionalAssignmentsForHIT", token)
            assert self.row("hit", hit_id)["max_assignments"] == hit["max_assignments"] + count

    @rule(
        number=which,
        is_stranger=seldom,
        by=st.sampled_from([-DAYS, 0, 59, 60, HOURS, HOURS, DAYS, DAYS, 365 * DAYS, 366 * DAYS]),
        of_expiration=st.booleans(),
    )
    def update_expiration(self, number: int, is_stranger: bool, by: int, of_expiration: bool) -> None:
        """To some time after now, or after the present expiration."""
        hit, now = self.pick("hit", number), self.town.now()
        hit_id = hit["hit_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        at = (hit["expires_at"] if of_expiration else now) + 1000 * by
        increment = at // 1000 - max(now, hit["expires_at"]) // 1000
        token = ("UpdateExpirationForHIT", hit_id, str(at // 1000))
        open_cost = (hit["reward_micros"] + hit["fee_micros"]) * hit["open"]
        is_silent = hit["status"] == "Disposed" or (hit["expired"] and at <= now)
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = HITDoesNotExist
        elif is_silent:
            expected = None
        elif self.is_used(requester, *token):
            expected = TokenAlreadyProcessed
        elif at > now and not 60 <= increment <= 365 * DAYS:
            expected = ValueOutOfRange
        elif at > now and hit["expired"] and open_cost > self.available(requester):
            expected = InsufficientFunds
        self.attempt(expected, requester, hit_changes.update_expiration_for_hit, hit_id=hit_id, expire_at=instant(at))
        if expected is None and is_silent:
            assert self.before == self.rows
        elif expected is None:
            self.use(requester, *token)
            assert self.row("hit", hit_id)["expires_at"] == max(at, now)

    @rule(number=which, is_stranger=seldom, revert=st.booleans())
    def update_review_status(self, number: int, is_stranger: bool, revert: bool) -> None:
        hit = self.pick("hit", number, "Reviewable", "Reviewing")
        hit_id = hit["hit_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        source, target = ("Reviewing", "Reviewable") if revert else ("Reviewable", "Reviewing")
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = HITDoesNotExist
        elif hit["status"] != source:
            expected = InvalidHITState
        self.attempt(expected, requester, hit_changes.update_hit_review_status, hit_id=hit_id, revert=revert)
        assert expected is not None or self.row("hit", hit_id)["status"] == target

    @rule(number=which, type_number=which, is_stranger=seldom)
    def update_hit_type(self, number: int, type_number: int, is_stranger: bool) -> None:
        hit, hit_type = self.pick("hit", number, "Assignable", "Reviewable"), self.pick("hit_type", type_number)
        hit_id, hit_type_id = hit["hit_id"], hit_type["hit_type_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        share = hit_type["reward_micros"] + fee(hit_type["reward_micros"], hit["max_assignments"])
        held = (hit["reward_micros"] + hit["fee_micros"]) * hit["max_assignments"]
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = HITDoesNotExist
        elif hit_type["requester_id"] != requester:
            expected = InvalidParameterValue
        elif hit["hit_type_id"] == hit_type_id:
            expected = None
        elif self.is_any(hit_type, *GOING):
            expected = InvalidParameterValue
        elif hit["status"] != "Disposed" and sum(self.work_of(hit_id).values()):
            expected = HITHasAssignments
        elif hit["status"] not in ("Assignable", "Reviewable"):
            expected = InvalidHITState
        elif self.is_any(hit_type, "Inactive"):
            expected = InvalidQualificationTypeState
        elif hit["status"] == "Assignable" and share * hit["max_assignments"] > self.available(requester) + held:
            expected = InsufficientFunds
        self.attempt(expected, requester, hit_changes.update_hit_type_of_hit, hit_id=hit_id, hit_type_id=hit_type_id)
        assert expected is not None or self.row("hit", hit_id)["hit_type_id"] == hit_type_id

    @rule(
        number=which,
        is_stranger=seldom,
        kinds=st.none() | st.lists(st.sampled_from(sorted(EVENT_TYPES)), min_size=1, max_size=9),
        active=st.none() | st.booleans(),
    )
    def change_notifications(
        self, number: int, is_stranger: bool, kinds: list[EventType] | None, active: bool | None
    ) -> None:
        hit_type = self.pick("hit_type", number)
        hit_type_id = hit_type["hit_type_id"]
        stored = [row for row in self.rows["notification"] if row["hit_type_id"] == hit_type_id]
        expected: type[RequestError] | None = None
        if kinds is None and active is None:
            expected = MissingParameters
        elif is_stranger:
            expected = InvalidParameterValue
        elif kinds is None and not stored:
            expected = NoNotificationYet
        wanted = kinds and NotificationSpecification(
            destination=QUEUE, transport="SQS", version="2014-08-15", event_types=kinds
        )
        self.attempt(
            expected,
            self.asker(hit_type["requester_id"], is_stranger),
            notifications.update_notification_settings,
            hit_type_id=hit_type_id,
            notification=wanted,
            active=active,
        )
        if expected is None:
            (now,) = (row for row in self.rows["notification"] if row["hit_type_id"] == hit_type_id)
            was = bool(stored[0]["active"]) if stored else True
            assert bool(now["active"]) == (was if active is None else active)
            assert kinds is None or json.loads(now["event_types"]) == sorted(set(kinds))

    @rule(person=people, chosen=st.lists(people, min_size=1, max_size=3))
    def notify_workers(self, person: int, chosen: list[int]) -> None:
        requester, workers = self.town.requesters[person], [self.town.workers[number] for number in chosen]
        decided = {
            row["worker_id"]
            for row in self.rows["assignment"]
            if row["requester_id"] == requester and row["status"] in ("Approved", "Rejected")
        }
        answer = self.attempt(
            None,
            requester,
            notifications.notify_workers,
            subject="Thanks",
            message_text="Come back.",
            worker_ids=workers,
        )
        refused = [each.worker_id for each in answer.notify_workers_failure_statuses]
        assert refused == [each for each in dict.fromkeys(workers) if each not in decided]

    @rule(number=which, is_stranger=seldom)
    def delete_hit(self, number: int, is_stranger: bool) -> None:
        hit = self.pick("hit", number, "Reviewable", "Reviewing")
        hit_id = hit["hit_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = HITDoesNotExist
        elif hit["status"] not in ("Reviewable", "Reviewing") or self.work_of(hit_id)["Submitted"]:
            expected = InvalidHITState
        self.attempt(expected, requester, hit_changes.delete_hit, hit_id=hit_id)
        assert expected is not None or self.row("hit", hit_id)["status"] == "Disposed"

    @rule(person=people, dollars=st.sampled_from(["0.01", "1", "10", "50"]))
    def deposit(self, person: int, dollars: str) -> None:
        requester = self.town.requesters[person]
        had = self.available(requester)
        self.attempt(None, OPERATOR, accounts.deposit, requester_id=requester, amount=Money.parse(dollars))
        assert self.available(requester) == had + Money.parse(dollars).micros

    # ------------------------------------------------------------------------------------------ Workers work

    @rule(number=which, person=people, this_one=st.booleans())
    def accept(self, number: int, person: int, this_one: bool) -> None:
        """This HIT, or any of its group."""
        worker, hit = self.town.workers[person], self.pick("hit", number, "Assignable")
        hit_id = hit["hit_id"]
        had = {
            row["hit_id"]
            for row in self.rows["assignment"]
            if row["worker_id"] == worker and row["status"] not in ("Returned", "Abandoned")
        }
        mine = [row for row in self.rows["assignment"] if row["worker_id"] == worker]
        midnight = self.town.now() // DAY_MS * DAY_MS
        choice = [
            row["hit_id"]
            for row in self.rows["hit"]
            if row["status"] == "Assignable"
            and row["hit_group_id"] == hit["hit_group_id"]
            and row["hit_id"] not in had
            and (row["hit_id"] == hit_id or not this_one)
        ]
        expected = self.why_not_work(worker, hit)
        if expected is not None:
            pass
        elif sum(row["status"] == "Accepted" for row in mine) >= RULES.queue_limit:
            expected = QueueFull
        elif sum(row["accepted_at"] >= midnight for row in mine) >= RULES.daily_limit:
            expected = DailyLimitReached
        elif this_one and hit_id in had:
            expected = HITAlreadyDone
        elif not choice:
            expected = NoMoreHITs
        taken = self.attempt(
            expected,
            worker,
            work.accept,
            group_id=hit["hit_type_id"] if this_one else hit["hit_group_id"],
            hit_id=hit_id if this_one else None,
        )
        assert taken is None or taken.hit_id in choice

    def expected_of_work(self, worker: str, row: Row) -> type[RequestError] | None:
        if row["worker_id"] != worker:
            return WorkDoesNotExist
        return None if row["status"] == "Accepted" else WorkNotOpen

    @rule(number=which, by_other=seldom, colour=colours)
    def submit(self, number: int, by_other: bool, colour: str) -> None:
        row = self.pick("assignment", number, "Accepted")
        self.hand_in(row, self.worker_of(row, by_other), colour)

    def hand_in(self, row: Row, worker: str, colour: str) -> None:
        """What policies make of it the recount says; without one nobody is rejected, and all is in its time."""
        assignment_id, hit = row["assignment_id"], self.row("hit", row["hit_id"])
        expected = self.expected_of_work(worker, row)
        answer = answers.to_xml([("colour", colour), ("handle", "yes" if colour else "")])
        self.attempt(expected, worker, submit_answer, assignment_id=assignment_id, answer=answer)
        if expected is None:
            now = self.row("assignment", assignment_id)
            is_approved = now["auto_approve_at"] == self.town.now()
            if hit["assignment_review_policy"] or hit["hit_review_policy"]:
                assert now["status"] != "Submitted" or not is_approved
            else:
                assert now["status"] == ("Approved" if is_approved else "Submitted")

    @rule(number=which, by_other=seldom)
    def return_assignment(self, number: int, by_other: bool) -> None:
        row = self.pick("assignment", number, "Accepted")
        assignment_id = row["assignment_id"]
        worker = self.worker_of(row, by_other)
        expected = self.expected_of_work(worker, row)
        if expected is WorkNotOpen:  # returning once more is no error
            expected = None if row["status"] == "Returned" else HITNotReturnable
        self.attempt(expected, worker, work.return_assignment, assignment_id=assignment_id)
        assert expected is not None or self.row("assignment", assignment_id)["status"] == "Returned"

    @rule(number=which, by_other=seldom)
    def undo_return(self, number: int, by_other: bool) -> None:
        """Undone it goes on as it was; refused, for whatever reason, nothing has changed."""
        row = self.pick("assignment", number, "Returned")
        about, worker = {"assignment_id": row["assignment_id"]}, self.worker_of(row, by_other)
        accepted, refusal = self.answer_or_refusal(worker, returns.undo_return, about)
        if refusal is not None:
            assert isinstance(refusal, UNDO_REFUSALS)
            assert self.town.rows() == self.rows, "a refusal has changed something"
            return
        self.look()
        now = self.row("assignment", row["assignment_id"])
        assert worker == row["worker_id"]
        assert row["status"] in ("Returned", "Accepted")
        assert (now["status"], now["due_at"], accepted.hit_id) == ("Accepted", row["due_at"], row["hit_id"])

    def worker_of(self, row: Row, by_other: bool) -> str:
        others = [worker for worker in self.town.workers if worker != row["worker_id"]]
        return others[0] if by_other else row["worker_id"]

    # ------------------------------------------------------------------------------------------ Requesters decide

    @rule(number=which, is_stranger=seldom, override=st.booleans())
    def approve(self, number: int, is_stranger: bool, override: bool) -> None:
        row = self.pick("assignment", number, "Submitted", "Rejected")
        assignment_id = row["assignment_id"]
        hit = self.row("hit", row["hit_id"])
        requester = self.asker(hit["requester_id"], is_stranger)
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = AssignmentDoesNotExist
        elif row["status"] == "Rejected" and override:
            if hit["status"] == "Disposed":
                expected = InvalidHITState
            elif row["submitted_at"] < self.town.now() - RULES.override_days * DAY_MS:
                expected = InvalidAssignmentState
            elif hit["reward_micros"] + hit["fee_micros"] > self.available(requester):
                expected = InsufficientFunds
        elif row["status"] != "Submitted":
            expected = InvalidAssignmentState
        self.attempt(
            expected,
            requester,
            assignments.approve_assignment,
            assignment_id=assignment_id,
            override_rejection=override,
        )
        assert expected is not None or self.row("assignment", assignment_id)["status"] == "Approved"
        assert self.row("hit", hit["hit_id"])["status"] == hit["status"], "a decision has moved the HIT"

    @rule(number=which, is_stranger=seldom)
    def reject(self, number: int, is_stranger: bool) -> None:
        row = self.pick("assignment", number, "Submitted")
        assignment_id = row["assignment_id"]
        hit = self.row("hit", row["hit_id"])
        requester = self.asker(hit["requester_id"], is_stranger)
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit):
            expected = AssignmentDoesNotExist
        elif row["status"] != "Submitted":
            expected = InvalidAssignmentState
        self.attempt(
            expected,
            requester,
            assignments.reject_assignment,
            assignment_id=assignment_id,
            requester_feedback="Not a mug.",
        )
        assert expected is not None or self.row("assignment", assignment_id)["status"] == "Rejected"
        assert self.row("hit", hit["hit_id"])["status"] == hit["status"], "a decision has moved the HIT"

    @rule(
        number=which,
        is_stranger=seldom,
        to_other=seldom,
        dollars=st.sampled_from(["0.01", "0.10", "3.00"]),
        token=tokens,
    )
    def send_bonus(self, number: int, is_stranger: bool, to_other: bool, dollars: str, token: str | None) -> None:
        row, amount = self.pick("assignment", number, "Submitted", "Approved", "Rejected"), Money.parse(dollars)
        assignment_id = row["assignment_id"]
        hit = self.row("hit", row["hit_id"])
        requester, worker = self.asker(hit["requester_id"], is_stranger), self.worker_of(row, to_other)
        had = self.available(requester)
        cost = amount.micros + fee(amount.micros, 1)
        expected: type[RequestError] | None = None
        if not self.may_see(requester, hit) or row["submitted_at"] is None:
            expected = AssignmentDoesNotExist
        elif to_other:
            expected = InvalidParameterValue
        elif self.is_used(requester, "SendBonus", token):
            expected = TokenAlreadyProcessed
        elif cost > had:
            expected = InsufficientFunds
        self.attempt(
            expected,
            requester,
            bonuses.send_bonus,
            worker_id=worker,
            bonus_amount=amount,
            assignment_id=assignment_id,
            reason="Well done",
            unique_request_token=token,
        )
        if expected is None:
            self.use(requester, "SendBonus", token)
            assert self.available(requester) == had - cost

    # ------------------------------------------------------------------------------------------ time passes

    @rule(seconds=spans)
    def time_passes(self, seconds: int) -> None:
        self.town.pass_time(seconds=seconds)
        self.look()

    @rule(number=which, person=people, colour=colours)
    def accept_and_submit(self, number: int, person: int, colour: str) -> None:
        """What happens most often, so that there is something to decide."""
        had = {row["assignment_id"] for row in self.rows["assignment"]}
        self.accept(number, person, False)
        for row in self.rows["assignment"]:
            if row["assignment_id"] not in had:
                self.hand_in(row, row["worker_id"], colour)

    @precondition(lambda self: self.town.market.next_due_at() is not None)
    @rule(just_before=st.booleans())
    def time_passes_to_the_next_deadline(self, just_before: bool) -> None:
        due_at = self.town.market.next_due_at()
        left = due_at - self.town.clock.now() - timedelta(milliseconds=1 if just_before else 0)
        self.town.pass_time(seconds=left.total_seconds())
        self.look()

    # ------------------------------------------------------------------------------------------ people look

    @rule(number=which, is_stranger=seldom)
    def look_at_a_hit(self, number: int, is_stranger: bool) -> None:
        """The HIT, its assignments and bonuses, as its Requester reads them and nobody else does."""
        hit = self.pick("hit", number)
        hit_id = hit["hit_id"]
        requester = self.asker(hit["requester_id"], is_stranger)
        expected = None if self.may_see(requester, hit) else HITDoesNotExist
        read = self.attempt(expected, requester, hits.get_hit, hit_id=hit_id)
        listed = self.attempt(expected, requester, assignments.list_assignments_for_hit, hit_id=hit_id, max_results=100)
        paid = self.attempt(expected, requester, bonuses.list_bonus_payments, hit_id=hit_id, max_results=100)
        if expected is not None:
            return
        assert read.hit.hit_status == hit["status"]
        assert {(item.assignment_id, item.assignment_status) for item in listed.assignments} == {
            (row["assignment_id"], row["status"])
            for row in self.rows["assignment"]
            if row["hit_id"] == hit_id and row["submitted_at"] is not None
        }
        assert sorted(str(bonus.bonus_amount) for bonus in paid.bonus_payments) == sorted(
            str(Money(row["amount_micros"])) for row in self.rows["bonus"] if row["hit_id"] == hit_id
        )

    @rule(number=which, is_stranger=seldom)
    def look_at_the_reviews_of_a_hit(self, number: int, is_stranger: bool) -> None:
        """What its policies found and did, page by page."""
        hit = self.pick("hit", number)
        requester = self.asker(hit["requester_id"], is_stranger)
        expected = None if self.may_see(requester, hit) else HITDoesNotExist
        told: list[tuple[str, str]] = []
        token = None
        while True:
            page = self.attempt(expected, requester, review_policies.list_review_policy_results_for_hit,
                                hit_id=hit["hit_id"], max_results=7, next_token=token)  # fmt: skip
            if page is None:
                return
            reports = [each for each in (page.assignment_review_report, page.hit_review_report) if each is not None]
            told += [(each.action_id, each.key) for report in reports for each in report.review_results or []]
            told += [(each.action_id, each.action_name) for report in reports for each in report.review_actions or []]
            token = page.next_token
            if token is None:
                break
        mine = [row for table in ("review_action", "review_result") for row in self.rows[table]]
        assert sorted(told) == sorted(
            (row["action_id"], row.get("name") or row.get("finding")) for row in mine if row["hit_id"] == hit["hit_id"]
        )

    @rule(person=people)
    def look_at_ones_work(self, person: int) -> None:
        """A Worker's queue, counts and earnings."""
        worker = self.town.workers[person]
        mine = [row for row in self.rows["assignment"] if row["worker_id"] == worker]
        queue = self.attempt(None, worker, work.list_queue)
        dashboard = self.attempt(None, worker, history.get_dashboard)
        assert {item.assignment_id for item in queue} == {
            row["assignment_id"] for row in mine if row["status"] == "Accepted"
        }
        rewards_paid = sum(
            self.row("hit", row["hit_id"])["reward_micros"] for row in mine if row["status"] == "Approved"
        )
        bonuses_paid = sum(row["amount_micros"] for row in self.rows["bonus"] if row["worker_id"] == worker)
        assert (dashboard.rewards.micros, dashboard.bonuses.micros) == (rewards_paid, bonuses_paid)
        assert dashboard.earned.micros == rewards_paid + bonuses_paid


def terms(hit_type: Row) -> dict[str, Any]:
    """The terms of a HIT type, as CreateHIT takes them."""
    return {
        "title": hit_type["title"],
        "description": hit_type["description"],
        "reward": Money(hit_type["reward_micros"]),
        "assignment_duration_in_seconds": hit_type["assignment_duration_in_seconds"],
        "auto_approval_delay_in_seconds": hit_type["auto_approval_delay_in_seconds"],
        "qualification_requirements": msgspec.json.decode(
            hit_type["requirements"], type=list[QualificationRequirement]
        ),
    }


def fee(micros: int, places: int) -> int:
    """20 percent, 40 from ten places on, half up to the cent, at least one. Source: docs/mturk/api.md 6."""
    hundredths = micros // 10_000 * (40 if places >= 10 else 20)
    return max(1, (hundredths + 50) // 100) * 10_000


# ---------------------------------------------------------------------------------------------- played


def play(machine: type[RandomMarket], *, examples: int, steps: int) -> None:
    """Play so many histories of so many steps: the same ones every time, unless others are asked for."""
    others = int(os.environ.get("KEMPELEN_SIMULATION", "0"))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=others or examples,
            stateful_step_count=steps,
            derandomize=not others,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_random_histories_hold():
    play(RandomMarket, examples=2, steps=20)


@pytest.mark.slow
def test_many_random_histories_hold():
    play(RandomMarket, examples=30, steps=50)


@pytest.mark.slow
def test_random_histories_are_the_same_on_postgresql(postgresql):
    """Each is played on PostgreSQL, and then once more on SQLite: the rows are equal."""

    class OnPostgreSQL(RandomMarket):
        def fresh_target(self) -> str:
            self.url = postgresql.fresh_database_url(prepared_by=databases.migrate)
            return self.url

        def teardown(self) -> None:
            super().teardown()
            postgresql.give_back(self.url, prepared_by=databases.migrate)

    play(OnPostgreSQL, examples=6, steps=40)


def test_another_seed_is_another_history():
    """Were ids not drawn from the seed, the comparison of two plays would say nothing."""
    dumps = []
    for seed in (0, 0, 1):
        town = Town(":memory:", seed=seed)
        town.settle()
        dumps.append(town.dump())
        town.close()
    assert dumps[0] == dumps[1] != dumps[2]
