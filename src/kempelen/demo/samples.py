"""The demo's sample HITs: small, real pieces of work, as pages of plain HTML, of crowd elements, and as QuestionForms.

One group asks for a qualification, which its Requester gives by a short test. Each sample has a name, which its HIT
carries as annotation: as long as a HIT of that name is open, there is no second.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple
from urllib.parse import quote

from kempelen.core.money import Money
from kempelen.core.wire.errors import QualificationTypeAlreadyExists
from kempelen.core.wire.shapes import QualificationRequirement
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_creation, hits
from kempelen.market.market import Market
from kempelen.market.qualifications import qualification_types

PAGES = Path(__file__).parent / "pages"
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
MINUTES, DAYS = 60, 86_400


class Group(NamedTuple):
    """The terms that HITs of one kind of work share."""

    title: str
    description: str
    keywords: str
    reward: str
    minutes: int
    places: int
    is_tested: bool = False


class Sample(NamedTuple):
    """One HIT to put up."""

    name: str
    group: Group
    question: str


NATURAL = Group(
    "Which sentence sounds more natural?",
    "Read two sentences and choose the one that a native speaker would rather say.",
    "language, English, judgement, quick",
    "0.05",
    minutes=10,
    places=3,
)
FEELING = Group(
    "How does this review feel?",
    "Read a short review and say how its writer feels about what they bought.",
    "sentiment, reviews, reading, quick",
    "0.04",
    minutes=10,
    places=3,
)
TITLES = Group(
    "Tidy up a product title",
    "Write the title of a product as it should stand in a shop, and choose its department.",
    "writing, products, correction",
    "0.08",
    minutes=15,
    places=2,
)
SURVEY = Group(
    "A two-minute survey about your working day",
    "Five questions about when, where and how you work.",
    "survey, opinion, work",
    "0.75",
    minutes=30,
    places=5,
)
PICTURES = Group(
    "Say what is in a drawing",
    "Look at a drawing and choose the thing it shows. One click, or one key.",
    "image, classification, crowd elements, quick",
    "0.03",
    minutes=5,
    places=3,
)
MESSAGES = Group(
    "How does a customer sound?",
    "Read a message to a shop and judge its tone.",
    "sentiment, text, crowd elements, quick",
    "0.04",
    minutes=10,
    places=3,
)
OWN_PAGE = Group(
    "Guess how many dots there are",
    "An estimate at first sight, on the Requester's own page.",
    "perception, numbers, external",
    "0.06",
    minutes=10,
    places=3,
)

RECIPES = Group(
    "What does this recipe need?",
    "Read a short recipe and answer three questions about it. A test of a minute comes first.",
    "reading, cooking, qualification test",
    "0.12",
    minutes=15,
    places=3,
    is_tested=True,
)
TEST = "Reads recipes"
TEST_SCORE = 60  # percent; two of three questions

SENTENCES = (
    ("She has been living here since ten years.", "She has been living here for ten years."),
    ("We discussed about the plan until midnight.", "We discussed the plan until midnight."),
    ("He made me laugh until my sides hurt.", "He made me to laugh until my sides hurt."),
    ("Could you borrow me a pencil?", "Could you lend me a pencil?"),
    ("I look forward to hearing from you.", "I look forward to hear from you."),
    ("There is hardly nobody in the library today.", "There is hardly anybody in the library today."),
)
REVIEWS = (
    "Arrived a day early, and the kettle boils before I have found a cup. My old one is now a flower pot.",
    "It is a chair. You can sit on it. The screws were all there.",
    "Third pair in two years. They fit like the first, which is why I keep buying them.",
    "What a bargain: for twice the price I would have got one that works.",
    "The colour is nothing like the picture, and the shop says that this is my screen's fault.",
    "Quieter than I feared and brighter than I hoped. The cable could be longer.",
)
UNTIDY_TITLES = (
    "*NEW* stainles steel KITCHEN scissor 2pcs!!! best qualty",
    "garden hose 20 m GREEN flexibel anti-kink w/ 4 conector",
    "KIDS puzzel wooden ANIMALS 24 peaces age 3+ gift gift gift",
    "mens raincoat blue sizeL water proof (not for swim)",
    "desk lamp LED dimable whit usb charger port ,, black",
)
DRAWINGS = ("mug", "teapot", "spoon", "plate", "lamp")
CUSTOMERS = (
    "The parcel came on Tuesday as promised, and you had even packed the lid apart. I shall order the big one next.",
    "Could you tell me whether the green one fits a 28 mm pipe? Thank you.",
    "This is my third message. The first two must have got lost with my parcel. Thanks for nothing.",
    "Please send the invoice again, to the address below.",
)


COOKED = (
    (
        "Lentil soup",
        "Soften a chopped onion in a little oil, about 5 minutes.",
        "Add 250 g of red lentils and a litre of stock, and simmer for 20 minutes.",
        "Blend it smooth, and sharpen it with the juice of half a lemon.",
    ),
    (
        "Plum crumble",
        "Heat the oven to 180 °C. Halve and stone 600 g of plums and lay them in a dish.",
        "Rub 200 g of flour, 100 g of butter and 80 g of sugar to crumbs, and scatter them over the plums.",
        "Bake for 35 minutes, until the juice bubbles at the edge.",
    ),
    (
        "Cheese omelette",
        "Beat three eggs with a pinch of salt.",
        "Melt a walnut of butter in a pan, pour the eggs in, and let them set for 2 minutes.",
        "Scatter a handful of grated cheese over one half, fold the other over it, and give it another minute.",
    ),
)


def publish(market: Market, requester_id: str, own_site: str) -> int:
    """Make a HIT of each sample that has none open; how many that were."""
    made: int = market.perform(requester_id, add_missing, wanted=list(samples(own_site)))
    return made


def add_missing(call: Call, *, wanted: list[Sample]) -> int:
    """The same in one transaction."""
    type_id = _type_id(call)
    existing = set(_open_samples(call))
    missing = [each for each in wanted if each.name not in existing and (type_id or not each.group.is_tested)]
    for sample in missing:
        _publish(call, sample, type_id)
    return len(missing)


def _open_samples(call: Call) -> Iterator[str]:
    """The names of the samples that Workers can still take for a day at least."""
    next_token = None
    while True:
        page = hits.list_hits(call, max_results=100, next_token=next_token)
        for hit in page.hits:
            if hit.hit_status == "Assignable" and hit.expiration > call.later(days=1) and hit.requester_annotation:
                yield hit.requester_annotation
        next_token = page.next_token
        if next_token is None:
            return


def _type_id(call: Call) -> str:
    """The type whose test the recipes ask for, added if there is none; empty while it is Inactive or being deleted."""
    found = qualification_types.list_qualification_types(
        call, must_be_requestable=False, must_be_owned_by_caller=True, query=TEST, max_results=100
    )
    for each in found.qualification_types:
        if each.name == TEST:
            is_active = each.qualification_type_status == "Active"
            return each.qualification_type_id if is_active else ""
    try:
        made = qualification_types.create_qualification_type(
            call,
            name=TEST,
            description="Understands what a recipe asks for. Given by three questions, scored at once.",
            keywords="cooking, reading",
            qualification_type_status="Active",
            test=_read("recipe_test.xml"),
            answer_key=_read("recipe_key.xml"),
            test_duration_in_seconds=5 * MINUTES,
            retry_delay_in_seconds=1 * MINUTES,
        )
    except QualificationTypeAlreadyExists:  # one that was deleted and still has HITs
        return ""
    return made.qualification_type.qualification_type_id


def _publish(call: Call, sample: Sample, type_id: str) -> None:
    group = sample.group
    needed = QualificationRequirement(
        qualification_type_id=type_id, comparator="GreaterThanOrEqualTo", integer_values=[TEST_SCORE]
    )
    hit_creation.create_hit(
        call,
        title=group.title,
        description=group.description,
        keywords=group.keywords,
        reward=Money.parse(group.reward),
        max_assignments=group.places,
        assignment_duration_in_seconds=group.minutes * MINUTES,
        auto_approval_delay_in_seconds=3 * DAYS,
        lifetime_in_seconds=14 * DAYS,
        question=sample.question,
        qualification_requirements=[needed] if group.is_tested else None,
        requester_annotation=sample.name,
    )


def samples(own_site: str) -> Iterator[Sample]:
    """All of them; `own_site` is where the Requester's own page is."""
    for number, (first, second) in enumerate(SENTENCES, 1):
        yield Sample(f"demo natural {number}", NATURAL, _page(NATURAL, "natural", first=first, second=second))
    for number, review in enumerate(REVIEWS, 1):
        yield Sample(f"demo feeling {number}", FEELING, _page(FEELING, "feeling", review=review))
    for number, title in enumerate(UNTIDY_TITLES, 1):
        yield Sample(f"demo title {number}", TITLES, _page(TITLES, "title", title=title))
    for name in DRAWINGS:
        yield Sample(f"demo picture {name}", PICTURES, _crowd_page(PICTURES, "picture", picture=_drawing(name)))
    for number, message in enumerate(CUSTOMERS, 1):
        yield Sample(f"demo message {number}", MESSAGES, _crowd_page(MESSAGES, "message", message=message))
    for number, (name, *steps) in enumerate(COOKED, 1):
        yield Sample(f"demo recipe {number}", RECIPES, _recipe(name, steps))
    yield Sample("demo survey", SURVEY, _page(SURVEY, "survey"))
    yield Sample(f"demo own page {own_site}", OWN_PAGE, _external_question(own_site))


