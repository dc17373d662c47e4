"""Built-in types: Qualification types that the operator adds, such as premium ones."""

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.qualifications import qualification_types, type_searches


class BuiltIn(msgspec.Struct, frozen=True, kw_only=True):
    """A type of the marketplace's own, as its operator sees it; its price is per assignment of a HIT that names it."""

    qualification_type_id: str
    name: str
    description: str
    price: Money


def add_built_in_type(
    call: Call, *, name: str, description: str, price: Money, qualification_type_id: str | None = None
) -> BuiltIn:
    """A new type of the marketplace's own, such as a premium one: any Requester may require it, at its price."""
    if not 1 <= len(name.strip()) <= len(name) <= qualification_types.MAX_NAME or not name.isprintable():
        raise InvalidField(
            field="name", reason="A name has 1 to {longest} printable characters.", longest=qualification_types.MAX_NAME
        )
    if not 1 <= len(description) <= qualification_types.MAX_DESCRIPTION:
        raise InvalidField(
            field="description",
            reason="A description has 1 to {longest} characters.",
            longest=qualification_types.MAX_DESCRIPTION,
        )
    if qualification_type_id is not None and not qualification_types.is_id(qualification_type_id):
        raise InvalidField(field="id", reason="An id has 20 to 64 of A-Z and 0-9.")
    type_id = qualification_type_id or call.new_id()
    made = call.db.run(
        """
        INSERT INTO qualification_type (qualification_type_id, name, description, status, is_requestable,
                                        auto_granted, price_micros, created_at)
        VALUES (:type_id, :name, :description, 'Active', 0, 0, :price, :now)
        ON CONFLICT DO NOTHING
        """,
        type_id=type_id,
        name=name,
        description=description,
        price=price,
        now=call.now,
    )
    if not made:
        raise InvalidField(field="id", reason="There is a qualification type of this id already.")
    type_searches.keep_text(call, type_id, name, description, None)
    events.append(call, "QualificationTypeCreated", qualification_type_id=type_id, moved=("", "Active"))
    return BuiltIn(qualification_type_id=type_id, name=name, description=description, price=price)
