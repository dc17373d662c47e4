"""Refusals: why the Worker site does not do what a Worker asks, in words for them.

Programs get the same as JSON. Source: docs/mturk/worker.md 5.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from kempelen.core.texts import join_texts, lazy_text
from kempelen.core.wire import errors
from kempelen.core.wire.errors import RequestError


class WorkerRefusal(RequestError):
    """A refusal to a Worker: a text on the worker site, JSON for programs. Source: docs/mturk/worker.md 5."""

    turk_error_code: ClassVar[str | None] = None
    http_status = 422
    suffixed = False

    @property
    def code(self) -> str:
        """The original's name where it had one for this, else the class's own; programs rely on both."""
        return self.turk_error_code.removeprefix(errors.PREFIX) if self.turk_error_code else type(self).__name__


class Busy(WorkerRefusal):
    """Clients make the server hold as much as they may."""

    text = "The server is busy. Please try again in a moment. Nothing was changed."
    http_status = 503


class NoMoreHITs(WorkerRefusal):
    turk_error_code = errors.PREFIX + "NoHITsAvailableInGroupException"
    text = "There are no more of these HITs available."


class QueueFull(WorkerRefusal):
    turk_error_code = errors.PREFIX + "ExceedsMaxAssignmentsPerWorker"
    text = (
        "You have accepted the maximum number of HITs allowed at one time ({limit}). "
        "Finish or return one in your queue first."
    )


class DailyLimitReached(WorkerRefusal):
    text = "You cannot work on any more HITs today. The limit of {limit} a day is counted from midnight, UTC."


class GroupDoesNotExist(WorkerRefusal):
    text = "This address is not valid: there is no such HIT group, or it is no longer there."
    http_status = 404


class RequesterDoesNotExist(WorkerRefusal):
    text = "There is no Requester of this id."
    http_status = 404


class WorkDoesNotExist(WorkerRefusal):
    turk_error_code = errors.PREFIX + "AssignmentDoesNotExist"
    text = "You have no such assignment. It may belong to another account, or the address may be wrong."
    http_status = 404


class HITAlreadyDone(WorkerRefusal):
    turk_error_code = errors.PREFIX + "AssignmentAlreadyExists"
    text = "You already have, or have handed in, an assignment of this HIT. Each Worker does a HIT once."


class WorkNotOpen(WorkerRefusal):
    """Submitting what is no longer open says what became of it."""

    turk_error_code = errors.PREFIX + "InvalidAssignmentState"
    text = "There was a problem submitting your results for this HIT. {because}"
    translated_facts = ("because",)


class HITNotReturnable(WorkNotOpen):
    """So does returning it."""

    text = "This HIT cannot be returned. {because}"


class ReturnNotUndone(WorkerRefusal):
    """A Return was not undone; `because` says what stands in the way."""

    text = "The HIT was returned and stays returned. {because}"
    translated_facts = ("because",)
    http_status = 409


class BlockedByRequester(WorkerRefusal):
    turk_error_code = errors.PREFIX + "PermissionDenied"
    text = "A decision of this Requester's does prevent you from working on their HITs."


class DoesNotMeetRequirements(WorkerRefusal):
    """The text names each rule that is not met, with the Worker's value."""

    turk_error_code = errors.PREFIX + "DoesNotMeetRequirements"
    text = (
        "This Requester has specified Qualifications for this HIT, and you do not meet those Qualifications. "
        "Needed: {unmet}."
    )


class QualificationNotOffered(WorkerRefusal):
    turk_error_code = errors.PREFIX + "QualificationTypeDoesNotExist"
    text = "This Qualification cannot be requested: there is none of this id, or it is not offered at present."
    http_status = 404


class QualificationAlreadyRequested(WorkerRefusal):
    turk_error_code = errors.PREFIX + "InvalidQualificationRequestState"
    text = "You have asked for this Qualification already. The Requester has yet to decide."


class RetryNotAllowed(WorkerRefusal):
    turk_error_code = errors.PREFIX + "QualificationTypeDoesNotAllowRetake"
    text = "This Qualification can be requested only once, and you have done so."


class RetryTooEarly(WorkerRefusal):
    """`again_at` is an instant; the text shows it to the second, UTC."""

    turk_error_code = errors.PREFIX + "QualificationTypeRetryDelayNotElapsed"
    text = (
        "You have already requested this Qualification. You can request it again from {again_at:%Y-%m-%d %H:%M:%S} UTC."
    )


class QualificationNotHeld(WorkerRefusal):
    turk_error_code = errors.PREFIX + "QualificationDoesNotExist"
    text = "You do not hold this Qualification."
    http_status = 404


class QualificationTestDoesNotExist(WorkerRefusal):
    turk_error_code = errors.PREFIX + "QualificationRequestDoesNotExist"
    text = "You have no such test. It may belong to another account, or the address may be wrong."
    http_status = 404


class QualificationTestNotOpen(WorkerRefusal):
    turk_error_code = errors.PREFIX + "InvalidQualificationRequestState"
    text = "This test cannot be handed in. {because}"
    translated_facts = ("because",)


class AccountClosed(WorkerRefusal):
    text = "This account is not open for work. Please write to the people who run this marketplace."
    http_status = 403


class SignInFailed(WorkerRefusal):
    text = "The e-mail address or the password is not right."
    http_status = 403


class AnswersNotReady(WorkerRefusal):
    """What the constraints of a QuestionForm find wrong, question by question; the page itself has said it before."""

    text = "Some answers are missing or not valid. {faults}"

    def __init__(self, faults: Iterable[tuple[int, str]]) -> None:
        texts = [lazy_text("Question {number}: {fault}", number=number, fault=fault) for number, fault in faults]
        super().__init__(faults=join_texts(texts))


class TooManyUploads(WorkerRefusal):
    text = "Several files for this HIT are on their way already. Wait until they have arrived, then try again."
    http_status = 429


class WorkerUploadQuotaExceeded(WorkerRefusal):
    text = (
        "There is no room for this file: your files on this site may have {limit} bytes together. "
        "Room is freed when you return a HIT and when a HIT you have done is deleted."
    )
    http_status = 413


class UploadQuotaExceeded(WorkerRefusal):
    text = "There is no room for this file: this site keeps no more files now. Try again later."
    http_status = 507


class UploadGone(WorkerRefusal):
    text = "A file of this answer is not there any more, or another took its place. Upload it again, then submit."


class FileAddressOver(WorkerRefusal):
    text = "This address of a file is over, or it is not whole. Ask for a new one: each is good for a minute."
    http_status = 403


class TooManyContacts(WorkerRefusal):
    text = "You have written {most} messages to Requesters within a day. Write the next one tomorrow."
    http_status = 429


class MailLinkNotValid(WorkerRefusal):
    text = "This link is not valid. Sign in, and choose under Messages which mails you want."
    http_status = 404


class LinkExpired(WorkerRefusal):
    """A link in a mail was used before, its time is over, or it was not made here."""

    text = "This link was used already, or it has expired. Ask for a new one."
    http_status = 410


class InvalidField(WorkerRefusal):
    """A form field that cannot be taken; `field` names it, so that the page can say it beside the field.

    `reason` is the whole text, with placeholders for its facts: "A name has 1 to {longest} characters."
    """

    text = ""

    def __init__(self, *, field: str, reason: str, **facts: Any) -> None:
        self.field = field
        self.text = reason
        super().__init__(**facts)
