"""Requests: random ones for an operation, mostly good and about what there is, else spoilt in one place or several."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from botocore.model import Shape

from kempelen.core.rules.requirements import PERCENT_APPROVED
from kempelen.core.wire.shapes import ReviewPolicy, encoder
from tests.clients.hits import ANSWER_KEY, EXTERNAL_QUESTION, HTML_QUESTION, PHOTO_FORM, TEST
from tests.market.work import DAYS, HOURS, QUESTION
from tests.simulation.fuzz.model import request_shape
from tests.simulation.test_random_markets import AGREEING, ASKING, DIVIDING, STRICT

LOCALE = "00000000000000000071"
WORDS = (
    "mug",
    "Name the mug's colour",
    "Tasse, größer",
    "杯子",
    "🫖",
    "<b>&amp;",
    "a\nb\tc",
    "' OR 1=1 --",
    "\u202eabc",
    " ",
)
ODD_WORDS = ("", "\0", "\ud800", "%s{0}${mug}", "\ufffe", "ä" * 129, "x" * 2001, "y" * 70_000, "\x0b\x1b")
ODD_VALUES = (None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 1e300, "", "7", "null", [], {}, [None], [[]],
              {"HITId": 1}, "1e400", "nan", "2026-13-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00",
              253_402_300_800, -62_135_596_801, "x" * 300)  # fmt: skip
POLICIES: dict[str, tuple[ReviewPolicy, ...]] = {
    "AssignmentReviewPolicy": (STRICT, ASKING),
    "HITReviewPolicy": (AGREEING, DIVIDING),
}
NUMBERS = {
    "AssignmentDurationInSeconds": (30, HOURS, HOURS, 3 * DAYS, 365 * DAYS),
    "AutoApprovalDelayInSeconds": (0, HOURS, DAYS, 30 * DAYS),
    "LifetimeInSeconds": (30, HOURS, DAYS, 30 * DAYS, 365 * DAYS),
    "MaxAssignments": (1, 1, 2, 3, 9, 10, 1_000_000_000),
    "NumberOfAdditionalAssignments": (1, 1, 2, 9, 1_000_000_000),
    "TestDurationInSeconds": (1, HOURS, DAYS),
    "RetryDelayInSeconds": (0, HOURS, DAYS),
    "MaxResults": (1, 2, 3, 10, 100),
}
AMOUNTS = ("0", "0.01", "0.01", "0.05", "0.05", "0.05", "0.1", "1.", "2.50", "40", "9" * 15, "9" * 30)
DESTINATIONS = {
    "SQS": "https://sqs.us-east-1.amazonaws.com/123456789012/lab",
    "SNS": "arn:aws:sns:us-east-1:123456789012:lab",
    "Email": "lab@example.org",
}
EVENTS = ("AssignmentAccepted", "AssignmentSubmitted", "HITReviewable", "HITExpired")
KINDS = ("HITId", "HITTypeId", "HITGroupId", "AssignmentId", "WorkerId", "QualificationTypeId",
         "QualificationRequestId", "HITLayoutId")  # fmt: skip


class Known:
    """The ids that have been told so far, of each kind, by whom they were told to."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], dict[str, None]] = {}
        self.workers: dict[str, str] = {}  # of each assignment
        self.held: dict[str, list[dict[str, Any]]] = {}  # qualifications that were given, as it was asked for

    def learn(self, owner: str, told: Any) -> None:
        """Every id in an answer, however deep."""
        if isinstance(told, list):
            for item in told:
                self.learn(owner, item)
        elif isinstance(told, dict):
            for name, value in told.items():
                if name in KINDS and isinstance(value, str):
                    self.add(owner, name, value)
                else:
                    self.learn(owner, value)

    def add(self, owner: str, kind: str, value: str) -> None:
        """One more id; the one told last stands last."""
        ids = self._ids.setdefault((owner, kind), {})
        ids.pop(value, None)
        ids[value] = None

    def owner(self, kind: str, value: str) -> str:
        """Whom this id was told to first."""
        return next(whose for (whose, of), ids in self._ids.items() if of == kind and value in ids)

    def any(self, random: Random, owner: str, kind: str) -> str:
        """An id of this kind: mostly the owner's and a new one, seldom somebody else's, of another kind, or of none."""
        chance = random.random()
        if chance < 0.04:
            return random.choice(("3NOBODYKNOWSTHIS", "A2NOBODY", "a", "", LOCALE, PERCENT_APPROVED))
        asked = (owner if chance < 0.9 else None, kind if chance < 0.97 else random.choice(KINDS))
        found = [one for (whose, of), ids in self._ids.items() if whose in (asked[0] or whose, "") and of == asked[1]
                 for one in ids]  # fmt: skip
        return random.choice(found[-random.choice((1, 5, 20, 1000)) :]) if found else "3NOTHINGOFTHISKINDYET"


