"""Webhooks: signed, to the open internet alone, and never kept waiting."""

import hashlib
import hmac
import json
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from kempelen.delivery import webhook
from kempelen.delivery.failures import Undelivered
from kempelen.delivery.webhook import Webhook
from kempelen.market.foundation import webhook_secrets
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import EPOCH
from kempelen.market.foundation.outbox import Delivery
from tests.delivery.receivers import hook
from tests.delivery.test_sender import subscribe
from tests.market.work import HOURS, new_hit

DELIVERY = Delivery(
    delivery_id="3D", kind="HITCreated", happened_at=EPOCH, requester_id="A1", hit_type_id="3T", hit_id="3H"
)


def post(url, *secrets, allow_private=True):
    Webhook(url, secrets or ["s"], allow_private=allow_private).post(DELIVERY, "{}")


def test_a_receiver_can_prove_who_sent_it(market, alice, new_sender, real_clock):
    with hook() as receiver:
        subscribe(market, alice, receiver.url)
        new_hit(market, alice)
        new_sender().send_due()
        ((headers, body),) = receiver.requests
    secret, *_ = market.perform(OPERATOR, webhook_secrets.signing_secrets, requester_id=alice, at=real_clock.now())
    timestamp = headers["Kempelen-Timestamp"]
    expected = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Kempelen-Signature"] == f"v1={expected}"
    assert abs(int(timestamp) - time.time()) < 600, "real time, not the market's"
    assert headers["path"] == "/hook?key=1"
    envelope = json.loads(body)
    assert headers["x-amz-sns-message-type"] == envelope["Type"] == "Notification"
    assert headers["x-amz-sns-message-id"] == envelope["MessageId"]
    assert headers["Kempelen-Event-Doc-Id"] == json.loads(envelope["Message"])["EventDocId"]


def test_a_changed_secret_signs_beside_the_former_one_for_a_day(market, alice, new_sender, real_clock):
    def signed():
        new_hit(market, alice)
        new_sender().send_due()
        headers, body = receiver.requests[-1]
        return [
            webhook.signature([secret], headers["Kempelen-Timestamp"], body) in headers["Kempelen-Signature"].split(",")
            for secret in (former, secret)
        ]

    (former,) = market.perform(OPERATOR, webhook_secrets.signing_secrets, requester_id=alice, at=real_clock.now())
    secret = market.perform(OPERATOR, webhook_secrets.change_webhook_secret, requester_id=alice, at=real_clock.now())
    with hook() as receiver:
        subscribe(market, alice, receiver.url)
        assert signed() == [True, True]
        real_clock.advance(seconds=24 * HOURS)
        assert signed() == [False, True]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_nothing_is_sent_to_this_machine_unless_that_is_allowed(host):
    with hook() as receiver:
        with pytest.raises(Undelivered, match="not open to the world"):
            post(f"http://{host}:{receiver.port}/", allow_private=False)
        assert receiver.requests == []
        post(f"http://127.0.0.1:{receiver.port}/")
        assert len(receiver.requests) == 1


def test_a_redirect_is_not_followed():
    with hook() as target, hook(302, headers={"Location": f"http://127.0.0.1:{target.port}/"}) as receiver:
        with pytest.raises(Undelivered, match=r"127\.0\.0\.1 answered 302"):
            post(receiver.url)
        assert target.requests == []


@pytest.mark.parametrize("status", [199, 300, 400, 404, 410, 500])
def test_only_answers_of_2xx_are_taken_as_taken(status):
    with hook(status, 204) as receiver:
        with pytest.raises(Undelivered):
            post(receiver.url)
        post(receiver.url)


@contextmanager
def talker(*says):
    """Somebody at a port who reads nothing and says this, again and again until the other hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk():
            connection, _ = listener.accept()
            with connection:
                try:
                    while True:
                        for said, pause in says:
                            connection.sendall(said)
                            time.sleep(pause)
                except OSError:
                    pass

        threading.Thread(target=talk, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.slow
@pytest.mark.parametrize(
    "says", [(b"H", 0.01), (b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), (b"", 0.01), (b"x" * 70_000, 0)]
)
def test_whoever_answers_badly_or_never_ends_is_cut_off(monkeypatch, says):
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.3)
    monkeypatch.setattr(webhook, "STEP_SECONDS", 0.2)
    with talker(says) as url, pytest.raises(Undelivered):
        post(url)


@contextmanager
def nobody_answers():
    """A port of this machine that is full: who connects to it hears neither yes nor no."""
    with socket.socket() as listener, ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_name_that_leads_to_many_places_where_nobody_answers_takes_no_longer(monkeypatch):
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.3)
    monkeypatch.setattr(webhook, "STEP_SECONDS", 0.2)
    tried, connect, resolve = [], socket.create_connection, socket.getaddrinfo

    def connected(address, timeout):
        tried.append(timeout)
        return connect(address, timeout)

    def resolved(host, port, *arguments, **options):
        if host != "lab.example.org":
            return resolve(host, port, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] * 50

    monkeypatch.setattr(socket, "create_connection", connected)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with nobody_answers() as port, pytest.raises(Undelivered, match="lab.example.org: It took longer than"):
        post(f"http://lab.example.org:{port}/")
    assert 0 < sum(tried) <= 0.3


def test_a_name_that_is_not_resolved_in_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(webhook, "WHOLE_SECONDS", 0.1)
    asked, given_up = threading.Event(), threading.Event()

    def resolve(host, port, **_):
        asked.set()
        given_up.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with hook() as receiver:
        with pytest.raises(Undelivered, match="lab.example.org: Its name was not resolved in time"):
            post(f"http://lab.example.org:{receiver.port}/")
        assert asked.is_set()
        given_up.set()
        assert receiver.requests == []


def test_an_answers_body_is_not_waited_for():
    with talker((b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000, 0.001)) as url:
        post(url)


@pytest.mark.parametrize("url", ["https://nobody.invalid/", "https://" + "a" * 64 + ".example/", "http://[::1]:1/"])
def test_a_name_that_leads_nowhere_is_told(url):
    with pytest.raises(Undelivered):
        post(url)


def test_https_needs_a_certificate_that_is_good():
    with hook() as receiver, pytest.raises(Undelivered, match="127.0.0.1"):
        post(f"https://127.0.0.1:{receiver.port}/")
