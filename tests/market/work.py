"""Short ways to the states that tests begin with."""

from typing import Any

from kempelen.core.money import Money
from kempelen.market.hits import hits
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import assignments, history, work
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
    return market.perform(requester, hits.create_hit, **given).hit


def accepted_work(market: Market, requester: str, worker: str, **members: Any) -> Accepted:
    """An assignment of a new HIT, accepted by the Worker."""
    hit = new_hit(market, requester, **members)
    return market.perform(worker, work.accept, group_id=hit.hit_group_id)


def submitted_work(market: Market, requester: str, worker: str, **members: Any) -> str:
    """The id of an assignment of a new HIT, submitted by the Worker."""
    accepted = accepted_work(market, requester, worker, **members)
    market.perform(worker, work.submit, assignment_id=accepted.assignment_id, answer=ANSWER)
    return accepted.assignment_id


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
