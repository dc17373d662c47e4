"""What can go wrong between us and a database, in one set of words for SQLite and PostgreSQL."""


class DatabaseError(Exception):
    """The database did not do what it was asked."""


class ConstraintViolated(DatabaseError):
    """A row would break a constraint of the schema: NOT NULL, CHECK, UNIQUE or REFERENCES."""


class StatementFailed(DatabaseError):
    """The database refused a statement: a fault in its text, a value of the wrong type, a full disk."""


class TransactionLost(DatabaseError):
    """A whole transaction is lost through no fault of its own; it may be run again from its beginning."""


class Conflict(TransactionLost):
    """Somebody else's transaction was in the way: busy, deadlock, serialization failure, a lock not to be had."""


class Disconnected(TransactionLost):
    """The connection was lost before COMMIT was sent: nothing of the transaction is kept."""


class Abandoned(TransactionLost):
    """The database gave the transaction up by itself, or refused to commit it: nothing of it is kept."""


class CommitUnknown(TransactionLost):
    """The connection was lost in COMMIT: it may have happened, or not."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or stays locked by somebody else."""


class OutcomeUnknown(DatabaseError):
    """The commit's answer was lost and the database cannot be asked: it may have happened, or not."""


class DueFailed(DatabaseError):
    """What is due could not be performed, so nothing else was done either."""


class LanesClosed(DatabaseError):
    """No job is taken any more: the lanes are closing."""


class DatabaseTooNew(DatabaseError):
    """The database was made by a newer Kempelen than this one."""

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"This database is at version {found}, and this Kempelen knows versions up to {known}. "
            "Start a newer Kempelen, or restore a backup made before the upgrade."
        )
        self.found = found
        self.known = known


class BackupFailed(DatabaseError):
    """There is no copy of the database: none was made, or none could be."""


class DatabaseDamaged(DatabaseError):
    """Files of the database are missing, cut off, or of different times; opening it could lose what is left."""
