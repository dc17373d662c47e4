"""Scenarios of refusals, as `refusals` has them: of qualification types, scores, requests and blocks."""

from __future__ import annotations

import re
from typing import Any

from tests.clients.bazaar import MOST_BLOCKS, NOBODY, UNKNOWN, Bazaar
from tests.clients.hits import ANSWER_KEY, FORM, TEST
from tests.clients.refusals import LOCALE, SCENARIOS, TAKES_TERMS, Asked, new, provokes

MASTERS_OF_THE_SANDBOX = "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"
ABOUT_A_TYPE = ("DeleteQualificationType", "ListWorkersWithQualificationType", "UpdateQualificationType")
ABOUT_A_SCORE = ("AssociateQualificationWithWorker", "DisassociateQualificationFromWorker")
DECIDES = ("AcceptQualificationRequest", "RejectQualificationRequest")
NOT_OURS = "Type owned by someone else, or a built-in type"
NO_WORKER = "WorkerId matches the pattern but is no registered Worker"
BAD_XML = (
    "Test or AnswerKey is not well-formed or fails its schema "
    "(QuestionForm, ExternalQuestion, HTMLQuestion wrapper, AnswerKey)"
)


def about(market: Bazaar, operation: str, type_id: str, **members: Any) -> dict[str, Any]:
    """What an operation about a type needs."""
    if operation in (*ABOUT_A_SCORE, "GetQualificationScore"):
        members = {"WorkerId": market.bob.worker_id} | members
    return {"QualificationTypeId": type_id, **members}


def described(market: Bazaar, operation: str, **members: Any) -> dict[str, Any]:
    """What CreateQualificationType needs, or UpdateQualificationType for a new type; without what is None."""
    if operation == "CreateQualificationType":
        wanted = market.described(**members)
    else:
        wanted = {"QualificationTypeId": market.qualification_type(), **members}
    return {name: value for name, value in wanted.items() if value is not None}


# ---------------------------------------------------------------------------------------------- types


@provokes(
    "Qualification type unknown, or deletion completed",
    *ABOUT_A_TYPE,
    *ABOUT_A_SCORE,
    "GetQualificationType",
    "ListHITsForQualificationType",
    "ListQualificationRequests",
)
def a_type_that_is_not_there(market, operation):
    for type_id in (UNKNOWN, market.gone_type, MASTERS_OF_THE_SANDBOX):
        yield Asked(about(market, operation, type_id), {"QualificationTypeId": type_id})


@provokes(NOT_OURS, *ABOUT_A_TYPE, *ABOUT_A_SCORE, "ListQualificationRequests")
def a_type_that_is_not_ours(market, operation):
    for type_id in (market.qualification_type(market.charlie), LOCALE):
        yield Asked(about(market, operation, type_id))


@provokes("Name already used by the caller", "CreateQualificationType")
def a_name_again(market, operation):
    going = market.described()
    made = market.ask(operation, **going)["QualificationType"]
    yield Asked(going)
    yield Asked(going | {"Description": "Another one.", "QualificationTypeStatus": "Inactive"})
    market.hit(QualificationRequirements=[{"QualificationTypeId": made["QualificationTypeId"], "Comparator": "Exists"}])
    market.ask("DeleteQualificationType", QualificationTypeId=made["QualificationTypeId"])
    yield Asked(going)
    market.ask(operation, market.charlie, **going)


@provokes("Test without TestDurationInSeconds", "CreateQualificationType")
def a_test_without_end(market, operation):
    yield Asked(described(market, operation, Test=TEST))
    yield Asked(described(market, operation, Test=TEST, AnswerKey=ANSWER_KEY, AutoGranted=True))


@provokes("Test without duration; AnswerKey or duration without Test", "UpdateQualificationType")
def a_test_in_parts(market, operation):
    for members, missing in (
        ({"Test": TEST}, "TestDurationInSeconds"),
        ({"Test": TEST, "AnswerKey": ANSWER_KEY}, "TestDurationInSeconds"),
        ({"AnswerKey": ANSWER_KEY}, "Test"),
        ({"TestDurationInSeconds": 60}, "Test"),
    ):
        for type_id in (market.qualification_type(), market.qualification_type(**_tested())):
            asked = {"QualificationTypeId": type_id, **members}
            yield Asked(asked, {"TestDurationInSeconds|Test": missing})


