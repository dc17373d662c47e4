"""Checkpoints of SQLite's write-ahead log (WAL), off the commit path.

A commit appends to the WAL; a checkpoint copies it into the database file. SQLite would do that inside some unlucky
commit, which halves p99; here a thread with a connection of its own does. PASSIVE checkpoints disturb nobody, but under
steady load the WAL never comes to an end that way, so once it is large RESTART stops the writers for a moment and lets
it begin again.

SQLite up to 3.51.2 can corrupt a database when a checkpoint *starts* on a WAL that is already copied whole, in the very
moment a writer restarts it (https://sqlite.org/wal.html#walresetbug). So no connection of ours ever checkpoints in a
commit, only one process at a time checkpoints (it holds a lock file for as long as it runs), and a checkpoint only
starts when some transaction has begun and committed after the last one ended: then the WAL holds what is not copied.
"""

import fcntl
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

INTERVAL = 0.2  # seconds between two looks
MOST_FRAMES = 16_384  # 64 MiB of WAL; past it, RESTART
RESTART_PAUSE = 5.0  # seconds until RESTART is tried again when readers were in its way

_log = logging.getLogger("kempelen.store")


class Checkpoints:
    """The one who checkpoints for this process, if no other process does."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], lock_file: Path) -> None:
        self.turn = threading.Lock()  # held by a writer while it begins, and by us while writers must wait
        self.ended = 0  # how many checkpoints have come to an end
        self._began = -1  # of the transactions that have committed, the latest: how many had ended when it began
        self._frames = 0
        self._restart_not_before = 0.0
        self._connect = connect
        self._lock_file = lock_file
        self._lock: int | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_on, name="checkpoints", daemon=True)
        self._thread.start()

    def committed(self, began: int) -> None:
        """A transaction that wrote has committed; `ended` was `began` after it had begun."""
        self._began = max(self._began, began)

    def close(self) -> None:
        """Stop; whoever closes the database's last connection copies the rest."""
        self._stopping.set()
        self._thread.join()

    def _keep_on(self) -> None:
        connection = self._connect()
        try:
            while not self._stopping.wait(INTERVAL):
                if self._began == self.ended and self._is_ours():
                    self._checkpoint(connection)
        finally:
            connection.close()
            if self._lock is not None:
                os.close(self._lock)

    def _is_ours(self) -> bool:
        """Whether we checkpoint. Having just taken over, not before another transaction has begun and committed."""
        if self._lock is not None:
            return True
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            self._lock = descriptor
            self.ended += 1
        return False

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        try:
            if self._frames > MOST_FRAMES and time.monotonic() > self._restart_not_before:
                self._restart(connection)
            else:
                self._frames = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()[0][1]
        except sqlite3.Error:
            _log.exception("A checkpoint failed; it is tried again.")
        finally:
            self.ended += 1

    def _restart(self, connection: sqlite3.Connection) -> None:
        with self.turn:
            was_busy, self._frames, _ = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()[0]
        if was_busy:
            self._restart_not_before = time.monotonic() + RESTART_PAUSE
        else:
            self._frames = 0
