"""Finding and claiming work in a crowded market: a list of groups, a search, a group, an acceptance; and qualification
types, by words that many, one or none of them have; SQLite by default.

    python -m tests.bench.finding [--hits N] [--database URL] [--folder DIR]

Each is done by Workers drawn at random, in turn in a market of a hundredth of the size and in the whole one, so that
the ratio says what size costs; the milliseconds are those of a call of the market, with the flush in an acceptance.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from kempelen.core.money import Money
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.market.hits import listings
from kempelen.market.qualifications import qualification_types, standings
from kempelen.market.work import work
from tests.bench.crowd import WORDS, Crowd, Size, gather

EXPECTED_MS = 10.0  # single digits
ROUNDS = 200


class Act(NamedTuple):
    """Something a Worker does, and with what."""

    name: str
    function: Callable[..., Any]
    arguments: Callable[[Crowd, Random], dict[str, Any]]


ACTS = [
    Act("the list", listings.list_groups, lambda _crowd, _random: {}),
    Act("by reward", listings.list_groups, lambda _crowd, _random: {"sort": "reward_desc"}),
    Act("by size", listings.list_groups, lambda _crowd, _random: {"sort": "num_hits_desc"}),
    Act("only qualified", listings.list_groups, lambda _crowd, _random: {"qualified": True}),
    Act("a search", listings.list_groups, lambda _crowd, random: {"search": _words(random, 2)}),
    Act("no such words", listings.list_groups, lambda _crowd, _random: {"search": "xylophone mallets"}),
    Act("page 20", listings.list_groups, lambda _crowd, _random: {"page_number": 20}),
    Act("100 a page", listings.list_groups, lambda _crowd, _random: {"page_size": 100}),
    Act("page 100 of 100", listings.list_groups, lambda _crowd, _random: {"page_size": 100, "page_number": 100}),
    Act("above all pay", listings.list_groups, lambda _crowd, _random: {"min_reward": Money.parse("900.00")}),
    Act("Masters", listings.list_groups, lambda _crowd, _random: {"masters": True, "sort": "reward_desc"}),
    Act("new", listings.list_groups, lambda _crowd, _random: {"new_within_hours": 1, "sort": "num_hits_desc"}),
    Act("done before", listings.list_groups, lambda _crowd, _random: {"done": True}),
    Act("not done", listings.list_groups, lambda _crowd, _random: {"done": False}),
    Act("one Requester", listings.list_groups, lambda crowd, random: {"requester_id": random.choice(crowd.requesters)}),
    Act("no Requester", listings.list_groups, lambda _crowd, _random: {"requester_id": "A1NOBODY"}),
    Act("a group", listings.get_group, lambda crowd, _random: {"group_id": crowd.largest_group}),
    Act("a preview", listings.get_preview, lambda crowd, _random: {"group_id": crowd.largest_group}),
    Act("an acceptance", work.accept, lambda crowd, _random: {"group_id": crowd.largest_group}),
    Act("types", standings.list_available, lambda _crowd, _random: {}),
    Act("types, 4 words", standings.list_available, lambda _crowd, random: {"search": _words(random, 4)}),
    Act("types, a number", standings.list_available, lambda _crowd, random: {"search": _number(random)}),
    Act("types, no match", standings.list_available, lambda _crowd, _random: {"search": "xylophone"}),
    Act(
        "API: types",
        qualification_types.list_qualification_types,
        lambda _crowd, random: {"must_be_requestable": True, "query": _number(random)},
    ),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.finding", description="Measure finding work.")
    parser.add_argument("--hits", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="a PostgreSQL URL of an empty database; else SQLite")
    parser.add_argument("--folder", type=Path, help="where the data goes, on the disk that is meant")
    asked = parser.parse_args()
    whole = Size(hits=asked.hits, hit_types=10_000, qualification_types=10_000, workers=50_000)
    small = Size(*(count // 100 for count in whole))
    with contextlib.ExitStack() as open_markets:
        folder = Path(
            open_markets.enter_context(tempfile.TemporaryDirectory(prefix="kempelen-bench-", dir=asked.folder))
        )
        crowds = []
        for name, size, target in (("small", small, ""), ("whole", whole, asked.database)):
            began = time.perf_counter()
            crowd = gather(target or str(folder / name), size)
            open_markets.callback(crowd.market.close)
            crowds.append(crowd)
            print(
                f"{size.hits:,} HITs, {size.hit_types:,} HIT types, {size.qualification_types:,} qualification types, "
                f"{size.workers:,} Workers: made in {time.perf_counter() - began:.0f} s"
            )
        tell([(act, *(measured(act, crowds))) for act in ACTS], asked.database)


def _words(random: Random, count: int) -> str:
    return " ".join(random.sample(WORDS, count))


def _number(random: Random) -> str:
    return f"skill {random.randrange(10_000)}"


def measured(act: Act, crowds: list[Crowd]) -> list[list[float]]:
    """The milliseconds of each call, for each market, taken in turn."""
    random = Random(2)
    taken: list[list[float]] = [[] for _ in crowds]
    for number in range(-20, ROUNDS):
        for crowd, ms in zip(crowds, taken, strict=True):
            worker, arguments = random.choice(crowd.workers), act.arguments(crowd, random)
            began = time.perf_counter()
            with contextlib.suppress(WorkerRefusal):
                crowd.market.perform(worker, act.function, **arguments)
            if number >= 0:
                ms.append((time.perf_counter() - began) * 1000)
    return taken


def tell(all_measured: list[tuple[Act, list[float], list[float]]], database: str) -> None:
    """The table: medians, 99th percentiles, and what size costs."""
    print(f"\n{'PostgreSQL' if database else 'SQLite'}, {ROUNDS} calls of each, in turn.\n")
    print("                  small p50 ms   whole p50 ms   whole p99 ms   whole / small")
    for act, small, whole in all_measured:
        median, last = statistics.median(whole), statistics.quantiles(whole, n=100)[98]
        said = "" if median < EXPECTED_MS else "   ABOVE what is expected"
        print(
            f"{act.name:<16} {statistics.median(small):>13.2f} {median:>14.2f} {last:>14.2f}"
            f" {median / statistics.median(small):>15.2f}{said}"
        )


if __name__ == "__main__":
    main()
