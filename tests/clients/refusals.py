"""Scenarios: how each refusal of the specification is provoked, by what request in what state."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.clients.bazaar import DAYS, NOBODY, UNKNOWN, Bazaar, java_date, later
from tests.clients.hits import HTML_QUESTION, PHOTO_FORM, SCHEMAS
from tests.clients.server import Keys

YEAR = 31_536_000
LOCALE, PERCENT_APPROVED = "00000000000000000071", "000000000000000000L0"
ADULT = "00000000000000000060"
NO_FORM = "There is nothing to submit here."


class Asked(NamedTuple):
    """One request that must be refused, what its refusal must name, and who asks (Alice, if nobody is named)."""

    members: dict[str, Any]
    facts: Mapping[str, str] = MappingProxyType({})
    keys: Keys | None = None


Scenario = Callable[[Bazaar, str], Iterator[Asked]]
SCENARIOS: dict[tuple[str, str], Scenario] = {}


def provokes(when: str, *operations: str) -> Callable[[Scenario], Scenario]:
    """This scenario is for the case of these words, of each of these operations."""

    def register(scenario: Scenario) -> Scenario:
        for operation in operations:
            assert (operation, when) not in SCENARIOS, (operation, when)
            SCENARIOS[operation, when] = scenario
        return scenario

    return register


# ---------------------------------------------------------------------------------------------- new HITs and types


def new(market: Bazaar, operation: str, **members: Any) -> dict[str, Any]:
    """What one of the three creating operations needs."""
    wanted = market.terms()
    if operation == "CreateHITType":
        wanted = {name: wanted[name] for name in wanted.keys() - {"LifetimeInSeconds", "MaxAssignments", "Question"}}
    elif operation == "CreateHITWithHITType":
        wanted = {name: wanted[name] for name in ("LifetimeInSeconds", "MaxAssignments", "Question")}
        wanted["HITTypeId"] = market.hit_type()
    return wanted | members


CREATES_HITS = ("CreateHIT", "CreateHITWithHITType")
TAKES_TERMS = ("CreateHIT", "CreateHITType")


@provokes("More than 10 QualificationRequirements", *TAKES_TERMS)
def eleven_requirements(market, operation):
    requirement = {"QualificationTypeId": PERCENT_APPROVED, "Comparator": "Exists"}
    yield Asked(new(market, operation, QualificationRequirements=[requirement] * 11))


@provokes("LocaleValues given for a type that is not the Locale type", *TAKES_TERMS)
def locales_for_a_number(market, operation):
    us, washington, canada = {"Country": "US"}, {"Country": "US", "Subdivision": "WA"}, {"Country": "CA"}
    for type_id, locales, shown in (
        (PERCENT_APPROVED, [us], "US"),
        (PERCENT_APPROVED, [washington], "US-WA"),
        (LOCALE, [us, canada], "US,CA"),
    ):
        requirement = {"QualificationTypeId": type_id, "Comparator": "EqualTo", "LocaleValues": locales}
        yield Asked(
            new(market, operation, QualificationRequirements=[requirement]),
            {"Country[-Subdivision]": shown, "Comparator": "EqualTo"},
        )


@provokes(
    "IntegerValues count wrong for the comparator, IntegerValues on the Locale type, bad country/subdivision, "
    "value out of a built-in type's range, both ActionsGuarded and RequiredToPreview",
    *TAKES_TERMS,
)
def ill_made_requirements(market, operation):
    percent, locale, adult = ({"QualificationTypeId": type_id} for type_id in (PERCENT_APPROVED, LOCALE, ADULT))
    us, bavaria = {"Country": "US"}, {"Country": "DE", "Subdivision": "BY"}
    for requirement, value, name, reason in (
        (
            percent | {"Comparator": "EqualTo", "IntegerValues": [1, 2]},
            "1, 2",
            "IntegerValue",
            "EqualTo takes exactly 1 integer value.",
        ),
        (
            locale | {"Comparator": "EqualTo", "LocaleValues": [us], "IntegerValues": [1]},
            "1",
            "IntegerValue",
            "IntegerValue must be null when used with the EqualTo comparator.",
        ),
        (
            locale | {"Comparator": "In", "LocaleValues": [us, {"Country": "u1"}]},
            "u1",
            "LocaleValue",
            "Country must be an ISO 3166-1 alpha-2 code.",
        ),
        (
            locale | {"Comparator": "EqualTo", "LocaleValues": [bavaria]},
            "DE-BY",
            "LocaleValue",
            "Subdivision must be an ISO 3166-2 code of the US.",
        ),
        (
            locale | {"Comparator": "Exists"},
            "Exists",
            "Comparator",
            "Worker_Locale can only be compared by EqualTo, NotEqualTo, In or NotIn.",
        ),
        (
            adult | {"Comparator": "GreaterThan", "IntegerValues": [-1]},
            "GreaterThan",
            "Comparator",
            "Worker_Adult can only be compared by EqualTo.",
        ),
        (
            adult | {"Comparator": "EqualTo", "IntegerValues": [0]},
            "0",
            "IntegerValue",
            "Worker_Adult can only be compared by EqualTo 1.",
        ),
        (
            percent | {"Comparator": "LessThan", "IntegerValues": [101]},
            "101",
            "IntegerValue",
            "Valid values range from 0 to 100.",
        ),
        (
            adult
            | {"Comparator": "EqualTo", "IntegerValues": [1], "ActionsGuarded": "Accept", "RequiredToPreview": True},
            "Accept",
            "ActionsGuarded",
            "ActionsGuarded must be null when RequiredToPreview is given.",
        ),
    ):
        yield Asked(
            new(market, operation, QualificationRequirements=[requirement]),
            {"v": value, "IntegerValue|LocaleValue|Comparator|ActionsGuarded": name, "reason": reason},
        )


@provokes("Requirement names a Qualification type that does not exist", *TAKES_TERMS)
def a_requirement_of_nothing(market, operation):
    requirement = {"QualificationTypeId": UNKNOWN, "Comparator": "GreaterThan", "IntegerValues": [1]}
    yield Asked(new(market, operation, QualificationRequirements=[requirement]), {"id": UNKNOWN})


@provokes("AssignmentDurationInSeconds outside 30–31536000", *TAKES_TERMS)
def a_duration_out_of_range(market, operation):
    for seconds in (29, YEAR + 1, -1, 2**63 - 1):
        yield Asked(new(market, operation, AssignmentDurationInSeconds=seconds), {"v": str(seconds)})


@provokes("AutoApprovalDelayInSeconds outside 0–2592000", *TAKES_TERMS)
def a_delay_out_of_range(market, operation):
    for seconds in (-1, 2_592_001):
        yield Asked(new(market, operation, AutoApprovalDelayInSeconds=seconds), {"v": str(seconds)})


@provokes("LifetimeInSeconds outside 30–31536000", *CREATES_HITS)
def a_lifetime_out_of_range(market, operation):
    for seconds in (29, YEAR + 1):
        yield Asked(new(market, operation, LifetimeInSeconds=seconds), {"v": str(seconds)})


@provokes("MaxAssignments outside 1–1000000000", *CREATES_HITS)
def too_many_places(market, operation):
    for count in (0, -1, 1_000_000_001):
        yield Asked(new(market, operation, MaxAssignments=count), {"v": str(count)})


@provokes("Over-long text: Title > 128, Description > 2000, Keywords > 1000", "CreateHITType")
@provokes("Over-long text: Title > 128, Description > 2000, Keywords > 1000, RequesterAnnotation > 255", "CreateHIT")
@provokes("Over-long text: RequesterAnnotation > 255", "CreateHITWithHITType")
def a_text_too_long(market, operation):
    (when,) = (when for name, when in SCENARIOS if name == operation and when.startswith("Over-long text"))
    for name, limit in re.findall(r"(\w+) > (\d+)", when):
        yield Asked(new(market, operation, **{name: "ä" * (int(limit) + 1)}), {"Name": name, "n": limit})


@provokes("HTMLContent of an HTMLQuestion is not valid HTML5", *CREATES_HITS)
def html_that_cannot_be_submitted(market, operation):
    question = f"""<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html>
