"""Webhook secrets: what signs webhook deliveries; for a day after a change also the former one."""

import secrets
from datetime import datetime, timedelta

from kempelen.market.foundation.call import Call
from kempelen.store.database import Row, instant

FORMER_SECRET_LIFE = timedelta(hours=24)


def signing_secrets(call: Call, *, requester_id: str, at: datetime) -> list[str]:
    """The secrets that sign for a Requester's webhooks, the present one first; one is made where there is none."""
    row = _secret_row(call, requester_id)
    if row is None:
        call.db.run(
            """
            INSERT INTO webhook_secret (requester_id, sealed_secret) VALUES (:requester_id, :sealed)
            ON CONFLICT (requester_id) DO NOTHING
            """,
            requester_id=requester_id,
            sealed=call.vault.seal(_new_secret()),
        )
        row = _secret_row(call, requester_id)
        assert row is not None
    both = [call.vault.unseal(row["sealed_secret"])]
    if row["former_ends_at"] is not None and instant(row["former_ends_at"]) > at:
        both.append(call.vault.unseal(row["sealed_former_secret"]))
    return both


def change_webhook_secret(call: Call, *, requester_id: str, at: datetime) -> str:
    """A new secret for a Requester's webhooks; the one before signs beside it for a day of real time."""
    former = signing_secrets(call, requester_id=requester_id, at=at)[0]
    secret = _new_secret()
    call.db.run(
        """
        UPDATE webhook_secret SET sealed_secret = :sealed, sealed_former_secret = :former, former_ends_at = :ends_at
         WHERE requester_id = :requester_id
        """,
        sealed=call.vault.seal(secret),
        former=call.vault.seal(former),
        ends_at=at + FORMER_SECRET_LIFE,
        requester_id=requester_id,
    )
    return secret


def _secret_row(call: Call, requester_id: str) -> Row | None:
    return call.db.one("SELECT * FROM webhook_secret WHERE requester_id = :requester_id", requester_id=requester_id)


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(30)
