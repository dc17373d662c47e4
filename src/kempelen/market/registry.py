"""The registry of all operations: importing this module imports every record that declares one.

Any edge that needs the operations by name takes them from here: the Requester API, and Python programs.
"""

from kempelen.core.wire.operations import REGISTRY, Operation
from kempelen.market.hits import hit_changes, hit_creation, hit_types, hits
from kempelen.market.messaging import notifications
from kempelen.market.people import accounts, worker_blocks
from kempelen.market.qualifications import qualification_requests, qualification_types, qualifications
from kempelen.market.work import assignments, bonuses, review_policies

RECORDS = (
    accounts,
    assignments,
    bonuses,
    hit_changes,
    hit_creation,
    hit_types,
    hits,
    notifications,
    qualification_requests,
    qualification_types,
    qualifications,
    review_policies,
    worker_blocks,
)
OPERATIONS: dict[str, Operation] = REGISTRY
"""All 39 operations by their wire names."""
