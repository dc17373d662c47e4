"""Scripts: the texts in our scripts for task pages, and those scripts in each language.

A script marks a text by saying it: `say("Please choose one of these.")`, `say("{count} now.", { count })`, and
`sayMany("{number} character", "{number} characters", number)`. A page of a task knows no catalog, so each language has
the script with its own texts in the place of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kempelen.web.site.languages import Language

_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_SAID = re.compile(rf"\bsay\((?P<text>{_TEXT})")
_SAID_MANY = re.compile(rf"\bsayMany\((?P<one>{_TEXT}), (?P<many>{_TEXT})")


def texts(script: str) -> Iterator[str | tuple[str, str]]:
    """The texts that a script says; a pair is for one thing and for many."""
    for found in _SAID.finditer(script):
        yield json.loads(found["text"])
    for found in _SAID_MANY.finditer(script):
        yield json.loads(found["one"]), json.loads(found["many"])


def translated(script: str, language: Language) -> str:
    """The script with its texts in a language."""

    def many(found: re.Match[str]) -> str:
        one, several = json.loads(found["one"]), json.loads(found["many"])
        forms = (language.translations.ngettext(one, several, number) for number in (1, 2))
        return f"sayMany({', '.join(map(_written, forms))}"

    script = _SAID.sub(lambda found: f"say({_written(language.say(json.loads(found['text'])))}", script)
    return _SAID_MANY.sub(many, script)


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
