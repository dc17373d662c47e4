"""One scenario of all operations, in scenes: asking, working, deciding, qualifying, reviewing; with refusals and pages.

An operation that is new gets its place here: a scene, or a line in one. `test_programs.py` plays the scenes with every
SDK and holds them to be all operations there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.clients.bazaar import NOBODY, UNKNOWN
from tests.clients.hits import ANSWER_KEY, EXTERNAL_QUESTION, HTML_QUESTION, PHOTO_FORM, TEST, terms
from tests.clients.programs import Program
from tests.clients.server import SignIn, WorkersProgram

PAST = "2015-01-01T00:00:00Z"
KNOWN_ANSWER = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "colour", "Values": ["blue"]}]},
        {"Key": "ApproveIfKnownAnswerScoreIsAtLeast", "Values": ["100"]},
    ],
}


class Stage(NamedTuple):
    """Who plays: a Requester's program, two Workers, and a layout of the Requester's with one variable, `what`."""

    turk: Program
    bob: WorkersProgram
    dora: WorkersProgram
    bob_id: str
    dora_id: str
    layout_id: str


Scene = Callable[[Stage], None]
SCENES: list[Scene] = []


def scene(function: Scene) -> Scene:
    """One more scene, played after those before it."""
    SCENES.append(function)
    return function


def is_refused(said: tuple[str, str], kind: str, text: str) -> None:
    """The SDK tells the error's type, and its text with the instant at the end."""
    assert said[0] == kind, said
    assert re.fullmatch(text + r"(?: \(\d{13}\))?", said[1], re.DOTALL), said


@scene
def hits_are_made_found_and_changed(stage: Stage) -> None:
    turk = stage.turk
    assert turk("GetAccountBalance")["AvailableBalance"] == "100.00"
    new_type = {name: value for name, value in terms().items() if name not in ("LifetimeInSeconds", "MaxAssignments")}
    del new_type["Question"]
    type_id = turk("CreateHITType", **new_type)["HITTypeId"]
    first = turk("CreateHIT", **terms(UniqueRequestToken="first", RequesterAnnotation="ünï ☕ & <b>"))["HIT"]
    assert first["HITTypeId"] == type_id
    assert first["Question"] == HTML_QUESTION
    assert (first["HITStatus"], first["Reward"], first["RequesterAnnotation"]) == ("Assignable", "0.05", "ünï ☕ & <b>")
    is_refused(
        turk.refused("CreateHIT", **terms(UniqueRequestToken="first")),
        "RequestError",
        f'The HIT with ID "{first["HITId"]}" already exists.',
    )
    of_type = {"HITTypeId": type_id, "LifetimeInSeconds": 86_400}
    second = turk("CreateHITWithHITType", **of_type, Question=EXTERNAL_QUESTION, MaxAssignments=2)["HIT"]
    values = [{"Name": "what", "Value": "<b>a mug</b>"}]
    laid_out = turk("CreateHITWithHITType", **of_type, HITLayoutId=stage.layout_id, HITLayoutParameters=values)["HIT"]
    assert laid_out["HITLayoutId"] == stage.layout_id
    assert "<p><b>a mug</b></p>" in laid_out["Question"]
    is_refused(
        turk.refused("CreateHITWithHITType", **of_type, HITLayoutId=stage.layout_id),
        "ParameterValidationError",
        ".*You have not provided all required HITLayout parameters. Missing parameter names: what",
    )
    assert turk("GetHIT", HITId=second["HITId"])["HIT"] == second
    is_refused(turk.refused("GetHIT", HITId=UNKNOWN), "RequestError", f"Hit {UNKNOWN} does not exist.")
    made = [laid_out["HITId"], second["HITId"], first["HITId"]]
    assert sorted(hit["HITId"] for hit in turk.pages("ListHITs", "HITs", 2)) == sorted(made)

    turk("CreateAdditionalAssignmentsForHIT", HITId=second["HITId"], NumberOfAdditionalAssignments=1)
    assert turk("GetHIT", HITId=second["HITId"])["HIT"]["MaxAssignments"] == 3
    is_refused(
        turk.refused("CreateAdditionalAssignmentsForHIT", HITId=second["HITId"], NumberOfAdditionalAssignments=7),
        "RequestError",
        "The total number of assignments of this HIT must stay below 10.",
    )
    dearer = turk("CreateHITType", **new_type | {"Reward": "0.25"})["HITTypeId"]
    turk("UpdateHITTypeOfHIT", HITId=second["HITId"], HITTypeId=dearer)
    assert turk("GetHIT", HITId=second["HITId"])["HIT"]["Reward"] == "0.25"

    for hit_id in made:
        turk("UpdateExpirationForHIT", HITId=hit_id, ExpireAt=PAST)
    reviewable = turk.pages("ListReviewableHITs", "HITs", 1)
    assert sorted(hit["HITId"] for hit in reviewable) == sorted(made)
    turk("UpdateHITReviewStatus", HITId=made[0])
    assert [hit["HITId"] for hit in turk("ListReviewableHITs", Status="Reviewing")["HITs"]] == made[:1]
    turk("UpdateHITReviewStatus", HITId=made[0], Revert=True)
    for hit_id in made:
        turk("DeleteHIT", HITId=hit_id)
    assert turk("ListHITs").get("HITs", []) == []
    assert turk.refused("DeleteHIT", HITId=made[0])[0] == "RequestError"
    assert turk("GetAccountBalance")["AvailableBalance"] == "100.00", "nobody worked, so nothing is spent"


