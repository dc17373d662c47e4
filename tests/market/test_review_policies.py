"""Review policies carried out: who is approved, rejected, asked for more, what it costs, and what is told of it."""

import pytest

from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.core.rules.verdicts import KNOWN_ANSWERS, PLURALITY
from kempelen.core.wire.errors import HITDoesNotExist, InvalidHITState, InvalidParameterValue
from kempelen.core.wire.refusals import WorkNotOpen
from kempelen.core.wire.shapes import ParameterMapEntry, PolicyParameter, ReviewPolicy
from kempelen.market.hits import hit_changes, hit_creation, hit_types
from kempelen.market.work import assignments, history, review_policies, work
from tests.market.conftest import new_worker
from tests.market.work import DAYS, HOURS, QUESTION, balance, earned, hit_now, new_hit, pass_time, places, submit_answer


def known(key=None, **parameters) -> ReviewPolicy:
    """ScoreMyKnownAnswers; "colour" is red unless told otherwise."""
    entries = [ParameterMapEntry(key=name, values=[value]) for name, value in (key or {"colour": "red"}).items()]
    return ReviewPolicy(
        policy_name=KNOWN_ANSWERS,
        parameters=[PolicyParameter(key="AnswerKey", map_entries=entries), *single(parameters)],
    )


def plurality(questions=("colour",), **parameters) -> ReviewPolicy:
    """SimplePlurality; more than half must agree unless told otherwise."""
    given = {"QuestionAgreementThreshold": 50} | parameters
    return ReviewPolicy(
        policy_name=PLURALITY, parameters=[PolicyParameter(key="QuestionIds", values=list(questions)), *single(given)]
    )


def single(parameters) -> list[PolicyParameter]:
    return [PolicyParameter(key=key, values=[str(value)]) for key, value in parameters.items()]


def submit(market, hit, worker, **fields) -> str:
    """The id of an assignment of this HIT that the Worker has done with these answers."""
    accepted = market.perform(worker, work.accept, group_id=hit.hit_group_id, hit_id=hit.hit_id)
    market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=answers.to_xml(fields.items()))
    return accepted.assignment_id


def read(market, requester, assignment_id) -> assignments.Assignment:
    return market.perform(requester, assignments.get_assignment, assignment_id=assignment_id).assignment


def results(market, requester, hit, **members) -> review_policies.ReviewPolicyResults:
    return market.perform(requester, review_policies.list_review_policy_results_for_hit, hit_id=hit.hit_id, **members)


def findings(report) -> list[tuple[str | None, str, str]]:
    return [(result.question_id, result.key, result.value) for result in report.review_results]


def deeds(report) -> list[tuple[str, str, str, str]]:
    return [(action.action_name, action.target_type, action.status, action.result) for action in report.review_actions]


def told_to(market, worker) -> list[tuple[str, str | None, str]]:
    """The Worker's list of submitted work: status, the policy that decided, feedback."""
    page = market.perform(worker, history.list_submitted)
    return [(one.status, one.decided_by_policy, one.requester_feedback) for one in page.items]


@pytest.fixture(autouse=True)
def true_books(market):
    """Whatever a test does, the market's own proof holds afterwards."""
    yield
    assert checks.problems(market.database) == []


@pytest.fixture
def dora(market) -> str:
    return new_worker(market, "Dora")


@pytest.fixture
def emil(market) -> str:
    return new_worker(market, "Emil")


# ---------------------------------------------------------------------------------------------- known answers

STRICT = {
    "ApproveIfKnownAnswerScoreIsAtLeast": 100,
    "ApproveReason": "Thank you!",
    "RejectIfKnownAnswerScoreIsLessThan": 50,
    "RejectReason": "The mug is red.",
}


def test_known_answers_approve_and_pay_in_the_moment_of_submission(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**STRICT))
    assignment = read(market, alice, submit(market, hit, bob, colour=" red "))
    assert (assignment.assignment_status, assignment.requester_feedback) == ("Approved", "Thank you!")
    assert assignment.approval_time == assignment.submit_time == market.clock.now()
    assert (balance(market, alice), earned(market, bob)) == ("999.94", "0.05")
    assert places(market, alice, hit.hit_id) == ("Reviewable", 0, 0, 1)


def test_known_answers_reject_and_give_the_money_back(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**STRICT))
    assignment = read(market, alice, submit(market, hit, bob, colour="blue"))
    assert (assignment.assignment_status, assignment.requester_feedback) == ("Rejected", "The mug is red.")
    assert assignment.rejection_time == market.clock.now()
    assert (balance(market, alice), earned(market, bob)) == ("1000.00", "0.00")


