"""Programs of patterns: a JavaScript regular expression compiled for the machine that runs it in bounded steps."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from kempelen.core.questions import pattern_characters
from kempelen.core.questions.pattern_characters import CharacterRanges

MAX_STEPS = 200_000  # about a fifth of a second for a hostile form; an honest one takes some hundreds
_MAX_PROGRAM = 5_000
_MAX_DEPTH = 40
_MAX_TESTS = 100  # ranges and classes in one pair of brackets
_WRITTEN_IN_A_STEP = 2  # instructions
KEPT_IN_A_STEP = 16  # registers that a copy of all has
Test = Callable[[str], bool]
Registers = tuple[int, ...]


class Budget:
    """The steps that all patterns of one form share."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take so many; Undecided when there are no more."""
        self.left -= steps
        if self.left < 0:
            raise Undecided()


class Undecided(Exception):
    """Not a pattern we can run, or no steps are left."""


class Program:
    """Instructions `(name, operand, operand)`, and the registers at the start: captures, then marks of loops."""

    def __init__(self, code: list[tuple[str, object, object]], registers: int, fold: Callable[[str], str]) -> None:
        self.code = code
        self.registers: Registers = (-1,) * registers
        self.fold = fold
        self.anchored = code[0][0] == "start"


class _Programs:
    """The programs of the patterns that were asked for last, each with the steps that it took to read and write it."""

    KEPT = 64

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, bool], tuple[Program | None, int]] = OrderedDict()

    def __call__(self, regex: str, ignore_case: bool, budget: Budget) -> Program | None:
        """A pattern's program, None when it has none; its steps are taken whether it was kept or not."""
        key = (regex, ignore_case)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            kept = _written(regex, ignore_case, budget.left)
            if kept[1] <= budget.left:
                self._keep(key, kept)
        budget.spend(kept[1])
        return kept[0]

    def _keep(self, key: tuple[str, bool], program: tuple[Program | None, int]) -> None:
        with self._lock:
            self._kept[key] = program
            if len(self._kept) > self.KEPT:
                self._kept.popitem(last=False)


def _written(regex: str, ignore_case: bool, steps: int) -> tuple[Program | None, int]:
    budget = Budget(steps)
    try:
        program: Program | None = _Compiler(pattern_characters.units_of(regex), ignore_case, budget).program()
    except Undecided:
        if budget.left < 0:
            return None, steps + 1  # not kept: another form may have more steps left for it
        program = None
    return program, steps - budget.left


program_of = _Programs()
_QUANTIFIER = re.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{1,9})?)?\}")


def _groups(pattern: str) -> tuple[int, dict[str, int]]:
    """How many groups capture, and the numbers of those that have names; each character is looked at once."""
    count, names = 0, dict[str, int]()
    at, size, in_set = 0, len(pattern), False
    while at < size:
        character = pattern[at]
        at += 1
        if character == "\\":
            at += 1
        elif in_set:
            in_set = character != "]"
        elif character == "[":
            in_set = True
        elif character == "(":
            if not pattern.startswith("?", at):
                count += 1
            elif _opens_name(pattern, at):
                end = pattern.find(">", at)
                if end < 0:
                    break  # not a pattern
                count += 1
                names[pattern[at + 2 : end]] = count
                at = end + 1
    return count, names


def _opens_name(pattern: str, at: int) -> bool:
    return pattern.startswith("?<", at) and not pattern.startswith(("?<=", "?<!"), at)


