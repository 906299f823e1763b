"""The section ``questions``: what cases need to know from their customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.intake import Question
from supportkit.policy.section import Reading

__all__ = ["question_lines", "read_questions"]

_KEYS = ("ask", "when", "known_from", "keep", "text")


def read_questions(reading: Reading, section: Any) -> tuple[Question, ...]:
    """Read ``questions``; two questions of one name are a fault."""
    found: list[Question] = []
    for path, item in reading.items(section, "questions"):
        question = _question(reading, item, path)
        if question is None:
            continue
        if question.key in {other.key for other in found}:
            message = f"{question.ask!r} is asked twice"
            reading.fault(
                "asked_twice", f"{path}.ask", message, "join the two lines, or give one another name"
            )
        found.append(question)
    return tuple(found)


def question_lines(section: Any) -> list[dict[str, str]]:
    """Return the conditions of the section, and one for each fact that it reads."""
    lines = [item for item in section if isinstance(item, Mapping)] if isinstance(section, list) else []
    whens = [{"when": item["when"]} for item in lines if isinstance(item.get("when"), str)]
    return [
        *whens,
        *({"when": f"{path} is None"} for item in lines for path in _paths(item.get("known_from"))),
    ]


def _paths(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _question(reading: Reading, item: Any, path: str) -> Question | None:
    said = reading.mapping(item, path, _KEYS)
    if "ask" not in said:
        reading.fault("missing_key", f"{path}.ask", "this line asks nothing", "write `ask: serial number`")
        return None
    options: dict[str, Any] = {"ask": reading.text(said["ask"], f"{path}.ask")}
    if "when" in said:
        options["when"] = reading.condition(said["when"], f"{path}.when")
    paths = reading.texts(said.get("known_from", []), f"{path}.known_from")
    for fact in paths:
        reading.condition(f"{fact} is None", f"{path}.known_from")
    if "keep" in said:
        options["keep"] = reading.text(said["keep"], f"{path}.keep")
    texts = _texts(reading, said.get("text", {}), f"{path}.text")
    return reading.build(path, lambda: Question(known_from=paths, texts=texts, **options))


def _texts(reading: Reading, value: Any, path: str) -> dict[str, str]:
    """Read the words by language; a single text is English."""
    by_language = {"en": value} if isinstance(value, str) else reading.mapping(value, path)
    return {name.lower(): reading.text(words, f"{path}.{name}") for name, words in by_language.items()}