def test_what_known_answers_leave_undecided_waits_for_the_requester_or_for_time(market, alice, bob, dora):
    key = {"colour": "red", "shape": "round"}
    hit = new_hit(market, alice, max_assignments=2, auto_approval_delay_in_seconds=1 * DAYS,
                  assignment_review_policy=known(key, **STRICT))  # fmt: skip
    first, second = (submit(market, hit, worker, colour="red", shape="square") for worker in (bob, dora))
    assert read(market, alice, first).assignment_status == "Submitted"
    market.perform(alice, assignments.reject_assignment, assignment_id=first, requester_feedback="It is round.")
    pass_time(market, 1 * DAYS)
    assert read(market, alice, second).assignment_status == "Approved"
    assert told_to(market, bob) == [("Rejected", None, "It is round.")]
    assert told_to(market, dora) == [("Approved", None, "")]


def test_known_answers_decide_before_an_auto_approval_without_delay(market, alice, bob, dora):
    hit = new_hit(market, alice, max_assignments=2, auto_approval_delay_in_seconds=0,
                  assignment_review_policy=known(RejectIfKnownAnswerScoreIsLessThan=50))  # fmt: skip
    assert read(market, alice, submit(market, hit, bob, colour="blue")).assignment_status == "Rejected"
    assert read(market, alice, submit(market, hit, dora, colour="red")).assignment_status == "Approved"


def test_known_answers_are_told_question_by_question_and_with_their_score(market, alice, bob):
    key = {"colour": "red", "shape": "round", "text on it": "ΟΥΤΙΣ"}
    hit = new_hit(market, alice, assignment_review_policy=known(key, **STRICT))
    assignment_id = submit(market, hit, bob, colour="red", shape="round")
    said = results(market, alice, hit)
    assert (said.hit_id, said.assignment_review_policy, said.hit_review_policy, said.hit_review_report) == (
        hit.hit_id,
        ReviewPolicy(policy_name=KNOWN_ANSWERS),
        None,
        None,
    )
    report = said.assignment_review_report
    assert findings(report) == [
        ("colour", "KnownAnswerCorrect", "1"),
        ("shape", "KnownAnswerCorrect", "1"),
        ("text on it", "KnownAnswerCorrect", "0"),
        (None, "KnownAnswerScore", "66"),
    ]
    (review,) = report.review_actions
    assert (review.action_name, review.status, review.result, review.error_code) == (
        "review",
        "Succeeded",
        "Reviewed 3 known answers; 2/3 correct",
        None,
    )
    assert (review.target_id, review.target_type, review.complete_time) == (
        assignment_id,
        "Assignment",
        market.clock.now(),
    )
    assert {(result.action_id, result.subject_id, result.subject_type) for result in report.review_results} == {
        (review.action_id, assignment_id, "Assignment")
    }


def test_the_sample_of_the_documentation_is_told_in_its_words(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**STRICT))
    submit(market, hit, bob, colour="red")
    report = results(market, alice, hit).assignment_review_report
    assert deeds(report) == [
        ("review", "Assignment", "Succeeded", "Reviewed one known answer; 1/1 correct"),
        ("approve", "Assignment", "Succeeded", "Approved"),
    ]


def test_a_submission_is_judged_once(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=2, assignment_review_policy=known())
    assignment_id = submit(market, hit, bob, colour="red")
    with pytest.raises(WorkNotOpen):
        market.perform(bob, submit_answer, assignment_id=assignment_id, answer=answers.to_xml([("colour", "blue")]))
    pass_time(market, 40 * DAYS)
    assert len(results(market, alice, hit).assignment_review_report.review_actions) == 1


def test_returned_and_abandoned_work_is_not_judged(market, alice, bob, dora):
    hit = new_hit(market, alice, max_assignments=2, assignment_review_policy=known(**STRICT))
    given_back = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    market.perform(bob, work.return_assignment, assignment_id=given_back.assignment_id)
    market.perform(dora, work.accept, group_id=hit.hit_group_id)
    pass_time(market, 1 * HOURS)
    report = results(market, alice, hit).assignment_review_report
    assert (report.review_actions, report.review_results) == ([], [])


def test_the_requester_overrides_what_a_policy_rejected(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**STRICT))
    assignment_id = submit(market, hit, bob, colour="crimson")
    assert told_to(market, bob) == [("Rejected", KNOWN_ANSWERS, "The mug is red.")]
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment_id, override_rejection=True,
                   requester_feedback="Crimson is red.")  # fmt: skip
    assert told_to(market, bob) == [("Approved", None, "Crimson is red.")]
    assert earned(market, bob) == "0.05"


