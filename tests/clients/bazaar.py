"""A server whose clock is moved by hand, with people who are up to something: where refusals are provoked.

Alice has money, Charlie is a Requester who has nothing to do with her, others are poor. Bob works, Dora never does.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from kempelen import config as settings
from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR, Call
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_requests
from kempelen.opening import open_market
from kempelen.store.open import open_database
from tests.clients.hits import PHOTO_FORM, terms
from tests.clients.server import REGION, Keys, Server, SignIn, Work

DAYS = 86_400
UNKNOWN = "3NOBODYHASTHISID"
NOBODY = "A3NOBODYISTHISWORKER"
MOST_BLOCKS = 3


class Refusal(NamedTuple):
    """An error as it came over the wire: its HTTP status, and what boto3 and the raw body say of it."""

    http_status: int
    type: str
    turk_error_code: str | None
    message: str
    is_modelled: bool
    body: dict[str, Any]


class Bazaar:
    """The server, and short ways to the states in which something is refused."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.numbers = itertools.count(1)
        market = open_market(settings.read(server.environment))
        try:
            people = market.perform(OPERATOR, _add_people)
        finally:
            market.close()
        self.alice, self.charlie, *self.poor = people
        self.bob, self.dora = server.add_workers(2)
        self.bobs_program = server.worker(self.bob)
        self._clients: dict[str, Any] = {}
        self._bodies: list[dict[str, Any]] = []
        self.purged_hit, self.purged_assignment, self.gone_type = self._long_ago()

    def close(self) -> None:
        """Close the connections."""
        self.bobs_program.close()
        for client in self._clients.values():
            client.close()

    # ---------------------------------------------------------------------------- asking

    def turk(self, keys: Keys) -> Any:
        """A Requester's boto3 client, which sends what it is told to, right or wrong."""
        if keys.access_key_id not in self._clients:
            client = self.server.client(keys, parameter_validation=False)
            client.meta.events.register(
                "before-parse.mturk.*",
                lambda response_dict, **_: self._bodies.append(json.loads(response_dict["body"])),
            )
            self._clients[keys.access_key_id] = client
        return self._clients[keys.access_key_id]

    def ask(self, operation: str, keys: Keys | None = None, **members: Any) -> dict[str, Any]:
        """What an operation answers to Alice, or to whoever else asks."""
        client = self.turk(keys or self.alice)
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**members)
        return answer

    def refusal(self, operation: str, keys: Keys | None = None, **members: Any) -> Refusal:
        """The error with which it is refused."""
        client = self.turk(keys or self.alice)
        try:
            answer = self.ask(operation, keys, **members)
        except ClientError as error:
            said = error.response
            return Refusal(
                http_status=said["ResponseMetadata"]["HTTPStatusCode"],
                type=said["Error"]["Code"],
                turk_error_code=self._bodies[-1].get("TurkErrorCode"),
                message=said["Error"]["Message"],
                is_modelled=isinstance(error, client.exceptions.RequestError),
                body=self._bodies[-1],
            )
        raise AssertionError(f"{operation} was not refused: {answer}")

    # ---------------------------------------------------------------------------- time

    def pass_time(self, *, seconds: int) -> None:
        """Move the server's clock."""
        body = json.dumps({"seconds": seconds}).encode()
        request = AWSRequest(
            "POST", f"{self.server.endpoint}/clock/advance", {"content-type": "application/json"}, data=body
        )
        credentials = Credentials(self.alice.access_key_id, self.alice.secret_access_key)
        SigV4Auth(credentials, "mturk-requester", REGION).add_auth(request)
        answer = httpx.post(request.url, content=body, headers=dict(request.headers.items()), timeout=60)
        assert answer.status_code == 200, answer.text

    def _long_ago(self) -> tuple[str, str, str]:
        """A HIT and its assignment which were disposed of and then forgotten, 120 days later; a type deleted then."""
        type_id = self.qualification_type()
        self.ask("DeleteQualificationType", QualificationTypeId=type_id)
        work = self.submitted()
        self.ask("ApproveAssignment", AssignmentId=work.assignment_id)
        self.ask("DeleteHIT", HITId=work.hit_id)
        self.pass_time(seconds=120 * DAYS)
        return work.hit_id, work.assignment_id, type_id

    # ---------------------------------------------------------------------------- HITs and work in every state

    def terms(self, **members: Any) -> dict[str, Any]:
        """What CreateHIT needs, of a type that nothing else has."""
        return terms(Title=f"Name the colour of mug {next(self.numbers)}", **members)

    def hit(self, keys: Keys | None = None, **members: Any) -> dict[str, Any]:
        """A new HIT: Assignable."""
        made: dict[str, Any] = self.ask("CreateHIT", keys, **self.terms(**members))["HIT"]
        return made

    def hit_type(self, keys: Keys | None = None, **members: Any) -> str:
        """The id of a new HIT type."""
        wanted = self.terms(**members)
        for name in ("LifetimeInSeconds", "MaxAssignments", "Question"):
            del wanted[name]
        made: str = self.ask("CreateHITType", keys, **wanted)["HITTypeId"]
        return made

    def layout(self, html: str, keys: Keys | None = None) -> str:
        """The id of a new layout with this page."""
        file = self.server.folder / f"layout {next(self.numbers)}.html"
        file.write_text(html)
        requester_id = (keys or self.alice).requester_id
        made: str = self.server.told("layout", "add", str(file), "--requester", requester_id)["hit_layout_id"]
        return made

    def expired(self, **members: Any) -> dict[str, Any]:
        """A HIT that nobody worked on in time: Reviewable."""
        hit = self.hit(**members)
        self.ask("UpdateExpirationForHIT", HITId=hit["HITId"], ExpireAt=0)
        return hit

    def disposed(self) -> dict[str, Any]:
        """A HIT that is gone: Disposed."""
        hit = self.expired()
        self.ask("DeleteHIT", HITId=hit["HITId"])
        return hit

    def accepted(self, keys: Keys | None = None, **members: Any) -> Work:
        """Bob has taken an assignment of a new HIT, which is Unassignable now."""
        return self.bobs_program.accept(self.hit(keys, **members)["HITGroupId"])

    def returned(self) -> Work:
        """Bob has given it back."""
        work = self.accepted()
        self.bobs_program.give_back(work)
        return work

    def submitted(self, keys: Keys | None = None, **members: Any) -> Work:
        """Bob has handed in his answer, and the HIT is Reviewable."""
        work = self.accepted(keys, **members)
        self.bobs_program.submit(work, colour="blue")
        return work

    def rejected(self, keys: Keys | None = None, **members: Any) -> Work:
        """And it was not good enough."""
        work = self.submitted(keys, **members)
        self.ask("RejectAssignment", keys, AssignmentId=work.assignment_id, RequesterFeedback="It is red.")
        return work

    def uploaded(self, keys: Keys | None = None) -> Work:
        """Bob has answered a form with a file, in its question "photo"."""
        work = self.accepted(keys, Question=PHOTO_FORM)
        key = self.bobs_program.upload(work, 1, "mug.png", b"a mug")
        self.bobs_program.submit(work, **{"answer-1": key, "answer-2": "It is mine."})
        return work

    def made_before_2015(self) -> dict[str, Any]:
        """A HIT too old to be extended: its row says so."""
        hit = self.hit()
        database = open_database(self.server.database or self.server.folder)
        try:
            with database.writing() as db:
                moment = datetime.fromisoformat("2015-07-21T23:59:59+00:00")
                assert db.run("UPDATE hit SET created_at = :at WHERE hit_id = :hit_id", at=moment, hit_id=hit["HITId"])
        finally:
            database.close()
        return hit

    # ---------------------------------------------------------------------------- qualifications in every state

    def described(self, **members: Any) -> dict[str, Any]:
        """What CreateQualificationType needs, under a name that nothing else has."""
        name = f"Knows mugs {next(self.numbers)}"
        return {"Name": name, "Description": "A test of it.", "QualificationTypeStatus": "Active", **members}

    def qualification_type(self, keys: Keys | None = None, **members: Any) -> str:
        """The id of a new type."""
        made = self.ask("CreateQualificationType", keys, **self.described(**members))
        type_id: str = made["QualificationType"]["QualificationTypeId"]
        return type_id

    def granted(self, keys: Keys | None = None) -> str:
        """A new type, of which Bob has a score."""
        type_id = self.qualification_type(keys)
        members = {"QualificationTypeId": type_id, "WorkerId": self.bob.worker_id}
        self.ask("AssociateQualificationWithWorker", keys, **members)
        return type_id

    def requested(self, keys: Keys | None = None) -> tuple[str, str]:
        """A new type and Bob's request for it, which waits."""
        type_id = self.qualification_type(keys)
        market = open_market(settings.read(self.server.environment))
        try:
            market.perform(self.bob.worker_id, qualification_requests.request, qualification_type_id=type_id)
        finally:
            market.close()
        waiting = self.ask("ListQualificationRequests", keys, QualificationTypeId=type_id)["QualificationRequests"]
        return type_id, waiting[0]["QualificationRequestId"]


