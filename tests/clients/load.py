"""A load of real work, and a journal of everything that was acknowledged: what must be there afterwards, each once.

    with Load(server, keys, roads=8) as load:
        ...  # kill the server, start it again
    load.check_kept_once(server)

Each road is a thread which goes round and round: create a HIT, accept, submit, approve, pay a bonus. Patient roads
go through everything: half of them let boto3 repeat a request (with its `amz-sdk-invocation-id`), half repeat it
themselves with its UniqueRequestToken. When they end, nothing they began is undecided. The others repeat nothing and
write down each request that was not answered.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from kempelen.core.money import Money
from kempelen.store.open import open_database
from tests.clients.hits import terms
from tests.clients.server import Keys, Refused, Server, SignIn, Work, WorkersProgram

T = TypeVar("T")

TIMEOUT_SECONDS = 60.0  # seconds until a patient road says that the server does not come back
SDK_ATTEMPTS = 12
ROUND_COSTS = Money.parse("0.18")  # reward and fee 0.05 + 0.01, bonus and fee 0.10 + 0.02
KINDS = ("hit", "accept", "submit", "approve", "bonus")


class Journal:
    """What was begun and what was acknowledged, under a name of each round's own."""

    def __init__(self) -> None:
        self.begun: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.acknowledged: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        self.repeated: Counter[str] = Counter()
        self.interruptions: list[str] = []
        self.unanswered: list[str] = []
        self.failed: list[str] = []

    def kept(self, kind: str) -> int:
        """How many acts of a kind were acknowledged."""
        return len(self.acknowledged[kind])


class Load:
    """Roads that run as long as the block does; then they go to the end of their round."""

    def __init__(self, server: Server, keys: Keys, *, roads: int = 8, patient: bool = True) -> None:
        self.journal = Journal()
        self._keys = keys
        self._deposited = Money.parse(server.client(keys).get_account_balance()["AvailableBalance"])
        self._stopping = threading.Event()
        self._roads = [
            Road(f"road {number}", server, keys, worker, self.journal, self._stopping, patient, number % 2 == 0)
            for number, worker in enumerate(server.add_workers(roads, name=f"load-{keys.requester_id.lower()}"))
        ]

    def __enter__(self) -> Load:
        for road in self._roads:
            road.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._stopping.set()
        for road in self._roads:
            road.join(6 * TIMEOUT_SECONDS)  # boto3's legacy mode waits twice as long each time, up to minutes
        assert not any(road.is_alive() for road in self._roads), "a road does not come to its end"

    def wait_for(self, more: int, kind: str = "bonus") -> None:
        """Until so many more acts of a kind are acknowledged."""
        wanted, until = self.journal.kept(kind) + more, time.monotonic() + TIMEOUT_SECONDS
        while self.journal.kept(kind) < wanted:
            assert time.monotonic() < until, f"the load stands still: {self.journal.failed or self.journal.unanswered}"
            time.sleep(0.01)

    def check_kept_once(self, server: Server) -> None:
        """Everything that was acknowledged is in the database, nothing is there twice, and the books are true."""
        found = _found(server)
        for kind in ("hit", "submit", "approve", "bonus"):
            acknowledged, begun = self.journal.acknowledged[kind], self.journal.begun[kind]
            lost = [f"{kind} of {name}" for name, an_id in acknowledged.items() if found[kind].get(name) != [an_id]]
            assert not lost, lost
            assert not [name for name, ids in found[kind].items() if len(ids) > 1 or name not in begun]
        assert server.told("check") == {"ok": True, "problems": []}

    def check_unanswered_not_done(self, server: Server) -> None:
        """A request that got no answer was not begun: besides what was acknowledged, nothing is there."""
        self.check_kept_once(server)
        found = _found(server)
        for kind in ("hit", "submit", "approve", "bonus"):
            assert found[kind].keys() == self.journal.acknowledged[kind].keys()

    def check_nothing_undecided(self, server: Server) -> None:
        """Patient roads: every act begun was acknowledged, is there once and has cost what it costs."""
        assert not self.journal.failed, self.journal.failed
        for kind in KINDS:
            assert self.journal.begun[kind] == self.journal.acknowledged[kind].keys()
        self.check_kept_once(server)
        spent = ROUND_COSTS * self.journal.kept("bonus")
        balance = server.client(self._keys).get_account_balance()["AvailableBalance"]
        assert Money.parse(balance) == self._deposited - spent


def _found(server: Server) -> dict[str, dict[str, list[str]]]:
    """What the database holds of each kind of act, by the name of its round."""
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in KINDS}
    database = open_database(server.database or server.folder)
    try:
        with database.reading() as db:
            for row in db.all("SELECT hit_id, requester_annotation FROM hit"):
                found["hit"].setdefault(row["requester_annotation"], []).append(row["hit_id"])
            for row in db.all("SELECT assignment_id, status, answer FROM assignment WHERE answer IS NOT NULL"):
                name = re.search("<FreeText>(road [0-9]+, round [0-9]+)</FreeText>", row["answer"])
                assert name is not None, row["answer"]
                found["submit"].setdefault(name[1], []).append(row["assignment_id"])
                if row["status"] == "Approved":
                    found["approve"].setdefault(name[1], []).append(row["assignment_id"])
            for row in db.all("SELECT assignment_id, reason FROM bonus"):
                found["bonus"].setdefault(row["reason"], []).append(row["assignment_id"])
    finally:
        database.close()
    return found


class Unanswered(Exception):
    """A request of a road that is not patient got no answer."""


