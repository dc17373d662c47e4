"""Channels: how a delivery reaches each kind of destination, by the settings of this server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kempelen.config import Config
from kempelen.core.wire import event_documents
from kempelen.delivery.amazon import Amazon
from kempelen.delivery.failures import Undelivered
from kempelen.delivery.mail import Post
from kempelen.delivery.webhook import Webhook
from kempelen.market.foundation import mail_contents
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.outbox import Delivery, Destination
from kempelen.market.market import Market

__all__ = ["Channels", "Undelivered"]

Send = Callable[[Delivery], None]


class Channels:
    """All ways out; safe to use from many threads."""

    def __init__(self, market: Market, config: Config) -> None:
        self._market = market
        self._amazon = Amazon(config)
        self._post = Post(config)
        self._allow_private = config.allow_private_destinations

    @contextmanager
    def opened(self, destination: Destination) -> Iterator[Send]:
        """What sends a delivery to this destination; it raises Undelivered when that has not arrived."""
        if destination.channel == "Mail":
            with self._post.opened() as hand_in:
                yield lambda delivery: hand_in(delivery, self._letter(delivery))
        elif destination.channel == "Webhook":
            webhook = Webhook(destination.address, destination.secrets, allow_private=self._allow_private)
            yield lambda delivery: webhook.post(delivery, _document(delivery))
        elif destination.channel == "SQS":
            yield lambda delivery: self._amazon.send_to_queue(destination.address, delivery, _document(delivery))
        else:
            yield lambda delivery: self._amazon.publish(destination.address, delivery, _document(delivery))

    def _letter(self, delivery: Delivery) -> mail_contents.Letter:
        """The contents of a mail; a test has them in itself, since it is in no table."""
        letter = self._market.perform(MARKET, mail_contents.get_letter, delivery_id=delivery.delivery_id)
        if letter is None and delivery.address is not None:
            return mail_contents.letter_of(delivery, delivery.address)
        if letter is None:
            raise Undelivered("Whoever this was for is gone.", final=True)
        return letter


def _document(delivery: Delivery) -> str:
    assert delivery.requester_id is not None
    return event_documents.document(
        delivery.event, delivery_id=delivery.delivery_id, requester_id=delivery.requester_id
    )
