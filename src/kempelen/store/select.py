"""SQL put together from fixed parts: one statement for each set of conditions that is asked for.

Values are always `:name` parameters; no part is made of anything that a caller sent. A statement that holds only the
conditions which are asked for is read from the index that it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


def statement(*parts: str) -> str:
    """One SQL text of fixed parts, for statements that share most of their words."""
    return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT: columns, what they come from, the conditions that all hold, and how it ends (order and limit)."""

    columns: str
    source: str
    conditions: tuple[str, ...] = ()
    end: str = ""

    def adding(self, column: str) -> Select:
        """The same with one more column."""
        return replace(self, columns=f"{self.columns}, {column}")

    def where(self, *conditions: str) -> Select:
        """The same with these conditions besides."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def ending(self, *parts: str) -> Select:
        """The same with another end: its order and its limit."""
        return replace(self, end=statement(*parts))

    @property
    def sql(self) -> str:
        """The text of the statement."""
        where = "WHERE " + " AND ".join(f"({condition})" for condition in self.conditions) if self.conditions else ""
        return statement("SELECT", self.columns, "FROM", self.source, where, self.end)
