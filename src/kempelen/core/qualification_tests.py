"""Qualification tests: is a test well made, can its key score it, and what score do these answers make?"""

from kempelen.core.errors import NotSupportedYet


def check(test: str, answer_key: str | None) -> None:  # noqa: ARG001
    """Raise the error that this test, a QuestionForm, or its AnswerKey makes."""
    raise NotSupportedYet(name="test", advice="tests cannot be shown yet.")


def score(test: str, answer_key: str, answer: str) -> int:  # noqa: ARG001
    """The value that the key gives to these answers (QuestionFormAnswers XML)."""
    raise NotSupportedYet(name="test", advice="tests cannot be shown yet.")
