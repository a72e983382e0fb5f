"""Reading answers of the API: what does not fit is no answer, and what is new does not harm."""

from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from selflearn.client.answers import Answer
from streams.records import Interpretation

__all__ = ["BadAnswer", "read_answers"]


class BadAnswer(ValueError):
    """The body is no answer to what was asked."""


def read_answers(asked: Sequence[tuple[str, str]], body: bytes) -> list[Answer]:
    """Read the answer to one request, or to a batch.

    Fields that are not known are left alone, so that an older client goes on with a newer API.

    Parameters
    ----------
    asked
        The original and the request id of each, in order.
    body
        Of the response.

    Raises
    ------
    BadAnswer
        It is no JSON, does not answer every request in its order, or a rewrite is no text that could be parsed.
    """
    try:
        read = orjson.loads(body)
    except ValueError as error:
        raise BadAnswer("no JSON") from error
    if not isinstance(read, dict):
        raise BadAnswer("no object")
    answers = read.get("answers", [read])
    if not isinstance(answers, list) or len(answers) != len(asked):
        raise BadAnswer("not as many answers as requests")
    try:
        return [_answer(original, name, one) for (original, name), one in zip(asked, answers, strict=True)]
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise BadAnswer("no answer") from error


def _answer(original: str, request_id: str, read: dict[str, Any]) -> Answer:
    rewrite = read["rewrite"]
    if read["request_id"] != request_id:
        raise BadAnswer("an answer to another request")
    if rewrite is not None and not (isinstance(rewrite, str) and rewrite.strip()):
        raise BadAnswer("a rewrite that is no text")
    outcome = str(read.get("outcome", "no_rewrite" if rewrite is None else "rewritten"))
    if (outcome == "rewritten") != (rewrite is not None):
        raise BadAnswer("an outcome that is not what the rewrite says")
    meaning = read.get("interpretation")
    return Answer(
        text=original if rewrite is None else rewrite,
        original=original,
        request_id=request_id,
        outcome=outcome,
        interpretation=None if meaning is None else Interpretation.model_validate(meaning),
        source=read.get("source"),
        win_probability=read.get("win_probability"),
        table_version=read.get("table_version"),
    )
