"""Why a delivery has not arrived, in words for the operator."""


class Undelivered(Exception):
    """It has not arrived, as far as we know; `final` when it never will, and the far end is not to blame."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(" ".join(reason.split()))
        self.final = final


def said(error: BaseException) -> str:
    """What an error says, else what kind it is of."""
    return str(error) or type(error).__name__
