"""JavaScript's regular expressions, as far as an answer's format needs them, in a bounded number of steps.

A QuestionForm's AnswerFormatRegex is JavaScript's and a Requester's. Python's own expressions differ (`$`, `\\d`,
`\\s`, back references) and can be made to run for ever. Here a pattern becomes a small program for a backtracking
machine that counts its steps, by what each costs: reading a pattern and a text, writing instructions (also those that a
repetition writes again, and those that come to nothing), remembering captures, comparing what was captured. What cannot
be decided (too many steps, look-behind, a pattern that JavaScript would not take either) counts as found: the Worker's
browser has judged it already. Source: docs/mturk/questions.md 3.3.
"""

from __future__ import annotations

from kempelen.core.questions import pattern_characters, pattern_programs
from kempelen.core.questions.pattern_programs import Budget, Program, Registers, Undecided

_READ_IN_A_STEP = 8  # characters of a pattern or a text
_COMPARED_IN_A_STEP = 8  # characters of what was captured


def found(regex: str, text: str, *, ignore_case: bool = False, budget: Budget | None = None) -> bool:
    """Does the pattern match anywhere in the text? True also when that cannot be decided."""
    budget = budget or Budget()
    try:
        budget.spend((len(regex) + len(text)) // _READ_IN_A_STEP)
        program = pattern_programs.program_of(regex, ignore_case, budget)
        if program is None:
            return True
        units = pattern_characters.units_of(text)
        machine = _Machine(program, units, budget)
        starts = range(1) if program.anchored else range(len(units) + 1)
        return any(machine.run(0, start, program.registers) is not None for start in starts)
    except Undecided:
        return True


def decidable(regex: str, *, ignore_case: bool = False) -> bool:
    """Is this a pattern that can be run here?"""
    try:
        return pattern_programs.program_of(regex, ignore_case, Budget()) is not None
    except Undecided:
        return False


# ---------------------------------------------------------------------------------------------- the machine


class _Machine:
    # What an operand is goes by its instruction's name, which no type says: hence what is ignored below.
    def __init__(self, program: Program, text: str, budget: Budget) -> None:
        self.code = program.code
        self.fold = program.fold
        self.text = text
        self.budget = budget

    def run(self, at: int, place: int, registers: Registers) -> Registers | None:
        """The registers of the first match from this instruction and place on."""
        code, text, size = self.code, self.text, len(self.text)
        copying = len(registers) // pattern_programs.KEPT_IN_A_STEP
        waiting: list[tuple[int, int, Registers]] = [(at, place, registers)]
        while waiting:
            at, place, registers = waiting.pop()
            while True:
                self.budget.left -= 1
                if self.budget.left < 0:
                    raise Undecided()
                name, one, two = code[at]
                at += 1
                if name == "one":
                    if place < size and one(text[place]):  # type: ignore[operator]
                        place += 1
                        continue
                elif name == "either":
                    waiting.append((two, place, registers))  # type: ignore[arg-type]
                    at = one  # type: ignore[assignment]
                    continue
                elif name == "go":
                    at = one  # type: ignore[assignment]
                    continue
                elif name == "mark":
                    self.budget.spend(copying)
                    registers = _marked(registers, one, place)  # type: ignore[arg-type]
                    continue
                elif name == "forget":
                    self.budget.spend(copying)
                    registers = tuple(-1 if one <= n < two else value for n, value in enumerate(registers))  # type: ignore[operator]
                    continue
                elif name == "moved":
                    if registers[one] != place:  # type: ignore[call-overload]
                        continue
                elif name == "start":
                    if place == 0:
                        continue
                elif name == "end":
                    if place == size:
                        continue
                elif name == "border":
                    if (self._is_word(place - 1) != self._is_word(place)) == one:
                        continue
                elif name == "again":
                    begun, ended = registers[2 * one], registers[2 * one + 1]  # type: ignore[operator]
                    captured = text[begun:ended] if begun >= 0 and ended >= 0 else ""
                    self.budget.spend(len(captured) // _COMPARED_IN_A_STEP)
                    if self._same(captured, text[place : place + len(captured)]):
                        place += len(captured)
                        continue
                elif name == "ahead":
                    inside = self.run(at, place, registers)
                    if (inside is not None) == two:
                        registers = inside if inside is not None and two else registers
                        at = one  # type: ignore[assignment]
                        continue
                else:
                    return registers
                break
        return None

    def _is_word(self, place: int) -> bool:
        return 0 <= place < len(self.text) and pattern_characters.is_word(self.text[place])

    def _same(self, one: str, other: str) -> bool:
        return [*map(self.fold, one)] == [*map(self.fold, other)]


def _marked(registers: Registers, number: int, place: int) -> Registers:
    return (*registers[:number], place, *registers[number + 1 :])
