"""Stopping: a server that is asked to stop ends within a known time, whatever its threads do.

A graceful stop waits for requests, and then for every thread that answers one; a thread that never returns would keep
the process alive forever. What was acknowledged is on disk by then, so ending without waiting loses nothing.
"""

import os
import queue
import threading
import time
from collections.abc import Callable

import structlog

LOGGED_WITHIN = 1.0  # seconds; whoever should read the log may have stopped doing so

log = structlog.get_logger("kempelen.server")


def end_process() -> None:
    """End this process now, as one that stopped when it was ordered to: no thread is waited for."""
    os._exit(0)


class StopLimit:
    """Ends the process some seconds after the order to stop, unless it is lifted before."""

    def __init__(self, seconds: float, end: Callable[[], None] = end_process) -> None:
        self._seconds = seconds
        self._end = end
        self._orders: queue.SimpleQueue[bool] = queue.SimpleQueue()  # whose put a signal handler may call
        self._thread = threading.Thread(target=self._wait, name="stop limit", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """The order to stop has come; a second one gives no more time."""
        self._orders.put(True)

    def lift(self) -> None:
        """Everything has ended by itself."""
        self._orders.put(False)
        self._thread.join()

    def _wait(self) -> None:
        if not self._orders.get():
            return
        until = time.monotonic() + self._seconds
        while (left := until - time.monotonic()) > 0:
            try:
                if not self._orders.get(timeout=left):
                    return
            except queue.Empty:
                break
        writer = threading.Thread(target=self._log, name="stop limit log", daemon=True)
        writer.start()
        writer.join(LOGGED_WITHIN)
        self._end()

    def _log(self) -> None:
        log.error("The server did not stop in time and ends without waiting", seconds=self._seconds)
