"""Qualification types: the tests and badges that Requesters define, and the built-in ones.

A Requester's type is Active or Inactive until it is deleted. Then it is listed to nobody; once no HIT uses it, it is
removed and its name is free. Until then it is Disposing, shown as Inactive to whoever asks for it by id. Built-in types
have no Requester: everybody may read and require them, nobody may change them over the API; the operator grants them.
`qualifications` has the scores, `qualification_requests` the requests. Source: docs/mturk/api.md 3.4, 4.4 and 7.3.
"""

from datetime import datetime

from kempelen.core.questions import qualification_tests
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    InvalidParameterValue,
    InvalidQualificationTypeState,
    MissingParameters,
    PermissionDenied,
    QualificationTypeAlreadyExists,
    QualificationTypeDoesNotExist,
)
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    MAX_SHOWN,
    EntityId,
    Integer,
    Long,
    MaxResults,
    NextToken,
    QualificationTypeStatus,
    Structure,
)
from kempelen.market.foundation import events, pages
from kempelen.market.foundation.call import Call
from kempelen.market.qualifications import type_searches
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

MAX_NAME, MAX_DESCRIPTION, MAX_KEYWORDS = 200, 2_000, 1_000
MAX_XML = 65_535  # bytes
MAX_SECONDS = 2**31 - 1
NOT_IN_DELETION = "Active,Inactive"  # as recorded: without a blank
_IN_DELETION = ("Disposing", "Disposed")


class QualificationType(Structure, frozen=True, kw_only=True):
    """A type as the API answers it; its test and answer key to its owner alone. Source: docs/mturk/api.md 3.4."""

    qualification_type_id: EntityId
    creation_time: datetime
    name: str
    description: str
    keywords: str | None
    qualification_type_status: QualificationTypeStatus
    test: str | None
    test_duration_in_seconds: Long | None
    answer_key: str | None
    retry_delay_in_seconds: Long | None
    is_requestable: bool
    auto_granted: bool
    auto_granted_value: Integer | None


class QualificationTypeAnswer(Structure, frozen=True, kw_only=True):
    """One type, whole."""

    qualification_type: QualificationType


class QualificationTypePage(Structure, frozen=True, kw_only=True):
    """A page of types; the token continues it, `num_results` counts this page."""

    num_results: Integer
    next_token: NextToken | None
    qualification_types: list[QualificationType]


# ---------------------------------------------------------------------------------------------- create, read


@operation
def create_qualification_type(
    call: Call,
    *,
    name: str,
    description: str,
    qualification_type_status: QualificationTypeStatus,
    keywords: str | None = None,
    retry_delay_in_seconds: Long | None = None,
    test: str | None = None,
    answer_key: str | None = None,
    test_duration_in_seconds: Long | None = None,
    auto_granted: bool = False,
    auto_granted_value: Integer = 1,
) -> QualificationTypeAnswer:
    """A new type under a name that no other type of the caller's has, not even a deleted one that HITs still use.

    Without a retry delay a Worker may ask for it once. A duration without a test and a value without `auto_granted`
    count for nothing. Source: API reference, CreateQualificationType; docs/mturk/api.md 2.8.
    """
    test, answer_key = test or None, answer_key or None  # an empty one is none: docs/mturk/questions.md 2
    bounds.check_title("name", name, MAX_NAME, one_line=True)
    _check_texts(description, keywords, test, answer_key, retry_delay_in_seconds)
    if test is None and answer_key is not None:
        raise InvalidParameterValue(
            value=answer_key[:MAX_SHOWN], name="answer_key", reason="An AnswerKey can only be given with a Test."
        )
    _check_test(test, answer_key, test_duration_in_seconds)
    if test is not None and auto_granted:
        raise _automatic_with_test()
    type_id = call.new_id()
    made = call.db.run(
        """
        INSERT INTO qualification_type (qualification_type_id, requester_id, name, description, keywords, status,
                                        retry_delay_in_seconds, is_requestable, auto_granted,
                                        auto_granted_value, price_micros, created_at)
        VALUES (:type_id, :caller, :name, :description, :keywords, :status, :retry_delay, 1,
                :auto_granted, :auto_granted_value, 0, :now)
        ON CONFLICT (requester_id, name) WHERE status <> 'Disposed' DO NOTHING
        """,
        type_id=type_id,
        caller=call.caller,
        name=name,
        description=description,
        keywords=keywords or None,
        status=qualification_type_status,
        retry_delay=retry_delay_in_seconds,
        auto_granted=auto_granted,
        auto_granted_value=auto_granted_value if auto_granted else None,
        now=call.now,
    )
    if not made:
        raise QualificationTypeAlreadyExists()
    type_searches.keep_text(call, type_id, name, description, keywords)
    if test is not None:
        assert test_duration_in_seconds is not None
        _keep_test(call, type_id, test, answer_key, test_duration_in_seconds)
    _append_event(call, "QualificationTypeCreated", type_id, moved=("", qualification_type_status))
    return QualificationTypeAnswer(qualification_type=record(call, known(call, type_id)))


