"""`kempelen delivery …` and the webhook's secret: what an operator sees of what has not arrived."""

import os

from kempelen import config
from kempelen.core.wire.event_documents import NotificationSpecification
from kempelen.market.foundation import deliveries
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.messaging import notifications
from kempelen.opening import open_market
from tests.api.test_cli import add_requester, folder, refused, run, told
from tests.market.work import new_hit

__all__ = ["folder"]


def opened():
    """The market that the commands find."""
    return open_market(config.read(os.environ))


def make_deliveries(many=2):
    requester = add_requester("Lab", "--deposit", "100.00")["requester_id"]
    market = opened()
    hit = new_hit(market, requester)
    wanted = NotificationSpecification(
        destination="https://lab.example.org/hook", transport="SNS", version="2014-08-15", event_types=["HITCreated"]
    )
    market.perform(
        requester, notifications.update_notification_settings, hit_type_id=hit.hit_type_id, notification=wanted
    )
    for _ in range(many):
        new_hit(market, requester)
    return market


def give_up(market):
    now = SystemClock().now()
    for state in market.perform(MARKET, deliveries.list_deliveries):
        market.perform(
            MARKET,
            deliveries.record_failure,
            delivery_id=state.delivery_id,
            error="It answered 410.",
            at=now,
            again_at=None,
            destination_again_at=None,
        )


def test_what_has_not_arrived_is_listed_with_its_last_error(folder):
    add_requester("Other")
    assert "Everything has arrived." in run("delivery", "list")
    market = make_deliveries()
    assert run("delivery", "list").count("Waiting  HITCreated  Webhook https://lab.example.org/hook  0 attempts") == 2
    give_up(market)
    market.close()
    assert run("delivery", "list", "--status", "Dead").count("1 attempt: It answered 410.") == 2
    assert "There are none." in run("delivery", "list", "--status", "Sent")
    (first, _) = told("delivery", "list")["deliveries"]
    assert (first["status"], first["kind"], first["due_at"]) == ("Dead", "HITCreated", None)
    assert len(told("delivery", "list", "--most", "1")["deliveries"]) == 1


def test_dead_deliveries_are_tried_again_one_or_all(folder):
    market = make_deliveries(many=3)
    give_up(market)
    market.close()
    one = told("delivery", "list")["deliveries"][0]["delivery_id"]
    assert told("delivery", "retry", one) == {"retried": 1}
    assert "2 will be tried again." in run("delivery", "retry", "--all-dead")
    assert {each["status"] for each in told("delivery", "list")["deliveries"]} == {"Waiting"}
    assert "There is no delivery 3NOBODY that waits or is dead." in refused("delivery", "retry", "3NOBODY")
    assert "--all-dead" in refused("delivery", "retry", exit_code=2)


def test_a_requesters_webhook_secret_is_told_and_changed(folder):
    add_requester("Lab")
    first = told("requester", "webhook-secret", "Lab")["secret"]
    assert first in run("requester", "webhook-secret", "Lab")
    second = told("requester", "webhook-secret", "Lab", "--change")["secret"]
    assert second != first
    assert told("requester", "webhook-secret", "Lab")["secret"] == second
