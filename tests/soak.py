"""How much is done where a test repeats itself: little in `make test`, much in `make soak`."""

from __future__ import annotations

import os

SOAKS = os.environ.get("KEMPELEN_SOAK") == "yes"


def rounds(few: int, many: int) -> int:
    """So many rounds: few of them, or in a soak test many."""
    return many if SOAKS else few
