"""Pages as Requesters wrote them in the console: their kinds, and the ways in which they hold a form or none.

Each page is made of contents (fields, and what is asked) in a frame (what is around them). Both have variables. So the
contents alone, in a plain form, show what a browser would submit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Deed = tuple[str, str, str]  # fill, check or select; a selector; a text

VALUES = {
    "image": "data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2240%22 height=%2230%22/%3E",
    "Item text": "A white mug & its saucer",
    "item.id": "mug-17",
    "größe": "300",
    "rows": '[{"name": "rim"}, {"name": "handle"}]',
}


@dataclass(frozen=True)
class Template:
    """A page with variables, its contents alone, and what a Worker does in it."""

    name: str
    page: str
    contents: str
    deeds: tuple[Deed, ...]

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for name, value in VALUES.items() if f"${{{name}}}" in self.page}


def fill(name: str, text: str) -> Deed:
    return "fill", f"[name='{name}']", text


def check(name: str, value: str) -> Deed:
    return "check", f"[name='{name}'][value='{value}']", ""


def select(name: str, value: str) -> Deed:
    return "select", f"select[name='{name}']", value


CONTENTS: dict[str, tuple[str, tuple[Deed, ...]]] = {
    "survey link": (
        """<section id="SurveyLink"><table class="table"><tbody><tr><td><label>Survey:</label></td>
        <td><a class="wide" href="https://survey.example.org/?item=${item.id}" target="_blank">Open it</a></td></tr>
        </tbody></table></section>
        <div><label for="surveycode">The code that the survey shows at its end:</label>
        <input class="form-control" id="surveycode" name="surveycode" placeholder="e.g. 123456" type="text"></div>""",
        (fill("surveycode", "tea 4711"),),
    ),
    "image classification": (
        """<img class="img-responsive" src="${image}" alt="item" width="${größe}"><fieldset><legend>What is it?</legend>
        <div class="radio"><label><input name="kind" type="radio" value="mug"> Mug</label></div>
        <div class="radio"><label><input name="kind" type="radio" value="bowl"> Bowl</label></div>
        <div class="radio"><label><input name="kind" type="radio" value="none of these"> None</label></div></fieldset>
        <input type="hidden" name="item" value="${item.id}">""",
        (check("kind", "bowl"), check("kind", "none of these")),
    ),
    "sentiment": (
        """<blockquote>${Item text}</blockquote><table><thead><tr><th></th><th>-1</th><th>0</th><th>+1</th></tr></thead>
        <tbody><tr><td>Tone</td><td><input type=radio name=tone value=-1></td><td><input type=radio name=tone value=0
        checked></td><td><input type=radio name=tone value=1></td></tr><tr><td>Strength</td><td colspan=3>
        <input type=range name=strength min=0 max=10 value=7></td></tr></tbody></table>""",
        (check("tone", "-1"), fill("strength", "3")),
    ),
    "data collection": (
        """<p>Maker of <b>${Item text}</b></p><table><tr><td>Name</td><td><input name="Maker name" size=40></td></tr>
        <tr><td>Site</td><td><input type=url name=site></td></tr><tr><td>Mail</td><td><input type=email name=mail>
        </td></tr><tr><td>Founded</td><td><input type=number name=year min=1000></td></tr><tr><td>Since</td>
        <td><input type=date name=since><input type=tel name=phone></td></tr></table>
        <input type=checkbox name=not_found> There is none""",
        (
            fill("Maker name", 'Mug & Sons "Ltd" <é>'),
            fill("site", "https://mugs.example.org/?a=1&b=2"),
            fill("mail", "a@example.org"),
            fill("year", "1899"),
            fill("since", "2026-12-01"),
            ("check", "[name=not_found]", ""),
        ),
    ),
    "transcription": (
        """<audio controls src="data:audio/wav;base64,"></audio><p>Item ${item.id}</p>
        <textarea name="transcript" rows="6" cols="60">${Item text}: </textarea>
        <select name="quality"><option>good</option><option value="2">noisy</option></select>""",
        (fill("transcript", "Well,\n  I said \u201ctea\u201d.\n\n"), select("quality", "2")),
    ),
    "tagging": (
        """<p>${Item text}</p><label><input type="checkbox" name="tag" value="rim"> rim</label>
        <label><input type="checkbox" name="tag" value="handle"> handle</label>
        <label><input type="checkbox" name="tag" value="glaze"> glaze</label>
        <label><input type="checkbox" name="chipped" value="yes" checked> chipped</label>
        <input type="text" name="other" value="">""",
        (check("tag", "rim"), check("tag", "glaze")),
    ),
    "item equality": (
        """<table border=1><tr><th>A</th><th>B</th></tr><tr><td>${Item text}</td><td>A mug</td></tr></table>
        <select name=same><option value="">Choose</option><option value=yes>Same</option><option value=no>Not</option>
        </select><select name="differs in" multiple size=3><option>colour<option>size<option>maker</select>
        <input name=disabled disabled value=x><input name=readonly readonly value="kept ${item.id}">""",
        (select("same", "no"), select("differs in", "size")),
    ),
    "script": (
        """<div id="list"></div><input type="hidden" name="count" id="count"><p id="greeting"></p><script>
        const rows = ${rows}; let text = "${Item text}";
        document.getElementById("list").innerHTML = rows.map((row, n) => `<p>${n + 1} of ${rows.length}: ${row.name}
          <input name="part-${n}" type="text" value="${row.name}"></p>`).join("");
        document.getElementById("count").value = `${rows.length}`;
        document.getElementById("greeting").textContent = "${" + text + "}";</script>""",
        (fill("part-1", "handle, glued"),),
    ),
    "likert": (
        "<table><tr><th>${Item text}</th><th>1</th><th>2</th><th>3</th></tr>"
        + "".join(
            f"<tr><td>Statement {row}</td>"
            + "".join(f'<td><input type="radio" name="q{row}" value="{n}"></td>' for n in (1, 2, 3))
            + "</tr>"
            for row in range(4)
        )
        + "</table>",
        tuple(check(f"q{row}", str(row % 3 + 1)) for row in range(4)),
    ),
    "survey": (
        """<fieldset><legend>About you &amp; tea</legend><p>Age <input name="age" type="number"></p>
        <p>Country <select name="country"><optgroup label="A"><option value="AT">Austria<option value="DE" selected>
        Germany</optgroup></select></p><p>Why? <textarea name="why" wrap="hard" cols="20"></textarea></p></fieldset>
        <fieldset disabled><input name="never" value="1"></fieldset><input name="" value="nameless">
        <input type="color" name="colour" value="#112233"><input type="button" name="b" value="no answer">""",
        (fill("age", "44"), fill("why", "Because it is warm and because it is wet, mostly")),
    ),
}

SUBMIT = "https://www.mturk.com/mturk/externalSubmit"
_HEAD = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Item ${item.id} - look at it</title><style>
/* ${größe} pixels and no more { } */ img { max-width: ${größe}px } </style></head><body><!-- item ${item.id} -->"""
_END = """<textarea readonly style="display: none">${item.id} </form> <script></textarea></body></html>"""
_BUTTON = '<p class="text-center"><input type="submit" class="btn btn-lg" value="Submit"></p>'

