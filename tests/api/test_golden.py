"""Whole requests and answers, byte for byte, as files a person can read: tests/golden/<Operation>.txt.

A day in a marketplace is played at a clock that stands still, with ids drawn from one seed; the same bytes must come on
both databases. After a change that is meant, `REWRITE_GOLDEN=1 pytest tests/api/test_golden.py` writes the files anew;
then read what has changed.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kempelen.api.app import RequesterAPI
from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.core.rules.requirements import LOCALE, PERCENT_APPROVED
from kempelen.core.wire.operations import REGISTRY
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts, uploads
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_requests
from kempelen.market.work import work
from tests.api.caller import PREFIX, Program, ask, give_key
from tests.api.conftest import counted_request_ids
from tests.awaited import awaited
from tests.clients.hits import PHOTO_FORM
from tests.market.qualifying import set_locale
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import ANSWER, DAYS, QUESTION, submit_answer, submit_test_answer

GOLDEN = Path(__file__).parents[1] / "golden"
EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://lab.example.org/task</ExternalURL><FrameHeight>600</FrameHeight>'
    "</ExternalQuestion>"
)
TERMS = {
    "Title": "Name the mug's colour",
    "Description": "One question, ünïcode & all.",
    "Keywords": "mugs, colours",
    "Reward": "0.05",
    "AssignmentDurationInSeconds": 3_600,
    "AutoApprovalDelayInSeconds": 3 * DAYS,
}


class Recorder:
    """Plays requests of one program and writes down what went over the wire, by operation."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.exchanges: dict[str, list[str]] = {}

    def __call__(self, operation, expected=200, **members):
        body = json.dumps(members, separators=(",", ":")).encode()
        headers = self.program.signed(body, {"X-Amz-Target": PREFIX + operation})
        headers["Content-Length"] = str(len(body))
        said = awaited(ask(self.program.app, headers, [body]))
        assert said.status == expected, said
        request = "\n".join(["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())])
        answer = "\n".join([f"HTTP/1.1 {said.status}", *(f"{name}: {value}" for name, value in said.headers.items())])
        told = f"{request}\n\n{body.decode()}\n\n{answer}\n\n{said.body.decode()}\n"
        self.exchanges.setdefault(operation, []).append(told)
        return said.json


def a_day(call, market, bob):
    """Every operation, answered and refused."""
    call("GetAccountBalance")
    hit_type = call("CreateHITType", **TERMS)["HITTypeId"]
    call("CreateHITType", 400, **TERMS | {"Reward": "0.055", "AssignmentDurationInSeconds": None})
    call("CreateHITType", 400, **TERMS | {"AssignmentDurationInSeconds": 10})
    hit = call("CreateHIT", **TERMS, LifetimeInSeconds=DAYS, MaxAssignments=3, Question=QUESTION,
               RequesterAnnotation="batch 1", UniqueRequestToken="mug-1")["HIT"]  # fmt: skip
    call("CreateHIT", 400, **TERMS, LifetimeInSeconds=DAYS, Question=QUESTION, UniqueRequestToken="mug-1")
    call("CreateHIT", 400, **TERMS, LifetimeInSeconds=DAYS, MaxAssignments=1_000_000, Question=QUESTION)
    call("CreateHIT", 400, **TERMS, LifetimeInSeconds=DAYS, Question="<HTMLQuestion>")
    second = call("CreateHITWithHITType", HITTypeId=hit_type, LifetimeInSeconds=DAYS, Question=EXTERNAL)["HIT"]
    call("CreateHITWithHITType", 400, HITTypeId="3NOBODY", LifetimeInSeconds=DAYS, Question=EXTERNAL)
    call("GetHIT", HITId=hit["HITId"])
    call("GetHIT", 400, HITId="3NOBODY")
    page = call("ListHITs", MaxResults=1)
    call("ListHITs", MaxResults=1, NextToken=page["NextToken"])
    call("ListHITs", 400, NextToken="p1:nonsense", MaxResults=10)
    call("ListHITs", 400, MaxResults=101)
    call("CreateAdditionalAssignmentsForHIT", HITId=hit["HITId"], NumberOfAdditionalAssignments=1)
    call("CreateAdditionalAssignmentsForHIT", 400, HITId=hit["HITId"], NumberOfAdditionalAssignments=6)
    done = []
    for worker in bob:
        accepted = market.perform(worker, work.accept, group_id=hit["HITGroupId"], hit_id=hit["HITId"])
        market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
        done.append(accepted.assignment_id)
        market.clock.advance(seconds=60)
    first, other = done
    call("GetAssignment", AssignmentId=first)
    call("GetAssignment", 400, AssignmentId="3NOBODY")
    call("ListAssignmentsForHIT", HITId=hit["HITId"], AssignmentStatuses=["Submitted"])
    call("ListAssignmentsForHIT", 400, HITId=hit["HITId"], AssignmentStatuses=["Done", None])
    call("ApproveAssignment", AssignmentId=first, RequesterFeedback="Thank you!")
    call("ApproveAssignment", 400, AssignmentId=first)
    call("RejectAssignment", AssignmentId=other, RequesterFeedback="There is no mug.")
    call("RejectAssignment", 400, AssignmentId=other, RequesterFeedback="There is no mug.")
    bonus = {"WorkerId": bob[0], "AssignmentId": first, "BonusAmount": "1.5", "Reason": "A good eye."}
    call("SendBonus", **bonus, UniqueRequestToken="bonus-1")
    call("SendBonus", 400, **bonus, UniqueRequestToken="bonus-1")
    call("SendBonus", 400, **bonus | {"BonusAmount": "9999.00"})
    call("ListBonusPayments", AssignmentId=first)
    call("ListBonusPayments", HITId=second["HITId"])
    call("ListBonusPayments", 400)
    call("UpdateExpirationForHIT", HITId=hit["HITId"], ExpireAt=0)
    call("UpdateExpirationForHIT", 400, HITId=second["HITId"], ExpireAt="2026-10-02T12:00:10Z")
    call("ListReviewableHITs")
    call("ListReviewableHITs", Status="Reviewing", HITTypeId=hit_type)
    call("UpdateHITReviewStatus", HITId=hit["HITId"])
    call("UpdateHITReviewStatus", 400, HITId=hit["HITId"])
    other_type = call("CreateHITType", **TERMS | {"Reward": "0.25"})["HITTypeId"]
    call("UpdateHITTypeOfHIT", HITId=second["HITId"], HITTypeId=other_type)
    call("UpdateHITTypeOfHIT", 400, HITId=hit["HITId"], HITTypeId=other_type)
    call("DeleteHIT", HITId=hit["HITId"])
    call("DeleteHIT", 400, HITId=second["HITId"])
    call("GetAccountBalance")


def another_day(call, market, bob):
    """Every operation on qualifications and blocks, answered and refused."""
    worker, other = bob
    about = {"Name": "Reads Dutch", "Description": "Short texts, ünïcode & all.", "QualificationTypeStatus": "Active"}
    dutch = call("CreateQualificationType", **about, Keywords="language", RetryDelayInSeconds=DAYS)["QualificationType"]
    of_dutch = {"QualificationTypeId": dutch["QualificationTypeId"]}
    call("CreateQualificationType", 400, **about)
    call("CreateQualificationType", 400, **about | {"Name": "Other"}, AnswerKey="<AnswerKey/>")
    call("CreateQualificationType", **about | {"Name": "Is there"}, AutoGranted=True)
    call("UpdateQualificationType", **of_dutch, Description="Long texts.")
    call("UpdateQualificationType", 400, **of_dutch, TestDurationInSeconds=60)
    call("GetQualificationType", **of_dutch)
    call("GetQualificationType", QualificationTypeId=PERCENT_APPROVED)
    call("GetQualificationType", 400, QualificationTypeId="3NOBODY")
    page = call("ListQualificationTypes", MustBeRequestable=True, MaxResults=1)
    call("ListQualificationTypes", MustBeRequestable=True, MaxResults=1, NextToken=page["NextToken"])
    call("ListQualificationTypes", MustBeRequestable=False, Query="percent assignments")
    call("ListQualificationTypes", 400, Query="dutch")
    call("AssociateQualificationWithWorker", **of_dutch, WorkerId=worker, IntegerValue=80, SendNotification=False)
    call("AssociateQualificationWithWorker", 400, **of_dutch, WorkerId="A0NOBODY")
    call("AssociateQualificationWithWorker", 400, QualificationTypeId=PERCENT_APPROVED, WorkerId=worker)
    call("GetQualificationScore", **of_dutch, WorkerId=worker)
    call("GetQualificationScore", 400, **of_dutch, WorkerId=other)
    call("ListWorkersWithQualificationType", **of_dutch)
    call("ListWorkersWithQualificationType", 400, QualificationTypeId=PERCENT_APPROVED)
    call("DisassociateQualificationFromWorker", **of_dutch, WorkerId=worker, Reason="Not that well.")
    call("DisassociateQualificationFromWorker", 400, **of_dutch, WorkerId=worker)
    call("GetQualificationScore", 400, **of_dutch, WorkerId=worker)
    for asking in bob:
        market.perform(asking, qualification_requests.request, qualification_type_id=dutch["QualificationTypeId"])
        market.clock.advance(seconds=60)
    first, second = call("ListQualificationRequests", **of_dutch)["QualificationRequests"]
    call("ListQualificationRequests", 400, QualificationTypeId=PERCENT_APPROVED)
    call("AcceptQualificationRequest", QualificationRequestId=first["QualificationRequestId"], IntegerValue=90)
    call("AcceptQualificationRequest", 400, QualificationRequestId=first["QualificationRequestId"])
    call("RejectQualificationRequest", QualificationRequestId=second["QualificationRequestId"], Reason="No.")
    call("RejectQualificationRequest", 400, QualificationRequestId="3NOBODY")
    call("ListQualificationRequests")
    requirements = [of_dutch | {"Comparator": "In", "IntegerValues": [80, 90], "RequiredToPreview": True}]
    call("CreateHIT", **TERMS, LifetimeInSeconds=DAYS, Question=QUESTION, QualificationRequirements=requirements)
    call("ListHITsForQualificationType", **of_dutch)
    call("ListHITsForQualificationType", 400, QualificationTypeId="3NOBODY")
    call("CreateWorkerBlock", WorkerId=other, Reason="Not a single mug.")
    call("CreateWorkerBlock", 400, WorkerId="A0NOBODY", Reason="Nobody.")
    call("ListWorkerBlocks")
    call("DeleteWorkerBlock", WorkerId=other)
    call("DeleteWorkerBlock", 400, WorkerId="A0NOBODY")
    call("ListWorkerBlocks")
    call("DeleteQualificationType", **of_dutch)
    call("DeleteQualificationType", 400, **of_dutch)


def a_day_of_reviews(call, market, bob):
    """Review policies of both levels, what they found and did; and one that is refused."""
    known = {
        "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
        "Parameters": [
            {"Key": "AnswerKey", "MapEntries": [{"Key": "handle", "Values": ["yes"]}]},
            {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["50"]},
            {"Key": "RejectReason", "Values": ["The mug has a handle."]},
        ],
    }
    plurality = {
        "PolicyName": "SimplePlurality/2011-09-01",
        "Parameters": [
            {"Key": "QuestionIds", "Values": ["colour"]},
            {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
            {"Key": "DisregardAssignmentIfRejected", "Values": ["T"]},
            {"Key": "ApproveIfWorkerAgreementScoreIsAtLeast", "Values": ["100"]},
        ],
    }
    policies = {"AssignmentReviewPolicy": known, "HITReviewPolicy": plurality}
    hit = call("CreateHIT", **TERMS, LifetimeInSeconds=DAYS, Question=QUESTION, MaxAssignments=2, **policies)["HIT"]
    call("CreateHIT", 400, **TERMS, LifetimeInSeconds=DAYS, Question=QUESTION, HITReviewPolicy=known)
    for worker, handle in zip(bob, ("yes", "no"), strict=True):
        accepted = market.perform(worker, work.accept, group_id=hit["HITGroupId"], hit_id=hit["HITId"])
        answer = answers.to_xml([("colour", "red"), ("handle", handle)])
        market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=answer)
        market.clock.advance(seconds=60)
    call("ListReviewPolicyResultsForHIT", HITId=hit["HITId"])
    page = call("ListReviewPolicyResultsForHIT", HITId=hit["HITId"], PolicyLevels=["HIT"], RetrieveResults=False,
                MaxResults=1)  # fmt: skip
    call("ListReviewPolicyResultsForHIT", HITId=hit["HITId"], PolicyLevels=["HIT"], RetrieveResults=False, MaxResults=9,
         NextToken=page["NextToken"])  # fmt: skip
    call("ListReviewPolicyResultsForHIT", 400, HITId="3NOBODY")
    call("ListReviewPolicyResultsForHIT", 400, HITId=hit["HITId"], PolicyLevels=["Worker"])


def a_file(call, market, bob):
    """A form answered by a file: where it can be fetched, and no file under another name."""
    hit = call("CreateHIT", **TERMS, LifetimeInSeconds=DAYS, Question=PHOTO_FORM)["HIT"]
    accepted = market.perform(bob[0], work.accept, group_id=hit["HITGroupId"])
    about = {"assignment_id": accepted.assignment_id}
    key = market.perform(bob[0], uploads.begin, **about, question_identifier="photo", file_name="mug.png")
    market.perform(bob[0], uploads.keep, **about, file_key=key, size_in_bytes=5)
    market.perform(bob[0], submit_answer, **about, answer=ANSWER, file_keys=[key])
    call("GetFileUploadURL", AssignmentId=accepted.assignment_id, QuestionIdentifier="photo")
    call("GetFileUploadURL", 400, AssignmentId=accepted.assignment_id, QuestionIdentifier="note")
    call("GetFileUploadURL", 400, AssignmentId="3NOBODY", QuestionIdentifier="photo")


def hits_of_a_layout(call, market, alice):
    """The two operations that take one, answered and refused."""
    page = "<!DOCTYPE html><form><img src='${image}'><input name='${name}'></form>"
    layout = market.perform(OPERATOR, hit_layouts.add_hit_layout, requester_id=alice, name="Mugs", html=page)
    of_layout = {"HITLayoutId": layout.hit_layout_id, "LifetimeInSeconds": DAYS}
    values = [{"Name": "image", "Value": "mug.png?a=1&amp;b=2"}, {"Name": "name", "Value": "colour"}]
    hit_type = call("CreateHIT", **TERMS, **of_layout, HITLayoutParameters=values)["HIT"]["HITTypeId"]
    call("CreateHIT", 400, **TERMS, **of_layout)
    call("CreateHIT", 400, **TERMS, **of_layout, HITLayoutParameters=[*values, {"Name": "size", "Value": "9"}])
    call("CreateHIT", 400, **TERMS, **of_layout, Question=QUESTION)
    call("CreateHITWithHITType", **of_layout, HITTypeId=hit_type, HITLayoutParameters=values)
    call("CreateHITWithHITType", 400, **of_layout, HITTypeId=hit_type, HITLayoutParameters=values[:1])


def a_third_day(call, market, bob):
    """Notifications and messages, answered and refused."""
    hit_type = {"HITTypeId": call("CreateHITType", **TERMS)["HITTypeId"]}
    wanted = {
        "Destination": "https://sqs.us-east-1.amazonaws.com/123456789012/lab",
        "Transport": "SQS",
        "Version": "2014-08-15",
        "EventTypes": ["AssignmentSubmitted", "HITReviewable"],
    }
    call("UpdateNotificationSettings", **hit_type, Notification=wanted)
    call("UpdateNotificationSettings", **hit_type, Active=False)
    call("UpdateNotificationSettings", 400, **hit_type)
    call("UpdateNotificationSettings", 400, **hit_type, Notification=wanted | {"Transport": "SNS"})
    call("UpdateNotificationSettings", 400, **hit_type, Notification=wanted | {"Transport": "REST", "Version": None})
    call("SendTestEventNotification", Notification=wanted, TestEventType="Ping")
    call("SendTestEventNotification", 400, Notification=wanted | {"EventTypes": []}, TestEventType="Ping")
    message = {"Subject": "Thanks", "MessageText": "Grüße,\nplease come back."}
    call("NotifyWorkers", **message, WorkerIds=[*bob, "A0NOBODY"])
    call("NotifyWorkers", 400, **message, WorkerIds=["A0NOBODY"] * 101)
    call("NotifyWorkers", 400, **message | {"Subject": " "}, WorkerIds=bob)


def what_is_seldom_asked(call, market, alice, workers):
    """All members that no day before has sent or got: rare ones, and those of what is in another state."""
    bob, dora = workers
    for worker in workers:
        market.perform(OPERATOR, set_locale, worker_id=worker, country="US", subdivision="CA")
    tested = {"Name": "Knows mugs", "Description": "By a test.", "QualificationTypeStatus": "Inactive"}
    mugs = call("CreateQualificationType", **tested, Test=TEST, AnswerKey=KEY, TestDurationInSeconds=600)
    of_mugs = {"QualificationTypeId": mugs["QualificationType"]["QualificationTypeId"]}
    anew = {"Test": TEST.replace("A hat", "A cap"), "AnswerKey": KEY, "TestDurationInSeconds": 300}
    call("UpdateQualificationType", **of_mugs, **anew, QualificationTypeStatus="Active", RetryDelayInSeconds=60)
    call("GetQualificationType", **of_mugs)
    call("ListQualificationTypes", MustBeRequestable=False, MustBeOwnedByCaller=True)
    taken = {"Name": "Knows cups", "Description": "By a test that a person reads.", "QualificationTypeStatus": "Active"}
    cups = call("CreateQualificationType", **taken, Test=TEST, TestDurationInSeconds=600)["QualificationType"]
    for worker in workers:
        begun = market.perform(
            worker, qualification_requests.request, qualification_type_id=cups["QualificationTypeId"]
        )
        answer = answers.to_xml([("mug", "cup")])
        market.perform(worker, submit_test_answer, request_id=begun.request_id, answer=answer)
    page = call("ListQualificationRequests", MaxResults=1)
    call("ListQualificationRequests", MaxResults=1, NextToken=page["NextToken"])
    given = {"Name": "Came along", "Description": "Whoever asks.", "QualificationTypeStatus": "Active"}
    along = call("CreateQualificationType", **given, AutoGranted=True, AutoGrantedValue=7)["QualificationType"]
    of_along = {"QualificationTypeId": along["QualificationTypeId"]}
    call("UpdateQualificationType", **of_along, AutoGranted=True, AutoGrantedValue=8)
    call("GetQualificationType", **of_along)
    for worker in workers:
        call("AssociateQualificationWithWorker", **of_along, WorkerId=worker, IntegerValue=8)
    page = call("ListWorkersWithQualificationType", **of_along, Status="Granted", MaxResults=1)
    call("ListWorkersWithQualificationType", **of_along, Status="Granted", MaxResults=1, NextToken=page["NextToken"])
    requirements = [
        of_along | {"Comparator": "EqualTo", "IntegerValues": [8], "RequiredToPreview": True},
        {"QualificationTypeId": LOCALE, "Comparator": "In", "LocaleValues": [{"Country": "US", "Subdivision": "CA"}],
         "ActionsGuarded": "DiscoverPreviewAndAccept"},
    ]  # fmt: skip
    terms = TERMS | {"Title": "Name the rare mug's colour", "QualificationRequirements": requirements}
    rare = {"HITTypeId": call("CreateHITType", **terms)["HITTypeId"]}
    page = "<!DOCTYPE html><form><input name='${name}'></form>"
    layout = market.perform(OPERATOR, hit_layouts.add_hit_layout, requester_id=alice, name="Rare", html=page)
    shown = {"HITLayoutId": layout.hit_layout_id, "HITLayoutParameters": [{"Name": "name", "Value": "colour"}]}
    about = {"LifetimeInSeconds": DAYS, "MaxAssignments": 2, "RequesterAnnotation": "rare"}
    hit = call("CreateHIT", **terms, **about, **shown)["HIT"]
    of_hit = {"HITId": hit["HITId"]}
    call("CreateHITWithHITType", **rare, **about, Question=QUESTION, AssignmentReviewPolicy=NEVER_MORE,
         HITReviewPolicy=ANY_MAJORITY, UniqueRequestToken="rare-1")  # fmt: skip
    call("GetHIT", **of_hit)
    call("ListHITs", MaxResults=2)
    page = call("ListHITsForQualificationType", **of_along, MaxResults=1)
    call("ListHITsForQualificationType", **of_along, MaxResults=1, NextToken=page["NextToken"])
    for worker in workers:
        submitted = worked(market, worker, hit, colour="red")
        call("RejectAssignment", AssignmentId=submitted, RequesterFeedback="Too fast.")
    call("GetAssignment", AssignmentId=submitted)
    call("ApproveAssignment", AssignmentId=submitted, OverrideRejection=True, RequesterFeedback="Not too fast.")
    call("GetAssignment", AssignmentId=submitted)
    page = call("ListAssignmentsForHIT", **of_hit, MaxResults=1)
    call("ListAssignmentsForHIT", **of_hit, MaxResults=1, NextToken=page["NextToken"])
    call("UpdateHITReviewStatus", **of_hit)
    call("UpdateHITReviewStatus", **of_hit, Revert=True)
    other = call("CreateHITWithHITType", **rare, LifetimeInSeconds=DAYS, Question=QUESTION)["HIT"]
    worked(market, bob, other, colour="red")
    page = call("ListReviewableHITs", **rare, MaxResults=1)
    call("ListReviewableHITs", **rare, MaxResults=1, NextToken=page["NextToken"])
    more = {"NumberOfAdditionalAssignments": 1, "UniqueRequestToken": "more-1"}
    call("CreateAdditionalAssignmentsForHIT", **of_hit, **more)
    for number in (1, 2):
        call("SendBonus", WorkerId=dora, AssignmentId=submitted, BonusAmount="0.10", Reason=f"Part {number}.")
    page = call("ListBonusPayments", **of_hit, MaxResults=1)
    call("ListBonusPayments", **of_hit, MaxResults=1, NextToken=page["NextToken"])
    for worker in workers:
        call("CreateWorkerBlock", WorkerId=worker, Reason="Too fast.")
    page = call("ListWorkerBlocks", MaxResults=1)
    call("ListWorkerBlocks", MaxResults=1, NextToken=page["NextToken"])
    for worker in workers:
        call("DeleteWorkerBlock", WorkerId=worker, Reason="Not too fast.")
    what_policies_could_not_do(call, market, workers)


NEVER_MORE = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "handle", "Values": ["yes", "maybe"]}]},
        {"Key": "ExtendIfKnownAnswerScoreIsLessThan", "Values": ["50"]},
        {"Key": "ExtendMaximumAssignments", "Values": ["12"]},
    ],
}
ANY_MAJORITY = {
    "PolicyName": "SimplePlurality/2011-09-01",
    "Parameters": [
        {"Key": "QuestionIds", "Values": ["colour"]},
        {"Key": "QuestionAgreementThreshold", "Values": ["50"]},
        {"Key": "ApproveIfWorkerAgreementScoreIsAtLeast", "Values": ["100"]},
    ],
}


