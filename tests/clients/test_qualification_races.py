"""Two who decide about one qualification at the same moment: it ends in one documented state, and nothing fails.

On SQLite, on PostgreSQL, and on PostgreSQL with a server process for each of the two.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.clients.hits import ANSWER_KEY, TEST, terms
from tests.clients.server import Refused, Server, SignIn

pytestmark = pytest.mark.slow

LAPS = 3
NUMBERS = itertools.count()
DONE = "done"
STATE = "AWS.MechanicalTurk.Invalid{}State"


class Ring(NamedTuple):
    """Where they meet: two Requester's clients and two ways for Workers, through one server or two."""

    servers: list[Server]
    turks: list[Any]
    workers: list[SignIn]

    def new_type(self, name: str, **members: Any) -> str:
        given = {"Name": name, "Description": "A test of it.", "QualificationTypeStatus": "Active", **members}
        type_id: str = self.turks[0].create_qualification_type(**given)["QualificationType"]["QualificationTypeId"]
        return type_id

    def waiting(self, type_id: str) -> list[str]:
        found = self.turks[0].list_qualification_requests(QualificationTypeId=type_id)["QualificationRequests"]
        return [each["QualificationRequestId"] for each in found]

    def scores(self, type_id: str, status: str = "Granted") -> dict[str, int]:
        asked = {"QualificationTypeId": type_id, "Status": status, "MaxResults": 100}
        found = self.turks[0].list_workers_with_qualification_type(**asked)["Qualifications"]
        return {each["WorkerId"]: each["IntegerValue"] for each in found}


Race = Callable[[Ring, int], None]


@pytest.fixture(scope="module")
def one(shared_server: Server) -> Ring:
    return ring([shared_server])


@pytest.fixture(scope="module")
def two(two_shared_servers: list[Server]) -> Ring:
    return ring(two_shared_servers)


