"""Delivery failures: why a delivery has not arrived, in a sentence for the operator."""

import re

_ADDRESS = re.compile(r"<?(?<![^\s<>@:;,\"'])[^\s<>@:;,\"']+@[^\s<>:;,\"']+>?")


class Undelivered(Exception):
    """It has not arrived, as far as we know.

    `alone`: the destination works and refuses this delivery for now. `final`: this delivery will never arrive, and the
    destination is not to blame. Otherwise the destination itself fails.

    The reason is logged and kept, so addresses of mail are taken out of it: mail servers repeat them.
    """

    def __init__(self, reason: str, *, alone: bool = False, final: bool = False) -> None:
        super().__init__(_ADDRESS.sub("the address", " ".join(reason.split())))
        self.alone = alone or final
        self.final = final


def message_of(error: BaseException) -> str:
    """What an error says, else what kind it is of."""
    return str(error) or type(error).__name__
