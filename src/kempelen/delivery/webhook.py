"""Webhooks: a document posted to an address of the Requester's own, signed, and never to a machine of our network.

The body is the envelope in which SNS posts to HTTPS. `Kempelen-Signature` is `v1=` and the HMAC-SHA256, in hexadecimal,
of the timestamp, a full stop and the body, under the Requester's secret; while a former secret still counts there are
two, with a comma between. Names are resolved once, and only what was looked at is connected to; redirects are answers
like others that are not 2xx. Source: docs/notifications.md.
"""

import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

from kempelen.core.rules import destinations
from kempelen.core.wire import event_documents
from kempelen.delivery.failures import Undelivered, message_of
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.foundation.outbox import Delivery

STEP_SECONDS = 10.0  # to connect, and between two bytes
WHOLE_SECONDS = 20.0  # for all of it, the name's resolution too
AGENT = "Kempelen"


class Webhook:
    """One address to post to."""

    def __init__(self, url: str, secrets: Sequence[str], *, allow_private: bool) -> None:
        self._url = urlsplit(url)
        self._secrets = secrets
        self._allow_private = allow_private

    def post(self, delivery: Delivery, document: str) -> None:
        """Post it, and take any answer of 2xx as taken; Undelivered otherwise."""
        assert delivery.requester_id is not None
        body = event_documents.envelope(
            document,
            delivery_id=delivery.delivery_id,
            requester_id=delivery.requester_id,
            at=delivery.happened_at,
        ).encode()
        timestamp = str(int(SystemClock().now().timestamp()))
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": AGENT,
            "Connection": "close",
            "x-amz-sns-message-type": "Notification",
            "x-amz-sns-message-id": event_documents.message_id(delivery.delivery_id),
            "x-amz-sns-topic-arn": event_documents.topic_of(delivery.requester_id),
            "Kempelen-Event-Doc-Id": event_documents.document_id(delivery.delivery_id),
            "Kempelen-Timestamp": timestamp,
            "Kempelen-Signature": signature(self._secrets, timestamp, body),
        }
        try:
            status = self._exchange(body, headers)
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise Undelivered(f"{self._url.hostname}: {message_of(error)}") from error
        if not 200 <= status < 300:
            raise Undelivered(f"{self._url.hostname} answered {status}.")

    def _exchange(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; nothing else of it is read."""
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        with self._connected() as connection:
            connection.request("POST", target, body, headers)
            return connection.getresponse().status

    @contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """A connection to an address that was looked at; name, connection and all are cut when it takes too long."""
        deadline = _Deadline(WHOLE_SECONDS)
        host, secure = self._url.hostname or "", self._url.scheme == "https"
        port = self._url.port or (443 if secure else 80)
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        with closing(kind(host, port, timeout=STEP_SECONDS)) as connection:
            connection.sock = _first_to_answer(self._addresses(host, port, deadline), deadline)
            connection.sock.settimeout(STEP_SECONDS)
            watch = threading.Timer(deadline.left(), _cut, [connection])
            watch.daemon = True
            watch.start()
            try:
                if secure:
                    context = ssl.create_default_context()
                    secured = context.wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
                    connection.sock = secured
                    secured.do_handshake()
                yield connection
            finally:
                watch.cancel()

    def _addresses(self, host: str, port: int, deadline: "_Deadline") -> list[tuple[str, int]]:
        """Where the name leads; Undelivered if any of it is a place that is not open to the world."""
        addresses = _resolved(host, port, deadline)
        for address in addresses:
            if not self._allow_private and not destinations.is_public(address):
                raise Undelivered(
                    f"{host} leads to {address}, which is not open to the world. "
                    "KEMPELEN_ALLOW_PRIVATE_DESTINATIONS allows such addresses."
                )
        return [(address, port) for address in addresses]


class _Deadline:
    """When all of it must be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        """How many seconds are left; TimeoutError when none are."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"It took longer than {self._seconds:g} seconds.")
        return left


def _resolved(host: str, port: int, deadline: _Deadline) -> list[str]:
    """The IP addresses of a name. The system's resolver cannot be hurried: it is left alone when it takes too long."""
    answer: Future[list[str]] = Future()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(sockaddr[0]) for *_, sockaddr in found])
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=resolve, name="delivery-name", daemon=True).start()
    try:
        return answer.result(deadline.left())
    except TimeoutError:
        raise TimeoutError("Its name was not resolved in time.") from None


def _first_to_answer(addresses: Sequence[tuple[str, int]], deadline: _Deadline) -> socket.socket:
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return socket.create_connection(address, min(STEP_SECONDS, deadline.left()))
    return socket.create_connection(last, min(STEP_SECONDS, deadline.left()))


def signature(secrets: Sequence[str], timestamp: str, body: bytes) -> str:
    """What a receiver compares with its own; one for each secret that counts."""
    message = timestamp.encode() + b"." + body
    return ",".join(f"v1={hmac.digest(secret.encode(), message, 'sha256').hex()}" for secret in secrets)


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):  # it has ended by itself
        connection.sock.shutdown(socket.SHUT_RDWR)