<p>{NO_FORM}</p>]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"""
    yield Asked(
        new(market, operation, Question=question),
        {
            "line": "2",
            "col": str(len(f"<p>{NO_FORM}</p>") + 1),
            "detail": "End of file seen and there was nothing to submit. Add a “form” that posts to "
            "mturk/externalSubmit, or put the page in a “crowd-form”.",
            "excerpt": f"<!DOCTYPE html>\n<p>{NO_FORM}</p>",
        },
    )


QUESTION_FORM = f"{SCHEMAS}/2017-11-06/QuestionForm.xsd"


def form_about(content: str, namespace: str = QUESTION_FORM, answer: str = "<FreeTextAnswer/>") -> str:
    """A QuestionForm of one question."""
    return (
        f'<QuestionForm xmlns="{namespace}">\n<Question><QuestionIdentifier>q</QuestionIdentifier>\n'
        f"<QuestionContent>{content}</QuestionContent>\n<AnswerSpecification>{answer}</AnswerSpecification>"
        "</Question></QuestionForm>"
    )


@provokes("FormattedContent inside QuestionForm is not the allowed XHTML subset", *CREATES_HITS)
def content_out_of_the_subset(market, operation):
    for content, said in (
        (
            "<p class='mug'>Which?</p>",
            "cvc-complex-type.3.2.2: Attribute 'class' is not allowed to appear in element 'p'. Line 3.",
        ),
        (
            "<ul></ul>",
            (
                "cvc-complex-type.2.4.b: The content of element 'ul' is not complete. "
                "One of '{\"http://www.w3.org/1999/xhtml\":li}' is expected. Line 3."
            ),
        ),
        (
            "<p>\n<a href='/mug'>the mug</a></p>",
            (
                "cvc-pattern-valid: Value '/mug' is not facet-valid with respect to pattern "
                "'(http|https|ftp|news|nntp|mailto|gopher|telnet)://.*' for type 'URI'. Line 4."
            ),
        ),
        (
            "<p>a mug<br></p>",
            'The element type "br" must be terminated by the matching end-tag "</br>". Line 3.',
        ),
        (
            "a mug &blue; & round",
            'The entity "blue" was referenced, but not declared. Line 3.',
        ),
    ):
        question = form_about(f"<FormattedContent><![CDATA[{content}]]></FormattedContent>")
        yield Asked(new(market, operation, Question=question), {"parser text": said})


@provokes("Question empty string", *CREATES_HITS)
def an_empty_question(market, operation):
    yield Asked(new(market, operation, Question=""))


@provokes("Question over 65,535 bytes", *CREATES_HITS)
def a_question_too_long(market, operation):
    for filling in ("a" * 65_536, "ä" * 32_768):
        yield Asked(new(market, operation, Question=filling))


@provokes("Neither Question nor HITLayoutId", *CREATES_HITS)
def no_question(market, operation):
    members = new(market, operation)
    del members["Question"]
    yield Asked(members)


@provokes("Both Question and HITLayoutId", *CREATES_HITS)
def two_questions(market, operation):
    yield Asked(new(market, operation, HITLayoutId=UNKNOWN), {"HITLayoutId": UNKNOWN})


@provokes("HITLayoutId unknown", *CREATES_HITS)
def no_such_layout(market, operation):
    foreign = market.layout("<form></form>", market.charlie)
    for layout in (UNKNOWN, foreign):
        members = new(market, operation, HITLayoutId=layout)
        del members["Question"]
        yield Asked(members, {"HITLayoutId": layout})


@provokes("A placeholder of the layout has no HITLayoutParameter", *CREATES_HITS)
def a_layout_without_values(market, operation):
    layout = market.layout("<form><b>${who}</b> ${what} ${who} <input name='${where}'></form>")
    for given, missing in (([], "who, what, where"), (["who"], "what, where"), (["who", "what"], "where")):
        parameters = [{"Name": name, "Value": "a mug"} for name in given]
        members = new(market, operation, HITLayoutId=layout, HITLayoutParameters=parameters)
        del members["Question"]
        yield Asked(members, {"name": missing})


@provokes(
    "Question is not well-formed or fails its schema (QuestionForm, ExternalQuestion, HTMLQuestion wrapper, AnswerKey)",
    *CREATES_HITS,
)
def a_question_that_is_no_question(market, operation):
    external = f"{SCHEMAS}/2006-07-14/ExternalQuestion.xsd"
    for question, said in (
        ("What colour is the mug?", "Content is not allowed in prolog. Line 1."),
        (
            HTML_QUESTION.replace("</HTMLQuestion>", ""),
            "XML document structures must start and end within the same entity. Line 7.",
        ),
        (
            "<Question/>",
            (
                "cvc-elt.1: Cannot find the declaration of element 'Question'. Send an HTMLQuestion, an "
                "ExternalQuestion or a QuestionForm. Line 1."
            ),
        ),
        (
            f'<ExternalQuestion xmlns="{external}"><ExternalURL>https://example.org</ExternalURL></ExternalQuestion>',
            (
                "cvc-complex-type.2.4.b: The content of element 'ExternalQuestion' is not complete. "
                f"One of '{{\"{external}\":FrameHeight}}' is expected. Line 1."
            ),
        ),
        (
            form_about("<Text>Which?</Text>", QUESTION_FORM.replace("2017", "2018")),
            (
                "cvc-elt.1: Cannot find the declaration of element 'QuestionForm'. "
                f"Its namespace must be {QUESTION_FORM}. Line 1."
            ),
        ),
        (
            form_about("<Text>Which?</Text>", answer="<FileUploadAnswer/>"),
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'FileUploadAnswer'. "
                f'One of \'{{"{QUESTION_FORM}":FreeTextAnswer, '
                f'"{QUESTION_FORM}":SelectionAnswer}}\' is expected. Line 4.'
            ),
        ),
        (
            form_about("<Text>Which?</Text>").replace("<Question>", "<Question>\n<IsRequired>yes</IsRequired>"),
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'IsRequired'. "
                f"One of '{{\"{QUESTION_FORM}\":QuestionIdentifier}}' is expected. Line 3."
            ),
        ),
    ):
        yield Asked(new(market, operation, Question=question), {"parser text": said})


@provokes(
    "Unknown PolicyName, policy at the wrong level, unknown/missing/ill-typed policy parameter",
    *CREATES_HITS,
)
def a_policy_that_cannot_be_carried_out(market, operation):
    of_work, of_hit = "AssignmentReviewPolicy", "HITReviewPolicy"
    known, plurality = "ScoreMyKnownAnswers/2011-09-01", "SimplePlurality/2011-09-01"
    key = {"Key": "AnswerKey", "MapEntries": [{"Key": "colour", "Values": ["red"]}]}
    questions = {"Key": "QuestionIds", "Values": ["colour"]}
    half = {"Key": "QuestionAgreementThreshold", "Values": ["50"]}
    for level, name, parameters, value, reason in (
        (of_work, "ScoreMyKnownAnswers/2018-01-01", [key], "ScoreMyKnownAnswers/2018-01-01", f"Use {known}."),
        (of_work, plurality, [questions, half], plurality, f"Use {known}."),
        (of_hit, known, [key], known, f"Use {plurality}."),
        (of_work, known, [], known, "The parameter AnswerKey is missing."),
        (of_hit, plurality, [questions], plurality, "The parameter QuestionAgreementThreshold is missing."),
        (of_work, known, [key, key], "AnswerKey", "Each parameter can be given once."),
        (of_work, known, [key, single("ApproveReason", "Well", "done")], "ApproveReason", "Give one value, in Values."),
        (
            of_hit,
            plurality,
            [questions, half, single("Colour", "red")],
            "Colour",
            (
                "SimplePlurality/2011-09-01 takes the parameters QuestionIds, QuestionAgreementThreshold, "
                "DisregardAssignmentIfRejected, DisregardAssignmentIfKnownAnswerScoreIsLessThan, "
                "ApproveIfWorkerAgreementScoreIsAtLeast, RejectIfWorkerAgreementScoreIsLessThan, RejectReason, "
                "ExtendIfHITAgreementScoreIsLessThan, ExtendMaximumAssignments, ExtendMinimumTimeInSeconds."
            ),
        ),
        (
            of_work,
            known,
            [key, single("ApproveIfKnownAnswerScoreIsAtLeast", "102")],
            "102",
            "ApproveIfKnownAnswerScoreIsAtLeast must be a whole number from 0 to 101.",
        ),
        (
            of_work,
            known,
            [
                key,
                single("ApproveIfKnownAnswerScoreIsAtLeast", "50"),
                single("RejectIfKnownAnswerScoreIsLessThan", "51"),
            ],
            "51",
            (
                "RejectIfKnownAnswerScoreIsLessThan must not be greater than ApproveIfKnownAnswerScoreIsAtLeast: "
                "no score can be both."
            ),
        ),
        (
            of_hit,
            plurality,
            [questions, half, single("DisregardAssignmentIfRejected", "yes")],
            "yes",
            "DisregardAssignmentIfRejected must be T or F.",
        ),
        (
            of_hit,
            plurality,
            [questions, half, single("ExtendIfHITAgreementScoreIsLessThan", "90")],
            plurality,
            "The parameter ExtendMaximumAssignments is missing.",
        ),
    ):
        facts = {"v": value, f"{of_work}|{of_hit}": level, "reason": reason}
        yield Asked(new(market, operation, **{level: {"PolicyName": name, "Parameters": parameters}}), facts)
    form = form_about("<Text>Which?</Text>")  # asks q alone
    for level, name, parameters, value in (
        (of_work, known, [{"Key": "AnswerKey", "MapEntries": [{"Key": "Colour", "Values": ["red"]}]}], "Colour"),
        (of_hit, plurality, [single("QuestionIds", "q,shape"), half], "shape"),
        (of_hit, plurality, [single("QuestionIds", "color"), half], "color"),
    ):
        policy = {"PolicyName": name, "Parameters": parameters}
        reason = "The QuestionForm has no question of this QuestionIdentifier."
        facts = {"v": value, f"{of_work}|{of_hit}": level, "reason": reason}
        yield Asked(new(market, operation, Question=form, **{level: policy}), facts)


def single(key: str, *values: str) -> dict[str, Any]:
    """A policy's parameter."""
    return {"Key": key, "Values": list(values)}


