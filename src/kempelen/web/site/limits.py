"""Limiter: how often an address or an account may try something, in this process's memory, by the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable

_KEYS_KEPT = 50_000


class Limiter:
    """Lets each key act `count` times at once, and then again as time refills: `count` in `seconds`."""

    def __init__(self, count: int, seconds: float, steady: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._pace = seconds / count
        self._steady = steady
        self._free_at: dict[str, float] = {}  # when the key's last attempt is forgotten

    def admits(self, key: str) -> bool:
        """May this key act now? If so, the attempt is counted."""
        now = self._steady()
        free_at = max(self._free_at.get(key, now), now) + self._pace
        if free_at - now > self._pace * self._count + 1e-9:
            return False
        if len(self._free_at) >= _KEYS_KEPT:
            self._forget(now)
        self._free_at[key] = free_at
        return True

    def reset(self, key: str) -> None:
        """Forget this key's attempts, as after one that succeeded."""
        self._free_at.pop(key, None)

    def _forget(self, now: float) -> None:
        self._free_at = {key: free_at for key, free_at in self._free_at.items() if free_at > now}
