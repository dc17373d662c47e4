"""HITs, and tests of qualifications, as programs write them."""

from __future__ import annotations

from typing import Any

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
HTML_QUESTION = f"""\
<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd">
  <HTMLContent><![CDATA[<!DOCTYPE html>
<html><body><form action="https://www.mturk.com/mturk/externalSubmit" method="post">
<input type="hidden" name="assignmentId" value=""><label>Colour of the mug <input name="colour"></label>
<input type="submit"></form></body></html>]]></HTMLContent>
  <FrameHeight>450</FrameHeight>
</HTMLQuestion>"""
EXTERNAL_QUESTION = f"""\
<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd">
  <ExternalURL>https://tasks.example.org/mug?size=large</ExternalURL>
  <FrameHeight>600</FrameHeight>
</ExternalQuestion>"""
PHOTO_FORM = f"""\
<QuestionForm xmlns="{SCHEMAS}/2005-10-01/QuestionForm.xsd">
  <Question>
    <QuestionIdentifier>photo</QuestionIdentifier>
    <QuestionContent><Text>Show us your mug.</Text></QuestionContent>
    <AnswerSpecification><FileUploadAnswer>
      <MaxFileSizeInBytes>1000</MaxFileSizeInBytes><MinFileSizeInBytes>2</MinFileSizeInBytes>
    </FileUploadAnswer></AnswerSpecification>
  </Question>
  <Question>
    <QuestionIdentifier>note</QuestionIdentifier>
    <QuestionContent><Text>Anything else?</Text></QuestionContent>
    <AnswerSpecification><FreeTextAnswer/></AnswerSpecification>
  </Question>
</QuestionForm>"""

FORM, KEY = f"{SCHEMAS}/2017-11-06/QuestionForm.xsd", f"{SCHEMAS}/2005-10-01/AnswerKey.xsd"
TEST = f"""\
<QuestionForm xmlns="{FORM}">
  <Question>
    <QuestionIdentifier>colour</QuestionIdentifier>
    <QuestionContent><Text>What colour is the mug?</Text></QuestionContent>
    <AnswerSpecification><SelectionAnswer><Selections>
      <Selection><SelectionIdentifier>blue</SelectionIdentifier><Text>Blue</Text></Selection>
      <Selection><SelectionIdentifier>red</SelectionIdentifier><Text>Red</Text></Selection>
    </Selections></SelectionAnswer></AnswerSpecification>
  </Question>
</QuestionForm>"""
ANSWER_KEY = f"""\
<AnswerKey xmlns="{KEY}">
  <Question>
    <QuestionIdentifier>colour</QuestionIdentifier>
    <AnswerOption>
      <SelectionIdentifier>blue</SelectionIdentifier>
      <AnswerScore>10</AnswerScore>
    </AnswerOption>
  </Question>
</AnswerKey>"""


def terms(**members: Any) -> dict[str, Any]:
    """What CreateHIT needs: five cents for an hour, open for a day."""
    return {
        "Title": "Name the mug's colour",
        "Description": "One question about a mug.",
        "Keywords": "mug, colour",
        "Reward": "0.05",
        "AssignmentDurationInSeconds": 3600,
        "LifetimeInSeconds": 86_400,
        "MaxAssignments": 1,
        "Question": HTML_QUESTION,
        **members,
    }
