"""Why a delivery has not arrived, in words for the operator."""

import re

_ADDRESS = re.compile(r"<?(?<![^\s<>@:;,\"'])[^\s<>@:;,\"']+@[^\s<>:;,\"']+>?")


class Undelivered(Exception):
    """It has not arrived, as far as we know.

    `alone`: the far end works and has refused this delivery for now; `final`: this delivery never will arrive, and the
    far end is not to blame. Otherwise it is the far end that fails.

    The reason is logged and kept, so addresses of mail are taken out of it: mail servers repeat them.
    """

    def __init__(self, reason: str, *, alone: bool = False, final: bool = False) -> None:
        super().__init__(_ADDRESS.sub("the address", " ".join(reason.split())))
        self.alone = alone or final
        self.final = final


def said(error: BaseException) -> str:
    """What an error says, else what kind it is of."""
    return str(error) or type(error).__name__
