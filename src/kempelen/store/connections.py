"""A pool of connections of one kind, the one used last first, and the one transaction each is lent for."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from kempelen.store.failures import DatabaseUnavailable, Disconnected

_TRIES = 3


class Session(Protocol):
    """A connection that performs one transaction after the other."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> bool:
        """Give the transaction up; whether the connection is fit for another."""

    def close(self) -> None: ...


S = TypeVar("S", bound=Session)


class Connections(Generic[S]):
    """Connections lent to one thread at a time, `most` at once; kept open between uses."""

    def __init__(self, connect: Callable[[], S], *, most: int, timeout: float) -> None:
        self._connect = connect
        self._idle: list[S] = []
        self._free = threading.Semaphore(most)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[S]:
        """A connection in a transaction: committed at the end of the block, rolled back by an exception."""
        session = self._begun()
        fit = False
        try:
            yield session
            session.commit()
            fit = True
        except BaseException:
            fit = session.rollback()
            raise
        finally:
            self._give_back(session, fit)

    def close(self) -> None:
        """Close all that idle; those still lent are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _begun(self) -> S:
        """A connection that has begun a transaction; one that died while it idled is replaced."""
        for attempt in range(1, _TRIES + 1):
            session = self._borrow()
            try:
                session.begin()
            except BaseException as error:
                self._give_back(session, False)
                if isinstance(error, Disconnected) and attempt < _TRIES:
                    continue
                raise
            return session
        raise AssertionError("the last attempt returns or raises")

    def _borrow(self) -> S:
        if not self._free.acquire(timeout=self._timeout):
            raise DatabaseUnavailable(f"No connection to the database came free within {self._timeout:.0f} seconds.")
        try:
            with self._lock:
                if self._closed:
                    raise DatabaseUnavailable("The database has been closed.")
                if self._idle:
                    return self._idle.pop()
            return self._connect()
        except BaseException:
            self._free.release()
            raise

    def _give_back(self, session: S, fit: bool) -> None:
        """Keep the connection for the next borrower, or close it, and with it those that idle: they are suspect too."""
        with self._lock:
            if fit and not self._closed:
                self._idle.append(session)
                closing = []
            else:
                closing, self._idle = [session, *self._idle], []
        for each in closing:
            each.close()
        self._free.release()
