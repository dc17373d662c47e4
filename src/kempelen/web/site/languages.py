"""Languages: the site's texts in each language it speaks, and how each writes numbers, money, spans and instants.

English is the source: a text is its own key. Every other language is one catalog, `locale/<code>.po`, read when the
server starts, so there is nothing to compile and no compiled file to go stale. `make messages` gathers the texts of
templates and code into the catalogs; a test fails while one of them lacks a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, dates, numbers, units
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

from kempelen.core.money import Money
from kempelen.core.rules import countries
from kempelen.core.texts import LazyText
from kempelen.core.wire.errors import RequestError

FOLDER = Path(__file__).parents[1] / "locale"
SOURCE = "en"
TASK_FOLDER = "/task/"  # where task hosts show a task: in this folder, its language and its ticket
NAMES = {"en": "English", "de": "Deutsch"}  # each in its own words, as the account page offers them

_MICROS = Decimal(1_000_000)
_CONTINENTS = {
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
}  # fmt: skip
_SPANS = (("duration-day", 86_400), ("duration-hour", 3_600), ("duration-minute", 60), ("duration-second", 1))


class Language:
    """One language: its texts, and its ways of writing."""

    def __init__(self, code: str, translations: NullTranslations) -> None:
        self.code = code
        self.translations = translations
        self._locale = Locale.parse("en_US" if code == SOURCE else code)
        # Parts of a cent, and of a percent, are shown when there are any.
        self._money_pattern = self._locale.currency_formats["standard"].pattern.replace("0.00", "0.00####")
        self._percent_pattern = self._locale.percent_formats[None].pattern.replace("0", "0.#")

    # ---------------------------------------------------------------------------------------- texts

    def translate(self, text: str, **facts: Any) -> str:
        """A text of ours in this language, with its {facts}."""
        translated = self.translations.gettext(text)
        return translated.format_map(facts) if facts else translated

    def translate_plural(self, one: str, many: str, number: int, **facts: Any) -> str:
        """The same of a number of things; {number} is how many."""
        return self.translations.ngettext(one, many, number).format_map({"number": self.count(number), **facts})

    def refusal(self, refusal: RequestError) -> str:
        """Why something was refused; the facts in it that are texts of ours are translated too."""
        facts = {
            name: self.translate(fact)
            if name in refusal.translated_facts
            else self.translate_text(fact)
            if isinstance(fact, LazyText)
            else fact
            for name, fact in refusal.facts.items()
        }
        return self.translations.gettext(refusal.text).format_map(facts) if refusal.text else refusal.message

    def translate_text(self, text: str) -> str:
        """A text with its facts translated in this language; a text that is not ours, as it is."""
        if not isinstance(text, LazyText):
            return text
        facts = {name: self._fact(fact) for name, fact in text.facts.items()}
        known = self.translations
        translated = known.ngettext(text.text, text.many, text.number) if text.many else known.gettext(text.text)
        return translated.format_map(facts)

    def _fact(self, fact: Any) -> Any:
        if isinstance(fact, int | Decimal):
            return numbers.format_decimal(fact, locale=self._locale)
        return self.translate_text(fact) if isinstance(fact, LazyText) else fact

    # ---------------------------------------------------------------------------------------- ways of writing

    def count(self, number: int) -> str:
        """`12,345`."""
        return numbers.format_decimal(number, locale=self._locale)

    def dollars(self, amount: Money, places: int = 6) -> str:
        """`$1,234.50`; parts of a cent are shown when there are any, unless it is rounded to fewer `places`."""
        value = round(Decimal(amount.micros) / _MICROS, places)
        return numbers.format_currency(
            value, "USD", format=self._money_pattern, locale=self._locale, currency_digits=False
        )

    def percent(self, rate: float) -> str:
        """`98.5%`, of a rate from 0 to 100."""
        return numbers.format_percent(Decimal(str(rate)) / 100, format=self._percent_pattern, locale=self._locale)

    def span(self, seconds: int, most: int = 2) -> str:
        """`1 hour 30 minutes`: the largest units, two of them at most."""
        translated: list[str] = []
        for unit, size in _SPANS:
            number, seconds = divmod(seconds, size)
            if number:
                translated.append(units.format_unit(number, unit, locale=self._locale))
            elif translated:
                break
        return " ".join(translated[:most]) or units.format_unit(0, "duration-second", locale=self._locale)

    def age(self, seconds: float) -> str:
        """`5 minutes ago`, `3 hours ago`, `2 days ago`: how long something has been there."""
        return dates.format_timedelta(-max(int(seconds), 1), threshold=1, add_direction=True, locale=self._locale)

    def left(self, seconds: int) -> str:
        """`1:02:03`, `2:03`, from a day on `2 days 3 hr`: as times.js writes it, which counts on from there."""
        days, rest = divmod(seconds, 86_400)
        hours, minutes = rest // 3600, rest // 60 % 60
        if days:
            shown = units.format_unit(days, "duration-day", locale=self._locale)
            return f"{shown} {units.format_unit(hours, 'duration-hour', 'short', locale=self._locale)}"
        return f"{hours}:{minutes:02}:{rest % 60:02}" if hours else f"{minutes}:{rest % 60:02}"

    def instant(self, at: datetime, zone: tzinfo, time: Literal["short", "medium"] = "short") -> str:
        """`Sep 1, 2026, 10:00 AM`; a "medium" time has seconds."""
        day = dates.format_date(at.astimezone(zone), "medium", self._locale)
        return f"{day}, {dates.format_time(at, time, zone, self._locale)}"

    def countries(self) -> dict[str, str]:
        """The countries there are, by their codes, in the order of their names."""
        named = {code: self._locale.territories.get(code, code) for code in countries.COUNTRIES}
        return dict(sorted(named.items(), key=lambda one: one[1]))

    def short_day(self, day: date) -> str:
        """`Sep 1`."""
        return dates.format_skeleton("MMMd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self._locale)

    def day(self, day: date | str) -> str:
        """`Tue, Sep 1, 2026`."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return dates.format_skeleton("yMMMEd", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self._locale)

    def month(self, day: date) -> str:
        """`September 2026`."""
        return dates.format_skeleton("yMMMM", datetime(day.year, day.month, day.day, tzinfo=UTC), locale=self._locale)