def test_the_worker_is_told_which_policy_decided(market, alice, bob, dora):
    of_answers = new_hit(market, alice, title="Cups", assignment_review_policy=known(**STRICT))
    submit(market, of_answers, bob, colour="red")
    assert told_to(market, bob) == [("Approved", KNOWN_ANSWERS, "Thank you!")]
    policy = plurality(ApproveIfWorkerAgreementScoreIsAtLeast=0)
    of_hit = new_hit(market, alice, title="Mugs", hit_review_policy=policy)
    submit(market, of_hit, dora, colour="red")
    assert told_to(market, dora) == [("Approved", PLURALITY, "")]


def test_a_policy_decision_counts_in_the_workers_record_and_is_told_like_any_other(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**STRICT))
    submit(market, hit, bob, colour="blue")
    dashboard = market.perform(bob, history.get_dashboard)
    assert (dashboard.rejected, dashboard.pending) == (1, 0)
    with market.database.reading() as db:
        (told,) = db.all("SELECT actor, requester_id, worker_id FROM event WHERE kind = 'AssignmentRejected'")
    assert told == {"actor": "POLICY", "requester_id": alice, "worker_id": bob}


# ---------------------------------------------------------------------------------------------- extension

EXTENDING = {"ExtendIfKnownAnswerScoreIsLessThan": 50}


def test_a_low_score_asks_for_one_more_assignment_and_holds_its_money(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**EXTENDING))
    submit(market, hit, bob, colour="blue")
    assert places(market, alice, hit.hit_id) == ("Assignable", 1, 0, 0)
    assert hit_now(market, alice, hit.hit_id).max_assignments == 2
    assert balance(market, alice) == "999.88"
    assert deeds(results(market, alice, hit).assignment_review_report)[-1] == (
        "extend",
        "HIT",
        "Succeeded",
        "Extended by 1",
    )


def test_extension_stops_at_five_assignments_unless_told_otherwise(market, alice):
    hit = new_hit(market, alice, assignment_review_policy=known(**EXTENDING))
    for name in ("Bob", "Dora", "Emil", "Frida", "Gustav"):
        submit(market, hit, new_worker(market, name), colour="blue")
    assert hit_now(market, alice, hit.hit_id).max_assignments == 5
    assert places(market, alice, hit.hit_id)[0] == "Reviewable"
    assert deeds(results(market, alice, hit).assignment_review_report)[-1] == (
        "extend",
        "HIT",
        "Succeeded",
        "Not extended: there are 5 assignments",
    )


def test_extension_never_takes_a_hit_from_nine_to_ten(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=9,
                  assignment_review_policy=known(**EXTENDING, ExtendMaximumAssignments=25))  # fmt: skip
    submit(market, hit, bob, colour="blue")
    assert hit_now(market, alice, hit.hit_id).max_assignments == 9
    action = results(market, alice, hit).assignment_review_report.review_actions[-1]
    assert (action.status, action.error_code, action.result) == (
        "Failed",
        "AWS.MechanicalTurk.InvalidMaximumAssignmentsIncrease",
        "The total number of assignments of this HIT must stay below 10.",
    )


def test_a_large_hit_is_extended_with_the_large_hits_fee(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=10,
                  assignment_review_policy=known(**EXTENDING, ExtendMaximumAssignments=25))  # fmt: skip
    before = balance(market, alice)
    submit(market, hit, bob, colour="blue")
    assert hit_now(market, alice, hit.hit_id).max_assignments == 11
    assert (before, balance(market, alice)) == ("999.30", "999.23")


def test_an_extension_without_funds_fails_and_all_else_stands(market, charlie_requester, bob):
    hit = new_hit(market, charlie_requester, reward=Money.parse("400"), max_assignments=2,
                  assignment_review_policy=known(**EXTENDING, ApproveIfKnownAnswerScoreIsAtLeast=0))  # fmt: skip
    assert balance(market, charlie_requester) == "40.00"
    assignment_id = submit(market, hit, bob, colour="blue")
    assert read(market, charlie_requester, assignment_id).assignment_status == "Approved"
    assert places(market, charlie_requester, hit.hit_id) == ("Assignable", 1, 0, 1)
    assert balance(market, charlie_requester) == "40.00"
    action = results(market, charlie_requester, hit).assignment_review_report.review_actions[-1]
    assert (action.action_name, action.status, action.error_code) == (
        "extend",
        "Failed",
        "AWS.MechanicalTurk.InsufficientFunds",
    )
    assert action.result.startswith("This Requester has insufficient funds")


