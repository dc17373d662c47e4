"""Every error a caller can see, each once: its type on the wire, its TurkErrorCode and its text.

Raised where the fact is known, caught only at an edge. The texts are the original's where it had one, because
programs match on parts of them; a text of ours tells the reader what to do next. Edges add the time suffix
(` (<epoch ms>)`, sandbox ` (<epoch ms> s)`) where `suffixed` says so. Source: spec api.md 1.5 to 1.8, 1.14 and 2.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from kempelen.core.texts import join_texts, lazy_text
from kempelen.core.wire.names import wire_name

PREFIX = "AWS.MechanicalTurk."


class RequestError(Exception):
    """A refusal the caller caused and can mend: state, existence, permission, money, repeats."""

    wire_type: ClassVar[str] = "RequestError"
    turk_error_code: ClassVar[str | None] = PREFIX + "InvalidParameterValue"
    text: str = "There was an error with this request."
    http_status: ClassVar[int] = 400
    suffixed: ClassVar[bool] = True
    translated_facts: ClassVar[
        tuple[str, ...]
    ] = ()  # those facts that are texts of ours, and so in the reader's language

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        self.message = self.text.format_map(facts)
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The name programs know it by, without what all names begin with: `HITDoesNotExist`."""
        is_ours = self.turk_error_code and self.wire_type in ("RequestError", "ParameterValidationError")
        return re.split("[.#]", (is_ours and self.turk_error_code) or self.wire_type)[-1]


class ParameterValidationError(RequestError):
    """A well-typed value that breaks a documented rule; a parameter's `name` is ours, the text has the wire's."""

    wire_type = "ParameterValidationError"

    def __init__(self, **facts: Any) -> None:
        if "name" in facts:
            facts["name"] = wire_name(facts["name"])
        super().__init__(**facts)


class FrameworkError(RequestError):
    """A refusal by the protocol itself, before any operation is asked: no TurkErrorCode, no suffix."""

    turk_error_code = None
    suffixed = False


# ---------------------------------------------------------------------------------------------- does not exist


class HITDoesNotExist(RequestError):
    turk_error_code = PREFIX + "HITDoesNotExist"
    text = "Hit {hit_id} does not exist."


class AssignmentDoesNotExist(RequestError):
    turk_error_code = PREFIX + "AssignmentDoesNotExist"
    text = "Assignment {assignment_id} does not exist."


class QualificationTypeDoesNotExist(RequestError):
    turk_error_code = PREFIX + "QualificationTypeDoesNotExist"
    text = "QualificationType [{qualification_type_id}] does not exist."


class QualificationDoesNotExist(RequestError):
    turk_error_code = PREFIX + "QualificationDoesNotExist"
    text = "You requested a Qualification that does not exist."


class QualificationRequestDoesNotExist(RequestError):
    turk_error_code = PREFIX + "QualificationRequestDoesNotExist"
    text = "QualificationRequest {request_id} does not exist."


class HITLayoutDoesNotExist(RequestError):
    turk_error_code = PREFIX + "HITLayoutDoesNotExist"
    text = "HITLayout {hit_layout_id} does not exist."


# ---------------------------------------------------------------------------------------------- repeats


class HITAlreadyExists(RequestError):
    turk_error_code = PREFIX + "HitAlreadyExists"
    text = 'The HIT with ID "{hit_id}" already exists.'


class QualificationTypeAlreadyExists(RequestError):
    turk_error_code = PREFIX + "QualificationTypeAlreadyExists"
    text = (
        "You have already created a QualificationType with this name. A QualificationType's name must be unique among "
        "all of the QualificationTypes created by the same user."
    )


class TokenAlreadyProcessed(RequestError):
    text = 'The idempotency token "{token}" has already been processed.'


# ---------------------------------------------------------------------------------------------- states


class InvalidHITState(RequestError):
    turk_error_code = PREFIX + "InvalidHITState"
    text = "This HIT is currently in the state '{status}'.  This operation can be called with a status of: {allowed}"


class HITHasAssignments(RequestError):
    """Workers have accepted or submitted work for this HIT, so its terms stay as they are."""

    turk_error_code = PREFIX + "InvalidHITState"
    text = "This HIT has assignments that Workers have accepted or submitted. Its HIT type cannot be changed any more."


