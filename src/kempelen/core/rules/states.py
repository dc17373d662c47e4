"""Life cycles as tables of allowed moves. Source: docs/mturk/api.md 4.1 to 4.4.

The SQL of `market/` makes the moves; `kempelen check` and the simulation hold histories against these tables.
"""

HIT_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"Assignable"}),
    "Assignable": frozenset({"Unassignable", "Reviewable"}),
    "Unassignable": frozenset({"Assignable", "Reviewable"}),
    "Reviewable": frozenset({"Assignable", "Reviewing", "Disposed"}),
    "Reviewing": frozenset({"Assignable", "Reviewable", "Disposed"}),
    "Disposed": frozenset(),
}

ASSIGNMENT_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"Accepted"}),
    "Accepted": frozenset({"Submitted", "Returned", "Abandoned"}),
    "Submitted": frozenset({"Approved", "Rejected"}),
    "Rejected": frozenset({"Approved"}),
    "Approved": frozenset(),
    "Returned": frozenset({"Accepted"}),  # by undoing the return
    "Abandoned": frozenset(),
}

QUALIFICATION_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"Granted"}),
    "Granted": frozenset({"Granted", "Revoked"}),
    "Revoked": frozenset({"Granted"}),
}

REQUEST_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"InTest", "Submitted", "Granted"}),
    "InTest": frozenset({"Submitted", "Granted", "Rejected", "Lapsed"}),
    "Submitted": frozenset({"Granted", "Rejected"}),
    "Granted": frozenset(),
    "Rejected": frozenset(),
    "Lapsed": frozenset(),
}

QUALIFICATION_TYPE_MOVES: dict[str, frozenset[str]] = {
    "": frozenset({"Active", "Inactive"}),
    "Active": frozenset({"Active", "Inactive", "Disposing"}),
    "Inactive": frozenset({"Inactive", "Active", "Disposing"}),
    "Disposing": frozenset({"Disposed"}),
    "Disposed": frozenset(),
}


def hit_status(*, status: str, expired: bool, open_places: int, pending: int) -> str:
    """The status that a HIT's counters ask for; approving, rejecting and reviewing leave it as it is.

    Open and not expired: Assignable. Else with work pending: Unassignable. Else it awaits review: Reviewable, or
    Reviewing when the Requester has already begun.
    """
    if status == "Disposed":
        return status
    if open_places and not expired:
        return "Assignable"
    if pending:
        return "Unassignable"
    return "Reviewing" if status == "Reviewing" else "Reviewable"
