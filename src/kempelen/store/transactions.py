"""What code may do in a database: a Transaction; and what a lane uses: a Writer."""

from typing import Protocol

from kempelen.store.values import Row, Value


class Transaction(Protocol):
    """One transaction. SQL is one text for both databases; values are `:name` parameters.

    After a statement has failed, the transaction (in a lane: the job) cannot succeed any more, even where the failure
    is caught: every further statement, and the end, raises that failure again.
    """

    remembered: dict[str, int]  # what its functions want to know again before it ends; empty when it begins

    def one(self, sql: str, /, **values: Value) -> Row | None:
        """The statement's only row, or None; two rows are our own fault."""

    def all(self, sql: str, /, **values: Value) -> list[Row]:
        """All rows of the statement."""

    def run(self, sql: str, /, **values: Value) -> int:
        """Run a statement for what it does; how many rows it changed."""

    def lock(self, name: str, /) -> None:
        """Wait until nobody else holds or shares the lock of this name, and hold it until the transaction ends."""

    def share(self, name: str, /) -> None:
        """Wait until nobody else holds the lock of this name, and share it until the transaction ends."""


class Redefinition(Transaction, Protocol):
    """A transaction that may change the schema."""

    def define(self, statement: str) -> None:
        """Run one statement of a migration."""


class Writer(Transaction, Protocol):
    """A write connection: one transaction after the other, each with jobs that can be undone one by one.

    Every method may raise TransactionLost: then the transaction is lost, and after Disconnected or CommitUnknown the
    connection too.
    """

    jobs_at_most: int  # per transaction

    def begin(self) -> None:
        """Begin a transaction that may write; Conflict when somebody else keeps the database locked."""

    def savepoint(self) -> None:
        """Begin a job."""

    def release(self) -> None:
        """The job is good; raises the failure of a statement that the job has kept quiet about."""

    def rollback_to(self) -> None:
        """Undo the job; raises TransactionLost when the whole transaction is lost."""

    @property
    def wrote(self) -> bool:
        """Whether this transaction may have anything to commit."""

    def commit(self) -> None:
        """Make it durable. CommitUnknown when the answer was lost; any other TransactionLost means: not committed."""

    def rollback(self) -> bool:
        """Give the transaction up, whatever state it is in; whether the connection is fit for another. Never raises."""

    def close(self) -> None:
        """Give the connection back; never raises."""
