"""Scripts: the texts in our scripts for task pages, and those scripts in each language.

A script marks a text by translating it: `translate("Please choose one of these.")`, `translate("{count} now.",
{ count })`, and `translatePlural("{number} character", "{number} characters", number)`. Task pages have no catalog, so
each language has its own copy of the script with the translated texts in place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kempelen.web.site.languages import Language

_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_TRANSLATED = re.compile(rf"\btranslate\(\s*(?P<text>{_TEXT})")
_PLURAL = re.compile(rf"\btranslatePlural\(\s*(?P<one>{_TEXT}),\s*(?P<many>{_TEXT})")


def texts(script: str) -> Iterator[str | tuple[str, str]]:
    """The texts that a script translates; a pair is for one thing and for many."""
    for found in _TRANSLATED.finditer(script):
        yield json.loads(found["text"])
    for found in _PLURAL.finditer(script):
        yield json.loads(found["one"]), json.loads(found["many"])


def translated(script: str, language: Language) -> str:
    """The script with its texts in a language."""

    def many(found: re.Match[str]) -> str:
        one, several = json.loads(found["one"]), json.loads(found["many"])
        forms = (language.translations.ngettext(one, several, number) for number in (1, 2))
        return f"translatePlural({', '.join(map(_written, forms))}"

    script = _TRANSLATED.sub(
        lambda found: f"translate({_written(language.translate(json.loads(found['text'])))}", script
    )
    return _PLURAL.sub(many, script)


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
