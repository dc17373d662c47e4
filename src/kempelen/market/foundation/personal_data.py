"""Personal data: what each record does to its rows when a Worker deletes their account.

A record with rows of a Worker's declares it as `ON_ACCOUNT_DELETION`; `market/deletion.py` carries out all of them in
one transaction, and a test compares them with the tables that name a Worker, so that no record is forgotten.
"""

from typing import NamedTuple


class OnDeletion(NamedTuple):
    """What happens to a Worker's rows of a table: SQL for `:caller` (`:now`, `:email`), or why they stay."""

    table: str
    sql: str = ""
    why_kept: str = ""


def erases(table: str, sql: str) -> OnDeletion:
    """The rows are deleted, or what they say of the person is."""
    return OnDeletion(table, sql=sql)


def keeps(table: str, why: str) -> OnDeletion:
    """The rows stay, for this reason."""
    return OnDeletion(table, why_kept=why)