@provokes("Token used in the last 24 h", *CREATES_HITS)
def a_token_again(market, operation):
    token = f"token {next(market.numbers)}"
    first = market.hit(UniqueRequestToken=token)
    yield Asked(new(market, operation, UniqueRequestToken=token), {"HITId": first["HITId"]})
    market.pass_time(seconds=1 * DAYS - 1)
    yield Asked(new(market, operation, UniqueRequestToken=token), {"HITId": first["HITId"]})


@provokes("Available funds below the amount needed", *CREATES_HITS)
def a_hit_beyond_ones_means(market, operation):
    poor = market.poor[0]
    members = new(market, operation, MaxAssignments=9)
    if operation == "CreateHITWithHITType":
        members["HITTypeId"] = market.hit_type(poor)
    yield Asked(members, keys=poor)


@provokes("HITTypeId unknown or of another Requester", "CreateHITWithHITType")
def a_hit_of_no_type(market, operation):
    for hit_type_id in (UNKNOWN, market.hit_type(market.charlie)):
        yield Asked(new(market, operation, HITTypeId=hit_type_id), {"HITTypeId": hit_type_id})


# ---------------------------------------------------------------------------------------------- HITs


@provokes(
    "HIT unknown, or purged after disposal; HIT of another Requester: answer the same [inferred]",
    "GetHIT",
    "CreateAdditionalAssignmentsForHIT",
    "UpdateExpirationForHIT",
    "UpdateHITReviewStatus",
    "UpdateHITTypeOfHIT",
    "DeleteHIT",
    "ListAssignmentsForHIT",
    "ListBonusPayments",
    "ListReviewPolicyResultsForHIT",
)
def a_hit_that_is_not_there(market, operation):
    more = {
        "CreateAdditionalAssignmentsForHIT": {"NumberOfAdditionalAssignments": 1},
        "UpdateExpirationForHIT": {"ExpireAt": 0},
        "UpdateHITTypeOfHIT": {"HITTypeId": market.hit_type()},
    }.get(operation, {})
    foreign = market.hit(market.charlie)["HITId"]
    for hit_id in (UNKNOWN, market.purged_hit, foreign):
        yield Asked({"HITId": hit_id, **more}, {"HITId": hit_id})