class InvalidAssignmentState(RequestError):
    turk_error_code = PREFIX + "InvalidAssignmentState"
    text = "This operation can be called with a status of: {allowed}"


class InvalidQualificationState(RequestError):
    turk_error_code = PREFIX + "InvalidQualificationState"
    text = "This operation can be called with a status of: Granted"


class InvalidQualificationTypeState(RequestError):
    turk_error_code = PREFIX + "InvalidQualificationTypeState"
    text = "This operation can be called with a status of: {allowed}"


class InvalidQualificationRequestState(RequestError):
    turk_error_code = PREFIX + "InvalidQualificationRequestState"
    text = "This operation can be called with a status of: Submitted"


class InvalidMaximumAssignmentsIncrease(RequestError):
    turk_error_code = PREFIX + "InvalidMaximumAssignmentsIncrease"
    text = "The total number of assignments of this HIT must stay below 10."


class HITTooOldForExtension(RequestError):
    turk_error_code = PREFIX + "HITTooOldForExtension"
    text = "This HIT is too old to be extended."


# ---------------------------------------------------------------------------------------------- money, permission


class InsufficientFunds(RequestError):
    """The text names the operator's page for deposits, where there is one; the original named its own."""

    turk_error_code = PREFIX + "InsufficientFunds"
    text = "This Requester has insufficient funds in their account to complete this transaction."
    suffixed = False

    def __init__(self, *, deposit_url: str) -> None:
        if deposit_url:
            self.text += " Please visit {deposit_url} to purchase Prepaid HITs."
        super().__init__(deposit_url=deposit_url)


class PermissionDenied(RequestError):
    turk_error_code = PREFIX + "PermissionDenied"
    text = "This user is not authorized to perform the requested operation."


class NoNotificationYet(RequestError):
    """There is nothing yet that could be switched on or off."""

    text = 'The value "{active}" is not valid for the parameter Active.'


class MessageRefused(RequestError):
    turk_error_code = None


class TooManyTestEvents(RequestError):
    text = "No more than {most} test events are sent within an hour {by_whom}. Please try again later."


class TooManyWorkerBlocks(RequestError):
    text = "You have reached the maximum number of blocked Workers."


# ---------------------------------------------------------------------------------------------- values


class InvalidParameterValue(ParameterValidationError):
    """`The value "v" is not valid for the parameter Name.` and, where given, a sentence that says why."""

    text = 'The value "{value}" is not valid for the parameter {name}.{reason}'

    def __init__(self, *, value: object, name: str, reason: str = "") -> None:
        super().__init__(value=value, name=name, reason=reason and " " + reason)


class InvalidTransportEndpoint(InvalidParameterValue):
    turk_error_code = PREFIX + "InvalidTransportEndpoint"


class InvalidWorker(ParameterValidationError):
    text = "WorkerId is invalid."
    suffixed = False


class ValueOutOfRange(ParameterValidationError):
    text = "The value {value} is invalid for {name}. Valid values range from {low} to {high}."


class ParameterTooLong(ParameterValidationError):
    text = "Your request parameter {name} has a maximum length of {limit}."


class ParameterTooShort(ParameterValidationError):
    text = "Your request parameter {name} has a minimum length of {limit}."


class ParameterEmpty(ParameterTooShort):
    """A text that must be there was sent without one, as programs do whose configuration was left empty."""

    text = (
        "Your request parameter {name} has a minimum length of {limit}. "
        "{name} was sent empty or with nothing that can be read: give it a text."
    )


class QuestionTooShort(ParameterValidationError):
    text = "Your request parameter Question  has a minimum length of 1."  # two blanks, as recorded


class MissingParameters(ParameterValidationError):
    """None of these parameters is given, and one of them must be."""

    turk_error_code = "AWS.MissingParameters"
    text = "Your request is missing required parameters. Required parameters include {names}."

    def __init__(self, *names: str) -> None:
        super().__init__(names=" or ".join(map(wire_name, names)))


