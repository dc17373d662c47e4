"""Type searches: Qualification types by name, and those that have the words of a query.

Source: docs/mturk/api.md 2.25.
"""

from typing import NamedTuple

from kempelen.market.foundation import pages
from kempelen.market.foundation.call import Call
from kempelen.store.select import statement

MAX_WORDS = 8
LONGEST_WORD = 4_000  # characters; no text that is searched is as long, and SQLite takes patterns of 50,000 bytes


def place_after(call: Call, next_token: str | None, list_of: tuple[object, ...]) -> dict[str, str]:
    """The name and id after which a page of types begins; the token has the id alone, because names are long."""
    return place_of(call, pages.position_after(call, next_token, *list_of))


def place_of(call: Call, position: pages.Position | None) -> dict[str, str]:
    """The parameters by which a list goes on after a position; from its beginning without one."""
    if position is None:
        return {"after_name": "", "after_id": ""}
    row = call.db.one("SELECT name FROM qualification_type WHERE qualification_type_id = :type_id", type_id=position[1])
    assert row is not None
    return {"after_name": row["name"], "after_id": position[1]}


class ByName(NamedTuple):
    """How a page of types is found by name: the tables, the condition, and the order."""

    tables: str
    condition: str
    order: str


_BEGINS = "(t.name, t.qualification_type_id) > (:after_name, :after_id)"
_ENDS = "ORDER BY t.name, t.qualification_type_id LIMIT :page_size"
_TEXT_BEGINS = "(s.name, s.qualification_type_id) > (:after_name, :after_id)"
_TEXT_ENDS = "ORDER BY s.name, s.qualification_type_id LIMIT :page_size"
_IS_OF_TEXT = "AND t.qualification_type_id = s.qualification_type_id"
_IS_TEXT_OF = "AND s.name = t.name AND s.qualification_type_id = t.qualification_type_id"
_WORDS = [
    "".join(f" AND s.search_text LIKE :word_{n} ESCAPE '\\'" for n in range(words)) for words in range(1, MAX_WORDS + 1)
]
# By how many words are searched for. The texts are read first, alone and in the order of names, until a page is full.
BY_NAME = [ByName("qualification_type t", _BEGINS, _ENDS)] + [
    ByName(
        "qualification_text s CROSS JOIN qualification_type t",
        statement(_TEXT_BEGINS, _IS_OF_TEXT, words),
        _TEXT_ENDS,
    )
    for words in _WORDS
]
# The same where few types are looked at: of each, its text.
_OWN_BY_NAME = BY_NAME[:1] + [
    ByName("qualification_type t CROSS JOIN qualification_text s", statement(_BEGINS, _IS_TEXT_OF, words), _ENDS)
    for words in _WORDS
]
SELECT_TYPE = "SELECT t.*, x.test, x.answer_key, x.test_duration_in_seconds FROM"
WITH_TEST = "LEFT JOIN qualification_test x ON x.test_id = t.test_id"
_MATCHING = """
       AND t.status <> 'Disposed' AND (t.world IS NULL OR t.world = :world)
       AND (:requestable = 0 OR t.is_requestable = 1)
       AND (t.status = 'Active' OR (t.status = 'Inactive' AND t.requester_id = :caller AND :own_inactive = 1))
"""
IS_EXACT = 1  # a page's position among the types that are called as the query says; those come first
_OTHERS = "AND t.name <> :exact_name"
OF_EVERYBODY = [
    statement(SELECT_TYPE, by.tables, WITH_TEST, "WHERE", by.condition, _MATCHING, _OTHERS, by.order) for by in BY_NAME
]
OF_CALLER = [
    statement(
        SELECT_TYPE,
        by.tables,
        WITH_TEST,
        "WHERE t.requester_id = :caller AND",
        by.condition,
        _MATCHING,
        _OTHERS,
        by.order,
    )
    for by in _OWN_BY_NAME
]
_CALLED = "t.name = :exact_name AND t.qualification_type_id > :after_id"
_BY_ID = "ORDER BY t.qualification_type_id LIMIT :page_size"
CALLED_OF_EVERYBODY = statement(SELECT_TYPE, "qualification_type t", WITH_TEST, "WHERE", _CALLED, _MATCHING, _BY_ID)
CALLED_OF_CALLER = statement(
    SELECT_TYPE, "qualification_type t", WITH_TEST, "WHERE t.requester_id = :caller AND", _CALLED, _MATCHING, _BY_ID
)


def keep_text(call: Call, type_id: str, name: str, description: str, keywords: str | None) -> None:
    """What the type is searched by."""
    call.db.run(
        """
        INSERT INTO qualification_text (name, qualification_type_id, search_text)
        VALUES (:name, :type_id, :search_text)
        ON CONFLICT (name, qualification_type_id) DO UPDATE SET search_text = excluded.search_text
        """,
        name=name,
        type_id=type_id,
        search_text=f"{name} {description} {keywords or ''}".lower(),
    )


def searched(text: str) -> dict[str, str]:
    """The words of a search as parameters of BY_NAME[how many]; the longest, which fewest texts have, comes first."""
    words = sorted(text.lower().split()[:MAX_WORDS], key=len, reverse=True)
    return {f"word_{n}": f"%{escaped(word)}%" for n, word in enumerate(words)}


def escaped(word: str) -> str:
    """A word to look for with LIKE, ESCAPE '\\\\'; of one that is longer than any text, enough not to be found."""
    return word[:LONGEST_WORD].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