class Road(threading.Thread):
    """One Requester's program and one Worker's, taking turns."""

    def __init__(
        self,
        name: str,
        server: Server,
        keys: Keys,
        worker: SignIn,
        journal: Journal,
        stopping: threading.Event,
        patient: bool,
        sdk_repeats: bool,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._server = server
        self._sign_in = worker
        self._journal = journal
        self._stopping = stopping
        self._patient = patient
        self._sdk_repeats = patient and sdk_repeats
        self._turk = server.client(keys, attempts=SDK_ATTEMPTS if self._sdk_repeats else 1, mode="legacy")
        self._worker = WorkersProgram(server.endpoint, worker.token)
        self._round = ""

    def run(self) -> None:
        number = 0
        try:
            while not self._stopping.is_set():
                number += 1
                self._round = f"{self.name}, round {number}"
                self._go_round()
        except Unanswered:
            pass
        except Exception as error:
            self._journal.failed.append(f"{self._round}: {type(error).__name__}: {error}")
        finally:
            self._worker.close()
            self._turk.close()

    def _go_round(self) -> None:
        hit_id, group_id = self._note("hit", self._create).split()
        self._journal.acknowledged["hit"][self._round] = hit_id
        work = Work(group_id, hit_id, self._note("accept", lambda: self._accept(group_id)))
        self._note("submit", lambda: self._submit(work))
        self._note("approve", lambda: self._approve(work))
        self._note("bonus", lambda: self._pay(work))

    def _note(self, kind: str, act: Callable[[], str]) -> str:
        self._journal.begun[kind].add(self._round)
        done = act()
        self._journal.acknowledged[kind][self._round] = done
        return done

    # ---------------------------------------------------------------------------- the five acts

    def _create(self) -> str:
        answer = self._call(
            self._turk.create_hit,
            already=".*HitAlreadyExists",
            **terms(Title=self.name, RequesterAnnotation=self._round, **self._token()),
        )
        if isinstance(answer, str):
            hit_id = re.findall('"(.+)"', answer)[0]
            answer = self._call(self._turk.get_hit, HITId=hit_id)
        return f"{answer['HIT']['HITId']} {answer['HIT']['HITGroupId']}"

    def _accept(self, group_id: str) -> str:
        def accept(*, again: bool) -> str:
            mine = [work for work in self._worker.queue() if work.group_id == group_id] if again else []
            return (mine[0] if mine else self._worker.accept(group_id)).assignment_id

        return self._site(accept)

    def _submit(self, work: Work) -> str:
        def submit(*, again: bool) -> str:
            try:
                self._worker.submit(work, round=self._round)
            except Refused as refusal:
                if not (again and "You have submitted it already" in refusal.message):
                    raise
            return work.assignment_id

        return self._site(submit)

    def _approve(self, work: Work) -> str:
        self._call(self._turk.approve_assignment, already=".*InvalidAssignmentState", AssignmentId=work.assignment_id)
        return work.assignment_id

    def _pay(self, work: Work) -> str:
        self._call(
            self._turk.send_bonus,
            already=".*has already been processed",
            WorkerId=self._sign_in.worker_id,
            AssignmentId=work.assignment_id,
            BonusAmount="0.10",
            Reason=self._round,
            **self._token(),
        )
        return work.assignment_id

    # ---------------------------------------------------------------------------- through everything

    def _token(self) -> dict[str, str]:
        return {} if self._sdk_repeats else {"UniqueRequestToken": self._round}

    def _call(self, operation: Callable[..., Any], *, already: str = "$.", **members: Any) -> Any:
        """The operation's answer; when it is repeated here, the refusal (as text) that says it was done before."""

        def call(*, again: bool) -> Any:
            try:
                answer = operation(**members)
            except ClientError as error:
                said = f"{error.response.get('TurkErrorCode')} {error}"
                if again and re.match(already, said):
                    return said
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    raise
                raise self._interrupted(said) from error
            except BotoCoreError as error:
                raise self._interrupted(f"{type(error).__name__} {error}") from error
            self._journal.repeated["by the SDK"] += answer["ResponseMetadata"]["RetryAttempts"]
            return answer

        return self._through(call)

    def _interrupted(self, what: str) -> Exception:
        """No answer came; where boto3 repeats by itself, we do not begin anew, which would be another act."""
        return AssertionError(f"boto3 gave up: {what}") if self._sdk_repeats else Interrupted(what)

    def _site(self, visit: Callable[..., T]) -> T:
        def call(*, again: bool) -> T:
            try:
                return visit(again=again)
            except httpx.TransportError as error:
                raise Interrupted(f"{type(error).__name__} {error}") from error
            except Refused as refusal:
                if refusal.status < 500:
                    raise
                raise Interrupted(str(refusal)) from refusal

        return self._through(call)

    def _through(self, call: Callable[..., T]) -> T:
        """Repeat what was not answered, if this is a patient road."""
        until, again = time.monotonic() + TIMEOUT_SECONDS, False
        while True:
            try:
                return call(again=again)
            except Interrupted as interruption:
                if not self._patient:
                    self._journal.unanswered.append(f"{self._round}: {interruption}")
                    raise Unanswered from interruption
                if time.monotonic() > until:
                    raise
                what = str(interruption)
            again = True
            self._journal.repeated["by the road"] += 1
            self._journal.interruptions.append(f"{self._round}: {what}")
            time.sleep(0.1)


class Interrupted(Exception):
    """No answer came, or one that says the server could not."""
