"""What is asked of a reply, and what it is read beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import field, frozen

from supportkit.cases.instants import maybe_instant
from supportkit.errors import InvalidValue, nearest_name
from supportkit.recovery.reply_words import REPLY_WORDS, ReplyWords, phrases
from supportkit.rules import KeywordSet
from supportkit.sequences import as_tuple

__all__ = ["REPLY_CHECKS", "EarlierReply", "ReplyRules"]

REPLY_CHECKS: Final = (
    "concern", "coverage", "feeling", "next_step", "apology_first", "ownership", "repeated", "no_news",
    "personal_data", "no_public_word", "stale_message", "recourse",
)  # fmt: skip
"""What may be wrong with a reply, by code."""


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    codes = as_tuple(values)
    for code in codes:
        if code not in REPLY_CHECKS:
            near = nearest_name(str(code), REPLY_CHECKS)
            hint = f"did you mean {near!r}?" if near else f"known are {', '.join(REPLY_CHECKS)}"
            raise InvalidValue(f"{code!r} is no check of replies; {hint}")
    return codes


def _share(rules: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' shape
    if not 0 <= value <= 1:
        raise InvalidValue(f"{attribute.name}={value!r} is no share; give 0 to 1")


def _above_zero(rules: Any, attribute: Any, value: Any) -> None:  # noqa: ARG001 - attrs' shape
    if not value > type(value)(0):
        raise InvalidValue(f"{attribute.name}={value!r} is not above zero")


@frozen(kw_only=True)
class ReplyRules:
    """What is asked of a reply, and from where on it is too little or too much.

    `coverage` is the share of the concern's `terms` (its most telling words) that a reply takes up at least;
    `similarity` from which share of common runs of three words on two replies are near-equal, and `repeats`
    how many near-equal ones may stand before; `window` how long after a reply another one without news is one
    too many. `recourse` are words of which a rejection holds one at least: where else the customer can go.
    `words` are by language, `language` is that of texts which say none. `off` names checks not made, `block`
    those that a desk refuses a reply for.
    """

    coverage: float = field(default=0.2, validator=_share)
    terms: int = field(default=20, validator=_above_zero)
    similarity: float = field(default=0.5, validator=_share)
    repeats: int = field(default=3, validator=_above_zero)
    window: timedelta = field(default=timedelta(hours=1), validator=_above_zero)
    words: Mapping[str, ReplyWords] = field(factory=lambda: dict(REPLY_WORDS), repr=False)
    language: str = "en"
    recourse: tuple[str, ...] = field(default=(), converter=phrases)
    off: tuple[str, ...] = field(default=(), converter=_codes)
    block: tuple[str, ...] = field(default=(), converter=_codes)

    def refers(self, text: str) -> bool:
        """Whether a text says where else the customer can go."""
        return bool(self.recourse) and KeywordSet("recourse", self.recourse).found(text)

    def words_of(self, language: str | None) -> ReplyWords | None:
        """Return the words of a language (``nl-BE`` is read as ``nl``), or None where there are none."""
        asked = (language or self.language).lower().replace("_", "-")
        return self.words.get(asked) or self.words.get(asked.partition("-")[0])


@frozen(kw_only=True)
class EarlierReply:
    """A reply that stands in the case already; `text` None was spoken, or is erased."""

    text: str | None = field(default=None, repr=False)
    at: datetime | None = maybe_instant()
    by: str | None = None
    visibility: str = "private"
