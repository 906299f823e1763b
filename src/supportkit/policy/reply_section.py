"""The part ``remedies.replies``: what is asked of a reply, and the words by which it is read."""

from __future__ import annotations

import re
from typing import Any

from supportkit.cases.durations import read_duration
from supportkit.policy.section import Reading
from supportkit.recovery import REPLY_WORDS, ReplyRules, ReplyWords

__all__ = ["above_zero", "read_replies"]

_KEYS = (
    "coverage", "terms", "similarity", "repeats", "window", "language", "words", "off", "block", "recourse",
)  # fmt: skip
_SORTS = ("feeling", "next_step", "apology", "ownership", "filler")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")


def read_replies(reading: Reading, section: Any) -> ReplyRules | None:
    """Read ``remedies.replies``; ``replies: {}`` checks by what ships."""
    path = "remedies.replies"
    said = reading.mapping(section, path, _KEYS)
    options: dict[str, Any] = {}
    for name in ("coverage", "similarity"):
        if name in said:
            options[name] = _share(reading, said[name], f"{path}.{name}")
    for name in ("terms", "repeats"):
        if name in said:
            options[name] = above_zero(reading, said[name], f"{path}.{name}")
    for name in ("off", "block", "recourse"):
        if name in said:
            options[name] = reading.texts(said[name], f"{path}.{name}")
    if "window" in said:
        options["window"] = reading.build(f"{path}.window", lambda: read_duration(said["window"]))
    if "language" in said:
        options["language"] = reading.text(said["language"], f"{path}.language")
    if "words" in said:
        options["words"] = _words(reading, said["words"], f"{path}.words")
    given = {name: value for name, value in options.items() if value is not None}
    return reading.build(path, lambda: ReplyRules(**given))


def _words(reading: Reading, section: Any, path: str) -> dict[str, ReplyWords]:
    words = dict(REPLY_WORDS)
    for language, value in reading.mapping(section, path).items():
        place = f"{path}.{language}"
        more = {
            sort: reading.texts(phrases, f"{place}.{sort}")
            for sort, phrases in reading.mapping(value, place, _SORTS).items()
        }
        code = language.lower()
        start = words.get(code, ReplyWords())
        made = reading.build(place, lambda start=start, more=more: start.with_more(more))  # type: ignore[misc]
        if made is not None:
            words[code] = made
    return words


def above_zero(reading: Reading, value: Any, path: str) -> int | None:
    """Return a whole number above zero; anything else is a fault."""
    number = reading.whole(value, path)
    if number is not None and number < 1:
        reading.fault("bad_value", path, f"{value!r} is not above zero")
        return None
    return number


def _share(reading: Reading, value: Any, path: str) -> float | None:
    match = _SHARE.fullmatch(str(value).strip())
    try:
        share = float(match[1]) / 100 if match else float(value)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        reading.fault("bad_value", path, f"{value!r} is no share", "write it like '20%'")
        return None
    return share