def test_what_a_rejection_gives_back_pays_for_the_assignment_in_its_place(market, charlie_requester, bob, dora):
    policy = known(**STRICT, **EXTENDING)
    hit = new_hit(market, charlie_requester, reward=Money.parse("800"), assignment_review_policy=policy)
    submit(market, hit, bob, colour="blue")
    assert places(market, charlie_requester, hit.hit_id) == ("Assignable", 1, 0, 1)
    assert balance(market, charlie_requester) == "40.00"
    submit(market, hit, dora, colour="red")
    assert (earned(market, bob), earned(market, dora)) == ("0.00", "800.00")


def test_an_extended_hit_lives_at_least_as_long_as_the_policy_says(market, alice, bob, dora):
    hit = new_hit(market, alice, lifetime_in_seconds=2 * HOURS, assignment_duration_in_seconds=3 * HOURS,
                  assignment_review_policy=known(**EXTENDING, ExtendMinimumTimeInSeconds=1 * HOURS))  # fmt: skip
    submit(market, hit, bob, colour="blue")
    assert hit_now(market, alice, hit.hit_id).expiration == hit.expiration
    accepted = market.perform(dora, work.accept, group_id=hit.hit_group_id)
    pass_time(market, 90 * 60)
    market.perform(
        dora, submit_answer, assignment_id=accepted.assignment_id, answer=answers.to_xml([("colour", "blue")])
    )
    now = hit_now(market, alice, hit.hit_id)
    assert (now.expiration - market.clock.now()).total_seconds() == 1 * HOURS
    assert (now.hit_status, now.number_of_assignments_available) == ("Assignable", 1)


def test_an_extension_opens_an_expired_hit_again_and_holds_all_its_places(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=3, lifetime_in_seconds=30, assignment_duration_in_seconds=1 * HOURS,
                  assignment_review_policy=known(**EXTENDING, ExtendMinimumTimeInSeconds=60))  # fmt: skip
    accepted = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    pass_time(market, 60)
    assert (places(market, alice, hit.hit_id)[0], balance(market, alice)) == ("Unassignable", "999.94")
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=answers.to_xml([]))
    assert places(market, alice, hit.hit_id) == ("Assignable", 3, 0, 0)
    assert balance(market, alice) == "999.76"
    pass_time(market, 60)
    assert (places(market, alice, hit.hit_id)[0], balance(market, alice)) == ("Reviewable", "999.94")


def test_an_extension_without_a_minimum_time_leaves_an_expired_hit_expired(market, alice, bob):
    hit = new_hit(market, alice, lifetime_in_seconds=30, assignment_duration_in_seconds=1 * HOURS,
                  assignment_review_policy=known(**EXTENDING))  # fmt: skip
    accepted = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    pass_time(market, 60)
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=answers.to_xml([]))
    assert places(market, alice, hit.hit_id) == ("Reviewable", 1, 0, 0)
    assert balance(market, alice) == "999.94"


def test_an_extension_is_told_and_makes_the_group_news(market, alice, bob):
    hit = new_hit(market, alice, assignment_review_policy=known(**EXTENDING, ExtendMinimumTimeInSeconds=2 * DAYS))
    pass_time(market, 60)
    submit(market, hit, bob, colour="blue")
    with market.database.reading() as db:
        told = db.all("SELECT kind FROM event WHERE actor = 'POLICY' ORDER BY kind")
        group = db.one("SELECT open_hits, updated_at, latest_expires_at FROM hit_group")
    assert [row["kind"] for row in told] == ["HITAssignable", "HITExpirationChanged", "HITExtended"]
    now = 1000 * int(market.clock.now().timestamp())
    assert group == {"open_hits": 1, "updated_at": now, "latest_expires_at": now + 2 * DAYS * 1000}


# ---------------------------------------------------------------------------------------------- plurality

DECIDING = {
    "ApproveIfWorkerAgreementScoreIsAtLeast": 100,
    "RejectIfWorkerAgreementScoreIsLessThan": 50,
    "RejectReason": "Others see another colour.",
}
ASKING = {"ExtendIfHITAgreementScoreIsLessThan": 100, "ExtendMaximumAssignments": 4, "ExtendMinimumTimeInSeconds": 3600}