@provokes("HITTypeId unknown or of another Requester", "ListReviewableHITs", "UpdateHITTypeOfHIT")
def a_type_that_is_not_there(market, operation):
    more = {"HITId": market.hit()["HITId"]} if operation == "UpdateHITTypeOfHIT" else {}
    for hit_type_id in (UNKNOWN, market.hit_type(market.charlie)):
        yield Asked({"HITTypeId": hit_type_id, **more}, {"HITTypeId": hit_type_id})


@provokes("< 10 would become ≥ 10", "CreateAdditionalAssignmentsForHIT")
def a_small_hit_grown_large(market, operation):
    for places, more in ((9, 1), (1, 9), (1, 1_000_000_000)):
        hit_id = market.hit(MaxAssignments=places)["HITId"]
        yield Asked({"HITId": hit_id, "NumberOfAdditionalAssignments": more})


@provokes("HIT older than 2015-07-22", "CreateAdditionalAssignmentsForHIT")
def a_hit_of_former_times(market, operation):
    yield Asked({"HITId": market.made_before_2015()["HITId"], "NumberOfAdditionalAssignments": 1})


@provokes("Token already used", "CreateAdditionalAssignmentsForHIT")
def an_extension_again(market, operation):
    hit_id, token = market.hit()["HITId"], f"token {next(market.numbers)}"
    members = {"HITId": hit_id, "NumberOfAdditionalAssignments": 1, "UniqueRequestToken": token}
    market.ask(operation, **members)
    yield Asked(members, {"token": token})
    other = market.hit()["HITId"]
    yield Asked(members | {"HITId": other}, {"token": token})


