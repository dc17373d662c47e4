"""FormattedContent: the permitted XHTML goes through, everything else is refused, and what goes through is safe."""

import contextlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions.formatted_content import safe_html
from kempelen.core.wire.errors import XHTMLParseError

SAME = [
    "text beside <p>a paragraph</p>",
    "<s>a</s><strike>b</strike><u>c</u>",
    "<center><p>a</p></center>",
    "<ul><li>a<ul><li>b</li></ul></li></ul>",
    "<ins><p>a</p></ins>",
    (
        "<p><i>a</i><b>b</b><big>c</big><small>d</small><em>e</em><strong>f</strong><code>g</code><q>h</q><cite>i</cite>"
        "<sub>j</sub><sup>k</sup><del>l</del><br></p>"
    ),
    "<h1>1</h1><h2>2</h2><h3>3</h3><h4>4</h4><h5>5</h5><h6>6</h6>",
    '<ol type="a" start="3"><li value="2">a</li></ol><dl><dt>a</dt><dd><p>b</p></dd></dl><hr width="50%">',
    "<pre>a\n  b</pre><blockquote>c</blockquote>",
    '<p align="center" title="a &amp; b" lang="en-GB" dir="ltr"><font color="#a00" size="+1" face="serif">c</font></p>',
    (
        '<table border="1" cellpadding="2"><colgroup><col width="10%"></colgroup><thead><tr><th scope="col">a</th></tr>'
        '</thead><tfoot><tr><td colspan="2">b</td></tr></tfoot>'
        '<tbody><tr bgcolor="yellow"><td>c</td></tr></tbody></table>'
    ),
]


@pytest.mark.parametrize("content", SAME)
def test_the_subset_goes_through_as_it_is(content: str):
    assert safe_html(re.sub(r"<(br|hr|col)( [^>]*)?>", r"<\1\2/>", content)) == content


def test_what_is_nested_too_deep_is_refused():
    assert safe_html("<b>" * 199 + "a" + "</b>" * 199)
    with pytest.raises(XHTMLParseError) as caught:
        safe_html("<b>" * 200 + "a" + "</b>" * 200)
    assert caught.value.message.endswith("Elements are nested in one another more than 200 deep. Line 1.")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("caf&eacute;&nbsp;&mdash; &lt;b&gt; &amp;amp; &quot;&apos;", "café\xa0— &lt;b&gt; &amp;amp; \"'"),
        ("a<!-- <script> -->b<?php x ?>c", "abc"),
        ("<![CDATA[<script>]]>", "&lt;script&gt;"),
        (
            '<img src="https://a.example/m.png" alt="" width="50%"/>',
            '<img src="https://a.example/m.png" alt="" width="50%" loading="lazy">',
        ),
        (
            '<a href="https://a.example/?a=1&amp;b=2" target="_top" rel="opener" name="x" accesskey="s">k</a>',
            '<a href="https://a.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">k</a>',
        ),
        ('<a href="mailto://a@b.c">mail</a>', "<a>mail</a>"),
        ('<a href="telnet://a">t</a>', "<a>t</a>"),
        (
            (
                '<map name="m" id="m"><area alt="x" href="https://a.example/" shape="rect" coords="0,0,1,1"/></map>'
                '<img src="http://a.example/" alt="x" usemap="#m" name="body"/>'
            ),
            (
                '<map name="content-m"><area alt="x" href="https://a.example/" shape="rect" coords="0,0,1,1" '
                'target="_blank" rel="noopener noreferrer"></map>'
                '<img src="http://a.example/" alt="x" usemap="#content-m" loading="lazy">'
            ),
        ),
        ('<img src="ftp://a.example/m.png" alt="x"/>', '<img alt="x" loading="lazy">'),
        (
            '<a href="http://a.example/"><b><a href="http://b.example/">x</a></b></a>',
            '<a href="http://a.example/" target="_blank" rel="noopener noreferrer"><b>x</b></a>',
        ),
        ('<p title="&quot;&gt;&lt;script&gt;">x</p>', '<p title="&quot;&gt;&lt;script&gt;">x</p>'),
        ("", ""),
    ],
)
def test_what_goes_through_is_written_anew(content: str, shown: str):
    assert safe_html(content) == shown


