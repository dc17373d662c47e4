"""What something costs, to be compared with what something else costs in the same run; never with a clock."""

from __future__ import annotations

import time
from collections.abc import Callable


def cost(act: Callable[[], object]) -> float:
    """The least processor time of three calls, in seconds."""
    return min(_once(act) for _ in range(3))


def _once(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began
