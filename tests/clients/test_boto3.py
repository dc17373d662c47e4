"""boto3, the newest and the oldest that knows the endpoint variable, unmodified and over a socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.server import REGION, Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OPERATIONS = {  # of the main road: from asking to paying
    *("CreateHITType", "CreateHIT", "CreateHITWithHITType", "GetHIT", "ListHITs", "ListReviewableHITs"),
    *("CreateAdditionalAssignmentsForHIT", "UpdateExpirationForHIT", "UpdateHITReviewStatus", "UpdateHITTypeOfHIT"),
    *("DeleteHIT", "GetAssignment", "ListAssignmentsForHIT", "ApproveAssignment", "RejectAssignment", "SendBonus"),
    *("ListBonusPayments", "GetAccountBalance"),
}
PYTHONS = {"newest": Path(sys.executable), "1.28": ROOT / ".venv-boto3-1.28" / "bin" / "python"}


@pytest.mark.parametrize("endpoint", ["AWS_ENDPOINT_URL_MTURK", "ENDPOINT_URL"])
@pytest.mark.parametrize("version", PYTHONS)
def test_a_boto3_program_and_a_worker_get_work_done_and_paid(
    shared_server: Server, version: str, endpoint: str
) -> None:
    name = f"boto3-{version}-{endpoint}"
    keys = shared_server.add_requester(name)
    (worker,) = shared_server.add_workers(1, name)
    done = subprocess.run(
        [PYTHONS[version], ROOT / "tests" / "clients" / "boto3_program.py"],
        env={
            endpoint: shared_server.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true",
            "WORKER_SITE": shared_server.endpoint,
            "WORKER_TOKEN": worker.token,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    used = json.loads(done.stdout)
    assert used["endpoint"] == shared_server.endpoint
    assert set(used["operations"]) == OPERATIONS
    assert version == "newest" or used["boto3"].startswith("1.28.")
    assert shared_server.told("check") == {"ok": True, "problems": []}
