"""Events reach real destinations from a real server: SQS, SNS, a webhook and SMTP; also when the server is killed."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from kempelen.core.wire.event_documents import account_number
from tests.clients.hits import terms
from tests.clients.server import Server
from tests.delivery.receivers import hook, smtp_server
from tests.ports import free_port

pytestmark = pytest.mark.slow

AMAZON = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
SECONDS = 60


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    """Where SQS and SNS are played by moto, in a process of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/moto-api/data.json").status_code == 200:
                    break
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def settings(amazon: str) -> dict[str, str]:
    return {
        "KEMPELEN_SQS_URL": amazon,
        "KEMPELEN_SNS_URL": amazon,
        "KEMPELEN_AWS_ACCESS_KEY_ID": "test",
        "KEMPELEN_AWS_SECRET_ACCESS_KEY": "test",
        "KEMPELEN_ALLOW_PRIVATE_DESTINATIONS": "yes",
    }


def specification(transport: str, destination: str, *event_types: str) -> dict[str, Any]:
    return {
        "Transport": transport,
        "Destination": destination,
        "Version": "2014-08-15",
        "EventTypes": list(event_types or ("AssignmentSubmitted", "HITReviewable")),
    }


def received(sqs: Any, queue: str, many: int) -> list[str]:
    """The bodies of so many messages of a queue."""
    bodies: list[str] = []
    until = time.monotonic() + SECONDS
    while len(bodies) < many and time.monotonic() < until:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            bodies.append(message["Body"])
        time.sleep(0.05)
    return bodies


def kinds(documents: list[dict[str, Any]]) -> list[str]:
    return sorted(event["EventType"] for document in documents for event in document["Events"])


def test_every_transport_gets_just_the_documents_it_should(durable_target, tmp_path, amazon, settings):
    sqs, sns = (boto3.client(name, endpoint_url=amazon, **AMAZON) for name in ("sqs", "sns"))
    queue, subscribed = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("lab", "subscribed"))
    topic = sns.create_topic(Name="lab")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=subscribed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    port = free_port()
    mail = {"KEMPELEN_MAIL_HOST": "127.0.0.1", "KEMPELEN_MAIL_PORT": str(port), "KEMPELEN_MAIL_TLS": "none"}
    with (
        smtp_server(port) as inbox,
        hook(500, 503) as receiver,
        Server(tmp_path / "data", durable_target, environment=settings | mail) as server,
    ):
        keys, bob = server.add_requester("Alice"), server.add_worker("Bob")
        alice = server.client(keys)
        made = []
        for number, (transport, destination) in enumerate(
            (("SQS", queue), ("SNS", topic), ("SNS", receiver.url), ("Email", "lab@example.org"))
        ):
            hit_type = alice.create_hit_type(
                **{name: value for name, value in terms(Title=f"Type {number}").items() if name in TYPE_MEMBERS}
            )["HITTypeId"]
            wanted = specification(transport, destination)
            alice.update_notification_settings(HITTypeId=hit_type, Notification=wanted)
            if destination != receiver.url:  # it fails at first, and a test is sent once
                alice.send_test_event_notification(Notification=wanted, TestEventType="Ping")
            rest = {name: value for name, value in terms().items() if name not in TYPE_MEMBERS}
            hit = alice.create_hit_with_hit_type(HITTypeId=hit_type, **rest | {"MaxAssignments": 1})["HIT"]
            made.append(hit)
        with server.worker(bob) as program:
            for hit in made:
                program.submit(program.accept(hit["HITGroupId"]), colour="red")
        by_queue = [json.loads(body) for body in received(sqs, queue, 3)]
        envelopes = [json.loads(body) for body in received(sqs, subscribed, 3)]
        receiver.wait_for(4)
        inbox.wait_for(3)
        by_topic = [json.loads(each["Message"]) for each in envelopes]
        by_hook = [json.loads(json.loads(body)["Message"]) for _, body in receiver.requests]
        assert kinds(by_queue) == kinds(by_topic) == ["AssignmentSubmitted", "HITReviewable", "Ping"]
        assert all(re.fullmatch(r"\d{13}", each["Subject"]) for each in envelopes)
        assert {each["EventDocId"] for each in by_hook} == {each["EventDocId"] for each in by_hook[-2:]}
        assert kinds(by_hook[-2:]) == ["AssignmentSubmitted", "HITReviewable"], "failed twice first, and then came"
        assert sorted(mail["Subject"] for mail in inbox.mails) == [
            "AssignmentSubmitted for HIT type Type 3",
            "HITReviewable for HIT type Type 3",
            "Ping for HIT type 00000000000000000000000000TEST",
        ]
        told = next(each for each in by_queue if each["Events"][0]["EventType"] == "HITReviewable")
        (event,) = told["Events"]
        assert list(told) == ["Events", "EventDocId", "SourceAccount", "CustomerId", "EventDocVersion"]
        assert (told["CustomerId"], told["SourceAccount"]) == (keys.requester_id, account_number(keys.requester_id))
        of_hit = ["HITGroupId", "EventType", "EventTimestamp", "HITId", "HITTypeId"]
        assert list(event) == of_hit
        assert [event[name] for name in ("HITGroupId", "HITId", "HITTypeId")] == [
            made[0][name] for name in ("HITGroupId", "HITId", "HITTypeId")
        ]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["EventTimestamp"])
        of_work = [*of_hit[:4], "AssignmentId", "WorkerId", "HITTypeId"]
        for number, documents in enumerate((by_queue, by_topic, by_hook)):
            (event,) = next(each for each in documents if kinds([each]) == ["AssignmentSubmitted"])["Events"]
            assert list(event) == of_work
            assert (event["WorkerId"], event["HITGroupId"]) == (bob.worker_id, made[number]["HITGroupId"])
        for documents in (by_queue, by_topic):
            (event,) = next(each for each in documents if kinds([each]) == ["Ping"])["Events"]
            assert list(event) == of_work
            assert (event["WorkerId"], event["HITGroupId"]) == ("A000000000TEST", "00000000000000000000000000TEST")
        mail = next(each for each in inbox.mails if each["Subject"].startswith("AssignmentSubmitted"))
        text = mail.get_content().replace("\r\n", "\n")
        names = [line.partition(": ")[0] for line in text.splitlines()]
        assert names == [
            *("HIT Group ID", "Event Type", "Event Time", "HIT ID", "Assignment ID", "Worker ID", "HIT Type ID"),
        ]
        assert f"Worker ID: {bob.worker_id}\n" in text
        assert httpx.get(f"{server.endpoint}/readyz").status_code == 200


