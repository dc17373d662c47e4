"""Qualification tests: whether a test is well made, whether its key can score it, and the score of answers."""

from kempelen.core.questions import answer_keys, question_forms
from kempelen.core.wire.errors import InvalidParameterValue


def check(test: str, answer_key: str | None) -> None:
    """Raise the error that this test, a QuestionForm, or its AnswerKey makes.

    A test takes no files: there is no operation that would give them to its Requester.
    """
    form = question_forms.parse(test, name="test")
    if form.takes_files:
        raise InvalidParameterValue(
            value="FileUploadAnswer", name="test", reason="A qualification test cannot ask for a file."
        )
    if answer_key is not None:
        answer_keys.parse(answer_key, form)


def score(test: str, answer_key: str, answer: str) -> int:
    """The value that the key gives to these answers (QuestionFormAnswers XML)."""
    key = answer_keys.parse(answer_key, question_forms.parse(test, name="test"))
    return answer_keys.score_answers(key, answer)
