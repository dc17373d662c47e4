"""A history: one market, and what its Requesters' programs and its Workers do in it, drawn from one seed."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from random import Random
from typing import Any

from kempelen.api.app import RequesterAPI
from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.core.wire.errors import RequestError
from kempelen.core.wire.operations import REGISTRY
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts, listings, uploads
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_requests
from kempelen.market.work import work
from tests.api.caller import Program, Said, give_key
from tests.market.work import DAYS, HOURS, MINUTES, submit_answer, submit_test_answer
from tests.simulation import recount
from tests.simulation.fuzz.model import OPERATIONS, expected_refusal, misfits, parsed
from tests.simulation.fuzz.requests import WORDS, Known, Requests
from tests.simulation.town import Town

INVOCATION = "amz-sdk-invocation-id"
SPANS = (1, 1, MINUTES, MINUTES, MINUTES, HOURS, HOURS, HOURS, 12 * HOURS, DAYS, 3 * DAYS, 31 * DAYS, 121 * DAYS)
SHOWN = 1_500  # characters of a request or an answer that a failure shows
EVERY = 40  # steps between two looks at the whole market
OFTEN = ("CreateHIT", "CreateHITWithHITType", "CreateQualificationType", "ApproveAssignment", "RejectAssignment",
         "SendBonus", "ListAssignmentsForHIT", "GetAssignment", "GetFileUploadURL")  # fmt: skip
SELDOM = ("CreateWorkerBlock", "UpdateExpirationForHIT")  # they leave the Workers nothing to do


class Failure(AssertionError):
    """Something that must never be; says how to see it again."""


class History:
    """A market and its people, who do one thing at each step; the same seed is the same history, on any database."""

    def __init__(self, seed: int, target: str) -> None:
        self.seed, self.step = seed, 0
        self.outcomes: dict[str, dict[str, int]] = {operation: {} for operation in OPERATIONS}
        self.digest = hashlib.sha256()
        self._random = Random(seed)
        self._last = ""
        self._known = Known()
        self._held: dict[str, list[str]] = {}  # assignments that a Worker has accepted
        self._hits: dict[str, str] = {}  # and the HIT of each
        self._pages: list[tuple[Program, str, dict[str, Any]]] = []
        self.town = Town(target, seed=seed)
        self.town.settle()
        numbers = itertools.count(1)
        self._requests = Requests(self._random, self._known, self.town.clock.now)
        api = RequesterAPI(
            self.town.market,
            real_clock=self.town.clock,
            new_request_id=lambda: f"00000000-0000-4000-a000-{next(numbers):012d}",
        )
        self._programs = [self._program(api, requester) for requester in self.town.requesters]
        for worker in self.town.workers:
            self._known.add("", "WorkerId", worker)
        self._rows = self.town.rows()

    def _program(self, api: RequesterAPI, requester: str) -> Program:
        """A Requester's program, and a layout of theirs, which cannot be made by a request."""
        clock, page = self.town.clock, "<form>${colour} <input name='colour'></form>"
        program = Program(api, give_key(self.town.market, requester, f"KMPL{requester[-16:]}"), now=clock.now)
        asked = {"requester_id": requester, "name": "Mugs", "html": page}
        layout = self.town.perform(OPERATOR, hit_layouts.add_hit_layout, **asked)
        self._known.add(program.access_key_id, "HITLayoutId", layout.hit_layout_id)
        return program

    def play(self, steps: int) -> None:
        """So many steps more; fails at the first that is not as it must be."""
        for _ in range(steps):
            self.step += 1
            self._last = ""
            try:
                self._act()
                if self.step % EVERY == 0:
                    self._look()
            except Exception as error:
                again = f"python -m tests.simulation.fuzz --seed {self.seed} --steps {self.step}"
                raise Failure(f"{error!r}\nafter {self._last}\nAgain: {again}") from error
        self._look()

    def close(self) -> None:
        """Let the market go."""
        self.town.close()

    def _act(self) -> None:
        chance = self._random.random()
        if chance < 0.65:
            self._ask()
        elif chance < 0.94:
            self._work()
        elif chance < 0.95:
            money = {"requester_id": self._random.choice(self.town.requesters), "amount": Money.parse("20")}
            self._last = f"a deposit of {money}"
            self.town.perform(OPERATOR, accounts.deposit, **money)
        else:
            seconds = self._random.choice(SPANS)
            self._last = f"{seconds} seconds"
            self.town.pass_time(seconds=seconds)

    def _look(self) -> None:
        """The market's own check, and the recount of its rows and of the way to them."""
        before, self._rows = self._rows, self.town.rows()
        now = self.town.now()
        problems = recount.problems(before, self._rows, now, is_one_step=False) + checks.problems(self.town.database)
        assert not problems, problems

    # ------------------------------------------------------------------------------------------ Requesters

    def _ask(self) -> None:
        """One request of a Requester's program."""
        random = self._random
        if self._pages and random.random() < 0.3:
            program, operation, members = self._pages.pop()
            if random.random() < 0.1:
                members = self._requests.spoil(members)
        else:
            program = random.choice((*self._programs[:2] * 3, self._programs[2]))
            operation = random.choice(OFTEN if random.random() < 0.25 else OPERATIONS)
            if operation in SELDOM and random.random() < 0.7:
                operation = "DeleteWorkerBlock"
            members = self._requests.make(operation, program.access_key_id)
            if random.random() < 0.3:
                members = self._requests.spoil(members)
        body = json.dumps(members).encode()
        expected = expected_refusal(members, operation)
        if random.random() < 0.03:
            body, expected = self._requests.torn(body), ""
        self._last = f"{operation} {body[:SHOWN].decode('utf-8', 'replace')}"
        extra = {INVOCATION: f"{random.getrandbits(128):032x}"} if random.random() < 0.3 else {}
        said = self._send(program, operation, body, expected, extra)
        if extra and random.random() < 0.5 and not REGISTRY[operation].reads and said.status == 200:
            again = self._send(program, operation, body, expected, extra)
            assert (again.status, again.body) == (200, said.body), f"sent again it was answered {again}"
        if said.status == 200:
            if operation == "AssociateQualificationWithWorker" and expected is None:
                self._known.held.setdefault(program.access_key_id, []).append(members)
            self._known.learn(program.access_key_id, said.json)
            if "NextToken" in said.json and expected is None:
                self._pages.append((program, operation, members | {"NextToken": said.json["NextToken"]}))

    def _send(self, program: Program, operation: str, body: bytes, expected: str | None, extra: dict[str, str]) -> Said:
        """An answer that is as it must be: readable, of the model, its form refused only and always if it is bad.

        `expected` is what the form must be refused with, None when it is good, and empty when nobody can say.
        """
        said = program.send(operation, body=body, **extra)
        self.digest.update(said.body)
        self._last += f"\n  -> {said.status} {said.body[:SHOWN].decode('utf-8', 'replace')}"
        read = parsed(said.status, said.headers, said.body, operation)
        assert read["ResponseMetadata"]["RequestId"], "an answer without a request id"
        if said.status == 200:
            outcome = "done"
            found = misfits(said.json, operation)
            assert not found, found
            assert not expected, f"it should have been refused with {expected}"
        else:
            outcome = read["Error"]["Code"]
            assert 400 <= said.status < 500, "a fault of ours"
            assert read["Error"]["Message"], "a refusal without a word"
            if expected != "":
                about_form = outcome if outcome in ("SerializationException", "ValidationException") else None
                assert about_form == expected, f"the model expects {expected}"
        counts = self.outcomes[operation]
        counts[outcome] = counts.get(outcome, 0) + 1
        return said

    # ------------------------------------------------------------------------------------------ Workers

    def _work(self) -> None:
        """One thing that a Worker does, or is refused."""
        worker = self._random.choice(self.town.workers)
        act = self._random.choice((self._accept, self._accept, self._submit, self._submit, self._return, self._qualify))
        with contextlib.suppress(RequestError):
            act(worker)

    def _any(self, kind: str) -> str:
        return self._known.any(self._random, self._random.choice(self._programs).access_key_id, kind)

    def _accept(self, worker: str) -> None:
        listed = self.town.perform(worker, listings.list_groups).groups
        if listed and self._random.random() < 0.7:
            group_id, hit_id = self._random.choice(listed).hit_group_id, None
        else:
            group_id, hit_id = self._any("HITGroupId"), self._random.choice((None, self._any("HITId")))
        self._last = f"{worker} accepts of {group_id} {hit_id}"
        accepted = self.town.perform(worker, work.accept, group_id=group_id, hit_id=hit_id)
        self._held.setdefault(worker, []).append(accepted.assignment_id)
        self._hits[accepted.assignment_id] = accepted.hit_id
        self._known.workers[accepted.assignment_id] = worker

    def _one_held(self, worker: str) -> str:
        held = self._held.get(self._random.choice((worker, worker, worker, *self.town.workers)))
        return self._random.choice(held[-6:]) if held else "3NOTHING"

    def _submit(self, worker: str) -> None:
        assignment_id = self._one_held(worker)
        self._last = f"{worker} submits {assignment_id}"
        keys = None
        if self._random.random() < 0.8:  # refused, unless its question asks for a photo
            begin = {"assignment_id": assignment_id, "question_identifier": "photo", "file_name": "mug.png"}
            with contextlib.suppress(RequestError):
                keys = [self.town.perform(worker, uploads.begin, **begin)]
                kept = {"assignment_id": assignment_id, "file_key": keys[0], "size_in_bytes": 3}
                self.town.perform(worker, uploads.keep, **kept)
        colour = self._random.choice(("red", "red", "blue", ""))
        answer = answers.to_xml([("colour", colour), ("handle", "yes" if colour else "")])
        self.town.perform(worker, submit_answer, assignment_id=assignment_id, answer=answer, file_keys=keys)
        self._known.add(self._known.owner("HITId", self._hits[assignment_id]), "AssignmentId", assignment_id)

    def _return(self, worker: str) -> None:
        assignment_id = self._one_held(worker)
        self._last = f"{worker} returns {assignment_id}"
        self.town.perform(worker, work.return_assignment, assignment_id=assignment_id)

    def _qualify(self, worker: str) -> None:
        """Ask for a qualification; if that begins a test, mostly take it too."""
        type_id = self._any("QualificationTypeId")
        self._last = f"{worker} asks for {type_id}"
        standing = self.town.perform(worker, qualification_requests.request, qualification_type_id=type_id)
        if standing.request_id is None:
            return
        self._known.add(
            self._known.owner("QualificationTypeId", type_id), "QualificationRequestId", standing.request_id
        )
        if self._random.random() < 0.3:
            return
        answer = answers.to_xml([("colour", self._random.choice(("blue", "red", *WORDS[:2])))])
        self.town.perform(worker, submit_test_answer, request_id=standing.request_id, answer=answer)
