"""SigV4: whose signature is this?

Pure functions over a request as it came. The signature covers method, path, query, the signed headers and the body, so
it does not matter under which host name the server was called: whatever name was sent is the one that was signed.
Checks go in this order: is there a signature, is it whole, is it for here, is it of now, does the key exist, does it
match. Only the last costs more than a look.
Sources: docs/mturk/api.md 1.1 and 1.8; texts without a source there are those of other AWS services.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote_from_bytes

from msgspec import Struct

from kempelen.core.wire.errors import (
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    UnrecognizedClient,
)

ALGORITHM = b"AWS4-HMAC-SHA256"
SERVICE = b"mturk-requester"
REGIONS: Collection[str] = frozenset({"us-east-1"})
NEED_NOT_BE_SIGNED = frozenset(  # of the headers x-amz-…
    {
        b"x-amz-cf-id",  # CloudFront adds it on the way
        b"x-amz-security-token",  # some services have it added after signing; here it is refused in any case
        b"x-amz-user-agent",  # the PHP SDK does not sign it
    }
)
FUTURE = timedelta(minutes=5)
PAST = timedelta(minutes=15)


class SignedRequest(Struct, frozen=True):
    """A request as it came, as ASGI passes it: path and query apart and not decoded, header names in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class Claim(Struct, frozen=True):
    """Whose request this says it is, complete and meant for this service. Nothing of it is true before `prove`."""

    access_key_id: str
    signed_at: datetime
    date: bytes
    region: bytes
    signed_headers: frozenset[bytes]
    string_to_sign: bytes
    signature: bytes
    has_session_token: bool


def verify(
    request: SignedRequest,
    secret_for: Callable[[str], str | None],
    now: datetime,
    *,
    regions: Collection[str] = REGIONS,
) -> str:
    """The access key id that signed this request; `secret_for` gives the secret of an active key, or None."""
    claim = read_claim(request, regions=regions)
    check_time(claim, now)
    prove(claim, secret_for(claim.access_key_id))
    return claim.access_key_id


def read_claim(request: SignedRequest, *, regions: Collection[str] = REGIONS) -> Claim:
    """What the Authorization header claims. Raises when it is missing, incomplete or meant for another service."""
    headers = _by_name(request.headers)
    authorization = headers.get(b"authorization")
    if not authorization:
        raise MissingAuthenticationToken()
    date_header = b"x-amz-date" if b"x-amz-date" in headers else b"date"
    credential, signed_headers, signature = _fields(authorization, has_date=date_header in headers)
    access_key_id, date, region = _scope(credential, regions)
    stamp, signed_at = _instant(headers[date_header])
    if stamp[:8] != date:
        raise InvalidSignature(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{_shown(date)}' != '{_shown(stamp[:8])}', from '{_shown(stamp)}'."
        )
    listed = signed_headers.split(b";")
    names = frozenset(listed)
    if len(names) < len(listed):  # else a long header, named again and again, would be signed as often
        raise InvalidSignature("A 'SignedHeader' is named twice in the AWS Authorization.")
    for name, shown in ((b"host", "'Host' or ':authority'"), (date_header, "'X-Amz-Date'")):
        if name not in names:
            raise InvalidSignature(f"{shown} must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = [name for name in headers if name.startswith(b"x-amz-") and name not in names]
    for name in sorted(set(unsigned) - NEED_NOT_BE_SIGNED):
        raise InvalidSignature(f"'{_shown(name).title()}' must be a 'SignedHeader' in the AWS Authorization.")
    canonical = canonical_request(request, headers, signed_headers)
    return Claim(
        access_key_id,
        signed_at,
        date,
        region,
        names,
        b"\n".join((ALGORITHM, stamp, credential.partition(b"/")[2], hashlib.sha256(canonical).hexdigest().encode())),
        signature,
        bool(headers.get(b"x-amz-security-token")),
    )


def check_time(claim: Claim, now: datetime) -> None:
    """A signature counts from 5 minutes before its date until 15 minutes after it."""
    if now - PAST <= claim.signed_at <= now + FUTURE:
        return
    if claim.signed_at > now:
        raise InvalidSignature(
            f"Signature not yet current: {_iso(claim.signed_at)} is still later than {_iso(now + FUTURE)} "
            f"({_iso(now)} + 5 min.)"
        )
    raise InvalidSignature(
        f"Signature expired: {_iso(claim.signed_at)} is now earlier than {_iso(now - PAST)} ({_iso(now)} - 15 min.)"
    )


def prove(claim: Claim, secret_access_key: str | None) -> None:
    """Raises unless the secret made this signature. No session token is known: there are no temporary credentials."""
    if secret_access_key is None or claim.has_session_token:
        raise UnrecognizedClient()
    signing = _signing_key(secret_access_key, claim.date, claim.region).copy()
    signing.update(claim.string_to_sign)  # not hmac.digest: that lets go of the interpreter, and waits to get it back
    expected = signing.hexdigest().encode()
    if not hmac.compare_digest(expected, claim.signature):
        raise InvalidSignature()


# ---------------------------------------------------------------------------------------------- what is claimed


def _fields(authorization: bytes, *, has_date: bool) -> tuple[bytes, bytes, bytes]:
    """Credential, SignedHeaders and Signature, between commas with or without a blank; the error names all missing."""
    algorithm, _, rest = authorization.partition(b" ")
    fields = {}
    if algorithm == ALGORITHM:
        for field in rest.split(b","):
            name, _, value = field.partition(b"=")
            fields[name.strip()] = value.strip()
    missing = [
        f"Authorization header requires '{name}' parameter." for name in _REQUIRED if not fields.get(name.encode())
    ]
    if not has_date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if algorithm != ALGORITHM:
        missing.append(f"Authorization header must begin with '{ALGORITHM.decode()} '.")
    if missing:
        raise IncompleteSignature(missing=" ".join(missing))
    return fields[b"Credential"], fields[b"SignedHeaders"], fields[b"Signature"]


_REQUIRED = ("Credential", "Signature", "SignedHeaders")
_ACCESS_KEY_ID = re.compile(rb"[\w.-]+", re.ASCII)


def _scope(credential: bytes, regions: Collection[str]) -> tuple[str, bytes, bytes]:
    """Access key id, date and region of `AKID/20210618/us-east-1/mturk-requester/aws4_request`."""
    parts = credential.split(b"/")
    if len(parts) != 5:
        raise IncompleteSignature(
            missing="Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{_shown(credential)}'."
        )
    access_key_id, date, region, service, terminator = parts
    faults = []
    if _shown(region) not in regions:
        faults.append("Credential should be scoped to a valid region.")
    if service != SERVICE:
        faults.append(f"Credential should be scoped to correct service: '{SERVICE.decode()}'.")
    if terminator != b"aws4_request":
        faults.append(
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{_shown(terminator)}'."
        )
    if faults:
        raise InvalidSignature(" ".join(faults))
    if not _ACCESS_KEY_ID.fullmatch(access_key_id):
        raise UnrecognizedClient()
    return access_key_id.decode("ascii"), date, region


@lru_cache(maxsize=1024)
def _instant(value: bytes) -> tuple[bytes, datetime]:
    """A date header as `20210618T202113Z` and as an instant: X-Amz-Date has that form already, Date that of HTTP."""
    text = _shown(value)
    try:
        if _ISO_BASIC.fullmatch(text):
            return value, datetime.fromisoformat(text)
        if _HTTP_DATE.fullmatch(text):
            at = parsedate_to_datetime(text)
            at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)  # botocore writes its zone as -0000
            return _iso(at).encode(), at
    except (ValueError, OverflowError):
        pass
    raise IncompleteSignature(missing=f"Date must be in ISO-8601 'basic format'. Got '{text}'.")


