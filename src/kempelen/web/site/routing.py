"""Page: an entry of a routes table: the function that answers at an address, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from kempelen.web.site.visits import PageFunction


@dataclass(frozen=True, slots=True)
class Page:
    """A page function; `open` to people who are not signed in. A form that changes nothing needs not be `guarded`."""

    function: PageFunction
    open: bool = False
    guarded: bool = True
    people_only: bool = False  # programs get NotAsJSON before anything is done
    takes_answers: bool = False


Routes = dict[str, dict[str, Page]]