@provokes("Test together with AutoGranted=true; AnswerKey without Test", "CreateQualificationType")
def a_test_granted_by_itself(market, operation):
    yield Asked(
        described(market, operation, **_tested(), AutoGranted=True),
        {
            "v": "true",
            "AutoGranted|AnswerKey": "AutoGranted",
            "reason": "A Qualification with a Test cannot be granted automatically.",
        },
    )
    yield Asked(
        described(market, operation, AnswerKey="<key/>"),
        {
            "v": "<key/>",
            "AutoGranted|AnswerKey": "AnswerKey",
            "reason": "An AnswerKey can only be given with a Test.",
        },
    )


@provokes("AutoGranted=true on a type with a test (old or new)", "UpdateQualificationType")
def a_tested_type_granted_by_itself(market, operation):
    tested, plain = market.qualification_type(**_tested()), market.qualification_type()
    automatic = market.qualification_type(AutoGranted=True)
    for type_id, members in (
        (tested, {"AutoGranted": True}),
        (plain, {"AutoGranted": True, **_tested()}),
        (automatic, _tested()),
    ):
        yield Asked({"QualificationTypeId": type_id, **members})


@provokes(BAD_XML, "CreateQualificationType", "UpdateQualificationType")
def a_test_that_is_no_test(market, operation):
    for members, said in (
        ({"Test": "What colour is the mug?", "AnswerKey": None}, "Content is not allowed in prolog. Line 1."),
        (
            {"Test": TEST.replace("</QuestionForm>", "")},
            "XML document structures must start and end within the same entity. Line 10.",
        ),
        (
            {"Test": TEST.replace("AnswerSpecification", "AnswerSpecifications")},
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'AnswerSpecifications'. "
                f"One of '{{\"{FORM}\":AnswerSpecification}}' is expected. Line 5."
            ),
        ),
        (
            {"AnswerKey": ANSWER_KEY.replace("</AnswerKey>", "")},
            "XML document structures must start and end within the same entity. Line 9.",
        ),
        (
            {"AnswerKey": ANSWER_KEY.replace("<AnswerScore>10", "<AnswerScore>ten")},
            "cvc-datatype-valid.1.2.1: 'ten' is not a valid value for 'int'. Line 6.",
        ),
    ):
        yield Asked(described(market, operation, **(_tested() | members)), {"parser text": said})


