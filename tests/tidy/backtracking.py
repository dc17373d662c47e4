"""Which regular expressions can take more than linear time, by the ambiguity of the automaton that they describe.

A backtracking matcher tries every path by which a text can be read. If a loop can read one text in two ways, the
paths are exponentially many; if two loops can share a text at any point, they are at least quadratic. A search adds a
loop over the start before the expression. A possessive repeat leaves only before a letter that it cannot read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # the parse tree has no public name
from typing import Any

_MANY = 1_000  # a repeat of at most so many is a constant factor
_ONE_LETTER = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN}
_REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
_START = 0


def growth(pattern: str | bytes, flags: int = 0, *, searched: bool = False) -> str:
    """`exponential`, `polynomial`, or nothing for an expression that is read in linear time."""
    tree = _parser.parse(pattern, flags)
    found = {_Automaton(tree, searched=searched).growth}
    found.update(_Automaton(inner, searched=False).growth for inner in _assertions(tree))
    return next((kind for kind in ("exponential", "polynomial") if kind in found), "")


def _assertions(tree: Any) -> Iterator[Any]:
    for operator, argument in tree:
        if operator in (_constants.ASSERT, _constants.ASSERT_NOT):
            yield argument[1]
        for part in _parts(argument):
            yield from _assertions(part)


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in argument:
            yield from _parts(part)


class _Automaton:
    """States are the places of letters in the expression; what lies between them are edges that read nothing."""

    def __init__(self, tree: Any, *, searched: bool) -> None:
        self._state = tree.state
        self._is_bytes = isinstance(tree.state.str, bytes)
        self._empty: dict[int, list[tuple[int, frozenset[str], bool]]] = defaultdict(list)
        self._reads: dict[int, tuple[frozenset[str], int]] = {}
        self._count = 1
        self._letters = sorted(self._sample(tree))
        self._prefix: int | None = None
        at = _START
        if searched:
            loop = self._new(_START)
            after = self._letter(loop, frozenset(self._letters))
            self._empty[after].append((loop, frozenset(), False))
            self._prefix = min(self._reads)
            at = self._new(loop)
        self._end = self._sequence(tree, at)

    def _new(self, *before: int, forbidden: frozenset[str] = frozenset(), may_fail: bool = False) -> int:
        self._count += 1
        for one in before:
            self._empty[one].append((self._count, forbidden, may_fail))
        return self._count

    def _letter(self, at: int, letters: frozenset[str]) -> int:
        place, after = self._new(at), self._new()
        self._reads[place] = (letters, after)
        return after

    def _sample(self, tree: Any) -> Iterable[str]:
        """One letter for each kind that the expression tells apart."""
        texts = [chr(code) for code in range(256)]
        if not self._is_bytes:
            texts += ["\u0130", "\u017f", "\u2028", "\u3042", "\u0661", "\ud800", "\uffff", "\U00010000"]
            texts += {letter for letter in self._state.str if letter > "\xff"}
        nodes = list(_letters(tree))
        kinds: dict[tuple[bool, ...], str] = {}
        matchers = [self._matcher(node) for node in nodes]
        for letter in texts:
            kinds.setdefault(tuple(bool(match(self._encoded(letter))) for match in matchers), letter)
        return kinds.values()

    def _encoded(self, letter: str) -> Any:
        return letter.encode("latin-1") if self._is_bytes else letter

    def _matcher(self, node: Any) -> Any:
        return _compiler.compile(_parser.SubPattern(self._state, [node]), self._state.flags).fullmatch

    def _set(self, node: Any) -> frozenset[str]:
        match = self._matcher(node)
        return frozenset(letter for letter in self._letters if match(self._encoded(letter)))

    def _sequence(self, tree: Any, at: int) -> int:
        for node in tree:
            at = self._node(node, at)
        return at

    def _node(self, node: Any, at: int) -> int:
        operator, argument = node
        if operator in _ONE_LETTER:
            return self._letter(at, self._set(node))
        if operator is _constants.SUBPATTERN:
            return self._sequence(argument[3], at)
        if operator is _constants.ATOMIC_GROUP:
            return self._sequence(argument, at)
        if operator is _constants.BRANCH:
            return self._new(*[self._sequence(one, self._new(at)) for one in argument[1]])
        if operator in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
            return self._new(at, may_fail=True)
        if operator in _REPEATS:
            return self._repeat(operator, *argument, at)
        raise NotImplementedError(f"{operator} in {self._state.str!r}")

    def _repeat(self, operator: Any, least: int, most: int, body: Any, at: int) -> int:
        possessive = operator is _constants.POSSESSIVE_REPEAT
        for _ in range(min(least, 2)):
            at = self._sequence(body, at)
        if most > _MANY:
            loop = self._new(at)
            self._empty[self._sequence(body, self._new(loop))].append((loop, frozenset(), False))
            return self._new(loop, forbidden=self._certain(body) if possessive else frozenset())
        ends = [at]
        for _ in range(min(most - least, 2)):
            at = self._sequence(body, self._new(at))
            ends.append(at)
        return self._new(*ends)

    def _certain(self, body: Any) -> frozenset[str]:
        """The letters that a repeat of this surely reads when it meets them."""
        if len(body) != 1:
            return frozenset()
        operator, argument = body[0]
        if operator in _ONE_LETTER:
            return self._set(body[0])
        if operator is _constants.SUBPATTERN:
            return self._certain(argument[3])
        if operator is _constants.BRANCH:
            return frozenset().union(*(self._certain(one) for one in argument[1]))
        if operator in _REPEATS and argument[0] <= 1:
            return self._certain(argument[2])
        return frozenset()

    def _from(self, at: int) -> Iterator[tuple[int, frozenset[str], bool]]:
        """The places reached without a letter, once for each path, and what may not follow there."""

        def walk(
            at: int, forbidden: frozenset[str], may_fail: bool, gone: frozenset[tuple[int, int]]
        ) -> Iterator[tuple[int, frozenset[str], bool]]:
            if at in self._reads or at == self._end:
                yield at, forbidden, may_fail
            for number, (after, more, fails) in enumerate(self._empty[at]):
                if (at, number) not in gone:
                    yield from walk(after, forbidden | more, may_fail or fails, gone | {(at, number)})

        return walk(at, frozenset(), False, frozenset())

    @cached_property
    def _follows(self) -> dict[int, dict[str, Counter[int]]]:
        """For a place, by the letter that is read next: the places that read it, with the number of paths."""
        follows: dict[int, dict[str, Counter[int]]] = {}
        for place, (_, after) in self._reads.items():
            here = follows[place] = defaultdict(Counter)
            for following, forbidden, _ in self._from(after):
                for letter in (self._reads[following][0] if following in self._reads else frozenset()) - forbidden:
                    here[letter][following] += 1
        return follows

    def _reached(self, place: int) -> set[int]:
        reached: set[int] = set()
        waiting = [place]
        while waiting:
            for places in self._follows[waiting.pop()].values():
                waiting.extend(places.keys() - reached)
                reached.update(places)
        return reached

    @cached_property
    def growth(self) -> str:
        reached = {place: self._reached(place) for place in self._reads}
        loops = {
            place: frozenset(one for one in reached[place] if place in reached[one])
            for place in self._reads
            if place in reached[place]
        }
        if any(self._reads_twice(place, loop) for place, loop in loops.items()):
            return "exponential"
        pairs = [(one, other) for one in loops for other in loops if one != other and other in reached[one]]
        if any(self._shares(one, other, reached) for one, other in pairs if not self._succeeds(one, loops[other])):
            return "polynomial"
        return ""

    def _reads_twice(self, place: int, loop: frozenset[int]) -> bool:
        """Can the loop come back to this place by two paths that read one text?"""
        seen, waiting = set(), [(place, place)]
        while waiting:
            one, other = waiting.pop()
            for letter, places in self._follows[one].items():
                if one == other and any(count > 1 and following in loop for following, count in places.items()):
                    return True
                for pair in ((a, b) for a in places for b in self._follows[other].get(letter, ())):
                    if pair[0] in loop and pair[1] in loop and pair not in seen:
                        seen.add(pair)
                        waiting.append(pair)
        return any(self._comes_together(pair, place, loop) for pair in seen if pair[0] != pair[1])

    def _comes_together(self, pair: tuple[int, int], place: int, loop: frozenset[int]) -> bool:
        seen, waiting = {pair}, [pair]
        while waiting:
            one, other = waiting.pop()
            for letter, places in self._follows[one].items():
                for after in ((a, b) for a in places for b in self._follows[other].get(letter, ())):
                    if after == (place, place):
                        return True
                    if after[0] in loop and after[1] in loop and after not in seen:
                        seen.add(after)
                        waiting.append(after)
        return False

    def _shares(self, first: int, second: int, reached: dict[int, set[int]]) -> bool:
        """Is there a text by which the first loop comes round, the second comes round, and the first leads to it?"""
        begin, end = (first, first, second), (first, second, second)
        seen, waiting = {begin}, [begin]
        while waiting:
            a, b, c = waiting.pop()
            for letter, places in self._follows[a].items():
                for one in places:
                    for two in self._follows[b].get(letter, ()):
                        for three in self._follows[c].get(letter, ()):
                            after = (one, two, three)
                            if after == end:
                                return True
                            if after in seen or first not in reached[one] or second not in reached[three]:
                                continue
                            seen.add(after)
                            waiting.append(after)
        return False

    def _succeeds(self, first: int, loop: frozenset[int]) -> bool:
        """Does a search end in this loop, so that it does not start again further on?"""
        if first != self._prefix:
            return False
        return any(
            at == self._end and not may_fail for place in loop for at, _, may_fail in self._from(self._reads[place][1])
        )


def _letters(tree: Any) -> Iterator[Any]:
    for node in tree:
        if node[0] in _ONE_LETTER:
            yield node
        else:
            for part in _parts(node[1]):
                yield from _letters(part)