class MissingLayoutParameters(ParameterValidationError):
    """Variables of a layout to which no value is given."""

    turk_error_code = "AWS.MissingParameters"
    text = (
        "Your request is missing required parameters. Required parameters include HITLayoutParameter. You have not "
        "provided all required HITLayout parameters. Missing parameter names: {missing}"
    )
    suffixed = False

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__(missing=", ".join(missing))


class XMLParseError(ParameterValidationError):
    turk_error_code = PREFIX + "XMLParseError"
    text = (
        "There was an error parsing the XML question or answer data in your request.  Please make sure the data is "
        "well-formed and validates against the appropriate schema. Details: {detail}"
    )


class XHTMLParseError(ParameterValidationError):
    turk_error_code = PREFIX + "XHTMLParseError"
    text = (
        "There was an error parsing the XHTML data in your request.  Please make sure the data is well-formed and "
        "validates against the appropriate schema. Details: {detail}"
    )


class HTMLParseError(ParameterValidationError):
    text = (
        "There was an error parsing the HTML5 data in your request.  Please make sure the data is well-formed and "
        "validates as HTML5. Details: Errors: <! [{line},{column}] {detail} !> Invalid content: {excerpt}"
    )


class NotSupportedYet(ParameterValidationError):
    """Refused rather than ignored: a part of the original that this version does not have."""

    text = "The value of the parameter {name} is not supported by this version of Kempelen. {advice}"


# ---------------------------------------------------------------------------------------------- the protocol


class ValidationException(FrameworkError):
    """Values that break the service model; `faults` holds every violation of the request, not only the first.

    All are counted and the first hundred told, so that no answer is larger than what it answers.
    """

    wire_type = "com.amazon.coral.validate#ValidationException"
    text = "{count} validation error{s} detected: {faults}"
    most_shown = 100

    def __init__(self, faults: list[str]) -> None:
        shown = "; ".join(faults[: self.most_shown])
        super().__init__(count=len(faults), s="" if len(faults) == 1 else "s", faults=shown)


class SerializationException(FrameworkError):
    wire_type = "com.amazon.coral.service#SerializationException"
    text = "{detail}"


class UnknownOperationException(FrameworkError):
    wire_type = "com.amazon.coral.service#UnknownOperationException"
    text = ""


class MissingAuthenticationToken(FrameworkError):
    wire_type = "com.amazon.coral.service#MissingAuthenticationTokenException"
    text = "Missing Authentication Token"


class UnrecognizedClient(FrameworkError):
    wire_type = "com.amazon.coral.service#UnrecognizedClientException"
    text = "The security token included in the request is invalid."


class InvalidSignature(FrameworkError):
    """The reason is one of the documented sentences; without one, that the signatures differ."""

    wire_type = "com.amazon.coral.service#InvalidSignatureException"
    text = "{reason}"
    MISMATCH: ClassVar[str] = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        "Access Key and signing method. Consult the service documentation for details."
    )

    def __init__(self, reason: str = MISMATCH) -> None:
        super().__init__(reason=reason)


class IncompleteSignature(FrameworkError):
    wire_type = "com.amazon.coral.service#IncompleteSignatureException"
    text = "{missing}"


class ThrottlingException(FrameworkError):
    wire_type = "com.amazon.coral.service#ThrottlingException"
    text = "Rate exceeded"


class RequestTooLarge(FrameworkError):
    wire_type = "com.amazon.coral.service#SerializationException"
    text = "The request body is larger than {limit} bytes."
    http_status = 413


class RequestTimeout(FrameworkError):
    wire_type = "com.amazon.coral.service#RequestTimeoutException"
    text = "The request did not arrive completely within {seconds} seconds."
    http_status = 408


class ServiceUnavailable(FrameworkError):
    wire_type = "com.amazon.coral.service#ServiceUnavailableException"
    text = "Too many requests are being answered at once. Please try again."
    http_status = 503


class InternalFailure(FrameworkError):
    """A test of a destination that cannot be written to: the original said no more than this."""

    wire_type = "com.amazon.coral.service#InternalFailure"
    text = ""
    http_status = 500


class ServiceFault(RequestError):
    """Ours, not the caller's: nothing was done, or it cannot be told. SDKs try again by themselves."""

    wire_type = "ServiceFault"
    turk_error_code = "AWS.ServiceUnavailable"
    text = "The service is temporarily unable to process this request. Please try again."
    http_status = 500


