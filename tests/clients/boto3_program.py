"""A Requester's program and a Worker's, as written for Mechanical Turk: boto3 unmodified, and a bare HTTP client.

Run by test_boto3.py in a process of its own, with whichever boto3 its Python has; imports nothing of ours but the file
beside it. Everything it needs is in its environment, as for any program that uses boto3: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION, and the server's address in AWS_ENDPOINT_URL_MTURK or, for `endpoint_url`, in
ENDPOINT_URL; the worker site and the Worker's API token are in WORKER_SITE and WORKER_TOKEN. Prints what it used, as
JSON.
"""

import datetime
import json
import os
import re

import boto3
from boto3_worker import Worker, refused

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
HTML_QUESTION = f"""
<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd">
  <HTMLContent><![CDATA[
    <!DOCTYPE html>
    <html><head><script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head>
    <body><form name="mturk_form" method="post" id="mturk_form" action="https://www.mturk.com/mturk/externalSubmit">
    <input type="hidden" value="" name="assignmentId" id="assignmentId">
    <textarea name="words"></textarea><input type="submit" id="submitButton" value="Submit"></form></body></html>
  ]]></HTMLContent>
  <FrameHeight>450</FrameHeight>
</HTMLQuestion>"""
EXTERNAL_QUESTION = f"""
<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd">
  <ExternalURL>https://tasks.example.org/survey?a=1&amp;b=2</ExternalURL><FrameHeight>0</FrameHeight>
</ExternalQuestion>"""
TERMS = {
    "Title": "Write down what you hear – 30 seconds",
    "Description": "A recording of half a minute.",
    "Keywords": "audio, transcription",
    "Reward": "0.25",
    "AssignmentDurationInSeconds": 600,
    "AutoApprovalDelayInSeconds": 259_200,
}
PAST = datetime.datetime(2015, 1, 1)  # noqa: DTZ001 - as such programs write it
ASKED = {"LifetimeInSeconds": 86_400, "MaxAssignments": 1}

turk = boto3.client("mturk", endpoint_url=os.environ.get("ENDPOINT_URL"))
worker = Worker(os.environ["WORKER_SITE"], os.environ["WORKER_TOKEN"])
used = set()
turk.meta.events.register("before-call.mturk.*", lambda model, **_: used.add(model.name))

before = turk.get_account_balance()["AvailableBalance"]
assert re.fullmatch(r"[0-9]+\.[0-9]{2}", before), before

# HITs are made in three ways.
html = turk.create_hit(
    Question=HTML_QUESTION, UniqueRequestToken="recording-1-" + os.urandom(8).hex(), **TERMS, **ASKED
)
html = html["HIT"]
assert html["HITStatus"] == "Assignable", html
assert html["Title"] == TERMS["Title"]
assert html["Question"] == HTML_QUESTION
assert isinstance(html["CreationTime"], datetime.datetime)
hit_type_id = turk.create_hit_type(**TERMS)["HITTypeId"]
assert hit_type_id == html["HITTypeId"], "the same terms are the same HIT type"
external = turk.create_hit_with_hit_type(
    HITTypeId=hit_type_id, Question=EXTERNAL_QUESTION, RequesterAnnotation="batch 7", **dict(ASKED, MaxAssignments=2)
)["HIT"]
assert external["HITGroupId"] == html["HITGroupId"]
other_terms = dict(TERMS, Title="Write down what you hear, again " + os.urandom(8).hex())
spare = turk.create_hit(Question=HTML_QUESTION, **other_terms, **ASKED)["HIT"]
assert refused(turk.create_hit, Question="<HTMLQuestion/>", **TERMS, **ASKED) == "ParameterValidationError"

# They are found, changed and extended.
assert turk.get_hit(HITId=external["HITId"])["HIT"]["RequesterAnnotation"] == "batch 7"
pages = turk.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 2})
listed = [hit["HITId"] for page in pages for hit in page["HITs"]]
assert len(listed) == len(set(listed))
assert {html["HITId"], external["HITId"], spare["HITId"]} <= set(listed), listed
turk.create_additional_assignments_for_hit(HITId=spare["HITId"], NumberOfAdditionalAssignments=1)
assert turk.get_hit(HITId=spare["HITId"])["HIT"]["MaxAssignments"] == 2
turk.update_hit_type_of_hit(HITId=spare["HITId"], HITTypeId=hit_type_id)
assert turk.get_hit(HITId=spare["HITId"])["HIT"]["HITTypeId"] == hit_type_id