def own_page() -> str:
    """The page on the Requester's own site."""
    return _filled("own_site.html", look=_read("look.css"), dots="● " * 67)


def _page(group: Group, name: str, **values: str) -> str:
    content = _filled(f"{name}.html", **{name: escape(value) for name, value in values.items()})
    return _html_question(_filled("page.html", title=escape(group.title), look=_read("look.css"), content=content))


def _crowd_page(group: Group, name: str, **values: str) -> str:
    """A page of crowd elements, as published templates are: they load Amazon's script."""
    content = _filled(f"{name}.html", **{name: escape(value) for name, value in values.items()})
    return _html_question(_filled("crowd.html", title=escape(group.title), content=content))


def _recipe(name: str, steps: list[str]) -> str:
    """A QuestionForm, which the marketplace makes a page of."""
    return _filled("recipe.xml", name=escape(name), steps="".join(f"<li>{escape(step)}</li>" for step in steps))


def _drawing(name: str) -> str:
    return "data:image/svg+xml," + quote(_read(f"pictures/{name}.svg"))


def _html_question(html: str) -> str:
    return (
        f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[{html}]]></HTMLContent>'
        "<FrameHeight>0</FrameHeight></HTMLQuestion>"
    )


def _external_question(url: str) -> str:
    return (
        f'<ExternalQuestion xmlns="{SCHEMAS}/2006-07-14/ExternalQuestion.xsd"><ExternalURL>{escape(url)}</ExternalURL>'
        "<FrameHeight>0</FrameHeight></ExternalQuestion>"
    )


def _filled(page: str, **values: str) -> str:
    return Template(_read(page)).substitute(values)


def _read(page: str) -> str:
    return (PAGES / page).read_text(encoding="utf-8")
