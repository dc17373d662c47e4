"""Choices: how a Worker wants lists of HITs and alerts to be; kept with the account, and deleted with it."""

import msgspec

from kempelen.core.wire.operations import transaction
from kempelen.market.foundation.call import Call


class AlertChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert does besides standing on the page."""

    sound: bool = False
    notification: bool = False
    accept: bool = False


def set_compact_lists(call: Call, *, on: bool) -> None:
    """Show the caller's lists of HIT groups with one line for each group, or in full."""
    call.db.run("UPDATE worker SET compact_lists = :on WHERE worker_id = :caller", on=on, caller=call.caller)


def set_alert_choices(call: Call, *, sound: bool, notification: bool, accept: bool) -> None:
    """What the caller's alerts do from now on: play a sound, show a desktop notification, offer to accept."""
    call.db.run(
        """
        UPDATE worker SET alert_sound = :sound, alert_notification = :notification, alert_accept = :accept
         WHERE worker_id = :caller
        """,
        sound=sound,
        notification=notification,
        accept=accept,
        caller=call.caller,
    )


@transaction(reads=True)
def get_alert_choices(call: Call) -> AlertChoices:
    """What the caller has chosen for alerts."""
    row = call.db.one(
        "SELECT alert_sound, alert_notification, alert_accept FROM worker WHERE worker_id = :caller",
        caller=call.caller,
    )
    if row is None:
        return AlertChoices()
    return AlertChoices(
        sound=bool(row["alert_sound"]),
        notification=bool(row["alert_notification"]),
        accept=bool(row["alert_accept"]),
    )
