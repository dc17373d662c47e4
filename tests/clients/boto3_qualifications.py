"""The life of qualifications as programs written for Mechanical Turk lead it: boto3 unmodified, and a bare HTTP client.

Run by test_qualifications.py in a process of its own, with whichever boto3 its Python has; imports nothing of ours but
the program beside it, whose environment it takes. A second Worker's API token is in OTHER_WORKER_TOKEN, their WorkerIds
in WORKER_ID and OTHER_WORKER_ID. Prints what it used, as JSON.
"""

import datetime
import json
import os

import boto3
from boto3_worker import Worker, refused

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
TEST = f"""<QuestionForm xmlns="{SCHEMAS}/2017-11-06/QuestionForm.xsd">
  <Overview><Title>Do you read Dutch?</Title></Overview>
  <Question>
    <QuestionIdentifier>fiets</QuestionIdentifier>
    <IsRequired>true</IsRequired>
    <QuestionContent><Text>What is a fiets?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer><StyleSuggestion>radiobutton</StyleSuggestion><Selections>
      <Selection><SelectionIdentifier>bicycle</SelectionIdentifier><Text>A bicycle</Text></Selection>
      <Selection><SelectionIdentifier>fish</SelectionIdentifier><Text>A fish</Text></Selection>
    </Selections></SelectionAnswer></AnswerSpecification>
  </Question>
</QuestionForm>"""
ANSWER_KEY = f"""<AnswerKey xmlns="{SCHEMAS}/2005-10-01/AnswerKey.xsd">
  <Question>
    <QuestionIdentifier>fiets</QuestionIdentifier>
    <AnswerOption><SelectionIdentifier>bicycle</SelectionIdentifier><AnswerScore>1</AnswerScore></AnswerOption>
  </Question>
  <QualificationValueMapping><PercentageMapping><MaximumSummedScore>1</MaximumSummedScore></PercentageMapping>
  </QualificationValueMapping>
</AnswerKey>"""
HTML_QUESTION = f"""<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html>
<form action="https://www.mturk.com/mturk/externalSubmit"><input name="words"></form>]]></HTMLContent>
<FrameHeight>450</FrameHeight></HTMLQuestion>"""

turk = boto3.client("mturk", endpoint_url=os.environ.get("ENDPOINT_URL"))
used = set()
turk.meta.events.register("before-call.mturk.*", lambda model, **_: used.add(model.name))
bob = Worker(os.environ["WORKER_SITE"], os.environ["WORKER_TOKEN"])
dora = Worker(os.environ["WORKER_SITE"], os.environ["OTHER_WORKER_TOKEN"])
bobs_id, doras_id = os.environ["WORKER_ID"], os.environ["OTHER_WORKER_ID"]
mark = os.urandom(4).hex()


def scores(type_id, **members):
    pages = turk.get_paginator("list_workers_with_qualification_type").paginate(
        QualificationTypeId=type_id, PaginationConfig={"PageSize": 1}, **members
    )
    return {each["WorkerId"]: each["IntegerValue"] for page in pages for each in page["Qualifications"]}


def waiting(**members):
    pages = turk.get_paginator("list_qualification_requests").paginate(PaginationConfig={"PageSize": 1}, **members)
    return [each for page in pages for each in page["QualificationRequests"]]


def hit(title, *requirements):
    return turk.create_hit(
        Title=f"{title} {mark}",
        Description="One question.",
        Reward="0.05",
        AssignmentDurationInSeconds=600,
        LifetimeInSeconds=86_400,
        Question=HTML_QUESTION,
        QualificationRequirements=list(requirements),
    )["HIT"]


def may_accept(worker, made):
    """Does the Worker get it? Then it is given back."""
    status, body, to = worker.ask(f"/projects/{made['HITGroupId']}/tasks/accept_random")
    if status != 303:
        assert status in (403, 404, 422), (status, body)
        assert json.loads(body)["message"]
        return False
    worker.json(to, {"_method": "delete"})
    return True


# A type with a test and its key; one without, for which one asks; one that grants itself.
tested = turk.create_qualification_type(
    Name=f"Reads Dutch {mark}",
    Keywords="dutch, language",
    Description="One question.",
    QualificationTypeStatus="Active",
    RetryDelayInSeconds=0,
    Test=TEST,
    AnswerKey=ANSWER_KEY,
    TestDurationInSeconds=600,
)["QualificationType"]
assert (tested["Test"], tested["AnswerKey"], tested["TestDurationInSeconds"]) == (TEST, ANSWER_KEY, 600), tested
assert (tested["IsRequestable"], tested["AutoGranted"], tested["RetryDelayInSeconds"]) == (True, False, 0)
assert isinstance(tested["CreationTime"], datetime.datetime)
plain = {"Description": "Ask for it.", "QualificationTypeStatus": "Active"}
asked_for = turk.create_qualification_type(Name=f"Has a garden {mark}", **plain)["QualificationType"]
granted = turk.create_qualification_type(Name=f"Likes mugs {mark}", AutoGranted=True, AutoGrantedValue=7, **plain)
granted = granted["QualificationType"]
tested, asked_for, granted = (each["QualificationTypeId"] for each in (tested, asked_for, granted))
again = refused(turk.create_qualification_type, Name=f"Likes mugs {mark}", **plain)
assert again == "AWS.MechanicalTurk.QualificationTypeAlreadyExists", again
pages = turk.get_paginator("list_qualification_types").paginate(
    MustBeRequestable=True, MustBeOwnedByCaller=True, Query=mark, PaginationConfig={"PageSize": 2}
)
listed = [each["QualificationTypeId"] for page in pages for each in page["QualificationTypes"]]
assert listed == [asked_for, granted, tested], listed
assert (
    turk.get_qualification_type(QualificationTypeId="000000000000000000L0")["QualificationType"]["IsRequestable"]
    is False
)

