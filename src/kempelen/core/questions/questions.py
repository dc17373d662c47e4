"""Questions: the XML a Requester sends with a HIT, read and checked.

An HTMLQuestion is a page we serve, an ExternalQuestion the address of a page elsewhere, a QuestionForm a list of
questions that we show as a form (question_forms.py). What is stored and answered by GetHIT is the text as it was sent;
`parse` decides whether it may be stored, and what the frame shows.

Sources: docs/mturk/questions.md 1, 2, 5, 6, 11; docs/mturk/api.md 2.5; docs/mturk/worker.md 1.2.
"""

from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct

from kempelen.core.questions import answers, question_forms, task_pages, xml, xml_schemas
from kempelen.core.questions.question_forms import FileUploadAnswer, QuestionForm
from kempelen.core.wire.errors import HTMLParseError, InvalidParameterValue, ParameterTooLong, QuestionTooShort

MAX_QUESTION_BYTES = 65_535
FRAME_PARAMETERS = answers.FRAME_PARAMETERS
HTML_QUESTION_NAMESPACE = xml_schemas.SCHEMAS + "2011-11-11/HTMLQuestion.xsd"
ASSIGNMENT_ID_NOT_AVAILABLE = "ASSIGNMENT_ID_NOT_AVAILABLE"

Strictness = Literal["anything", "submittable", "form"]
"""What is asked of an HTMLQuestion's page: nothing; that something in it may be submitted (a field, a form, a script
that may build one, a nested page that may hold one); that a form-like element stands in the page itself."""


class HTMLQuestion(Struct, frozen=True):
    """A page served by us; a frame height of 0 lets the frame fit the window."""

    html: str
    frame_height: int


class ExternalQuestion(Struct, frozen=True):
    """The address of a Requester's own page; a frame height of 0 lets the frame fit the window."""

    url: str
    frame_height: int


Question = HTMLQuestion | ExternalQuestion | QuestionForm


def parse(
    question_xml: str,
    *,
    allow_http: bool = False,
    strictness: Strictness = "submittable",
    max_bytes: int | None = MAX_QUESTION_BYTES,
    max_upload_bytes: int | None = None,
) -> Question:
    """The question that a text holds, or the error that says what is wrong with it and in which line.

    `max_bytes` is the limit of the Question parameter; None for a text that was made from a layout or is stored. With
    `max_upload_bytes`, a form that asks for larger files than that is refused: nobody could answer it.
    """
    check_size(question_xml, max_bytes)
    schema, root = xml.read(question_xml, SCHEMAS, advice=_ADVICE)
    if schema in question_forms.SCHEMAS:
        form = question_forms.built(schema, root)
        if max_upload_bytes is not None:
            _check_uploads(form, max_upload_bytes)
        return form
    content = root.children[0].text
    frame_height = max(0, int(root["FrameHeight"].text))
    if schema is _HTML_QUESTION:
        check_html(content, strictness)
        return HTMLQuestion(content, frame_height)
    url = " ".join(content.split())
    check_url(url, allow_http=allow_http)
    return ExternalQuestion(url, frame_height)


def check_size(question_xml: str, max_bytes: int | None = MAX_QUESTION_BYTES) -> None:
    """A question is not empty and has at most `max_bytes` of UTF-8."""
    if not question_xml:
        raise QuestionTooShort()
    if max_bytes is not None and (len(question_xml) > max_bytes or len(xml.utf8(question_xml)) > max_bytes):
        raise ParameterTooLong(name="question", limit=max_bytes)


def check_html(html: str, strictness: Strictness) -> None:
    """A page must be one that a Worker can submit, as far as `strictness` asks for it.

    Faults of its HTML are let pass: browsers mend them, and nobody knows all that the original refused.
    """
    if strictness == "anything" or task_pages.may_be_submitted(html, in_a_form=strictness == "form"):
        return
    lines = html.splitlines() or [""]
    raise HTMLParseError(
        line=len(lines),
        column=len(lines[-1]) + 1,
        detail="End of file seen and there was nothing to submit. Add a “form” that posts to mturk/externalSubmit, "
        "or put the page in a “crowd-form”.",
        excerpt=html[:500],
    )


