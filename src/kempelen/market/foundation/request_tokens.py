"""Request tokens: a UniqueRequestToken allows one act in 24 hours; and the answers kept for repeated requests.

A token used again is an error that names the first result, never a second act. After 24 hours it is free again, by one
guarded statement. A refused call uses no token: the refusal rolls it back. Source: docs/mturk/api.md 1.13.
"""

from collections.abc import Callable
from typing import NamedTuple

from kempelen.core.wire.errors import RequestError, TokenAlreadyProcessed
from kempelen.market.foundation.call import Call
from kempelen.store.database import instant

FORGOTTEN_AT_ONCE = 500
SAME_SECOND_SECONDS = 10  # how far apart requests arrive that were signed in the same second
_ELSEWHERE = 0  # in place of a status: the body is the key under which the answer is kept


class Answer(NamedTuple):
    """What went over the wire: an HTTP status and a body."""

    http_status: int
    body: str


class Repeated(Exception):
    """This request has acted before; `answer` is what was answered then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


def use(call: Call, scope: str, token: str, *, result_id: str) -> None:
    """Use a token up for this result, or raise TokenAlreadyProcessed."""
    if used_for(call, scope, token, result_id=result_id) is not None:
        raise TokenAlreadyProcessed(token=token)


def used_for(call: Call, scope: str, token: str, *, result_id: str) -> str | None:
    """Use a token up for this result and answer None; or the id of the result it was used for before."""
    changed = call.db.run(
        """
        INSERT INTO request_token (requester_id, scope, token, result_id, used_at)
        VALUES (:requester_id, :scope, :token, :result_id, :now)
        ON CONFLICT (requester_id, scope, token)
        DO UPDATE SET result_id = excluded.result_id, used_at = excluded.used_at
         WHERE request_token.used_at <= :outlived
        """,
        requester_id=call.caller,
        scope=scope,
        token=token,
        result_id=result_id,
        now=call.now,
        outlived=call.ago(seconds=call.rules.token_life_seconds),
    )
    if changed:
        return None
    row = call.db.one(
        """
        SELECT result_id FROM request_token
         WHERE requester_id = :requester_id AND scope = :scope AND token = :token
        """,
        requester_id=call.caller,
        scope=scope,
        token=token,
    )
    assert row is not None
    return str(row["result_id"])


def answer_once(call: Call, key: str | None, act: Callable[[], Answer], *, signature_key: str | None = None) -> Answer:
    """Act and keep the answer; Repeated, with the answer kept, when this request has acted before.

    SDKs send a request again by themselves when its reply is lost, with the same `amz-sdk-invocation-id`: `key` is
    made of that, the access key and the body. `signature_key` stands for a signed request that whoever has read it can
    send again, where the signature does not cover such an id: see `_check_is_no_copy`.
    A refusal changed nothing and is not kept: the repeat is decided again.
    Repeats are rare, so this acts first, and being an error Repeated undoes what a repeat did.
    """
    try:
        answer = act()
    except RequestError:
        if key is not None:
            _check_is_first(call, key)
        raise
    if key is not None and not _keep(call, key, answer):
        _check_is_first(call, key)
    if signature_key is not None and not _keep(call, signature_key, Answer(_ELSEWHERE, key) if key else answer):
        _check_is_no_copy(call, key, signature_key)
    return answer


def _keep(call: Call, key: str, answer: Answer) -> bool:
    """Keep an answer under a key; False when the key has one."""
    kept = call.db.run(
        """
        INSERT INTO answer (answer_key, http_status, body, answered_at) VALUES (:key, :http_status, :body, :now)
        ON CONFLICT (answer_key) DO NOTHING
        """,
        key=key,
        http_status=answer.http_status,
        body=answer.body,
        now=call.now,
    )
    return kept == 1


def _check_is_first(call: Call, key: str) -> None:
    row = call.db.one("SELECT http_status, body FROM answer WHERE answer_key = :key", key=key)
    if row is not None and row["http_status"] == _ELSEWHERE:
        _check_is_first(call, row["body"])
    elif row is not None:
        raise Repeated(Answer(row["http_status"], row["body"]))


def _check_is_no_copy(call: Call, key: str | None, signature_key: str) -> None:
    """Repeated, unless a program means the same call once more within the second for which its signature is the same.

    Such a program gives each call an id of its own. Botocore does not sign it, so only time distinguishes its next call
    from a copy with another id.
    """
    row = call.db.one("SELECT http_status, answered_at FROM answer WHERE answer_key = :key", key=signature_key)
    both_have_ids = key is not None and row is not None and row["http_status"] == _ELSEWHERE
    if row is not None and not (both_have_ids and instant(row["answered_at"]) > call.ago(seconds=SAME_SECOND_SECONDS)):
        _check_is_first(call, signature_key)


def delete_old(call: Call) -> bool:
    """Drop answers and tokens that have outlived their day, some at a time; True when there are more.

    What is dropped could no longer be asked for. A busy day leaves a great many, and nobody shall wait for them all.
    """
    outlived = call.ago(seconds=call.rules.token_life_seconds)
    answers = call.db.run(
        """
        DELETE FROM answer WHERE answer_key IN (
            SELECT answer_key FROM answer WHERE answered_at <= :outlived ORDER BY answered_at LIMIT :at_once)
        """,
        outlived=outlived,
        at_once=FORGOTTEN_AT_ONCE,
    )
    tokens = call.db.run(
        """
        DELETE FROM request_token WHERE (requester_id, scope, token) IN (
            SELECT requester_id, scope, token FROM request_token
             WHERE used_at <= :outlived ORDER BY used_at LIMIT :at_once)
        """,
        outlived=outlived,
        at_once=FORGOTTEN_AT_ONCE,
    )
    return max(answers, tokens) == FORGOTTEN_AT_ONCE