def what_policies_could_not_do(call, market, workers):
    """A HIT that may not grow to ten assignments, and work that its Requester has rejected before its policy looks."""
    small = {"LifetimeInSeconds": DAYS, "Question": QUESTION, "MaxAssignments": 9}
    hit = call("CreateHIT", **TERMS, **small, AssignmentReviewPolicy=NEVER_MORE)["HIT"]
    worked(market, workers[0], hit, handle="no")
    call("ListReviewPolicyResultsForHIT", HITId=hit["HITId"], PolicyLevels=["Assignment"], RetrieveActions=True)
    small = {"LifetimeInSeconds": DAYS, "Question": QUESTION, "MaxAssignments": 2}
    hit = call("CreateHIT", **TERMS, **small, HITReviewPolicy=ANY_MAJORITY)["HIT"]
    first = worked(market, workers[0], hit, colour="red")
    call("RejectAssignment", AssignmentId=first, RequesterFeedback="Too fast.")
    worked(market, workers[1], hit, colour="red")
    call("ListReviewPolicyResultsForHIT", HITId=hit["HITId"], PolicyLevels=["HIT"], RetrieveActions=True)


def worked(market, worker, hit, **fields):
    """The id of an assignment of this HIT that the Worker has done; a minute later."""
    accepted = market.perform(worker, work.accept, group_id=hit["HITGroupId"], hit_id=hit["HITId"])
    answer = answers.to_xml(list(fields.items()))
    market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=answer)
    market.clock.advance(seconds=60)
    return accepted.assignment_id


@pytest.fixture
def exchanges(market):
    alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("1000.00"))
    workers = [
        market.perform(
            OPERATOR, accounts.add_worker, name=name, email=f"{name}@example.org", password_hash="-"
        ).worker_id
        for name in ("Bob", "Dora")
    ]
    api = RequesterAPI(market, real_clock=market.clock, new_request_id=counted_request_ids())
    call = Recorder(replace(Program(api, give_key(market, alice)), now=market.clock.now))
    a_day(call, market, workers)
    another_day(call, market, workers)
    a_day_of_reviews(call, market, workers)
    a_file(call, market, workers)
    hits_of_a_layout(call, market, alice)
    a_third_day(call, market, workers)
    what_is_seldom_asked(call, market, alice, workers)
    return {name: f"\n{'-' * 80}\n\n".join(told) for name, told in call.exchanges.items()}


def test_every_exchange_is_what_it_was(exchanges):
    if os.environ.get("REWRITE_GOLDEN"):
        for name, text in exchanges.items():
            (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
    kept = {path.stem: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")}
    assert sorted(kept) == sorted(exchanges) == sorted(REGISTRY)
    for name, text in exchanges.items():
        assert kept[name] == text, f"{name} says something else than tests/golden/{name}.txt"
