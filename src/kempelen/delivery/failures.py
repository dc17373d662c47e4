"""Why a delivery has not arrived, in words for the operator."""


class Undelivered(Exception):
    """It has not arrived, as far as we know.

    `alone`: the far end works and has refused this delivery for now; `final`: this delivery never will arrive, and the
    far end is not to blame. Otherwise it is the far end that fails.
    """

    def __init__(self, reason: str, *, alone: bool = False, final: bool = False) -> None:
        super().__init__(" ".join(reason.split()))
        self.alone = alone or final
        self.final = final


def said(error: BaseException) -> str:
    """What an error says, else what kind it is of."""
    return str(error) or type(error).__name__