@provokes("HIT Disposed", "CreateAdditionalAssignmentsForHIT")
def more_of_what_is_gone(market, operation):
    yield Asked({"HITId": market.disposed()["HITId"], "NumberOfAdditionalAssignments": 1})


@provokes("NumberOfAdditionalAssignments outside 1–1000000000", "CreateAdditionalAssignmentsForHIT")
def an_extension_out_of_range(market, operation):
    hit_id = market.hit()["HITId"]
    for count in (0, -1, 1_000_000_001):
        yield Asked({"HITId": hit_id, "NumberOfAdditionalAssignments": count}, {"v": str(count)})


@provokes("Available funds below the amount needed", "CreateAdditionalAssignmentsForHIT")
def an_extension_beyond_ones_means(market, operation):
    poor = market.poor[1]
    hit_id = market.hit(poor)["HITId"]
    yield Asked({"HITId": hit_id, "NumberOfAdditionalAssignments": 8}, keys=poor)


@provokes("Increment outside the range", "UpdateExpirationForHIT")
def an_expiration_too_near_or_too_far(market, operation):
    hit = market.hit(LifetimeInSeconds=10 * DAYS)
    for increment in (59, 0, -1, -5 * DAYS, YEAR + 1):
        at = later(hit["Expiration"], seconds=increment)
        yield Asked({"HITId": hit["HITId"], "ExpireAt": at}, {"increment": str(increment)})
    for increment in (60, YEAR):  # of the expiration that is told, which is cut to whole seconds
        told = market.ask("GetHIT", HITId=hit["HITId"])["HIT"]["Expiration"]
        market.ask(operation, HITId=hit["HITId"], ExpireAt=later(told, seconds=increment))