FRAMES: dict[str, str] = {
    "no form": "{contents}",
    "no form, whole page": f"{_HEAD}{{contents}}{_END}",
    "console's form": (
        f'{_HEAD}<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script><form id="mturk_form" '
        f'name="mturk_form" method="post" action="{SUBMIT}"><input type="hidden" value="" name="assignmentId" '
        f'id="assignmentId">{{contents}}{_BUTTON}</form><script>turkSetAssignmentID();</script>{_END}'
    ),
    "form to the sandbox, in a table": (
        '<table width=100%><tr><td><form action="https://workersandbox.mturk.com/mturk/externalSubmit" method=POST>'
        "{contents}<button>Send</button></form></td></tr></table>"
    ),
    "form without an action": f"<form name=mturk_form>{{contents}}{_BUTTON}</form>",
    "form with a path of its own": (
        f'{_HEAD}<form action="edit" method="get">{{contents}}<button>Send</button></form>{_END}'
    ),
}


def templates() -> Iterator[Template]:
    """Every content in four of the frames."""
    frames = list(FRAMES.items())
    for place, (content, (contents, deeds)) in enumerate(CONTENTS.items()):
        for frame, around in (frames + frames)[place % len(frames) :][:4]:
            yield Template(f"{content}, {frame}", around.replace("{contents}", contents), contents, deeds)


def filled(page: str) -> str:
    """The page with the values in place of its variables."""
    for name, value in VALUES.items():
        page = page.replace(f"${{{name}}}", value)
    return page
