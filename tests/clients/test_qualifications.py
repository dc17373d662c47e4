"""The life of a qualification: through boto3, newest and old, through the aws command, and with a Worker's browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.hits import ANSWER_KEY, TEST, terms
from tests.clients.server import REGION, Keys, Refused, Server, SignIn
from tests.clients.test_boto3 import PYTHONS, ROOT

pytestmark = pytest.mark.slow

OPERATIONS = {  # all that there are about qualifications and blocks, and CreateHIT, which asks for them
    *("CreateQualificationType", "GetQualificationType", "UpdateQualificationType", "DeleteQualificationType"),
    *("ListQualificationTypes", "ListHITsForQualificationType", "ListWorkersWithQualificationType"),
    *("AssociateQualificationWithWorker", "DisassociateQualificationFromWorker", "GetQualificationScore"),
    *("ListQualificationRequests", "AcceptQualificationRequest", "RejectQualificationRequest"),
    *("CreateWorkerBlock", "DeleteWorkerBlock", "ListWorkerBlocks", "CreateHIT"),
}
AWS = ROOT / ".venv-awscli" / "bin" / "aws"


def environment(server: Server, keys: Keys) -> dict[str, str]:
    """What a program that uses an AWS SDK finds in its environment."""
    return {
        "AWS_ENDPOINT_URL_MTURK": server.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.parametrize("version", PYTHONS)
def test_a_boto3_program_and_workers_lead_qualifications_from_first_to_last(
    shared_server: Server, version: str
) -> None:
    keys = shared_server.add_requester(f"quals-{version}")
    worker, other = shared_server.add_workers(2, f"quals-{version}")
    done = subprocess.run(
        [PYTHONS[version], ROOT / "tests" / "clients" / "boto3_qualifications.py"],
        env={
            **environment(shared_server, keys),
            "WORKER_SITE": shared_server.endpoint,
            "WORKER_ID": worker.worker_id,
            "WORKER_TOKEN": worker.token,
            "OTHER_WORKER_ID": other.worker_id,
            "OTHER_WORKER_TOKEN": other.token,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    used = json.loads(done.stdout)
    assert set(used["operations"]) == OPERATIONS
    assert version == "newest" or used["boto3"].startswith("1.28.")
    assert shared_server.told("check") == {"ok": True, "problems": []}


class AWSCommand:
    """`aws mturk …` as a Requester types it."""

    def __init__(self, server: Server, keys: Keys) -> None:
        self.environment = {**environment(server, keys), "HOME": str(server.folder), "AWS_PAGER": ""}

    def __call__(self, command: str, **members: Any) -> dict[str, Any]:
        """What it prints; members that are True or False are the flags `--name` and `--no-name`."""
        done = self.run(command, members)
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout or "{}")
        return told

    def refused(self, command: str, **members: Any) -> str:
        """What it says when it is refused."""
        done = self.run(command, members)
        assert done.returncode in (254, 255), (done.returncode, done.stdout)
        return done.stderr

    def run(self, command: str, members: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        arguments = []
        for name, value in members.items():
            flag = name.replace("_", "-")
            if isinstance(value, bool):
                arguments += [f"--{flag}" if value else f"--no-{flag}"]
            else:
                arguments += [f"--{flag}", value if isinstance(value, str) else json.dumps(value)]
        return subprocess.run(
            [AWS, "mturk", command, *arguments, "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )


def test_the_aws_command_leads_a_qualification_from_first_to_last(tmp_path: Path) -> None:
    """On SQLite alone: what the command sends is the same, whatever keeps it."""
    with Server(tmp_path / "data") as server:
        keys = server.add_requester()
        bob, dora = server.add_workers(2)
        aws = AWSCommand(server, keys)
        form, key = tmp_path / "test.xml", tmp_path / "key.xml"
        form.write_text(TEST)
        key.write_text(ANSWER_KEY)

        made = aws(
            "create-qualification-type",
            name="Knows mugs",
            description="One question.",
            qualification_type_status="Active",
            test=f"file://{form}",
            answer_key=f"file://{key}",
            test_duration_in_seconds=60,
        )["QualificationType"]
        assert (made["Test"], made["AnswerKey"]) == (TEST, ANSWER_KEY)
        type_id = made["QualificationTypeId"]
        text = aws.refused(
            "create-qualification-type", name="Knows mugs", description="x", qualification_type_status="Active"
        )
        assert "You have already created a QualificationType with this name." in text
        (listed,) = aws("list-qualification-types", must_be_requestable=True, must_be_owned_by_caller=True)[
            "QualificationTypes"
        ]
        assert listed == made

        asked = {"QualificationTypeId": type_id, "Comparator": "GreaterThan", "IntegerValues": [5]}
        wanted = {snake(name): str(value) for name, value in terms().items() if name != "Reward"}
        hit = aws("create-hit", **wanted, reward="0.05", qualification_requirements=[asked])["HIT"]
        (found,) = aws("list-hits-for-qualification-type", qualification_type_id=type_id)["HITs"]
        assert found["HITId"] == hit["HITId"]

        with server.worker(bob) as program:
            with pytest.raises(Refused, match="you do not meet those Qualifications"):
                program.accept(hit["HITGroupId"])
            request = program.request(type_id)
            program.submit_test(request, {"answer-1": "1"})
            program.give_back(program.accept(hit["HITGroupId"]))
        score = aws("get-qualification-score", qualification_type_id=type_id, worker_id=bob.worker_id)
        assert (score["Qualification"]["IntegerValue"], score["Qualification"]["Status"]) == (10, "Granted")

        about = {"qualification_type_id": type_id, "worker_id": dora.worker_id}
        assert aws("associate-qualification-with-worker", **about, integer_value=6, send_notification=False) == {}
        held = aws("list-workers-with-qualification-type", qualification_type_id=type_id)["Qualifications"]
        assert {each["WorkerId"]: each["IntegerValue"] for each in held} == {bob.worker_id: 10, dora.worker_id: 6}
        assert aws("disassociate-qualification-from-worker", **about, reason="A mistake.") == {}
        revoked = aws("list-workers-with-qualification-type", qualification_type_id=type_id, status="Revoked")
        assert [each["WorkerId"] for each in revoked["Qualifications"]] == [dora.worker_id]

        aws("update-qualification-type", qualification_type_id=type_id, test=f"file://{form}",
            test_duration_in_seconds=60, retry_delay_in_seconds=0)  # fmt: skip
        decide_by_hand(aws, server, type_id, bob)
        assert aws("create-worker-block", worker_id=bob.worker_id, reason="Too fast.") == {}
        assert [each["Reason"] for each in aws("list-worker-blocks")["WorkerBlocks"]] == ["Too fast."]
        assert aws("delete-worker-block", worker_id=bob.worker_id) == {}
        assert aws("delete-qualification-type", qualification_type_id=type_id) == {}
        assert aws("get-qualification-type", qualification_type_id=type_id)["QualificationType"][
            "QualificationTypeStatus"
        ] == ("Inactive")
        assert server.told("check") == {"ok": True, "problems": []}


def decide_by_hand(aws: AWSCommand, server: Server, type_id: str, worker: SignIn) -> None:
    """The test has no key any more: what is handed in waits, and is accepted or rejected."""
    for decision, members in (("reject", {"reason": "Look again."}), ("accept", {"integer_value": 8})):
        with server.worker(worker) as program:
            program.submit_test(program.request(type_id), {"answer-1": "2"})
        (request,) = aws("list-qualification-requests", qualification_type_id=type_id)["QualificationRequests"]
        assert "<SelectionIdentifier>red</SelectionIdentifier>" in request["Answer"]
        asked = {"qualification_request_id": request["QualificationRequestId"], **members}
        assert aws(f"{decision}-qualification-request", **asked) == {}
        text = aws.refused(f"{decision}-qualification-request", **asked)
        assert "This operation can be called with a status of: Submitted" in text
    score = aws("get-qualification-score", qualification_type_id=type_id, worker_id=worker.worker_id)
    assert score["Qualification"]["IntegerValue"] == 8


def snake(name: str) -> str:
    """A member's name as an option's: MaxAssignments is max_assignments."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
