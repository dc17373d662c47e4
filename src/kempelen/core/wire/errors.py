"""Every error a caller can see, each once: its type on the wire, its TurkErrorCode and its text.

Raised where the fact is known, caught only at an edge. The texts are the original's where it had one, because
programs match on parts of them; a text of ours says what to do next. Edges add the time suffix
(` (<epoch ms>)`, sandbox ` (<epoch ms> s)`) where `suffixed` says so. Source: docs/mturk/api.md 1.5 to 1.8, 1.14 and 2.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

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
    text = "The total number of assignments of this HIT must stay below {limit}."


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

    All are counted and the first hundred shown, so that no answer is larger than what it answers.
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
    """Our fault, not the caller's: nothing was done, or nobody knows. SDKs try again by themselves."""

    wire_type = "ServiceFault"
    turk_error_code = "AWS.ServiceUnavailable"
    text = "The service is temporarily unable to process this request. Please try again."
    http_status = 500
