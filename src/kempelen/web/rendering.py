"""Rendering: templates, and how money, instants and spans of time are written on a page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kempelen.core.money import MICROS_PER_CENT, Money
from kempelen.web.assets import Assets

FOLDER = Path(__file__).parent / "templates"
_SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class Rendering:
    """The templates, compiled once; every value is escaped unless a template says otherwise."""

    def __init__(self, assets: Assets, stand_ins: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "count": count, "date": date, "dollars": dollars, "exact": exact, "iso": iso, "query": query, "span": span,
            "to_page": to_page,
        }  # fmt: skip
        self._environment.globals |= {"asset": assets.url, "stand_in": stand_ins.url}

    def page(self, template: str, values: dict[str, Any]) -> str:
        """The text of a page."""
        return self._environment.get_template(template).render(values)


def dollars(amount: Money) -> str:
    """`$1,234.50`; parts of a cent are shown when there are any."""
    sign, micros = "-" if amount.micros < 0 else "", abs(amount.micros)
    cents, rest = divmod(micros, MICROS_PER_CENT)
    finer = f"{rest:04d}".rstrip("0") if rest else ""
    return f"{sign}${cents // 100:,}.{cents % 100:02d}{finer}"


def count(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def iso(instant: datetime) -> str:
    """`2026-09-01T10:00:00.000Z`, as in the original's JSON."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def date(instant: datetime) -> Markup:
    """A `time` element in UTC; a script of ours writes it in the reader's own zone."""
    shown = f"{instant.day} {instant:%b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}" data-local>{}</time>').format(iso(instant), shown)


def span(seconds: int) -> str:
    """`1 hour 30 minutes`: the two largest units."""
    said = []
    for name, size in _SPANS:
        number, seconds = divmod(seconds, size)
        if number:
            said.append(f"{number} {name}{'' if number == 1 else 's'}")
        elif said:
            break
    return " ".join(said[:2]) or "0 seconds"


def exact(text: str) -> Markup:
    """A text for an attribute, its carriage returns written so that HTML parsers leave them alone."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))


def query(values: dict[str, Any]) -> str:
    """The parameters of an address; empty ones are left out."""
    return urlencode({name: value for name, value in values.items() if value not in ("", None)})


def to_page(asked: dict[str, Any], page_number: int) -> dict[str, Any]:
    """The same question, another page of its answer."""
    return {**asked, "page_number": page_number}
