"""Play histories until something is wrong, so many steps are done or so many minutes have passed."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests import postgres
from tests.simulation.fuzz.history import Failure, History
from tests.simulation.fuzz.pages import PageHistory


@contextlib.contextmanager
def databases(wanted: str) -> Iterator[tuple[Callable[[], str], Callable[[str], None]]]:
    """What gives an empty database, and what takes one back."""
    if wanted == "postgresql":
        with postgres.running() as cluster:
            yield cluster.fresh_database_url, cluster.give_back
    else:
        yield lambda: ":memory:" if wanted == "sqlite" else wanted, lambda _: None


def main() -> int:
    """The command; 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the first history; the next has the next")
    parser.add_argument("--steps", type=int, default=1_000, help="of each history")
    parser.add_argument("--minutes", type=float, help="begin further histories for so long; without it play one")
    parser.add_argument("--pages", action="store_true", help="request pages of the site instead of operations")
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, postgresql (a throw-away server), or the URL of an empty database"
    )
    wanted = parser.parse_args()
    until = time.monotonic() + 60 * (wanted.minutes or 0)
    outcomes: dict[str, Counter[str]] = {}
    kind = PageHistory if wanted.pages else History
    seed = wanted.seed
    with databases(wanted.database) as (fresh, give_back):
        while seed == wanted.seed or time.monotonic() < until:
            target = fresh()
            history = kind(seed, target)
            try:
                history.play(wanted.steps)
            except Failure as failure:
                print(f"{failure}{'' if wanted.database == 'sqlite' else f' --database {wanted.database}'}")
                return 1
            finally:
                history.close()
                give_back(target)
            for operation, counts in history.outcomes.items():
                outcomes.setdefault(operation, Counter()).update(counts)
            seed += 1
            if "://" in wanted.database:
                break  # it is no longer empty
    for operation, counts in outcomes.items():
        print(
            f"{operation}: {counts.total()}, " + ", ".join(f"{name} {count}" for name, count in counts.most_common(6))
        )
    print(f"{seed - wanted.seed} histories of {wanted.steps} steps: nothing is wrong.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
