"""Liveness: the smallest read and the smallest write, by which a server shows that its database works."""

from kempelen.core.wire.operations import transaction
from kempelen.market.foundation.call import Call
from kempelen.store.database import ms


@transaction(reads=True)
def get_nothing(call: Call) -> None:
    """Shows that the database can be read."""
    call.db.one("SELECT 1 AS one")


def write_heartbeat(call: Call) -> None:
    """Shows that a lane runs and commits a change to disk."""
    call.db.run(
        """
        INSERT INTO setting (name, value) VALUES ('sign_of_life', :now)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        now=str(ms(call.now)),
    )
