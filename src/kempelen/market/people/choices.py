"""Choices: how a Worker wants lists of HITs and alerts to be; kept with the account, and deleted with it."""

from kempelen.market.foundation.call import Call


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
