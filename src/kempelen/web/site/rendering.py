"""Rendering: templates, in the visitor's language; how values are written that are not a language's own."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup, escape

from kempelen.core.rules import requirements
from kempelen.market.hits.listings import Required
from kempelen.market.qualifications.standings import Standing
from kempelen.web.site import languages
from kempelen.web.site.assets import Assets
from kempelen.web.site.languages import Language

FOLDER = Path(__file__).parents[1] / "templates"
EXTENSIONS = ("jinja2.ext.i18n",)


class Rendering:
    """The templates, compiled once for each language; every value is escaped unless a template says otherwise."""

    def __init__(self, assets: Assets, stand_ins: Assets) -> None:
        self._environments = {
            code: _environment(language, assets, stand_ins)
            for code, language in languages.available_languages().items()
        }

    def page(self, template: str, values: dict[str, Any], language: Language | None = None) -> str:
        """The text of a page; in English unless a language is given."""
        environment = self._environments[language.code if language else languages.SOURCE]
        return environment.get_template(template).render(values)


class _Compiled(BytecodeCache):
    """Compiled templates of one language, for all sites of this process: several can be open, as in tests."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


@cache
def _compiled(_language_code: str) -> _Compiled:
    return _Compiled()


def _environment(language: Language, assets: Assets, stand_ins: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        bytecode_cache=_compiled(language.code),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=EXTENSIONS,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters |= {
        "count": language.count, "month": language.month, "date": _date_in(language), "day": language.day,
        "short_day": language.short_day, "dollars": language.dollars,
        "exact": exact, "iso": iso, "left": language.left, "moment": _date_in(language, "medium"),
        "name": _name_in(language),
        "percent": language.percent, "query": query, "rule": _rule_in(language), "span": language.span,
        "age": language.age, "to_page": to_page,
    }  # fmt: skip
    environment.globals |= {
        "asset": partial(assets.url, language=language.code),
        "stand_in": partial(stand_ins.url, language=language.code),
        "language": language,
    }
    texts = language.translations
    environment.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment


def _date_in(language: Language, time: Literal["short", "medium"] = "short") -> Any:
    @pass_context
    def date(context: Context, instant: datetime) -> Markup:
        """A `time` element in the visitor's zone; where that is not known in UTC, which a script of ours then mends."""
        zone = context.get("zone")
        shown = language.instant(instant, zone or UTC, time)
        if zone:
            return Markup('<time datetime="{}">{}</time>').format(iso(instant), shown)
        return Markup('<time datetime="{}" data-local="{}">{} UTC</time>').format(iso(instant), time, shown)

    return date


def _rule_in(language: Language) -> Any:
    name = _name_in(language)

    def rule(required: Required) -> str:
        """What a requirement wants: "HIT approval rate (%) is at least 95"."""
        return language.translate(
            requirements.RULES[required.comparator],
            name=name(required),
            values=", ".join(required.values),
        )

    return rule


def _name_in(language: Language) -> Any:
    def name(about: Required | Standing) -> str:
        """What a qualification is called: ours in the language, a Requester's as it was named."""
        return language.translate(about.name) if about.qualification_type_id in requirements.NAMES else about.name

    return name


def iso(instant: datetime) -> str:
    """`2026-09-01T10:00:00.000Z`, as in the original's JSON."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def exact(text: str) -> Markup:
    """A text for an attribute, its carriage returns written so that HTML parsers leave them alone."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))


def query(values: dict[str, Any]) -> str:
    """The parameters of an address; empty ones are left out."""
    return urlencode({name: value for name, value in values.items() if value not in ("", None)})


def to_page(asked: dict[str, Any], page_number: int) -> dict[str, Any]:
    """The same question, another page of its answer."""
    return {**asked, "page_number": page_number}