def three(market, alice, workers, colours, **members):
    """A HIT of three and its assignments, done by these Workers in these colours, one after the other."""
    hit = new_hit(market, alice, max_assignments=3, **members)
    work_done = []
    for worker, colour in zip(workers, colours, strict=True):
        pass_time(market, 1)
        work_done.append(submit(market, hit, worker, colour=colour))
    return hit, work_done


def test_plurality_decides_when_the_last_work_is_in(market, alice, bob, dora, emil):
    hit = new_hit(market, alice, max_assignments=3, hit_review_policy=plurality(**DECIDING))
    first = submit(market, hit, bob, colour="red")
    second = submit(market, hit, dora, colour="blue")
    assert read(market, alice, first).assignment_status == "Submitted"
    third = submit(market, hit, emil, colour="red")
    assert [read(market, alice, each).assignment_status for each in (first, second, third)] == [
        "Approved",
        "Rejected",
        "Approved",
    ]
    assert read(market, alice, second).requester_feedback == "Others see another colour."
    assert (balance(market, alice), earned(market, bob), earned(market, dora)) == ("999.88", "0.05", "0.00")
    assert places(market, alice, hit.hit_id) == ("Reviewable", 0, 0, 3)


def test_plurality_tells_of_questions_of_the_hit_and_of_workers(market, alice, bob, dora, emil):
    hit, work_done = three(market, alice, (bob, dora, emil), ("red", "blue", "red"),
                           hit_review_policy=plurality(("colour", "shape"), **DECIDING))  # fmt: skip
    report = results(market, alice, hit).hit_review_report
    assert findings(report)[:6] == [
        ("colour", "AgreedAnswerFound", "1"),
        ("colour", "AgreedAnswer", "red"),
        ("colour", "AnswerAgreementScore", "66"),
        ("shape", "AgreedAnswerFound", "0"),
        ("shape", "AnswerAgreementScore", "0"),
        (None, "HitAgreementScore", "50"),
    ]
    of_workers = report.review_results[6:]
    keys = ("WorkerAgreementScore", "PluralityAnswersCorrect", "PluralityAnswersIncorrect")
    values = (("100", "1", "0"), ("0", "0", "1"), ("100", "1", "0"))
    assert [(result.subject_id, result.key, result.value) for result in of_workers] == [
        (assignment_id, *each)
        for assignment_id, told in zip(work_done, values, strict=True)
        for each in zip(keys, told, strict=True)
    ]
    assert {(result.subject_id, result.subject_type) for result in report.review_results[:6]} == {(hit.hit_id, "HIT")}
    assert deeds(report) == [
        ("review", "HIT", "Succeeded", "Reviewed 3 assignments; 1/2 questions agreed"),
        ("approve", "Assignment", "Succeeded", "Approved"),
        ("reject", "Assignment", "Succeeded", "Rejected"),
        ("approve", "Assignment", "Succeeded", "Approved"),
    ]


@pytest.mark.parametrize("questions", [("colour,shape",), ("colour, shape",), ("color", "form"), ("colour", "form")])
def test_workers_who_disagree_are_not_approved_however_the_questions_are_named(market, alice, bob, dora, questions):
    hit = new_hit(market, alice, max_assignments=2, hit_review_policy=plurality(questions, **DECIDING))
    work_done = [
        submit(market, hit, bob, colour="red", shape="round"),
        submit(market, hit, dora, colour="blue", shape="flat"),
    ]
    assert {read(market, alice, each).assignment_status for each in work_done} == {"Submitted"}
    assert (None, "HitAgreementScore", "0") in findings(results(market, alice, hit).hit_review_report)


def test_workers_who_do_not_agree_are_asked_for_one_more_and_nobody_is_decided_on(market, alice, bob, dora, emil):
    hit, work_done = three(market, alice, (bob, dora, emil), ("red", "blue", "green"),
                           hit_review_policy=plurality(**DECIDING, **ASKING))  # fmt: skip
    assert places(market, alice, hit.hit_id) == ("Assignable", 1, 0, 0)
    assert {read(market, alice, each).assignment_status for each in work_done} == {"Submitted"}
    pass_time(market, 1)
    submit(market, hit, new_worker(market, "Frida"), colour="red")
    report = results(market, alice, hit).hit_review_report
    assert [name for name, *_ in deeds(report)] == ["review", "extend", "review", "extend"]
    assert deeds(report)[-1] == ("extend", "HIT", "Succeeded", "Not extended: there are 4 assignments")
    assert findings(report)[:2] == [("colour", "AgreedAnswerFound", "0"), ("colour", "AnswerAgreementScore", "33")]
    assert ("colour", "AnswerAgreementScore", "50") in findings(report)
    times = [action.complete_time for action in report.review_actions]
    assert times == sorted(times)
    assert len(set(times)) == 2