_ISO_BASIC = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} (?:GMT|[+-][0-9]{4})"
)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _shown(value: bytes) -> str:
    return value.decode("latin-1")


# ---------------------------------------------------------------------------------------------- what was signed


def canonical_request(request: SignedRequest, headers: dict[bytes, bytes], signed_headers: bytes) -> bytes:
    """The request in the one form that both sides hash. The body's hash is always our own, whatever a header says."""
    return b"\n".join(
        (
            request.method.encode("latin-1"),
            request.path if request.path == b"/" else _canonical_path(request.path),
            request.query and _canonical_query(request.query),
            *[name + b":" + _trimmed(headers.get(name, b"")) for name in signed_headers.split(b";")],
            b"",
            signed_headers,
            hashlib.sha256(request.body).hexdigest().encode(),
        )
    )


def _by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Each header once; repeated ones are joined by commas, as they are signed."""
    found = dict(headers)
    if len(found) < len(headers):
        values: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            values.setdefault(name, []).append(_trimmed(value))
        found = {name: b",".join(several) for name, several in values.items()}
    return found


def _trimmed(value: bytes) -> bytes:
    return b" ".join(value.split())


def _canonical_path(path: bytes) -> bytes:
    """Without empty and dot segments, and percent-encoded once more than it came."""
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del segments[-1:]
        elif segment not in (b"", b"."):
            segments.append(segment)
    slash = b"/" if path.endswith(b"/") and segments else b""
    return quote_from_bytes(b"/" + b"/".join(segments) + slash, safe="/~").encode()


def _canonical_query(query: bytes) -> bytes:
    """Sorted by name, then value, as they were encoded."""
    pairs = sorted(pair.partition(b"=")[::2] for pair in query.split(b"&"))
    return b"&".join(name + b"=" + value for name, value in pairs)


@lru_cache(maxsize=4096)
def _signing_key(secret_access_key: str, date: bytes, region: bytes) -> hmac.HMAC:
    """A day's key, ready to sign: a copy of it takes a text. The secret itself is what it is remembered by."""
    key = b"AWS4" + secret_access_key.encode()
    for step in (date, region, SERVICE, b"aws4_request"):
        key = hmac.digest(key, step, "sha256")
    return hmac.new(key, digestmod="sha256")