def ring(servers: list[Server]) -> Ring:
    servers = [servers[0], servers[-1]]
    keys = servers[0].add_requester()
    return Ring(servers, [each.client(keys, attempts=1) for each in servers], servers[0].add_workers(8))


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Do all at the same moment; "done" or the code of the refusal of each, in order. Anything else fails."""
    start = Barrier(len(acts))

    def perform(act: Callable[[], Any]) -> str:
        start.wait(60)
        try:
            act()
        except ClientError as refusal:
            return str(refusal.response.get("TurkErrorCode") or refusal.response["Error"]["Code"])
        except Refused as refusal:
            return str(refusal.status)
        return DONE

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(perform, acts))


# ---------------------------------------------------------------------------------------------- the races


def accepting_and_rejecting(ring: Ring, lap: int) -> None:
    type_id, bob = ring.new_type(f"Asked for {lap}"), ring.workers[0]
    with ring.servers[lap % 2].worker(bob) as program:
        program.request(type_id)
    (request_id,) = ring.waiting(type_id)
    one, other = ring.turks
    accepted, rejected = at_once(
        partial(one.accept_qualification_request, QualificationRequestId=request_id, IntegerValue=4),
        partial(other.reject_qualification_request, QualificationRequestId=request_id, Reason="No."),
    )
    assert {accepted, rejected} == {DONE, STATE.format("QualificationRequest")}
    assert ring.scores(type_id) == ({bob.worker_id: 4} if accepted == DONE else {})
    assert ring.waiting(type_id) == []


def associating_and_revoking(ring: Ring, lap: int) -> None:
    """From a score that is held in every other lap."""
    type_id, bob = ring.new_type(f"Given and taken {lap}"), ring.workers[0].worker_id
    one, other = ring.turks
    about = {"QualificationTypeId": type_id, "WorkerId": bob}
    grant = {**about, "IntegerValue": lap, "SendNotification": False}
    if lap % 2:
        one.associate_qualification_with_worker(**grant)
    given, again, taken = at_once(
        partial(one.associate_qualification_with_worker, **grant),
        partial(other.associate_qualification_with_worker, **grant),
        partial(other.disassociate_qualification_from_worker, **about),
    )
    assert (given, again) == (DONE, DONE)
    assert taken in ({DONE} if lap % 2 else {DONE, "AWS.MechanicalTurk.QualificationDoesNotExist"})
    ends = [status for status in ("Granted", "Revoked") if ring.scores(type_id, status) == {bob: lap}]
    assert len(ends) == 1
    assert taken == DONE or ends == ["Granted"]


def deleting_twice(ring: Ring, lap: int) -> None:
    type_id = ring.new_type(f"To be deleted {lap}")
    outcomes = at_once(*(partial(turk.delete_qualification_type, QualificationTypeId=type_id) for turk in ring.turks))
    assert sorted(outcomes) == ["AWS.MechanicalTurk.QualificationTypeDoesNotExist", DONE]


def asking_and_deleting(ring: Ring, lap: int) -> None:
    """Nobody is left waiting for a type that goes."""
    type_id = ring.new_type(f"Asked for and deleted {lap}")
    programs = [ring.servers[turn % 2].worker(worker) for turn, worker in enumerate(ring.workers[:4])]
    deleted, *asked = at_once(
        partial(ring.turks[0].delete_qualification_type, QualificationTypeId=type_id),
        *(partial(program.request, type_id) for program in programs),
    )
    assert deleted == DONE
    assert set(asked) <= {DONE, "404"}
    everything = ring.turks[0].list_qualification_requests(MaxResults=100)["QualificationRequests"]
    assert type_id not in {each["QualificationTypeId"] for each in everything}
    for program, outcome in zip(programs, asked, strict=True):
        if outcome == DONE:
            assert program.qualification(type_id)["request"]["state"] == "Rejected"
        program.close()


def changing_in_two_ways(ring: Ring, lap: int) -> None:
    """A type with a test grants itself to nobody, whichever of the two came first, and no change is lost."""
    type_id = ring.new_type(f"Changed {lap}")
    one, other = ring.turks
    tested, automatic, described = at_once(
        partial(one.update_qualification_type, QualificationTypeId=type_id, Test=TEST, TestDurationInSeconds=60),
        partial(other.update_qualification_type, QualificationTypeId=type_id, AutoGranted=True),
        partial(other.update_qualification_type, QualificationTypeId=type_id, Description="Another."),
    )
    assert sorted([tested, automatic]) == ["ParameterValidationError", DONE]
    assert described == DONE
    made = one.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]
    assert (made["AutoGranted"], "Test" in made) == (automatic == DONE, tested == DONE)
    assert made["Description"] == "Another."


def blocking_and_accepting(ring: Ring, lap: int) -> None:
    bob = ring.workers[0]
    groups = [ring.turks[0].create_hit(**terms(Title=f"{lap} {n}"))["HIT"]["HITGroupId"] for n in range(2)]
    with ring.servers[1].worker(bob) as program:
        blocked, accepted = at_once(
            partial(ring.turks[0].create_worker_block, WorkerId=bob.worker_id, Reason="Too fast."),
            partial(program.accept, groups[0]),
        )
        assert blocked == DONE
        assert accepted in (DONE, "403", "422")
        with pytest.raises(Refused):
            program.accept(groups[1])
        assert [each.group_id for each in program.queue()] == ([groups[0]] if accepted == DONE else [])
        for work in program.queue():
            program.submit(work, colour="red")
    ring.turks[1].delete_worker_block(WorkerId=bob.worker_id)


def handing_in_at_the_last_moment(ring: Ring, lap: int) -> None:
    """Who hands in as the time runs out has either a score or a test that lapsed, as they are told."""
    type_id = ring.new_type(f"In a second {lap}", Test=TEST, AnswerKey=ANSWER_KEY, TestDurationInSeconds=1)
    programs = [ring.servers[turn % 2].worker(worker) for turn, worker in enumerate(ring.workers)]
    asked = [program.request(type_id) for program in programs]
    last = datetime.fromisoformat(asked[-1]["deadline"])
    time.sleep(max(0.0, (last - datetime.now(UTC)).total_seconds() - 0.03))
    outcomes = at_once(
        *(
            partial(program.submit_test, request, {"answer-1": "1"})
            for program, request in zip(programs, asked, strict=True)
        )
    )
    assert set(outcomes) <= {DONE, "422"}
    time.sleep(max(0.0, (last - datetime.now(UTC)).total_seconds() + 0.01))
    scores = ring.scores(type_id)
    for worker, program, outcome in zip(ring.workers, programs, outcomes, strict=True):
        assert program.qualification(type_id)["request"]["state"] == ("Granted" if outcome == DONE else "Lapsed")
        assert scores.get(worker.worker_id) == (10 if outcome == DONE else None)
        program.close()


RACES = [
    accepting_and_rejecting,
    associating_and_revoking,
    deleting_twice,
    asking_and_deleting,
    changing_in_two_ways,
    blocking_and_accepting,
    handing_in_at_the_last_moment,
]


@pytest.mark.parametrize("race", RACES)
def test_who_decides_at_the_same_moment_leaves_one_documented_state(one: Ring, race: Race) -> None:
    run(one, race)


@pytest.mark.parametrize("race", RACES)
def test_through_two_servers_too(two: Ring, race: Race) -> None:
    run(two, race)


def run(ring: Ring, race: Race) -> None:
    for lap in range(LAPS if race is not handing_in_at_the_last_moment else 2):
        race(ring, next(NUMBERS) * 2 + lap % 2)  # no name twice
    for server in set(ring.servers):
        assert "Traceback" not in server.log()
    assert ring.servers[0].told("check") == {"ok": True, "problems": []}
