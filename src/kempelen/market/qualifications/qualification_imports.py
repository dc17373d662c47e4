"""Qualification imports: scores and blocks of many Workers, as the operator sees and sets them.

The operator may list every type, set the price of built-in ones, and grant or revoke many scores and blocks at once:
all of an import or, when one of its lines cannot be carried out, nothing. Importing the same again changes nothing.
Source: docs/mturk/api.md 7.3 and 10 no. 22.
"""

from collections.abc import Sequence

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.core.wire.errors import RequestError, TooManyWorkerBlocks
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation.call import Call
from kempelen.market.people import accounts, worker_blocks
from kempelen.market.qualifications import qualification_types, qualifications
from kempelen.store.database import Row
from kempelen.store.select import statement

MOST_FAULTS = 100
BLOCK_REASON = "By a worker file"


class TypeHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A type, whose it is (nobody's: built in), what it costs, and how many hold it now.

    `shown_as` is what Workers read as its name; of some built-in types it is another than the API's.
    """

    qualification_type_id: str
    name: str
    shown_as: str
    description: str
    requester_id: str
    requester_name: str
    status: str
    price: Money
    holders: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a roster: this Worker shall have this score of this type, or none of it when the value is None."""

    line: int
    qualification_type_id: str
    worker_id: str
    value: int | None


class BlockEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a roster: a Requester shall have blocked this Worker, or not."""

    line: int
    requester_id: str
    worker_id: str
    is_blocked: bool


class Fault(msgspec.Struct, frozen=True):
    """Why a line cannot be carried out."""

    line: int
    text: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many scores a roster has granted or changed and taken away, how many Workers it has blocked and unblocked.

    `unchanged` counts what was so already.
    """

    granted: int
    revoked: int
    unchanged: int
    blocked: int
    unblocked: int


class RosterRefused(RequestError):
    """Nothing of a roster was carried out; `faults` says why, line by line, the first hundred of them."""

    text = "Nothing was changed: {count} of the lines cannot be carried out."
    suffixed = False

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults[:MOST_FAULTS])
        super().__init__(count=len(faults))


# ---------------------------------------------------------------------------------------------- look


@transaction(reads=True)
def list_types(call: Call) -> list[TypeHeld]:
    """All types that there are, the built-in ones first, then each Requester's by name."""
    return [_type(row) for row in call.db.all(_TYPES, world=qualification_types.world(call))]


@transaction(reads=True)
def list_types_called(call: Call, *, name: str) -> list[TypeHeld]:
    """The type of this id, else all types of this name, be it the API's or what Workers read."""
    world = qualification_types.world(call)
    shown = next((type_id for type_id, shown_as in requirements.NAMES.items() if shown_as == name), "")
    rows = call.db.all(_BY_ID, id=name, world=world) or call.db.all(_BY_NAME, name=name, id=shown, world=world)
    return [_type(row) for row in rows]


_COLUMNS = """
    SELECT t.*, o.name AS requester_name,
           (SELECT COUNT(*) FROM qualification q
             WHERE q.qualification_type_id = t.qualification_type_id AND q.status = 'Granted') AS holders
      FROM qualification_type t LEFT JOIN requester o ON o.requester_id = t.requester_id
     WHERE t.status <> 'Disposed' AND (t.world IS NULL OR t.world = :world)
"""
_ORDER = "ORDER BY CASE WHEN t.requester_id IS NULL THEN 0 ELSE 1 END, o.name, t.requester_id, t.name"
_TYPES = statement(_COLUMNS, _ORDER)
_BY_ID = statement(_COLUMNS, "AND t.qualification_type_id = :id", _ORDER)
_BY_NAME = statement(_COLUMNS, "AND (t.name = :name OR t.qualification_type_id = :id)", _ORDER)


def _type(row: Row) -> TypeHeld:
    return TypeHeld(
        qualification_type_id=row["qualification_type_id"],
        name=row["name"],
        shown_as=requirements.NAMES.get(row["qualification_type_id"]) or row["name"],
        description=row["description"],
        requester_id=row["requester_id"] or "",
        requester_name=row["requester_name"] or "",
        status="Active" if row["status"] == "Active" else "Inactive",
        price=Money(row["price_micros"]),
        holders=row["holders"],
    )


