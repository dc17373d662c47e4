"""Pages of a list: the NextToken that continues one, stateless and tamper-proof.

A token is given with every page that has items, also the last one; the call after it answers an empty list without a
token: real programs read `NextToken` unconditionally and stop on an empty list. It holds the position after the last
item, signed for this Requester, operation and parameters, so it never expires; MaxResults may change between pages.
Source: docs/mturk/api.md 1.12.
"""

import base64
import binascii
import hashlib

import msgspec

from kempelen.core.wire.errors import InvalidParameterValue
from kempelen.market.foundation.call import Call

PREFIX = "p1:"
Position = tuple[int, str]  # the sort column's value and the id of the last item shown
_SIGNATURE_BYTES = 16


def position_after(call: Call, token: str | None, *list_of: object) -> Position | None:
    """Where the page after this token begins: None is the first page.

    `list_of` names the list: the operation and its parameters. A token of another list, another Requester or
    somebody's own making is refused as not valid.
    """
    if token is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(token.removeprefix(PREFIX) + "==")
        signature, body = sealed[:_SIGNATURE_BYTES], sealed[_SIGNATURE_BYTES:]
        if token.startswith(PREFIX) and call.vault.is_signed("page", _named(call, list_of) + body, signature):
            at, last_id = msgspec.msgpack.decode(body, type=tuple[int, str])
            return at, last_id
    except (binascii.Error, ValueError, msgspec.DecodeError):
        pass
    raise InvalidParameterValue(value=token, name="next_token")


def token_after(call: Call, last: Position | None, *list_of: object) -> str | None:
    """The token that continues after this item; None after an empty page."""
    if last is None:
        return None
    body = msgspec.msgpack.encode(last)
    signature = call.vault.sign("page", _named(call, list_of) + body)
    return PREFIX + base64.urlsafe_b64encode(signature + body).decode().rstrip("=")


def _named(call: Call, list_of: tuple[object, ...]) -> bytes:
    return hashlib.sha256(repr((call.caller, *list_of)).encode()).digest()
