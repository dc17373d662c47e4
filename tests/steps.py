"""How many steps something takes: the lines of Python that are run, which are the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def steps(act: Callable[[Any], object], given: object) -> int:
    """The number of lines that are run while `act` reads what is given."""
    count = 0

    def run(*_: object) -> Any:
        nonlocal count
        count += 1
        return run

    before = sys.gettrace()
    sys.settrace(run)
    try:
        act(given)
    finally:
        sys.settrace(before)
    return count


def grows_evenly(measure: Callable[[int], int], sizes: tuple[int, int, int]) -> bool:
    """Does a doubled input take about twice the steps? Of sizes that double, the second step up is twice the first."""
    measure(sizes[0] // 2)  # what Python does the first time only
    small, middle, large = (measure(size) for size in sizes)
    return large - middle <= 2.5 * max(middle - small, 1) + 200