@contextmanager
def bazaar(folder: Path, target: str | None) -> Iterator[Bazaar]:
    """A bazaar for as long as the block runs."""
    settings = {
        "KEMPELEN_MAX_WORKER_BLOCKS": str(MOST_BLOCKS),
        "KEMPELEN_DEPOSIT_URL": "https://requester.mturk.com/prepayments/new",  # the recorded text names the original's
    }
    with Server(folder, target, "--clock", "manual", environment=settings) as server:
        open_now = Bazaar(server)
        try:
            yield open_now
        finally:
            open_now.close()


def java_date(at: datetime) -> str:
    """A time as Java prints it: `Wed Jul 14 20:26:06 UTC 2021`."""
    return f"{at:%a %b %d %H:%M:%S UTC %Y}"


def later(at: datetime, **span: int) -> datetime:
    """So much later."""
    return at + timedelta(**span)


def _add_people(call: Call) -> list[Keys]:
    """Alice, Charlie and seven who have half a dollar each."""
    people = [("Alice", "10000"), ("Charlie", "100"), *((f"Poor {number}", "0.50") for number in range(7))]
    keys = []
    for name, dollars in people:
        email = f"{name.replace(' ', '')}@example.org"
        requester_id = accounts.add_requester(call, name=name, email=email).requester_id
        accounts.deposit(call, requester_id=requester_id, amount=Money.parse(dollars))
        key = accounts.add_access_key(call, requester_id=requester_id)
        keys.append(Keys(requester_id, key.access_key_id, key.secret_access_key))
    return keys


__all__ = ["DAYS", "MOST_BLOCKS", "NOBODY", "UNKNOWN", "Bazaar", "Refusal", "SignIn", "bazaar", "java_date", "later"]