class Requests:
    """Makes requests from the model, from one source of chance."""

    def __init__(self, random: Random, known: Known, now: Callable[[], datetime]) -> None:
        self._random, self._known, self._now = random, known, now
        self._makers: dict[str, Callable[[str, str], Any]] = {
            "Question": self._question,
            "Test": lambda *_: self._xml(TEST),
            "AnswerKey": lambda *_: self._xml(ANSWER_KEY),
            "ExpireAt": lambda *_: self._instant(),
            "QualificationRequirements": lambda owner, _: self._requirements(owner),
            "AssignmentReviewPolicy": lambda _, name: self._policy(name),
            "HITReviewPolicy": lambda _, name: self._policy(name),
            "Notification": lambda *_: self._notification(),
            "TestEventType": lambda *_: self._random.choice((*EVENTS, "Ping")),
            "HITLayoutParameters": lambda *_: [
                {"Name": name, "Value": self._text()} for name in ("colour", "mug")[: self._random.choice((0, 1, 1, 2))]
            ],
            "UniqueRequestToken": lambda *_: f"token {self._random.randrange(60)}",
            "QuestionIdentifier": lambda *_: self._random.choice(("photo", "photo", "note", "")),
            "Name": lambda *_: self._random.choice((self._text(), f"Skill {self._random.randrange(10_000)}")),
            "PolicyName": lambda _, name: self._policy(self._random.choice(list(POLICIES)))["PolicyName"],
            "IntegerValue": lambda *_: self._random.choice((0, 1, 50, 100, -1, 2**31 - 1)),
        }

    def make(self, operation: str, owner: str) -> dict[str, Any]:
        """The members of a request whose form is good."""
        shape = request_shape(operation)
        members = {
            name: self._value(name, member, owner)
            for name, member in shape.members.items()
            if name in shape.required_members or self._random.random() < 0.4
        }
        return self._sensible(members, operation, owner)

    def _sensible(self, members: dict[str, Any], operation: str, owner: str) -> dict[str, Any]:
        """Mostly without what the documentation forbids together, and with what it asks for."""
        if self._random.random() < 0.1:
            return members
        members.pop("NextToken", None)  # one leads to the next page of the same request; see History
        if "LifetimeInSeconds" in members:
            by_layout = self._random.random() < 0.15
            for name in ("HITLayoutId", "HITLayoutParameters", "Question"):
                members.pop(name, None)
            if by_layout:
                members["HITLayoutId"] = self._known.any(self._random, owner, "HITLayoutId")
                members["HITLayoutParameters"] = [{"Name": "colour", "Value": self._text()}]
            else:
                members["Question"] = self._question(owner, "Question")
        if operation == "SendBonus":
            members["WorkerId"] = self._known.workers.get(members["AssignmentId"], members["WorkerId"])
        held = self._known.held.get(owner)
        if held and {"QualificationTypeId", "WorkerId"} <= members.keys() and self._random.random() < 0.5:
            given = self._random.choice(held[-3:])
            members |= {name: given[name] for name in ("QualificationTypeId", "WorkerId")}
        if "Test" in members:
            members["TestDurationInSeconds"] = self._random.choice(NUMBERS["TestDurationInSeconds"])
            members["AutoGranted"] = False
        elif operation.endswith("QualificationType"):
            for name in ("AnswerKey", "TestDurationInSeconds"):
                members.pop(name, None)
        if operation == "ListBonusPayments" and "AssignmentId" in members:
            members.pop("HITId", None)
        if not members.get("AutoGranted"):
            members.pop("AutoGrantedValue", None)
        return members

    def _value(self, name: str, shape: Shape, owner: str) -> Any:
        """A value of a member whose form is good."""
        if name in KINDS:
            return self._known.any(self._random, owner, name)
        if name in NUMBERS and shape.type_name in ("integer", "long"):
            return self._random.choice(NUMBERS[name])
        if name in self._makers:
            return self._makers[name](owner, name)
        return self._of(shape, owner)

    def _of(self, shape: Shape, owner: str) -> Any:
        random = self._random
        if shape.type_name == "structure":
            return {name: self._value(name, member, owner) for name, member in shape.members.items()
                    if name in shape.required_members or random.random() < 0.6}  # fmt: skip
        if shape.type_name == "list":
            if shape.member.name in ("CustomerId", "EntityId"):
                kind = "WorkerId" if shape.member.name == "CustomerId" else "AssignmentId"
                return [self._known.any(random, owner, kind) for _ in range(random.randrange(1, 4))]
            return [self._of(shape.member, owner) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        if shape.type_name == "string":
            if "enum" in shape.metadata:
                return random.choice(shape.metadata["enum"])
            return random.choice(AMOUNTS) if shape.name == "CurrencyAmount" else self._text()
        if shape.type_name == "boolean":
            return random.random() < 0.5
        if shape.type_name == "timestamp":
            return self._instant()
        return random.choice((0, 1, 2, 10, shape.metadata.get("max", 1000)))

    def _text(self) -> str:
        return " ".join(self._random.choices(WORDS, k=self._random.choice((1, 1, 2, 5))))

    def _instant(self) -> float:
        return int(self._now().timestamp()) + self._random.choice(
            (-365 * DAYS, -HOURS, 0, 0.5, HOURS, DAYS, 366 * DAYS)
        )

    def _question(self, owner: str, name: str) -> str:
        plain = (QUESTION, PHOTO_FORM, HTML_QUESTION, EXTERNAL_QUESTION, PHOTO_FORM, TEST)
        return self._xml(self._random.choice(plain))

    def _xml(self, text: str) -> str:
        """The document, now and then with a piece missing, doubled or odd."""
        random = self._random
        if random.random() < 0.85:
            return text
        start = random.randrange(len(text))
        end = start + random.choice((0, 1, 5, 40))
        return random.choice(
            (text[:start] + text[end:], text[:end] + text[start:], text[:start] + random.choice(WORDS) + text[end:])
        )

    def _policy(self, name: str) -> Any:
        return encoder(ReviewPolicy)(self._random.choice(POLICIES[name]))

    def _notification(self) -> dict[str, Any]:
        random = self._random
        transport = random.choice(list(DESTINATIONS))
        return {
            "Destination": DESTINATIONS[transport if random.random() < 0.9 else "SQS"],
            "Transport": transport,
            "Version": random.choice(("2014-08-15", "2014-08-15", "2006-05-05", "1999")),
            "EventTypes": random.sample(EVENTS, random.randrange(1, 4)),
        }

    def _requirements(self, owner: str) -> list[Any]:
        random = self._random
        if random.random() < 0.7:
            return []
        kind = random.choice((PERCENT_APPROVED, LOCALE, self._known.any(random, owner, "QualificationTypeId")))
        requirement: dict[str, Any] = {"QualificationTypeId": kind}
        if kind == LOCALE:
            places = [{"Country": "US", "Subdivision": "WA"}, {"Country": "DE"}]
            requirement |= {"Comparator": random.choice(("In", "NotIn")), "LocaleValues": places}
        elif random.random() < 0.7:
            comparator = random.choice(("LessThan", "GreaterThanOrEqualTo", "EqualTo", "NotIn"))
            requirement |= {"Comparator": comparator, "IntegerValues": [random.choice((0, 1, 50, 100))]}
        else:
            requirement["Comparator"] = random.choice(("Exists", "DoesNotExist"))
        if random.random() < 0.3:
            requirement["ActionsGuarded"] = random.choice(("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"))
        return [requirement]

    def spoil(self, members: dict[str, Any]) -> dict[str, Any]:
        """The same with something odd in a place or two, however deep; its form may be good all the same."""
        spoilt: dict[str, Any] = json.loads(json.dumps(members))
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            holder, key = self._place(spoilt)
            if self._random.random() < 0.15:
                spoilt[self._random.choice(("hitId", "Reward", "NextToken", "MaxResults", "💥"))] = self._odd()
            elif key is None:
                continue
            elif self._random.random() < 0.2:
                del holder[key]
            else:
                holder[key] = self._odd()
        return spoilt

    def _place(self, members: dict[str, Any]) -> tuple[Any, Any]:
        """A place in a request: what holds it, and its name or number there."""
        holder: Any = members
        key: Any = None
        while holder:
            key = self._random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            inner = holder[key]
            if not (isinstance(inner, dict | list) and inner and self._random.random() < 0.7):
                break
            holder = inner
        return holder, key

    def _odd(self) -> Any:
        odd = (self._random.choice(ODD_VALUES), self._random.choice(ODD_WORDS), self._text())
        return copy.deepcopy(self._random.choice(odd))  # it may be spoilt once more

    def torn(self, body: bytes) -> bytes:
        """A body that has lost, or caught, a few bytes."""
        start = self._random.randrange(len(body))
        noise = self._random.choice((b"", b"\x00", b"\xff\xfe", b'"', b"{" * 2_000, b"[" * 100_000, b"\xed\xa0\x80"))
        return body[:start] + noise + body[start + self._random.choice((0, 1, 10)) :]
