"""Qualifications in random markets: types, tests, scores, requests and blocks; and whom they keep from which work."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from kempelen.core.money import Money
from kempelen.core.rules.requirements import APPROVED
from kempelen.core.wire.errors import (
    InvalidParameterValue,
    InvalidQualificationRequestState,
    InvalidQualificationState,
    InvalidQualificationTypeState,
    PermissionDenied,
    QualificationDoesNotExist,
    QualificationTypeAlreadyExists,
    QualificationTypeDoesNotExist,
    RequestError,
)
from kempelen.core.wire.refusals import (
    BlockedByRequester,
    DoesNotMeetRequirements,
    GroupDoesNotExist,
    QualificationAlreadyRequested,
    QualificationNotHeld,
    QualificationNotOffered,
    QualificationTestDoesNotExist,
    QualificationTestNotOpen,
    RetryNotAllowed,
    RetryTooEarly,
)
from kempelen.core.wire.shapes import QualificationRequirement
from kempelen.market.hits import hit_types
from kempelen.market.people import worker_blocks
from kempelen.market.qualifications import (
    qualification_requests,
    qualification_types,
    qualifications,
)
from tests.clients.hits import ANSWER_KEY, SCHEMAS, TEST
from tests.market.work import DAYS, HOURS, submit_test_answer
from tests.simulation.recount import Row
from tests.simulation.town import Town

people = st.integers(0, 2)
which = st.integers(0, 19)
seldom = st.integers(0, 9).map(lambda number: number == 9)
GOING = ("Disposing", "Disposed")
TEST_SECONDS = 2 * HOURS
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "automatic": {"auto_granted": True, "auto_granted_value": 2},
    "scored": {"test": TEST, "answer_key": ANSWER_KEY, "test_duration_in_seconds": TEST_SECONDS},
    "read": {"test": TEST, "test_duration_in_seconds": TEST_SECONDS},
}
kinds = st.sampled_from(sorted(KINDS))
requirements = st.tuples(
    which,
    st.sampled_from(["Exists", "DoesNotExist", "GreaterThan", "NotEqualTo", "In"]),
    st.sampled_from(["Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"]),
)


class Qualifying:
    """The rules about qualifications, for a market that has the frame: `attempt`, `pick`, `rows`."""

    town: Town
    rows: dict[str, list[Row]]
    attempt: Callable[..., Any]
    pick: Callable[..., Row]
    asker: Callable[[str, bool], str]

    def give_everybody_something_to_ask_for(self) -> None:
        """A type of each kind, and work that asks for two of them."""
        for number, kind in enumerate(sorted(KINDS)):
            self.create_qualification_type(number % 2, kind, kind, HOURS, True)
        self.create_guarded_hit_type(0, [(2, "Exists", "DiscoverPreviewAndAccept")])
        self.create_guarded_hit_type(1, [(1, "GreaterThan", "Accept")])

    # ------------------------------------------------------------------------------------------ what the rows say

    def own_types(self) -> list[Row]:
        """The Requesters' own types, whatever became of them."""
        return [row for row in self.rows["qualification_type"] if row["requester_id"] is not None]

    def a_type(self, number: int) -> Row:
        types = self.own_types()
        return types[number % len(types)]

    def type_of(self, type_id: str) -> Row:
        return next(row for row in self.rows["qualification_type"] if row["qualification_type_id"] == type_id)

    def required_types(self, hit_type: Row) -> list[Row]:
        return [self.type_of(each["qualification_type_id"]) for each in json.loads(hit_type["requirements"])]

    def is_any(self, hit_type: Row, *statuses: str) -> bool:
        """Does it require a type that is in one of these?"""
        return any(row["status"] in statuses for row in self.required_types(hit_type))

    def held(self, worker: str, type_id: str) -> Row | None:
        return next(
            (
                row
                for row in self.rows["qualification"]
                if (row["worker_id"], row["qualification_type_id"]) == (worker, type_id)
            ),
            None,
        )

    def value_of(self, worker: str, type_id: str) -> int | None:
        if type_id == APPROVED:
            mine = (row for row in self.rows["assignment"] if row["worker_id"] == worker)
            return sum(row["status"] == "Approved" for row in mine)
        row = self.held(worker, type_id)
        return row["value"] if row is not None and row["status"] == "Granted" else None

    def is_blocked(self, requester: str, worker: str) -> bool:
        return (requester, worker) in {(row["requester_id"], row["worker_id"]) for row in self.rows["worker_block"]}

    def why_not_work(self, worker: str, hit: Row) -> type[RequestError] | None:
        """Why qualifications and blocks keep a Worker from a HIT, if they do."""
        hit_type = next(row for row in self.rows["hit_type"] if row["hit_type_id"] == hit["hit_type_id"])
        unmet = [
            each["actions_guarded"]
            for each in json.loads(hit_type["requirements"])
            if not plainly_meets(each, self.value_of(worker, each["qualification_type_id"]))
        ]
        if "DiscoverPreviewAndAccept" in unmet:
            return GroupDoesNotExist
        if self.is_blocked(hit["requester_id"], worker):
            return BlockedByRequester
        return DoesNotMeetRequirements if unmet else None

    def last_request(self, worker: str, type_id: str) -> Row | None:
        mine = [
            row
            for row in self.rows["qualification_request"]
            if (row["worker_id"], row["qualification_type_id"]) == (worker, type_id)
        ]
        return max(mine, key=lambda row: (row["requested_at"], row["request_id"]), default=None)

    # ------------------------------------------------------------------------------------------ types

    @rule(
        person=people,
        name=st.sampled_from(["Dutch", "Music"]),
        kind=kinds,
        delay=st.sampled_from([None, 0, HOURS, DAYS]),
        is_active=seldom.map(lambda is_not: not is_not),
    )
    def create_qualification_type(self, person: int, name: str, kind: str, delay: int | None, is_active: bool) -> None:
        requester = self.town.requesters[person]
        taken = {
            row["name"] for row in self.own_types() if row["requester_id"] == requester and row["status"] != "Disposed"
        }
        made = self.attempt(
            QualificationTypeAlreadyExists if name in taken else None,
            requester,
            qualification_types.create_qualification_type,
            name=name,
            description="A test of it.",
            qualification_type_status="Active" if is_active else "Inactive",
            retry_delay_in_seconds=delay,
            **KINDS[kind],
        )
        assert made is None or made.qualification_type.auto_granted == (kind == "automatic")

    @rule(number=which, is_stranger=seldom, kind=kinds, status=st.sampled_from([None, "Active", "Inactive"]))
    def update_qualification_type(self, number: int, is_stranger: bool, kind: str, status: str | None) -> None:
        row = self.a_type(number)
        requester = self.asker(row["requester_id"], is_stranger)
        given = KINDS[kind]
        automatic = given.get("auto_granted", bool(row["auto_granted"]))
        expected = self.why_not_change(row, requester)
        if expected in (None, InvalidQualificationTypeState) and automatic and (row["test_id"] or "test" in given):
            expected = InvalidParameterValue
        self.attempt(
            expected,
            requester,
            qualification_types.update_qualification_type,
            qualification_type_id=row["qualification_type_id"],
            qualification_type_status=status,
            **given,
        )
        if expected is None:
            assert self.type_of(row["qualification_type_id"])["status"] == (status or row["status"])

    @rule(number=which, is_stranger=seldom)
    def delete_qualification_type(self, number: int, is_stranger: bool) -> None:
        row = self.a_type(number)
        requester = self.asker(row["requester_id"], is_stranger)
        expected = self.why_not_change(row, requester)
        about = {"qualification_type_id": row["qualification_type_id"]}
        self.attempt(expected, requester, qualification_types.delete_qualification_type, **about)
        status = self.type_of(row["qualification_type_id"])["status"]
        assert expected is not None or status == ("Disposing" if self.is_required_by_hits(row) else "Disposed")

    def is_required_by_hits(self, row: Row) -> bool:
        """Is there a HIT, not disposed of, of a type that requires this one?"""
        naming = {
            each["hit_type_id"]
            for each in self.rows["hit_type_requirement"]
            if each["qualification_type_id"] == row["qualification_type_id"]
        }
        return any(hit["hit_type_id"] in naming and hit["status"] != "Disposed" for hit in self.rows["hit"])

    def why_not_change(self, row: Row, requester: str) -> type[RequestError] | None:
        if row["status"] == "Disposed":
            return QualificationTypeDoesNotExist
        if row["requester_id"] != requester:
            return PermissionDenied
        return InvalidQualificationTypeState if row["status"] == "Disposing" else None

    @rule(person=people, wanted=st.lists(requirements, min_size=1, max_size=2))
    def create_guarded_hit_type(self, person: int, wanted: list[tuple[int, str, str]]) -> None:
        """A HIT type that asks for something; the twentieth of the types is the number of approvals."""
        asked = []
        for number, comparator, guard in wanted:
            counted = number == 19 and comparator not in ("Exists", "DoesNotExist")  # what everybody has, is compared
            type_id = APPROVED if counted else self.a_type(number)["qualification_type_id"]
            values = {"GreaterThan": [0], "NotEqualTo": [1], "In": [1, 10]}.get(comparator)
            asked.append(
                QualificationRequirement(
                    qualification_type_id=type_id, comparator=comparator, integer_values=values, actions_guarded=guard
                )
            )
        statuses = {self.type_of(each.qualification_type_id)["status"] for each in asked}
        expected: type[RequestError] | None = None
        if "Disposed" in statuses:
            expected = QualificationTypeDoesNotExist
        elif statuses != {"Active"}:
            expected = InvalidQualificationTypeState
        self.attempt(
            expected,
            self.town.requesters[person],
            hit_types.create_hit_type,
            title="Guarded",
            description="One question.",
            reward=Money.parse("0.05"),
            assignment_duration_in_seconds=HOURS,
            auto_approval_delay_in_seconds=0,
            qualification_requirements=asked,
        )

    # ------------------------------------------------------------------------------------------ scores

    @rule(number=which, is_stranger=seldom, person=people, value=st.sampled_from([-1, 0, 1, 10]))
    def associate(self, number: int, is_stranger: bool, person: int, value: int) -> None:
        row, worker = self.a_type(number), self.town.workers[person]
        requester = self.asker(row["requester_id"], is_stranger)
        type_id = row["qualification_type_id"]
        about = {"qualification_type_id": type_id, "worker_id": worker}
        before, expected = self.held(worker, type_id), self.why_not_change(row, requester)
        self.attempt(
            expected, requester, qualifications.associate_qualification_with_worker, integer_value=value, **about
        )
        if expected is None:
            stays = before is not None and before["status"] == "Granted"
            now = self.held(worker, type_id)
            assert (now["status"], now["value"]) == ("Granted", value)
            assert now["granted_at"] == (before["granted_at"] if stays else self.town.now())

    @rule(number=which, is_stranger=seldom, person=people)
    def disassociate(self, number: int, is_stranger: bool, person: int) -> None:
        row, worker = self.a_type(number), self.town.workers[person]
        requester = self.asker(row["requester_id"], is_stranger)
        type_id = row["qualification_type_id"]
        about = {"qualification_type_id": type_id, "worker_id": worker}
        before, expected = self.held(worker, type_id), self.why_not_change(row, requester)
        if expected in (None, InvalidQualificationTypeState):
            expected = None
            if before is None:
                expected = QualificationDoesNotExist
            elif before["status"] == "Revoked":
                expected = InvalidQualificationState
        self.attempt(expected, requester, qualifications.disassociate_qualification_from_worker, **about)
        assert expected is not None or self.held(worker, type_id)["status"] == "Revoked"

    @rule(number=which, person=people)
    def give_up(self, number: int, person: int) -> None:
        worker, type_id = self.town.workers[person], self.a_type(number)["qualification_type_id"]
        expected = None if self.value_of(worker, type_id) is not None else QualificationNotHeld
        self.attempt(expected, worker, qualifications.give_up, qualification_type_id=type_id)
        assert self.value_of(worker, type_id) is None

    # ------------------------------------------------------------------------------------------ requests

    @rule(number=which, person=people)
    def ask_for_a_qualification(self, number: int, person: int) -> None:
        row, worker = self.a_type(number), self.town.workers[person]
        last = self.last_request(worker, row["qualification_type_id"])
        delay = row["retry_delay_in_seconds"]
        expected: type[RequestError] | None = None
        if last is not None and last["status"] == "InTest":
            expected = None
        elif row["status"] != "Active":
            expected = QualificationNotOffered
        elif last is not None and last["status"] == "Submitted":
            expected = QualificationAlreadyRequested
        elif last is not None and delay is None:
            expected = RetryNotAllowed
        elif last is not None and last["requested_at"] + 1000 * delay > self.town.now():
            expected = RetryTooEarly
        about = {"qualification_type_id": row["qualification_type_id"]}
        standing = self.attempt(expected, worker, qualification_requests.request, **about)
        if standing is None:
            return
        wanted = "Granted" if row["auto_granted"] else "InTest" if row["test_id"] else "Submitted"
        assert standing.request == ("InTest" if last is not None and last["status"] == "InTest" else wanted)
        assert standing.request != "Granted" or standing.value == row["auto_granted_value"]

    @rule(number=which, by_other=seldom, colour=st.sampled_from(["blue", "red"]))
    def hand_a_test_in(self, number: int, by_other: bool, colour: str) -> None:
        rows = [row for row in self.rows["qualification_request"] if row["test_id"] is not None]
        if not rows:
            return
        begun = [row for row in rows if row["status"] == "InTest"]
        row = (begun or rows)[number % len(begun or rows)] if number % 5 else rows[number % len(rows)]
        others = [worker for worker in self.town.workers if worker != row["worker_id"]]
        worker = others[0] if by_other else row["worker_id"]
        expected: type[RequestError] | None = None
        if worker != row["worker_id"]:
            expected = QualificationTestDoesNotExist
        elif row["status"] != "InTest":
            expected = QualificationTestNotOpen
        self.attempt(
            expected,
            worker,
            submit_test_answer,
            request_id=row["request_id"],
            answer=f'<QuestionFormAnswers xmlns="{SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
            f"<QuestionIdentifier>colour</QuestionIdentifier><SelectionIdentifier>{colour}</SelectionIdentifier>"
            "</Answer></QuestionFormAnswers>",
        )
        if expected is not None:
            return
        test = next(each for each in self.rows["qualification_test"] if each["test_id"] == row["test_id"])
        if test["answer_key"] is not None:
            assert self.value_of(worker, row["qualification_type_id"]) == (10 if colour == "blue" else 0)
        ended = self.last_request(worker, row["qualification_type_id"])
        assert ended["status"] == ("Submitted" if test["answer_key"] is None else "Granted")

    @rule(number=which, is_stranger=seldom, accepts=st.booleans())
    def decide_a_request(self, number: int, is_stranger: bool, accepts: bool) -> None:
        rows = [row for row in self.rows["qualification_request"] if row["submitted_at"] is not None]
        if not rows:
            return
        waiting = [row for row in rows if row["status"] == "Submitted"]
        row = waiting[number % len(waiting)] if waiting and number % 5 else rows[number % len(rows)]
        requester = self.asker(row["requester_id"], is_stranger)
        expected: type[RequestError] | None = None
        if requester != row["requester_id"]:
            expected = PermissionDenied
        elif row["status"] != "Submitted":
            expected = InvalidQualificationRequestState
        decide: Callable[..., None] = qualification_requests.reject_qualification_request
        if accepts:
            decide = qualification_requests.accept_qualification_request
        before = self.value_of(row["worker_id"], row["qualification_type_id"])
        self.attempt(expected, requester, decide, qualification_request_id=row["request_id"])
        after = self.value_of(row["worker_id"], row["qualification_type_id"])
        assert after == (1 if accepts and expected is None else before)

    @rule(person=people)
    def look_at_requests(self, person: int) -> None:
        """A Requester reads those that wait for them, and no others."""
        requester = self.town.requesters[person]
        page = self.attempt(None, requester, qualification_requests.list_qualification_requests, max_results=100)
        mine = [
            (row["submitted_at"], row["request_id"])
            for row in self.rows["qualification_request"]
            if row["requester_id"] == requester and row["status"] == "Submitted"
        ]
        assert [each.qualification_request_id for each in page.qualification_requests] == [
            request_id for _, request_id in sorted(mine)
        ]

    # ------------------------------------------------------------------------------------------ blocks

    @rule(person=people, worker_number=people, lets_in=st.booleans())
    def block(self, person: int, worker_number: int, lets_in: bool) -> None:
        requester, worker = self.town.requesters[person], self.town.workers[worker_number]
        if lets_in:
            self.attempt(None, requester, worker_blocks.delete_worker_block, worker_id=worker)
        else:
            self.attempt(None, requester, worker_blocks.create_worker_block, worker_id=worker, reason="Too fast.")
        assert self.is_blocked(requester, worker) is not lets_in


def plainly_meets(requirement: dict[str, Any], value: int | None) -> bool:
    """What docs/mturk/api.md 7.1 says of the comparators that are played."""
    comparator, wanted = requirement["comparator"], requirement["integer_values"]
    if comparator in ("Exists", "DoesNotExist"):
        return (value is not None) == (comparator == "Exists")
    if value is None:
        return False
    return {
        "GreaterThan": value > wanted[0],
        "NotEqualTo": value != wanted[0],
        "In": value in wanted,
    }[comparator]
