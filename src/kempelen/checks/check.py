"""Check: a statement that finds rows which contradict the others."""

from typing import NamedTuple


class Check(NamedTuple):
    """A statement that finds the rows which are not true, and the sentence that names one."""

    sql: str
    sentence: str