class _Compiler:
    """Reads a pattern by ECMA-262's grammar with its Annex B, and writes instructions as it goes."""

    def __init__(self, pattern: str, ignore_case: bool, budget: Budget) -> None:
        self.pattern = pattern
        self.budget = budget
        self.written = 0
        self.at = 0
        self.depth = 0
        self.fold = pattern_characters.upper_of if ignore_case else pattern_characters.exactly_case
        self.code: list[tuple[str, object, object]] = []
        self.groups, self.names = _groups(pattern)
        self.opened = 0
        self.registers = 2 * (self.groups + 1)

    def program(self) -> Program:
        """The whole pattern; Undecided when it is none or cannot be run here."""
        self._choice()
        if self.at < len(self.pattern):
            raise Undecided()  # a bracket too many
        self._write("found")
        return Program(self.code, self.registers, self.fold)

    def _write(self, name: str, one: object = None, two: object = None) -> int:
        if len(self.code) >= _MAX_PROGRAM:
            raise Undecided()
        self.written += 1
        if self.written % _WRITTEN_IN_A_STEP == 0:
            self.budget.spend(1)
        self.code.append((name, one, two))
        return len(self.code) - 1

    def _take(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _choice(self) -> None:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Undecided()
        begun = len(self.code)
        self._sequence()
        ends = []
        while self._take("|"):
            self._insert(begun, 1)
            ends.append(self._write("go"))
            self.code[begun] = ("either", begun + 1, len(self.code))
            begun = len(self.code)
            self._sequence()
        for end in ends:
            self.code[end] = ("go", len(self.code), None)
        self.depth -= 1

    def _insert(self, place: int, count: int) -> None:
        """Make room before a part that is already written; its own jumps move with it."""
        part = self.code[place:]
        del self.code[place:]
        for _ in range(count):
            self._write("go")
        self._copy(part, place)

    def _copy(self, part: list[tuple[str, object, object]], written_at: int) -> None:
        """Write a part again, here."""
        by = len(self.code) - written_at
        for name, one, two in part:  # as in _Machine no type says what an operand is
            if name in ("either", "go"):
                self._write(name, one + by, two + by if isinstance(two, int) else None)  # type: ignore[operator]
            elif name == "ahead":
                self._write(name, one + by, two)  # type: ignore[operator]
            else:
                self._write(name, one, two)

    def _sequence(self) -> None:
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            self.budget.spend(1)
            begun, groups = len(self.code), self.opened
            if self._atom():
                self._quantifier(begun, groups)

    def _atom(self) -> bool:
        """Write the next atom or assertion; may it be repeated?"""
        if self._take("^"):
            self._write("start")
            return False
        if self._take("$"):
            self._write("end")
            return False
        for sign, is_border in ((r"\b", True), (r"\B", False)):
            if self._take(sign):
                self._write("border", is_border)
                return False
        for opening, wanted in (("(?=", True), ("(?!", False)):
            if self._take(opening):
                place = self._write("ahead")
                self._group(None)
                self._write("found")
                self.code[place] = ("ahead", len(self.code), wanted)
                return True
        if self._take("(?:"):
            self._group(None)
        elif self.pattern.startswith("(?", self.at) and not _opens_name(self.pattern, self.at + 1):
            raise Undecided()  # look-behind, or nothing of JavaScript's
        elif self._take("("):
            if self._take("?<"):
                end = self.pattern.find(">", self.at)
                self.at = end + 1 if end >= 0 else self._fail()
            self.opened += 1
            self._group(self.opened)
        elif self._take("["):
            self._one(self._set())
        elif self._take("."):
            self._write("one", pattern_characters.not_line_end)
        elif self._take("\\"):
            self._escape()
        elif self.pattern[self.at] in "*+?" or _QUANTIFIER.match(self.pattern, self.at):
            raise Undecided()  # nothing to repeat
        else:
            self._character(self._next())
        return True

    def _group(self, number: int | None) -> None:
        if number is not None:
            self._write("mark", 2 * number)
        self._choice()
        if not self._take(")"):
            raise Undecided()
        if number is not None:
            self._write("mark", 2 * number + 1)

    def _next(self) -> str:
        if self.at >= len(self.pattern):
            raise Undecided()
        self.at += 1
        return self.pattern[self.at - 1]

    def _fail(self) -> int:
        raise Undecided()

    def _character(self, character: str) -> None:
        folded, fold = self.fold(character), self.fold
        if fold is pattern_characters.exactly_case:
            self._write("one", folded.__eq__)
        else:
            self._write("one", lambda found: fold(found) == folded)

    def _one(self, test: Test) -> None:
        self._write("one", test)

    def _escape(self) -> None:
        letter = self._next()
        if letter in "dDsSwW":
            self._one(CharacterRanges(pattern_characters.class_of(letter)).__contains__)
        elif letter in "123456789" and (number := self._back_reference(letter)):
            self._write("again", number)
        elif letter == "k" and self.names:
            match = re.compile("<([^>]*)>").match(self.pattern, self.at)
            if not match or match[1] not in self.names:
                raise Undecided()
            self.at = match.end()
            self._write("again", self.names[match[1]])
        else:
            self._character(self._escaped(letter))

    def _back_reference(self, digit: str) -> int:
        match = re.compile("[0-9]{0,3}").match(self.pattern, self.at)
        assert match is not None
        number = int(digit + match[0])
        if number > self.groups:
            return 0
        self.at = match.end()
        return number

    def _escaped(self, letter: str) -> str:
        """The character that an escape means, after its first letter."""
        if letter in pattern_characters.CONTROLS:
            return pattern_characters.CONTROLS[letter]
        for sign, digits in (("x", 2), ("u", 4)):
            match = re.compile(f"[0-9A-Fa-f]{{{digits}}}").match(self.pattern, self.at)
            if letter == sign and match:
                self.at = match.end()
                return chr(int(match[0], 16))
        if letter == "c":
            match = re.compile("[A-Za-z]").match(self.pattern, self.at)
            if match:
                self.at = match.end()
                return chr(ord(match[0]) % 32)
            self.at -= 1
            return "\\"
        if letter in "01234567":
            match = re.compile("[0-3][0-7]{0,2}|[4-7][0-7]?").match(self.pattern, self.at - 1)
            assert match is not None
            self.at = match.end()
            return chr(int(match[0], 8))
        return letter

    def _set(self) -> Test:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        wide = 0
        while not self._take("]"):
            low = self._member()
            if self.pattern.startswith("-", self.at) and not self.pattern.startswith("-]", self.at):
                self.at += 1
                high = self._member()
                if isinstance(low, str) and isinstance(high, str):
                    if low > high:
                        raise Undecided()
                    ranges.append((low, high))
                    wide += 1
                    continue
                members = [low, "-", high]
            else:
                members = [low]
            for member in members:
                if isinstance(member, str):
                    ranges.append((member, member))
                else:
                    ranges += member
                    wide += 1
        if wide > _MAX_TESTS:
            raise Undecided()
        within, fold = CharacterRanges(ranges), self.fold
        if fold is pattern_characters.exactly_case:
            return lambda character: (character in within) != negated
        return lambda character: any(form in within for form in pattern_characters.forms_of(character)) != negated

    def _member(self) -> str | list[tuple[str, str]]:
        self.budget.spend(1)
        character = self._next()
        if character != "\\":
            return character
        letter = self._next()
        if letter in "dDsSwW":
            return pattern_characters.class_of(letter)
        return "\b" if letter == "b" else self._escaped(letter)

    def _quantifier(self, begun: int, groups: int) -> None:
        counted = _QUANTIFIER.match(self.pattern, self.at)
        if counted:
            self.at = counted.end()
            least = int(counted[1])
            most = least if not counted[2] else int(counted[3]) if counted[3] else None
        elif self.at < len(self.pattern) and self.pattern[self.at] in "*+?":
            sign = self._next()
            least, most = (1 if sign == "+" else 0), (1 if sign == "?" else None)
        else:
            return
        if most is not None and least > most:
            raise Undecided()
        self._repeat(begun, groups, least, most, lazy=self._take("?"))

    def _repeat(self, begun: int, groups: int, least: int, most: int | None, *, lazy: bool) -> None:
        """Write the part that begins at `begun` as often as asked; what it captured is forgotten each time."""
        part = self.code[begun:]
        del self.code[begun:]
        forget = (2 * (groups + 1), 2 * (self.opened + 1)) if self.opened > groups else None
        if (least + (most or least) + 1) * (len(part) + 4) > 4 * _MAX_PROGRAM:
            raise Undecided()
        for _ in range(least):
            self._once(part, begun, forget)
        if most is None:
            self._optional(part, begun, forget, lazy=lazy, again=True)
        else:
            choices = [self._optional(part, begun, forget, lazy=lazy, again=False) for _ in range(most - least)]
            for choice in choices:
                self._leads(choice, len(self.code), lazy=lazy)

    def _once(self, part: list[tuple[str, object, object]], begun: int, forget: tuple[int, int] | None) -> None:
        if forget:
            self._write("forget", *forget)
        self._copy(part, begun)

    def _optional(
        self,
        part: list[tuple[str, object, object]],
        begun: int,
        forget: tuple[int, int] | None,
        *,
        lazy: bool,
        again: bool,
    ) -> int:
        """The part once more or not; a repetition that matches nothing is none."""
        choice = self._write("either")
        mark = self.registers
        self.registers += 1
        self._write("mark", mark)
        self._once(part, begun, forget)
        self._write("moved", mark)
        if again:
            self._write("go", choice)
        self._leads(choice, len(self.code), lazy=lazy)
        return choice

    def _leads(self, choice: int, out: int, *, lazy: bool) -> None:
        self.code[choice] = ("either", out, choice + 1) if lazy else ("either", choice + 1, out)
