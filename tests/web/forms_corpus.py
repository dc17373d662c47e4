"""A corpus of questions: every answer kind, style and constraint, with what a person might do that is wrong and right.

Each case says how its question is asked, a deed that must be refused and in which words, and a deed that is taken and
what is stored of it. The same deeds are done in a real browser, and sent as fields to the server without the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from tests.web import forms
from tests.web.forms import choices, formatted, question, regex, text

COLOURS = ("r=Red", "g=Green", "b=Blue")
DATE = "2005-10-01"  # the one date that has every kind of question


@dataclass(frozen=True)
class Write:
    """Write this into the box, in place of what is there; None leaves it as it is."""

    text: str | None


@dataclass(frozen=True)
class Choose:
    """Choose these by their place, from 1; with a text also Other, in these words."""

    places: tuple[int, ...] = ()
    other: str | None = None


@dataclass(frozen=True)
class Upload:
    """Upload a file of so many bytes, or none."""

    size: int = 0


Deed = Write | Choose | Upload


@dataclass(frozen=True)
class Case:
    """One question; `wrong` is None where nothing that can be done is wrong."""

    answer: str
    right: Deed
    stored: str
    wrong: Deed | None = None
    said: str = ""
    required: str = ""
    content: str = "<Text>What do you see?</Text>"


def free(written: str) -> str:
    return f"<FreeText>{written}</FreeText>" if written else "<FreeText/>"


def chosen(*identifiers: str, other: str = "") -> str:
    said = f"<OtherSelectionText>{other}</OtherSelectionText>" if other else ""
    return "".join(f"<SelectionIdentifier>{each}</SelectionIdentifier>" for each in identifiers) + said


def upload(least: int, most: int) -> str:
    return (
        f"<FileUploadAnswer><MaxFileSizeInBytes>{most}</MaxFileSizeInBytes>"
        f"<MinFileSizeInBytes>{least}</MinFileSizeInBytes></FileUploadAnswer>"
    )


INVALID = "Invalid input supplied."
NEEDED = "This question needs an answer."
KEY = "{key}"  # stands for the key of an uploaded file

CASES: dict[str, Case] = {
    # ------------------------------------------------------------------------------------ free text
    "a line": Case(
        text(), Write("a <b> & 'c' \"d\" é 🫖 ]]>"), free("a &lt;b&gt; &amp; 'c' \"d\" &#233; &#129750; ]]&gt;")
    ),
    "a line left empty": Case(text(), Write(None), free("")),
    "a line with blanks around": Case(text(), Write("  mug "), free("  mug ")),
    "a required line": Case(text(), Write("mug"), free("mug"), Write("  "), NEEDED, required="true"),
    "lines": Case(text(lines=3), Write("one\ntwo\n"), free("one&#13;\ntwo&#13;\n")),
    "required lines": Case(text(lines=3), Write("mug"), free("mug"), Write(""), NEEDED, required="1"),
    "a default left as it is": Case(text(default="5 &amp; 6"), Write(None), free("5 &amp; 6")),
    "a default of two lines": Case(text(default="one\ntwo"), Write(None), free("one&#13;\ntwo")),
    "a default emptied": Case(
        text(default="mug"), Write("mugs"), free("mugs"), Write(""), NEEDED, required="true"
    ),
    "no less than so many characters": Case(
        text('<Length minLength="3"/>'), Write("mug"), free("mug"), Write("mu"),
        "Write at least 3 characters. There are 2 now.",
    ),
    "a least length asks for an answer": Case(
        text('<Length minLength="1"/>'), Write("m"), free("m"), Write(""), NEEDED
    ),
    "no more than so many characters": Case(
        text('<Length maxLength="3"/>'), Write("mug"), free("mug"), Write("mugs"),
        "Write at most 3 characters. There are 4 now.",
    ),
    "line ends count once, wide characters twice": Case(
        text('<Length minLength="4" maxLength="4"/>', lines=2), Write("a\n🫖"), free("a&#13;\n&#129750;"),
        Write("a\nb🫖"), "Write at most 4 characters. There are 5 now.",
    ),
    "a number": Case(text("<IsNumeric/>"), Write(" -1.50 "), free(" -1.50 "), Write("1,5"), "Write a number."),
    "no number where none is required": Case(
        text('<IsNumeric minValue="1"/>'), Write(""), free(""), Write("one"), "Write a number, 1 or more."
    ),
    "a number from": Case(
        text('<IsNumeric minValue="-2"/>'), Write("-2"), free("-2"), Write("-2.01"), "Write a number, -2 or more."
    ),
    "a number to": Case(
        text('<IsNumeric maxValue="0"/>'), Write("0"), free("0"), Write("0.1"), "Write a number, 0 or less."
    ),
    "a number between": Case(
        text('<IsNumeric minValue="1" maxValue="99"/>'), Write("99.0"), free("99.0"), Write("100"),
        "Write a number from 1 to 99.",
    ),
    "a pattern": Case(text(regex("^[a-z]{3}$")), Write("mug"), free("mug"), Write("MUG"), INVALID),
    "a pattern found anywhere": Case(text(regex("g 7")), Write("mug 7!"), free("mug 7!"), Write("7"), INVALID),
    "a pattern in any case": Case(
        text(regex("^mug$", "Write <mug> & no more.", "i")), Write("MUG"), free("MUG"), Write("cup"),
        "Write <mug> & no more.",
    ),
    "all patterns, the first that fails is told": Case(
        text(regex("[0-9]", "A digit!") + regex("[a-z]", "A letter!") + regex("[.]", "A dot!")),
        Write("7a."), free("7a."), Write("7"), "A letter!",
    ),
    "a pattern over lines": Case(
        text(regex(r"^one\ntwo$", "Two lines."), lines=2), Write("one\ntwo"), free("one&#13;\ntwo"), Write("one two"),
        "Two lines.",
    ),
    "a pattern that JavaScript cannot read": Case(text(regex("(")), Write("mug"), free("mug")),
    "a pattern that would take for ever": Case(text(regex("^(a+)+$")), Write("aaaa"), free("aaaa")),
    "length, then number, then pattern": Case(
        text('<IsNumeric maxValue="500"/><Length maxLength="3"/>' + regex("0$", "Tens.")),
        Write("120"), free("120"), Write("501"), "Write a number, 500 or less.",
    ),
    # ------------------------------------------------------------------------------------ choices
    "one of, without a style": Case(choices(*COLOURS), Choose((2,)), chosen("g"), Choose(), "Choose one."),
    **{
        f"one of, as a {style}": Case(
            choices(*COLOURS, style=style), Choose((3,)), chosen("b"), Choose(), "Choose one."
        )
        for style in ("radiobutton", "dropdown", "list", "combobox", "multichooser", "checkbox")
    },
    "one or none": Case(choices(*COLOURS, least=0), Choose(), chosen()),
    "no tick, where an answer is required": Case(
        choices(*COLOURS, least=0, most=2), Choose(), chosen(), Choose((1, 2, 3)), "Choose up to 2.", required="true"
    ),
    "one or none, from a menu": Case(choices(*COLOURS, least=0, style="dropdown"), Choose(), chosen()),
    "none is not enough where one is required": Case(
        choices(*COLOURS, least=0), Choose((1,)), chosen("r"), Choose(), "Choose one.", required="true"
    ),
    "several, without a style, in the form's order": Case(
        choices(*COLOURS, most=2), Choose((3, 1)), chosen("r", "b"), Choose((1, 2, 3)), "Choose 1 to 2."
    ),
    **{
        f"several, as a {style}": Case(
            choices(*COLOURS, least=2, most=2, style=style), Choose((2, 3)), chosen("g", "b"), Choose((2,)), "Choose 2."
        )
        for style in ("checkbox", "list", "combobox", "multichooser")
    },
    "up to so many": Case(
        choices(*COLOURS, least=0, most=2), Choose(), chosen(), Choose((1, 2, 3)), "Choose up to 2."
    ),
    "more than there are": Case(
        choices(*COLOURS, most=9), Choose((1, 2, 3)), chosen("r", "g", "b"), Choose(), "Choose at least one."
    ),
    "other, among round buttons": Case(
        choices(*COLOURS, other=""), Choose(other="sea green"), chosen(other="sea green"),
        Choose(other=" "), "Please say what the other is.",
    ),
    "other, from a list with a box": Case(
        choices(*COLOURS, style="combobox", other=""), Choose(other="téal"), chosen(other="t&#233;al"),
        Choose(other=""), "Please say what the other is.",
    ),
    "other counts as one choice": Case(
        choices(*COLOURS, most=2, other=""), Choose((1,), other="teal"), chosen("r", other="teal"),
        Choose((1, 2), other="teal"), "Choose 1 to 2.",
    ),
    "other, with constraints of its own": Case(
        choices(*COLOURS, other=text('<Length maxLength="5"/>' + regex("^[a-z]+$", "Letters only."), lines=2)
                .removeprefix("<FreeTextAnswer>").removesuffix("</FreeTextAnswer>")),
        Choose(other="teal"), chosen(other="teal"), Choose(other="te4l"), "Letters only.",
    ),
    "other not chosen says nothing": Case(choices(*COLOURS, other=""), Choose((1,)), chosen("r")),
    "choices with pictures and markup": Case(
        choices("b" + formatted("<b>Bold</b> choice"), "p" + forms.binary(), style="dropdown"),
        Choose((2,)), chosen("p"), Choose(), "Choose one.",
    ),
    "a long list": Case(
        choices(*(f"n{n}=Number {n}" for n in range(20)), style="list", most=20),
        Choose((1, 20)), chosen("n0", "n19"), Choose(), "Choose at least one.",
    ),
    "identifiers that are anything": Case(
        choices("a &amp; b|c=One", "=Two", "other=Three", most=3), Choose((1, 2, 3)),
        "<SelectionIdentifier>a &amp; b|c</SelectionIdentifier><SelectionIdentifier/>"
        "<SelectionIdentifier>other</SelectionIdentifier>",
    ),
    # ------------------------------------------------------------------------------------ files
    "a file": Case(
        upload(2, 1000), Upload(900),
        f"<UploadedFileSizeInBytes>900</UploadedFileSizeInBytes><UploadedFileKey>{KEY}</UploadedFileKey>",
        Upload(), "This question needs a file.", required="true",
    ),
    "no file where none is required": Case(upload(1, 5_000_000), Upload(), ""),
}  # fmt: skip


def identifier(name: str) -> str:
    """The QuestionIdentifier of a case: something of markup in each."""
    return f"{name} & <{name[:1]}>"


def whole_form() -> str:
    """All cases as one form, between two Overviews."""
    return forms.form(
        forms.overview("<Title>Mugs</Title>"),
        *(
            question(escape(identifier(name)), case.answer, content=case.content, required=case.required, name=f"Q {n}")
            for n, (name, case) in enumerate(CASES.items(), 1)
        ),
        forms.overview("<Text>Thank you.</Text>"),
        date=DATE,
    )


def whole_answer(keys: list[str]) -> str:
    """What is stored when everything was done right; the keys of the files in their order."""
    remaining = iter(keys)
    answers = "".join(
        f"<Answer><QuestionIdentifier>{escape(identifier(name), quote=False)}</QuestionIdentifier>"
        f"{case.stored.replace(KEY, next(remaining)) if KEY in case.stored else case.stored}</Answer>"
        for name, case in CASES.items()
    )
    return (
        '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
        f'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">{answers}</QuestionFormAnswers>'
    )


def fields(deeds: dict[str, Deed | None], keys: list[str]) -> list[tuple[str, str]]:
    """The same as a page would send it: by the question's number."""
    remaining, sent = iter(keys), []
    for number, (name, deed) in enumerate(deeds.items(), 1):
        field = f"answer-{number}"
        if isinstance(deed, Write):
            written = default_of(CASES[name]) if deed.text is None else deed.text
            sent.append((field, written.replace("\n", "\r\n")))
        elif isinstance(deed, Choose):
            sent += [(field, str(place)) for place in deed.places]
            sent += [] if deed.other is None else [(field, "other"), (f"{field}-other", deed.other)]
        elif isinstance(deed, Upload):
            sent.append((field, next(remaining) if deed.size else ""))
    return sent


def default_of(case: Case) -> str:
    """The text that stands in the box at the start."""
    _, found, rest = case.answer.partition("<DefaultText>")
    return rest.partition("</DefaultText>")[0].replace("&amp;", "&") if found else ""
