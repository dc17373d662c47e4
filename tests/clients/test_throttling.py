"""A program that asks too much is told so in the SDK's own terms, and each of boto3's ways to retry gets it through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.clients.hits import terms
from tests.clients.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Ten requests a second, two at once."""
    folder = tmp_path_factory.mktemp("throttled") / "data"
    with Server(folder, None, "--rate-per-second", "10", "--rate-burst", "2") as running:
        yield running


def test_too_much_is_a_throttling_exception_and_changes_nothing(throttled: Server) -> None:
    client = throttled.client(throttled.add_requester(), attempts=1)
    made, refused = 0, []
    while len(refused) < 3:
        try:
            client.create_hit(**terms())
            made += 1
        except ClientError as error:
            refused.append(error.response)
    for response in refused:
        assert response["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert response["ResponseMetadata"]["RequestId"]
    patient = throttled.client(throttled.add_requester("Other"), attempts=1)
    assert patient.get_account_balance(), "another key has a rate of its own"
    assert throttled.told("requester", "list")["requesters"][0]["on_hold"] == f"{0.06 * made:.2f}"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_each_of_boto3s_retry_modes_gets_through(throttled: Server, mode: str) -> None:
    keys = throttled.add_requester(mode)
    client = throttled.client(keys, attempts=10, mode=mode)
    retried = sum(
        client.create_hit(**terms(RequesterAnnotation=str(number)))["ResponseMetadata"]["RetryAttempts"]
        for number in range(12)
    )
    pages = client.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 2})
    made = [hit["RequesterAnnotation"] for page in pages for hit in page["HITs"]]
    assert sorted(made, key=int) == [str(number) for number in range(12)], "each once"
    assert retried > 0, "it was throttled on the way"