# ---------------------------------------------------------------------------------------------- the worker site


class WorkerRefusal(RequestError):
    """What a Worker is told; the worker site shows the text, programs get it as JSON. Source: spec worker.md 5."""

    turk_error_code: ClassVar[str | None] = None
    http_status = 422
    suffixed = False

    @property
    def code(self) -> str:
        """The original's name where it had one for this, else the class's own; programs rely on both."""
        return self.turk_error_code.removeprefix(PREFIX) if self.turk_error_code else type(self).__name__


class Busy(WorkerRefusal):
    """Clients make the server hold as much as they may."""

    text = "The server is busy. Please try again in a moment. Nothing was changed."
    http_status = 503


class NoMoreHITs(WorkerRefusal):
    turk_error_code = PREFIX + "NoHITsAvailableInGroupException"
    text = "There are no more of these HITs available."


class QueueFull(WorkerRefusal):
    turk_error_code = PREFIX + "ExceedsMaxAssignmentsPerWorker"
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
    turk_error_code = PREFIX + "AssignmentDoesNotExist"
    text = "You have no such assignment. It may belong to another account, or the address may be wrong."
    http_status = 404


class HITAlreadyDone(WorkerRefusal):
    turk_error_code = PREFIX + "AssignmentAlreadyExists"
    text = "You already have, or have handed in, an assignment of this HIT. Each Worker does a HIT once."


class WorkNotOpen(WorkerRefusal):
    """Submitting what is no longer open says what became of it."""

    turk_error_code = PREFIX + "InvalidAssignmentState"
    text = "There was a problem submitting your results for this HIT. {because}"
    translated_facts = ("because",)


class HITNotReturnable(WorkNotOpen):
    """So does returning it."""

    text = "This HIT cannot be returned. {because}"


class BlockedByRequester(WorkerRefusal):
    turk_error_code = PREFIX + "PermissionDenied"
    text = "A decision of this Requester's does prevent you from working on their HITs."


class DoesNotMeetRequirements(WorkerRefusal):
    """What is missing is told in the rules' own words, each with the Worker's value."""

    turk_error_code = PREFIX + "DoesNotMeetRequirements"
    text = (
        "This Requester has specified Qualifications for this HIT, and you do not meet those Qualifications. "
        "Needed: {unmet}."
    )


class QualificationNotOffered(WorkerRefusal):
    turk_error_code = PREFIX + "QualificationTypeDoesNotExist"
    text = "This Qualification cannot be requested: there is none of this id, or it is not offered at present."
    http_status = 404


class QualificationAlreadyRequested(WorkerRefusal):
    turk_error_code = PREFIX + "InvalidQualificationRequestState"
    text = "You have asked for this Qualification already. The Requester has yet to decide."


class RetryNotAllowed(WorkerRefusal):
    turk_error_code = PREFIX + "QualificationTypeDoesNotAllowRetake"
    text = "This Qualification can be requested only once, and you have done so."


class RetryTooEarly(WorkerRefusal):
    """`again_at` is an instant; the text tells it to the second, UTC."""

    turk_error_code = PREFIX + "QualificationTypeRetryDelayNotElapsed"
    text = (
        "You have already requested this Qualification. You can request it again from {again_at:%Y-%m-%d %H:%M:%S} UTC."
    )


class QualificationNotHeld(WorkerRefusal):
    turk_error_code = PREFIX + "QualificationDoesNotExist"
    text = "You do not hold this Qualification."
    http_status = 404


class QualificationTestDoesNotExist(WorkerRefusal):
    turk_error_code = PREFIX + "QualificationRequestDoesNotExist"
    text = "You have no such test. It may belong to another account, or the address may be wrong."
    http_status = 404


class QualificationTestNotOpen(WorkerRefusal):
    turk_error_code = PREFIX + "InvalidQualificationRequestState"
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

    `reason` is the whole text, with places for the facts it tells: "A name has 1 to {longest} characters."
    """

    text = ""

    def __init__(self, *, field: str, reason: str, **facts: Any) -> None:
        self.field = field
        self.text = reason
        super().__init__(**facts)