@provokes("Identical call processed in the last 24 h", "UpdateExpirationForHIT")
def the_same_expiration_again(market, operation):
    hit = market.hit()
    at = later(hit["Expiration"], days=2)
    members = {"HITId": hit["HITId"], "ExpireAt": at}
    market.ask(operation, **members)
    facts = {"HITId": hit["HITId"], "ExpireAt as Java date": java_date(at)}
    yield Asked(members, facts)
    market.pass_time(seconds=1 * DAYS - 1)
    yield Asked(members, facts)


@provokes("Wrong source state", "UpdateHITReviewStatus")
def a_review_out_of_turn(market, operation):
    reviewing = market.expired()["HITId"]
    market.ask(operation, HITId=reviewing)
    for hit_id, revert, state in (
        (market.hit()["HITId"], False, "Assignable"),
        (market.accepted().hit_id, True, "Unassignable"),
        (market.expired()["HITId"], True, "Reviewable"),
        (reviewing, False, "Reviewing"),
        (market.disposed()["HITId"], False, "Disposed"),
    ):
        allowed = "Reviewing" if revert else "Reviewable"
        yield Asked({"HITId": hit_id, "Revert": revert}, {"State": state, "Reviewable | Reviewing": allowed})


@provokes("HIT has accepted or submitted assignments", "UpdateHITTypeOfHIT")
def a_new_type_for_a_hit_in_hand(market, operation):
    hit_type_id = market.hit_type()
    for hit_id in (
        market.accepted().hit_id,
        market.accepted(MaxAssignments=2).hit_id,
        market.submitted().hit_id,
        market.submitted(MaxAssignments=2).hit_id,
        market.rejected(MaxAssignments=2).hit_id,
    ):
        yield Asked({"HITId": hit_id, "HITTypeId": hit_type_id})


@provokes("HIT is Disposed", "UpdateHITTypeOfHIT")
def a_new_type_for_a_disposed_hit(market, operation):
    yield Asked({"HITId": market.disposed()["HITId"], "HITTypeId": market.hit_type()}, {"State": "Disposed"})


@provokes("Available funds below the amount needed", "UpdateHITTypeOfHIT")
def a_type_beyond_ones_means(market, operation):
    poor = market.poor[2]
    hit_id, dear = market.hit(poor)["HITId"], market.hit_type(poor, Reward="0.43")
    yield Asked({"HITId": hit_id, "HITTypeId": dear}, keys=poor)


@provokes("State is not Reviewable/Reviewing, or some assignment still Submitted", "DeleteHIT")
def a_hit_not_to_be_deleted(market, operation):
    for hit_id, state in (
        (market.hit()["HITId"], "Assignable"),
        (market.accepted().hit_id, "Unassignable"),
        (market.submitted().hit_id, "Reviewable"),
        (market.disposed()["HITId"], "Disposed"),
    ):
        yield Asked({"HITId": hit_id}, {"State": state})


# ---------------------------------------------------------------------------------------------- assignments


@provokes(
    "Assignment unknown; assignment on another Requester's HIT: answer the same [inferred]",
    "GetAssignment",
    "GetFileUploadURL",
    "ApproveAssignment",
    "RejectAssignment",
    "SendBonus",
    "ListBonusPayments",
)
def an_assignment_that_is_not_there(market, operation):
    more = {
        "GetFileUploadURL": {"QuestionIdentifier": "photo"},
        "RejectAssignment": {"RequesterFeedback": ""},
        "SendBonus": {"WorkerId": market.bob.worker_id, "BonusAmount": "1.00", "Reason": "Well done"},
    }.get(operation, {})
    foreign = market.submitted(market.charlie).assignment_id
    for assignment_id in (UNKNOWN, market.purged_assignment, foreign):
        yield Asked({"AssignmentId": assignment_id, **more}, {"AssignmentId": assignment_id})


@provokes("Accepted but not submitted (or returned/abandoned)", "GetAssignment")
@provokes("Accepted but not yet submitted (or returned/abandoned)", "ApproveAssignment")
def work_that_was_not_handed_in(market, operation):
    abandoned = market.accepted(AssignmentDurationInSeconds=30).assignment_id
    market.pass_time(seconds=30)
    for assignment_id in (market.accepted().assignment_id, market.returned().assignment_id, abandoned):
        yield Asked({"AssignmentId": assignment_id})


@provokes("Already Approved; Rejected without override", "ApproveAssignment")
def work_that_is_decided(market, operation):
    approved = market.submitted().assignment_id
    market.ask(operation, AssignmentId=approved)
    yield Asked({"AssignmentId": approved})
    yield Asked({"AssignmentId": approved, "OverrideRejection": True})
    rejected = market.rejected().assignment_id
    yield Asked({"AssignmentId": rejected})
    yield Asked({"AssignmentId": rejected, "OverrideRejection": False})


@provokes("Override requested, submitted more than 30 days ago", "ApproveAssignment")
def an_override_too_late(market, operation):
    rejected = market.rejected().assignment_id
    market.pass_time(seconds=30 * DAYS + 1)
    yield Asked({"AssignmentId": rejected, "OverrideRejection": True})


