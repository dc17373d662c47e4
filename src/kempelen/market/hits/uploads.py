"""Uploads: the files that Workers send as answers to the questions of a QuestionForm.

A row is added before the first byte arrives, by the Worker of an open assignment, and kept once the file is complete. A
question has one file; the next one replaces it. Files count against a quota of their Worker and one of all: a complete
one by its size, an arriving one by the most it may become. A submission fixes which files the answer names. A file that
nobody may read any more (replaced, returned, its HIT disposed of) is marked, and the scheduler deletes it. The bytes
are in `store/files.py`; the owners are here. An upload alone pays nobody.
Sources: docs/mturk/questions.md 3.5 and 8.2; docs/mturk/api.md 2.10 and 2.16.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from kempelen.core.texts import translatable
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import (
    FileAddressOver,
    TooManyUploads,
    UploadGone,
    UploadQuotaExceeded,
    WorkDoesNotExist,
    WorkerUploadQuotaExceeded,
    WorkNotOpen,
)
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.store.database import Row, ms

IDLE_SECONDS = 600  # an upload of which nothing arrives for so long is over
EXTEND_SECONDS = 60  # how often an arriving upload is extended
MOST_ARRIVING = 2  # files of one question: one that is arriving, and one whose connection may be lost
MOST_REPLACED = 10  # files of one assignment that are replaced and not yet deleted
ADDRESS_LIVES_SECONDS = 60
_PURPOSE = "upload address"
_NAME_LENGTH = 200

ON_ACCOUNT_DELETION = (
    keeps("upload", "files of work that Requesters were given; others are deleted when their work ends"),
)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is there whole."""

    file_key: str
    question_identifier: str
    file_name: str
    size_in_bytes: int


# ---------------------------------------------------------------------------------------------- arriving


@transaction(lane="assignment_id")
def begin(
    call: Call, *, assignment_id: str, question_identifier: str, file_name: str, max_bytes: int | None = None
) -> str:
    """The key under which the caller may now write a file for a question of their open assignment.

    The file may have `max_bytes`, or else as many as any file; they count against the quotas until it is kept.
    """
    hit_id = _held_open(call, assignment_id)
    unkept = call.db.one(
        """
        SELECT COUNT(size_in_bytes) AS replaced,
               COUNT(CASE WHEN size_in_bytes IS NULL AND delete_at > :now
                           AND question_identifier = :question_identifier THEN 1 END) AS arriving
          FROM upload WHERE assignment_id = :assignment_id AND delete_at IS NOT NULL
        """,
        assignment_id=assignment_id,
        question_identifier=question_identifier,
        now=call.now,
    )
    assert unkept is not None
    if unkept["arriving"] >= MOST_ARRIVING or unkept["replaced"] >= MOST_REPLACED:
        raise TooManyUploads()
    held_bytes = call.rules.max_upload_bytes if max_bytes is None else max_bytes
    _check_quotas(call, held_bytes)
    file_key = call.new_id()
    call.db.run(
        """
        INSERT INTO upload
               (file_key, assignment_id, hit_id, worker_id, question_identifier, file_name, held_bytes, delete_at)
        VALUES (:file_key, :assignment_id, :hit_id, :caller, :question_identifier, :file_name, :held_bytes, :delete_at)
        """,
        file_key=file_key,
        assignment_id=assignment_id,
        hit_id=hit_id,
        caller=call.caller,
        question_identifier=question_identifier,
        file_name=_plain_name(file_name),
        held_bytes=held_bytes,
        delete_at=call.later(seconds=IDLE_SECONDS),
    )
    return file_key


def _check_quotas(call: Call, more: int) -> None:
    """Refuse so many more bytes where a quota has no room for them; other uploads wait until this one is counted."""
    call.db.run("UPDATE upload_quota SET quota_id = 1")
    theirs = call.db.one(
        """
        SELECT CAST(COALESCE(SUM(held_bytes), 0) AS BIGINT) AS held FROM upload
         WHERE worker_id = :caller AND (delete_at IS NULL OR delete_at > :now)
        """,
        caller=call.caller,
        now=call.now,
    )
    everyones = call.db.one(
        """
        SELECT CAST(COALESCE(SUM(held_bytes), 0) AS BIGINT) AS held FROM upload
         WHERE delete_at IS NULL OR delete_at > :now
        """,
        now=call.now,
    )
    assert theirs is not None
    assert everyones is not None
    rules = call.rules
    if rules.worker_upload_quota_bytes and theirs["held"] + more > rules.worker_upload_quota_bytes:
        raise WorkerUploadQuotaExceeded(limit=rules.worker_upload_quota_bytes)
    if rules.upload_quota_bytes and everyones["held"] + more > rules.upload_quota_bytes:
        raise UploadQuotaExceeded()


