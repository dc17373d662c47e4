"""Permissions: what a Worker allows the tasks of one Requester to use, such as their camera.

Browsers ask a person once per site, not per task. So the site asks for each Requester, and gives no task anything that
its Worker has not allowed that Requester. Nobody but the Worker sees or changes it; it is deleted with the account.
Source: docs/mturk/worker.md 1.6.
"""

from collections.abc import Collection

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import RequesterDoesNotExist
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import erases

FEATURES = ("camera", "microphone", "geolocation", "fullscreen")  # as browsers call them

ON_ACCOUNT_DELETION = (erases("task_permission", "DELETE FROM task_permission WHERE worker_id = :caller"),)


def set_allowed(call: Call, *, requester_id: str, features: Collection[str]) -> None:
    """Let the tasks of a Requester use these features and no others; RequesterDoesNotExist when there is none."""
    if (
        call.db.one("SELECT 1 AS known FROM requester WHERE requester_id = :requester_id", requester_id=requester_id)
        is None
    ):
        raise RequesterDoesNotExist()
    call.db.run(
        "DELETE FROM task_permission WHERE worker_id = :caller AND requester_id = :requester_id",
        caller=call.caller,
        requester_id=requester_id,
    )
    for feature in FEATURES:
        if feature in features:
            call.db.run(
                """
                INSERT INTO task_permission (worker_id, requester_id, feature) VALUES (:caller, :requester_id, :feature)
                """,
                caller=call.caller,
                requester_id=requester_id,
                feature=feature,
            )


@transaction(reads=True)
def list_allowed(call: Call, *, requester_id: str) -> list[str]:
    """The features that the caller lets the tasks of a Requester use."""
    rows = call.db.all(
        "SELECT feature FROM task_permission WHERE worker_id = :caller AND requester_id = :requester_id",
        caller=call.caller,
        requester_id=requester_id,
    )
    return sorted(row["feature"] for row in rows)
