"""A corpus of QuestionForms: every element, style and constraint; shared by the tests that read, show and fill them."""

from __future__ import annotations

from html import escape

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
PICTURE = "http://127.0.0.1:9/mug.png"


def form(*parts: str, date: str = "2017-11-06") -> str:
    """A whole QuestionForm."""
    return f'<QuestionForm xmlns="{SCHEMAS}{date}/QuestionForm.xsd">{"".join(parts)}</QuestionForm>'


def overview(content: str) -> str:
    return f"<Overview>{content}</Overview>"


def question(
    identifier: str, answer: str, *, content: str = "<Text>What do you see?</Text>", name: str = "", required: str = ""
) -> str:
    """One question; `required` is the text of IsRequired."""
    named = f"<DisplayName>{name}</DisplayName>" if name else ""
    asked = f"<IsRequired>{required}</IsRequired>" if required else ""
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>{named}{asked}"
        f"<QuestionContent>{content}</QuestionContent><AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def text(constraints: str = "", *, default: str | None = None, lines: int | None = None) -> str:
    """A FreeTextAnswer."""
    inside = f"<Constraints>{constraints}</Constraints>" if constraints else ""
    inside += "" if default is None else f"<DefaultText>{default}</DefaultText>"
    inside += "" if lines is None else f"<NumberOfLinesSuggestion>{lines}</NumberOfLinesSuggestion>"
    return f"<FreeTextAnswer>{inside}</FreeTextAnswer>"


def choices(
    *shown: str, least: int | None = None, most: int | None = None, style: str = "", other: str | None = None
) -> str:
    """A SelectionAnswer; each choice is `identifier=text`, or `identifier<Element…>` to show another element."""
    written = []
    for one in shown:
        identifier, mark, said = one.partition("=" if "<" not in one else "<")
        content = f"<Text>{said}</Text>" if mark == "=" else "<" + said
        written.append(f"<Selection><SelectionIdentifier>{identifier}</SelectionIdentifier>{content}</Selection>")
    written += [] if other is None else [f"<OtherSelection>{other}</OtherSelection>"]
    counts = "" if least is None else f"<MinSelectionCount>{least}</MinSelectionCount>"
    counts += "" if most is None else f"<MaxSelectionCount>{most}</MaxSelectionCount>"
    suggested = f"<StyleSuggestion>{style}</StyleSuggestion>" if style else ""
    return f"<SelectionAnswer>{counts}{suggested}<Selections>{''.join(written)}</Selections></SelectionAnswer>"


def regex(pattern: str, said: str | None = None, flags: str = "") -> str:
    told = "" if said is None else f' errorText="{escape(said)}"'
    folded = f' flags="{flags}"' if flags else ""
    return f'<AnswerFormatRegex regex="{escape(pattern)}"{told}{folded}/>'


def formatted(html: str) -> str:
    return f"<FormattedContent><![CDATA[{html}]]></FormattedContent>"


def binary(kind: str = "image", url: str = PICTURE, alt: str = "A white mug") -> str:
    return (
        f"<Binary><MimeType><Type>{kind}</Type><SubType>png</SubType></MimeType><DataURL>{url}</DataURL>"
        f"<AltText>{alt}</AltText></Binary>"
    )


def embedded(kind: str, *, size: str = "320") -> str:
    return (
        f"<EmbeddedBinary><EmbeddedMimeType><Type>{kind}</Type><SubType>x</SubType></EmbeddedMimeType>"
        f"<DataURL>{PICTURE}</DataURL><AltText>Something with a mug</AltText><Width>{size}</Width><Height>60</Height>"
        "<ApplicationParameter><Name>loop</Name><Value>1</Value></ApplicationParameter></EmbeddedBinary>"
    )


FLASH = (
    "<Application><Flash><FlashMovieURL>http://127.0.0.1:9/a.swf</FlashMovieURL><Width>1</Width><Height>1</Height>"
    "<ApplicationParameter><Name>a</Name><Value>b</Value></ApplicationParameter></Flash></Application>"
)
APPLET = (
    "<Application><JavaApplet><AppletPath>http://127.0.0.1:9/</AppletPath><AppletFilename>Mug.class</AppletFilename>"
    "<Width>1</Width><Height>1</Height></JavaApplet></Application>"
)
CONTENT = (
    "<Title>Mugs &amp; cups</Title><Text>Look &lt;b&gt;closely&lt;/b&gt;, then answer.</Text>"
    "<List><ListItem>at the rim</ListItem><ListItem>at the handle</ListItem></List>"
    + formatted('<p>Caf&eacute; <b>rules</b>: <a href="https://example.org/r">read</a><!-- x --></p>'
                '<table border="1"><tr><th>A</th><td>1</td></tr></table><p><font color="#a00">Red</font></p>')
    + binary() + binary("audio") + binary("video")
    + embedded("image") + embedded("video") + embedded("application")
)  # fmt: skip

COLOURS = ("r=Red", "g=Green", "b=Blue")

EVERYTHING = form(
    overview(CONTENT + FLASH + APPLET),
    question("colour", choices(*COLOURS, least=1, most=3, style="checkbox", other=""), name="Colours", required="true",
             content="<Text>Which colours do you see?</Text>"),
    question("one", choices(*COLOURS), content="<Text>Which is the strongest?</Text>"),
    question("free", choices(*COLOURS, least=0, style="radiobutton"), content="<Text>A favourite, if any?</Text>"),
    overview("<Title>More</Title>"),
    question("drop", choices(*COLOURS, style="dropdown"), content="<Text>Pick from a menu.</Text>"),
    question("combo", choices(*COLOURS, style="combobox", other=""), content="<Text>Pick or say.</Text>"),
    question("open", choices(*COLOURS, style="list", least=0), content="<Text>Pick from a list.</Text>"),
    question("multi", choices(*(f"n{n}=Number {n}" for n in range(12)), style="multichooser", most=3),
             content="<Text>Pick up to three numbers.</Text>"),
    question("rich", choices("bold" + formatted("<b>Bold</b> choice"), "mug" + binary(), style="dropdown"),
             content="<Text>Pick what is shown.</Text>"),
    question("line", text(), content="<Text>Say something.</Text>"),
    question("note", text("<Length minLength='3' maxLength='200'/>", lines=4), content="<Text>Say more.</Text>"),
    question("price", text('<IsNumeric minValue="1" maxValue="99"/>' + regex("^[0-9]+$", "Whole dollars only."),
                           default="5"), content="<Text>What may it cost?</Text>"),
    question("code", text(regex("^[a-z]{3}$", flags="i"), default="abc"), content="<Text>Three letters?</Text>"),
    date="2005-10-01",
)  # fmt: skip
