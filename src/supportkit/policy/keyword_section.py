"""The ``keywords`` section of a policy document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supportkit.policy.section import Reading
from supportkit.rules import KeywordSet, Phrase

__all__ = ["read_keywords"]


def read_keywords(reading: Reading, section: Any) -> dict[str, KeywordSet]:
    """Read ``keywords``: a list of phrases, or a mapping with `phrases` and options."""
    sets = {}
    words = ("case", "boundary", "normalize", "diacritics", "whitespace", "overlap")
    options = (*words, "strip_ignorable", "negation", "max_characters")
    for name, value in reading.mapping(section, "keywords").items():
        path = f"keywords.{name}"
        said = (
            reading.mapping(value, path, ("phrases", *options))
            if isinstance(value, Mapping)
            else {"phrases": value}
        )
        phrases = reading.texts(
            said.pop("phrases", []), f"{path}.phrases" if isinstance(value, Mapping) else path
        )
        if not phrases:
            reading.fault(
                "empty_needle", path, f"the keyword set {name!r} has no phrases", "list at least one"
            )
            continue
        if any(not phrase.strip() for phrase in phrases):
            reading.fault(
                "empty_needle", path, f"the keyword set {name!r} holds an empty phrase", "remove it"
            )
            continue
        said |= _keyword_options(reading, said, path)
        made = reading.build(
            path,
            lambda name=name, phrases=phrases, said=said: KeywordSet(
                name, [Phrase(p) for p in phrases], **said
            ),  # type: ignore[misc]
        )
        if made is not None:
            sets[name] = made
    return sets


def _keyword_options(reading: Reading, said: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the options of a keyword set that are no words."""
    read: dict[str, Any] = {}
    if "strip_ignorable" in said:
        read["strip_ignorable"] = reading.flag(said["strip_ignorable"], f"{path}.strip_ignorable")
    if "max_characters" in said:
        read["max_characters"] = reading.whole(said["max_characters"], f"{path}.max_characters")
    if isinstance(said.get("negation"), Mapping):
        given = reading.mapping(said["negation"], f"{path}.negation", ("window", "cues"))
        read["negation"] = {
            key: reading.whole(value, f"{path}.negation.window")
            if key == "window"
            else reading.texts(value, f"{path}.negation.cues")
            for key, value in given.items()
        }
    elif "negation" in said:
        read["negation"] = reading.flag(said["negation"], f"{path}.negation")
    return read