# ---------------------------------------------------------------------------------------------- set


@transaction(lane="qualification_type_id")
def set_price(call: Call, *, qualification_type_id: str, price: Money) -> None:
    """What a built-in type costs per assignment of HITs made from now on; those there are keep their fee."""
    if price > call.rules.max_amount:
        raise InvalidField(field="price", reason="A price must be within what this marketplace takes at once.")
    changed = call.db.run(
        """
        UPDATE qualification_type SET price_micros = :price
         WHERE qualification_type_id = :type_id AND requester_id IS NULL
        """,
        price=price,
        type_id=qualification_type_id,
    )
    if not changed:
        raise InvalidField(field="type", reason="Only a built-in type has a price; this one is a Requester's.")


def take(call: Call, *, entries: Sequence[Entry], blocks: Sequence[BlockEntry] = ()) -> Outcome:
    """Carry a whole roster out, or raise RosterRefused with what is wrong with its lines."""
    changed, faults = [], []
    scores: dict[tuple[str, str], Entry] = {}
    decided: dict[tuple[str, str], BlockEntry] = {}
    lines: list[Entry | BlockEntry] = [*entries, *blocks]
    for entry in lines:
        try:
            if isinstance(entry, Entry):
                changed.append(_enter(call, entry, scores))
            else:
                changed.append(_block(call, entry, decided))
        except (InvalidField, TooManyWorkerBlocks) as refusal:
            faults.append(Fault(entry.line, refusal.message))
    if faults:
        raise RosterRefused(sorted(faults, key=lambda fault: fault.line))
    return Outcome(
        granted=changed.count("Granted"),
        revoked=changed.count("Revoked"),
        unchanged=changed.count("Unchanged"),
        blocked=changed.count("Blocked"),
        unblocked=changed.count("Unblocked"),
    )


def _block(call: Call, entry: BlockEntry, decided: dict[tuple[str, str], BlockEntry]) -> str:
    """Carry out one line that no earlier line contradicts; what it came to."""
    about = {"requester_id": entry.requester_id, "worker_id": entry.worker_id}
    before = decided.setdefault((entry.requester_id, entry.worker_id), entry)
    if before.is_blocked != entry.is_blocked:
        raise InvalidField(field="line", reason="Line {line} says otherwise of the same Worker.", line=before.line)
    if not accounts.is_worker(call, entry.worker_id):
        raise InvalidField(field="worker", reason="There is no Worker {worker}.", worker=entry.worker_id)
    if worker_blocks.is_blocked(call, **about) == entry.is_blocked:
        return "Unchanged"
    if entry.is_blocked:
        worker_blocks.block(call, reason=BLOCK_REASON, **about)
        return "Blocked"
    worker_blocks.unblock(call, **about)
    return "Unblocked"


def _enter(call: Call, entry: Entry, entered: dict[tuple[str, str], Entry]) -> str:
    """Carry out one line that no earlier line contradicts; what it came to."""
    about = {"qualification_type_id": entry.qualification_type_id, "worker_id": entry.worker_id}
    before = entered.setdefault((entry.qualification_type_id, entry.worker_id), entry)
    if before.value != entry.value:
        raise InvalidField(field="line", reason="Line {line} says otherwise of the same Worker.", line=before.line)
    held = call.db.one(
        """
        SELECT value FROM qualification
         WHERE worker_id = :worker_id AND qualification_type_id = :qualification_type_id AND status = 'Granted'
        """,
        **about,
    )
    qualifications.check_grantable(call, value=entry.value, **about)
    if entry.value == (held and held["value"]):
        return "Unchanged"
    if entry.value is None:
        qualifications.revoke_as_operator(call, **about)
        return "Revoked"
    qualifications.grant_as_operator(call, value=entry.value, **about)
    return "Granted"