@transaction(lane="assignment_id")
def extend(call: Call, *, assignment_id: str, file_key: str) -> None:
    """More of the file has arrived: it has IDLE_SECONDS from now again. Refused when the upload or the work is over."""
    _held_open(call, assignment_id)
    row = call.db.one(
        """
        UPDATE upload SET delete_at = :delete_at
         WHERE file_key = :file_key AND assignment_id = :assignment_id
           AND size_in_bytes IS NULL AND delete_at > :now
        RETURNING file_key
        """,
        delete_at=call.later(seconds=IDLE_SECONDS),
        file_key=file_key,
        assignment_id=assignment_id,
        now=call.now,
    )
    if row is None:
        raise UploadGone()


@transaction(lane="assignment_id")
def keep(call: Call, *, assignment_id: str, file_key: str, size_in_bytes: int) -> None:
    """The file is whole and on disk: from now on it is the answer to its question, and a former one goes."""
    _held_open(call, assignment_id)
    row = call.db.one(
        """
        SELECT question_identifier FROM upload
         WHERE file_key = :file_key AND assignment_id = :assignment_id
           AND size_in_bytes IS NULL AND delete_at > :now AND held_bytes >= :size_in_bytes
        """,
        file_key=file_key,
        assignment_id=assignment_id,
        size_in_bytes=size_in_bytes,
        now=call.now,
    )
    if row is None:
        raise UploadGone()
    call.db.run(
        """
        UPDATE upload SET delete_at = :now
         WHERE assignment_id = :assignment_id AND question_identifier = :question_identifier AND delete_at IS NULL
        """,
        now=call.now,
        assignment_id=assignment_id,
        question_identifier=row["question_identifier"],
    )
    call.db.run(
        """
        UPDATE upload SET size_in_bytes = :size_in_bytes, held_bytes = :size_in_bytes, delete_at = NULL
         WHERE file_key = :file_key
        """,
        size_in_bytes=size_in_bytes,
        file_key=file_key,
    )


@transaction(lane="assignment_id")
def drop(call: Call, *, assignment_id: str, file_key: str) -> None:
    """The file did not arrive, or was not what was asked for: nothing of it stays."""
    call.db.run(
        """
        UPDATE upload SET delete_at = :now
         WHERE file_key = :file_key AND assignment_id = :assignment_id AND size_in_bytes IS NULL
        """,
        now=call.now,
        file_key=file_key,
        assignment_id=assignment_id,
    )


@transaction(reads=True)
def list_uploads(call: Call, *, assignment_id: str) -> list[Upload]:
    """The files that the caller has uploaded for their assignment, one a question."""
    rows = call.db.all(
        """
        SELECT u.* FROM upload u JOIN assignment a ON a.assignment_id = u.assignment_id
         WHERE u.assignment_id = :assignment_id AND a.worker_id = :caller AND u.delete_at IS NULL
         ORDER BY u.file_key
        """,
        assignment_id=assignment_id,
        caller=call.caller,
    )
    return [_upload(row) for row in rows]


def _held_open(call: Call, assignment_id: str) -> str:
    """The HIT of the caller's open assignment, which nobody ends before this transaction does."""
    row = call.db.one(
        """
        UPDATE assignment SET status = 'Accepted'
         WHERE assignment_id = :assignment_id AND worker_id = :caller AND status = 'Accepted' AND due_at > :now
        RETURNING hit_id
        """,
        assignment_id=assignment_id,
        caller=call.caller,
        now=call.now,
    )
    if row is not None:
        return str(row["hit_id"])
    theirs = call.db.one(
        "SELECT 1 AS theirs FROM assignment WHERE assignment_id = :assignment_id AND worker_id = :caller",
        assignment_id=assignment_id,
        caller=call.caller,
    )
    if theirs is None:
        raise WorkDoesNotExist()
    raise WorkNotOpen(because=translatable("A file can be added only while you work on the HIT."))