@scene
def work_is_done_judged_and_paid(stage: Stage) -> None:
    turk = stage.turk
    hit = turk("CreateHIT", **terms(Title="Describe the mug", MaxAssignments=2))["HIT"]
    done = []
    for worker in (stage.bob, stage.dora):
        work = worker.accept(hit["HITGroupId"])
        worker.submit(work, colour="blue & <green> ☕")
        done.append(work.assignment_id)
    found = turk.pages("ListAssignmentsForHIT", "Assignments", 1, HITId=hit["HITId"], AssignmentStatuses=["Submitted"])
    assert [(each["AssignmentId"], each["WorkerId"]) for each in found] == list(
        zip(done, (stage.bob_id, stage.dora_id), strict=True)
    )
    assert "<QuestionIdentifier>colour</QuestionIdentifier><FreeText>blue &amp; &lt;green&gt;" in found[0]["Answer"]
    turk("ApproveAssignment", AssignmentId=done[0], RequesterFeedback="Thank you!")
    turk("RejectAssignment", AssignmentId=done[1], RequesterFeedback="It is red.")
    told = turk("GetAssignment", AssignmentId=done[1])
    assert (told["Assignment"]["AssignmentStatus"], told["HIT"]["HITId"]) == ("Rejected", hit["HITId"])
    is_refused(
        turk.refused("ApproveAssignment", AssignmentId=done[1]),
        "RequestError",
        "This operation can be called with a status of: .*",
    )
    turk("ApproveAssignment", AssignmentId=done[1], OverrideRejection=True)
    bonus = {"WorkerId": stage.bob_id, "AssignmentId": done[0], "BonusAmount": "1.00", "Reason": "A good eye."}
    turk("SendBonus", **bonus, UniqueRequestToken="bonus")
    is_refused(
        turk.refused("SendBonus", **bonus, UniqueRequestToken="bonus"),
        "RequestError",
        'The idempotency token "bonus" has already been processed.',
    )
    turk("SendBonus", **bonus)
    paid = turk.pages("ListBonusPayments", "BonusPayments", 1, HITId=hit["HITId"])
    assert [each["BonusAmount"] for each in paid] == ["1.00", "1.00"]
    assert stage.bob.dashboard()["current_balance"] == 2.05
    is_refused(
        turk.refused("SendBonus", **bonus | {"BonusAmount": "9999.00"}),
        "RequestError",
        "This Requester has insufficient funds.*",
    )


