"""Review policies end to end: boto3 asks with standing decisions, Workers answer, and boto3 reads the reviews."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.hits import EXTERNAL_QUESTION, SCHEMAS, terms
from tests.clients.server import Refused, Server, WorkersProgram

pytestmark = pytest.mark.slow

QUESTION_FORM = f"""\
<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">
  <Question>
    <QuestionIdentifier>handles</QuestionIdentifier>
    <QuestionContent><Text>Which of these mugs have a handle?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer>
      <MaxSelectionCount>3</MaxSelectionCount><StyleSuggestion>checkbox</StyleSuggestion>
      <Selections>
        <Selection><SelectionIdentifier>left</SelectionIdentifier><Text>The left one</Text></Selection>
        <Selection><SelectionIdentifier>middle</SelectionIdentifier><Text>The middle one</Text></Selection>
        <Selection><SelectionIdentifier>right</SelectionIdentifier><Text>The right one</Text></Selection>
      </Selections>
    </SelectionAnswer></AnswerSpecification>
  </Question>
</QuestionForm>"""


def parameter(key: str, *values: str) -> dict[str, Any]:
    return {"Key": key, "Values": list(values)}


KNOWN_ANSWERS = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "handles", "Values": ["right", "left"]}]},
        parameter("ApproveIfKnownAnswerScoreIsAtLeast", "100"),
        parameter("ApproveReason", "You looked closely."),
        parameter("RejectIfKnownAnswerScoreIsLessThan", "100"),
        parameter("RejectReason", "Please look again."),
        parameter("ExtendIfKnownAnswerScoreIsLessThan", "100"),
    ],
}
PLURALITY = {
    "PolicyName": "SimplePlurality/2011-09-01",
    "Parameters": [
        parameter("QuestionIds", "colour", "tags"),
        parameter("QuestionAgreementThreshold", "40"),
        parameter("DisregardAssignmentIfRejected", "F"),
        parameter("ApproveIfWorkerAgreementScoreIsAtLeast", "100"),
        parameter("RejectIfWorkerAgreementScoreIsLessThan", "50"),
        parameter("RejectReason", "Others see another colour."),
        parameter("ExtendIfHITAgreementScoreIsLessThan", "100"),
        parameter("ExtendMaximumAssignments", "4"),
        parameter("ExtendMinimumTimeInSeconds", "3600"),
    ],
}


def test_policies_decide_extend_and_tell_and_the_requester_overrides(shared_server: Server) -> None:
    turk = shared_server.client(shared_server.add_requester("Alice", deposit="10.00"))
    with ExitStack() as stack:
        workers = [stack.enter_context(shared_server.worker(each)) for each in shared_server.add_workers(4)]
        known_answers_over_the_wire(turk, workers)
        plurality_over_the_wire(turk, workers)
        questions_in_one_text(turk, workers)
    assert shared_server.told("check") == {"ok": True, "problems": []}


def known_answers_over_the_wire(turk: Any, workers: list[WorkersProgram]) -> None:
    """Of a QuestionForm: the first Worker is rejected and another asked, who is right and paid at once."""
    hit = turk.create_hit(**terms(Title="Mugs", Question=QUESTION_FORM), AssignmentReviewPolicy=KNOWN_ANSWERS)["HIT"]
    wrong = workers[0].accept(hit["HITGroupId"])
    workers[0].submit(wrong, **{"answer-1": "1"})
    with pytest.raises(Refused, match="You have submitted it already, and it was rejected."):
        workers[0].submit(wrong, **{"answer-1": "2"})
    assert status_of(turk, wrong.assignment_id) == ("Rejected", "Please look again.")
    extended = turk.get_hit(HITId=hit["HITId"])["HIT"]
    assert (extended["HITStatus"], extended["MaxAssignments"], extended["NumberOfAssignmentsAvailable"]) == (
        "Assignable",
        2,
        1,
    )
    right = workers[1].accept(hit["HITGroupId"])
    workers[1].submit(right, **{"answer-1": ["1", "3"]})
    assert status_of(turk, right.assignment_id) == ("Approved", "You looked closely.")
    assert workers[1].dashboard()["current_balance"] == 0.05
    assert turk.get_account_balance()["AvailableBalance"] == "9.94"

    told = turk.list_review_policy_results_for_hit(HITId=hit["HITId"], PolicyLevels=["Assignment"])
    assert told["AssignmentReviewPolicy"] == {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"}
    assert [
        (action["ActionName"], action["TargetId"], action["Status"], action["Result"])
        for action in told["AssignmentReviewReport"]["ReviewActions"]
    ] == [
        ("review", wrong.assignment_id, "Succeeded", "Reviewed one known answer; 0/1 correct"),
        ("reject", wrong.assignment_id, "Succeeded", "Rejected"),
        ("extend", hit["HITId"], "Succeeded", "Extended by 1"),
        ("review", right.assignment_id, "Succeeded", "Reviewed one known answer; 1/1 correct"),
        ("approve", right.assignment_id, "Succeeded", "Approved"),
    ]
    turk.approve_assignment(AssignmentId=wrong.assignment_id, OverrideRejection=True, RequesterFeedback="Close enough.")
    assert status_of(turk, wrong.assignment_id) == ("Approved", "Close enough.")
    assert workers[0].dashboard()["current_balance"] == 0.05
    assert turk.get_account_balance()["AvailableBalance"] == "9.88"


def questions_in_one_text(turk: Any, workers: list[WorkersProgram]) -> None:
    """Two Workers who disagree about all that one text names are not approved."""
    policy = {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [
            parameter("QuestionIds", "colour, tags"),
            parameter("QuestionAgreementThreshold", "60"),
            parameter("DisregardAssignmentIfRejected", "true"),
            parameter("ApproveIfWorkerAgreementScoreIsAtLeast", "100"),
            parameter("ExtendIfHITAgreementScoreIsLessThan", "100"),
            parameter("ExtendMaximumAssignments", "2"),
        ],
    }
    wanted = terms(Title="Two of a kind", Question=EXTERNAL_QUESTION, MaxAssignments=2)
    hit = turk.create_hit(**wanted, HITReviewPolicy=policy)["HIT"]
    done = [worker.accept(hit["HITGroupId"]) for worker in workers[:2]]
    for worker, work, colour, tags in zip(workers, done, ("red", "blue"), ("old", "new"), strict=False):
        worker.submit(work, colour=colour, tags=tags)
    assert [status_of(turk, work.assignment_id)[0] for work in done] == ["Submitted", "Submitted"]
    results = turk.list_review_policy_results_for_hit(HITId=hit["HITId"])["HITReviewReport"]["ReviewResults"]
    assert [(each["QuestionId"], each["Value"]) for each in results if each["Key"] == "AgreedAnswerFound"] == [
        ("colour", "0"),
        ("tags", "0"),
    ]


def plurality_over_the_wire(turk: Any, workers: list[WorkersProgram]) -> None:
    """Of a page elsewhere: three do not agree on every question, so a fourth is asked; then there is a decision."""
    wanted = terms(Title="Colours", Question=EXTERNAL_QUESTION, MaxAssignments=3)
    hit = turk.create_hit(**wanted, HITReviewPolicy=PLURALITY)["HIT"]
    done = []
    for worker, colour, tags in zip(
        workers, ("red", "blue", " red", "red"), (["old", "big"], ["new"], ["round"], ["big", "old"]), strict=True
    ):
        assert turk.get_hit(HITId=hit["HITId"])["HIT"]["HITStatus"] == "Assignable"
        work = worker.accept(hit["HITGroupId"])
        worker.submit(work, colour=colour, tags=tags)
        done.append(work.assignment_id)
    assert [status_of(turk, assignment_id) for assignment_id in done] == [
        ("Approved", None),
        ("Rejected", "Others see another colour."),
        ("Submitted", None),
        ("Approved", None),
    ]
    assert turk.list_reviewable_hits()["HITs"][0]["HITId"] == hit["HITId"]

    found, acted, token = [], [], {}
    while True:
        page = turk.list_review_policy_results_for_hit(HITId=hit["HITId"], MaxResults=5, **token)
        assert "AssignmentReviewReport" not in page
        found += page["HITReviewReport"]["ReviewResults"]
        acted += page["HITReviewReport"]["ReviewActions"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [(action["ActionName"], action["Result"]) for action in acted] == [
        ("review", "Reviewed 3 assignments; 1/2 questions agreed"),
        ("extend", "Extended by 1"),
        ("review", "Reviewed 4 assignments; 2/2 questions agreed"),
        ("approve", "Approved"),
        ("reject", "Rejected"),
        ("approve", "Approved"),
    ]
    last = [result for result in found if result["ActionId"] == acted[2]["ActionId"]]
    of_questions = [(result["QuestionId"], result["Key"], result["Value"]) for result in last if "QuestionId" in result]
    assert of_questions == [
        ("colour", "AgreedAnswerFound", "1"),
        ("colour", "AgreedAnswer", "red"),
        ("colour", "AnswerAgreementScore", "75"),
        ("tags", "AgreedAnswerFound", "1"),
        ("tags", "AgreedAnswer", "big|old"),
        ("tags", "AnswerAgreementScore", "50"),
    ]
    scores = {result["SubjectId"]: result["Value"] for result in last if result["Key"] == "WorkerAgreementScore"}
    assert scores == dict(zip(done, ("100", "0", "50", "100"), strict=True))


def status_of(turk: Any, assignment_id: str) -> tuple[str, str | None]:
    """An assignment's status and feedback."""
    assignment = turk.get_assignment(AssignmentId=assignment_id)["Assignment"]
    return assignment["AssignmentStatus"], assignment.get("RequesterFeedback")
