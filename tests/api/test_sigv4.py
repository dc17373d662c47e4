"""SigV4: our verifier against botocore's signer, other SDKs' styles, and every way to be refused."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from unittest.mock import patch
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from kempelen.api import sigv4
from kempelen.api.sigv4 import SignedRequest, verify
from kempelen.core.wire.errors import (
    FrameworkError,
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    UnrecognizedClient,
)

NOW = datetime(2021, 6, 18, 20, 21, 13, 250_000, tzinfo=UTC)
STAMP = "20210618T202113Z"
KEY_ID = "AKIDALICE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SECRETS = {KEY_ID: SECRET, "AKIDCHARLIE": "another/secret"}
TARGET = "MTurkRequesterServiceV20170117.GetAccountBalance"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


def botocore_request(
    body: bytes = b"{}",
    *,
    url: str = "http://localhost:8900/",
    headers: dict[str, str] | None = None,
    key: Credentials | None = None,
    region: str = "us-east-1",
) -> SignedRequest:
    """A request signed by botocore at NOW, as it would arrive."""
    request = AWSRequest("POST", url, headers={"X-Amz-Target": TARGET, **(headers or {})}, data=body)
    with patch("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None)):
        SigV4Auth(key or Credentials(KEY_ID, SECRET), "mturk-requester", region).add_auth(request)
    prepared = request.prepare()
    location = prepared.url.split("/", 3)
    path, _, query = ("/" + location[3] if len(location) > 3 else "/").partition("?")
    arrived = [("host", location[2]), *((name.lower(), text(value)) for name, value in prepared.headers.items())]
    return SignedRequest(
        method="POST",
        path=path.encode(),
        query=query.encode(),
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in arrived],
        body=body,
    )


def text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def hand_signed(
    headers: list[tuple[str, str]],
    signed_headers: str,
    *,
    body: bytes = b"{}",
    form: str = "{algorithm} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}",
    scope: str = "20210618/us-east-1/mturk-requester/aws4_request",
    payload_hash: str | None = None,
) -> SignedRequest:
    """A request signed step by step as the public description of the algorithm says, in any style of header."""
    joined: dict[str, list[str]] = {}
    for name, value in headers:
        joined.setdefault(name, []).append(" ".join(value.split()))
    names = signed_headers.split(";")
    lines = [f"{name}:{','.join(joined.get(name, ['']))}" for name in names]
    payload_hash = payload_hash or hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["POST", "/", "", *lines, "", signed_headers, payload_hash])
    key = b"AWS4" + SECRET.encode()
    for step in scope.split("/"):
        key = hmac.new(key, step.encode(), "sha256").digest()
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{STAMP}\n{scope}\n{digest}"
    authorization = form.format(
        algorithm="AWS4-HMAC-SHA256",
        credential=f"{KEY_ID}/{scope}",
        signed_headers=signed_headers,
        signature=hmac.new(key, to_sign.encode(), "sha256").hexdigest(),
    )
    arrived = [*headers, ("authorization", authorization)]
    return SignedRequest("POST", b"/", b"", [(n.encode(), v.encode("latin-1")) for n, v in arrived], body)


COMMON = [("host", "localhost:8900"), ("x-amz-date", STAMP), ("x-amz-target", TARGET)]


def with_header(request: SignedRequest, name: bytes, value: bytes | None) -> SignedRequest:
    """The same request with a header changed, added or (None) taken away."""
    headers = [(n, v) for n, v in request.headers if n != name]
    return changed(request, headers=headers if value is None else [*headers, (name, value)])


def changed(request: SignedRequest, **parts: object) -> SignedRequest:
    return SignedRequest(**{field: getattr(request, field) for field in request.__struct_fields__} | parts)


def refusal(kind: type[FrameworkError], request: SignedRequest, now: datetime = NOW) -> str:
    with pytest.raises(kind) as caught:
        verify(request, SECRETS.get, now)
    return caught.value.message


# ---------------------------------------------------------------------------------------------- who signed it

PATH = st.lists(st.sampled_from(["a", "b c", "é", "%41", ".", "..", "", "~x", "a:b", "a=b"]), max_size=4).map(
    lambda segments: "/" + "/".join(quote(segment) for segment in segments)
)
QUERY = st.lists(st.tuples(st.text("ab é&=+", max_size=3), st.text("ab é/&=+", max_size=3)), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
)
HEADERS = st.dictionaries(
    st.sampled_from(["Content-Type", "X-Amz-Meta", "Accept", "amz-sdk-invocation-id", "X-Other"]),
    st.text("ab ,;=/\t\"'", max_size=12).map(str.strip),
)


@pytest.mark.slow
@given(
    st.binary(max_size=200), PATH, QUERY, HEADERS, st.sampled_from(["localhost:8900", "mturk.example.org", "[::1]:1"])
)
def test_what_botocore_signs_is_verified(body: bytes, path: str, query: str, headers: dict[str, str], host: str):
    request = botocore_request(body, url=f"http://{host}{path}" + (query and "?" + query), headers=headers)
    assert verify(request, SECRETS.get, NOW) == KEY_ID


@pytest.mark.slow
@given(st.data())
def test_whatever_is_altered_after_signing_is_refused(data: st.DataObject):
    signed = botocore_request(b'{"Reward":"0.05"}', headers={"Content-Type": "application/x-amz-json-1.1"})
    authorization = dict(signed.headers)[b"authorization"]
    flipped = data.draw(st.integers(0, 63))
    digit = authorization[flipped - 64 :][:1]
    alterations: list[Callable[[], SignedRequest]] = [
        lambda: changed(signed, body=data.draw(st.binary().filter(lambda body: body != signed.body))),
        lambda: changed(signed, method=data.draw(st.sampled_from(["GET", "PUT", "post"]))),
        lambda: changed(signed, path=data.draw(st.sampled_from([b"/x", b"/%2F", b"/a/..a"]))),
        lambda: changed(signed, query=data.draw(st.sampled_from([b"a", b"a=1", b"="]))),
        lambda: with_header(signed, b"host", b"mturk.example.org"),
        lambda: with_header(signed, b"x-amz-target", TARGET.encode() + b"s"),
        lambda: with_header(signed, b"content-type", None),
        lambda: with_header(signed, b"x-amz-date", b"20210618T202114Z"),
        lambda: changed(signed, headers=[*signed.headers, (b"x-amz-target", TARGET.encode())]),
        lambda: with_header(signed, b"authorization", authorization.replace(KEY_ID.encode(), b"AKIDCHARLIE")),
        lambda: with_header(
            signed,
            b"authorization",
            authorization[: len(authorization) - 64 + flipped]
            + (b"0" if digit != b"0" else b"1")
            + authorization[len(authorization) - 64 + flipped + 1 :],
        ),
        lambda: with_header(signed, b"authorization", authorization[:-1]),
        lambda: with_header(signed, b"authorization", authorization + b"\xff"),
        lambda: with_header(signed, b"authorization", authorization.replace(b"content-type;", b"")),
    ]
    assert refusal(InvalidSignature, data.draw(st.sampled_from(alterations))()) == MISMATCH


@pytest.mark.parametrize(
    ("headers", "signed_headers", "form"),
    [
        (
            [],
            "host;x-amz-date;x-amz-target",
            "{algorithm} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}",
        ),
        (
            [
                ("content-type", "application/x-amz-json-1.1"),
                ("x-amz-content-sha256", hashlib.sha256(b"{}").hexdigest()),
            ],
            "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target",
            "{algorithm} Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}",
        ),
        (
            [("content-type", "text/x"), ("user-agent", "x")],
            "content-type;host;x-amz-date;x-amz-target",
            "{algorithm} Credential={credential},SignedHeaders={signed_headers},Signature={signature}",
        ),
        (
            [("x-odd", "  a   b\t c  "), ("x-odd", "d")],
            "host;x-amz-date;x-amz-target;x-odd",
            "{algorithm} Signature={signature} ,  SignedHeaders={signed_headers}, Credential={credential}",
        ),
    ],
    ids=["php", "ruby", "commas without blanks", "another order, odd blanks, a repeated header"],
)
def test_the_styles_of_other_sdks_are_verified(headers: list[tuple[str, str]], signed_headers: str, form: str):
    request = hand_signed([*COMMON, *headers], signed_headers, form=form)
    assert verify(request, SECRETS.get, NOW) == KEY_ID
    assert refusal(InvalidSignature, changed(request, body=b"{ }")) == MISMATCH


def test_a_date_header_serves_where_there_is_no_x_amz_date():
    date = format_datetime(NOW.replace(microsecond=0), usegmt=True)
    assert date == "Fri, 18 Jun 2021 20:21:13 GMT"
    request = hand_signed([("host", "localhost"), ("date", date)], "date;host")
    assert verify(request, SECRETS.get, NOW) == KEY_ID


@pytest.mark.parametrize("date", ["Fri, 18 Jun 2021 20:21:13 -0000", "Sat, 19 Jun 2021 05:21:13 +0900"])
def test_a_date_header_may_name_another_zone(date: str):
    assert verify(hand_signed([("host", "localhost"), ("date", date)], "date;host"), SECRETS.get, NOW) == KEY_ID


def test_botocores_way_with_a_date_header_is_verified():
    request = botocore_request(headers={"Date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    assert b"x-amz-date" not in dict(request.headers)
    assert verify(request, SECRETS.get, NOW) == KEY_ID


def test_x_amz_date_comes_before_the_date_header():
    request = hand_signed([*COMMON, ("date", "Thu, 01 Jan 1970 00:00:00 GMT")], "host;x-amz-date;x-amz-target")
    assert verify(request, SECRETS.get, NOW) == KEY_ID


def test_a_key_whose_secret_changed_is_verified_by_the_new_one_at_once():
    old, new = (botocore_request(key=Credentials(KEY_ID, secret)) for secret in ("old", "new"))
    assert verify(old, lambda _: "old", NOW) == KEY_ID
    assert verify(new, lambda _: "new", NOW) == KEY_ID
    with pytest.raises(InvalidSignature):
        verify(old, lambda _: "new", NOW)


def test_other_regions_are_accepted_where_they_are_named():
    request = botocore_request(region="sandbox")
    assert verify(request, SECRETS.get, NOW, regions={"us-east-1", "sandbox"}) == KEY_ID
    assert refusal(InvalidSignature, request) == "Credential should be scoped to a valid region."


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("authorization", [None, b""])
def test_a_request_without_authorization_is_told_so(authorization: bytes | None):
    request = with_header(botocore_request(), b"authorization", authorization)
    assert refusal(MissingAuthenticationToken, request) == "Missing Authentication Token"


def test_a_presigned_request_has_no_authorization():
    signed = botocore_request(url="http://localhost/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0")
    request = with_header(signed, b"authorization", None)
    assert refusal(MissingAuthenticationToken, request) == "Missing Authentication Token"


def test_an_unknown_access_key_is_refused():
    request = botocore_request(key=Credentials("AKIDNOBODY", SECRET))
    assert refusal(UnrecognizedClient, request) == "The security token included in the request is invalid."


@pytest.mark.parametrize("access_key_id", [b"", b"AKID\0", b"AKID'--", b"AK\xc3\xa9"])
def test_what_is_no_access_key_id_is_never_looked_up(access_key_id: bytes):
    signed = botocore_request()
    authorization = dict(signed.headers)[b"authorization"].replace(KEY_ID.encode(), access_key_id)

    def secret_for(_: str) -> str:
        pytest.fail("asked for a key")

    with pytest.raises(UnrecognizedClient):
        verify(with_header(signed, b"authorization", authorization), secret_for, NOW)


def test_a_session_token_is_unknown_because_no_keys_are_temporary():
    request = botocore_request(key=Credentials(KEY_ID, SECRET, token="FwoGZXIvYXdzE"))
    assert refusal(UnrecognizedClient, request) == "The security token included in the request is invalid."
    unsigned = with_header(botocore_request(), b"x-amz-security-token", b"FwoGZXIvYXdzE")
    assert refusal(UnrecognizedClient, unsigned) == "The security token included in the request is invalid."


@pytest.mark.parametrize(
    ("late", "accepted"),
    [
        (-timedelta(minutes=5), True),
        (timedelta(minutes=15), True),
        (timedelta(0), True),
        (-timedelta(minutes=5, microseconds=1), False),
        (timedelta(minutes=15, microseconds=1), False),
    ],
)
def test_a_signature_counts_from_5_minutes_early_until_15_minutes_late(late: timedelta, accepted: bool):
    request = botocore_request()
    now = datetime(2021, 6, 18, 20, 21, 13, tzinfo=UTC) + late
    if accepted:
        assert verify(request, SECRETS.get, now) == KEY_ID
    else:
        refusal(InvalidSignature, request, now)


def test_an_old_signature_is_refused_with_the_times():
    assert refusal(InvalidSignature, botocore_request(), NOW + timedelta(minutes=16)) == (
        "Signature expired: 20210618T202113Z is now earlier than 20210618T202213Z (20210618T203713Z - 15 min.)"
    )


def test_a_future_signature_is_refused_with_the_times():
    assert refusal(InvalidSignature, botocore_request(), NOW - timedelta(minutes=6)) == (
        "Signature not yet current: 20210618T202113Z is still later than 20210618T202013Z (20210618T201513Z + 5 min.)"
    )


def test_the_clock_of_another_time_zone_is_the_same_clock():
    assert verify(botocore_request(), SECRETS.get, NOW.astimezone(timezone(timedelta(hours=9)))) == KEY_ID


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("20210618/eu-west-1/mturk-requester/aws4_request", "Credential should be scoped to a valid region."),
        ("20210618/us-east-1/sqs/aws4_request", "Credential should be scoped to correct service: 'mturk-requester'."),
        (
            "20210618/us-east-1/mturk-requester/aws4",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'.",
        ),
        (
            "20210618/eu-west-1/sqs/aws4_request",
            (
                "Credential should be scoped to a valid region. "
                "Credential should be scoped to correct service: 'mturk-requester'."
            ),
        ),
        (
            "20210617/us-east-1/mturk-requester/aws4_request",
            (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                "'20210617' != '20210618', from '20210618T202113Z'."
            ),
        ),
    ],
)
def test_a_signature_for_something_else_is_refused(scope: str, reason: str):
    assert refusal(InvalidSignature, hand_signed(COMMON, "host;x-amz-date;x-amz-target", scope=scope)) == reason


@pytest.mark.parametrize(
    ("signed_headers", "reason"),
    [
        ("x-amz-date;x-amz-target", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
        ("host;x-amz-target", "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."),
    ],
)
def test_host_and_date_must_be_signed(signed_headers: str, reason: str):
    assert refusal(InvalidSignature, hand_signed(COMMON, signed_headers)) == reason


@pytest.mark.parametrize(
    ("name", "shown"),
    [("x-amz-target", "X-Amz-Target"), ("x-amz-content-sha256", "X-Amz-Content-Sha256"), ("x-amz-meta", "X-Amz-Meta")],
)
def test_every_x_amz_header_must_be_signed(name: str, shown: str):
    headers = [*(header for header in COMMON if header[0] != name), (name, TARGET)]
    signed = ";".join(other for other, _ in COMMON if other != name)
    reason = f"'{shown}' must be a 'SignedHeader' in the AWS Authorization."
    assert refusal(InvalidSignature, hand_signed(headers, signed)) == reason
    assert verify(hand_signed(headers, ";".join(sorted({name, *signed.split(";")}))), SECRETS.get, NOW) == KEY_ID


@pytest.mark.parametrize("name", ["x-amz-cf-id", "x-amz-user-agent", "x-amzn-trace-id", "amz-sdk-request"])
def test_headers_that_sdks_do_not_sign_or_proxies_add_may_be_unsigned(name: str):
    assert verify(with_header(botocore_request(), name.encode(), b"1"), SECRETS.get, NOW) == KEY_ID


def test_a_date_header_does_not_excuse_an_unsigned_x_amz_date():
    headers = [*COMMON, ("date", "Fri, 18 Jun 2021 20:21:13 GMT")]
    reason = "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."
    assert refusal(InvalidSignature, hand_signed(headers, "date;host;x-amz-target")) == reason


def test_a_payload_hash_is_never_taken_on_trust():
    body_hash = hashlib.sha256(b"{}").hexdigest()
    signed_headers = "host;x-amz-content-sha256;x-amz-date;x-amz-target"
    for claimed in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body_hash):
        headers = [*COMMON, ("x-amz-content-sha256", claimed)]
        request = hand_signed(headers, signed_headers, body=b"{ }", payload_hash=claimed)
        assert refusal(InvalidSignature, request) == MISMATCH


CREDENTIAL, SIGNATURE, SIGNED_HEADERS = (
    f"Authorization header requires '{name}' parameter." for name in ("Credential", "Signature", "SignedHeaders")
)
DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
FIVE_ELEMENTS = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
BEGIN = "Authorization header must begin with 'AWS4-HMAC-SHA256 '."


@pytest.mark.parametrize(
    ("authorization", "missing"),
    [
        ("AWS4-HMAC-SHA256", [CREDENTIAL, SIGNATURE, SIGNED_HEADERS]),
        ("AWS4-HMAC-SHA256 nonsense,,=", [CREDENTIAL, SIGNATURE, SIGNED_HEADERS]),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", [CREDENTIAL]),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", [SIGNATURE]),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=, Signature=0", [SIGNED_HEADERS]),
        ("Bearer abc", [CREDENTIAL, SIGNATURE, SIGNED_HEADERS, BEGIN]),
        ("AWS AKID:c2lnbmF0dXJl", [CREDENTIAL, SIGNATURE, SIGNED_HEADERS, BEGIN]),
        (
            "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=0",
            [FIVE_ELEMENTS + "got 'AKID'."],
        ),
    ],
)
def test_an_incomplete_authorization_is_told_all_it_lacks(authorization: str, missing: list[str]):
    request = with_header(botocore_request(), b"authorization", authorization.encode())
    assert refusal(IncompleteSignature, request) == " ".join(missing)


def test_a_request_without_a_date_is_incomplete():
    assert refusal(IncompleteSignature, with_header(botocore_request(), b"x-amz-date", None)) == DATE


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "20210618",
        "2021-06-18T20:21:13Z",
        "20211318T202113Z",
        "20210618T202113Z " * 3,
        "Fri, 18 Xyz 2021 20:21:13 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "1624047673",
        "２０210618T202113Z",
    ],
)
def test_a_date_in_another_form_is_incomplete(date: str):
    request = with_header(botocore_request(), b"x-amz-date", date.encode())
    shown = date.encode().decode("latin-1")
    assert refusal(IncompleteSignature, request) == f"Date must be in ISO-8601 'basic format'. Got '{shown}'."


@pytest.mark.slow
@given(
    st.binary(max_size=80) | st.text("AWS4-HMC 256Credntial=/,;\0", max_size=60).map(str.encode),
    st.binary(max_size=30),
    st.sampled_from([b"authorization", b"x-amz-date", b"host"]),
)
def test_whatever_the_headers_hold_is_answered_by_a_documented_refusal(junk: bytes, tail: bytes, name: bytes):
    signed = botocore_request()
    for value in (junk, b"AWS4-HMAC-SHA256 " + junk, dict(signed.headers)[b"authorization"][:-30] + tail, tail):
        with pytest.raises(FrameworkError):
            verify(with_header(signed, name, value), SECRETS.get, NOW)


# ---------------------------------------------------------------------------------------------- order, and what is kept


def test_the_first_fault_in_order_is_the_one_told():
    stranger = Credentials("AKIDNOBODY", "x")
    old = NOW + timedelta(hours=1)
    assert "scoped" in refusal(InvalidSignature, botocore_request(key=stranger, region="eu-west-1"), old)
    assert "expired" in refusal(InvalidSignature, botocore_request(key=stranger), old)
    refusal(UnrecognizedClient, changed(botocore_request(key=stranger), body=b"altered"))


def test_no_more_keys_are_kept_than_a_bound():
    for number in range(5_000):
        sigv4._signing_key(f"secret {number}", b"20210618", b"us-east-1")
    assert sigv4._signing_key.cache_info().currsize == 4_096


def test_signatures_are_compared_in_constant_time():
    with patch.object(sigv4.hmac, "compare_digest", wraps=hmac.compare_digest) as compared:
        verify(botocore_request(), SECRETS.get, NOW)
    assert compared.call_count == 1
