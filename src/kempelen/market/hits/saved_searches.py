"""Saved searches: searches that a Worker repeats, and that can alert them.

A search is stored as the parameters of the list's address; the web side writes and reads them. Only its Worker sees it,
and nothing else in the market depends on it.
"""

from datetime import datetime

import msgspec

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases
from kempelen.store.database import instant

MOST = 20
MAX_NAME = 60
MAX_QUERY = 1000

ON_ACCOUNT_DELETION = (erases("saved_search", "DELETE FROM saved_search WHERE worker_id = :caller"),)


class SavedSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A search by its name; `query` as in an address, `alerts` when it alerts its Worker."""

    search_id: str
    name: str
    query: str
    alerts: bool
    created_at: datetime


def save_search(call: Call, *, name: str, query: str, alerts: bool) -> str:
    """Keep a search of the caller's; its id. InvalidField for a bad name, or when there are too many."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidField(
            field="name", reason="The name of a search has 1 to {longest} printable characters.", longest=MAX_NAME
        )
    if len(query) > MAX_QUERY:
        raise InvalidField(field="query", reason="This search is too long to be kept.")
    search_id = call.new_id()
    made = call.db.run(
        """
        INSERT INTO saved_search (search_id, worker_id, name, query, alerts, created_at)
        SELECT :search_id, :caller, :name, :query, :alerts, :now
         WHERE (SELECT COUNT(*) FROM saved_search WHERE worker_id = :caller) < :most
        """,
        search_id=search_id,
        caller=call.caller,
        name=name,
        query=query,
        alerts=alerts,
        now=call.now,
        most=MOST,
    )
    if not made:
        raise InvalidField(field="name", reason="You already have {most} saved searches. Delete one first.", most=MOST)
    return search_id


def delete_search(call: Call, *, search_id: str) -> None:
    """Forget a search of the caller's; one that is not there is forgotten already."""
    call.db.run(
        "DELETE FROM saved_search WHERE search_id = :search_id AND worker_id = :caller",
        search_id=search_id,
        caller=call.caller,
    )


@transaction(reads=True)
def list_searches(call: Call) -> list[SavedSearch]:
    """The caller's searches, oldest first."""
    rows = call.db.all(
        "SELECT * FROM saved_search WHERE worker_id = :caller ORDER BY created_at, search_id", caller=call.caller
    )
    return [
        SavedSearch(
            search_id=row["search_id"],
            name=row["name"],
            query=row["query"],
            alerts=bool(row["alerts"]),
            created_at=instant(row["created_at"]),
        )
        for row in rows
    ]
