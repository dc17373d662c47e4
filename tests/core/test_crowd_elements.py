"""Crowd elements: pages with elements that do not exist yet are found out, and the table is that of the stand-ins."""

import re

import pytest

from kempelen.core.questions import crowd_elements
from kempelen.web.site.assets import FOLDER

STAND_INS = FOLDER / "stand-ins" / "crowd-html-elements"


def test_the_elements_that_exist_are_those_that_the_stand_ins_define():
    main = (STAND_INS / "main.js").read_text()
    table = main.partition("const ELEMENTS = {")[2].partition("}")[0]
    defined = set(re.findall(r'"([\w-]+)":', table)) | set(re.findall(r'define\("([\w-]+)"', main))
    assert defined - {"crowd-category"} == crowd_elements.EXISTING  # a category is made by its classifier


def test_the_elements_that_do_not_exist_are_those_that_the_stand_ins_say_are_missing():
    table = (STAND_INS / "missing.js").read_text().partition("export const MISSING = {")[2].partition("}")[0]
    assert dict(re.findall(r'"([\w-]+)": translate\("([^"]+)"\)', table)) == crowd_elements.MISSING


@pytest.mark.parametrize("name", crowd_elements.MISSING)
def test_each_element_that_does_not_exist_is_named_with_what_to_do(name):
    assert crowd_elements.fault(f"<crowd-form><{name} name=a></{name}></crowd-form>") == (
        f"The element {name} ({crowd_elements.MISSING[name]}) does not exist on this marketplace yet, so no Worker "
        "could do the task. Ask in another way: with elements that exist (docs/crowd-elements.md), with HTML of your "
        "own, or by an ExternalQuestion, on a site of your own."
    )


def test_all_of_a_page_are_named_once():
    text = crowd_elements.fault("<CROWD-LINE\nname=a><crowd-polygon/><crowd-line></crowd-line>")
    assert text.startswith(
        "The elements crowd-line (drawing lines on a picture), crowd-polygon (drawing outlines on a picture) do not"
    )


@pytest.mark.parametrize(
    "page",
    [
        "".join(f"<{name}></{name}>" for name in crowd_elements.EXISTING),
        "<!-- <crowd-polygon> --><crowd-form></crowd-form>",
        "<script>'<crowd-polygon>'</script>",
        "<textarea><crowd-polygon></textarea><title><crowd-polygon></title><style>/*<crowd-polygon>*/</style>",
        "<p title='<crowd-polygon>'>&lt;crowd-polygon></p>",
        "</crowd-polygon><crowd-polygons></crowd-polygons><my-crowd-polygon>",
    ],
)
def test_only_elements_of_the_markup_count(page):
    assert crowd_elements.fault(page) == ""