def test_plurality_decides_when_an_extension_has_brought_agreement(market, alice, bob, dora, emil):
    policy = plurality(QuestionAgreementThreshold=49, **DECIDING, **ASKING)
    hit, work_done = three(market, alice, (bob, dora, emil), ("red", "blue", "green"), hit_review_policy=policy)
    work_done.append(submit(market, hit, new_worker(market, "Frida"), colour="red"))
    assert [read(market, alice, each).assignment_status for each in work_done] == [
        "Approved",
        "Rejected",
        "Rejected",
        "Approved",
    ]


def test_a_hit_that_expires_is_compared_as_it_is(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=3, hit_review_policy=plurality(**DECIDING))
    assignment_id = submit(market, hit, bob, colour="red")
    pass_time(market, 1 * DAYS)
    assert read(market, alice, assignment_id).assignment_status == "Approved"
    assert read(market, alice, assignment_id).approval_time == hit.expiration


def test_a_hit_that_expires_without_agreement_is_open_for_longer(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=3, hit_review_policy=plurality(**ASKING))
    pass_time(market, 1 * DAYS)
    now = hit_now(market, alice, hit.hit_id)
    assert (now.hit_status, now.max_assignments, now.number_of_assignments_available) == ("Assignable", 4, 4)
    assert (now.expiration - hit.expiration).total_seconds() == 1 * HOURS
    assert balance(market, alice) == "999.76"
    pass_time(market, 1 * HOURS)
    assert (places(market, alice, hit.hit_id)[0], balance(market, alice)) == ("Reviewable", "1000.00")


def test_whoever_ends_a_hit_is_not_overruled_by_a_policy(market, alice, bob):
    hit = new_hit(market, alice, max_assignments=3, hit_review_policy=plurality(**ASKING))
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=hit.creation_time)
    assert places(market, alice, hit.hit_id)[0] == "Reviewable"
    assert deeds(results(market, alice, hit).hit_review_report)[-1] == (
        "extend",
        "HIT",
        "Cancelled",
        "The Requester has ended this HIT.",
    )
    market.perform(alice, hit_changes.delete_hit, hit_id=hit.hit_id)


def test_a_hit_that_was_ended_and_goes_on_is_extended_again(market, alice, bob, dora):
    hit = new_hit(market, alice, max_assignments=2, hit_review_policy=plurality(**ASKING))
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=hit.creation_time)
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=hit.expiration)
    for worker, colour in ((bob, "red"), (dora, "blue")):
        submit(market, hit, worker, colour=colour)
    assert deeds(results(market, alice, hit).hit_review_report)[-1][2:] == ("Succeeded", "Extended by 1")


def test_last_work_given_back_after_the_expiration_makes_it_reviewable_and_compared(market, alice, bob, dora):
    hit = new_hit(market, alice, max_assignments=2, lifetime_in_seconds=30, hit_review_policy=plurality(**DECIDING))
    assignment_id = submit(market, hit, bob, colour="red")
    accepted = market.perform(dora, work.accept, group_id=hit.hit_group_id)
    pass_time(market, 60)
    assert read(market, alice, assignment_id).assignment_status == "Submitted"
    market.perform(dora, work.return_assignment, assignment_id=accepted.assignment_id)
    assert read(market, alice, assignment_id).assignment_status == "Approved"


def test_last_work_that_runs_out_of_time_makes_it_reviewable_and_compared(market, alice, bob, dora):
    hit = new_hit(market, alice, max_assignments=2, lifetime_in_seconds=30, hit_review_policy=plurality(**DECIDING))
    assignment_id = submit(market, hit, bob, colour="red")
    market.perform(dora, work.accept, group_id=hit.hit_group_id)
    begun = market.clock.now()
    pass_time(market, 10 * HOURS)
    approved_at = read(market, alice, assignment_id).approval_time
    assert (approved_at - begun).total_seconds() == 1 * HOURS


def test_a_review_taken_back_is_no_second_run(market, alice, bob):
    hit = new_hit(market, alice, hit_review_policy=plurality())
    submit(market, hit, bob, colour="red")
    for revert in (False, True):
        market.perform(alice, hit_changes.update_hit_review_status, hit_id=hit.hit_id, revert=revert)
    assert len(deeds(results(market, alice, hit).hit_review_report)) == 1


