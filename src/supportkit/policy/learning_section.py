"""The section ``learning``: measures, common problems, articles, bulletins, feedback, benchmarks, tips."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import evolve

from supportkit.cases import money
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue
from supportkit.insight import (
    ASKING,
    AskTemplate,
    Benchmark,
    FeedbackRules,
    LearningPolicy,
    ProblemRules,
    Tip,
)
from supportkit.policy.section import Reading

__all__ = ["read_learning"]

_PARTS = ("measures", "problems", "articles", "feedback", "bulletins", "benchmark", "tips")
_BRIEFED = ("everybody", "present")
Read = Callable[[Reading, Any, str], Any]


def read_learning(reading: Reading, section: Any) -> LearningPolicy:
    """Read ``learning``; every part is optional."""
    said = reading.mapping(section, "learning", _PARTS)
    options: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name in said:
            options |= read(reading, said[name], f"learning.{name}")
    return LearningPolicy(**options)


def _duration(reading: Reading, value: Any, path: str) -> timedelta | None:
    return reading.build(path, lambda: read_duration(value))


def _share(reading: Reading, value: Any, path: str) -> float | None:
    return reading.build(path, lambda: float(money(value)))


def _whole(reading: Reading, value: Any, path: str) -> int | None:
    return reading.whole(value, path)


def _flag(reading: Reading, value: Any, path: str) -> bool:
    return reading.flag(value, path)


def _texts(reading: Reading, value: Any, path: str) -> tuple[str, ...]:
    return reading.texts(value, path)


_MEASURES: Mapping[str, Read] = {"early": _duration, "apology_within": _duration}
_PROBLEMS: Mapping[str, Read] = {
    "window": _duration, "base": _duration, "at_least": _whole, "customers": _whole, "significance": _share,
    "recurring": _whole, "overlap": _share,
}  # fmt: skip
_FEEDBACK: Mapping[str, Read] = {
    "after": _duration, "within": _duration, "quiet": _duration, "each_solution": _flag, "not_for": _texts,
    "satisfied": _whole, "unhappy": _whole, "answer_within": _duration,
}  # fmt: skip


def _options(
    reading: Reading, said: Mapping[str, Any], path: str, keys: Mapping[str, Read]
) -> dict[str, Any]:
    """Read each key that is there; what cannot be read is a fault and left out."""
    read = {
        name: keys[name](reading, value, f"{path}.{name}") for name, value in said.items() if name in keys
    }
    return {name: value for name, value in read.items() if value is not None}


def _measures(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    return _options(reading, reading.mapping(value, path, _MEASURES), path, _MEASURES)


def _problems(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    options = _options(reading, reading.mapping(value, path, _PROBLEMS), path, _PROBLEMS)
    made = reading.build(path, lambda: ProblemRules(**options))
    return {} if made is None else {"problems": made}


def _articles(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    said = reading.mapping(value, path, ("at_least",))
    at_least = reading.whole(said.get("at_least", "3"), f"{path}.at_least")
    if at_least is not None and at_least < 1:
        reading.fault("bad_value", f"{path}.at_least", f"{at_least} is no number of cases", "write 1 or more")
    return {} if at_least is None else {"articles": at_least}


def _feedback(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    said = reading.mapping(value, path, (*_FEEDBACK, "texts"))
    options = _options(reading, said, path, _FEEDBACK)
    made = reading.build(path, lambda: FeedbackRules(**options))
    texts = _asking(reading, said.get("texts", {}), f"{path}.texts")
    return {"texts": texts} if made is None else {"feedback": made, "texts": texts}


def _asking(reading: Reading, section: Any, path: str) -> dict[str, AskTemplate]:
    texts = dict(ASKING)
    for language, value in reading.mapping(section, path).items():
        place = f"{path}.{language}"
        said = reading.mapping(value, place, ("subject", "service", "referral"))
        words = {name: reading.text(text, f"{place}.{name}") for name, text in said.items()}
        start = ASKING.get(language.lower(), ASKING["en"])
        made = reading.build(place, lambda start=start, words=words: _filled(evolve(start, **words)))  # type: ignore[misc]
        if made is not None:
            texts[language.lower()] = made
    return texts


def _filled(words: AskTemplate) -> AskTemplate:
    """Return a template that can be filled in; raises InvalidValue now instead of at the first customer."""
    try:
        for about in ("service", "referral"):
            words.text(about, reference="")
    except (LookupError, ValueError, AttributeError) as error:
        raise InvalidValue(
            f"a text cannot be filled in ({type(error).__name__}: {error}); write {{reference}}"
        ) from None
    return words


def _bulletins(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    said = reading.mapping(value, path, ("briefed",))
    briefed = said.get("briefed", "everybody")
    if briefed not in _BRIEFED:
        reading.fault(
            "bad_value",
            f"{path}.briefed",
            f"briefed={briefed!r} is no word for whom",
            "use everybody or present",
        )
        return {}
    return {"briefed": briefed}


def _benchmark(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    said = reading.mapping(value, path, ("by", "longest_wait"))
    by = reading.text(said.get("by", "channel"), f"{path}.by")
    waits = said.get("longest_wait")
    if waits is None:
        reading.fault(
            "missing_key",
            f"{path}.longest_wait",
            "this benchmark says no time",
            "write `longest_wait: 1 day`",
        )
        return {}
    named = dict(waits) if isinstance(waits, Mapping) else {"other": waits}
    read = {name: _duration(reading, each, f"{path}.longest_wait.{name}") for name, each in named.items()}
    longest = {name: wait for name, wait in read.items() if wait is not None}
    made = reading.build(path, lambda: Benchmark(by=by, longest_wait=longest))
    return {} if made is None else {"benchmark": made}


def _tips(reading: Reading, value: Any, path: str) -> dict[str, Any]:
    tips: dict[str, Tip] = {}
    for place, item in reading.items(value, path):
        said = reading.mapping(item, place, ("id", "text", "when"))
        lacking = [name for name in ("id", "text") if name not in said]
        for name in lacking:
            reading.fault("missing_key", f"{place}.{name}", f"this tip has no {name}", f"write `{name}: ...`")
        if lacking:
            continue
        name, text = (reading.text(said[key], f"{place}.{key}") for key in ("id", "text"))
        when = reading.condition(said["when"], f"{place}.when") if "when" in said else None
        if name in tips:
            reading.fault("duplicate_id", f"{place}.id", f"two tips are called {name!r}", "rename one")
        made = reading.build(place, lambda name=name, text=text, when=when: Tip(name, text, when=when))  # type: ignore[misc]
        if made is not None:
            tips[name] = made
    return {"tips": tuple(tips.values())}


_READERS: Mapping[str, Read] = {
    "measures": _measures,
    "problems": _problems,
    "articles": _articles,
    "feedback": _feedback,
    "bulletins": _bulletins,
    "benchmark": _benchmark,
    "tips": _tips,
}
