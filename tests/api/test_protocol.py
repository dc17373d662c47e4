"""The protocol: envelopes, framework errors, and the order in which they are found."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest
import structlog

from kempelen.api import protocol
from kempelen.api.app import RequestIds
from kempelen.core.rules.rules import Rules
from kempelen.core.wire import errors
from kempelen.core.wire.operations import REGISTRY
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.people import accounts
from tests.api.caller import HOST, PREFIX, ask
from tests.awaited import awaited
from tests.market.work import QUESTION

FRAMEWORK = "com.amazon.coral.service#"
HIT = {
    "Title": "Name the mug's colour",
    "Description": "One question.",
    "Reward": "0.05",
    "LifetimeInSeconds": 86_400,
    "AssignmentDurationInSeconds": 3_600,
    "Question": QUESTION,
}


def test_an_answer_has_the_headers_that_sdks_read(program):
    said = program.send("GetAccountBalance")
    assert said.status == 200
    assert said.headers == {
        "x-amzn-requestid": "00000000-0000-4000-a000-000000000001",
        "content-type": "application/x-amz-json-1.1",
        "content-length": "30",
    }
    assert said.body == b'{"AvailableBalance":"1000.00"}'


def test_a_request_id_is_a_random_uuid():
    new_request_id = RequestIds()
    ids = {new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", each) for each in ids
    )


def test_a_refusal_of_the_market_has_its_code_and_the_market_time(program, market):
    said = program.send("GetHIT", {"HITId": "3NOBODY"})
    at = int(market.clock.now().timestamp() * 1000)
    assert said.status == 400
    assert said.headers["connection"] == "close"
    assert said.headers["x-amzn-requestid"]
    assert said.json == {
        "__type": "RequestError",
        "Message": f"Hit 3NOBODY does not exist. ({at})",
        "TurkErrorCode": "AWS.MechanicalTurk.HITDoesNotExist",
    }


def test_a_sandbox_says_so_behind_the_time(program, market):
    market.rules = Rules(sandbox=True)
    assert program.refused("GetHIT", HITId="3NOBODY")[2].endswith(" s)")


def test_texts_that_never_had_a_time_have_none(program):
    _, kind, text = program.refused("CreateHIT", **{**HIT, "Reward": "9000.00"})
    assert kind == "RequestError"
    assert "insufficient funds" in text
    assert not text.endswith(")")


def test_every_refusal_is_written_in_one_of_two_envelopes(market):
    at = market.clock.now()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RequestError)]
    assert len(kinds) > 20
    for kind in kinds:
        error = kind.__new__(kind)
        error.message = "Something."
        told = json.loads(protocol.refusal(error, at=at, sandbox=False))
        wanted = {"__type", "message"} if issubclass(kind, errors.FrameworkError) else {"__type", "Message"}
        if kind.turk_error_code is not None:
            wanted.add("TurkErrorCode")
        assert set(told) == wanted, kind
        assert told["__type"] == kind.wire_type


def test_no_signature(api):
    said = awaited(ask(api, {"Host": HOST, "X-Amz-Target": PREFIX + "GetAccountBalance"}, [b"{}"]))
    assert said.status == 400
    assert said.json == {
        "__type": FRAMEWORK + "MissingAuthenticationTokenException",
        "message": "Missing Authentication Token",
    }


@pytest.mark.parametrize("authorization", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c", "Bearer abc", "Ä"])
def test_a_malformed_signature(api, authorization):
    headers = {"Host": HOST, "X-Amz-Date": "20261001T120000Z", "Authorization": authorization}
    status, kind, text = awaited(ask(api, headers, [b"{}"])).error
    assert (status, kind) == (400, "IncompleteSignatureException")
    assert "Authorization" in text


def test_an_unknown_access_key(program):
    unknown = replace(program, access_key_id="KMPLNOBODYNOBODYNOBO")
    assert unknown.refused("GetAccountBalance") == (
        400,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_wrong_secret(program):
    status, kind, text = replace(program, secret="guessed").refused("GetAccountBalance")
    assert (status, kind) == (400, "InvalidSignatureException")
    assert text.startswith("The request signature we calculated does not match the signature you provided.")


def test_an_altered_body(program, api):
    headers = program.signed(b'{"BonusAmount":"0.01"}', {"X-Amz-Target": PREFIX + "SendBonus"})
    said = awaited(ask(api, headers, [b'{"BonusAmount":"9.99"}']))
    assert said.error[1] == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("seconds", "begins"), [(-16 * 60, "Signature expired: "), (6 * 60, "Signature not yet current: ")]
)
def test_a_signature_of_another_time(program, seconds, begins):
    shifted = replace(program, now=lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    _, kind, text = shifted.refused("GetAccountBalance")
    assert kind == "InvalidSignatureException"
    assert text.startswith(begins)


def test_signatures_live_in_real_time(program, market):
    market.clock.advance(seconds=400 * 86_400)
    assert program.send("GetAccountBalance").status == 200


@pytest.mark.parametrize(("name", "value"), [("region", "eu-west-1"), ("service", "s3")])
def test_a_signature_for_another_place(program, name, value):
    _, kind, text = replace(program, **{name: value}).refused("GetAccountBalance")
    assert kind == "InvalidSignatureException"
    assert text.startswith("Credential should be scoped to ")


@pytest.mark.parametrize("operation", ["Sing", "createHIT", "GetHITs", "Create HIT", ""])
def test_an_unknown_operation(program, operation):
    said = program.send(operation, {"HITId": "3"})
    assert said.status == 400
    assert said.json == {"__type": FRAMEWORK + "UnknownOperationException"}


def test_operations_that_are_not_built_are_unknown(program):
    model = botocore.session.get_session().get_service_model("mturk")
    missing = set(model.operation_names) - set(REGISTRY)
    assert set(REGISTRY) <= set(model.operation_names)
    for name in missing:
        assert program.send(name).error[1] == "UnknownOperationException", name


def test_another_version_of_the_api_is_unknown(program, api):
    headers = program.signed(b"{}", {"X-Amz-Target": "MTurkRequesterServiceV20140815.GetAccountBalance"})
    assert awaited(ask(api, headers, [b"{}"])).error[1] == "UnknownOperationException"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nothing",
        b'{"HITId": "3", }',
        b'{"HITId": "\xff"}',
        b"[" * 100_000,
        b'{"HITId":' * 50_000,
        b'{"HITId": "\\ud800"}',
        b'{"HITId": NaN}',
        b'"text"',
        b"[]",
        b"12",
        b"null",
        b'{"HITId": 12}',
        b'{"HITId": ["3"]}',
        b'{"HITId": {"3": 3}}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b'{"HITId": 1e999}',
    ],
)
def test_a_body_that_is_not_what_it_should_be(program, body):
    status, kind, text = program.send("GetHIT", body=body).error
    assert (status, kind) == (400, "SerializationException")
    assert text


@pytest.mark.parametrize("body", [b"", b"{}", b"  \n", b'{"Unknown": [1, {"a": null}]}', b'{"HITId": null}'])
def test_an_empty_body_has_no_members_and_unknown_ones_are_ignored(program, body):
    assert program.send("GetAccountBalance", body=body).status == 200
    assert program.send("GetHIT", body=body).error == (
        400,
        "ValidationException",
        "1 validation error detected: Value null at 'hITId' failed to satisfy constraint: Member must not be null",
    )


def test_all_faults_of_the_model_are_told_at_once(program):
    _, kind, text = program.refused("CreateHIT", Reward="5 cents", MaxAssignments=1)
    assert kind == "ValidationException"
    assert text.startswith("5 validation errors detected: ")
    assert program.send("CreateHIT", {}).json["__type"] == "com.amazon.coral.validate#ValidationException"


@pytest.mark.parametrize(
    "content_type", ["application/x-amz-json-1.1; charset=utf-8", "application/json", "application/x-amz-json-1.0"]
)
def test_other_content_types_are_taken_too(program, content_type):
    headers = program.signed(b"{}", {"X-Amz-Target": PREFIX + "GetAccountBalance", "Content-Type": content_type})
    assert awaited(ask(program.app, headers, [b"{}"])).status == 200


def test_checks_go_in_the_documented_order(program, market, alice):
    """Signature, target, JSON, model, allowed, values, existence: each hides all that come after it."""
    nonsense = {"HITId": "3NOBODY", "MaxResults": 0}
    wrong = replace(program, secret="guessed")
    assert wrong.send("Sing", body=b"{").error[1] == "InvalidSignatureException"
    assert program.send("Sing", body=b"{").error[1] == "UnknownOperationException"
    market.perform(OPERATOR, accounts.set_requester_status, requester_id=alice, status="Suspended")
    assert program.send("ListAssignmentsForHIT", body=b"{").error[1] == "SerializationException"
    assert program.refused("ListAssignmentsForHIT", **nonsense)[1] == "ValidationException"
    bad_value = {"HITId": "3NOBODY", "NumberOfAdditionalAssignments": -1}
    suspended = program.send("CreateAdditionalAssignmentsForHIT", bad_value)
    assert suspended.json["TurkErrorCode"] == "AWS.MechanicalTurk.PermissionDenied"
    assert suspended.json["Message"].startswith("This user is not authorized to perform the requested operation. (")
    market.perform(OPERATOR, accounts.set_requester_status, requester_id=alice, status="Active")
    assert program.refused("CreateAdditionalAssignmentsForHIT", **bad_value)[1] == "ParameterValidationError"
    good_value = bad_value | {"NumberOfAdditionalAssignments": 1}
    assert "does not exist" in program.refused("CreateAdditionalAssignmentsForHIT", **good_value)[2]


def test_a_revoked_key_is_refused_at_once_whatever_it_asks(program, market, alice):
    assert program.send("GetAccountBalance").status == 200
    created = program.send("CreateHIT", HIT, **{"amz-sdk-invocation-id": "one"})
    assert created.status == 200
    other = market.perform(OPERATOR, accounts.add_access_key, requester_id=alice)
    market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=program.access_key_id)
    for said in (
        program.send("GetAccountBalance"),
        program.send("CreateHIT", HIT),
        program.send("CreateHIT", HIT, **{"amz-sdk-invocation-id": "one"}),
        program.send("CreateHIT", HIT, **{"amz-sdk-invocation-id": "two"}),
        program.send("Sing"),
        program.send("GetHIT", body=b"{"),
        program.send("GetHIT", {}),
    ):
        assert said.error[1] == "UnrecognizedClientException"
    rest = replace(program, access_key_id=other.access_key_id, secret=other.secret_access_key)
    assert rest.call("ListHITs")["NumResults"] == 1


def test_a_key_acts_for_its_own_requester_alone(program, market, charlie_requester, api):
    hit = program.call("CreateHIT", **HIT)["HIT"]
    key = market.perform(OPERATOR, accounts.add_access_key, requester_id=charlie_requester)
    charlie = replace(program, access_key_id=key.access_key_id, secret=key.secret_access_key)
    assert "does not exist" in charlie.refused("GetHIT", HITId=hit["HITId"])[2]
    assert charlie.call("ListHITs")["NumResults"] == 0


@pytest.mark.parametrize("host", [HOST, "localhost:8900", "turk.example.org", "[::1]:8900", "x" * 300, "10.0.0.1"])
def test_any_host_name_will_do_that_was_signed(program, host):
    assert replace(program, host=host).send("GetAccountBalance").status == 200
    assert replace(program, extra={"Host": host + "x"}).send("GetAccountBalance").status == 400


def test_a_fault_of_ours_tells_nothing_and_is_logged_with_its_id(program, monkeypatch):
    def fail(call, **arguments):
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(protocol.ACTIONS[(PREFIX + "ListHITs").encode()], "answer_signer", fail)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        said = program.send("ListHITs")
    assert said.status == 500
    assert said.json["__type"] == "ServiceFault"
    assert said.json["TurkErrorCode"] == "AWS.ServiceUnavailable"
    assert b"secret" not in said.body
    (line,) = logged
    assert line["request_id"] == said.headers["x-amzn-requestid"]
    assert line["exc_info"]
