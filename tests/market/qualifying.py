"""Short ways to qualification types, scores and HITs that ask for them."""

from typing import Any

from kempelen.core.wire.shapes import Locale, QualificationRequirement
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.market import Market
from kempelen.market.qualifications import qualification_types, qualifications


def new_type(market: Market, requester: str, name: str = "Reads Dutch", **members: Any) -> str:
    """The id of a new Active type of the Requester's."""
    given = {"name": name, "description": "A test of it.", "qualification_type_status": "Active", **members}
    made = market.perform(requester, qualification_types.create_qualification_type, **given)
    return made.qualification_type.qualification_type_id


def give(market: Market, requester: str, type_id: str, worker: str, value: int = 1) -> None:
    """The Worker holds this score."""
    market.perform(
        requester,
        qualifications.associate_qualification_with_worker,
        qualification_type_id=type_id,
        worker_id=worker,
        integer_value=value,
    )


def take(market: Market, requester: str, type_id: str, worker: str, reason: str | None = None) -> None:
    """The Worker no longer holds it."""
    market.perform(
        requester,
        qualifications.disassociate_qualification_from_worker,
        qualification_type_id=type_id,
        worker_id=worker,
        reason=reason,
    )


def score(market: Market, requester: str, type_id: str, worker: str) -> int | None:
    """The Worker's score."""
    answer = market.perform(
        requester, qualifications.get_qualification_score, qualification_type_id=type_id, worker_id=worker
    )
    return answer.qualification.integer_value


def required(type_id: str, comparator: str, *values: int | Locale, **members: Any) -> QualificationRequirement:
    """A requirement; locales make it one of the Locale type."""
    locales = [value for value in values if isinstance(value, Locale)]
    integers = [value for value in values if isinstance(value, int)]
    return QualificationRequirement(
        qualification_type_id=type_id,
        comparator=comparator,
        integer_values=integers or None,
        locale_values=locales or None,
        **members,
    )


def set_locale(call: Call, *, worker_id: str, country: str | None, subdivision: str | None = None) -> None:
    """Where a Worker is, without all that they set with it on their page."""
    call.db.run(
        "UPDATE worker SET country = :country, subdivision = :subdivision WHERE worker_id = :worker_id",
        country=country,
        subdivision=subdivision,
        worker_id=worker_id,
    )
    events.append(call, "WorkerLocaleChanged", worker_id=worker_id)