@scene
def qualifications_are_asked_for_given_and_taken(stage: Stage) -> None:
    turk = stage.turk
    about = {"Description": "About mugs.", "QualificationTypeStatus": "Active"}
    tested = turk(
        "CreateQualificationType",
        **about,
        Name="Reads Dutch",
        Keywords="dutch, language",
        RetryDelayInSeconds=0,
        Test=TEST,
        AnswerKey=ANSWER_KEY,
        TestDurationInSeconds=600,
    )["QualificationType"]
    plain = turk("CreateQualificationType", **about, Name="Has a garden")["QualificationType"]
    dutch, garden = ({"QualificationTypeId": each["QualificationTypeId"]} for each in (tested, plain))
    assert turk("GetQualificationType", **dutch)["QualificationType"] == tested
    is_refused(
        turk.refused("CreateQualificationType", **about, Name="Has a garden"),
        "RequestError",
        "You have already created a QualificationType with this name.*",
    )
    listed = turk.pages(
        "ListQualificationTypes", "QualificationTypes", 1, MustBeRequestable=True, MustBeOwnedByCaller=True
    )
    assert sorted(each["Name"] for each in listed) == ["Has a garden", "Reads Dutch"]

    requirements = [
        {**dutch, "Comparator": "GreaterThan", "IntegerValues": [5], "ActionsGuarded": "DiscoverPreviewAndAccept"}
    ]
    hit = turk("CreateHIT", **terms(Title="Translate", QualificationRequirements=requirements))["HIT"]
    assert hit["QualificationRequirements"][0]["IntegerValues"] == [5]
    asking = turk.pages("ListHITsForQualificationType", "HITs", 1, **dutch)
    assert [each["HITId"] for each in asking] == [hit["HITId"]]
    test = stage.bob.request(dutch["QualificationTypeId"])
    stage.bob.submit_test(test, {"answer-1": "1"})
    score = turk("GetQualificationScore", **dutch, WorkerId=stage.bob_id)["Qualification"]
    assert (score["IntegerValue"], score["Status"]) == (10, "Granted")
    stage.bob.give_back(stage.bob.accept(hit["HITGroupId"]))
    is_refused(
        turk.refused("GetQualificationScore", **dutch, WorkerId=stage.dora_id),
        "RequestError",
        "You requested a Qualification that does not exist.",
    )

    for worker in (stage.bob, stage.dora):
        worker.request(garden["QualificationTypeId"])
    first, second = turk.pages("ListQualificationRequests", "QualificationRequests", 1, **garden)
    turk("AcceptQualificationRequest", QualificationRequestId=first["QualificationRequestId"], IntegerValue=3)
    turk("RejectQualificationRequest", QualificationRequestId=second["QualificationRequestId"], Reason="A photo?")
    for operation in ("AcceptQualificationRequest", "RejectQualificationRequest"):
        is_refused(
            turk.refused(operation, QualificationRequestId=first["QualificationRequestId"]),
            "RequestError",
            "This operation can be called with a status of: Submitted",
        )
    turk("AssociateQualificationWithWorker", **garden, WorkerId=stage.dora_id, IntegerValue=9, SendNotification=False)
    holders = turk.pages("ListWorkersWithQualificationType", "Qualifications", 1, **garden)
    assert {each["WorkerId"]: each["IntegerValue"] for each in holders} == {stage.bob_id: 3, stage.dora_id: 9}
    turk("DisassociateQualificationFromWorker", **garden, WorkerId=stage.dora_id, Reason="It was sold.")
    revoked = turk("ListWorkersWithQualificationType", **garden, Status="Revoked")["Qualifications"]
    assert [each["WorkerId"] for each in revoked] == [stage.dora_id]
    assert turk.refused("AssociateQualificationWithWorker", **garden, WorkerId=NOBODY)[0] == "ParameterValidationError"

    changed = turk("UpdateQualificationType", **garden, Description="About gardens.")["QualificationType"]
    assert changed["Description"] == "About gardens."
    turk("DeleteQualificationType", **garden)
    is_refused(
        turk.refused("UpdateQualificationType", **garden, Description="Gone."),
        "RequestError",
        rf"QualificationType \[{garden['QualificationTypeId']}\] does not exist\.",
    )


@scene
def a_worker_is_blocked_and_let_in_again(stage: Stage) -> None:
    turk = stage.turk
    for worker_id, reason in ((stage.bob_id, "Too fast."), (stage.dora_id, "Too slow.")):
        turk("CreateWorkerBlock", WorkerId=worker_id, Reason=reason)
    blocks = turk.pages("ListWorkerBlocks", "WorkerBlocks", 1)
    assert {each["WorkerId"]: each["Reason"] for each in blocks} == {
        stage.bob_id: "Too fast.",
        stage.dora_id: "Too slow.",
    }
    turk("DeleteWorkerBlock", WorkerId=stage.bob_id)
    turk("DeleteWorkerBlock", WorkerId=stage.dora_id, Reason="She explained it.")
    assert turk("ListWorkerBlocks").get("WorkerBlocks", []) == []
    assert turk.refused("CreateWorkerBlock", WorkerId=NOBODY, Reason="Nobody.")[0] == "ParameterValidationError"