@operation(reads=True)
def get_qualification_type(call: Call, *, qualification_type_id: EntityId) -> QualificationTypeAnswer:
    """Any type, whoever made it, until its deletion is complete.

    Source: API reference, GetQualificationType; docs/mturk/api.md 2.19.
    """
    return QualificationTypeAnswer(qualification_type=record(call, known(call, qualification_type_id)))


@operation(reads=True)
def list_qualification_types(
    call: Call,
    *,
    must_be_requestable: bool,
    query: str | None = None,
    must_be_owned_by_caller: bool = False,
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> QualificationTypePage:
    """Types that have all words of the query in name, description or keywords, by name; first those called just so.

    Active ones, and of the caller's own the Inactive ones too, unless only what Workers can ask for among everybody's
    is wanted; deleted ones never. Source: API reference, ListQualificationTypes; docs/mturk/api.md 2.25.
    """
    list_of = ("ListQualificationTypes", must_be_requestable, query, must_be_owned_by_caller)
    words = type_searches.searched(query or "")
    name = (query or "") if words else ""
    position = pages.position_after(call, next_token, *list_of)
    asked: dict[str, str | bool] = {
        "caller": call.caller,
        "world": world(call),
        "requestable": must_be_requestable,
        "own_inactive": must_be_owned_by_caller or not must_be_requestable,
        "exact_name": name,
    }
    rows: list[Row] = []
    if name and (position is None or position[0] == type_searches.IS_EXACT):
        sql = type_searches.CALLED_OF_CALLER if must_be_owned_by_caller else type_searches.CALLED_OF_EVERYBODY
        rows = call.db.all(sql, after_id=position[1] if position else "", page_size=max_results, **asked)
        position = None
    last = (type_searches.IS_EXACT, rows[-1]["qualification_type_id"]) if rows else None
    if len(rows) < max_results:
        more = call.db.all(
            (type_searches.OF_CALLER if must_be_owned_by_caller else type_searches.OF_EVERYBODY)[len(words)],
            page_size=max_results - len(rows),
            **type_searches.place_of(call, position),
            **asked,
            **words,
        )
        rows += more
        last = (0, more[-1]["qualification_type_id"]) if more else last
    return QualificationTypePage(
        num_results=len(rows),
        next_token=pages.token_after(call, last, *list_of),
        qualification_types=[record(call, row) for row in rows],
    )


_KNOWN = statement(
    type_searches.SELECT_TYPE,
    "qualification_type t",
    type_searches.WITH_TEST,
    "WHERE t.qualification_type_id = :type_id AND t.status <> 'Disposed' AND (t.world IS NULL OR t.world = :world)",
)


def known(call: Call, type_id: str) -> Row:
    """A type with its test; QualificationTypeDoesNotExist when unknown, gone, or of the other world."""
    row = call.db.one(_KNOWN, type_id=type_id, world=world(call))
    if row is None:
        raise QualificationTypeDoesNotExist(qualification_type_id=type_id)
    return row


def own(call: Call, type_id: str) -> Row:
    """The caller's type with its test; PermissionDenied when it is somebody else's or built in."""
    row = known(call, type_id)
    if row["requester_id"] != call.caller:
        raise PermissionDenied()
    return row


def lock_of(type_id: str) -> str:
    """The lock of a type: held by whoever changes it, shared by whoever begins something that rests on it."""
    return f"qualification type {type_id}"


def check_stays(row: Row) -> None:
    """Refuse to touch a type that is being deleted."""
    if row["status"] in _IN_DELETION:
        raise InvalidQualificationTypeState(allowed=NOT_IN_DELETION)


def record(call: Call, row: Row) -> QualificationType:
    """The wire's record of a type, as the caller may know it."""
    is_owner = row["requester_id"] == call.caller
    return QualificationType(
        qualification_type_id=row["qualification_type_id"],
        creation_time=instant(row["created_at"]),
        name=row["name"],
        description=row["description"],
        keywords=row["keywords"],
        qualification_type_status="Active" if row["status"] == "Active" else "Inactive",
        test=row["test"] if is_owner else None,
        test_duration_in_seconds=row["test_duration_in_seconds"],
        answer_key=row["answer_key"] if is_owner else None,
        retry_delay_in_seconds=row["retry_delay_in_seconds"],
        is_requestable=bool(row["is_requestable"]),
        auto_granted=bool(row["auto_granted"]),
        auto_granted_value=row["auto_granted_value"] if row["auto_granted"] else None,
    )


# ---------------------------------------------------------------------------------------------- change, delete


@operation
def update_qualification_type(
    call: Call,
    *,
    qualification_type_id: EntityId,
    description: str | None = None,
    qualification_type_status: QualificationTypeStatus | None = None,
    test: str | None = None,
    answer_key: str | None = None,
    test_duration_in_seconds: Long | None = None,
    retry_delay_in_seconds: Long | None = None,
    auto_granted: bool | None = None,
    auto_granted_value: Integer | None = None,
) -> QualificationTypeAnswer:
    """Change what is given; test, duration and answer key together, so a test without a key has none from then on.

    A Worker who has begun the old test finishes that one. Source: API reference, UpdateQualificationType;
    docs/mturk/api.md 2.39.
    """
    test, answer_key = test or None, answer_key or None
    _check_texts(description, None, test, answer_key, retry_delay_in_seconds)
    if test is None and (answer_key is not None or test_duration_in_seconds is not None):
        raise MissingParameters("test")
    _check_test(test, answer_key, test_duration_in_seconds)
    call.db.lock(lock_of(qualification_type_id))
    row = own(call, qualification_type_id)
    automatic = bool(row["auto_granted"]) if auto_granted is None else auto_granted
    if automatic and (test is not None or row["test_id"] is not None):
        raise InvalidParameterValue(value="true", name="auto_granted")
    check_stays(row)
    description = row["description"] if description is None else description
    changed = call.db.run(
        """
        UPDATE qualification_type SET description = :description, status = COALESCE(:status, status),
               retry_delay_in_seconds = COALESCE(:retry_delay, retry_delay_in_seconds),
               auto_granted = :automatic,
               auto_granted_value = CASE WHEN :automatic = 1 THEN COALESCE(:value, auto_granted_value, 1)
                                         ELSE auto_granted_value END
         WHERE qualification_type_id = :type_id AND status IN ('Active', 'Inactive')
        """,
        description=description,
        status=qualification_type_status,
        retry_delay=retry_delay_in_seconds,
        automatic=automatic,
        value=auto_granted_value,
        type_id=qualification_type_id,
    )
    if not changed:
        raise InvalidQualificationTypeState(allowed=NOT_IN_DELETION)
    type_searches.keep_text(call, qualification_type_id, row["name"], description, row["keywords"])
    if test is not None:
        assert test_duration_in_seconds is not None
        _keep_test(call, qualification_type_id, test, answer_key, test_duration_in_seconds)
    moved = (row["status"], qualification_type_status or row["status"])
    _append_event(call, "QualificationTypeUpdated", qualification_type_id, moved=moved)
    return QualificationTypeAnswer(qualification_type=record(call, known(call, qualification_type_id)))


@operation
def delete_qualification_type(call: Call, *, qualification_type_id: EntityId) -> None:
    """Delete a type: nothing new may use it, no list has it, and who has asked for it is refused.

    Granted qualifications stay. It is gone and its name free at once, or when the last HIT that uses it is disposed of.
    Source: API reference, DeleteQualificationType; docs/mturk/api.md 2.11 and 4.4.
    """
    call.db.lock(lock_of(qualification_type_id))
    row = own(call, qualification_type_id)
    check_stays(row)
    changed = call.db.run(
        """
        UPDATE qualification_type SET status = 'Disposing', gone_at = :gone_at
         WHERE qualification_type_id = :type_id AND status IN ('Active', 'Inactive')
        """,
        gone_at=call.later(seconds=call.rules.type_deletion_seconds),
        type_id=qualification_type_id,
    )
    if not changed:
        raise InvalidQualificationTypeState(allowed=NOT_IN_DELETION)
    _append_event(call, "QualificationTypeDeleted", qualification_type_id, moved=(row["status"], "Disposing"))
    _reject_requests(call, qualification_type_id)
    if not call.rules.type_deletion_seconds:
        finish_deletion(call.as_market(call.now), qualification_type_id)


def finish_deletion(call: Call, qualification_type_id: str) -> None:
    """The deletion's time has come: the type is gone if no HIT uses it; else it waits until one less does."""
    call.db.lock(lock_of(qualification_type_id))
    used = call.db.one(
        """
        SELECT h.hit_id FROM hit_type_requirement r
          JOIN hit h ON h.hit_type_id = r.hit_type_id AND h.status <> 'Disposed'
         WHERE r.qualification_type_id = :type_id LIMIT 1
        """,
        type_id=qualification_type_id,
    )
    row = call.db.one(
        """
        UPDATE qualification_type SET gone_at = NULL, status = CASE WHEN :used = 1 THEN status ELSE 'Disposed' END
         WHERE qualification_type_id = :type_id AND status = 'Disposing'
        RETURNING requester_id, name
        """,
        used=used is not None,
        type_id=qualification_type_id,
    )
    if row is not None and used is None:
        call.db.run(
            "DELETE FROM qualification_text WHERE name = :name AND qualification_type_id = :type_id",
            name=row["name"],
            type_id=qualification_type_id,
        )
        events.append(
            call,
            "QualificationTypeDisposed",
            requester_id=row["requester_id"],
            qualification_type_id=qualification_type_id,
            moved=("Disposing", "Disposed"),
        )


def release(call: Call, hit_type_id: str) -> None:
    """One HIT less is of this type, disposed of or of another type now: types that wait to be gone look again."""
    rows = call.db.all(
        """
        SELECT t.qualification_type_id FROM hit_type_requirement r
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id AND t.status = 'Disposing'
         WHERE r.hit_type_id = :hit_type_id ORDER BY t.qualification_type_id
        """,
        hit_type_id=hit_type_id,
    )
    for row in rows:
        call.db.lock(lock_of(row["qualification_type_id"]))
        call.db.run(
            """
            UPDATE qualification_type SET gone_at = :now
             WHERE qualification_type_id = :type_id AND status = 'Disposing' AND gone_at IS NULL
            """,
            now=call.now,
            type_id=row["qualification_type_id"],
        )


def _reject_requests(call: Call, type_id: str) -> None:
    """Requests that wait, and tests that have begun, end with their type."""
    for before in ("InTest", "Submitted"):
        rows = call.db.all(
            """
            UPDATE qualification_request SET status = 'Rejected', decided_at = :now, reason = :reason
             WHERE qualification_type_id = :type_id AND status = :before
            RETURNING worker_id
            """,
            now=call.now,
            reason="This Qualification no longer exists.",
            type_id=type_id,
            before=before,
        )
        for row in sorted(rows, key=lambda row: str(row["worker_id"])):  # in one order on both databases
            events.append(
                call,
                "QualificationRequestRejected",
                requester_id=call.caller,
                worker_id=row["worker_id"],
                qualification_type_id=type_id,
                moved=(before, "Rejected"),
            )


# ---------------------------------------------------------------------------------------------- what these rest on


def _check_texts(
    description: str | None, keywords: str | None, test: str | None, answer_key: str | None, retry_delay: int | None
) -> None:
    if description is not None:
        bounds.check_words("description", description, MAX_DESCRIPTION, least=1)
    bounds.check_words("keywords", keywords or "", MAX_KEYWORDS)
    bounds.check_bytes("test", test or "", MAX_XML)
    bounds.check_bytes("answer_key", answer_key or "", MAX_XML)
    if retry_delay is not None:
        bounds.check_range("retry_delay_in_seconds", retry_delay, 0, MAX_SECONDS)


def _check_test(test: str | None, answer_key: str | None, duration: int | None) -> None:
    """A test needs the time for it, and must be a QuestionForm that its key can score."""
    if test is None:
        return
    if duration is None:
        raise MissingParameters("test_duration_in_seconds")
    bounds.check_range("test_duration_in_seconds", duration, 1, MAX_SECONDS)
    qualification_tests.check(test, answer_key)


def _automatic_with_test() -> InvalidParameterValue:
    return InvalidParameterValue(
        value="true", name="auto_granted", reason="A Qualification with a Test cannot be granted automatically."
    )


def _keep_test(call: Call, type_id: str, test: str, answer_key: str | None, duration: int) -> None:
    test_id = call.new_id()
    call.db.run(
        """
        INSERT INTO qualification_test (test_id, qualification_type_id, test, answer_key, test_duration_in_seconds)
        VALUES (:test_id, :type_id, :test, :answer_key, :duration)
        """,
        test_id=test_id,
        type_id=type_id,
        test=test,
        answer_key=answer_key,
        duration=duration,
    )
    call.db.run(
        "UPDATE qualification_type SET test_id = :test_id WHERE qualification_type_id = :type_id",
        test_id=test_id,
        type_id=type_id,
    )


def _append_event(call: Call, kind: events.EventKind, type_id: str, *, moved: tuple[str, str]) -> None:
    events.append(call, kind, requester_id=call.caller, qualification_type_id=type_id, moved=moved)


def world(call: Call) -> str:
    """Which of the built-in types there are: some have another id in the sandbox."""
    return "sandbox" if call.rules.sandbox else "live"


def is_id(text: str) -> bool:
    """Has it the form of a type's id?"""
    return 20 <= len(text) <= 64 and text.isascii() and text.isalnum() and text == text.upper()
