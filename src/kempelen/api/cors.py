"""CORS: pages of any origin may call the Requester API, as they could Amazon's.

The API reads no cookie: whoever signs a request has the secret key, wherever the page comes from. So keeping pages away
would protect nothing, and every answer, refusals too, may be read by the page that asked.
"""

from kempelen.api.app import Message, Scope, Send

_ORIGIN = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b"x-amzn-requestid,x-amzn-errortype,date,content-length")
_LASTS = b"86400"  # seconds; browsers cap it by themselves
_MOST = 2_000  # characters of header names that are repeated


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks here if a page may send a signed POST."""
    if scope["method"] != "OPTIONS" or scope["path"] != "/":
        return False
    asked = {name: value.lower() for name, value in scope["headers"]}
    headers = asked.get(b"access-control-request-headers", b"")
    return asked.get(b"access-control-request-method") == b"post" and (
        b"authorization" in headers or b"x-amz-" in headers or b"content-type" in headers
    )


async def answer_preflight(scope: Scope, send: Send) -> None:
    """Allow the POST, with the headers that it is to have."""
    wanted = next(value for name, value in scope["headers"] if name == b"access-control-request-headers")
    headers = [
        _ORIGIN,
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", wanted[:_MOST]),
        (b"access-control-max-age", _LASTS),
        (b"vary", b"Access-Control-Request-Headers"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def allowed(send: Send) -> Send:
    """The same answer, which pages of any origin may read."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], _ORIGIN, _EXPOSED]}
        await send(message)

    return sent