@cache
def available_languages() -> dict[str, Language]:
    """All languages of the site by their codes, English first."""
    return {SOURCE: Language(SOURCE, NullTranslations())} | {
        path.stem: Language(path.stem, _translations(path)) for path in sorted(FOLDER.glob("*.po"))
    }


def preferred(wanted: str | None, accept_language: str) -> Language:
    """The language a visitor has chosen, else the first that their browser asks for and the site speaks."""
    known = available_languages()
    for code in (wanted or "", *_asked(accept_language)):
        if code in known:
            return known[code]
    return known[SOURCE]


def of_task(request: Request) -> Language:
    """The language for a page that knows no visitor: the one the site has put into the address of the task.

    That is this page's address, or the one that has led here; without one, the browser's. It is a wish and no secret,
    so it needs no ticket.
    """
    referer = urlsplit(request.headers.get("referer", "")[:4000])
    asked = _in_task_path(request.url.path) or _in_task_path(referer.path)
    return preferred(asked, request.headers.get("accept-language", ""))


def _in_task_path(path: str) -> str | None:
    """The code of a language in the path of a task; None in other paths."""
    code, _, ticket = path.removeprefix(TASK_FOLDER).partition("/")
    return code if path.startswith(TASK_FOLDER) and ticket else None


def zone(name: str | None) -> tzinfo | None:
    """The time zone of this name (`Europe/Berlin`); None when there is none, or no name."""
    return ZoneInfo(name) if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    """The names of all time zones that are called by a place, and UTC."""
    return frozenset(name for name in available_timezones() if name == "UTC" or name.partition("/")[0] in _CONTINENTS)


def _asked(accept_language: str) -> Iterator[str]:
    """The languages of an Accept-Language header by their weight, without their countries."""
    weighed = []
    for entry in accept_language[:500].split(","):
        tag, _, parameter = entry.partition(";")
        weight = re.fullmatch(r"\s*q=(\d(?:\.\d{0,3})?)\s*", parameter) if parameter else None
        weighed.append((float(weight[1]) if weight else 1.0, tag.strip().lower().partition("-")[0]))
    for heaviest, code in sorted(weighed, key=lambda one: -one[0]):
        if heaviest:
            yield code


def _translations(path: Path) -> GNUTranslations:
    with path.open("rb") as catalog:
        compiled = BytesIO()
        write_mo(compiled, read_po(catalog))
    compiled.seek(0)
    return GNUTranslations(compiled)