def _plain_name(name: str) -> str:
    """What a browser calls a file, without folders and without signs that only mislead."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip()[-_NAME_LENGTH:] or "file"


# ---------------------------------------------------------------------------------------------- an answer names them


def settle(call: Call, assignment_id: str, file_keys: Sequence[str]) -> None:
    """The answer just handed in names these files and no others; UploadGone when one was replaced meanwhile."""
    kept = {
        row["file_key"]
        for row in call.db.all(
            "SELECT file_key FROM upload WHERE assignment_id = :assignment_id AND delete_at IS NULL",
            assignment_id=assignment_id,
        )
    }
    if not kept.issuperset(file_keys):
        raise UploadGone()
    for file_key in kept.difference(file_keys):
        call.db.run("UPDATE upload SET delete_at = :now WHERE file_key = :file_key", now=call.now, file_key=file_key)


def release_assignment(call: Call, assignment_id: str, *, delete_at: datetime | None = None) -> None:
    """The assignment ended without an answer: its files are deleted, now or at `delete_at`."""
    call.db.run(
        "UPDATE upload SET delete_at = :delete_at WHERE assignment_id = :assignment_id AND delete_at IS NULL",
        delete_at=delete_at or call.now,
        assignment_id=assignment_id,
    )


def restore_assignment(call: Call, assignment_id: str, *, delete_at: datetime) -> None:
    """The assignment goes on: the files that were to be deleted at this moment are kept."""
    call.db.run(
        "UPDATE upload SET delete_at = NULL WHERE assignment_id = :assignment_id AND delete_at = :delete_at",
        assignment_id=assignment_id,
        delete_at=delete_at,
    )


def release_hit(call: Call, hit_id: str) -> None:
    """The HIT was disposed of: its files go."""
    call.db.run(
        "UPDATE upload SET delete_at = :now WHERE hit_id = :hit_id AND delete_at IS NULL", now=call.now, hit_id=hit_id
    )


# ---------------------------------------------------------------------------------------------- reading


def find(call: Call, assignment_id: str, question_identifier: str) -> Upload | None:
    """The file that answers a question of an assignment."""
    row = call.db.one(
        """
        SELECT * FROM upload
         WHERE assignment_id = :assignment_id AND question_identifier = :question_identifier AND delete_at IS NULL
        """,
        assignment_id=assignment_id,
        question_identifier=question_identifier,
    )
    return None if row is None else _upload(row)


def address(call: Call, upload: Upload) -> str:
    """Where the file can be fetched for a minute from now, by whoever holds the address."""
    expires = str(ms(call.later(seconds=ADDRESS_LIVES_SECONDS)))
    signed = {"expires": expires, "signature": call.vault.sign(_PURPOSE, _signed(upload.file_key, expires)).hex()}
    return f"{call.rules.site_url}/uploads/{upload.file_key}?{urlencode(signed)}"


@transaction(reads=True)
def get_by_address(call: Call, *, file_key: str, expires: str, signature: str) -> Upload:
    """The file of an address that was given out less than a minute ago; FileAddressOver for any other."""
    is_ours = call.vault.is_signed(_PURPOSE, _signed(file_key, expires), _bytes(signature))
    row = call.db.one("SELECT * FROM upload WHERE file_key = :file_key AND delete_at IS NULL", file_key=file_key)
    if not is_ours or ms(call.now) >= int(expires) or row is None:
        raise FileAddressOver()
    return _upload(row)


def _signed(file_key: str, expires: str) -> bytes:
    return f"{file_key} {expires}".encode()


def _bytes(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature)
    except ValueError:
        return b""


def _upload(row: Row) -> Upload:
    return Upload(
        file_key=row["file_key"],
        question_identifier=row["question_identifier"],
        file_name=row["file_name"],
        size_in_bytes=row["size_in_bytes"],
    )


# ---------------------------------------------------------------------------------------------- deleting


@transaction(reads=True)
def list_to_delete(call: Call, *, most: int) -> list[str]:
    """The keys of files whose time to go has come."""
    rows = call.db.all(
        "SELECT file_key FROM upload WHERE delete_at <= :now ORDER BY delete_at, file_key LIMIT :most",
        now=call.now,
        most=most,
    )
    return [row["file_key"] for row in rows]


def delete_old(call: Call, *, file_keys: Sequence[str]) -> None:
    """These files are deleted; nothing stays of them."""
    for file_key in file_keys:
        call.db.run(
            "DELETE FROM upload WHERE file_key = :file_key AND delete_at <= :now", file_key=file_key, now=call.now
        )