def stored(question: str) -> Question:
    """A stored question; whatever was once accepted is read."""
    return parse(question, allow_http=True, strictness="anything", max_bytes=None)


def stored_form(question: str) -> QuestionForm | None:
    """A stored question that is a QuestionForm; None when it is another."""
    found = stored(question) if "QuestionForm" in question else None
    return found if isinstance(found, QuestionForm) else None


def check_url(url: str, *, allow_http: bool) -> None:
    """An ExternalURL is https (or http where that is allowed) and leaves our parameters to us."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # "https://[", "https://host:port"
        raise InvalidParameterValue(value=url, name="external_url", reason="This is not a URL.") from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        reason = "This URL must use the HTTPS protocol.."  # both full stops, as recorded
        raise InvalidParameterValue(value=url, name="external_url", reason=reason)
    if not host:
        raise InvalidParameterValue(value=url, name="external_url", reason="This URL must name a host.")
    taken = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}.intersection(FRAME_PARAMETERS)
    if taken:
        reason = f"This URL must not have the parameter {sorted(taken)[0]}: it is added for each Worker."
        raise InvalidParameterValue(value=url, name="external_url", reason=reason)


def _check_uploads(form: QuestionForm, most: int) -> None:
    for question in form.questions:
        if isinstance(question.answer, FileUploadAnswer) and question.answer.min_bytes > most:
            reason = f"Files of {most} bytes are the largest that Workers can upload here."
            raise InvalidParameterValue(value=question.answer.min_bytes, name="question", reason=reason)


def frame_url(
    url: str, *, assignment_id: str | None, hit_id: str, worker_id: str | None = None, submit_to: str | None = None
) -> str:
    """The address a task frame loads: the Requester's own query first, then ours, then the fragment.

    Without an assignment (None, or ASSIGNMENT_ID_NOT_AVAILABLE) it is a preview and says nothing about the Worker.
    Source: docs/mturk/worker.md 1.2.
    """
    if assignment_id is None or assignment_id == ASSIGNMENT_ID_NOT_AVAILABLE:
        values = [("assignmentId", ASSIGNMENT_ID_NOT_AVAILABLE), ("hitId", hit_id)]
    else:
        values = [("assignmentId", assignment_id), ("hitId", hit_id)]
        values += [("workerId", worker_id)] if worker_id else []
        values += [("turkSubmitTo", submit_to)] if submit_to else []
    ours = urlencode(values, quote_via=quote, safe="")
    address, hash_sign, fragment = url.partition("#")
    joint = "?" if "?" not in address else "" if address.endswith(("?", "&")) else "&"
    return address + joint + ours + hash_sign + fragment


# ---------------------------------------------------------------------------------------------- the schemas


def _kinds(root: str, first: str) -> dict[str, xml_schemas.Kind]:
    return {
        root: xml_schemas.Kind(model=f"{first}, FrameHeight"),
        first: xml_schemas.Kind(value=xml_schemas.STRING),
        "FrameHeight": xml_schemas.Kind(value=xml_schemas.INTEGER),
    }


_HTML_QUESTION = xml_schemas.Schema(HTML_QUESTION_NAMESPACE, "HTMLQuestion", _kinds("HTMLQuestion", "HTMLContent"))
_EXTERNAL_QUESTION = xml_schemas.Schema(
    xml_schemas.SCHEMAS + "2006-07-14/ExternalQuestion.xsd",
    "ExternalQuestion",
    _kinds("ExternalQuestion", "ExternalURL"),
)
SCHEMAS = (_HTML_QUESTION, _EXTERNAL_QUESTION, *question_forms.SCHEMAS)
_ADVICE = "Send an HTMLQuestion, an ExternalQuestion or a QuestionForm."