@provokes("Override requested, HIT Disposed", "ApproveAssignment")
def an_override_of_what_is_gone(market, operation):
    work = market.rejected()
    market.ask("DeleteHIT", HITId=work.hit_id)
    yield Asked({"AssignmentId": work.assignment_id, "OverrideRejection": True})


@provokes("Available funds below the amount needed", "ApproveAssignment")
def an_override_beyond_ones_means(market, operation):
    poor = market.poor[3]
    rejected = market.rejected(poor, Reward="0.40").assignment_id
    market.hit(poor, Reward="0.40")
    yield Asked({"AssignmentId": rejected, "OverrideRejection": True}, keys=poor)


@provokes("Over-long text: RequesterFeedback > 1024", "ApproveAssignment", "RejectAssignment")
def feedback_too_long(market, operation):
    members = {"AssignmentId": market.submitted().assignment_id, "RequesterFeedback": "ä" * 1025}
    yield Asked(members, {"Name": "RequesterFeedback", "n": "1024"})


@provokes("Not Submitted", "RejectAssignment")
def a_rejection_out_of_turn(market, operation):
    approved = market.submitted().assignment_id
    market.ask("ApproveAssignment", AssignmentId=approved)
    for assignment_id in (approved, market.rejected().assignment_id, market.accepted().assignment_id):
        yield Asked({"AssignmentId": assignment_id, "RequesterFeedback": "It is red."})


@provokes("Member absent", "RejectAssignment")
def a_rejection_without_a_word(market, operation):
    yield Asked({"AssignmentId": market.submitted().assignment_id})


@provokes("No uploaded file under that QuestionIdentifier", "GetFileUploadURL")
def a_file_that_is_not_there(market, operation):
    """A question of another kind or of no name, no file at all, and a file that was not handed in."""
    work = market.uploaded()
    in_hand = market.accepted(Question=PHOTO_FORM)
    market.bobs_program.upload(in_hand, 1, "mug.png", b"a mug")
    empty = market.accepted(Question=PHOTO_FORM)
    market.bobs_program.submit(empty)
    for assignment_id, identifier in (
        (work.assignment_id, "note"),
        (work.assignment_id, "Photo"),
        (work.assignment_id, ""),
        (market.submitted().assignment_id, "colour"),
        (in_hand.assignment_id, "photo"),
        (empty.assignment_id, "photo"),
    ):
        members = {"AssignmentId": assignment_id, "QuestionIdentifier": identifier}
        yield Asked(members, {"QuestionIdentifier": identifier})


@provokes("HIT Disposed", "GetFileUploadURL")
def a_file_of_a_hit_that_is_gone(market, operation):
    work = market.uploaded()
    market.ask("ApproveAssignment", AssignmentId=work.assignment_id)
    market.ask("DeleteHIT", HITId=work.hit_id)
    yield Asked({"AssignmentId": work.assignment_id, "QuestionIdentifier": "photo"})


# ---------------------------------------------------------------------------------------------- bonuses


def bonus(market: Bazaar, assignment_id: str, **members: Any) -> dict[str, Any]:
    """What SendBonus needs."""
    return {
        "WorkerId": market.bob.worker_id,
        "BonusAmount": "0.10",
        "AssignmentId": assignment_id,
        "Reason": "Well done",
        **members,
    }


@provokes("WorkerId matches the pattern but is no registered Worker", "SendBonus")
def a_bonus_for_nobody(market, operation):
    yield Asked(bonus(market, market.submitted().assignment_id, WorkerId=NOBODY), {"WorkerId": NOBODY})


@provokes("Worker is not the one of the assignment", "SendBonus")
def a_bonus_for_another(market, operation):
    dora = market.dora.worker_id
    yield Asked(bonus(market, market.submitted().assignment_id, WorkerId=dora), {"WorkerId": dora})


@provokes("BonusAmount 0", "SendBonus")
def a_bonus_of_nothing(market, operation):
    for amount in ("0", "0.00"):
        members = bonus(market, market.submitted().assignment_id, BonusAmount=amount)
        yield Asked(members, {"BonusAmount": "0.00"})


@provokes("Token used in the last 24 h", "SendBonus")
def a_bonus_again(market, operation):
    token = f"token {next(market.numbers)}"
    members = bonus(market, market.submitted().assignment_id, UniqueRequestToken=token)
    market.ask(operation, **members)
    yield Asked(members, {"token": token})
    market.pass_time(seconds=1 * DAYS - 1)
    yield Asked(members, {"token": token})


@provokes("Assignment not yet submitted", "SendBonus")
def a_bonus_before_the_work(market, operation):
    assignment_id = market.accepted().assignment_id
    for _ in range(2):  # which does not use up the token
        asked = bonus(market, assignment_id, UniqueRequestToken=assignment_id)
        yield Asked(asked, {"AssignmentId": assignment_id})


