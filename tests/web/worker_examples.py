"""The examples of docs/worker-api.md, which can be played.

    python -m tests.web.worker_examples        (`make worker-api`) plays them and writes what was answered

An example is a block of `http`, the request, and after it one of `json`, the answer. What differs each time is written
one way: ids get names, tickets and tokens become "…".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from kempelen import passwords
from kempelen.core.money import Money
from kempelen.core.rules.requirements import PERCENT_APPROVED
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.messaging import notifications
from kempelen.market.people import accounts
from kempelen.market.work import assignments, bonuses
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.market.qualifying import new_type, required
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import ANSWER, MINUTES, new_hit, submit_answer
from tests.web.people import PASSWORD, URL, Person, Program
from tests.web.worker_api import PATH

EXAMPLE = re.compile(r"```http\n(?P<request>.+?)\n```\n\n```json\n(?P<answer>.*?)```", re.DOTALL)


class Playground:
    """A market for the examples: Bob, whose token they send, has worked for Alice before."""

    def __init__(self, market: Market) -> None:
        app = web(market, WebSettings(url=URL))
        self.market = market
        self.names: dict[str, str] = {}
        made = market.perform(OPERATOR, accounts.add_requester, name="Mug Lab", email="alice@example.org")
        self.alice = made.requester_id
        market.perform(OPERATOR, accounts.deposit, requester_id=self.alice, amount=Money.parse("1000.00"))
        bob = Person.registered(market, app, "Bob", passwords.hashed(PASSWORD))
        self.program = Program(app, bob.token(market))
        self.names |= {self.alice: "A1EXAMPLEREQUESTER", bob.worker_id: "A2EXAMPLEWORKER"}
        market.perform(bob.worker_id, accounts.set_auto_accept, on=False)
        self._past(bob)
        dutch = self._named("TYPE", new_type(market, self.alice, "Reads Dutch", keywords="language, nl"))
        test = {"test": TEST, "test_duration_in_seconds": 10 * MINUTES, "answer_key": KEY}
        self._named("TYPE", new_type(market, self.alice, "Knows mugs", **test))
        needed = [required(PERCENT_APPROVED, "GreaterThanOrEqualTo", 95), required(dutch, "Exists")]
        self.hit = {"title": "Name the mug's colour", "assignment_duration_in_seconds": 10 * MINUTES}
        self._named("GROUP", new_hit(market, self.alice, **self.hit).hit_group_id)
        receipt = {"title": "Copy a receipt", "description": "Some words, some numbers.", "reward": Money.parse("0.25")}
        new_hit(market, self.alice, **receipt, qualification_requirements=needed)

    def _past(self, bob: Person) -> None:
        """One assignment approved with a bonus, one rejected, and a message."""
        done = []
        for title in ("Name a cup's colour", "Count the cups"):
            accepted = bob.accept(self.market, self.alice, title=title)
            about = {"assignment_id": accepted.assignment_id}
            self.market.perform(bob.worker_id, submit_answer, **about, answer=ANSWER)
            done.append(about)
        perform = self.market.perform
        perform(self.alice, assignments.approve_assignment, **done[0], requester_feedback="Well done.")
        bonus = {"bonus_amount": Money.parse("0.20"), "reason": "For speed.", "worker_id": bob.worker_id}
        perform(self.alice, bonuses.send_bonus, **done[0], **bonus)
        perform(self.alice, assignments.reject_assignment, **done[1], requester_feedback="There were seven cups.")
        message = {"subject": "More mugs on Monday", "message_text": "You were fast and right. Come again!"}
        perform(self.alice, notifications.notify_workers, **message, worker_ids=[bob.worker_id])

    def answer(self, request: str) -> tuple[str, str, int, Any]:
        """Play one request of the document: its method, its path, and the status and JSON it got."""
        head, _, body = request.partition("\n\n")
        method, _, path = head.partition(" ")
        self._meanwhile(method, path)
        path, body = self._real(path), self._real(body)
        got = self.program.get(path) if method == "GET" else self.program.post(path, parse_qsl(body))
        return method, path, got.status_code, got.json()

    def written(self, answer: Any) -> str:
        """An answer as the document shows it."""
        self._learn(answer)
        if "next_url" in answer:
            self._learn(self.program.get("/tasks").json())
        text = json.dumps(answer, indent=2, ensure_ascii=False)
        for real, name in self.names.items():
            text = text.replace(real, name).replace(real.lower(), name.lower())
        return re.sub(r"kwt_[\w-]+", "kwt_…", re.sub(r"/task/en/[^?\"]+", "/task/en/…", text))

    def _meanwhile(self, method: str, path: str) -> None:
        """What others do before an example."""
        if path.partition("?")[0].endswith("/submit") and "projects" in path:
            self.market.clock.advance(seconds=95)
            new_hit(self.market, self.alice, **self.hit)
        if path.partition("?")[0].endswith("/skip"):
            new_hit(self.market, self.alice, **self.hit)
        if path == "/account/tokens/revoke":
            self._learn(self.program.get("/account").json())

    def _real(self, text: str) -> str:
        for real, name in self.names.items():
            text = text.replace(name, real)
        return text

    def _learn(self, value: Any) -> None:
        """Name the ids in an answer that were not met before."""
        for member, one in _members(value):
            if member in _LABELS and isinstance(one, str) and not one.startswith("0000"):
                self._named(_LABELS[member], one)

    def _named(self, label: str, real: str) -> str:
        if real not in self.names:
            number = sum(name.startswith(("3" + label, label)) for name in self.names.values()) + 1
            stem = f"{label}EXAMPLE" if label == "TOKEN" else f"3{label}{'EXAMPLE' * 4}"[:29]
            self.names[real] = f"{stem}{number}"
        return real


_LABELS = {
    "hit_set_id": "GROUP", "task_id": "HIT", "hit_id": "HIT", "assignment_id": "ASSIGNMENT", "search_id": "SEARCH",
    "qualification_type_id": "TYPE", "request_id": "REQUEST", "message_id": "MESSAGE", "token_id": "TOKEN",
}  # fmt: skip


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    for name, one in value.items() if isinstance(value, dict) else []:
        yield name, one
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _members(one)


@contextmanager
def playground() -> Iterator[Playground]:
    database = open_database(":memory:")
    database.migrate()
    market = Market(database, vault=Vault(bytes(range(32))), clock=ManualClock(), random=Random(0))
    yield Playground(market)
    market.close()


def played(text: str, look: Callable[[str, str, int, Any], None] | None = None) -> str:
    """The document with the answers that its requests get."""
    with playground() as ground:

        def written(example: re.Match[str]) -> str:
            method, path, status, answer = ground.answer(example["request"])
            if look:
                look(method, path, status, answer)
            return f"```http\n{example['request']}\n```\n\n```json\n{ground.written(answer)}\n```"

        return EXAMPLE.sub(written, text)


if __name__ == "__main__":
    PATH.write_text(played(PATH.read_text()))
