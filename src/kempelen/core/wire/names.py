"""Names: ours (snake_case) to the wire's and back, by one mechanical rule; and the shape of ids.

Each word is capitalised, except that `hit`, `hits` and `url` become HIT, HITs and URL. Error paths lower only the
first letter (`hITId`), as the original's framework does.
"""

from functools import lru_cache
from random import Random

_ACRONYMS = {"hit": "HIT", "hits": "HITs", "url": "URL"}
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAIRS = [tens + ones for tens in _DIGITS for ones in _DIGITS]
_TIME_DIGITS = 8  # base 36 milliseconds: enough until 2059
_RANDOM_DIGITS = 21  # 108 bits
_ORDER = slice(9, 14)  # where an id in order has its number, in place of random digits


def wire_name(name: str) -> str:
    """`create_hit_with_hit_type` is `CreateHITWithHITType`, `hit_type_id` is `HITTypeId`."""
    return "".join(_ACRONYMS.get(word) or word.capitalize() for word in name.split("_"))


def path_name(wire: str) -> str:
    """A member's name in the text of a ValidationException: `HITId` is `hITId`, `MaxResults` is `maxResults`."""
    return wire[:1].lower() + wire[1:]


def new_id(milliseconds: int, random: Random) -> str:
    """A new 30-character id of the original's shape: `3`, eight digits of time, 21 random ones (108 bits).

    Ids begin with time so that indexes stay dense; they are no authority, whoever knows one may do nothing by it.
    """
    return "3" + _time_digits(milliseconds) + _base36(random.getrandbits(108), _RANDOM_DIGITS)


def new_id_in_order(milliseconds: int, number: int, random: Random) -> str:
    """A new id that sorts, among those of its moment that were made so, by its number; 82 bits of it are random."""
    digits = _ORDER.stop - _ORDER.start
    drawn = new_id(milliseconds, random)
    return drawn[: _ORDER.start] + _base36(min(number, len(_DIGITS) ** digits - 1), digits) + drawn[_ORDER.stop :]


def number_in_order(made: str) -> int:
    """The number of an id that was made so."""
    return int(made[_ORDER], len(_DIGITS))


def before_ids_of(milliseconds: int) -> str:
    """What sorts after all ids that were made before this moment, and before those made in it or later."""
    return "3" + _time_digits(min(max(milliseconds, 0), len(_DIGITS) ** _TIME_DIGITS - 1))


def new_account_id(random: Random) -> str:
    """A new Worker's or Requester's id: `A` and 13 more characters. Source: docs/mturk/api.md 1.11."""
    return "A" + _base36(random.getrandbits(67), 13)


@lru_cache(maxsize=8)
def _time_digits(milliseconds: int) -> str:
    """The same for all that happens in one moment."""
    return _base36(milliseconds, _TIME_DIGITS)


def _base36(number: int, digits: int) -> str:
    """The last digits of a number, two at a time: every row has an id, so this is done often."""
    out = []
    for _ in range((digits + 1) // 2):
        number, pair = divmod(number, len(_PAIRS))
        out.append(_PAIRS[pair])
    out.reverse()
    return "".join(out)[-digits:]