@provokes(
    "Over-long text: Name > 200 (inferred bound), Description > 2000, Keywords > 1000, Test/AnswerKey > 65535",
    "CreateQualificationType",
)
@provokes("Over-long text: Description > 2000, Test/AnswerKey > 65535", "UpdateQualificationType")
def a_description_too_long(market, operation):
    (when,) = (when for name, when in SCENARIOS if name == operation and when.startswith("Over-long text"))
    for names, limit in re.findall(r"([\w/]+) > (\d+)", when.replace(" (inferred bound)", "")):
        for name in names.split("/"):
            members = _tested() if name in ("Test", "AnswerKey") else {}
            members[name] = "ä" * (int(limit) // (2 if members else 1) + 1)
            yield Asked(described(market, operation, **members), {"Name": name, "n": limit})


@provokes("Deletion already started", "DeleteQualificationType")
@provokes("Being deleted", "UpdateQualificationType")
@provokes("Type is being deleted", "AssociateQualificationWithWorker")
def a_type_on_its_way_out(market, operation):
    for members in ({}, {"QualificationTypeStatus": "Inactive"}):
        type_id = market.qualification_type()
        market.hit(QualificationRequirements=[{"QualificationTypeId": type_id, "Comparator": "Exists"}])
        if members:
            market.ask("UpdateQualificationType", QualificationTypeId=type_id, **members)
        market.ask("DeleteQualificationType", QualificationTypeId=type_id)
        yield Asked(about(market, operation, type_id))


@provokes("Requirement names an Inactive type, or one being deleted", *TAKES_TERMS)
def a_requirement_of_what_is_put_away(market, operation):
    inactive = market.qualification_type(QualificationTypeStatus="Inactive")
    going = market.qualification_type()
    market.hit(QualificationRequirements=[{"QualificationTypeId": going, "Comparator": "Exists"}])
    market.ask("DeleteQualificationType", QualificationTypeId=going)
    for type_id in (inactive, going):
        requirement = {"QualificationTypeId": type_id, "Comparator": "Exists"}
        yield Asked(new(market, operation, QualificationRequirements=[requirement]))


def _tested() -> dict[str, Any]:
    return {"Test": TEST, "AnswerKey": ANSWER_KEY, "TestDurationInSeconds": 60}


# ---------------------------------------------------------------------------------------------- scores


@provokes(NO_WORKER, *ABOUT_A_SCORE, "GetQualificationScore")
def a_score_of_nobody(market, operation):
    for type_id in (market.qualification_type(), UNKNOWN):
        yield Asked(about(market, operation, type_id, WorkerId=NOBODY), {"WorkerId": NOBODY})


@provokes("Worker never granted; type unknown; built-in type; foreign type", "GetQualificationScore")
def a_score_that_is_not_there(market, operation):
    foreign = market.granted(market.charlie)
    for type_id in (market.qualification_type(), UNKNOWN, market.gone_type, LOCALE, foreign):
        yield Asked(about(market, operation, type_id))


@provokes("Qualification Revoked", "GetQualificationScore")
@provokes("Already Revoked", "DisassociateQualificationFromWorker")
def a_score_taken_away(market, operation):
    type_id = market.granted()
    taken = about(market, operation, type_id)
    market.ask("DisassociateQualificationFromWorker", **taken)
    yield Asked(taken)


@provokes("Worker never held it", "DisassociateQualificationFromWorker")
def a_score_never_given(market, operation):
    type_id = market.granted()
    yield Asked(about(market, operation, type_id, WorkerId=market.dora.worker_id))
    yield Asked(about(market, operation, market.requested()[0]))


# ---------------------------------------------------------------------------------------------- requests


@provokes("Request unknown", *DECIDES)
def a_request_that_is_not_there(market, operation):
    for request_id in (UNKNOWN, market.qualification_type(), "no id at all"):
        yield Asked({"QualificationRequestId": request_id}, {"id": request_id})


@provokes("Request already accepted or rejected", "AcceptQualificationRequest")
@provokes("Already decided", "RejectQualificationRequest")
def a_request_that_is_decided(market, operation):
    for decision in DECIDES:
        _, request_id = market.requested()
        market.ask(decision, QualificationRequestId=request_id)
        yield Asked({"QualificationRequestId": request_id})
    type_id, request_id = market.requested()
    market.ask("DeleteQualificationType", QualificationTypeId=type_id)
    yield Asked({"QualificationRequestId": request_id})


@provokes(NOT_OURS, *DECIDES)
def a_request_to_somebody_else(market, operation):
    _, request_id = market.requested(market.charlie)
    yield Asked({"QualificationRequestId": request_id})
    market.ask("RejectQualificationRequest", market.charlie, QualificationRequestId=request_id)
    yield Asked({"QualificationRequestId": request_id})


# ---------------------------------------------------------------------------------------------- blocks


@provokes(NO_WORKER, "CreateWorkerBlock")
def a_block_of_nobody(market, operation):
    yield Asked({"WorkerId": NOBODY, "Reason": "Spam"}, {"WorkerId": NOBODY})


@provokes("More than 100,000 blocks", "CreateWorkerBlock")
def a_block_too_many(market, operation):
    """Of as many as this server's setting lets a Requester have."""
    first, *others, last = market.server.add_workers(MOST_BLOCKS + 1, name="blocked")
    for worker in (first, *others):
        market.ask(operation, market.charlie, WorkerId=worker.worker_id, Reason="Spam")
    yield Asked({"WorkerId": last.worker_id, "Reason": "Spam"}, keys=market.charlie)
    market.ask(operation, market.charlie, WorkerId=first.worker_id, Reason="Spam again")
    market.ask("DeleteWorkerBlock", market.charlie, WorkerId=first.worker_id)
    market.ask(operation, market.charlie, WorkerId=last.worker_id, Reason="Spam")


@provokes("WorkerId missing or unknown", "DeleteWorkerBlock")
def an_end_of_no_block(market, operation):
    yield Asked({"WorkerId": NOBODY})
    yield Asked({"WorkerId": NOBODY, "Reason": "Forgiven"})