def test_what_is_decided_already_stays_so_and_is_told(market, alice, bob, dora, emil):
    hit = new_hit(market, alice, max_assignments=3, hit_review_policy=plurality(**DECIDING))
    for worker, colour in ((bob, "red"), (dora, "blue")):
        decided = submit(market, hit, worker, colour=colour)
        market.perform(alice, assignments.approve_assignment, assignment_id=decided)
        pass_time(market, 1)
    submit(market, hit, emil, colour="red")
    actions = results(market, alice, hit).hit_review_report.review_actions
    invalid = "AWS.MechanicalTurk.InvalidAssignmentState"
    assert [(action.action_name, action.status, action.result, action.error_code) for action in actions[1:]] == [
        ("approve", "Succeeded", "Already approved", None),
        ("reject", "Failed", "Assignment was in an invalid state for this operation.", invalid),
        ("approve", "Succeeded", "Approved", None),
    ]
    assert earned(market, dora) == "0.05"
    assert told_to(market, bob) == [("Approved", None, "")]


def test_rejected_work_counts_unless_it_is_to_be_disregarded(market, alice, bob, dora, emil):
    for disregarded, agreed in (("F", "1"), ("T", "0")):
        policy = plurality(DisregardAssignmentIfRejected=disregarded, ApproveIfWorkerAgreementScoreIsAtLeast=100)
        hit = new_hit(market, alice, title=disregarded, max_assignments=3, hit_review_policy=policy)
        first = submit(market, hit, bob, colour="red")
        market.perform(alice, assignments.reject_assignment, assignment_id=first, requester_feedback="")
        submit(market, hit, dora, colour="red")
        submit(market, hit, emil, colour="blue")
        report = results(market, alice, hit).hit_review_report
        assert findings(report)[0] == ("colour", "AgreedAnswerFound", agreed)
        assert (first in {result.subject_id for result in report.review_results}) == (disregarded == "F")
        failed = [action.error_code for action in report.review_actions if action.status == "Failed"]
        assert failed == (["AWS.MechanicalTurk.InvalidAssignmentState"] if disregarded == "F" else [])


def test_work_of_a_low_known_answer_score_is_disregarded_and_left_to_the_requester(market, alice, bob, dora, emil):
    policies = {
        "assignment_review_policy": known({"check": "yes"}),
        "hit_review_policy": plurality(DisregardAssignmentIfKnownAnswerScoreIsLessThan=100, **DECIDING),
    }
    hit = new_hit(market, alice, max_assignments=3, **policies)
    first = submit(market, hit, bob, colour="red", check="no")
    submit(market, hit, dora, colour="blue", check="yes")
    submit(market, hit, emil, colour="blue", check="yes")
    assert read(market, alice, first).assignment_status == "Submitted"
    said = results(market, alice, hit)
    assert findings(said.hit_review_report)[2] == ("colour", "AnswerAgreementScore", "100")
    assert len(said.assignment_review_report.review_actions) == 3


def test_both_policies_act_in_their_order_on_the_last_submission(market, alice, bob):
    policies = {
        "assignment_review_policy": known(**STRICT),
        "hit_review_policy": plurality(ApproveIfWorkerAgreementScoreIsAtLeast=0),
    }
    hit = new_hit(market, alice, **policies)
    submit(market, hit, bob, colour="blue")
    said = results(market, alice, hit)
    assert deeds(said.assignment_review_report)[-1][0] == "reject"
    assert deeds(said.hit_review_report)[-1] == (
        "approve",
        "Assignment",
        "Failed",
        "Assignment was in an invalid state for this operation.",
    )
    assert told_to(market, bob)[0][:2] == ("Rejected", KNOWN_ANSWERS)


def test_the_hit_is_not_compared_while_the_other_policy_asks_for_more(market, alice, bob, dora):
    policies = {
        "assignment_review_policy": known(**EXTENDING, ExtendMaximumAssignments=2),
        "hit_review_policy": plurality(),
    }
    hit = new_hit(market, alice, **policies)
    submit(market, hit, bob, colour="blue")
    assert results(market, alice, hit).hit_review_report.review_actions == []
    submit(market, hit, dora, colour="blue")
    assert len(results(market, alice, hit).hit_review_report.review_actions) == 1


def test_a_hit_without_delay_is_approved_before_it_is_compared(market, alice, bob, dora, emil):
    _, work_done = three(market, alice, (bob, dora, emil), ("red", "blue", "red"), auto_approval_delay_in_seconds=0,
                         hit_review_policy=plurality(**DECIDING))  # fmt: skip
    assert {read(market, alice, each).assignment_status for each in work_done} == {"Approved"}
    assert earned(market, dora) == "0.05"


