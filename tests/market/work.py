"""Short ways to the states that tests begin with."""

from collections.abc import Sequence
from typing import Any

from kempelen.core.money import Money
from kempelen.core.wire.operations import transaction
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_creation, hits
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_tests
from kempelen.market.qualifications.standings import Standing
from kempelen.market.work import assignments, history, submission, work
from kempelen.market.work.submission import Answer
from kempelen.market.work.work import Accepted

MINUTES, HOURS, DAYS = 60, 3_600, 86_400
QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd">'
    "<HTMLContent><![CDATA[<!DOCTYPE html><form action='https://www.mturk.com/mturk/externalSubmit'>"
    "<input name='colour'></form>]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
ANSWER = "<QuestionFormAnswers/>"


def new_hit(market: Market, requester: str, **members: Any) -> hits.HIT:
    """A HIT of the Requester's, worth 0.05, an hour for it, open for a day."""
    given = {
        "title": "Name the mug's colour",
        "description": "One question.",
        "reward": Money.parse("0.05"),
        "assignment_duration_in_seconds": 1 * HOURS,
        "lifetime_in_seconds": 1 * DAYS,
        "question": QUESTION,
        **members,
    }
    return market.perform(requester, hit_creation.create_hit, **given).hit


def accepted_work(market: Market, requester: str, worker: str, **members: Any) -> Accepted:
    """An assignment of a new HIT, accepted by the Worker."""
    hit = new_hit(market, requester, **members)
    return market.perform(worker, work.accept, group_id=hit.hit_group_id)


def submitted_work(market: Market, requester: str, worker: str, **members: Any) -> str:
    """The id of an assignment of a new HIT, submitted by the Worker."""
    accepted = accepted_work(market, requester, worker, **members)
    market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    return accepted.assignment_id


@transaction(lane="assignment_id")
def submit_answer(call: Call, *, assignment_id: str, answer: str, file_keys: Sequence[str] | None = None) -> None:
    """Record any answer, unchecked: what the market does with one does not depend on its question."""
    work.get_work(call, assignment_id=assignment_id)
    if not submission.record_answer(call, assignment_id, Answer(answer, file_keys)):
        raise work.why_not_open(call, assignment_id)


@transaction(lane="request_id")
def submit_test_answer(call: Call, *, request_id: str, answer: str) -> Standing:
    """Record any answer to a qualification test, unchecked."""
    return qualification_tests.record_answers(call, qualification_tests.test_row(call, request_id), answer)


def hit_now(market: Market, requester: str, hit_id: str) -> hits.HIT:
    """The HIT as its Requester reads it now."""
    return market.perform(requester, hits.get_hit, hit_id=hit_id).hit


def places(market: Market, requester: str, hit_id: str) -> tuple[str, int, int, int]:
    """A HIT's status and its available, pending and completed counts."""
    hit = hit_now(market, requester, hit_id)
    return (
        hit.hit_status,
        hit.number_of_assignments_available,
        hit.number_of_assignments_pending,
        hit.number_of_assignments_completed,
    )


def work_status(market: Market, requester: str, assignment_id: str) -> str:
    """The status of submitted work as its Requester reads it now."""
    answer = market.perform(requester, assignments.get_assignment, assignment_id=assignment_id)
    return answer.assignment.assignment_status


def balance(market: Market, requester: str) -> str:
    """What a Requester can spend, in dollars."""
    return str(market.perform(requester, accounts.get_account_balance).available_balance)


def earned(market: Market, worker: str) -> str:
    """What a Worker has earned, in dollars."""
    return str(market.perform(worker, history.get_dashboard).earned)


def pass_time(market: Market, seconds: float) -> None:
    """Move the market's clock and perform all that fell due."""
    market.clock.advance(seconds=seconds)
    market.run_due()
