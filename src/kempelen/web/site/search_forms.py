"""Searching: what the parameters of a list's address ask for, and those parameters written again. Source:
docs/mturk/worker.md 4.1; `new_within`, `done` are ours.
"""

from __future__ import annotations

from kempelen.core.money import Money
from kempelen.core.texts import translatable
from kempelen.market.hits.listing_queries import Wanted
from kempelen.web.site.forms import Form

SORTS = {
    "updated_desc": translatable("newest first"),
    "updated_asc": translatable("oldest first"),
    "reward_desc": translatable("highest reward first"),
    "reward_asc": translatable("lowest reward first"),
    "num_hits_desc": translatable("most HITs first"),
    "num_hits_asc": translatable("fewest HITs first"),
}
USUAL_SORT = "updated_desc"
USUAL_SIZE = 20
NEW_WITHIN = {1: translatable("the last hour"), 24: translatable("the last day"), 168: translatable("the last week")}
YES = ("true", "on", "1")
DONE = {"true": translatable("ones I have done HITs of"), "false": translatable("ones that are new to me")}

LONGEST_SEARCH = 200
LARGEST_FILTER = Money.parse("1000000.00")


def wanted(query: Form, requester_id: str | None = None) -> Wanted:
    """What the parameters ask for; what cannot be read filters nothing."""
    hours = query.number("filters[new_within]", 0)
    return Wanted(
        search=query.get("filters[search_term]")[:LONGEST_SEARCH],
        min_reward=money(query.get("filters[min_reward]")),
        requester_id=requester_id or query.get("filters[requester_id]") or None,
        qualified=query.get("filters[qualified]") in YES,
        masters=query.get("filters[masters]") in YES,
        new_within_hours=hours if hours in NEW_WITHIN else 0,
        done={"true": True, "false": False}.get(query.get("filters[done]")),
    )


def sort(query: Form) -> str:
    """The order asked for, or the usual one."""
    return query.get("sort") if query.get("sort") in SORTS else USUAL_SORT


def parameters(asked: Wanted, order: str, page_size: int) -> dict[str, str]:
    """The parameters that ask for this; what asks for nothing special is empty."""
    return {
        "filters[search_term]": asked.search,
        "filters[min_reward]": str(asked.min_reward) if asked.min_reward else "",
        "filters[new_within]": str(asked.new_within_hours or ""),
        "filters[done]": "" if asked.done is None else str(asked.done).lower(),
        "filters[qualified]": "true" if asked.qualified else "",
        "filters[masters]": "true" if asked.masters else "",
        "sort": order if order != USUAL_SORT else "",
        "page_size": str(page_size) if page_size != USUAL_SIZE else "",
    }


def money(text: str) -> Money:
    """A reward to filter by, with a point or a comma; what cannot be read filters nothing."""
    try:
        return min(Money.parse(text.strip().removeprefix("$").replace(",", ".")), LARGEST_FILTER)
    except ValueError:
        return Money.ZERO
