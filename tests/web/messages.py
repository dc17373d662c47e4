"""The texts that people are shown, gathered from templates and code into the catalogs of all languages.

    python -m tests.web.messages        (`make messages`)

New texts are added to each catalog untranslated, unused ones are removed, translations are kept. In templates a text is
marked by `_("…")`, `ngettext("…", "…", n)` or `{% trans %}`; in code by `translatable("…")`, `lazy_text("…")` or
`visit.translate("…")`; in scripts for task pages by `translate("…")` and `translatePlural("…", "…", n)`. The
`text` of a refusal to a Worker, and the `reason` of an InvalidField, need no mark.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import kempelen.web.app  # noqa: F401  all refusals are known once all pages are
from kempelen.core.wire.errors import ServiceFault
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.web.site import scripts
from kempelen.web.site.assets import FOLDER as SCRIPTS
from kempelen.web.site.languages import FOLDER
from kempelen.web.site.rendering import FOLDER as TEMPLATES
from tests.tidy.source import PACKAGE

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
TRANSLATING = {
    "translatable": 1,
    "lazy_text": 1,
    "lazy_plural": 2,
    "translate": 1,
    "translate_plural": 2,
}  # how many of the arguments are texts
UNCHANGING = datetime(2026, 1, 1, tzinfo=UTC)  # catalogs tell no dates; their history is the repository's

Text = str | tuple[str, ...]


def gathered() -> list[Text]:
    """Every text to translate, each once; a pair is for one thing and for many."""
    found = {*from_templates(TEMPLATES), *from_code(PACKAGE), *from_scripts(SCRIPTS), *of_refusals()}
    return sorted(found, key=str)


def from_templates(folder: Path) -> Iterator[Text]:
    """The marked texts of the templates in a folder."""
    for path in folder.rglob("*.html"):
        options = {"trimmed": "true", "silent": "false"}
        for _, _, text, _ in babel_extract(BytesIO(path.read_bytes()), KEYWORDS, [], options):
            parts = tuple(part for part in (text if isinstance(text, tuple) else (text,)) if part)
            if parts:
                yield parts[0] if len(parts) == 1 else parts


def from_code(folder: Path) -> Iterator[Text]:
    """The texts that code says, marks, or gives as the reason why a field cannot be taken."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [node.args[: TRANSLATING.get(name, 0)]]
            if name == "InvalidField":
                texts = [[keyword.value] for keyword in node.keywords if keyword.arg == "reason"]
            for found in texts:
                fixed = [arg.value for arg in found if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if fixed:
                    yield fixed[0] if len(fixed) == 1 else tuple(fixed)


def from_scripts(folder: Path) -> Iterator[Text]:
    """The texts that the scripts for task pages say."""
    for path in folder.rglob("*.js"):
        yield from scripts.texts(path.read_text())


def of_refusals() -> Iterator[Text]:
    """The texts of all refusals that Workers may meet."""
    waiting: list[type] = [WorkerRefusal, ServiceFault]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.text and refusal is not WorkerRefusal:  # type: ignore[attr-defined]
            yield refusal.text  # type: ignore[attr-defined]


def updated(catalog: Catalog) -> Catalog:
    """The catalog with just the texts there are, and what it had of their translations."""
    made = Catalog(
        catalog.locale, project="Kempelen", version="1", creation_date=UNCHANGING, revision_date=UNCHANGING,
        msgid_bugs_address="-", last_translator="-", language_team="-", fuzzy=False,
        header_comment="# The texts of the site; see tests/web/messages.py.",
    )  # fmt: skip
    for text in gathered():
        before = catalog.get(text if isinstance(text, str) else text[0])
        same = before is not None and before.id == text
        made.add(text, before.string if before is not None and same else None)
    return made


def written(catalog: Catalog) -> bytes:
    """A catalog as its file: sorted, without line numbers, so that two people's new texts rarely meet."""
    file = BytesIO()
    write_po(file, catalog, width=110, no_location=True, sort_output=True, include_previous=False)
    return file.getvalue()


def main() -> None:
    for path in sorted(FOLDER.glob("*.po")):
        catalog = updated(read_po(BytesIO(path.read_bytes()), locale=path.stem))
        path.write_bytes(written(catalog))
        missing = [message.id for message in catalog if message.id and not all(_strings(message.string))]
        print(f"{path}: {len(catalog)} texts, {len(missing)} to translate", *missing, sep="\n    ")


def _strings(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [string or ""] if string is None or isinstance(string, str) else list(string)


if __name__ == "__main__":
    main()
