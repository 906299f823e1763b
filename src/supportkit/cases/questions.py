"""When two names of a question are the same question."""

from __future__ import annotations

import re

__all__ = ["question_key"]

_NO_WORD = re.compile(r"[\W_]+")


def question_key(question: str) -> str:
    """Return what makes two names of a question the same.

    >>> question_key("serial_number") == question_key("Serial number?")
    True
    """
    return _NO_WORD.sub("", question.casefold())