REFUSED = [
    '<img src="http://a/b"/>', '<img alt=""/>', '<a href="/x">a</a>', '<a href="mailto:a@b.c">a</a>', '<map name="m"/>',
    '<map name="m"><area alt=""/></map>', "<ul></ul>", '<a><a href="http://a/">b</a></a>',
    '<pre><img src="http://a/b" alt=""/></pre>', "<pre><big>a</big></pre>",
    '<img src="http://a/b" alt="" width="10px"/>', '<font color="#12">a</font>', '<br lang="en"/>',
    '<p class="a">b</p>', '<p id="a">b</p>', '<p style="a">b</p>', "<div>a</div>", "<span>a</span>", "<abbr>a</abbr>",
    "<tt>a</tt>", "<caption>a</caption>", "<P>a</P>", "<p>a", "<p>a</b></p>", "a & b", "a < b", "<br>", "&foo;",
    "<p align=center>a</p>", "<p align='middle'>a</p>", "<table></table>", "<table><td>a</td></table>",
    "<table><tr></tr></table>", "<p><p>a</p></p>", "<b><p>a</p></b>", '<ul type="round"><li>a</li></ul>',
    '<a tabindex="32768">a</a>', '<a accesskey="ab">a</a>',
]  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>", "<SCRIPT/>", "<style>p{}</style>", '<iframe src="http://a/"/>', "<object/>",
    "<form><input/></form>", "<video/>", '<p onclick="alert(1)">a</p>', '<img src="http://a/" alt="" onerror="x"/>',
    '<a href="javascript:alert(1)">a</a>', '<a href="javascript:alert(1)//http://">a</a>',
    '<a href=" java\nscript:x">a</a>', '<a href="data:text/html,x">a</a>', '<a href="&#106;avascript:x">a</a>',
    '<img src="javascript:x" alt=""/>', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<p xmlns="urn:x">a</p>',
    '<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>',
    '<p xmlns:e="urn:e" e:onclick="x">a</p>', "</FormattedContent><script/><FormattedContent>",
    "</FormattedContent><!--", "]]><script/>", '<!DOCTYPE a [<!ENTITY b "c">]>', '<?xml version="1.0"?>', "<base/>",
    '<meta http-equiv="refresh"/>', '<link href="http://a/"/>', "<math/>", "<template/>", "<noscript/>",
]  # fmt: skip


@pytest.mark.parametrize("content", REFUSED + HOSTILE)
def test_everything_else_is_refused(content: str):
    with pytest.raises(XHTMLParseError) as caught:
        safe_html(content)
    assert caught.value.turk_error_code == "AWS.MechanicalTurk.XHTMLParseError"
    assert caught.value.message.startswith(
        "There was an error parsing the XHTML data in your request.  Please make sure the data is well-formed and "
        "validates against the appropriate schema. Details: "
    )


def test_a_fault_is_told_in_the_lines_of_the_document():
    with pytest.raises(XHTMLParseError) as caught:
        safe_html("a\n&nbsp;<p>\n<script/></p>", line=10)
    assert caught.value.message.endswith(" is expected. Line 12.")


class Seen(HTMLParser):
    """What a browser would find in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attributes] or [(tag, "", "")]


PIECES = [
    "<b>", "</b>", "<p title='", "'>", "</p>", "<a href='http://x", "</a>", "&lt;", "&#60;", "&quot;", '"', ">", "<",
    "&", "]]>", "<![CDATA[", "-->", "<!--", "script", " on", "=", "/", "javascript:", "\n", "é", "<?", "?>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=12).map("".join))
def test_whatever_goes_through_holds_nothing_that_acts(content: str):
    with contextlib.suppress(XHTMLParseError):
        seen = Seen()
        seen.feed(safe_html(content))
        for tag, name, value in seen.found:
            assert tag in ("b", "p", "a")
            assert name in ("", "title", "href", "target", "rel")
            assert name != "href" or value.startswith("http://")
