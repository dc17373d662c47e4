"""HIT layouts: pages with variables that a Requester keeps here, so that each HIT sends only its values.

The original made them of the projects of its requester site, never through the API. A layout does not change; the
question of a HIT is merged when the HIT is made and stays what it was. Source: docs/mturk/questions.md 7;
docs/mturk/api.md 3.18.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from kempelen.core.questions import crowd_elements, layouts, task_pages
from kempelen.core.questions.xml_faults import unlawful_character
from kempelen.core.wire.errors import HITLayoutDoesNotExist
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField
from kempelen.core.wire.shapes import HITLayoutParameter
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.people import accounts
from kempelen.store.database import Row, instant

MAX_NAME = 128
MAX_FRAME_HEIGHT = 100_000


class HITLayout(msgspec.Struct, frozen=True):
    """A layout as its Requester and the operator see it."""

    hit_layout_id: str
    requester_id: str
    name: str
    html: str
    frame_height: int
    created_at: datetime

    @property
    def variables(self) -> list[str]:
        """The names of its variables, in the order they first come."""
        return layouts.variables(self.html)


def add_hit_layout(call: Call, *, requester_id: str, name: str, html: str, frame_height: int = 0) -> HITLayout:
    """A new layout of a Requester's; a frame height of 0 lets the frame fit the window."""
    accounts.get_requester(call, requester_id=requester_id)
    _check(name, html, frame_height)
    hit_layout_id = call.new_id()
    call.db.run(
        """
        INSERT INTO hit_layout (hit_layout_id, requester_id, name, html, frame_height, created_at)
        VALUES (:hit_layout_id, :requester_id, :name, :html, :frame_height, :now)
        """,
        hit_layout_id=hit_layout_id,
        requester_id=requester_id,
        name=name,
        html=html,
        frame_height=frame_height,
        now=call.now,
    )
    events.append(call, "HITLayoutAdded", requester_id=requester_id)
    return get_hit_layout(call, hit_layout_id=hit_layout_id)


@transaction(reads=True)
def get_hit_layout(call: Call, *, hit_layout_id: str) -> HITLayout:
    """One layout, whosever it is; HITLayoutDoesNotExist when there is none of that id."""
    row = call.db.one("SELECT * FROM hit_layout WHERE hit_layout_id = :hit_layout_id", hit_layout_id=hit_layout_id)
    if row is None:
        raise HITLayoutDoesNotExist(hit_layout_id=hit_layout_id)
    return _record(row)


@transaction(reads=True)
def list_hit_layouts(call: Call, *, requester_id: str | None = None) -> list[HITLayout]:
    """All layouts, or one Requester's, the oldest first."""
    rows = call.db.all(
        """
        SELECT * FROM hit_layout WHERE :requester_id = '' OR requester_id = :requester_id
         ORDER BY created_at, hit_layout_id
        """,
        requester_id=requester_id or "",
    )
    return [_record(row) for row in rows]


def question(call: Call, hit_layout_id: str, parameters: Sequence[HITLayoutParameter]) -> str:
    """The HTMLQuestion that one of the caller's layouts makes of these values; it is yet to be checked like any."""
    layout = get_hit_layout(call, hit_layout_id=hit_layout_id)
    if layout.requester_id != call.caller:
        raise HITLayoutDoesNotExist(hit_layout_id=hit_layout_id)
    return layouts.question(layout.html, layout.frame_height, parameters)


def _check(name: str, html: str, frame_height: int) -> None:
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidField(field="name", reason=f"A layout's name has 1 to {MAX_NAME} characters.")
    if not html.strip():
        raise InvalidField(field="html", reason="A layout must have some HTML.")
    if len(html.encode(errors="surrogatepass")) > layouts.MAX_LAYOUT_BYTES:
        raise InvalidField(field="html", reason=f"A layout has at most {layouts.MAX_LAYOUT_BYTES} bytes.")
    if unlawful := unlawful_character(html):
        line, character = unlawful
        raise InvalidField(
            field="html", reason=f"The character U+{ord(character):04X} in line {line} cannot be in a page."
        )
    if fault := crowd_elements.fault(html):
        raise InvalidField(field="html", reason=fault)
    if "${" not in html and not task_pages.may_be_submitted(html):  # else a value may bring what is missing
        reason = "Nothing in this page can be submitted. Add an input, select or textarea, or a crowd-form."
        raise InvalidField(field="html", reason=reason)
    if not 0 <= frame_height <= MAX_FRAME_HEIGHT:
        raise InvalidField(field="frame_height", reason=f"A frame height is 0 to {MAX_FRAME_HEIGHT}.")


def _record(row: Row) -> HITLayout:
    return HITLayout(
        hit_layout_id=row["hit_layout_id"],
        requester_id=row["requester_id"],
        name=row["name"],
        html=row["html"],
        frame_height=row["frame_height"],
        created_at=instant(row["created_at"]),
    )