@provokes("Available funds below the amount needed", "SendBonus")
def a_bonus_beyond_ones_means(market, operation):
    """Half a dollar pays for the work and for a bonus of 0.37 with its fee of 0.07, and not for a cent more."""
    poor = market.poor[4]
    work = market.submitted(poor)
    yield Asked(bonus(market, work.assignment_id, BonusAmount="0.38"), keys=poor)
    market.ask(operation, poor, **bonus(market, work.assignment_id, BonusAmount="0.37"))


@provokes("Over-long text: Reason > 4096", "SendBonus")
def a_reason_too_long(market, operation):
    members = bonus(market, market.submitted().assignment_id, Reason="ä" * 4097)
    yield Asked(members, {"Name": "Reason", "n": "4096"})


@provokes("Neither HITId nor AssignmentId", "ListBonusPayments")
def bonuses_of_nothing(market, operation):
    yield Asked({})


# ---------------------------------------------------------------------------------------------- notifications


QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/lab"


def specification(**members: Any) -> dict[str, Any]:
    """What a NotificationSpecification needs."""
    return {
        "Destination": QUEUE,
        "Transport": "SQS",
        "Version": "2014-08-15",
        "EventTypes": ["HITCreated"],
        **members,
    }


def tested(**members: Any) -> dict[str, Any]:
    """What SendTestEventNotification needs."""
    return {"Notification": specification(**members), "TestEventType": "Ping"}


@provokes("HITTypeId unknown or of another Requester", "UpdateNotificationSettings")
def settings_of_a_type_of_nobody(market, operation):
    yield Asked({"HITTypeId": UNKNOWN, "Active": True}, {"HITTypeId": UNKNOWN})
    foreign = market.hit_type()
    members = {"HITTypeId": foreign, "Notification": specification()}
    yield Asked(members, {"HITTypeId": foreign}, keys=market.charlie)


@provokes("Neither member given", "UpdateNotificationSettings")
def settings_of_nothing(market, operation):
    yield Asked({"HITTypeId": market.hit_type()})


@provokes("Active without any specification", "UpdateNotificationSettings")
def a_switch_of_nothing(market, operation):
    for active in (True, False):
        yield Asked({"HITTypeId": market.hit_type(), "Active": active}, {"Active": str(active).lower()})


@provokes("Destination malformed, Version unknown, Ping in EventTypes", "UpdateNotificationSettings")
def settings_that_cannot_be_used(market, operation):
    for name, value in (("Destination", "lab"), ("Destination", "http://127.1/1/lab"), ("Version", "latest")):
        members = {"HITTypeId": market.hit_type(), "Notification": specification(**{name: value})}
        yield Asked(members, {"v": value, "Destination|Version|EventTypes": name})
    members = {"HITTypeId": market.hit_type(), "Notification": specification(EventTypes=["HITCreated", "Ping"])}
    yield Asked(members, {"v": "Ping", "Destination|Version|EventTypes": "EventTypes"})


@provokes("Destination malformed for the Transport, or Version unknown", "SendTestEventNotification")
def a_test_of_no_destination(market, operation):
    for transport, destination in (
        ("SQS", "lab"),
        ("SNS", "arn:aws:sqs:x"),
        ("SNS", "https://127.0.0.1:9/"),
        ("Email", "alice"),
    ):
        yield Asked(tested(Transport=transport, Destination=destination), {"Destination": destination})


@provokes("Destination cannot be written to", "SendTestEventNotification")
def a_test_of_a_destination_that_takes_nothing(market, operation):
    yield Asked(tested(Transport="SNS", Destination="https://nobody.invalid/hook"))


@provokes("EventTypes empty", "SendTestEventNotification")
def a_test_of_no_events(market, operation):
    yield Asked(tested(EventTypes=[]))


# ---------------------------------------------------------------------------------------------- messages


def message(market: Bazaar, **members: Any) -> dict[str, Any]:
    """What NotifyWorkers needs."""
    return {"Subject": "Thanks", "MessageText": "Come back.", "WorkerIds": [market.bob.worker_id], **members}


@provokes("More than 100 ids", "NotifyWorkers")
def a_message_to_too_many(market, operation):
    yield Asked(message(market, WorkerIds=[NOBODY] * 101))


@provokes("Other refusal", "NotifyWorkers")
def a_message_of_nothing(market, operation):
    yield Asked(message(market, Subject=" "))
    yield Asked(message(market, MessageText="\n\n"))


@provokes("Over-long text: Subject > 200, MessageText > 4096", "NotifyWorkers")
def a_message_too_long(market, operation):
    yield Asked(message(market, Subject="ä" * 201), {"Name": "Subject", "n": "200"})
    yield Asked(message(market, MessageText="ä" * 4_097), {"Name": "MessageText", "n": "4096"})