# The last is taken back again: expired, reviewed, disposed of.
turk.update_expiration_for_hit(HITId=spare["HITId"], ExpireAt=PAST)
reviewable = turk.get_paginator("list_reviewable_hits").paginate(HITTypeId=hit_type_id)
assert [hit["HITId"] for page in reviewable for hit in page["HITs"]] == [spare["HITId"]]
turk.update_hit_review_status(HITId=spare["HITId"])
turk.update_hit_review_status(HITId=spare["HITId"], Revert=True)
turk.delete_hit(HITId=spare["HITId"])
assert turk.get_hit(HITId=spare["HITId"])["HIT"]["HITStatus"] == "Disposed"
assert refused(turk.get_hit, HITId="3NOBODYHASTHISHIT") == "AWS.MechanicalTurk.HITDoesNotExist"

# A Worker does both HITs that are left, and returns nothing.
group_id = html["HITGroupId"]
assert group_id in [group["hit_set_id"] for group in worker.json("/projects")["results"]]
done = [worker.submit(group_id, words="one & two <three>", sure="no"), worker.submit(group_id, words="fünf 六")]
status, body, _ = worker.ask(f"/projects/{group_id}/tasks/accept_random")
assert status in (404, 410, 422), (status, body)
assert json.loads(body)["message"], body

# The answers are read; one is paid with a bonus, the other rejected, and then paid after all.
answers = {}
for hit_id in (html["HITId"], external["HITId"]):
    pages = turk.get_paginator("list_assignments_for_hit").paginate(HITId=hit_id, AssignmentStatuses=["Submitted"])
    answers.update((each["AssignmentId"], each["Answer"]) for page in pages for each in page["Assignments"])
assert sorted(answers) == sorted(done), answers
assert "one &amp; two &lt;three&gt;" in answers[done[0]], answers
assert "QuestionIdentifier>words<" in answers[done[0]], answers
worker_id = turk.get_assignment(AssignmentId=done[0])["Assignment"]["WorkerId"]
turk.approve_assignment(AssignmentId=done[0], RequesterFeedback="Thank you!")
token = "bonus-" + os.urandom(8).hex()
bonus = {"WorkerId": worker_id, "AssignmentId": done[0], "BonusAmount": "1.00", "Reason": "A long one."}
turk.send_bonus(UniqueRequestToken=token, **bonus)
assert refused(turk.send_bonus, UniqueRequestToken=token, **bonus)
paid = turk.get_paginator("list_bonus_payments").paginate(AssignmentId=done[0])
assert [each["BonusAmount"] for page in paid for each in page["BonusPayments"]] == ["1.00"]
turk.reject_assignment(AssignmentId=done[1], RequesterFeedback="The last word is missing.")
rejected = turk.get_assignment(AssignmentId=done[1])["Assignment"]
assert rejected["AssignmentStatus"] == "Rejected", rejected
assert rejected["RequesterFeedback"] == "The last word is missing."
assert refused(turk.approve_assignment, AssignmentId=done[1]) == "AWS.MechanicalTurk.InvalidAssignmentState"
turk.approve_assignment(AssignmentId=done[1], OverrideRejection=True)

# Every cent is where it belongs: 2 x (0.25 + 0.05) and 1.00 + 0.20 are spent; one place is still open.
known = worker.json("/dashboard")
assert known["earnings_to_date"]["total"] >= 1.5, known
held = 0.30
balance = float(before) - 0.60 - 1.20 - held
assert abs(float(turk.get_account_balance()["AvailableBalance"]) - balance) < 0.001, (before, balance)
turk.update_expiration_for_hit(HITId=external["HITId"], ExpireAt=PAST)
balance += held
assert abs(float(turk.get_account_balance()["AvailableBalance"]) - balance) < 0.001, (before, balance)
for hit_id in (html["HITId"], external["HITId"]):
    turk.delete_hit(HITId=hit_id)

print(json.dumps({"boto3": boto3.__version__, "endpoint": turk.meta.endpoint_url, "operations": sorted(used)}))