# HITs ask for them.
dutch = {"QualificationTypeId": tested, "Comparator": "GreaterThanOrEqualTo", "IntegerValues": [100]}
strict = hit("Translate", dutch)
hidden = hit("Translate in secret", dict(dutch, ActionsGuarded="DiscoverPreviewAndAccept"))
garden = hit("Water", {"QualificationTypeId": asked_for, "Comparator": "Exists"})
assert strict["QualificationRequirements"] == [dict(dutch, RequiredToPreview=False, ActionsGuarded="Accept")]
for made in (strict, hidden, garden):
    assert not may_accept(bob, made)
found = turk.get_paginator("list_hits_for_qualification_type").paginate(QualificationTypeId=tested)
assert sorted(each["HITId"] for page in found for each in page["HITs"]) == sorted([strict["HITId"], hidden["HITId"]])

# A Worker takes the test, fails it, and takes it again: there is no delay.
for choice, value in (("2", 0), ("1", 100)):  # a fish, a bicycle
    standing = bob.json(f"/qualifications/{tested}/request", {})
    assert standing["request"]["state"] == "InTest", standing
    assert waiting(QualificationTypeId=tested) == [], "a test in progress is not seen"
    bob.json(f"/qualifications/{tested}/requests/{standing['request']['request_id']}/submit", {"answer-1": choice})
    score = turk.get_qualification_score(QualificationTypeId=tested, WorkerId=bobs_id)["Qualification"]
    assert (score["IntegerValue"], score["Status"]) == (value, "Granted"), score
    assert may_accept(bob, strict) == may_accept(bob, hidden) == (value == 100)

# One is granted at once, one waits and is accepted, one waits and is rejected.
assert dora.json(f"/qualifications/{granted}/request", {})["value"] == 7
for worker in (bob, dora):
    assert worker.json(f"/qualifications/{asked_for}/request", {})["request"]["state"] == "Submitted"
first, second = waiting(QualificationTypeId=asked_for)
assert waiting() == [first, second]
assert (first["WorkerId"], second["WorkerId"]) == (bobs_id, doras_id)
turk.accept_qualification_request(QualificationRequestId=first["QualificationRequestId"], IntegerValue=3)
turk.reject_qualification_request(
    QualificationRequestId=second["QualificationRequestId"], Reason="Please send a photo of it."
)
assert waiting() == []
for decide in (turk.accept_qualification_request, turk.reject_qualification_request):
    code = refused(decide, QualificationRequestId=first["QualificationRequestId"])
    assert code == "AWS.MechanicalTurk.InvalidQualificationRequestState", code
assert scores(asked_for) == {bobs_id: 3}
assert may_accept(bob, garden)
assert not may_accept(dora, garden)
assert dora.json(f"/qualifications/{asked_for}")["request"]["rejection_reason"] == "Please send a photo of it."
assert dora.ask(f"/qualifications/{asked_for}/request", {})[0] in (403, 404, 422), "without a delay one asks once"

# Scores are given without being asked for, changed, and taken away with a reason.
turk.associate_qualification_with_worker(
    QualificationTypeId=asked_for, WorkerId=doras_id, IntegerValue=9, SendNotification=False
)
turk.associate_qualification_with_worker(QualificationTypeId=asked_for, WorkerId=bobs_id)
assert scores(asked_for) == {bobs_id: 1, doras_id: 9}
assert may_accept(dora, garden)
turk.disassociate_qualification_from_worker(QualificationTypeId=asked_for, WorkerId=doras_id, Reason="It was sold.")
assert scores(asked_for) == {bobs_id: 1}
assert scores(asked_for, Status="Revoked") == {doras_id: 9}
assert not may_accept(dora, garden)
assert dora.json(f"/qualifications/{asked_for}")["revocation_reason"] == "It was sold."
gone = refused(turk.get_qualification_score, QualificationTypeId=asked_for, WorkerId=doras_id)
assert gone == "AWS.MechanicalTurk.InvalidQualificationState", gone

# A Worker is blocked, and let in again.
turk.create_worker_block(WorkerId=bobs_id, Reason="Too fast.")
blocks = turk.get_paginator("list_worker_blocks").paginate()
assert [each for page in blocks for each in page["WorkerBlocks"]] == [{"WorkerId": bobs_id, "Reason": "Too fast."}]
assert not may_accept(bob, garden)
turk.delete_worker_block(WorkerId=bobs_id, Reason="He explained it.")
assert may_accept(bob, garden)

# A type is changed, put away and deleted; its HITs stay, nothing new may use it.
changed = turk.update_qualification_type(
    QualificationTypeId=tested, Description="Another question.", Test=TEST, TestDurationInSeconds=60
)["QualificationType"]
assert "AnswerKey" not in changed, "a test without a key has none"
assert changed["Description"] == "Another question."
turk.update_qualification_type(QualificationTypeId=tested, QualificationTypeStatus="Inactive")
assert refused(hit, "Translate more", dutch) == "AWS.MechanicalTurk.InvalidQualificationTypeState"
assert bob.ask(f"/qualifications/{tested}/request", {})[0] == 404
turk.delete_qualification_type(QualificationTypeId=tested)
again = refused(turk.delete_qualification_type, QualificationTypeId=tested)
assert again == "AWS.MechanicalTurk.InvalidQualificationTypeState", again
assert may_accept(bob, strict), "what was granted stays, and HITs go on to ask for it"

print(json.dumps({"boto3": boto3.__version__, "operations": sorted(used)}))
