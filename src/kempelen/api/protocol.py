"""AWS JSON 1.1: bytes -> operation -> bytes.

`X-Amz-Target` names an operation, the body is its members as JSON, the answer is JSON. A refusal has one of two
envelopes: the market's own (`Message`, `TurkErrorCode`) and the framework's (`message`). Source: docs/mturk/api.md 1.1,
1.3, 1.5 to 1.8.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import msgspec

from kempelen.core.wire.errors import FrameworkError, RequestError, UnknownOperationException
from kempelen.core.wire.names import wire_name
from kempelen.core.wire.operations import Operation, transaction
from kempelen.market.foundation.call import Call
from kempelen.market.people import accounts
from kempelen.market.registry import OPERATIONS
from kempelen.store.database import ms

TARGET_PREFIX = b"MTurkRequesterServiceV20170117."
SEND_TEST = "SendTestEventNotification"
_write = msgspec.json.Encoder().encode


class Action:
    """One operation as the wire asks for it: what `decode` makes of a body goes into `answer`, which gives bytes."""

    def __init__(self, operation: Operation) -> None:
        self.name = operation.name
        self.reads = operation.reads
        self.decode = operation.decode
        self.answer = _answering(operation)
        self.answer_signer = _answering_signer(operation)


def _answering(operation: Operation) -> Callable[..., bytes]:
    @wraps(operation.function)
    def answer(call: Call, **arguments: Any) -> bytes:
        return operation.encode(operation.function(call, **arguments))

    return transaction(reads=operation.reads)(answer)


def _answering_signer(operation: Operation) -> Callable[..., bytes]:
    """The same for whoever signed with this access key, if they may still act at that moment."""

    @wraps(operation.function)
    def answer(call: Call, signed_with: str, **arguments: Any) -> bytes:
        accounts.check_may_act(call, access_key_id=signed_with)
        return operation.encode(operation.function(call, **arguments))

    return transaction(reads=operation.reads)(answer)


ACTIONS = {TARGET_PREFIX + name.encode(): Action(operation) for name, operation in OPERATIONS.items()}


def action(target: bytes | None) -> Action:
    """What an `X-Amz-Target` header asks for; UnknownOperationException when there is no such operation."""
    found = ACTIONS.get(target or b"")
    if found is None:
        raise UnknownOperationException()
    return found


def operation_named(target: bytes | None) -> str:
    """The operation that an `X-Amz-Target` header asks for; `unknown` stands for all that there are not."""
    found = ACTIONS.get(target or b"")
    return found.name if found else "unknown"


def refusal(error: RequestError, *, at: datetime, sandbox: bool) -> bytes:
    """An error's envelope; texts of the original that end in the time get it, in market time."""
    if isinstance(error, FrameworkError):
        message = {"message": error.message} if error.message else {}
        return _write({"__type": error.wire_type, **message})
    suffix = f" ({ms(at)}{' s' if sandbox else ''})" if error.suffixed else ""
    code = {wire_name("turk_error_code"): error.turk_error_code} if error.turk_error_code else {}
    return _write({"__type": error.wire_type, "Message": error.message + suffix, **code})
