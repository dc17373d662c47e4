"""Review policies under a race: two markets on one database, as two processes are, and everybody submits at once."""

import threading
from random import Random

import pytest

from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import review_policies, work
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.market.conftest import KEY, new_worker
from tests.market.test_review_policies import known, plurality
from tests.market.work import new_hit, submit_answer

NAMES = ("Bob", "Dora", "Emil", "Frida", "Gustav", "Hanna", "Ida", "Jan")


@pytest.mark.slow
def test_everybody_is_judged_once_and_the_hit_is_compared_whenever_it_is_full(durable_target):
    database = open_database(durable_target)
    database.migrate()
    markets = [
        Market(open_database(durable_target), vault=Vault(KEY), clock=ManualClock(), random=Random(seed))
        for seed in (1, 2)
    ]
    first = markets[0]
    alice = first.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
    first.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("100"))
    policies = {
        "assignment_review_policy": known(
            RejectIfKnownAnswerScoreIsLessThan=50, ExtendIfKnownAnswerScoreIsLessThan=50, ExtendMaximumAssignments=9
        ),
        "hit_review_policy": plurality(ApproveIfWorkerAgreementScoreIsAtLeast=100),
    }
    hit = new_hit(first, alice, max_assignments=len(NAMES), **policies)
    taken = [
        (worker, first.perform(worker, work.accept, group_id=hit.hit_group_id).assignment_id)
        for worker in (new_worker(first, name) for name in NAMES)
    ]
    together = threading.Barrier(len(taken))

    def submit(number, worker, assignment_id):
        together.wait()
        answer = answers.to_xml([("colour", "red" if number else "blue")])
        markets[number % 2].perform(worker, submit_answer, assignment_id=assignment_id, answer=answer)

    threads = [threading.Thread(target=submit, args=(number, *each)) for number, each in enumerate(taken)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    one_more = new_worker(first, "Karl")
    last = first.perform(one_more, work.accept, group_id=hit.hit_group_id).assignment_id
    first.perform(one_more, submit_answer, assignment_id=last, answer=answers.to_xml([("colour", "red")]))
    told = first.perform(alice, review_policies.list_review_policy_results_for_hit, hit_id=hit.hit_id)
    of_work = [action.action_name for action in told.assignment_review_report.review_actions]
    assert (of_work.count("review"), of_work.count("reject"), of_work.count("extend")) == (9, 1, 1)
    of_hit = [(action.action_name, action.status) for action in told.hit_review_report.review_actions]
    assert of_hit.count(("review", "Succeeded")) == 1
    assert of_hit.count(("approve", "Succeeded")) == 8
    assert checks.problems(database) == []
    for market in markets:
        market.close()
    database.close()
