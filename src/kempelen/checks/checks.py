"""Checks: do the ledger, the counters and the histories of a database agree? Each row that does not is named.

Read from one snapshot by a few statements over whole tables, beside a running server, without changing anything. The
rules: docs/architecture.md "Money", the tables of `core/rules/states.py`, the sum of a HIT's slots, and that review
policies did what they recorded and nothing else. `kempelen check` prints the result; tests ask for it after their work.
"""

from collections.abc import Iterator

from kempelen.checks import counters, histories, money, qualifications, review_policies
from kempelen.core.money import Money
from kempelen.store.database import Database, Row
from kempelen.store.files import Files


def problems(database: Database, files: Files | None = None) -> list[str]:
    """A sentence for each row that is not true; none means that all is. With `files`, each upload must have its own."""
    with database.reading() as db:
        found = [_in_words(check.sentence, row) for check in CHECKS for row in db.all(check.sql)]
        found += [*counters.untrue_times(db), *qualifications.untrue_bars(db), *histories.forbidden_moves(db)]
    return found + (list(missing_files(database, files)) if files else [])


def missing_files(database: Database, files: Files) -> Iterator[str]:
    """Uploads whose file is not there or of another size; one deleted while this looks is none."""
    with database.reading() as db:
        uploads = db.all("SELECT file_key, assignment_id, size_in_bytes FROM upload WHERE delete_at IS NULL")
    for upload in uploads:
        size = files.size(upload["file_key"])
        if size == upload["size_in_bytes"]:
            continue
        with database.reading() as db:
            row = db.one("SELECT delete_at FROM upload WHERE file_key = :file_key", file_key=upload["file_key"])
        if row is not None and row["delete_at"] is None:
            found = "is not there" if size is None else f"has {size} bytes"
            yield (
                f"File {upload['file_key']} of assignment {upload['assignment_id']} should have "
                f"{upload['size_in_bytes']} bytes; it {found}."
            )


def _in_words(sentence: str, row: Row) -> str:
    """The row in words; amounts of money in dollars, to the micro-dollar where it matters."""
    return sentence.format(**{name: _shown(name, value) for name, value in row.items()})


def _shown(name: str, value: object) -> object:
    if not name.endswith("_micros"):
        return value
    assert isinstance(value, int)
    cents = str(Money(value))
    return cents if Money.parse(cents.lstrip("-")) == Money(abs(value)) else f"{value} micro-dollars"


# ---------------------------------------------------------------------------------------------- counters

# The sums of logarithms are made as they were counted: row by row, because not every database has a logarithm.

# ---------------------------------------------------------------------------------------------- histories

# A history is a walk: every move leaves one status and enters another. At each moment the walk so far has left "" once,
# and entered one status once more than it left it. Moves of the same moment need no order for that.

CHECKS = (
    money.BALANCES_SUM_TO_ZERO,
    money.BALANCES_ARE_TRANSFERS,
    money.NO_OVERDRAFT,
    money.HOLDS_COVER_SLOTS,
    money.WORK_IS_PAID_ONCE,
    money.BONUSES_ARE_PAID_ONCE,
    money.FEES_ARE_PAID,
    money.PAYMENTS_ARE_FOR_WORK,
    counters.COUNTERS_ARE_ASSIGNMENTS,
    counters.STATUSES_FOLLOW_COUNTERS,
    counters.GROUPS_COUNT_OPEN_HITS,
    counters.FILES_ARE_ANSWERS,
    counters.FILES_COUNT_THEIR_SIZE,
    counters.FILES_COUNT_FOR_THEIR_WORKER,
    counters.WORKERS_COUNT_WHAT_THEY_DID,
    counters.WORKERS_COUNT_WHAT_IS_NOT_LEFT,
    counters.REQUESTERS_COUNT_DECISIONS,
    histories.HIT_HISTORIES_ARE_WALKS,
    histories.ASSIGNMENT_HISTORIES_ARE_WALKS,
    histories.HITS_ARE_WHERE_HISTORY_ENDS,
    histories.ASSIGNMENTS_ARE_WHERE_HISTORY_ENDS,
    *qualifications.CHECKS,
    *review_policies.CHECKS,
)