TYPE_MEMBERS = {
    *("Title", "Description", "Keywords", "Reward", "AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds"),
}


def test_a_test_of_a_queue_that_is_not_there_fails_at_once(durable_target, tmp_path, amazon, settings):
    with Server(tmp_path / "data", durable_target, environment=settings) as server:
        alice = server.client(server.add_requester(), attempts=1)
        nowhere = specification("SQS", f"{amazon}/123456789012/nowhere")
        with pytest.raises(ClientError) as refusal:
            alice.send_test_event_notification(Notification=nowhere, TestEventType="Ping")
        assert refusal.value.response["Error"]["Code"] == "InternalFailure"
        assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        assert server.told("delivery", "list")["deliveries"] == [], "nothing is stored"


def test_kills_lose_nothing_and_repeats_are_marked_by_one_id(durable_target, tmp_path, settings):
    with hook(500, 500) as receiver, Server(tmp_path / "data", durable_target, environment=settings) as server:
        alice = server.client(server.add_requester())
        hit = alice.create_hit(**terms())["HIT"]
        alice.update_notification_settings(
            HITTypeId=hit["HITTypeId"], Notification=specification("SNS", receiver.url, "HITCreated")
        )
        made = []
        for _ in range(2):
            made += [alice.create_hit(**terms())["HIT"]["HITId"] for _ in range(20)]
            receiver.wait_for(len(receiver.requests) + 1)
            server.kill()
            server.start()
        until = time.monotonic() + 2 * SECONDS
        while server.told("delivery", "list")["deliveries"] and time.monotonic() < until:
            time.sleep(0.5)
        documents = [json.loads(body)["Message"] for _, body in receiver.requests]
    by_id: dict[str, set[str]] = {}
    for text in documents:
        by_id.setdefault(json.loads(text)["EventDocId"], set()).add(text)
    assert all(len(texts) == 1 for texts in by_id.values()), "a repeat is the same document"
    assert sorted(json.loads(text)["Events"][0]["HITId"] for texts in by_id.values() for text in texts) == sorted(made)


def test_two_servers_on_one_database_send_each_delivery_once(postgresql, tmp_path, settings):
    url = postgresql.fresh_database_url()
    shared = settings | {"KEMPELEN_SECRET_KEY": "ab" * 32}
    with (
        hook() as receiver,
        Server(tmp_path / "one", url, environment=shared) as server,
        Server(tmp_path / "two", url, environment=shared) as other,
    ):
        keys = server.add_requester()
        clients = [each.client(keys) for each in (server, other)]
        hit = clients[0].create_hit(**terms())["HIT"]
        clients[0].update_notification_settings(
            HITTypeId=hit["HITTypeId"], Notification=specification("SNS", receiver.url, "HITCreated")
        )
        made = [clients[number % 2].create_hit(**terms())["HIT"]["HITId"] for number in range(60)]
        receiver.wait_for(60)
        until = time.monotonic() + SECONDS
        while server.told("delivery", "list")["deliveries"] and time.monotonic() < until:
            time.sleep(0.5)
        told = [json.loads(json.loads(body)["Message"])["Events"][0]["HITId"] for _, body in receiver.requests]
    assert sorted(told) == sorted(made)