@scene
def a_policy_reviews_and_tells(stage: Stage) -> None:
    turk = stage.turk
    hit = turk("CreateHIT", **terms(Title="Known mugs"), AssignmentReviewPolicy=KNOWN_ANSWER)["HIT"]
    work = stage.bob.accept(hit["HITGroupId"])
    stage.bob.submit(work, colour="blue")
    told = turk("ListReviewPolicyResultsForHIT", HITId=hit["HITId"], PolicyLevels=["Assignment"], RetrieveActions=True)
    actions = [(each["ActionName"], each["Status"]) for each in told["AssignmentReviewReport"]["ReviewActions"]]
    assert actions == [("review", "Succeeded"), ("approve", "Succeeded")]
    assert turk("GetAssignment", AssignmentId=work.assignment_id)["Assignment"]["AssignmentStatus"] == "Approved"
    is_refused(
        turk.refused("CreateHIT", **terms(), HITReviewPolicy=KNOWN_ANSWER),
        "ParameterValidationError",
        'The value "ScoreMyKnownAnswers/2011-09-01" is not valid for the parameter HITReviewPolicy.*',
    )


@scene
def a_file_is_handed_in_and_fetched(stage: Stage) -> None:
    turk = stage.turk
    hit = turk("CreateHIT", **terms(Title="Show a mug", Question=PHOTO_FORM))["HIT"]
    work = stage.bob.accept(hit["HITGroupId"])
    key = stage.bob.upload(work, 1, "mug.png", b"a mug")
    stage.bob.submit(work, **{"answer-1": key})
    address = turk("GetFileUploadURL", AssignmentId=work.assignment_id, QuestionIdentifier="photo")["FileUploadURL"]
    assert stage.bob.fetched(address) == b"a mug"
    assert turk.refused("GetFileUploadURL", AssignmentId=UNKNOWN, QuestionIdentifier="photo")[0] == "RequestError"


@scene
def people_and_programs_are_told(stage: Stage) -> None:
    turk = stage.turk
    told = {"Destination": "lab@example.org", "Transport": "Email", "Version": "2014-08-15"}
    hit = turk("CreateHIT", **terms(Title="Tell of mugs"))["HIT"]
    settings = {"HITTypeId": hit["HITTypeId"], "Notification": {**told, "EventTypes": ["AssignmentSubmitted"]}}
    turk("UpdateNotificationSettings", **settings, Active=True)
    is_refused(
        turk.refused("UpdateNotificationSettings", HITTypeId=UNKNOWN, Active=True),
        "ParameterValidationError",
        f'The value "{UNKNOWN}" is not valid for the parameter HITTypeId.',
    )
    turk("SendTestEventNotification", Notification={**told, "EventTypes": ["Ping"]}, TestEventType="Ping")
    wrong = {**told, "EventTypes": ["Ping"], "Destination": "lab"}
    assert turk.refused("SendTestEventNotification", Notification=wrong, TestEventType="Ping")[0] in (
        "RequestError",
        "ParameterValidationError",
    )
    message = {"Subject": "Mugs", "MessageText": "There are more of them ☕."}
    failed = turk("NotifyWorkers", **message, WorkerIds=[stage.bob_id, NOBODY])["NotifyWorkersFailureStatuses"]
    assert [each["WorkerId"] for each in failed] == [NOBODY]
    assert turk.refused("NotifyWorkers", **message, WorkerIds=[stage.bob_id] * 101)[0] == "ParameterValidationError"


def play(turk: Program, bob: WorkersProgram, dora: WorkersProgram, ids: tuple[SignIn, SignIn], layout_id: str) -> None:
    """All scenes, one after the other."""
    stage = Stage(turk, bob, dora, ids[0].worker_id, ids[1].worker_id, layout_id)
    for each in SCENES:
        each(stage)
