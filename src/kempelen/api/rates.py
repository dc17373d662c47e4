"""Rates: how many requests per second an access key may send, in this process's memory, by the monotonic clock."""

import time
from collections.abc import Callable

KEYS_KEPT = 10_000


class Rates:
    """A bucket of tokens for each key: full at first, refilled evenly, one taken by each request."""

    def __init__(self, per_second: float, burst: int, steady: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = max(burst, 1)
        self._steady = steady
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when they were counted

    def admits(self, key: str) -> bool:
        """May this key send one more request now? If so, it is counted."""
        now = self._steady()
        tokens, counted_at = self._buckets.get(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._per_second)
        if tokens < 1:
            return False
        if len(self._buckets) >= KEYS_KEPT:
            self._forget(now)
        self._buckets[key] = (tokens - 1, now)
        return True

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again by now."""
        full_after = self._burst / self._per_second
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket[1] < full_after}
