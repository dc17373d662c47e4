"""SQS and SNS: Amazon's, or compatible services at an address in the settings.

Credentials come from the settings, otherwise from where Amazon's SDKs look: environment, profile, instance role. A
Requester never chooses the address of the service: a queue's URL and a topic's ARN only name what is asked for there.
"""

import threading
from importlib import import_module
from typing import Any

from kempelen.config import Config
from kempelen.core.rules import destinations
from kempelen.core.wire import event_documents
from kempelen.delivery.failures import Undelivered, message_of
from kempelen.market.foundation.outbox import Delivery

CONNECT_SECONDS, READ_SECONDS = 5, 10


class Amazon:
    """Clients of the two services, each made when it is first needed; SDK and credentials are only then looked for."""

    def __init__(self, config: Config) -> None:
        self._endpoints = {"sqs": config.sqs_url or None, "sns": config.sns_url or None}
        self._region = config.aws_region
        self._keys = (config.aws_access_key_id or None, config.aws_secret_access_key or None)
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def send_to_queue(self, url: str, delivery: Delivery, document: str) -> None:
        """One message; its body is the document."""
        region = destinations.queue_region(url)
        if region is None and self._endpoints["sqs"] is None:
            raise Undelivered("This is no queue of Amazon's, and no other SQS is set (KEMPELEN_SQS_URL).")
        ordered = _in_order(delivery) if url.endswith(".fifo") else {}
        self._ask("sqs", region or self._region, "send_message", QueueUrl=url, MessageBody=document, **ordered)

    def publish(self, arn: str, delivery: Delivery, document: str) -> None:
        """One message; its text is the document, its subject the time. Source: docs/mturk/notifications.md 3.2."""
        ordered = _in_order(delivery) if arn.endswith(".fifo") else {}
        self._ask(
            "sns",
            arn.split(":")[3],
            "publish",
            TopicArn=arn,
            Message=document,
            Subject=event_documents.subject(delivery.happened_at),
            **ordered,
        )

    def _ask(self, service: str, region: str, operation: str, **members: str) -> None:
        try:
            getattr(self._client(service, region), operation)(**members)
        except Exception as error:  # what an SDK raises is a family without a common parent
            raise Undelivered(f"{service.upper()}: {message_of(error)}") from error

    def _client(self, service: str, region: str) -> Any:
        with self._making:
            key = (service, region)
            if key not in self._clients:
                access_key_id, secret = self._keys
                session = import_module("botocore.session").get_session()
                self._clients[key] = session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoints[service],
                    aws_access_key_id=access_key_id,
                    aws_secret_access_key=secret,
                    config=import_module("botocore.config").Config(
                        connect_timeout=CONNECT_SECONDS,
                        read_timeout=READ_SECONDS,
                        retries={"total_max_attempts": 1},  # we try again ourselves, and remember it
                    ),
                )
            return self._clients[key]


def _in_order(delivery: Delivery) -> dict[str, str]:
    """What queues and topics that keep an order want to know."""
    return {
        "MessageGroupId": delivery.hit_type_id or "",
        "MessageDeduplicationId": event_documents.document_id(delivery.delivery_id),
    }
