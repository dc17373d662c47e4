"""QuestionForms as pages: a form of ours for the questions of a Requester, shown in the task's own frame.

    question_form.render(rendering, form, action=origin + "/mturk/externalSubmit", assignment_id="3A…", origin=origin)

The page works with HTML alone as far as HTML can check; a script checks all constraints while the Worker is there, and
the server checks them again. Choices are shown in the style asked for where it can show them, in one of equal power
otherwise. Source: docs/mturk/questions.md 3.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from kempelen.core.questions import form_answers
from kempelen.core.questions.form_answers import Files, UploadedFile
from kempelen.core.questions.question_forms import (
    Application,
    FileUploadAnswer,
    FormattedContent,
    FreeTextAnswer,
    List,
    Media,
    Piece,
    Question,
    QuestionForm,
    SelectionAnswer,
    Text,
    Title,
)
from kempelen.core.texts import LazyText, lazy_text
from kempelen.web.site.languages import Language
from kempelen.web.site.rendering import Rendering

Control = Literal["text", "lines", "select", "round", "ticks", "file"]

_KINDS: dict[type, str] = {
    Title: "title", Text: "text", List: "list", FormattedContent: "formatted", Media: "media", Application: "gone",
}  # fmt: skip
_MOST_LINES = 40
_MOST_OPEN = 8


def render(
    rendering: Rendering,
    form: QuestionForm,
    *,
    language: Language,
    action: str,
    assignment_id: str | None,
    origin: str,
    parents: Sequence[str],
    uploaded: Files,
    max_upload_bytes: int,
) -> str:
    """The page; without an assignment it is a preview, which can be read and not be filled in.

    Our own texts are in this language, the Requester's stay as they are. `origin` is where the page's own style and
    script are, for frames that have no origin themselves; `parents` are the origins that may be around the frame, to
    which the script hands the answers. `uploaded` are the files that are there from an earlier visit of this page.
    """
    values = {
        "parts": _parts(form, uploaded, max_upload_bytes, language),
        "takes_files": form.takes_files,
        "action": action,
        "parents": " ".join(parents),
        "assignment_id": assignment_id,
        "preview": assignment_id is None,
        "origin": origin,
    }
    return rendering.page("tasks/question_form.html", values, language)


def policy(own: str) -> str:
    """What the page may load: its own style and script, and any image, sound or film. Files go to its own host."""
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; connect-src {own}; img-src http: https:; "
        f"media-src http: https:; form-action {own}; base-uri 'none'"
    )


def control(question: Question) -> Control:
    """The control for a question: the style that was suggested, where it can show these choices."""
    answer = question.answer
    if isinstance(answer, FreeTextAnswer):
        return "lines" if answer.lines > 1 or "\n" in answer.default_text else "text"
    if not isinstance(answer, SelectionAnswer):
        return "file"
    if answer.is_check_boxes:
        return "ticks"
    plain = all(isinstance(one.shown, Text) for one in answer.selections)
    return "select" if plain and answer.style in ("dropdown", "list", "combobox", "multichooser") else "round"


def _parts(form: QuestionForm, uploaded: Files, max_upload_bytes: int, language: Language) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    number, count = 0, len(form.questions)
    for part in form.parts:
        shown: dict[str, Any] = {"number": 0, "content": [_piece(piece) for piece in part.content]}
        if isinstance(part, Question):
            number += 1
            shown |= _question(part, number, count, uploaded, max_upload_bytes, language)
        parts.append(shown)
    return parts


def _piece(piece: Piece) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": _KINDS[type(piece)], "piece": piece, "on_white": False}
    if isinstance(piece, FormattedContent):
        # Colours were chosen for a white page, so they get one, also by night.
        shown["on_white"] = ' color="' in piece.html or ' bgcolor="' in piece.html
    if isinstance(piece, Media):
        shown["width"], shown["height"] = (
            side if side.isascii() and side.isdigit() else "" for side in (piece.width, piece.height)
        )
    return shown


def _question(
    question: Question, number: int, count: int, uploaded: Files, max_upload_bytes: int, language: Language
) -> dict[str, Any]:
    answer = question.answer
    shown: dict[str, Any] = {
        "number": number,
        "name": form_answers.field(number),
        "label": question.display_name or language.translate_text(_label(number, count)),
        "control": control(question),
        "required": question.least > 0,
        "choices": [],
        "wanted": "",
    }
    if isinstance(answer, FreeTextAnswer):
        shown["text"] = _text(answer, language, required=question.is_required)
    elif isinstance(answer, SelectionAnswer):
        offered = len(answer.selections) + (answer.other is not None)
        shown |= {
            "choices": [(str(place), _piece(one.shown)) for place, one in enumerate(answer.selections, 1)],
            "least": question.least,
            "most": max(answer.most, question.least),
            "wanted": language.translate_text(form_answers.wanted(question)),
            "boxed": answer.style in ("list", "multichooser") and offered > _MOST_OPEN,
            "rows": min(offered + 1, _MOST_OPEN) if answer.style in ("list", "multichooser") else 1,
            "other": _text(answer.other, language, required=True) if answer.other else None,
            "other_name": form_answers.other_field(number),
        }
    else:
        shown |= _file(form_answers.capped(answer, max_upload_bytes), uploaded.get(question.identifier), language)
    return shown


def _label(number: int, count: int) -> LazyText:
    return lazy_text("Question {number}", number=number) if count > 1 else lazy_text("Question")


def _file(answer: FileUploadAnswer, kept: UploadedFile | None, language: Language) -> dict[str, Any]:
    """A file to upload, and the one that is there already."""
    wanted = language.translate_text(form_answers.file_wanted(answer))
    return {
        "wanted": wanted,
        "checks": json.dumps({"least": answer.min_bytes, "most": answer.max_bytes, "wanted": wanted}),
        "kept": kept,
        "kept_size": language.translate_text(form_answers.in_bytes(kept.size)) if kept else "",
    }


def _text(answer: FreeTextAnswer, language: Language, *, required: bool) -> dict[str, Any]:
    """A text box, with what the page's script is to check."""
    length, numeric = answer.length, answer.numeric
    checks = {
        "required": required,
        "least": length.least if length else None,
        "most": length.most if length else None,
        "number": language.translate_text(form_answers.number_wanted(numeric).sentence()) if numeric else None,
        "from": numeric.least if numeric else None,
        "to": numeric.most if numeric else None,
        "patterns": [
            [one.regex, "i" if one.ignore_case else "", language.translate_text(one.error_text)]
            for one in answer.patterns
        ],
    }
    return {
        "default": answer.default_text,
        "rows": min(max(answer.lines, answer.default_text.count("\n") + 1), _MOST_LINES),
        "required": required or bool(length and length.least),
        "numeric": numeric is not None,
        "pattern": form_answers.NUMBER if numeric else "",
        "least": (length.least if length else None) or None,
        "most": length.most if length else None,
        "checks": json.dumps(checks),
        "hint": _hint(answer, language),
    }


def _hint(answer: FreeTextAnswer, language: Language) -> str:
    """What may be written, in words."""
    hints = [form_answers.number_wanted(answer.numeric)] if answer.numeric else []
    if answer.length:
        hints += _length_hint(answer.length.least or 0, answer.length.most)
    first, *others = [language.translate_text(hint) for hint in hints] or [""]
    return ", ".join([first, *(one[0].lower() + one[1:] for one in others)]) + "." if first else ""


def _length_hint(least: int, most: int | None) -> list[LazyText]:
    characters = form_answers.characters
    if least and most == least:
        return [characters(least)]
    if least and most:
        return [lazy_text("{least} to {characters}", least=least, characters=characters(most))]
    if most:
        return [lazy_text("At most {characters}", characters=characters(most))]
    return [lazy_text("At least {characters}", characters=characters(least))] if least else []