# ---------------------------------------------------------------------------------------------- report and creation


def test_the_report_comes_in_pages_of_both_levels_together(market, alice, bob, dora, emil):
    policies = {"assignment_review_policy": known(**STRICT), "hit_review_policy": plurality()}
    hit, _ = three(market, alice, (bob, dora, emil), ("red", "blue", "red"), **policies)
    whole = results(market, alice, hit)
    for size in (1, 4, 100):
        found, done, token = [], [], None
        while True:
            page = results(market, alice, hit, max_results=size, next_token=token)
            reports = (page.assignment_review_report, page.hit_review_report)
            assert sum(len(report.review_results) + len(report.review_actions) for report in reports) <= size
            found += [result for report in reports for result in report.review_results]
            done += [action for report in reports for action in report.review_actions]
            token = page.next_token
            if token is None:
                break
        of_both = (whole.assignment_review_report, whole.hit_review_report)
        assert found == [result for report in of_both for result in report.review_results]
        assert done == [action for report in of_both for action in report.review_actions]
    with pytest.raises(InvalidParameterValue, match="NextToken"):
        results(market, alice, hit, retrieve_actions=False, next_token=whole.next_token)


def test_a_report_holds_the_levels_and_lists_that_were_asked_for(market, alice, bob):
    policies = {"assignment_review_policy": known(), "hit_review_policy": plurality()}
    hit = new_hit(market, alice, **policies)
    submit(market, hit, bob, colour="red")
    both = results(market, alice, hit)
    assert (
        both
        == results(market, alice, hit, policy_levels=[])
        == results(market, alice, hit, policy_levels=["HIT", "Assignment"])
    )
    of_hit = results(market, alice, hit, policy_levels=["HIT"])
    assert (of_hit.assignment_review_policy, of_hit.assignment_review_report) == (None, None)
    assert of_hit.hit_review_report == both.hit_review_report
    only_actions = results(market, alice, hit, policy_levels=["Assignment"], retrieve_results=False)
    assert only_actions.assignment_review_report.review_results is None
    assert only_actions.assignment_review_report.review_actions == both.assignment_review_report.review_actions
    nothing = results(market, alice, hit, retrieve_results=False, retrieve_actions=False)
    assert (nothing.next_token, nothing.hit_review_report) == (
        None,
        review_policies.ReviewReport(review_results=None, review_actions=None),
    )


def test_a_hit_without_policies_has_no_report_and_nobody_elses_is_read(market, alice, bob, charlie_requester):
    hit = new_hit(market, alice)
    assert results(market, alice, hit) == review_policies.ReviewPolicyResults(
        hit_id=hit.hit_id,
        assignment_review_policy=None,
        hit_review_policy=None,
        assignment_review_report=None,
        hit_review_report=None,
        next_token=None,
    )
    with pytest.raises(HITDoesNotExist):
        results(market, charlie_requester, hit)


def test_both_ways_to_create_a_hit_take_policies_and_refuse_bad_ones(market, alice, bob):
    hit_type = market.perform(alice, hit_types.create_hit_type, title="Cups", description="One question.",
                              reward=Money.parse("0.05"), assignment_duration_in_seconds=1 * HOURS)  # fmt: skip
    members = {"hit_type_id": hit_type.hit_type_id, "lifetime_in_seconds": 1 * DAYS, "question": QUESTION}
    hit = market.perform(
        alice, hit_creation.create_hit_with_hit_type, **members, assignment_review_policy=known(**STRICT)
    ).hit
    submit(market, hit, bob, colour="red")
    assert earned(market, bob) == "0.05"
    with pytest.raises(InvalidParameterValue, match="AssignmentReviewPolicy. Use ScoreMyKnownAnswers"):
        market.perform(alice, hit_creation.create_hit_with_hit_type, **members, assignment_review_policy=plurality())
    with pytest.raises(InvalidParameterValue, match="HITReviewPolicy. Use SimplePlurality"):
        new_hit(market, alice, hit_review_policy=known())


def test_disposal_of_a_hit_ends_its_policies(market, alice, bob):
    hit = new_hit(market, alice, hit_review_policy=plurality(**ASKING))
    market.perform(alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=hit.creation_time)
    market.perform(alice, hit_changes.delete_hit, hit_id=hit.hit_id)
    with pytest.raises(InvalidHITState):
        market.perform(alice, hit_changes.create_additional_assignments_for_hit, hit_id=hit.hit_id,
                       number_of_additional_assignments=1)  # fmt: skip
    assert len(results(market, alice, hit).hit_review_report.review_actions) == 2
